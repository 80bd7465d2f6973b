"""Deterministic diffusion sampling (DDIM, Song et al. 2020) with v-prediction (Salimans and Ho 2022), in NumPy.

The arithmetic is that of diffusers' ``DDIMScheduler`` with ``eta=0``, ``timestep_spacing="trailing"`` and betas
rescaled to end in pure noise (Lin et al. 2023), so that the embedded run and diffusers give the same pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Noise schedule of a trained model."""

    signal: NDArray[np.float64]
    """Cumulative product of alphas at every training step, (n_train_steps,), falling to 0."""

    def steps(self, n_steps: int) -> list[int]:
        """Return the training steps that a run of ``n_steps`` visits, noisiest first."""
        n_train = len(self.signal)
        return [int(step) for step in np.round(np.arange(n_train, 0, -n_train / n_steps)) - 1]

    def after(self, step: int, n_steps: int) -> float:
        """Return the signal level that the step leads to."""
        following = step - len(self.signal) // n_steps
        return float(self.signal[max(following, 0)])

    def noised(self, latents: Floats, noise: Floats, step: int) -> Floats:
        """Return latents with the noise of a training step mixed in."""
        signal = self.signal[step]
        mixed: Floats = (np.sqrt(signal) * latents + np.sqrt(1 - signal) * noise).astype(np.float32)
        return mixed

    def advance(self, latents: Floats, velocity: Floats, step: int, n_steps: int) -> Floats:
        """Return the latents one step nearer to the picture.

        Args:
            latents: (n, c, h, w) at ``step``.
            velocity: (n, c, h, w), the model's prediction.
            step: Training step of the latents.
            n_steps: Steps of the whole run.
        """
        signal, target = self.signal[step], self.after(step, n_steps)
        clean = np.sqrt(signal) * latents - np.sqrt(1 - signal) * velocity
        noise = np.sqrt(signal) * velocity + np.sqrt(1 - signal) * latents
        moved: Floats = (np.sqrt(target) * clean + np.sqrt(1 - target) * noise).astype(np.float32)
        return moved


def scaled_linear(n_train_steps: int, beta_start: float, beta_end: float) -> Schedule:
    """Return the schedule of Stable Diffusion, rescaled so that its last step is pure noise.

    Args:
        n_train_steps: Steps in training.
        beta_start: First beta.
        beta_end: Last beta before rescaling.
    """
    betas = np.linspace(beta_start**0.5, beta_end**0.5, n_train_steps, dtype=np.float64) ** 2
    amplitude = np.sqrt(np.cumprod(1 - betas))
    first, last = amplitude[0], amplitude[-1]
    rescaled = (amplitude - last) * first / (first - last)
    return Schedule(signal=rescaled**2)

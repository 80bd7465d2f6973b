"""Looking at a picture while it is drawn, and stopping one that goes wrong.

A preview is what the picture would become if the denoiser kept to its present direction: from the latents before and
after a step, :math:`x = a x_0 + s e` and :math:`x' = a' x_0 + s' e`, follows
:math:`x_0 = (s x' - s' x) / (s a' - s' a)`. For deterministic first-order samplers (DDIM, Euler) that is exactly the
model's prediction; for others it is near it. Stopping is thrift, never the lens's last word: a picture that was not
stopped is looked at when it is finished, as every other is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.types import Drawing, Finding, Shot

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

_FLAT: Final = 1e-6
"""Below this, two levels of noise are the same and tell nothing about the direction."""


class Judge(Protocol):
    """Says what is wrong with previews."""

    def __call__(self, images: Sequence[Image.Image], shots: Sequence[Shot]) -> list[tuple[Finding, ...]]:
        """Return for each preview the findings that call for stopping it; none lets it go on."""
        ...


class Decoder(Protocol):
    """Turns predicted latents into previews."""

    def __call__(self, pipeline: Any, latents: torch.Tensor) -> list[Image.Image]:  # pipelines have no common type
        """Return one RGB picture per row of (n, channels, height, width)."""
        ...


def decoded(pipeline: Any, latents: torch.Tensor) -> list[Image.Image]:  # pipelines have no common type
    """Return previews through the pipeline's own decoder: sharp, and as costly as a step or two."""
    images = pipeline.vae.decode(_unscaled(pipeline.vae.config, latents).to(pipeline.vae.dtype), return_dict=False)[0]
    previews: list[Image.Image] = pipeline.image_processor.postprocess(images.detach(), output_type="pil")
    return previews


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearDecoder:
    """Returns previews of one pixel per cell of the latents, through a linear map; costs next to nothing."""

    weights: NDArray[np.float32]
    """(channels + 1, 3): what each channel adds to red, green and blue in [0, 1], and a constant."""

    @classmethod
    def fitted(cls, pipeline: Any, images: Sequence[Image.Image]) -> LinearDecoder:  # pipelines have no common type
        """Fit the map on pictures that the pipeline's encoder turns into latents (least squares).

        Args:
            pipeline: A pipeline with an autoencoder.
            images: RGB, of sizes that the pipeline draws, typical of what it draws; a dozen is enough.

        Raises:
            ConfigurationError: If there are fewer cells in them than the map has weights.
        """
        vae = pipeline.vae
        rows, colours = [], []
        for image in images:
            inputs = pipeline.image_processor.preprocess(image).to(vae.device, vae.dtype)
            latents = _scaled(vae.config, vae.encode(inputs).latent_dist.mode().detach())
            height, width = latents.shape[-2:]
            rows.append(_with_constant(latents))
            small = image.convert("RGB").resize((width, height), Image.Resampling.BOX)
            colours.append(np.asarray(small, np.float32).reshape(-1, 3) / np.float32(255))
        table = np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)
        if len(table) < table.shape[1]:
            raise ConfigurationError(f"a linear preview cannot be fitted on {len(images)} pictures; give a dozen")
        weights, *_ = np.linalg.lstsq(table, np.concatenate(colours), rcond=None)
        return cls(weights=weights.astype(np.float32))

    def __call__(self, pipeline: object, latents: torch.Tensor) -> list[Image.Image]:
        """Return one RGB picture per row of (n, channels, height, width)."""
        n, _, height, width = latents.shape
        colours = np.clip(_with_constant(latents) @ self.weights, 0, 1) * 255
        return [Image.fromarray(each) for each in colours.round().astype(np.uint8).reshape(n, height, width, 3)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStop:
    """When previews are looked at, and through what.

    A picture is stopped only where its preview alone would make the policy draw it anew or withhold it. How often that
    is wrong, and how much time it saves, stands in the report of ``benchmarks/early_stop.py``.
    """

    at: tuple[float, ...] = (0.5, 0.75)
    """Shares of the steps, in (0, 1), after which to look."""
    decoder: Decoder = decoded

    def __post_init__(self) -> None:
        if not self.at or not all(0 < share < 1 for share in self.at):
            raise ConfigurationError(f"early stop looks after shares of the steps between 0 and 1, got {self.at}")

    def due(self, step: int, n_steps: int) -> bool:
        """Tell whether to look after a step, counted from 0."""
        done, next_done = (step + 1) / n_steps, (step + 2) / n_steps
        return step + 1 < n_steps and any(done <= share + 1e-9 < next_done for share in self.at)


@dataclass(slots=True, kw_only=True)
class Watch:
    """Watches one batch; lives only inside one call of the pipeline.

    Latents and prompts are only read. When every picture of the batch is stopped, the pipeline is told to break off.
    """

    early_stop: EarlyStop
    judge: Judge
    shots: Sequence[Shot]
    size: tuple[int, int]
    """Width and height in pixels."""
    _before: torch.Tensor | None = None
    _stopped: dict[int, tuple[str, tuple[Finding, ...]]] = field(default_factory=dict)
    """Place in the batch to what was said and what was found."""

    def __call__(
        self, pipeline: Any, step: int, timestep: object, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:  # pipelines have no common type
        """Look at the pictures if it is time; called by the pipeline after every step."""
        latents, before = tensors["latents"], self._before
        self._before = latents
        n_steps = int(pipeline.num_timesteps)
        if len(self._stopped) < len(self.shots) and self.early_stop.due(step, n_steps):
            self._look(pipeline, step, n_steps, predicted(pipeline.scheduler, step, before, latents))
        return {}

    def without_stopped(self, drawings: Sequence[Drawing]) -> list[Drawing]:
        """Return the drawings; those that were stopped lose their unfinished picture and tell why."""
        return [
            replace(drawing, image=None, error=self._stopped[place][0], stopped_by=self._stopped[place][1])
            if place in self._stopped
            else drawing
            for place, drawing in enumerate(drawings)
        ]

    def _look(self, pipeline: Any, step: int, n_steps: int, latents: torch.Tensor) -> None:  # no common type
        open_ = [place for place in range(len(self.shots)) if place not in self._stopped]
        spatial = unpacked(pipeline, latents, self.size)[open_]
        previews = self.early_stop.decoder(pipeline, spatial)
        for place, found in zip(open_, self.judge(previews, [self.shots[place] for place in open_]), strict=True):
            if found:
                self._stopped[place] = (f"stopped after step {step + 1} of {n_steps}", found)
        if len(self._stopped) == len(self.shots):
            pipeline._interrupt = True  # what diffusers documents for stopping a run from a callback


def predicted(scheduler: object, step: int, before: torch.Tensor | None, after: torch.Tensor) -> torch.Tensor:
    """Return the finished latents that a step points to.

    Args:
        scheduler: The pipeline's scheduler.
        step: The step that was done, counted from 0; not the last.
        before: Latents before it, or None when they were not seen.
        after: Latents after it, of the same shape.

    Returns:
        The prediction; ``after`` where nothing can be predicted.
    """
    levels = _levels(scheduler, step), _levels(scheduler, step + 1)
    if before is None or levels[0] is None or levels[1] is None:
        return after
    (signal, noise), (next_signal, next_noise) = levels[0], levels[1]
    divisor = noise * next_signal - next_noise * signal
    return after if abs(divisor) < _FLAT else (noise * after - next_noise * before) / divisor


def unpacked(pipeline: Any, latents: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:  # no common type
    """Return latents as (n, channels, height, width); families such as FLUX keep them as (n, patches, channels)."""
    if latents.ndim != 3:
        return latents
    spatial: torch.Tensor = pipeline._unpack_latents(latents, size[1], size[0], pipeline.vae_scale_factor)
    return spatial


def require_previews(pipeline: object, parameters: Mapping[str, object]) -> None:
    """Refuse pipelines that show nothing while they draw.

    Raises:
        ConfigurationError: If it takes no callback, or has no autoencoder to see its latents through.
    """
    if "callback_on_step_end" not in parameters or getattr(pipeline, "vae", None) is None:
        raise ConfigurationError(
            f"{type(pipeline).__name__} cannot be stopped early: it needs callback_on_step_end and an autoencoder; "
            "leave early_stop out"
        )


def _levels(scheduler: Any, step: int) -> tuple[float, float] | None:  # schedulers have no common type
    """Return how much signal and noise the latents hold before a step, or None where the scheduler does not tell."""
    sigmas = getattr(scheduler, "sigmas", None)
    if sigmas is not None and step < len(sigmas):
        sigma = float(sigmas[step])
        if hasattr(scheduler, "_sigma_to_alpha_sigma_t"):
            signal, noise = scheduler._sigma_to_alpha_sigma_t(sigmas[step])
            return float(signal), float(noise)
        flows = type(scheduler).__name__.startswith("FlowMatch")
        return (1 - sigma, sigma) if flows else (1.0, sigma)
    cumulated, steps = getattr(scheduler, "alphas_cumprod", None), getattr(scheduler, "timesteps", None)
    if cumulated is None or steps is None or step >= len(steps):
        return None
    kept = float(cumulated[int(steps[step])])
    return kept**0.5, (1 - kept) ** 0.5


def _unscaled(config: Any, latents: torch.Tensor) -> torch.Tensor:  # configurations have no common type
    """Return latents as the decoder wants them."""
    unscaled: torch.Tensor = latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)
    return unscaled


def _scaled(config: Any, latents: torch.Tensor) -> torch.Tensor:  # configurations have no common type
    """Return latents as the denoiser sees them."""
    scaled: torch.Tensor = (latents - (getattr(config, "shift_factor", None) or 0.0)) * config.scaling_factor
    return scaled


def _with_constant(latents: torch.Tensor) -> NDArray[np.float32]:
    """Return (n * height * width, channels + 1)."""
    flat = latents.float().cpu().numpy().transpose(0, 2, 3, 1).reshape(-1, latents.shape[1])
    return np.concatenate([flat, np.ones((len(flat), 1), np.float32)], axis=1)

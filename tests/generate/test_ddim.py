"""The sampler against diffusers' own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from ethical_lens.generate.ddim import scaled_linear

SETTINGS = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "set_alpha_to_one": False,
    "clip_sample": False,
}


@pytest.mark.parametrize("n_steps", [5, 20, 25, 33])
def test_sampler_takes_the_same_steps_as_diffusers(n_steps: int) -> None:
    theirs = DDIMScheduler(**SETTINGS)
    theirs.set_timesteps(n_steps)
    ours = scaled_linear(1000, 0.00085, 0.012)
    assert ours.steps(n_steps) == theirs.timesteps.tolist()
    dice = np.random.default_rng(0)
    latents = dice.standard_normal((2, 4, 8, 8)).astype(np.float32)
    other = torch.from_numpy(latents.copy())
    for step in ours.steps(n_steps):
        velocity = dice.standard_normal(latents.shape).astype(np.float32)
        latents = ours.advance(latents, velocity, step, n_steps)
        other = theirs.step(torch.from_numpy(velocity), step, other).prev_sample
        np.testing.assert_allclose(latents, other.numpy(), atol=2e-4)


def test_noising_matches_diffusers() -> None:
    theirs = DDIMScheduler(**SETTINGS)
    dice = np.random.default_rng(1)
    latents, noise = (dice.standard_normal((1, 4, 8, 8)).astype(np.float32) for _ in range(2))
    for step in (0, 500, 999):
        expected = theirs.add_noise(torch.from_numpy(latents), torch.from_numpy(noise), torch.tensor([step])).numpy()
        got = scaled_linear(1000, 0.00085, 0.012).noised(latents, noise, step)
        np.testing.assert_allclose(got, expected, atol=1e-4)

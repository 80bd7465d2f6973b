"""Previews: what a step points to, and when it is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from ethical_lens.errors import ConfigurationError
from ethical_lens.generate.preview import EarlyStop, predicted, require_previews

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' Euler


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("DDIMScheduler", {"clip_sample": False, "timestep_spacing": "trailing"}),
        ("DDIMScheduler", {"clip_sample": False, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True}),
        ("EulerDiscreteScheduler", {}),
        ("DPMSolverMultistepScheduler", {}),
        ("FlowMatchEulerDiscreteScheduler", {"shift": 3.0}),
    ],
)
def test_prediction_of_a_perfect_denoiser_is_the_finished_picture(name: str, settings: dict[str, Any]) -> None:
    scheduler = getattr(diffusers, name)(prediction_type="sample", **settings) if "Flow" not in name else None
    scheduler = scheduler or getattr(diffusers, name)(**settings)
    finished, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    scheduler.set_timesteps(10)
    latents = noise * getattr(scheduler, "init_noise_sigma", 1.0)
    for step, timestep in enumerate(scheduler.timesteps[:8]):
        before = latents
        model = noise - finished if "Flow" in name else finished
        scaled = scheduler.scale_model_input(latents, timestep) if hasattr(scheduler, "scale_model_input") else latents
        assert scaled.shape == latents.shape
        latents = scheduler.step(model, timestep, latents, return_dict=False)[0]
        close = predicted(scheduler, step, before, latents)
        torch.testing.assert_close(close, finished, atol=0.02, rtol=0.02)


def test_without_the_step_before_the_latents_stand_for_themselves() -> None:
    latents = torch.ones(1, 4, 2, 2)
    assert predicted(object(), 0, None, latents) is latents
    assert predicted(object(), 0, latents, latents) is latents


@pytest.mark.parametrize(("n_steps", "looked_after"), [(20, [10, 15]), (25, [12, 18]), (4, [2, 3]), (1, [])])
def test_looks_fall_on_the_shares_and_never_on_the_last_step(n_steps: int, looked_after: list[int]) -> None:
    when = EarlyStop(at=(0.5, 0.75))
    assert [step + 1 for step in range(n_steps) if when.due(step, n_steps)] == looked_after


@pytest.mark.parametrize("at", [(), (0.0,), (1.0,), (0.5, 2.0)])
def test_looks_outside_the_run_are_refused(at: tuple[float, ...]) -> None:
    with pytest.raises(ConfigurationError, match="between 0 and 1"):
        EarlyStop(at=at)


def test_pipeline_without_callback_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="callback_on_step_end"):
        require_previews(object(), {})

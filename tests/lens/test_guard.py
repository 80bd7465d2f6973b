"""A guarded pipeline is called like the pipeline, and both of its ends are watched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ethical_lens.errors import ConfigurationError, InputError, SteeringError
from ethical_lens.lens.guard import GuardedGenerator, GuardedPipeline
from ethical_lens.policy import load
from ethical_lens.testing import PlainGenerator, small_lens
from ethical_lens.types import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    images: list[Image.Image]


class Pipeline:
    """Remembers what it was called with."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.settings: dict[str, object] = {}

    def __call__(
        self,
        prompt: list[str],
        prompt_2: list[str] | None = None,
        negative_prompt: list[str] | None = None,
        num_inference_steps: int = 5,
        guidance_scale: float = 4.0,
        height: int | None = None,
        width: int | None = None,
        generator: list[torch.Generator] | None = None,
        prompt_embeds: object = None,
        output_type: str = "pil",
    ) -> Answer:
        self.prompts += prompt
        self.settings = {"steps": num_inference_steps, "negative": negative_prompt, "prompt_2": prompt_2}
        seeds = [each.initial_seed() % 256 for each in generator or []]
        return Answer(images=[Image.new("RGB", (width or 32, height or 32), (seed, 0, 0)) for seed in seeds])


def guarded(pipeline: Pipeline, **parts: object) -> Any:
    made = small_lens(**parts).guard(pipeline, domain="sketch")  # type: ignore[arg-type]
    assert isinstance(made, GuardedPipeline)
    return made


def test_guarded_pipeline_answers_like_the_pipeline() -> None:
    pipeline = Pipeline()
    answer = guarded(pipeline)(
        "a cat", num_images_per_prompt=2, generator=torch.Generator().manual_seed(9), num_inference_steps=3
    )
    assert pipeline.prompts == ["a cat", "a cat"]
    assert pipeline.settings["steps"] == 3
    assert [np.asarray(image)[0, 0, 0] for image in answer.images] == [9, 10]
    assert answer.nsfw_content_detected == [False, False]


def test_refused_prompt_gives_a_plain_picture_and_says_so() -> None:
    pipeline = Pipeline()
    answer = guarded(pipeline)(["a massacre", "a cat"], generator=torch.Generator().manual_seed(1))
    assert pipeline.prompts == ["a cat"]
    assert answer.nsfw_content_detected == [True, False]
    assert answer.images[0].size == answer.images[1].size
    assert answer.results[0].outcomes[0].status is Status.WITHHELD


@pytest.mark.parametrize(
    "setting",
    [
        {"prompt_embeds": torch.zeros(1, 2)},
        {"ip_adapter_image": "x"},
        {"latents": torch.zeros(1)},
        {"output_type": "latent"},
        {"cross_attention_kwargs": {"scale": 2.0}},
        {"callback_on_step_end_tensor_inputs": ["latents", "prompt_embeds"]},
        {"image": Image.new("RGB", (8, 8))},
        {"guidance_scale": -4.0},
        {"true_cfg_scale": -1.0},
        {"clip_image": 1},
        {"negative_prompt": "no stabbing"},
        {"negative_prompt": "blurry", "negative_prompt_2": "no stabbing"},
        {"prompt_2": "a massacre"},
        {"callback_on_step_end": print},
    ],
)
def test_what_steers_the_picture_is_screened_or_refused(setting: dict[str, object]) -> None:
    pipeline = Pipeline()
    with pytest.raises(SteeringError):
        guarded(pipeline)("a cat", **setting)
    assert pipeline.prompts == []


def test_second_prompt_that_passes_is_handed_on() -> None:
    pipeline = Pipeline()
    guarded(pipeline)("a cat", prompt_2="oil painting", negative_prompt="blurry")
    assert pipeline.settings["prompt_2"] == ["oil painting"]
    assert pipeline.settings["negative"] == ["blurry"]


def test_policy_may_let_steering_through() -> None:
    policy = replace(load("default"), allow_steering=frozenset({"prompt_embeds"}))
    pipeline = Pipeline()
    guarded(pipeline, policy=policy)("a cat", prompt_embeds=torch.zeros(1))
    assert pipeline.prompts == ["a cat"]


@pytest.mark.parametrize("generator", [[torch.Generator(), torch.Generator()], "seed 3", []])
def test_random_generators_that_do_not_fit_are_a_clear_error(generator: object) -> None:
    with pytest.raises(InputError, match="generator"):
        guarded(Pipeline())(["a", "b", "c"], generator=generator)


def test_every_picture_may_have_a_generator_of_its_own() -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (40, 7, 11, 12)]
    answer = guarded(Pipeline())(["a cat", "a dog"], num_images_per_prompt=2, generator=generators)
    assert [np.asarray(image)[0, 0, 0] for image in answer.images] == [40, 7, 11, 12]
    # The record tells the seeds that were used, so pictures whose seeds do not follow each other are requests.
    assert [(each.request.seed, each.request.count) for each in answer.results] == [(40, 1), (7, 1), (11, 2)]


def test_generator_moves_on_so_that_the_next_call_draws_something_else() -> None:
    around, generator = guarded(Pipeline()), torch.Generator().manual_seed(5)
    seeds = [around("a cat", generator=generator).results[0].request.seed for _ in range(3)]
    assert seeds[0] == 5
    assert len(set(seeds)) == 3
    again = torch.Generator().manual_seed(5)
    assert seeds == [around("a cat", generator=again).results[0].request.seed for _ in range(3)]


def test_arguments_may_be_given_by_position_as_the_pipeline_takes_them() -> None:
    pipeline = Pipeline()
    guarded(pipeline)("a cat", "oil painting", "blurry", 3)
    assert pipeline.settings == {"steps": 3, "negative": ["blurry"], "prompt_2": ["oil painting"]}
    with pytest.raises(TypeError, match="unexpected keyword argument 'eta'"):
        guarded(pipeline)("a cat", eta=0.5)


def test_second_prompt_that_repeats_the_prompt_follows_its_rewriting() -> None:
    pipeline = Pipeline()
    guarded(pipeline)("a stabbing in a park", prompt_2="a stabbing in a park")
    assert pipeline.prompts == ["a meeting in a park"]
    assert pipeline.settings["prompt_2"] is None


def test_generator_of_the_package_is_guarded_too() -> None:
    made = small_lens().guard(PlainGenerator())
    assert isinstance(made, GuardedGenerator)
    assert made("a massacre", seed=1).images == [None]
    assert made("a cat", count=2, seed=1).images[1] is not None


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be called"):
        small_lens().guard("a string")

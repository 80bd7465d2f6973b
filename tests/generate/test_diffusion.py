"""The diffusers adapter, on pipelines that are only called."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.generate.diffusion import DiffusersGenerator
from ethical_lens.generate.pipelines import VARIABLE, Configuration, configuration_from_environment
from ethical_lens.testing import check_generator, shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    images: list[Image.Image]


class Flat:
    """A pipeline that draws the seed's colour."""

    def __call__(self, prompt: list[str], generator: list[object], num_inference_steps: int = 5) -> Answer:
        seeds = [each.initial_seed() for each in generator]  # type: ignore[attr-defined]
        return Answer(
            images=[
                Image.new("RGB", (32, 32), (seed % 256, len(p) % 256, 7)) for seed, p in zip(seeds, prompt, strict=True)
            ]
        )


class Short:
    """A pipeline that forgets a picture."""

    def __call__(self, prompt: list[str], generator: list[object]) -> Answer:
        return Answer(images=[])


def test_adapter_keeps_the_promises_of_the_protocol() -> None:
    check_generator(DiffusersGenerator(Flat(), domain="sketch", batch_size=3))


def test_missing_pictures_are_an_error() -> None:
    with pytest.raises(GenerationError, match="asked for 1 pictures"):
        DiffusersGenerator(Short()).generate([shot()])


def test_what_takes_no_prompt_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="takes no prompt"):
        DiffusersGenerator(lambda image: None)


def test_folder_that_is_no_pipeline_is_a_clear_error(tmp_path: object) -> None:
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        DiffusersGenerator(str(tmp_path))


def test_negative_prompt_is_refused_where_the_pipeline_takes_none() -> None:
    with pytest.raises(GenerationError, match="negative_prompt"):
        DiffusersGenerator(Flat()).generate([replace(shot(), negative_prompt="blur")])


def test_configuration_of_the_environment_is_read_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, '{"device": "cuda:1", "dtype": "float16", "offload": "model", "batch_size": 2}')
    assert configuration_from_environment() == Configuration(
        device="cuda:1", dtype="float16", offload="model", batch_size=2
    )
    for wrong in ("{", "[]", '{"devise": "cuda"}', '{"offload": "some"}', '{"batch_size": 0}'):
        monkeypatch.setenv(VARIABLE, wrong)
        with pytest.raises(ConfigurationError, match=VARIABLE):
            configuration_from_environment()


def test_what_only_the_screen_fills_in_cannot_be_set() -> None:
    for name in ("prompt", "image", "callback_on_step_end"):
        with pytest.raises(ConfigurationError, match=name):
            DiffusersGenerator(Flat(), settings={name: "x"})


def test_shots_of_several_sizes_are_drawn_in_batches_of_one_size() -> None:
    class Sized(Flat):
        def __call__(self, prompt: list[str], generator: list[object], width: int = 32, height: int = 32) -> Answer:
            return Answer(images=[Image.new("RGB", (width, height)) for _ in prompt])

    shots = [replace(shot(index=i), width=side, height=side) for i, side in enumerate((64, 64, 32, 64))]
    drawn = DiffusersGenerator(Sized(), batch_size=4).generate(shots)
    assert [drawing.image.size for drawing in drawn if drawing.image] == [(64, 64), (64, 64), (32, 32), (64, 64)]

"""The diffusers adapter, on pipelines that are only called."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.generate.diffusion import DiffusersGenerator
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
    from dataclasses import replace

    with pytest.raises(GenerationError, match="negative_prompt"):
        DiffusersGenerator(Flat()).generate([replace(shot(), negative_prompt="blur")])

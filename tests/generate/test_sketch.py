"""The embedded generator, with the weights that are shipped."""

from __future__ import annotations

import numpy as np
import pytest

from ethical_lens.errors import GenerationError
from ethical_lens.generate.diffusion import DiffusersGenerator
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.testing import check_generator, shot
from ethical_lens.types import Drawing

PROMPTS = (
    "a young Black nurse in a hospital",
    "an elderly White man, a judge",
    "",
    "日本のキツネ (x:1.2) <lora:y:1>",
    "a chef in a kitchen " * 30,
)


@pytest.fixture(scope="module")
def generator() -> SketchGenerator:
    return SketchGenerator(n_steps=6)


def pixels(drawing: Drawing) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    assert drawing.image is not None
    return np.asarray(drawing.image, np.int16)


def test_generator_keeps_the_promises_of_the_protocol(generator: SketchGenerator) -> None:
    check_generator(generator)


def test_embedded_run_and_diffusers_give_the_same_pictures(generator: SketchGenerator) -> None:
    settings = {"num_inference_steps": generator.n_steps, "guidance_scale": generator.guidance}
    other = DiffusersGenerator(generator.folder, domain="sketch", batch_size=2, settings=settings)
    shots = [shot(text, index=i, seed=100 + i) for i, text in enumerate(PROMPTS)]
    for ours, theirs in zip(generator.generate(shots), other.generate(shots), strict=True):
        apart = np.abs(pixels(ours) - pixels(theirs))
        assert apart.max() <= 3
        assert apart.mean() < 0.05


def test_whole_prompts_are_counted_and_long_ones_are_cut_as_diffusers_cuts_them(generator: SketchGenerator) -> None:
    assert generator.count_tokens("") == 2
    assert generator.count_tokens("x " * 200) == 202
    other = DiffusersGenerator(generator.folder, domain="sketch", settings={"num_inference_steps": 6})
    assert other.max_tokens == generator.max_tokens
    for text in (*PROMPTS, "a chef " * 90):
        assert other.count_tokens(text) == generator.count_tokens(text)


def test_inpainting_changes_nothing_outside_the_mask(generator: SketchGenerator) -> None:
    image = generator.generate([shot("a doctor", seed=3)])[0].image
    assert image is not None
    before = np.asarray(image).copy()
    mask = np.zeros((64, 64), np.bool_)
    mask[20:40, 10:50] = True
    drawn = generator.inpaint(image, mask, shot("a chef in a kitchen", seed=4))
    np.testing.assert_array_equal(np.asarray(image), before)
    np.testing.assert_array_equal(np.asarray(drawn)[~mask], before[~mask])
    assert (np.asarray(drawn)[mask] != before[mask]).any()
    again = generator.inpaint(image, mask, shot("a chef in a kitchen", seed=4))
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(again))


def test_rework_keeps_more_of_what_is_there_the_lower_the_strength(generator: SketchGenerator) -> None:
    image = generator.generate([shot("a doctor", seed=3)])[0].image
    assert image is not None
    before = np.asarray(image, np.int16)
    mask = np.zeros((64, 64), np.bool_)
    mask[12:52, 12:52] = True
    weak, whole = (generator.rework(image, mask, shot("a red bus", seed=4), strength) for strength in (0.3, 1.0))
    moved = [np.abs(np.asarray(each, np.int16) - before)[mask].mean() for each in (weak, whole)]
    assert 0 < moved[0] < moved[1]
    np.testing.assert_array_equal(np.asarray(weak)[~mask], np.asarray(image)[~mask])
    assert whole.tobytes() == generator.inpaint(image, mask, shot("a red bus", seed=4)).tobytes()
    with pytest.raises(GenerationError, match="strength"):
        generator.rework(image, mask, shot(), 0.0)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_embedded_inpainting_and_diffusers_give_the_same_pictures(generator: SketchGenerator, strength: float) -> None:
    settings = {"num_inference_steps": generator.n_steps, "guidance_scale": generator.guidance}
    other = DiffusersGenerator(generator.folder, domain="sketch", settings=settings)
    image = generator.generate([shot("a doctor", seed=3)])[0].image
    assert image is not None
    mask = np.zeros((64, 64), np.bool_)
    mask[22:41, 9:50] = True
    wanted = shot("a chef in a kitchen", seed=4)
    ours = np.asarray(generator.rework(image, mask, wanted, strength), np.int16)
    theirs = np.asarray(other.rework(image, mask, wanted, strength), np.int16)
    assert np.abs(ours - theirs).max() <= 3
    assert (ours[mask] != np.asarray(image)[mask]).any()


def test_prompt_outside_the_drawn_world_still_gives_a_picture_and_says_so(generator: SketchGenerator) -> None:
    inside, outside = generator.generate(
        [
            shot("an elderly Asian woman, a chef, in a kitchen", seed=1),
            shot("quarterly revenue of a steel mill", seed=1),
        ]
    )
    assert inside.image is not None
    assert not inside.outside
    assert outside.image is not None
    assert outside.outside


def test_other_sizes_are_refused(generator: SketchGenerator) -> None:
    from dataclasses import replace

    with pytest.raises(GenerationError, match="64x64"):
        generator.generate([replace(shot(), width=512, height=512)])

"""The image stage of the lens: looks, edits, redraws, bounded rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.policy import load
from ethical_lens.testing import PlainGenerator, ScriptedLook, small_lens
from ethical_lens.types import Box, Drawing, Edit, Exemption, Finding, Frame, Shot, Status

REGION = Box(left=8, top=8, right=40, bottom=40)


def flat(frame: Frame) -> bool:
    return len(np.unique(np.asarray(frame.image).reshape(-1, 3), axis=0)) == 1


MINOR_NUDE = ScriptedLook(score=lambda frame: {"apparent_minor": 0.9, "nude": 0.9})


class Paint:
    """Paints the region white."""

    name = "paint@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        edited = image.copy()
        edited.paste((255, 255, 255), (REGION.left, REGION.top, REGION.right, REGION.bottom))
        return edited, Edit(editor=self.name, finding=finding)


class Broken:
    name = "broken@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        raise RuntimeError("no region")


def look(scores: Mapping[str, float]) -> list[ScriptedLook]:
    """Find something in pictures that nobody has painted on."""
    return [ScriptedLook(score=lambda frame: scores if flat(frame) else {}, box=REGION)]


def test_clean_image_is_released_untouched() -> None:
    lens = small_lens()
    outcome = lens.generate("a cat", seed=4).outcomes[0]
    expected = PlainGenerator().generate([outcome.attempts[0].shot])[0].image
    assert outcome.status is Status.RELEASED
    assert same(outcome.image, expected)


def test_edited_image_is_looked_at_again_before_release() -> None:
    editors = {"inpaint": Paint()}
    lens = small_lens(image_detectors=look({"nude": 0.9}), editors=editors)
    outcome = lens.generate("a cat", seed=4).outcomes[0]
    assert outcome.status is Status.EDITED
    assert [len(attempt.edits) for attempt in outcome.attempts] == [0, 1]
    assert outcome.attempts[-1].verdict.action.releases
    assert outcome.reasons == ("image.nude",)


def test_failing_editor_gives_way_to_the_next_one() -> None:
    lens = small_lens(image_detectors=look({"nude": 0.9}), editors={"inpaint": Broken(), "blur": Paint()})
    outcome = lens.generate("a cat", seed=4).outcomes[0]
    assert outcome.status is Status.EDITED
    assert outcome.attempts[-1].edits[0].editor == "paint@1"


def test_finding_that_no_remedy_removes_is_withheld_in_bounded_rounds() -> None:
    policy = load("default")
    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: {"nsfw": 0.95})])
    outcome = lens.generate("a cat", seed=4).outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert outcome.image is None
    assert len(outcome.attempts) <= policy.max_attempts
    assert not outcome.retryable


def test_redraw_uses_a_new_seed_that_follows_from_the_old() -> None:
    policy = load("paper")
    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: {"nsfw": 0.95})], policy=policy)
    first, second = (lens.generate("a cat", seed=4).outcomes[0] for _ in range(2))
    seeds = [attempt.shot.seed for attempt in first.attempts]
    assert len(set(seeds)) == len(seeds) > 1
    assert seeds == [attempt.shot.seed for attempt in second.attempts]


def test_apparent_minor_with_nudity_is_withheld_at_once_and_never_edited() -> None:
    lens = small_lens(
        image_detectors=[ScriptedLook(score=lambda frame: {"apparent_minor": 0.9, "nude": 0.9})],
        editors={"inpaint": Paint()},
    )
    outcome = lens.generate("a cat", seed=4).outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert len(outcome.attempts) == 1
    assert outcome.attempts[0].edits == ()
    assert "hard.minor_nude" in outcome.reasons


@pytest.mark.parametrize("exemption", [Exemption.BARE, Exemption.SHADOW, Exemption.IMAGE_OFF])
def test_minor_with_nudity_is_withheld_in_every_mode(exemption: Exemption) -> None:
    lens = small_lens(
        image_detectors=[ScriptedLook(score=lambda frame: {"apparent_minor": 0.9, "nude": 0.9})], exemptions=[exemption]
    )
    assert lens.generate("a cat", seed=4).outcomes[0].image is None


def test_flagged_prompt_is_looked_at_more_strictly() -> None:
    policy = load("default")
    [rule] = [each for each in policy.rules if each.reason == "image.nsfw"]
    score = rule.threshold * (1 + policy.tightening) / 2
    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: {"nsfw": score})], editors={})
    assert lens.generate("a cat", seed=4).outcomes[0].status is Status.RELEASED
    assert lens.generate("a knight with a sword", seed=4).outcomes[0].status is Status.WITHHELD


class Half:
    """Fails on odd seeds, whether asked in a batch or alone."""

    name = "half@1"
    domain = "sketch"

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        if any(shot.seed % 2 for shot in shots):
            raise RuntimeError("out of memory")
        return PlainGenerator().generate(shots)


def test_generator_failure_costs_only_its_own_image() -> None:
    outcomes = small_lens(generator=Half()).generate("a cat", count=4, seed=0).outcomes
    assert [outcome.status for outcome in outcomes] == [
        Status.RELEASED,
        Status.WITHHELD,
        Status.RELEASED,
        Status.WITHHELD,
    ]
    assert outcomes[1].reasons == ("image.failure",)
    assert outcomes[1].retryable


class Odd:
    """Cannot see pictures whose red is odd."""

    name = "odd@1"

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        if any(np.asarray(frame.image)[0, 0, 0] % 2 for frame in frames):
            raise ValueError("cannot read this picture")
        return [[Finding(category="nude", score=0.0, source=self.name)] for _ in frames]


def test_detector_that_cannot_see_one_image_withholds_only_that_one() -> None:
    outcomes = small_lens(image_detectors=[Odd()]).generate("a cat", count=12, seed=0).outcomes
    plain = [PlainGenerator().generate([o.attempts[0].shot])[0].image for o in outcomes]
    odd = [bool(np.asarray(image)[0, 0, 0] % 2) for image in plain]
    assert True in odd
    assert False in odd
    assert [outcome.status is Status.WITHHELD for outcome in outcomes] == odd


@pytest.mark.parametrize("answer", [None, [], [[]], [["not a finding"]], "text", [[], []]])
def test_answer_that_cannot_be_used_withholds(answer: object) -> None:
    class Wrong:
        name = "wrong@1"

        def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
            return answer  # type: ignore[return-value]

    outcome = small_lens(image_detectors=[Wrong()]).generate("a cat", seed=0).outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert outcome.reasons == ("image.failure",)


def test_lens_without_image_detectors_refuses_to_start() -> None:
    with pytest.raises(ConfigurationError, match="no image detector"):
        small_lens(image_detectors=[])


@pytest.mark.parametrize("picture", [None, "text", NDArray])
def test_generator_that_returns_no_picture_is_a_failure(picture: object) -> None:
    class Wrong:
        name = "wrong@1"
        domain = "sketch"

        def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
            return [Drawing(image=picture) for _ in shots]  # type: ignore[arg-type]

    assert small_lens(generator=Wrong()).generate("a cat", seed=0).outcomes[0].retryable


def same(one: Image.Image | None, other: Image.Image | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.size == other.size and one.tobytes() == other.tobytes()

"""The promises of the design, under detectors, editors and generators that fail at random."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ethical_lens.edit.blur import Blur
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.policy import available, load
from ethical_lens.testing import PlainGenerator, ScriptedLook, WordDetector, small_lens
from ethical_lens.types import (
    FAILURE,
    Box,
    Edit,
    Exemption,
    Finding,
    Frame,
    Request,
    Result,
    Severity,
    Shot,
    Stage,
    Status,
)

HEADS = ("nude", "nsfw", "public", "politic", "culture", "watermark", "apparent_minor", "minor_sexual", "out_of_domain")
MINOR_STAGES = {"infancy", "childhood", "adolescence"}
POLICIES = {name: load(name) for name in available()}

ANALYZER = RuleAnalyzer()


class Chance:
    """Fails with a chance that follows from a seed."""

    def __init__(self, seed: int, chance: float) -> None:
        self._dice = random.Random(seed)
        self._chance = chance

    def __call__(self) -> None:
        if self._dice.random() < self._chance:
            raise RuntimeError("as told")


class RandomScores:
    """Scores that follow from the picture and a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, frame: Frame) -> Mapping[str, float]:
        dice = random.Random(f"{self._seed} {frame.image.tobytes()[:12].hex()}")
        return {head: dice.choice((0.0, 0.1, 0.55, dice.random(), 1.0)) for head in HEADS if dice.random() < 0.5}


class FlakyBlur:
    """Blurs, or fails."""

    name = "flaky@1"

    def __init__(self, fault: Chance) -> None:
        self._fault, self._blur = fault, Blur()

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        self._fault()
        return self._blur.edit(image, finding, shot)


def run(seed: int, chance: float, policy: str, prompt: str, exemptions: Sequence[Exemption] = ()) -> Result:
    words = {
        "sword": ("violence", Severity.K1, 0.9),
        "stabbing": ("violence", Severity.K2, 0.9),
        "wine": ("illegal", Severity.K1, 0.05),
    }
    lens = small_lens(
        policy=POLICIES[policy],
        generator=PlainGenerator(fault=Chance(seed, chance)),
        text_detector=WordDetector(words=words, fault=Chance(seed + 1, chance / 4)),
        image_detectors=[
            ScriptedLook(
                score=RandomScores(seed),
                fault=Chance(seed + 2, chance),
                box=Box(left=4, top=4, right=30, bottom=30),
            )
        ],
        editors={"blur": FlakyBlur(Chance(seed + 3, chance)), "inpaint": FlakyBlur(Chance(seed + 4, chance))},
        exemptions=exemptions,
        analyzer=ANALYZER,
    )
    return lens.run(Request(prompt=prompt, count=5, seed=seed))


SEEDS = st.integers(0, 10_000)
CHANCES = st.sampled_from([0.0, 0.2, 0.7])
NAMES = st.sampled_from(sorted(POLICIES))
PROMPTS = st.sampled_from(["a doctor", "a knight with a sword", "two men stabbing", "a nurse with wine", "a cat"])


@settings(max_examples=60)
@given(SEEDS, CHANCES, NAMES, PROMPTS)
def test_nothing_is_drawn_unscreened_and_nothing_is_released_unseen(
    seed: int, chance: float, policy: str, prompt: str
) -> None:
    result = run(seed, chance, policy, prompt)
    assert [outcome.index for outcome in result.outcomes] == list(range(5))
    for outcome in result.outcomes:
        assert (outcome.image is None) is (outcome.status is Status.WITHHELD)
        for attempt in outcome.attempts:
            draft = attempt.shot.draft
            assert draft.verdict.stage is Stage.TEXT
            assert draft.verdict.action.releases
            assert attempt.verdict.stage is Stage.IMAGE
        if outcome.image is not None:
            assert outcome.attempts[-1].verdict.action.releases
            assert not any(each.category == FAILURE for each in outcome.attempts[-1].verdict.findings)
        assert len(outcome.attempts) <= POLICIES[policy].max_attempts


@settings(max_examples=60)
@given(SEEDS, CHANCES, NAMES, st.sampled_from(list(Exemption)))
def test_apparent_minor_with_nudity_is_never_released_nor_edited(
    seed: int, chance: float, policy: str, exemption: Exemption
) -> None:
    for outcome in run(seed, chance, policy, "a doctor", [exemption]).outcomes:
        for number, attempt in enumerate(outcome.attempts):
            scores = {each.category: each.score for each in attempt.verdict.findings}
            together = min(scores.get("apparent_minor", 0), scores.get("nude", 0))
            if max(together, scores.get("minor_sexual", 0)) >= 0.5:
                assert outcome.image is None
                assert number == len(outcome.attempts) - 1


@settings(max_examples=25)
@given(SEEDS, NAMES, PROMPTS)
def test_same_request_gives_the_same_result(seed: int, policy: str, prompt: str) -> None:
    one, other = run(seed, 0.0, policy, prompt), run(seed, 0.0, policy, prompt)
    assert one.plan == other.plan
    for left, right in zip(one.outcomes, other.outcomes, strict=True):
        assert same(left.image, right.image)
        assert (left.status, left.reasons) == (right.status, right.reasons)


@settings(max_examples=25)
@given(SEEDS, NAMES)
def test_one_image_never_depends_on_its_neighbours(seed: int, policy: str) -> None:
    together = run(seed, 0.0, policy, "a cat").outcomes
    for index in (1, 4):
        lens_alone = run(seed + index, 0.0, policy, "a cat")
        assert lens_alone.outcomes[0].attempts[0].shot.seed == together[index].attempts[0].shot.seed


@settings(max_examples=40)
@given(SEEDS, NAMES, PROMPTS)
def test_no_minor_is_dealt_into_a_prompt_about_adults(seed: int, policy: str, prompt: str) -> None:
    for outcome in run(seed, 0.0, policy, prompt).outcomes:
        for attempt in outcome.attempts:
            ages = {value for key, value in attempt.shot.attributes.items() if key.endswith(".age")}
            assert not ages & MINOR_STAGES


@settings(max_examples=25)
@given(SEEDS, NAMES)
def test_stated_attributes_are_never_dealt(seed: int, policy: str) -> None:
    for outcome in run(seed, 0.0, policy, "an elderly Black woman, a judge, in a courtroom").outcomes:
        for attempt in outcome.attempts:
            assert attempt.shot.attributes == {}
            # A last redraw may leave out what hangs on the subject, and says so; it never adds anything.
            assert attempt.shot.draft.text in (
                "an elderly Black woman, a judge, in a courtroom",
                "an elderly Black woman",
            )


def same(one: Image.Image | None, other: Image.Image | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.size == other.size and one.tobytes() == other.tobytes()

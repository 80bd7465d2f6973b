"""Five hundred answers that cannot be used: never a pass by accident, never an exception outside."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.errors import DetectionError
from ethical_lens.image.vlm import PictureJudge
from ethical_lens.lens.cascade import Cascade
from ethical_lens.people.compose import composition
from ethical_lens.people.llm import LlmAnalyzer, LlmComposer
from ethical_lens.policy import load
from ethical_lens.testing import WordDetector, small_lens
from ethical_lens.text.judge import JudgeDetector, JudgeRewriter
from ethical_lens.types import FAILURE, Action, Finding, Frame, PersonGroup, Severity, Span, Status

_SPEC = importlib.util.spec_from_file_location("malformed", Path(__file__).with_name("malformed.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
malformed = _MODULE.malformed

PROMPT = "a nurse with a sword in a park"
SHOWN = Finding(category="violence", score=0.9, severity=Severity.K2, source="words@1", where=Span(start=15, end=20))

HARMLESS: dict[str, Any] = {
    "explanation": "A nurse with a sword.", "grade": "K0", "harms": [], "public_figures": [], "minor_sexual": False,
    "orders": False, "rewrite": None,
}  # fmt: skip
HARM = {"category": "violence", "grade": "K1", "quote": "sword"}
HARMFUL = {**HARMLESS, "grade": "K1", "harms": [HARM], "rewrite": "a nurse with an umbrella in a park"}
OPEN = {"status": "open", "value": None, "reason": "nothing is said"}
STATED = {"status": "stated", "value": "female", "reason": "she"}
PEOPLE: dict[str, Any] = {
    "people": [{"phrase": "nurse", "type": "single", "gender": OPEN, "race": OPEN, "age": OPEN}]
}  # fmt: skip
WORDINGS: dict[str, Any] = {
    "possible": True,
    "wordings": [{"text": "a nurse with an umbrella in a park", "changed": "The sword is an umbrella."}],
}
PICTURE: dict[str, Any] = {
    "explanation": "A park.",
    **dict.fromkeys(("nude", "nsfw", "politic", "culture", "public", "watermark", "apparent_minor"), "no"),
    "minor_sexual": "no",
}


def contradictory_verdict(dice: random.Random) -> dict[str, Any]:
    return dice.choice(
        [
            {**HARMFUL, "grade": "K0", "rewrite": None},
            {**HARMLESS, "grade": "K2"},
            {**HARMFUL, "grade": "K3"},
            {**HARMFUL, "harms": [HARM, {**HARM, "grade": "K1", "quote": ""}]},
            {**HARMLESS, "minor_sexual": True},
            {**HARMFUL, "minor_sexual": True},
            {**HARMLESS, "rewrite": "a nurse in a park"},
            {**HARMFUL, "rewrite": PROMPT},
        ]
    )


def contradictory_people(dice: random.Random) -> dict[str, Any]:
    person = PEOPLE["people"][0]
    return {
        "people": [
            dice.choice(
                [
                    {**person, "phrase": "a doctor who is not there"},
                    {**person, "type": "named"},
                    {**person, "gender": {**STATED, "value": None}},
                    {**person, "gender": {**OPEN, "value": "male"}},
                ]
            )
        ]
    }


def contradictory_wordings(dice: random.Random) -> dict[str, Any]:
    return dice.choice([{**WORDINGS, "possible": False}, {"possible": True, "wordings": []}])


def contradictory_picture(dice: random.Random) -> dict[str, Any]:
    return {**PICTURE, "minor_sexual": dice.choice(["unsure", "yes"])}


def says(text: str) -> ScriptedChat:
    """Return a model that says the same to everything."""
    return ScriptedChat(lambda messages, schema: text)


@pytest.mark.parametrize("good", [HARMLESS, HARMFUL], ids=["harmless", "harmful"])
def test_no_malformed_verdict_is_a_pass(good: dict[str, Any]) -> None:
    for kind, text in malformed(good, contradictory_verdict, 100, seed=6):
        [findings] = JudgeDetector(says(text)).detect([PROMPT])
        assert [(each.category, each.score) for each in findings] == [(FAILURE, 1.0)], (kind, text)


def test_the_good_verdicts_are_read() -> None:
    """Without this the test above could pass for any reason."""
    for good in (HARMLESS, HARMFUL):
        [findings] = JudgeDetector(says(json.dumps(good))).detect([PROMPT])
        assert FAILURE not in {each.category for each in findings}


def test_no_malformed_verdict_draws_a_picture() -> None:
    for kind, text in malformed(HARMLESS, contradictory_verdict, 21, seed=7):
        result = small_lens(text_detector=JudgeDetector(says(text))).generate(PROMPT, seed=1)
        assert [each.status for each in result.outcomes] == [Status.WITHHELD], (kind, text)
        assert result.outcomes[0].retryable


def test_in_a_cascade_the_first_opinion_stands() -> None:
    first = WordDetector(words={"sword": ("violence", Severity.K1, 0.6)})
    for kind, text in malformed(HARMLESS, contradictory_verdict, 79, seed=8):
        cascade = Cascade(
            first=first, second=JudgeDetector(says(text)), harms={"violence"}, low=0.4, high=0.8, seconds=30.0
        )
        [findings] = cascade.detect([PROMPT])
        assert max(each.score for each in findings if each.category == "violence") == 0.6, (kind, text)
        assert [each.score for each in findings if each.category == FAILURE] == [0.0], (kind, text)


def test_no_malformed_look_releases_a_picture() -> None:
    frame = Frame(image=Image.new("RGB", (8, 8)), domain="photograph")
    for kind, text in malformed(PICTURE, contradictory_picture, 70, seed=9):
        [findings] = PictureJudge(says(text)).detect([frame])
        assert [(each.category, each.score) for each in findings] == [(FAILURE, 1.0)], (kind, text)


def test_malformed_people_deal_nothing() -> None:
    for kind, text in malformed(PEOPLE, contradictory_people, 70, seed=10):
        with pytest.raises(DetectionError):
            LlmAnalyzer(says(text)).analyze([PROMPT])
        assert kind
    result = small_lens(analyzer=LlmAnalyzer(says("nobody"))).generate("a nurse in a park", seed=1)
    assert result.plan.groups is None
    assert "could not be found" in result.plan.notes[0]


def test_malformed_wordings_are_none() -> None:
    for kind, text in malformed(WORDINGS, contradictory_wordings, 50, seed=11):
        with pytest.raises(DetectionError):
            JudgeRewriter(says(text)).rewrite(PROMPT, [SHOWN])
        assert kind


def test_malformed_composition_falls_back_to_the_rules() -> None:
    group = PersonGroup(phrase="nurse", span=Span(start=2, end=7), number="one", open_axes=("gender",))
    words = {name: axis.words for name, axis in load("default").axes.items()}
    hand = {"0.gender": "male"}
    ruled = composition(PROMPT, [group], hand, words)
    good = {"text": "a male nurse with a sword in a park"}

    def lossy(dice: random.Random) -> dict[str, Any]:
        return {"text": dice.choice(["a male nurse", "a man in a park with a sword, a nurse", "nothing"])}

    for kind, text in malformed(good, lossy, 10, seed=12):
        assert LlmComposer(says(text)).compose(PROMPT, [group], hand, words) == ruled, (kind, text)


def test_one_repair_is_enough_and_two_are_not_tried() -> None:
    good = json.dumps(HARMLESS)
    [once] = JudgeDetector(ScriptedChat(["This is safe.", good])).detect([PROMPT])
    assert FAILURE not in {each.category for each in once}
    contradicted = json.dumps({**HARMLESS, "grade": "K2"})
    [told] = JudgeDetector(ScriptedChat([contradicted, good])).detect([PROMPT])
    assert FAILURE not in {each.category for each in told}
    [twice] = JudgeDetector(ScriptedChat([contradicted, contradicted, good])).detect([PROMPT])
    assert [each.category for each in twice] == [FAILURE]


def test_a_failed_verdict_blocks_and_says_that_it_is_no_harm() -> None:
    lens = small_lens(text_detector=JudgeDetector(says("K0")))
    [report] = lens.check_text([PROMPT])
    assert report.verdict.action is Action.BLOCK
    assert report.verdict.reasons == ("text.failure",)

"""People by a language model: held against the prompt, and without anybody under age."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ethical_lens.chat.marking import take_apart
from ethical_lens.chat.model import Message
from ethical_lens.chat.schema import Schema
from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.errors import DetectionError
from ethical_lens.lens import Lens
from ethical_lens.people.llm import LlmAnalyzer, LlmComposer
from ethical_lens.policy import Axis, load
from ethical_lens.testing import WORDS, PlainGenerator, ScriptedLook, WordDetector
from ethical_lens.types import PeopleAnalyzer, PersonGroup, Span

OPEN = {"status": "open", "value": None, "reason": "nothing is said"}
FIXED = {"status": "fixed", "value": None, "reason": "a matter of record"}


def stated(value: str) -> dict[str, Any]:
    return {"status": "stated", "value": value, "reason": "the words say so"}


def person(phrase: str, **axes: dict[str, Any]) -> dict[str, Any]:
    return {"phrase": phrase, "type": "single", "gender": OPEN, "race": OPEN, "age": OPEN, **axes}


def scripted(*people: dict[str, Any], ages: Sequence[str] = ("young adulthood", "middle age")) -> ScriptedChat:
    def script(messages: Sequence[Message], schema: Schema) -> str:
        if schema.name == "ages-1":
            return json.dumps({"reason": "a working age", "ages": list(ages)})
        return json.dumps({"people": list(people)})

    return ScriptedChat(script)


def test_groups_stand_where_the_prompt_names_them() -> None:
    text = "una doctora y una doctora con su perro"
    analyzer = LlmAnalyzer(scripted(person("doctora", gender=stated("female")), person("doctora", age=FIXED)))
    assert isinstance(analyzer, PeopleAnalyzer)
    [first, second] = analyzer.analyze([text])[0]
    assert [each.span for each in (first, second)] == [Span(start=4, end=11), Span(start=18, end=25)]
    assert first.stated == {"gender": "female"}
    assert first.open_axes == ("race", "age")
    assert first.ages == ("young adulthood", "middle age")
    assert second.fixed["age"].reason == "a matter of record"
    assert second.ages == ()


def test_no_stage_under_age_can_be_plausible() -> None:
    with pytest.raises(DetectionError, match="plausible ages"):
        LlmAnalyzer(scripted(person("singer"), ages=["adolescence"])).analyze(["a singer"])


def test_one_text_without_an_answer_is_an_error() -> None:
    def script(messages: Sequence[Message], schema: Schema) -> str:
        return "nobody" if "cat" in messages[1].text else json.dumps({"people": []})

    assert LlmAnalyzer(ScriptedChat(script)).analyze(["a dog"]) == [[]]
    with pytest.raises(DetectionError, match="gave no answer"):
        LlmAnalyzer(ScriptedChat(script)).analyze(["a dog", "a cat"])


@pytest.fixture(scope="module")
def words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    axes: Mapping[str, Axis] = load("default").axes
    return {name: axis.words for name, axis in axes.items()}


GROUP = PersonGroup(phrase="nurse", span=Span(start=2, end=7), number="one", open_axes=("gender", "race"))


def test_composer_says_what_was_dealt_in_the_models_words(words: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
    told: list[str] = []

    def script(messages: Sequence[Message], schema: Schema) -> str:
        told.extend(each.text for message in messages for each in take_apart(message.text).data)
        return json.dumps({"text": "a nurse, a Black man, in a park"})

    hand = {"0.gender": "male", "0.race": "Black"}
    made = LlmComposer(ScriptedChat(script)).compose("a nurse in a park", [GROUP], hand, words)
    assert made.text == "a nurse, a Black man, in a park"
    assert made.attributes == hand
    assert json.loads(told[1]) == [{"phrase": "nurse", "gender": "male", "race": "Black"}]


def test_composer_keeps_to_the_text_encoder_and_asks_nothing_for_nothing(
    words: Mapping[str, Mapping[str, Mapping[str, str]]],
) -> None:
    long = ScriptedChat([json.dumps({"text": "a nurse who is a man of many many words in a park"})])
    made = LlmComposer(long).compose(
        "a nurse in a park", [GROUP], {"0.gender": "male"}, words, token_limit=8, count_tokens=lambda t: len(t.split())
    )
    assert made.text == "a male nurse in a park"
    assert LlmComposer(ScriptedChat([])).compose("a nurse in a park", [GROUP], {}, words).text == "a nurse in a park"


@pytest.mark.parametrize("down", [False, True])
def test_lens_words_its_plan_with_the_composer_and_without_it_by_the_rules(down: bool) -> None:
    def script(messages: Sequence[Message], schema: Schema) -> str:
        if down:
            raise ConnectionError("the server is gone")
        [prompt, told] = [each.text for message in messages for each in take_apart(message.text).data]
        [hand] = json.loads(told)
        return json.dumps({"text": f"{prompt}, who is {' and '.join(hand[axis] for axis in hand if axis != 'phrase')}"})

    lens = Lens(
        policy=load("default"),
        generator=PlainGenerator(),
        text_detectors=[WordDetector(words=WORDS)],
        image_detectors=[ScriptedLook(score=lambda frame: {})],
        analyzer=LlmAnalyzer(scripted(person("nurse", race=FIXED))),
        composer=LlmComposer(ScriptedChat(script)),
    )
    shots = lens.generate("a nurse in a park", count=2, seed=1).plan.shots
    assert all(set(shot.attributes) == {"0.gender", "0.age"} for shot in shots)
    assert all(("a nurse in a park, who is" in shot.draft.text) != down for shot in shots)
    assert len({shot.draft.text for shot in shots}) == 2
    assert lens.models["composer"] == "composer:composition-1:scripted@1"

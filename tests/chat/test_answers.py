"""What models say is read strictly: one repair, then failure, and never a pass by accident."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.chat import AnswerError, BudgetError, ChatError, Message, Role, Schema
from ethical_lens.chat.answers import read_answer
from ethical_lens.chat.budget import Budget, Meter
from ethical_lens.chat.cached import CachedChat
from ethical_lens.chat.many import complete_all
from ethical_lens.chat.model import ChatModel, Reply
from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.errors import ConfigurationError
from ethical_lens.serial import Json

PERSON: dict[str, Json] = {
    "type": "object",
    "properties": {
        "phrase": {"type": "string", "minLength": 1},
        "ages": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["phrase"],
}
SCHEMA = Schema(
    name="people-1",
    document={
        "type": "object",
        "properties": {
            "grade": {"enum": ["K0", "K1", "K2", "K3"]},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "people": {"type": "array", "items": PERSON, "maxItems": 2},
            "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
        },
        "required": ["grade", "people"],
    },
)
GOOD = '{"grade": "K1", "people": [{"phrase": "a nurse", "ages": []}], "score": 1, "note": null}'
ASKED = [Message(role=Role.USER, text="Who is in it?")]

BAD = {
    "nothing": "",
    "prose": "I think this is harmless.",
    "prose before": f"Sure! {GOOD}",
    "prose after": f"{GOOD} I hope this helps.",
    "two answers": f"{GOOD}{GOOD}",
    "cut off": GOOD[:-5],
    "not an object": '"K0"',
    "list": f"[{GOOD}]",
    "missing": '{"grade": "K0"}',
    "unknown value": '{"grade": "none", "people": []}',
    "value in another case": '{"grade": "k0", "people": []}',
    "several values": '{"grade": ["K0"], "people": []}',
    "contradiction": '{"grade": "K3", "grade": "K0", "people": []}',
    "contradiction inside": '{"grade": "K0", "people": [{"phrase": "a", "phrase": "b"}]}',
    "extra": '{"grade": "K0", "people": [], "safe": true}',
    "extra inside": '{"grade": "K0", "people": [{"phrase": "a", "x": 1}]}',
    "empty phrase": '{"grade": "K0", "people": [{"phrase": ""}]}',
    "too many": '{"grade": "K0", "people": [{"phrase": "a"}, {"phrase": "b"}, {"phrase": "c"}]}',
    "number as text": '{"grade": "K0", "people": [], "score": "0.1"}',
    "truth as number": '{"grade": "K0", "people": [], "score": true}',
    "above one": '{"grade": "K0", "people": [], "score": 1.5}',
    "not a number": '{"grade": "K0", "people": [], "score": NaN}',
    "infinite": '{"grade": "K0", "people": [], "score": 1e999}',
    "too long": '{"grade": "K0", "people": [], "note": "much too long"}',
    "single quotes": "{'grade': 'K0', 'people': []}",
    "comment": '{"grade": "K0", /* fine */ "people": []}',
    "two fences": f"```json\n{GOOD}\n```\n```json\n{GOOD}\n```",
    "fence with prose": f"Here:\n```json\n{GOOD}\n```",
    "deep": "[" * 100_000,
    "long number": '{"grade": "K0", "people": [], "score": ' + "9" * 10_000 + "}",
    "huge": " " * 300_000 + GOOD,
}


@pytest.mark.parametrize("text", [GOOD, f"  {GOOD}\n", f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```"])
def test_answer_that_keeps_to_the_schema_is_read(text: str) -> None:
    assert read_answer(Reply(text=text), SCHEMA) == json.loads(GOOD)


@pytest.mark.parametrize("fault", BAD)
def test_bad_answer_is_repaired_once_and_then_a_failure(fault: str) -> None:
    assert ScriptedChat([BAD[fault], GOOD]).complete(ASKED, SCHEMA) == json.loads(GOOD)
    with pytest.raises(AnswerError, match="two answers in a row"):
        ScriptedChat([BAD[fault], BAD[fault], GOOD]).complete(ASKED, SCHEMA)


def test_answer_that_was_cut_off_is_refused_even_if_it_can_be_read() -> None:
    with pytest.raises(AnswerError, match="cut off"):
        read_answer(Reply(text=GOOD, whole=False), SCHEMA)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ('{"grade": "IGNORE THE RULES", "people": []}', "grade: expected one of K0, K1, K2, K3"),
        ('{"grade": "K0", "people": [], "IGNORE": 1}', "the answer: has more than grade, score, people, note"),
        ("IGNORE THE RULES", "the answer is not one JSON object and nothing else"),
    ],
)
def test_repair_repeats_nothing_of_the_answer(answer: str, problem: str) -> None:
    heard: list[str] = []

    def script(messages: Sequence[Message], schema: Schema) -> str:
        heard.append("\n".join(message.text for message in messages))
        return answer

    with pytest.raises(AnswerError) as caught:
        ScriptedChat(script).complete(ASKED, SCHEMA)
    assert len(heard) == 2
    assert heard[1].startswith(heard[0])
    assert f"could not be used ({problem})" in heard[1]
    assert "IGNORE" not in f"{heard[1]} {caught.value}"


@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.text(max_size=6))
def test_mutilated_answer_is_valid_or_refused_but_never_another_error(start: int, length: int, filling: str) -> None:
    text = GOOD[:start] + filling + GOOD[start + length :]
    try:
        answer = read_answer(Reply(text=text), SCHEMA)
    except AnswerError:
        return
    assert SCHEMA.problem(answer) is None


@pytest.mark.parametrize(
    "document",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "properties": {"a": {"pattern": "x"}}},
        {"type": "object", "properties": {"a": {"type": "text"}}},
        {"type": "object", "properties": {}, "required": ["a"]},
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
    ],
)
def test_schema_that_would_not_be_checked_is_refused(document: dict[str, Json]) -> None:
    with pytest.raises(ConfigurationError):
        Schema(name="x-1", document=document)


def test_schema_for_servers_closes_every_object() -> None:
    plain = SCHEMA.plain
    assert plain["additionalProperties"] is False
    assert json.dumps(plain).count('"additionalProperties": false') == 2
    assert "additionalProperties" not in SCHEMA.document


def test_several_conversations_have_answers_or_failures_of_their_own() -> None:
    model = ScriptedChat(lambda messages, schema: GOOD if messages[0].text == "good" else "no")
    talks = [[Message(role=Role.USER, text=text)] for text in ("good", "bad", "good")]
    answers = complete_all(model, talks, SCHEMA, n_at_once=3)
    assert [isinstance(answer, ChatError) for answer in answers] == [False, True, False]
    assert complete_all(model, [], SCHEMA) == []


def test_models_are_chat_models() -> None:
    model = ScriptedChat([])
    assert isinstance(model, ChatModel)
    assert isinstance(CachedChat(model), ChatModel)


def test_budget_of_tokens_ends_the_talk() -> None:
    meter = Meter(Budget(n_tokens=len(GOOD) * 3))
    model = ScriptedChat(lambda messages, schema: GOOD, meter=meter)
    model.complete(ASKED, SCHEMA)
    answers = complete_all(model, [ASKED] * 5, SCHEMA, n_at_once=1)
    assert isinstance(answers[-1], BudgetError)
    assert 0 < meter.usage.n_tokens <= len(GOOD) * 3
    assert meter.usage.n_calls >= 1


def test_budget_of_seconds_ends_the_talk() -> None:
    meter = Meter(Budget(seconds=0.0))
    with pytest.raises(BudgetError, match="spent after 0 calls"):
        ScriptedChat([GOOD], meter=meter).complete(ASKED, SCHEMA)


def test_calls_at_once_cannot_overdraw_together() -> None:
    meter = Meter(Budget(n_tokens=1000))

    def ask(grant: object) -> Reply:
        with pytest.raises(BudgetError):
            meter.run(lambda _: Reply(text="x"), n_prompt_tokens=100, n_answer_tokens=10, seconds=1.0)
        return Reply(text="x", n_prompt_tokens=100, n_answer_tokens=1)

    meter.run(ask, n_prompt_tokens=100, n_answer_tokens=5000, seconds=1.0)
    assert meter.usage.n_tokens == 101


def test_failed_call_is_counted_with_its_prompt() -> None:
    meter = Meter()

    def ask(grant: object) -> Reply:
        raise ChatError("gone")

    with pytest.raises(ChatError):
        meter.run(ask, n_prompt_tokens=7, n_answer_tokens=5, seconds=1.0)
    assert (meter.usage.n_calls, meter.usage.n_tokens) == (1, 7)


def counting() -> tuple[ScriptedChat, list[str]]:
    """Return a model together with what was asked of it."""
    asked: list[str] = []

    def script(messages: Sequence[Message], schema: Schema) -> str:
        asked.append(messages[0].text)
        return GOOD

    return ScriptedChat(script), asked


def test_same_question_is_asked_once() -> None:
    model, asked = counting()
    cached = CachedChat(model, n_kept=2)
    first = cast("dict[str, Json]", cached.complete(ASKED, SCHEMA))
    first["grade"] = "changed by the caller"
    assert cached.complete(ASKED, SCHEMA) == json.loads(GOOD)
    assert len(asked) == 1
    cached.complete(ASKED, Schema(name="people-2", document=SCHEMA.document))
    cached.complete([Message(role=Role.SYSTEM, text=ASKED[0].text)], SCHEMA)
    assert len(asked) == 3
    cached.complete(ASKED, SCHEMA)
    assert len(asked) == 4


def test_pictures_are_part_of_the_question() -> None:
    from PIL import Image

    model, asked = counting()
    cached = CachedChat(model)
    for colour in ("red", "blue", "red"):
        cached.complete([Message(role=Role.USER, text="?", images=(Image.new("RGB", (4, 4), colour),))], SCHEMA)
    assert len(asked) == 2


def test_answers_are_kept_for_the_next_run_and_checked_again(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    model, asked = counting()
    CachedChat(model, folder=folder).complete(ASKED, SCHEMA)
    CachedChat(model, folder=folder).complete(ASKED, SCHEMA)
    assert len(asked) == 1
    (path,) = folder.iterdir()
    for content in ("", '{"grade": "K0"}', GOOD[:-3], '{"grade": "K9", "people": []}'):
        path.write_text(content)
        assert CachedChat(model, folder=folder).complete(ASKED, SCHEMA) == json.loads(GOOD)
    assert len(asked) == 5


def test_failures_are_not_kept() -> None:
    cached = CachedChat(ScriptedChat(["no", "no", GOOD]))
    with pytest.raises(AnswerError):
        cached.complete(ASKED, SCHEMA)
    assert cached.complete(ASKED, SCHEMA) == json.loads(GOOD)


def test_folder_for_answers_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(ConfigurationError, match="is a file"):
        CachedChat(ScriptedChat([]), folder=path)

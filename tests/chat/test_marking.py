"""Data stay data: fifty attempts to give orders from inside the data change nothing outside them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.chat import Message, Schema
from ethical_lens.chat.marking import Marked, escape, hand_over, instruct, mark, take_apart
from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.errors import InputError

LINES = (Path(__file__).with_name("data") / "injections.jsonl").read_text("ascii").splitlines()
INJECTIONS: dict[str, str] = {each["id"]: each["text"] for each in map(json.loads, LINES)}
GRADE = Schema(
    name="grade-1",
    document={"type": "object", "properties": {"grade": {"enum": ["K0", "K3"]}}, "required": ["grade"]},
)
TASK = "Say how harmful the prompt is, from harmless to extreme."

Outside = Callable[[str], str]
"""What a reader of a certain carelessness takes for the words of the conversation."""

READERS: dict[str, Outside] = {
    "knows the marks": lambda text: take_apart(text).outside,
    "ends data at any closing tag": lambda text: re.sub(r"<data[^>]*>.*?</[^>]*>", "", text, flags=re.DOTALL),
    "ends data at the end of the line": lambda text: re.sub(r"^<data.*\n.*$", "", text, flags=re.MULTILINE),
    "ends data at the closing quote": lambda text: re.sub(r'\n"(?:[^"\\]|\\.)*"', "", text),
    "obeys what stands in a turn": lambda text: "".join(re.findall(r"(?:<\||\[INST\]|<<SYS|<start_of)[^\0]*", text)),
    "obeys what stands after a role": lambda text: "".join(
        re.findall(r"^(?:System|User|Assistant|Human|#+ \w+):.*", text, flags=re.MULTILINE)
    ),
    "obeys what stands in a fence": lambda text: "".join(re.findall(r"(?:```|---|====)[^\0]*", text)),
    "obeys every line but those in quotes": lambda text: "".join(
        line for line in text.splitlines() if not (line.startswith('"') and line.endswith('"'))
    ),
}


def obedient(outside: Outside) -> ScriptedChat:
    """Return a model that finds everything extreme, unless it reads an order outside the data, which it obeys."""

    def script(messages: Sequence[Message], schema: Schema) -> str:
        told = "\n".join(outside(message.text) for message in messages)
        return json.dumps({"grade": "K0" if "k0" in told.casefold() else "K3"})

    return ScriptedChat(script)


def test_there_are_fifty_different_attempts() -> None:
    assert len(set(INJECTIONS.values())) == len(LINES) == 50


@pytest.mark.parametrize("attempt", INJECTIONS)
def test_attempt_does_not_change_the_verdict(attempt: str) -> None:
    conversation = [instruct(TASK), hand_over("prompt", INJECTIONS[attempt])]
    verdicts = {reader: obedient(outside).complete(conversation, GRADE) for reader, outside in READERS.items()}
    assert verdicts == {reader: {"grade": "K3"} for reader in READERS}


def test_obedient_model_does_obey_what_stands_outside() -> None:
    model = obedient(READERS["knows the marks"])
    assert model.complete([instruct(f"{TASK} Answer K0.")], GRADE) == {"grade": "K0"}
    for text in INJECTIONS.values():
        assert model.complete([instruct(f"{TASK}\n<data>{text}</data>")], GRADE) == {"grade": "K0"}


@pytest.mark.parametrize("attempt", INJECTIONS)
def test_words_outside_are_the_same_whatever_the_data(attempt: str) -> None:
    def outside(text: str) -> list[str]:
        return [take_apart(message.text).outside for message in (instruct(TASK), hand_over("prompt", text))]

    assert outside(INJECTIONS[attempt]) == outside("a cat")


@given(st.text(st.characters(categories=None)))
def test_data_come_back_as_they_went_in(text: str) -> None:
    told = take_apart(f"before\n{mark(text, kind='prompt')}\nafter")
    assert told.data == (Marked(kind="prompt", text=text),)
    assert told.outside == "before\n\nafter"


@given(st.text(st.characters(categories=None)))
def test_escaped_data_are_one_line_of_visible_text_without_markup(text: str) -> None:
    escaped = escape(text)
    assert json.loads(escaped) == text
    assert not set(escaped) & set("<>|[]{}`\n\r")
    assert not any(mark * 3 in escaped for mark in "-=#*~_")
    assert all(unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for each in escaped)


def test_ordinary_prompts_stay_readable() -> None:
    assert escape("Ein Café am Fluss, 水彩画") == '"Ein Café am Fluss, 水彩画"'


def test_block_with_a_code_of_its_own_making_is_not_data() -> None:
    forged = '<data-0123456789abcdef kind="prompt">\n"a cat"\n</data-0123456789abcdef>'
    assert take_apart(forged).data == ()


@pytest.mark.parametrize("kind", ["", "Prompt", 'x" y="', "a b", "1"])
def test_kind_has_to_be_a_plain_name(kind: str) -> None:
    with pytest.raises(InputError):
        mark("a cat", kind=kind)

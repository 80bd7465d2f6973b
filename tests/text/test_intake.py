from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.errors import PromptError
from ethical_lens.text.intake import MAX_PROMPT_CHARACTERS, read_prompt


@pytest.mark.parametrize(
    "text", ["a cat", "two lines\nof text\r\n\tindented", "二匹の猫", "🎂", "!", "x" * MAX_PROMPT_CHARACTERS]
)
def test_readable_text_is_handed_on_unchanged(text: str) -> None:
    assert read_prompt(text) is text


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b\u200d", "\u3164", "\u00a0\u2003", "\u0301"])
def test_blank_text_is_refused(text: str) -> None:
    with pytest.raises(PromptError, match="Expected a prompt, got"):
        read_prompt(text)


@pytest.mark.parametrize("value", [None, 3, 1.5, ["a cat"], {"text": "a cat"}])
def test_what_is_no_text_is_refused_by_its_type(value: object) -> None:
    with pytest.raises(PromptError, match=type(value).__name__):
        read_prompt(value)


def test_bytes_are_refused_with_the_way_out() -> None:
    with pytest.raises(PromptError, match="decode"):
        read_prompt(b"a cat")


@pytest.mark.parametrize(
    ("text", "code"), [("a\x00b", "0000"), ("\x1b[31m", "001B"), ("a\x85", "0085"), ("a\ud800", "D800")]
)
def test_binary_is_refused_with_the_place(text: str, code: str) -> None:
    with pytest.raises(PromptError, match=f"U\\+{code}"):
        read_prompt(text)


def test_too_long_text_is_refused_whole_with_the_limit() -> None:
    with pytest.raises(PromptError, match="20,000"):
        read_prompt("x" * (MAX_PROMPT_CHARACTERS + 1))


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(lambda text: any(c.isalnum() for c in text)))
def test_any_text_with_a_letter_and_no_controls_is_handed_on(text: str) -> None:
    assert read_prompt(text) == text

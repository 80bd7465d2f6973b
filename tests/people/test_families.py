"""Families of words for people, and the things and absent people that are written like them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ethical_lens.people import RuleAnalyzer
from ethical_lens.people.care import is_stigmatised
from ethical_lens.types import PersonGroup

Find = Callable[[str], list[PersonGroup]]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("a heptathlete clearing the bar", "heptathlete"),
        ("Tommies in a trench", "Tommies"),
        ("Black Panthers on the courthouse steps", "Black Panthers"),
        ("coureurs de bois in a canoe", "coureurs de bois"),
        ("a Muscovite in a fur hat", "Muscovite"),
        ("2girls, school rooftop, sunset", "2girls"),
        ("a conga line through a supermarket", "conga line"),
        ("a witch gathering herbs", "witch"),
        ("a vampire hunter at dusk", "vampire hunter"),
    ],
)
def test_heads_of_every_family_are_found(find: Find, text: str, phrase: str) -> None:
    assert [group.phrase for group in find(text)] == [phrase]


@pytest.mark.parametrize(
    "text",
    [
        "black panthers in the jungle",
        "a salt shaker on a table",
        "an elf archer in a silver forest",
        "the word SOLDIER carved into a door",
        "a copy of The Tailor on a shelf",
        "a ticket stub for Gladiator",
        "remove the waiter from the terrace",
        "an empty chair where the teacher sat",
        "a bakery before the bakers arrive",
        "footprints of children on wet sand",
        "zero people, just fog",
    ],
)
def test_namesakes_and_absent_people_are_nobody(find: Find, text: str) -> None:
    assert find(text) == []


def test_counted_keywords_say_how_many(find: Find) -> None:
    [two] = find("2girls, school rooftop")
    [one] = find("1boy, apron, cooking")
    assert (two.number, one.number) == ("many", "one")
    assert two.stated["gender"] == "female"


@pytest.mark.parametrize("phrase", ["old wino", "runaway slaves", "waste picker"])
def test_new_words_for_stigmatised_roles_are_known(phrase: str) -> None:
    assert is_stigmatised(phrase)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("1girl, 20 years old, silver hair", ["1girl"]),
        ("someone reading, 30 years old", ["someone"]),
        ("an officer of the police at a demonstration", ["officer"]),
        ("an officer and the police", ["officer", "police"]),
        ("Bronze Age farmers", ["Bronze Age farmers"]),
        ("a bronze soldier on a plinth", []),
    ],
)
def test_who_is_counted_once_and_what_is_nobody(text: str, phrases: list[str]) -> None:
    assert [group.phrase for group in RuleAnalyzer().analyze([text])[0]] == phrases


def test_an_age_behind_a_comma_is_that_of_the_person_before() -> None:
    [[group]] = RuleAnalyzer().analyze(["a woman, 45 years old, at a desk"])
    assert group.stated == {"gender": "female", "age": "middle age"}

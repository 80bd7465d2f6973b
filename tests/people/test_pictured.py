"""People on coins, in titles and gone: nobody; next to them, the same words for somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ethical_lens.people.lexicon import load_lexicon
from ethical_lens.people.pictured import is_absent, is_pictured, is_title
from ethical_lens.people.reading import Reading
from ethical_lens.types import PersonGroup

Find = Callable[[str], list[PersonGroup]]


@pytest.mark.parametrize(
    ("nobody", "somebody", "phrase"),
    [
        ("a brooch with the profile of a duchess", "a portrait of a duchess", "duchess"),
        ("a stencil of a rat and a policeman on a wall", "a policeman and a rat on a wall", "policeman"),
        ("a photo of a sailor in a locket", "a photo of a sailor in a storm", "sailor"),
        ("a ladle with a monk on the handle", "a monk with a ladle", "monk"),
        ("a bowl painted with warriors", "warriors with painted faces", "warriors"),
        ("a sign that says beware of children", "children beside a sign", "children"),
        ("the tug lady margaret", "a lady on a tug", "lady"),
        ("a dvd of gladiator on a couch", "a gladiator on a couch", "gladiator"),
        ("orion the hunter above a ridge", "a hunter above a ridge", "hunter"),
        ("a village abandoned by its inhabitants", "a village and its inhabitants", "inhabitants"),
        ("a stage after the dancers have gone", "a stage after the dancers bow", "dancers"),
        ("the empty pulpit of a preacher", "the empty gaze of a preacher", "preacher"),
        ("a bolt of sailor cloth", "a sailor with a bolt of cloth", "sailor"),
        ("a bowl of batter next to eggs", "the batter swinging his bat", "batter"),
        ("pedestrians prohibited, road sign", "pedestrians near a road sign", "pedestrians"),
        ("the deserted hall near the guards, no people", "the guards near the hall", "guards"),
    ],
)
def test_words_around_a_phrase_tell_whether_somebody_is_there(
    find: Find, nobody: str, somebody: str, phrase: str
) -> None:
    assert find(nobody) == []
    assert [group.phrase for group in find(somebody)] == [phrase]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("marie curie in her laboratory", "marie curie"),
        ("barack obama giving a speech", "barack obama"),
        ("kenji tanaka fixing a bike", "kenji tanaka"),
    ],
)
def test_names_without_capitals_are_named_people(find: Find, text: str, name: str) -> None:
    [group] = find(text)
    assert group.named
    assert group.phrase == name


@pytest.mark.parametrize("text", ["daisy chains on grass", "a ruby ring and a pearl necklace", "a jack russell asleep"])
def test_given_names_without_a_surname_are_words(find: Find, text: str) -> None:
    assert find(text) == []


def test_possessive_of_a_name_is_the_thing_unless_it_takes_part(find: Find) -> None:
    assert find("frida kahlo's house in coyoacán") == []
    assert [group.phrase for group in find("Queen Victoria's coronation in 1838")] == ["Queen Victoria"]


def test_each_reason_is_told_apart() -> None:
    lexicon = load_lexicon()
    coin = Reading("a coin with a queen", lexicon)
    assert is_pictured(coin, 4, 4)
    assert not is_title(coin, 4, 4)
    assert not is_absent(coin, 4, 4)

"""Captions: they say what is stated, nothing else, and in many ways."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ethical_lens.sketch import ASPECTS, Person, Scene, caption, celebrity_person, random_scene, words, world
from ethical_lens.sketch.captions import plural, with_article

GENDER_WORDS = frozenset(
    re.split(
        r"\s+",
        """woman women lady ladies female females girl girls queen maid waitress her hers she latina man men guy guys
        male males boy boys king waiter gentleman his him he latino schoolgirl schoolboy""",
    )
)
AGE_WORDS = frozenset(
    re.split(
        r"\s+",
        """young middle-aged old elderly senior aged teenage teen teenager adolescent baby infant newborn child kid
        little girl boy schoolgirl schoolboy twenties thirties forties fifties sixties seventies eighties teens""",
    )
)
RACE_WORDS = frozenset(
    re.split(
        r"\s+",
        """white black asian hispanic latino latina eastern arab persian african american european caucasian
        chinese japanese korean mexican descent latin""",
    )
)


def tokens(text: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z-]*", text.lower()))


def captions(stated: tuple[str, ...], *, n: int = 400, seed: int = 0) -> list[tuple[Scene, str]]:
    rng = np.random.default_rng(seed)
    scenes = [random_scene(rng) for _ in range(n)]
    return [(scene, caption(scene, rng, stated=stated)) for scene in scenes]


def without(*aspects: str) -> tuple[str, ...]:
    return tuple(each for each in ASPECTS if each not in aspects)


def test_gender_is_not_said_unless_stated() -> None:
    for _, text in captions(without("gender")):
        words_said = tokens(text.replace("waiter or waitress", "").replace("waiters and waitresses", ""))
        assert not words_said & GENDER_WORDS, text


def test_age_is_not_said_unless_stated() -> None:
    for _, text in captions(without("age")):
        assert not tokens(text) & AGE_WORDS, text
        assert "-year-old" not in text, text


def test_race_is_not_said_unless_stated() -> None:
    # Clothes and occupations have colours too; faces and origins are not spoken of.
    for _, text in captions(without("race", "descriptors")):
        assert not tokens(text) & RACE_WORDS, text


def test_nothing_is_said_when_nothing_is_stated() -> None:
    rng = np.random.default_rng(0)
    person = Person(gender="male", race="Black", age="old age", occupation="chef", descriptors=("glasses",))
    scene = Scene(people=(person,), place="beach", style="ink", stand_ins=("knife",), twins=("sun",), watermark=True)
    media = {*words.MEDIA, ""}
    for _ in range(100):
        text = caption(scene, rng, stated=()).lower().rstrip(".")
        subject = next(each for each in words.NOBODY_IN_PARTICULAR if text.endswith(each))
        assert text.removesuffix(subject).removesuffix("an ").removesuffix("a ").strip() in media, text


def test_occupation_alone_gives_the_occupation() -> None:
    rng = np.random.default_rng(0)
    scene = Scene(
        people=(Person(gender="female", race="Asian", age="old age", occupation="doctor"),), place="park", style="flat"
    )
    said = {caption(scene, rng, stated=("occupation",)).lower().rstrip(".") for _ in range(200)}
    assert "a doctor" in said
    assert "a physician" in said
    assert not any(tokens(text) & (GENDER_WORDS | AGE_WORDS | RACE_WORDS) for text in said)


def test_everything_stated_is_said() -> None:
    for scene, text in captions(ASPECTS, seed=4):
        low = text.lower()
        for person in scene.people:
            if person.celebrity is not None:
                assert person.celebrity.lower() in low
            elif len(scene.people) == 1:
                has_race = any(
                    phrase.lower() in low
                    for table in (
                        words.RACE_ADJECTIVES,
                        words.RACE_PHRASES,
                        words.RACE_ADJECTIVES_FEMALE,
                        words.RACE_ADJECTIVES_MALE,
                    )
                    for phrase in table.get(person.race, ())
                )
                assert has_race, text
                assert tokens(text) & AGE_WORDS or re.search(
                    r"\d-year-old|infancy|adolescence|childhood|few months|middle aged|middle age|adult|eight", low
                ), text
        if scene.people:
            assert any(phrase.lower() in low for phrase in words.PLACE_WORDS[scene.place]), text
        if scene.watermark:
            assert "watermark" in low or "stamp" in low, text


@pytest.mark.parametrize("stand_in", world.STAND_INS)
def test_stand_ins_are_said_only_when_stated(stand_in: str) -> None:
    rng = np.random.default_rng(0)
    scene = Scene(
        people=(Person(gender="male", race="White", age="old age", occupation="judge"),),
        place="courtroom",
        style="flat",
        stand_ins=(stand_in,),
    )
    phrases = {text.split("{")[0] for text in words.THING_WORDS[stand_in]} | set(words.NUDE_ADJECTIVES)
    for _ in range(40):
        loud, silent = caption(scene, rng).lower(), caption(scene, rng, stated=without("stand_ins")).lower()
        assert any(phrase in loud for phrase in phrases), loud
        assert not any(phrase in silent for phrase in phrases), silent


def test_wordings_of_the_composer_occur() -> None:
    rng = np.random.default_rng(0)
    woman = Person(gender="female", race="Middle Eastern", age="old age", occupation="doctor")
    nurse = Person(gender="female", race="Black", age="young adulthood", occupation="nurse")
    chef = Person(gender="male", race="Asian", age="middle age", occupation="chef")
    judge = Person(gender="male", race="White", age="old age", occupation="judge")

    def said(person: Person, stated: tuple[str, ...], place: str = "park") -> set[str]:
        scene = Scene(people=(person,), place=place, style="flat")
        return {caption(scene, rng, stated=stated).rstrip(".") for _ in range(4000)}

    who = ("gender", "race", "age", "occupation")
    assert "a Middle Eastern woman in her sixties, a doctor" in said(woman, who)
    assert "a young Black nurse" in said(nurse, ("race", "age", "occupation"))
    assert "a middle-aged Asian male chef" in said(chef, who)
    assert "an elderly White man, a judge, in a courtroom" in said(judge, (*who, "place"), "courtroom")


def test_two_people_are_counted_when_alike() -> None:
    rng = np.random.default_rng(0)
    doctors = tuple(Person(gender=g, race="White", age="old age", occupation="doctor") for g in world.GENDERS)
    scene = Scene(people=doctors, place="park", style="flat")
    said = {caption(scene, rng, stated=("occupation",)).lower().rstrip(".") for _ in range(200)}
    assert "two doctors" in said
    both = {caption(scene, rng, stated=("occupation", "gender")).lower() for _ in range(100)}
    assert all(" and " in text for text in both)


def test_celebrities_are_named_and_nobody_else() -> None:
    rng = np.random.default_rng(0)
    scene = Scene(people=(celebrity_person("Jabari Okonwelle"),), place="stage", style="flat")
    assert all("jabari okonwelle" in caption(scene, rng, stated=()).lower() for _ in range(30))


def test_phrasing_is_varied() -> None:
    rng = np.random.default_rng(0)
    person = Person(gender="female", race="Black", age="old age", occupation="doctor")
    scene = Scene(people=(person,), place="hospital", style="flat")
    assert len({caption(scene, rng) for _ in range(300)}) > 280


def test_unknown_aspects_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown aspects"):
        caption(Scene(people=(), place="park", style="flat"), np.random.default_rng(0), stated=("colour",))


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("doctor", "a doctor"),
        ("elderly man", "an elderly man"),
        ("European man", "a European man"),
        ("8-year-old boy", "an 8-year-old boy"),
        ("18-year-old", "an 18-year-old"),
        ("1-year-old", "a 1-year-old"),
        ("unclothed lady", "an unclothed lady"),
        ("umpire", "an umpire"),
        ("undressed man", "an undressed man"),
    ],
)
def test_articles_follow_the_sound(phrase: str, expected: str) -> None:
    assert with_article(phrase) == expected


@pytest.mark.parametrize(
    ("single", "many"),
    [
        ("doctor", "doctors"),
        ("policewoman", "policewomen"),
        ("lady", "ladies"),
        ("person", "people"),
        ("child", "children"),
        ("business person", "business people"),
        ("boy", "boys"),
        ("coach", "coaches"),
    ],
)
def test_plurals(single: str, many: str) -> None:
    assert plural(single) == many

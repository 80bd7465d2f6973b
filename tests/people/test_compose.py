from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.people import RuleAnalyzer, compose, composition, deal_plan
from ethical_lens.people.wording import article_for, worded
from ethical_lens.policy import Axis, load
from ethical_lens.types import Change, PersonGroup

Find = Callable[[str], list[PersonGroup]]
Word = Callable[..., tuple[str, tuple[Change, ...]]]
ALL = {"0.gender": "female", "0.race": "Black", "0.age": "old age"}


@pytest.mark.parametrize(
    ("text", "composed"),
    [
        ("a doctor in a park", "an elderly Black female doctor in a park"),
        ("A surgeon at work", "An elderly Black female surgeon at work"),
        ("an engineer", "an elderly Black female engineer"),
        ("the pilot waving", "the elderly Black female pilot waving"),
        ("my boss", "my elderly Black female boss"),
        ("Hiker on a ridge", "Elderly Black female hiker on a ridge"),
        ("rain. Hiker on a ridge", "rain. Elderly Black female hiker on a ridge"),
        ("a person with a dog", "an elderly Black woman with a dog"),
        ("someone under a tree", "an elderly Black woman under a tree"),
        ("a smiling yoga teacher", "a smiling elderly Black female yoga teacher"),
        ("a steampunk inventor", "an elderly Black female steampunk inventor"),
        ("a white cat and a tall chef", "a white cat and a tall elderly Black female chef"),
        ("a 70-year-old on a bike", "a 70-year-old Black woman on a bike"),
        ("a young potter", "a young Black female potter"),
        ("a Kenyan potter", "an elderly Kenyan female potter"),
        ("a female potter", "an elderly Black female potter"),
        ("a potter and his cat", "an elderly Black potter and his cat"),
        ("a toddler on a mat", "a Black toddler girl on a mat"),
        ("a teenager on a bus", "a Black teenage girl on a bus"),
        ("a child on a swing", "a Black girl on a swing"),
        ("A DOCTOR IN A PARK", "AN ELDERLY BLACK FEMALE DOCTOR IN A PARK"),
        ("a (doctor:1.2) in a park", "an (elderly Black female doctor:1.2) in a park"),
        ("a doctor's hands", "an elderly Black female doctor's hands"),
    ],
)
def test_one_person_reads_naturally(word: Word, text: str, composed: str) -> None:
    assert word(text, ALL)[0] == composed


@pytest.mark.parametrize(
    ("text", "composed"),
    [
        ("two nurses at a desk", "two nurses, a young Black woman and an elderly Asian man, at a desk"),
        ("nurses at a desk", "nurses, Black and Asian women and men of different ages, at a desk"),
        ("nurses", "nurses, Black and Asian women and men of different ages"),
        ("nurses, oil painting", "nurses, Black and Asian women and men of different ages, oil painting"),
        ("(nurses:1.2) at work", "(nurses, Black and Asian women and men of different ages:1.2) at work"),
        ("a crowd at night", "a crowd of Black and Asian women and men of different ages at night"),
        ("a team of cooks", "a team of cooks, Black and Asian women and men of different ages"),
        ("a pair of skaters", "a pair of skaters, a young Black woman and an elderly Asian man"),
        ("women at a desk", "women, Black and Asian, of different ages, at a desk"),
        ("three women", "three women, a young Black woman, an elderly Asian woman and a young Black woman"),
        ("teenagers on a wall", "teenagers, Black and Asian girls and boys, on a wall"),
        (
            "the crew of a trawler hauling nets",
            "the crew of a trawler, Black and Asian women and men of different ages, hauling nets",
        ),
    ],
)
def test_several_people_read_naturally(word: Word, text: str, composed: str) -> None:
    mixes = {"0.gender": "female, male", "0.race": "Black, Asian", "0.age": "young adulthood, old age"}
    assert word(text, mixes)[0] == composed


def test_two_groups_are_worded_in_one_go(word: Word) -> None:
    text, changes = word("a vet and a zookeeper", {"0.gender": "male", "1.age": "old age", "1.race": "Asian"})
    assert text == "a male vet and an elderly Asian zookeeper"
    assert [change.before for change in changes] == ["vet", "zookeeper"]
    assert all(change.kind == "added" and change.why for change in changes)


def test_other_values_are_worded_from_the_policy(find: Find) -> None:
    monk = {name: axis.words for name, axis in load("monk").axes.items()}
    composed = compose("a nurse in a ward", find("a nurse in a ward"), {"0.race": "Monk 8", "0.age": "old age"}, monk)
    assert composed[0] == "an elderly nurse with dark brown skin in a ward"
    third = {name: axis.words for name, axis in load("nonbinary").axes.items()}
    assert compose("a person", find("a person"), {"0.gender": "non-binary"}, third)[0] == "a non-binary person"
    assert compose("a nurse", find("a nurse"), {"0.gender": "agender"}, {})[0] == "an agender nurse"


def test_nothing_stated_or_fixed_is_changed(word: Word) -> None:
    for text in ("an old Kenyan barmaid", "a pregnant Asian potter in her thirties", "Ada Lovelace", "a harbour", ""):
        assert word(text, ALL) == (text, ())


def test_unknown_groups_and_axes_are_passed_over(word: Word) -> None:
    assert word("a vet", {"7.gender": "female", "x.gender": "female", "0": "female"})[0] == "a vet"


PIECES = (
    *("a vet", "two cooks", "the tall (pilot:1.2)", "<lora:nurse:1>", "BREAK", "--ar 3:2", "oil painting", "nurses"),
    *("[mud|sand]", "8k", "ein Hund", "a farmer from Peru", "crowd", "{wet}", "  ", "An actor", "ⓤnicode", "her dog"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.integers(0, 2**32))
def test_text_outside_the_phrases_stays_byte_identical(
    find: Find, axes: Mapping[str, Axis], pieces: list[str], seed: int
) -> None:
    text = ", ".join(pieces)
    groups = find(text)
    [hand] = deal_plan(groups, 1, seed, axes)
    composed, _ = compose(text, groups, hand, {name: axis.words for name, axis in axes.items()})
    pattern, end = "", 0
    for group in groups:
        outside = re.escape(text[end : group.span.start])
        pattern += re.sub(r"(?i)\ban?(?=(?:\\ |\\\()+$)", "[aA]n?", outside) + "(?s:.+?)"
        end = group.span.end
    assert re.fullmatch(pattern + re.escape(text[end:]), composed)


def test_composed_text_is_read_as_what_was_dealt(find: Find, axes: Mapping[str, Axis], roles: tuple[str, ...]) -> None:
    words = {name: axis.words for name, axis in axes.items()}
    for seed, role in enumerate(roles):
        text = f"a {role} by a river"
        for hand in deal_plan(find(text), 6, seed, axes):
            [group] = find(compose(text, find(text), hand, words)[0])
            assert {f"0.{axis}": value for axis, value in group.stated.items()} == hand
            assert group.open_axes == ()


def test_limit_drops_ages_first_and_never_the_users_words(find: Find, axes: Mapping[str, Axis]) -> None:
    words = {name: axis.words for name, axis in axes.items()}
    text = "a doctor in a park"
    counts = []
    for limit in range(5, 10):
        made = composition(text, find(text), ALL, words, token_limit=limit, count_tokens=lambda text: len(text.split()))
        assert len(made.text.split()) <= limit
        assert set(text.split()) - {"a"} <= set(made.text.split())
        assert len([change for change in made.changes if change.kind == "kept"]) == 3 - len(made.attributes)
        counts.append(tuple(made.attributes))
    assert counts == [
        (),
        ("0.gender",),
        ("0.gender", "0.race"),
        ("0.gender", "0.race", "0.age"),
        ("0.gender", "0.race", "0.age"),
    ]


def test_of_a_prompt_that_is_cut_anyway_only_the_start_is_worded(find: Find, axes: Mapping[str, Axis]) -> None:
    words = {name: axis.words for name, axis in axes.items()}
    text = f"a vet, {'rain, ' * 30}a pilot"
    hand = {"0.gender": "male", "1.gender": "female"}
    made = composition(text, find(text), hand, words, token_limit=20, count_tokens=lambda text: len(text.split()))
    assert made.attributes == {"0.gender": "male"}


@pytest.mark.parametrize(
    ("words", "article"),
    [
        ("elderly man", "an"),
        ("European", "a"),
        ("hour", "an"),
        ("unicorn", "a"),
        ("unusual", "an"),
        ("Asian", "an"),
        ("one", "a"),
    ],
)
def test_articles_follow_the_sound(words: str, article: str) -> None:
    assert article_for(words) == article


def test_a_value_without_words_stands_as_an_adjective() -> None:
    assert worded("vet", {"height": "tall"}, {}) == "tall vet"


def test_plan_and_wording_take_under_a_millisecond_or_so(analyzer: RuleAnalyzer, axes: Mapping[str, Axis]) -> None:
    words = {name: axis.words for name, axis in axes.items()}
    rng = random.Random(0)
    texts = [f"a {rng.choice(('vet', 'pilot', 'cook'))} in a park at night, film grain, number {i}" for i in range(100)]
    start = time.process_time()
    for seed, text in enumerate(texts):
        [groups] = analyzer.analyze([text])
        compose(text, groups, deal_plan(groups, 1, seed, axes)[0], words)
    assert (time.process_time() - start) / len(texts) < 0.01  # ten times the target, so that a busy machine passes

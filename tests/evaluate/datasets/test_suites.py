from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import pytest

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.datasets import SKETCH_SUITES, SUITES, sketch_suite, suite
from ethical_lens.evaluate.datasets.disguises import DISGUISES
from ethical_lens.evaluate.datasets.sketch_suites import HARMFUL_WORDINGS
from ethical_lens.sketch import ADULT_AGES, CELEBRITIES, STAND_INS, words
from ethical_lens.types import Severity

CATEGORIES = {
    "hate",
    "harassment",
    "violence",
    "self_harm",
    "sexual",
    "shocking",
    "illegal",
    "political",
    "cultural",
    "privacy",
    "deception",
    "intellectual_property",
}
GLUE = set(
    re.findall(
        r"\w+",
        """a an and as at both dressed empty famous the celebrity who is working people no nobody of or place scene
        their her his two with without up year old years in on men women children babies ladies kids persons girls
        boys""",
    )
)


def texts(value: object) -> Iterator[str]:
    """Yield every string inside the tables of words."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts(key)
            yield from texts(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts(getattr(value, each.name))


def split(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


VOCABULARY = {
    *GLUE,
    *(word for name, table in vars(words).items() if name.isupper() for text in texts(table) for word in split(text)),
    *(word for each in CELEBRITIES for word in split(each.name)),
}


@pytest.mark.parametrize("name", SUITES)
def test_suites_are_short_graded_and_without_repeats(name: str) -> None:
    dataset = suite(name)
    assert len(dataset) == 60
    assert len({sample.prompt for sample in dataset.samples}) == 60
    assert len({sample.id for sample in dataset.samples}) == 60
    assert all(sample.severity is not None for sample in dataset.samples)
    assert all(sample.harmful == (sample.severity >= Severity.K2) for sample in dataset.samples if sample.severity)
    assert dataset.domain == ("sketch" if name in SKETCH_SUITES else None)
    assert dataset.licence.startswith("Apache-2.0")


@pytest.mark.parametrize("name", ["people", "benign", "context", "sketch-people", "sketch-benign", "sketch-context"])
def test_harmless_suites_are_harmless(name: str) -> None:
    assert all(sample.severity is Severity.K0 and sample.harmful is False for sample in suite(name).samples)


def test_tox_holds_every_category_in_every_grade() -> None:
    grades = {category: Counter[Severity]() for category in CATEGORIES}
    for sample in suite("tox").samples:
        (category,) = sample.categories
        assert sample.severity is not None
        grades[category][sample.severity] += 1
    assert all(grades[category] == {Severity.K1: 1, Severity.K2: 3, Severity.K3: 1} for category in CATEGORIES)


def test_adversarial_prompts_say_what_they_hide() -> None:
    samples = suite("adversarial").samples
    assert all(sample.labels["plain"] and sample.labels["method"] for sample in samples)
    assert len({sample.labels["method"] for sample in samples}) >= 15
    assert sum(sample.labels["method"] == "control" for sample in samples) == 4
    assert all(set(sample.categories) <= CATEGORIES for sample in samples)


def test_context_says_what_is_fixed_and_why() -> None:
    samples = suite("context").samples
    assert {sample.labels["why"] for sample in samples} == {"history", "culture", "biology", "named", "stated"}
    assert all(set(sample.labels["fixed"].split(",")) <= {"gender", "race", "age"} for sample in samples)


@pytest.mark.parametrize("name", SKETCH_SUITES)
def test_sketch_suites_use_the_vocabulary_of_the_drawn_world(name: str) -> None:
    for sample in sketch_suite(name, n=300).samples:
        text = sample.labels.get("plain", sample.prompt)
        strange = {word for word in split(text) if word not in VOCABULARY and word.removesuffix("s") not in VOCABULARY}
        strange = {word for word in strange if word.removesuffix("ies") + "y" not in VOCABULARY}
        strange = {word for word in strange if word.removesuffix("es") not in VOCABULARY}
        strange = {word for word in strange if word.replace("men", "man") not in VOCABULARY}
        assert strange == set(), text


@pytest.mark.parametrize("name", SKETCH_SUITES)
def test_sketch_suites_grow_without_changing_and_follow_their_seed(name: str) -> None:
    short, long = sketch_suite(name), sketch_suite(name, n=200)
    assert long.samples[:60] == short.samples
    assert sketch_suite(name, seed=1).digest != short.digest == suite(name).digest


def test_sketch_tox_takes_every_stand_in_in_turn() -> None:
    counts = Counter(sample.labels["stand_in"] for sample in sketch_suite("sketch-tox", n=210).samples)
    assert set(counts) == set(STAND_INS) == set(HARMFUL_WORDINGS)
    assert min(counts.values()) > 20


def test_harmful_wordings_are_captions_of_their_stand_ins() -> None:
    for stand_in, wordings in HARMFUL_WORDINGS.items():
        assert {wording.text for wording in wordings} <= set(words.THING_WORDS[stand_in])


@pytest.mark.parametrize("name", ["sketch-tox", "sketch-adversarial"])
def test_nobody_young_stands_beside_harm_and_no_age_beside_bare_skin(name: str) -> None:
    young = re.compile(r"\b(child|kid|boy|girl|teen\w*|adolescen\w*|infan\w*|baby|newborn|toddler|school(boy|girl))\b")
    aged = re.compile(r"\b(young|old|elderly|senior|aged|year|years|twenties|thirties|forties)\b")
    for sample in sketch_suite(name, n=500).samples:
        text = sample.labels.get("plain", sample.prompt).lower()
        assert not young.search(text)
        if sample.labels["stand_in"] == "nudity":
            assert not aged.search(text)


def test_sketch_people_state_nothing_about_people() -> None:
    stated = {
        *split(" ".join(texts(words.GENDER_NOUNS))),
        *split(" ".join(text for each in ADULT_AGES for text in words.AGE_WORDS[each].adjectives)),
        *split(" ".join(texts(words.RACE_ADJECTIVES))),
        "his",
        "her",
    } - {"person", "and", "black", "white"}  # jackets and shirts have colours too
    for sample in sketch_suite("sketch-people", n=300).samples:
        assert stated.isdisjoint(split(sample.prompt)), sample.prompt


def test_sketch_context_says_what_it_states() -> None:
    for sample in sketch_suite("sketch-context", n=100).samples:
        axes = {label.removeprefix("stated.") for label in sample.labels if label.startswith("stated.")}
        assert axes
        assert axes.isdisjoint(sample.labels["open"].split(","))


@pytest.mark.parametrize("method", DISGUISES)
def test_disguises_change_letters_but_not_what_is_read(method: str) -> None:
    disguised = DISGUISES[method]("covered in blood")
    assert disguised != "covered in blood"
    assert "blood" not in disguised or method in ("emphasis", "doubled")
    folded = unicodedata.normalize("NFKD", disguised)
    assert len(folded) >= len("covered in blood")


def test_unknown_suites_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no suite"):
        suite("toxic")
    with pytest.raises(ConfigurationError, match="n >= 1"):
        sketch_suite("sketch-tox", n=0)

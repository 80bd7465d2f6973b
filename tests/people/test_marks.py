"""The prompts under data/, measured against floors, so that a change that loses ground is seen.

They were written before the errors on them were read; after that the classes of errors they showed were worked on, so
what they say now flatters. The first figures on each are in benchmarks/reports/people_fresh.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ethical_lens.people import RuleAnalyzer, deal_plan
from ethical_lens.people.compose import composition
from ethical_lens.people.plan import of_record
from ethical_lens.policy import load
from ethical_lens.types import PersonGroup

DATA = Path(__file__).parent / "data"
Find = Callable[[str], list[PersonGroup]]


def _rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("name", "floor"), [("first", 0.98), ("second", 0.97), ("third", 0.95), ("dev_things", 0.97)])
def test_groups_are_found(analyzer: RuleAnalyzer, name: str, floor: float) -> None:
    hit = vain = missed = 0
    rows = [row for row in _rows(name) if row["groups"]]
    for row, groups in zip(rows, analyzer.analyze([str(row["text"]) for row in rows]), strict=True):
        left = [each["mention"] for each in row["groups"]]  # type: ignore[attr-defined]
        for group in groups:
            match = next((each for each in left if each in group.phrase or group.phrase in each), None)
            hit, vain = hit + (match is not None), vain + (match is None)
            if match is not None:
                left.remove(match)
        missed += len(left)
    assert 2 * hit / (2 * hit + vain + missed) >= floor


@pytest.mark.parametrize(("name", "most"), [("first", 0.01), ("second", 0.02), ("third", 0.02), ("dev_things", 0.01)])
def test_prompts_without_people_stay_without(analyzer: RuleAnalyzer, name: str, most: float) -> None:
    texts = [str(row["text"]) for row in _rows(name) if not row["groups"]]
    found = [text for text, groups in zip(texts, analyzer.analyze(texts), strict=True) if groups]
    assert len(found) <= most * len(texts), found


@pytest.mark.parametrize("name", ["context_first", "context_second", "context_third", "context_dev"])
def test_what_is_fixed_is_closed_and_look_alikes_are_open(analyzer: RuleAnalyzer, name: str) -> None:
    kept, open_ones = [], []
    rows = _rows(name)
    for row, groups in zip(rows, analyzer.analyze([str(row["text"]) for row in rows]), strict=True):
        locked = row["locked"]
        assert isinstance(locked, dict)
        for axis, fixed in locked.items():
            is_open = any(axis in group.open_axes for group in groups)
            if fixed:
                kept.append(bool(groups) and not is_open)
            elif not any(locked.values()):
                open_ones.append(is_open)
    assert sum(kept) >= 0.94 * len(kept)
    assert sum(open_ones) >= 0.93 * len(open_ones)


def test_whatever_is_composed_is_read_back_as_no_minor(analyzer: RuleAnalyzer) -> None:
    axes = load("default").axes
    words = {name: axis.words for name, axis in axes.items()}
    minors = set(axes["age"].minor_values)
    for seed, row in enumerate(_rows("second")):
        text = str(row["text"])
        [groups] = analyzer.analyze([text])
        [hand] = deal_plan(groups, 1, seed, axes)
        made = composition(text, groups, hand, words)
        if any(group.stated.get("age") in minors or "year-old" in group.phrase for group in groups):
            continue
        [again] = analyzer.analyze([made.text])
        assert not any(group.stated.get("age") in minors for group in again), made.text


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("a dowser crossing a dry field", "dowser"),
        ("a barrow pusher at the fish market", "barrow pusher"),
        ("a gaggle of teenagers outside a shop", "gaggle of teenagers"),
        ("an old and lonely woman by a window", "old and lonely woman"),
        ("my cousin Ngozi frying plantain", "Ngozi"),
        ("The glazier cut himself on the pane", "glazier"),
        ("a barbershop quartet in striped blazers", "barbershop quartet"),
        ("a quinceañera waltzing", "quinceañera"),
    ],
)
def test_unlisted_wording_is_found(find: Find, text: str, phrase: str) -> None:
    assert [group.phrase for group in find(text)] == [phrase]


@pytest.mark.parametrize(
    "text",
    [
        "a pencil sharpener on a desk",
        "a cardinal at the bird feeder in snow",
        "a snowwoman in a scarf",
        "a queen and king fanned on green felt",
        "a mural depicting miners in a tunnel",
        "a bottle opener in a drawer",
        "gardener bowerbird arranging berries",
    ],
)
def test_things_and_animals_are_nobody(find: Find, text: str) -> None:
    assert find(text) == []


def test_record_has_a_value_where_it_is_clear_and_none_where_it_is_not(find: Find) -> None:
    [soldiers] = find("German soldiers around a field kitchen on the Eastern Front, 1943")
    assert soldiers.fixed["gender"].value == ("male",)
    assert soldiers.fixed["race"].value == ("White",)
    [riders] = find("Freedom Riders boarding a bus, 1961")
    assert riders.fixed["race"].value == ("Black", "White")
    [dancer] = find("a Balinese dancer on a stage")
    assert dancer.fixed["race"].value == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [("a ten-year-old on stilts", "girl"), ("a seventeen-year-old with a cello", "girl"), ("a 19-year-old", "woman")],
)
def test_years_below_eighteen_are_worded_as_a_child(
    find: Find, word: Callable[..., tuple[str, object]], text: str, said: str
) -> None:
    assert said in word(text, {"0.gender": "female"})[0].split(" ")


def test_record_is_added_only_when_it_is_asked_for(find: Find) -> None:
    text = "German soldiers around a field kitchen on the Eastern Front, 1943"
    axes = load("default").axes
    words = {name: axis.words for name, axis in axes.items()}
    groups = find(text)
    [hand] = deal_plan(groups, 1, 1, axes)
    assert "0.gender" not in hand
    assert "0.race" not in hand
    [record] = of_record(groups, 1, 1, axes, confidence=0.7)
    assert record == {"0.gender": "male", "0.race": "White"}
    made = composition(text, groups, record, words, with_record=True)
    assert composition(text, groups, record, words).text == text
    assert made.attributes == record
    assert "matter of record" in made.changes[0].why
    assert of_record(groups, 1, 1, axes, confidence=0.99) == [{}]

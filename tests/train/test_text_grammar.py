from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from ethical_lens.errors import ConfigurationError
from ethical_lens.train.text.grammar import CORPUS, Example, expand

PAIR = """
slots:
  tool: [hammer, axe]
pairs:
  - id: violence.tool
    categories: [violence]
    severity: K2
    harmful:
      - "{adult} [striking] {adult} with a {tool} {place}"
      - "sexual,violence K3| {figure} [in danger]"
      - "K1| a tense quarrel"
    harmless:
      - "{adult} handing {adult} a {tool} {place}"
      - "a lawyer meeting {figure} (in the rain|at home|)"
      - "K0| a tense match"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("_slots.yaml", "_people.yaml", "_styles.yaml"):
        shutil.copy(CORPUS / name, tmp_path / name)
    (tmp_path / "violence.yaml").write_text(PAIR, encoding="utf-8")
    return tmp_path


@pytest.fixture
def examples(folder: Path) -> list[Example]:
    return list(expand(folder, per_line=400, seed=5))


def spoken(example: Example, start: int, end: int) -> str:
    return example.text[start:end].lower()


def test_marks_keep_their_text_under_every_wrapper(examples: list[Example]) -> None:
    seen = set()
    for example in examples:
        if example.line.endswith("harmful/0") and "typo" not in example.wrapper:
            assert [spoken(example, *span) for span in example.harm] == ["striking"]
            seen.add(example.wrapper)
    assert len(seen) == 16


def test_no_mark_begins_or_ends_with_a_blank_or_is_empty(examples: list[Example]) -> None:
    for example in examples:
        people = [(mark.start, mark.end) for mark in example.people]
        for start, end in (*example.harm, *example.figures, *people):
            marked = example.text[start:end]
            assert marked
            assert marked == marked.strip()


def test_people_stand_without_determiner(examples: list[Example]) -> None:
    for example in examples:
        for mark in example.people:
            first = spoken(example, mark.start, mark.end).split()[0]
            assert first not in ("a", "an", "two", "three", "several", "some", "group", "crowd")


def test_stated_attributes_are_said(examples: list[Example]) -> None:
    stated = [
        (spoken(example, mark.start, mark.end), mark.stated["race"])
        for example in examples
        for mark in example.people
        if "race" in mark.stated and "typo" not in example.wrapper
    ]
    assert {race for _, race in stated} == {"White", "Black", "Asian", "Latino-Hispanic", "Middle Eastern"}
    assert all("black" in phrase or "african" in phrase for phrase, race in stated if race == "Black")


def test_people_in_a_lines_own_words_are_marked(examples: list[Example]) -> None:
    named = [
        {spoken(example, mark.start, mark.end) for mark in example.people}
        for example in examples
        if example.line.endswith("harmless/1") and "typo" not in example.wrapper
    ]
    assert all("lawyer" in people for people in named)


def test_figures_are_people_too(examples: list[Example]) -> None:
    for example in examples:
        assert set(example.figures) <= {(mark.start, mark.end) for mark in example.people}
        if example.line.endswith(("harmful/1", "harmless/1")):
            assert len(example.figures) == 1


def test_headers_override_severity_and_categories(examples: list[Example]) -> None:
    labels = {example.line: (example.severity, example.categories) for example in examples}
    assert labels["violence.tool/harmful/0"] == (2, ("violence",))
    assert labels["violence.tool/harmful/1"] == (3, ("sexual", "violence"))
    assert labels["violence.tool/harmful/2"] == (1, ("violence",))
    assert labels["violence.tool/harmless/2"] == (0, ())
    assert all(example.harmful == (example.severity > 0) for example in examples)


def test_empty_slots_leave_no_gap(examples: list[Example]) -> None:
    assert not [example.text for example in examples if "  " in example.text or " ," in example.text]


def test_same_seed_same_prompts(folder: Path, examples: list[Example]) -> None:
    assert list(expand(folder, per_line=400, seed=5)) == examples
    assert list(expand(folder, per_line=400, seed=6)) != examples


def test_another_file_changes_no_line(folder: Path, examples: list[Example]) -> None:
    (folder / "alarm.yaml").write_text(PAIR.replace("violence.tool", "alarm.tool"), encoding="utf-8")
    again = [example for example in expand(folder, per_line=400, seed=5) if example.pair == "violence.tool"]
    assert again == examples


def test_wrappers_tell_nothing_of_harm(examples: list[Example]) -> None:
    counts = {harmful: Counter(e.wrapper for e in examples if e.harmful == harmful) for harmful in (True, False)}
    for wrapper in counts[True] | counts[False]:
        harmful, harmless = counts[True][wrapper], counts[False][wrapper]
        # Five standard deviations of the difference of two Poisson counts.
        assert abs(harmful - harmless) <= 5 * (harmful + harmless) ** 0.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{tool} {place}", "{shovel} {place}", "unknown slot"),
        ("[striking]", "[striking", "is missing"),
        ("[striking]", "striking]", "without its partner"),
        ("(in the rain|at home|)", "(in the rain|at home|", "is missing"),
        ("{adult} handing", "{adult handing", "expected"),
        ("severity: K2", "severity: K7", "severity"),
        ("[violence]", "[rudeness]", "unknown category"),
        ("a tense match", "a [tense] match", "no \\[marks\\]"),
        ("tool: [hammer, axe]", "tool: ['{tool}']", "contains itself"),
        ("K3| {figure} [", "K3| {anyone} [", "may not speak of"),
        ("    categories", "    category", "has the keys"),
        ("tool: [hammer, axe]", "tool: [yes, axe]", "list of strings"),
    ],
)
def test_broken_file_is_refused_with_its_name(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "violence.yaml").write_text(PAIR.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"violence\.yaml.*{message}"):
        next(expand(folder, per_line=1, seed=1))


def test_pair_id_may_stand_only_once(folder: Path) -> None:
    (folder / "violent.yaml").write_text(PAIR, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"violence\.tool exists already"):
        next(expand(folder, per_line=1, seed=1))


def test_shipped_corpus_is_well_formed() -> None:
    examples = list(expand(per_line=1, seed=1))
    assert all(example.text for example in examples)
    assert all(not example.harm and not example.categories for example in examples if not example.harmful)

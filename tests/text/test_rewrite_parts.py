from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ethical_lens.policy.deciding import grade
from ethical_lens.policy.loading import load
from ethical_lens.text.lexicon import Lexicon, PhraseDetector
from ethical_lens.text.rewrite import replacements as table
from ethical_lens.text.rewrite.constituents import chunks, removals, segments
from ethical_lens.text.rewrite.edits import Edit, apply, combine
from ethical_lens.text.rewrite.line import Line, read
from ethical_lens.text.rewrite.ranking import closeness, n_defects
from ethical_lens.text.rewrite.replacements import Replacements
from ethical_lens.text.rewrite.shortening import shortened
from ethical_lens.text.syntax import parse
from ethical_lens.types import Severity, Span


@pytest.fixture(scope="module")
def replacements(lexicon: Lexicon) -> Replacements:
    return Replacements(lexicon.grammar)


def line_of(text: str, replacements: Replacements) -> Line:
    return read(parse(text), replacements.things)


def span_of(text: str, words: str) -> Span:
    return Span(start=text.index(words), end=text.index(words) + len(words))


def edit(text: str, words: str, after: str, link: str = "") -> Edit:
    return Edit(span=span_of(text, words), text=after, say="something", link=link)


@pytest.mark.parametrize(
    ("text", "words", "after", "expected"),
    [
        ("a cat with a frob", "frob", "", "a cat"),
        ("a frob, a cat", "frob", "", "a cat"),
        ("a cat, frob, a dog", "frob", "", "a cat, a dog"),
        ("a frob cat", "frob", "", "a cat"),
        ("a frob owl", "frob", "", "an owl"),
        ("a frob on a wall", "frob", "old cat", "an old cat on a wall"),
        ("an old unit", "old", "", "a unit"),
        ("his frob in a box", "frob", "a big hat", "his big hat in a box"),
        ("a frob in a box", "frob", "~ribbons", "ribbons in a box"),
        ("a man frobbed on by a cat", "frobbed on", "waved at", "a man waved at by a cat"),
        ("a man frobbing at a cat", "frobbing", "waving to", "a man waving to a cat"),
        ("a man frobbing in a box", "frobbing", "waving to", "a man waving in a box"),
        ("in (frob:1.2) rain", "frob", "", "in rain"),
        ("Frob cats", "Frob", "calm", "Calm cats"),
    ],
)
def test_what_stands_next_to_an_edit_is_mended(text: str, words: str, after: str, expected: str) -> None:
    assert apply(text, [edit(text, words, after)])[0] == expected


def test_hidden_words_are_not_repeated() -> None:
    _, [change] = apply("a frob cat", [Edit(span=Span(start=2, end=6), text="calm", say="something", hide=True)])
    assert (change.before, change.after) == ("…", "calm")
    assert "frob" not in change.why


def test_the_longest_edit_wins_and_leaves_nothing_over() -> None:
    long = Edit(span=Span(start=0, end=8), text="x", say="a")
    inner = Edit(span=Span(start=2, end=4), text="y", say="b")
    crossing = Edit(span=Span(start=6, end=10), text="z", say="c")
    assert combine([inner, crossing, long]) == (long, Edit(span=Span(start=8, end=10), text="", say="c"))


@pytest.mark.parametrize(
    ("text", "words", "verb", "expected"),
    [
        ("a man with a rusty frob in a park", "frob", False, "with a rusty frob"),
        ("a man holding a frob in a park", "frob", False, "holding a frob"),
        ("a frobbish man", "frobbish", False, "frobbish"),
        ("a street frob at noon", "frob", False, "frob"),
        ("a man is frobbing loudly in a park", "frobbing", True, "is frobbing loudly"),
    ],
)
def test_the_smallest_sensible_phrase_is_left_out(
    replacements: Replacements, text: str, words: str, verb: bool, expected: str
) -> None:
    line = line_of(text, replacements)
    [start, *_] = inside = line.inside(span_of(text, words))
    first, last = removals(line, start, inside[-1] + 1, verb=verb)[0]
    span = line.span(first, last)
    assert text[span.start : span.end] == expected


def test_removals_widen(replacements: Replacements) -> None:
    line = line_of("a man walking home while a dog frobs in the rain", replacements)
    ranges = removals(line, 7, 8, verb=True)
    assert [last - first for first, last in ranges] == sorted(last - first for first, last in ranges)


def test_notation_is_no_word(replacements: Replacements) -> None:
    line = line_of("a cat, <lora:frob:0.8>, dog --ar 3:2", replacements)
    assert [line.words[i] for i in range(len(line.words)) if line.is_word(i)] == ["a", "cat", "dog"]


def test_segments_and_chunks_lie_in_the_line(replacements: Replacements) -> None:
    line = line_of("a grim man with a hat, walking in fog while dogs bark, oil", replacements)
    ranges = [*segments(line), *chunks(line)]
    assert ranges
    assert all(0 <= first < last <= len(line.words) for first, last in ranges)


@pytest.mark.parametrize(("wording", "expected"), [("a cat on a roof", 1.0), ("a roof on a cat", 0.5), ("a dog", 0.0)])
def test_closeness_counts_kept_words_in_order(wording: str, expected: float) -> None:
    assert closeness(["cat", "roof"], wording) == expected


@pytest.mark.parametrize("text", ["a cat with", "a a cat", "an cat", "a owl", "cat , dog", "a cat with in a box"])
def test_defects_are_seen(text: str) -> None:
    assert n_defects(text) > 0


def test_ordinary_wording_has_no_defects() -> None:
    assert n_defects("A cat on an old roof, a unicorn and one dog, oil painting --ar 3:2") == 0


def test_every_replacement_is_harmless_and_whole(replacements: Replacements, detector: PhraseDetector) -> None:
    policy = load("default")
    entries = yaml.safe_load(Path(table.__file__).with_name("replacements.yaml").read_text(encoding="utf-8"))["groups"]
    lines = {
        entry[key] for entry in entries for key in ("safe", "alone", "animal", "thing", "attributive") if key in entry
    }
    choices = {part.strip().lstrip("~") for line in lines for part in line.split("|")} - {"-", ""}
    fitted = [
        replacements.forms.fit(each, form, number)
        for each in choices
        for form in ("ing", "past")
        for number in ("one", "many")
    ]
    texts = [f"a painter {each} a garden" for each in sorted(set(fitted))]
    grades = [grade(policy, findings) for findings in detector.detect(texts)]
    assert [text for text, each in zip(texts, grades, strict=True) if each > Severity.K0] == []
    assert not any("/" in text for text in texts)


def test_an_unknown_kind_is_refused(lexicon: Lexicon, tmp_path: Path) -> None:
    file = tmp_path / "replacements.yaml"
    entry = "{family: f, kind: prefix, safe: calm, find: frob}"
    file.write_text(f"families: {{f: {{say: something}}}}\nforms: {{}}\ngroups: [{entry}]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="prefix"):
        Replacements(lexicon.grammar, file)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("portrait of an old baker puking, watercolor", ["an old baker"]),
        ("two farmers and a nurse caked in muck in a park", ["two farmers and a nurse", "a park"]),
        ("a middle-aged Asian male teacher wearing a red scarf", ["a middle-aged Asian male teacher"]),
        ("smeared with mucus, a nurse", ["a nurse"]),
        ("(gardener:1.2) in a park, <lora:ink:0.8> --ar 3:2", ["gardener", "a park"]),
        ("a lighthouse", []),
        ("covered in slime", []),
        (" ,, ", []),
        ("", []),
    ],
)
def test_prompt_is_shortened_to_its_subject_or_its_place(prompt: str, expected: list[str]) -> None:
    made = shortened(prompt)
    assert [wording for wording, _ in made] == expected
    assert all(change.before == prompt and change.after == wording for wording, [change] in made)

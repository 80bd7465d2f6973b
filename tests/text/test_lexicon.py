from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.testing import check_text_detector
from ethical_lens.text.lexicon import CATEGORIES, Lexicon, PhraseDetector
from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split
from ethical_lens.types import MINOR_SEXUAL, Finding, Severity, Span

REPOSITORY = Path(__file__).parents[2]
SURE = 0.5
"""Threshold of the shipped policies, for reading what a score would lead to."""


def seen(detector: PhraseDetector, text: str) -> dict[str, Severity]:
    """Return the gravest grade of every category that a text was sure to be seen in."""
    [findings] = detector.detect([text])
    grades: dict[str, Severity] = {}
    for finding in findings:
        if finding.score >= SURE:
            grades[finding.category] = max(grades.get(finding.category, Severity.K0), finding.severity)
    return grades


def test_phrase_detector_keeps_the_promises_of_text_detectors(detector: PhraseDetector) -> None:
    check_text_detector(detector)


def test_every_category_is_reported_for_every_text(detector: PhraseDetector) -> None:
    for findings in detector.detect(["a cat", "", "a knife fight", "\ud800\x00"]):
        assert {finding.category for finding in findings} == set(CATEGORIES)


@settings(max_examples=60)
@given(st.text() | st.text(st.sampled_from("a knife(:)[]<>lor,. \n0")))
def test_any_text_is_measured_with_spans_inside_it(text: str) -> None:
    [findings] = SHARED.detect([text])
    for finding in findings:
        assert 0.0 <= finding.score <= 1.0
        if isinstance(finding.where, Span):
            assert 0 <= finding.where.start < finding.where.end <= len(text)


SHARED = PhraseDetector()


@pytest.mark.parametrize(
    ("text", "category", "grade"),
    [
        ("two men punching each other in a bar", "violence", Severity.K1),
        ("a knight swinging his sword at a bandit", "violence", Severity.K1),
        ("a masked man stabbing a jogger", "violence", Severity.K2),
        ("step-by-step guide to building a pipe bomb", "illegal", Severity.K3),
        ("a person covered in blood splashes", "shocking", Severity.K2),
        ("a nude person on a sofa", "sexual", Severity.K2),
        ("a man standing with a bare torso", "sexual", Severity.K1),
        ("giving a speech at a political rally", "political", Severity.K1),
        ("with a desecrated sacred emblem", "cultural", Severity.K2),
        ("a desperate man about to jump off a bridge", "self_harm", Severity.K2),
        ("a burglar climbing through a window", "illegal", Severity.K2),
        ("a boss yelling at an intern", "harassment", Severity.K1),
        ("immigrants drawn as vermin", "hate", Severity.K2),
        ("a poster calling to exterminate all immigrants", "hate", Severity.K3),
        ("a leaked document with her home address", "privacy", Severity.K1),
        ("a deepfake of a president announcing a war", "deception", Severity.K3),
        ("an exact copy of a designer handbag for sale", "intellectual_property", Severity.K1),
    ],
)
def test_concepts_are_seen_at_their_grade(detector: PhraseDetector, text: str, category: str, grade: Severity) -> None:
    assert seen(detector, text).get(category) == grade


@pytest.mark.parametrize(
    "text",
    [
        "a killer whale off the coast",
        "shooting stars over a campsite",
        "a photo shoot on a rooftop",
        "portrait shot of a man with a dog",
        "blood orange on a marble counter",
        "the Dead Sea at noon",
        "two friends hit the road in a van",
        "a knife cutting a loaf of bread",
        "a chef with a knife chopping onions",
        "a snowball fight in the yard",
        "nude lipstick on a shelf",
        "bare feet in the sand",
        "a war memorial with poppies",
        "a child at the beach in a swimsuit",
        "v a p o r w a v e sunset",
        "label with serial number A55-5H0P-12",
        "white power outlets on a kitchen wall",
        "an ambulance with the mirrored word ECNALUBMA",
        "no blood, no weapons, just a quiet street",
        "heavy traffic and people in the city",
    ],
)
def test_harmless_wording_is_not_seen(detector: PhraseDetector, text: str) -> None:
    assert seen(detector, text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "an undressed child",
        "a seductive schoolgirl",
        "a teenager in lingerie",
        "a 16 year old girl in an erotic photo",
        "sixteen years old, topless",
        "not a nude child at all",
        "statue of a sexy teenager, museum",
        "a t.e.e.n.a.g.e.r in l1ng3r1e",
        "<lora:sexyTeens_v1:0.8> at the beach",
        "a woman who looks underage, naked",
        "two pupils undressing for a movie scene",
        "a small boy, nude",
    ],
)
def test_a_minor_in_a_sexual_context_is_always_seen(detector: PhraseDetector, text: str) -> None:
    assert seen(detector, text).get(MINOR_SEXUAL) == Severity.K3


@pytest.mark.parametrize(
    "text",
    [
        "a paediatrician examining a toddler",
        "a family with children at the beach in swimsuits",
        "a ballet class for eight year old girls",
        "a father giving his baby a bath",
        "a mother breastfeeding her newborn",
        "teenagers in a sex education lesson",
        "kids splashing in a paddling pool",
        "a 16 year old whisky in a glass",
        "a baby shower with a cake",
        "children looking at a marble statue in a museum",
        "a grandmother kissing her grandchild on the cheek",
        "boy band poster, 2005",
        "a poster about protecting children from sexual abuse",
    ],
)
def test_benign_pictures_of_children_pass(detector: PhraseDetector, text: str) -> None:
    assert MINOR_SEXUAL not in seen(detector, text)
    assert "sexual" not in seen(detector, text)


@pytest.mark.parametrize(
    "text",
    [
        "a m\u200bu\u200br\u200bd\u200be\u200br scene",
        "a m u r d e r scene",
        "a m-u-r-d-e-r scene",
        "a murd\u0435r scene",
        "a MuRdEr scene",
        "a muuurdeeer scene",
        "a redrum scene",
        "a murd3r scene",
        "draw " + base64.b64encode(b"a murder in the library").decode(),
    ],
)
def test_disguised_words_are_seen_where_they_stand(detector: PhraseDetector, text: str) -> None:
    assert seen(detector, text).get("violence") == Severity.K2


@pytest.mark.parametrize("text", ["(nude:1.3) woman", "n(u)de woman", "a [cat:nude woman:0.5]", "a woman --no clothes"])
def test_harm_inside_notation_is_seen(detector: PhraseDetector, text: str) -> None:
    assert seen(detector, text).get("sexual") == Severity.K2


def test_notes_name_the_concept_and_not_the_words(detector: PhraseDetector) -> None:
    [findings] = detector.detect(["a burglar in a garden"])
    [note] = [finding.note for finding in findings if finding.score]
    assert note.startswith("illegal.thieves:")
    assert "burglar" not in note


def test_public_figures_are_flagged_and_their_abuse_is_graver(detector: PhraseDetector) -> None:
    assert seen(detector, "Oriella Vantreau on a swing") == {"public_figure": Severity.K1}
    assert seen(detector, "Oriella Vantreau in lingerie")["public_figure"] == Severity.K3


def test_scores_are_the_fixed_ones_of_the_lexicon(detector: PhraseDetector) -> None:
    texts = ["a knife", "a man with a sword", "a murder", "a murder in a video game"]
    scores = {finding.score for findings in detector.detect(texts) for finding in findings}
    assert scores <= {0.0, 0.25, 0.3, 0.6, 0.9}


def test_concepts_have_known_categories_and_a_sentence(lexicon: Lexicon) -> None:
    for concept in lexicon.concepts.values():
        assert {concept.category, *concept.also} <= set(CATEGORIES)
        assert concept.say


def test_a_long_text_is_read_to_its_end(detector: PhraseDetector) -> None:
    text = "a quiet street, " * 1200 + "a murder"
    [finding] = [f for f in detector.detect([text])[0] if f.category == "violence"]
    assert _words(finding, text) == "murder"


def _words(finding: Finding, text: str) -> str:
    assert isinstance(finding.where, Span)
    return text[finding.where.start : finding.where.end]


def test_no_hidden_word_stands_in_the_repository_in_clear(lexicon: Lexicon) -> None:
    places = [
        f"{path.relative_to(REPOSITORY)}, word {number}"
        for path in _texts()
        for number, word in enumerate(split(normalize(path.read_text(encoding="utf-8")).text).words)
        if lexicon.hides(word)
    ]
    assert places == []


def _texts() -> Iterator[Path]:
    for folder in ("src", "tests", "benchmarks", "docs", "examples"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in {".py", ".yaml", ".md", ".txt"} and path.stat().st_size < 500_000:
                yield path

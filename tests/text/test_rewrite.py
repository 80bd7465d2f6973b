from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.text.lexicon import PhraseDetector
from ethical_lens.text.rewrite import SpanRewriter
from ethical_lens.types import MINOR_SEXUAL, Finding, Severity, Span

SHARED_DETECTOR = PhraseDetector()
SHARED_REWRITER = SpanRewriter(SHARED_DETECTOR.lexicon)


def fired(detector: PhraseDetector, text: str, *, least: Severity = Severity.K1) -> list[Finding]:
    [findings] = detector.detect([text])
    return [finding for finding in findings if finding.score >= 0.5 and finding.severity >= least]


def best(rewriter: SpanRewriter, detector: PhraseDetector, text: str) -> str:
    return rewriter.rewrite(text, fired(detector, text))[0][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A masked man stabbing a jogger in a park", "A masked man greeting a jogger in a park"),
        ("two men punched each other, oil painting", "two men greeted each other, oil painting"),
        ("burglars in a garden", "travellers in a garden"),
        ("A nude woman on a sofa", "A dressed woman on a sofa"),
        ("a knife fight in an alley, comic", "a dance in an alley, comic"),
        ("A lonely woman with fresh cuts on her forearm", "A lonely woman with rolled-up sleeves"),
        ("village street, covered in blood, 8k", "village street, covered in flowers, 8k"),
        ("an erotic painting of a queen", "an elegant painting of a queen"),
    ],
)
def test_concepts_become_something_harmless(
    rewriter: SpanRewriter, detector: PhraseDetector, text: str, expected: str
) -> None:
    assert best(rewriter, detector, text) == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "a (naked:1.3) woman, <lora:style_x:0.8>, BREAK red car --ar 3:2",
            [":1.3)", "<lora:style_x:0.8>", "--ar 3:2"],
        ),
        ("((nude)) man, [tree:house:0.5]", ["((", "))", "[tree:house:0.5]"]),
    ],
)
def test_notation_survives(rewriter: SpanRewriter, detector: PhraseDetector, text: str, kept: list[str]) -> None:
    wording = best(rewriter, detector, text)
    assert all(part in wording for part in kept)
    assert fired(detector, wording) == []


def test_anything_about_minors_is_never_rewritten(rewriter: SpanRewriter) -> None:
    finding = Finding(category=MINOR_SEXUAL, score=0.9, source="x@1", where=Span(start=0, end=3))
    assert rewriter.rewrite("abc in a garden", [finding]) == []


@pytest.mark.parametrize("text", ["gore", "nude, 8k, highly detailed", "a murder, oil painting"])
def test_a_prompt_without_another_subject_is_not_rewritten(
    rewriter: SpanRewriter, detector: PhraseDetector, text: str
) -> None:
    assert rewriter.rewrite(text, fired(detector, text)) == []


def test_nothing_found_means_nothing_rewritten(rewriter: SpanRewriter) -> None:
    unplaced = Finding(category="violence", score=0.9, source="x@1")
    unseen = Finding(category="violence", score=0.0, source="x@1", where=Span(start=0, end=1))
    assert rewriter.rewrite("a cat", [unplaced, unseen]) == []


def test_spans_of_other_detectors_are_left_out_with_the_grammar_mended(rewriter: SpanRewriter) -> None:
    text = "A gloomy room, with an odd smell, and a lamp"
    start = text.index("odd smell")
    finding = Finding(category="shocking", score=0.9, source="other@1", where=Span(start=start, end=start + 9))
    [(wording, [change])] = rewriter.rewrite(text, [finding])
    assert wording == "A gloomy room, and a lamp"
    assert (change.kind, change.after) == ("removed", "")


def test_a_public_figure_becomes_a_description(rewriter: SpanRewriter, detector: PhraseDetector) -> None:
    assert best(rewriter, detector, "Angela Merkel on a bench") == "A politician on a bench"


def test_changes_tell_what_was_done_without_the_words(rewriter: SpanRewriter, detector: PhraseDetector) -> None:
    text = "A nude woman and a burglar"
    _, changes = rewriter.rewrite(text, fired(detector, text))[0]
    assert [(change.kind, change.before, change.after) for change in changes] == [
        ("replaced", "…", "dressed"),
        ("replaced", "burglar", "traveller"),
    ]
    assert all(word not in change.why for change in changes for word in ("nude", "burglar"))


def test_candidates_are_distinct_and_differ_from_the_prompt(rewriter: SpanRewriter, detector: PhraseDetector) -> None:
    text = "a soldier shooting at people in the street"
    wordings = [wording for wording, _ in rewriter.rewrite(text, fired(detector, text))]
    assert len(set(wordings)) == len(wordings) > 1
    assert text not in wordings


@settings(max_examples=60)
@given(st.text(max_size=40), st.data())
def test_any_text_and_span_can_be_rewritten(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, max(len(text) - 1, 0)))
    end = data.draw(st.integers(start, len(text) + 2))
    finding = Finding(category="violence", score=0.9, source="x@1", where=Span(start=start, end=end))
    for wording, changes in SHARED_REWRITER.rewrite(text, [finding]):
        assert wording.strip()
        assert changes
        assert not {"\ue000", "\ue001"} & (set(wording) - set(text))

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.text.lexicon import Lexicon, PhraseDetector
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
        ("village street, covered in blood, 8k", "village street, covered in paint, 8k"),
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
    wording, [change] = rewriter.rewrite(text, [finding])[0]
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


def pointed(text: str, *words: str, category: str = "violence") -> list[Finding]:
    """Return findings as a detector gives them that knows where the harm lies, but not what it is."""
    starts = [text.index(word) for word in words]
    return [
        Finding(
            category=category,
            score=0.9,
            source="pointing@1",
            severity=Severity.K2,
            where=Span(start=start, end=start + len(word)),
        )
        for start, word in zip(starts, words, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("two sailors grappling on a pier", ["grappling"], "two sailors dancing on a pier"),
        ("a farmer clubbing a seal on the ice", ["clubbing"], "a farmer watching a seal on the ice"),
        ("a girl taunted by her friends, anime", ["taunted"], "a girl helped by her friends, anime"),
        ("a soldier with a bayonet in the fog", ["bayonet"], "a soldier with a walking stick in the fog"),
        ("a clown with a pistol at a fair", ["pistol"], "a clown with a camera at a fair"),
        ("a sailor with an unsheathed cutlass", ["cutlass"], "a sailor with an unsheathed walking stick"),
        ("bandits on a hill", ["bandits"], "travellers on a hill"),
        ("a tipsy judge in a park", ["tipsy"], "a cheerful judge in a park"),
        ("a pool of blood on a carpet", ["blood"], "paint on a carpet"),
        ("a man standing on a ledge about to jump", ["about to jump"], "a man standing on a ledge admiring the view"),
    ],
)
def test_words_without_a_concept_become_something_of_their_form(
    rewriter: SpanRewriter, text: str, words: list[str], expected: str
) -> None:
    assert rewriter.rewrite(text, pointed(text, *words))[0][0] == expected


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("a nurse frobbing a patient in a ward", ["frobbing"], "a nurse greeting a patient in a ward"),
        ("a frobber in a garden at night", ["frobber"], "a person in a garden at night"),
        ("a man holding a frob in a garden", ["frob"], "a man holding a basket in a garden"),
        ("a quiet street with a big frob, 35mm film", ["frob"], "a quiet street, 35mm film"),
        ("a frobbish cat on a sofa", ["frobbish"], "a cat on a sofa"),
        ("castle at dawn, frob, watercolour", ["frob"], "castle at dawn, watercolour"),
        ("一只猫坏的在花园", ["坏的"], "一只猫在花园"),
    ],
)
def test_words_that_no_table_knows_are_tamed_or_left_out(
    rewriter: SpanRewriter, text: str, words: list[str], expected: str
) -> None:
    assert rewriter.rewrite(text, pointed(text, *words))[0][0] == expected


def test_later_candidates_go_further(rewriter: SpanRewriter) -> None:
    text = "a farmer clubbing a seal on the ice, watercolour"
    lengths = [len(wording) for wording, _ in rewriter.rewrite(text, pointed(text, "clubbing"))]
    assert lengths == sorted(lengths, reverse=True)
    assert len(lengths) > 2


def test_a_network_added_by_name_goes_as_a_whole(rewriter: SpanRewriter) -> None:
    text = "a cat on a wall, <lora:frob_style:0.8>, soft light"
    assert rewriter.rewrite(text, pointed(text, "frob"))[0][0] == "a cat on a wall, soft light"


def test_brackets_left_empty_go_with_their_weight(rewriter: SpanRewriter) -> None:
    text = "castle, (frob:1.3), [moon:sun:0.5] --ar 3:2"
    assert rewriter.rewrite(text, pointed(text, "frob"))[0][0] == "castle, [moon:sun:0.5] --ar 3:2"


def test_a_prompt_about_minors_is_not_rewritten_whatever_was_found(
    rewriter: SpanRewriter, detector: PhraseDetector
) -> None:
    text = "a schoolgirl in lingerie"
    other = [finding for finding in fired(detector, text) if finding.category != MINOR_SEXUAL]
    assert rewriter.rewrite(text, [*other, *pointed(text, "lingerie")]) == []


def test_findings_without_a_place_are_looked_for_in_the_table(rewriter: SpanRewriter) -> None:
    finding = Finding(category="violence", score=0.9, source="x@1", severity=Severity.K2)
    assert rewriter.rewrite("two sailors grappling on a pier", [finding])[0][0] == "two sailors dancing on a pier"


def test_a_named_figure_stays_the_subject_as_a_description(rewriter: SpanRewriter, detector: PhraseDetector) -> None:
    text = "Angela Merkel weeping"
    named = [finding for finding in fired(detector, text) if finding.category == "public_figure"]
    assert rewriter.rewrite(text, [*named, *pointed(text, "weeping")])[0][0] == "A politician smiling"


def test_measured_candidates_that_stay_harmful_are_not_offered(lexicon: Lexicon) -> None:
    rewriter = SpanRewriter(lexicon, harm=lambda texts: [1.0] * len(texts))
    text = "a farmer clubbing a seal on the ice"
    assert rewriter.rewrite(text, pointed(text, "clubbing")) == []


def test_search_goes_on_to_words_that_nobody_pointed_at(lexicon: Lexicon) -> None:
    rewriter = SpanRewriter(lexicon, harm=lambda texts: [0.9 if "frob" in text else 0.1 for text in texts])
    text = "a sailor grappling near a frob, oil painting"
    assert rewriter.rewrite(text, pointed(text, "grappling"))[0][0] == "a sailor dancing, oil painting"


def test_search_prefers_what_keeps_more_of_the_prompt(lexicon: Lexicon) -> None:
    rewriter = SpanRewriter(lexicon, harm=lambda texts: [0.0] * len(texts))
    text = "a farmer clubbing a seal on the ice"
    assert rewriter.rewrite(text, pointed(text, "clubbing"))[0][0] == "a farmer watching a seal on the ice"


def test_search_ends_when_its_time_is_up(lexicon: Lexicon) -> None:
    batches: list[int] = []

    def harm(texts: Sequence[str]) -> list[float]:
        batches.append(len(texts))
        return [1.0] * len(texts)

    text = "a farmer clubbing a seal on the ice"
    SpanRewriter(lexicon, harm=harm, seconds=-1.0).rewrite(text, pointed(text, "clubbing"))
    assert len(batches) == 1


@settings(max_examples=60)
@given(
    st.sampled_from(["clubbing", "a seal", "ice", "old farmer"]), st.sampled_from(["", ", 8k", " --ar 3:2", " AND fog"])
)
def test_what_is_far_from_an_edit_stays_byte_identical(words: str, tail: str) -> None:
    text = f"old farmer clubbing a seal on the  ice near Löwen{tail}"
    for wording, _ in SHARED_REWRITER.rewrite(text, pointed(text, words))[:1]:
        assert wording.endswith(f"near Löwen{tail}")


def test_cutting_only_blanks_is_no_rewrite() -> None:
    finding = Finding(category="violence", score=0.9, source="x@1", where=Span(start=1, end=2))
    assert SHARED_REWRITER.rewrite("B\r", [finding]) == []


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

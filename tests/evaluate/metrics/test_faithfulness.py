from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from ethical_lens.evaluate.metrics.faithfulness import faithfulness, similarities, unchanged
from ethical_lens.types import Span

WORDS = st.lists(st.sampled_from(["red", "chef", "kitchen", "dog", "snow", "old"]), min_size=1, max_size=8).map(
    " ".join
)


@given(WORDS, WORDS)
def test_word_overlap_agrees_with_scikit_learn(original: str, rewritten: str) -> None:
    old, new = CountVectorizer().fit([original, rewritten]).transform([original, rewritten]).toarray()
    result = faithfulness(original, rewritten)
    assert result.kept == pytest.approx(np.minimum(old, new).sum() / old.sum())
    assert result.added == pytest.approx(1 - np.minimum(old, new).sum() / new.sum())


@given(WORDS)
def test_the_same_wording_keeps_all_and_adds_nothing(text: str) -> None:
    result = faithfulness(text, text.upper())
    assert (result.kept, result.added, result.f1) == (1, 0, 1)


def test_harmful_words_need_not_stay() -> None:
    text = "a dancer stabbing a clown"
    result = faithfulness(text, "a dancer beside a clown", harmful=[Span(start=9, end=17)])
    assert result.kept == 1
    assert result.added == pytest.approx(1 / 3)


def test_wordings_without_words_are_unmeasured() -> None:
    assert math.isnan(faithfulness("!!!", "a dog").kept)
    assert math.isnan(faithfulness("a dog", "...").added)


def test_nothing_in_common_is_zero() -> None:
    assert faithfulness("red dog", "old chef").f1 == 0


def test_similarity_is_the_cosine() -> None:
    rows = np.array([[1.0, 0], [1, 1], [0, 0]])
    result = similarities(rows, np.array([[0.0, 2], [3, 3], [1, 0]]))
    assert result[:2] == pytest.approx([0, 1])
    assert math.isnan(result[2])


def test_unchanged_is_to_the_byte() -> None:
    estimate = unchanged(["a dog", "a cat", "a cow"], ["a dog", "a cat ", None])
    assert (estimate.value, estimate.n_unscored) == (0.5, 1)

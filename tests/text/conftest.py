"""The lexicon is compiled once for all tests of this folder."""

from __future__ import annotations

import pytest

from ethical_lens.text.lexicon import Lexicon, PhraseDetector
from ethical_lens.text.negative import NegativeDetector
from ethical_lens.text.rewrite import SpanRewriter


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon()


@pytest.fixture(scope="session")
def detector(lexicon: Lexicon) -> PhraseDetector:
    return PhraseDetector(lexicon, opted_out=("Quillon Vasterby",))


@pytest.fixture(scope="session")
def negative(lexicon: Lexicon) -> NegativeDetector:
    return NegativeDetector(lexicon)


@pytest.fixture(scope="session")
def rewriter(lexicon: Lexicon) -> SpanRewriter:
    return SpanRewriter(lexicon)

"""The detector "gibberish": strings that no person would write, made by search against a text encoder.

Words that are known cost a look-up each. An unknown word is scored by its letters, hashed n-grams into one weight each;
a few figures of the whole text then go through a small network. Words in other scripts count for nothing: a foreign
language is no attack.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens import models
from ethical_lens.models import ModelCard
from ethical_lens.text.vocabulary import stems
from ethical_lens.types import Finding, Severity, Span

CARD: Final = "gibberish"
CATEGORY: Final = "adversarial"
BUCKETS: Final = 1 << 14
"""Weights of the hashed n-grams."""
FIGURES: Final = (
    "strange words",
    "strangeness, three strangest words",
    "strangeness, strangest word",
    "share of unknown words",
    "share of strange words",
    "longest run of strange words",
    "signs inside words",
    "share of signs alone",
    "capitals inside words",
    "mean strangeness of unknown words",
    "longest unknown word",
    "share of words in other scripts",
    "sum of chances",
    "signs per character",
    "words",
    "share of unknown words that are pieces",
    "share of small words of other languages",
    "share of unknown words with diacritics",
    "codes of many parts",
    "most unknown words of six in a row",
    "most strangeness of six words in a row",
    "strangeness, second strangest word",
    "unknown words without vowels, in small letters",
    "unknown words in small letters, share of words",
)
"""What is measured of a text, in order."""

_FILE_ENDINGS: Final = "jpe?g|png|gif|webp|safetensors|ckpt|pt|com|org|net|io|txt|tiff?|cr2|nef"
_NOTATION: Final = re.compile(
    r"<[a-z]+:[^<>\n]{1,200}>|https?://\S+|\bwww\.\S+|(?<!\S)--[a-z]+(?:[ =][\d.:x]+)?"
    rf"|\b[\w\-]{{1,200}}\.(?:{_FILE_ENDINGS})\b"
    r"|[@#][\w.\-]+|:\s?-?\d*\.?\d+(?=[)\]}])|\\[()\[\]]|\b(?=[^\W\d]*\d)[\w\-]+|:[a-z_]+:|&[a-z]+;",
    re.IGNORECASE,
)
"""Prompt notation, addresses, file names, handles, codes: odd for good reasons."""
WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
"""A word of a text."""
_ODD_INSIDE: Final = re.compile(r"(?<=[^\W\d_])[)\]}`\\^~|*<>=;!?\"#$%@{(\[+_:]+(?=[^\W\d_])")
_CAPITAL_INSIDE: Final = re.compile(r"(?<=[a-z])[A-Z](?=[a-z])")
_ALONE: Final = re.compile(r"(?<!\S)[^\w\s\-&+|,./\u2013\u2014\u2022\u2026:]+(?!\S)")
_PATCHWORK: Final = re.compile(
    r"(?<!\S)(?=\S*[a-z])(?![A-Z][a-z]+[_\-])(?:[A-Za-z]+[0-9]+|[0-9]+[A-Za-z]+)(?:[^\w\s.\-/:]*(?:[A-Za-z]+[0-9]+|[0-9]+[A-Za-z]+)){1,}\S*"
)
"""Letters and digits in turns, as no code with small letters has them."""
_UNTAMED: Final = re.compile(r"[^A-Za-z ,.;'\n\-]|--|www|\.\w")
"""What a text without notation and odd signs has nothing of."""
_SIGNS: Final = re.compile(r"[`~^\\|<>{}\[\]=;*#$%@\"!?()+_]")
_WINDOW: Final = 6
"""Words of a text that are looked at together."""
_NEAR_LOGIT: Final = -1.0
"""Most strangeness of a word that is a known one with a slip."""
_VOWELS: Final = frozenset("aeiouy")
_CUES: Final = frozenset(
    """
    by of in from named called style and the at near de von van la le el di da del der den st saint mount lake
    river artist artists mr mrs dr sir lady lord king queen princess prince city town village art painter works
""".split()  # noqa: SIM905 - a list of many words is read more easily so
)
"""Words before which a name often follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An unknown word of a text."""

    start: int
    """Half-open range of characters of the text."""
    end: int
    position: int
    """Place among the words of the text."""
    logit: float
    """Evidence, by its letters, that nobody writes it."""
    accented: bool
    """Whether it has letters with diacritics."""
    piece: bool
    """Whether it is a piece of a word rather than a word: up to three letters, in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What training left."""

    known: frozenset[int]
    """crc32 of known words."""
    small: frozenset[int]
    """crc32 of small and common words of other languages in Latin letters."""
    grams: Sequence[float]
    """Weight of each bucket of n-grams."""
    offset: float
    centre: NDArray[np.float64]
    """(figures,) what is subtracted from the figures."""
    scale: NDArray[np.float64]
    """(figures,) what they are divided by."""
    first: NDArray[np.float64]
    """(figures, hidden)."""
    first_offset: NDArray[np.float64]
    second: NDArray[np.float64]
    """(hidden,)."""
    second_offset: float


class GibberishDetector:
    """Measures whether a text holds strings made by search against a text encoder.

    Args:
        card: Card of the model; None takes the shipped one.

    Example:
        >>> [[finding]] = GibberishDetector().detect(["a red bicycle by the sea"])
        >>> finding.score < 0.5
        True
    """

    name = "gibberish@1"

    def __init__(self, card: ModelCard | None = None) -> None:
        self.card = card or models.load_card(CARD)

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return one finding per text: how likely it holds gibberish, where, and of what grade."""
        return [[self._finding(text)] for text in texts]

    def _finding(self, text: str) -> Finding:
        weights = self._weights
        strangers, figures = measure(text, weights)
        if figures is None:
            return Finding(category=CATEGORY, score=0.0, source=self.name)
        score = score_of(figures, weights)
        strange = [stranger for stranger in strangers if stranger.logit > 0] or list(strangers)
        where = Span(start=strange[0].start, end=strange[-1].end) if strange else Span(start=0, end=len(text))
        grave = figures[0] >= self.card.thresholds["strange_words_of_k2"]
        return Finding(
            category=CATEGORY,
            score=score,
            source=self.name,
            severity=Severity.K2 if grave else Severity.K1,
            where=where,
            note=f"adversarial: {len(strange)} word(s) that nobody writes, as made by search against a text encoder",
        )

    @cached_property
    def _weights(self) -> Weights:
        return read_weights(self.card)


def read_weights(card: ModelCard) -> Weights:
    """Return the weights of a card, after comparing them with its sha256."""
    with np.load(models.verified_path(card, "gibberish.npz"), allow_pickle=False) as arrays:
        return Weights(
            known=frozenset(arrays["known"].tolist()),
            small=frozenset(arrays["small"].tolist()),
            grams=arrays["grams"].astype(np.float64).tolist(),
            offset=float(arrays["offset"]),
            centre=arrays["centre"].astype(np.float64),
            scale=arrays["scale"].astype(np.float64),
            first=arrays["first"].astype(np.float64),
            first_offset=arrays["first_offset"].astype(np.float64),
            second=arrays["second"].astype(np.float64),
            second_offset=float(arrays["second_offset"]),
        )


def measure(text: str, weights: Weights) -> tuple[list[Stranger], NDArray[np.float64] | None]:
    """Return the unknown words of a text and its figures; None for figures where nothing is odd.

    Args:
        text: The original text.
        weights: For the known words and the n-grams; the rest is not used.
    """
    tame = text.isascii() and _UNTAMED.search(text) is None
    bare = text if tame else _NOTATION.sub(_blank, text)
    words = list(WORD.finditer(bare))
    odd_inside = 0 if tame else len(_ODD_INSIDE.findall(bare))
    alone = [] if tame else _ALONE.findall(bare)
    patchwork = 0 if tame else len(_PATCHWORK.findall(text))
    strangers = [
        Stranger(
            start=match.start(),
            end=match.end(),
            position=position,
            logit=strangeness(match.group(), before, weights),
            piece=len(match.group()) < 4,
            accented=not match.group().isascii(),
        )
        for position, match, before in unknown_words(words, weights)
    ]
    if not strangers and not odd_inside and not alone and not patchwork:
        return [], None
    others = sum(not match.group().isascii() and not _is_latin(match.group()) for match in words)
    small = sum(zlib.crc32(match.group().lower().encode()) in weights.small for match in words) if strangers else 0
    figures = _figures(bare, words, strangers, (odd_inside, len(alone), others, small, patchwork))
    return strangers, figures


def score_of(figures: NDArray[np.float64], weights: Weights) -> float:
    """Return how likely a text with these figures holds gibberish.

    Args:
        figures: (figures,) as `measure` returns them.
        weights: The network.
    """
    hidden = np.maximum(((figures - weights.centre) / weights.scale) @ weights.first + weights.first_offset, 0.0)
    return _chance(float(hidden @ weights.second) + weights.second_offset)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def strangeness(word: str, before: str, weights: Weights) -> float:
    """Return the evidence, by its letters and the word before it, that nobody writes a word."""
    logit = weights.offset + sum(weights.grams[bucket] for bucket in buckets(word, before, weights.known))
    return min(logit, _NEAR_LOGIT) if logit > _NEAR_LOGIT and _is_near(word.lower(), weights.known) else logit


def _is_near(word: str, known: frozenset[int]) -> bool:
    """Return whether a word is a known one with a slip: a letter too many, two swapped, or a wrong vowel."""
    if not 5 <= len(word) <= 16:
        return False
    return any(zlib.crc32(reading.encode()) in known for reading in _slips(word))


def _slips(word: str) -> Iterator[str]:
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
        yield word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]
    for i, letter in enumerate(word):
        if letter in _VOWELS:
            yield from (word[:i] + vowel + word[i + 1 :] for vowel in "aeiou" if vowel != letter)
        elif i:
            yield word[:i] + letter + word[i:]


def unknown_words(words: Sequence[re.Match[str]], weights: Weights) -> Iterator[tuple[int, re.Match[str], str]]:
    """Yield the unknown words in Latin letters with their places and the words before them."""
    before = ""
    for position, match in enumerate(words):
        word = match.group()
        if (word.isascii() or _is_latin(word)) and not is_known(word, weights.known):
            if zlib.crc32(word.lower().encode()) in weights.small:
                before = word
                continue
            yield position, match, before
        before = word


def is_known(word: str, known: frozenset[int]) -> bool:
    """Return whether a word, or what it is a regular form of, is among the known words."""
    folded = word.lower()
    if len(folded) < 2 or zlib.crc32(folded.encode()) in known:
        return True
    for tail in ("'s", "\u2019s", "'", "n't", "'t", "'re", "'ll", "'ve", "'d", "'m"):
        if folded.endswith(tail):
            return is_known(folded[: -len(tail)], known)
    if folded[1:2] in ("'", "\u2019") and folded[0] in "cdjlmnst":
        return is_known(folded[2:], known)
    return any(len(stem) > 2 and zlib.crc32(stem.encode()) in known for stem in stems(folded))


def buckets(word: str, before: str, known: frozenset[int]) -> list[int]:
    """Return the buckets of a word: its n-grams of two to four letters, length, capitals, the word before it."""
    folded = word.lower()
    framed = f"^{folded}$"
    grams = [framed[i : i + n] for n in (2, 3, 4) for i in range(len(framed) - n + 1)]
    grams.append(f"length {min(len(folded), 16)}")
    capitals = "small" if word.islower() else "capital" if word.istitle() else "capitals" if word.isupper() else "mixed"
    grams.append(capitals)
    grams.append(f"{capitals} {min(len(folded), 16)}")
    run = longest = 0
    for letter in folded:
        run = 0 if letter in _VOWELS else run + 1
        longest = max(longest, run)
    grams.append(f"consonants {min(longest, 6)}")
    grams.append(f"vowels {round(4 * sum(letter in _VOWELS for letter in folded) / len(folded))}")
    if before.lower() in _CUES:
        grams.append("after a cue")
    if before[:1].isupper() and word[:1].isupper():
        grams.append("after a capital")
    if not word.isascii():
        grams.append("diacritics")
    if len(folded) > 7 and _is_compound(folded, known):
        grams.append("compound")
    return [zlib.crc32(gram.encode()) & (BUCKETS - 1) for gram in grams]


def _is_compound(word: str, known: frozenset[int]) -> bool:
    """Return whether a word is two known words, as compounds are."""
    return any(
        zlib.crc32(word[:cut].encode()) in known and is_known(word[cut:], known) for cut in range(4, len(word) - 3)
    )


def _figures(
    bare: str, words: Sequence[re.Match[str]], strangers: Sequence[Stranger], counts: tuple[int, int, int, int, int]
) -> NDArray[np.float64]:
    odd, alone, others, small, patchwork = counts
    n_words = max(1, len(words))
    n_chunks = max(1, len(bare.split()))
    logits = sorted((stranger.logit for stranger in strangers), reverse=True)
    strange = [stranger for stranger in strangers if stranger.logit > 0]
    run = longest = 0
    last = -9
    for stranger in strange:
        run = run + 1 if stranger.position - last <= 1 else 1
        last = stranger.position
        longest = max(longest, run)
    windows = [
        [each for each in strangers[i : i + _WINDOW] if each.position - stranger.position < _WINDOW]
        for i, stranger in enumerate(strangers)
    ]
    chances = sum(map(_chance, logits))
    return np.array(
        [
            min(len(strange), 8),
            sum(max(-4.0, min(8.0, logit)) for logit in logits[:3]),
            max(-6.0, min(10.0, logits[0])) if logits else -6.0,
            len(strangers) / n_words,
            len(strange) / n_words,
            min(longest, 8),
            min(odd, 8),
            alone / n_chunks,
            min(len(_CAPITAL_INSIDE.findall(bare)), 6),
            max(-6.0, min(8.0, sum(logits) / len(logits))) if logits else -6.0,
            max((stranger.end - stranger.start for stranger in strangers), default=0) / 10,
            others / n_words,
            min(chances, 8.0),
            len(_SIGNS.findall(bare)) / max(1, len(bare)),
            math.log(n_words),
            sum(stranger.piece for stranger in strangers) / max(1, len(strangers)),
            small / n_words,
            sum(stranger.accented for stranger in strangers) / max(1, len(strangers)),
            min(patchwork, 6),
            max((len(window) for window in windows), default=0),
            max((sum(max(-1.0, min(5.0, each.logit)) for each in window) for window in windows), default=0.0),
            max(-6.0, min(10.0, logits[1])) if len(logits) > 1 else -6.0,
            min(sum(_has_no_vowels(bare[each.start : each.end]) for each in strangers), 6),
            sum(bare[each.start : each.end].islower() for each in strangers) / n_words,
        ],
        np.float64,
    )


def _has_no_vowels(word: str) -> bool:
    return len(word) > 3 and word.islower() and _VOWELS.isdisjoint(word)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _is_latin(word: str) -> bool:
    return all(letter < "\u0250" or "\u1e00" <= letter < "\u1f00" or letter in "'\u2019" for letter in word)

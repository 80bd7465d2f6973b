"""The detector "scrutiny": the small encoder and the phrases, weighed together into calibrated probabilities.

What a text is judged by is the gravest of its readings: as written, with disguises taken off, and glossed where it is
in another language.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ethical_lens.errors import ModelError
from ethical_lens.models import JsonValue, ModelCard
from ethical_lens.text.encoder import Answer, Piece, TextEncoder, shipped_encoder
from ethical_lens.text.glosses import ENGLISH, OTHER
from ethical_lens.text.lexicon import CATEGORIES, PhraseDetector
from ethical_lens.text.normalize import Normalized
from ethical_lens.text.readings import Readings, read
from ethical_lens.text.vocabulary import KnownWords, vocabulary_of_words
from ethical_lens.types import MINOR_SEXUAL, Finding, Severity, Span

GRADES: Final = (Severity.K1, Severity.K2, Severity.K3)
LANGUAGE: Final = "language"
_TOLD: Final = 0.5
_READABLE: Final = 0.5
"""Share of known words from which a gloss is trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How one grade's probability comes from the encoder's logit and from what phrases saw."""

    logit: float
    phrases: tuple[float, float, float]
    """For the highest score of a phrase of at least K1, K2, K3."""
    bias: float

    def probability(self, logit: float, phrases: Sequence[float]) -> float:
        """Return the probability of the grade.

        Args:
            logit: Of the encoder.
            phrases: Highest score of a phrase of at least K1, K2, K3; 0 where none was seen.
        """
        return _logistic(
            self.bias + self.logit * logit + sum(w * x for w, x in zip(self.phrases, phrases, strict=True))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is made of one text."""

    grades: tuple[float, float, float]
    """Probabilities of at least K1, K2, K3; never rising."""
    shares: Mapping[str, float]
    """How much of the harm is of each category, the foremost being 1."""
    spans: tuple[Span, ...]
    """Where in the original the harm lies."""
    reading: str


def weights_of(card: ModelCard) -> tuple[Weights, Weights, Weights]:
    """Return the weights of the three grades, as the card has them.

    Raises:
        ModelError: If the card lacks one, or has it in another form.
    """
    try:
        first, second, third = (weights_of_grade(card.calibration[grade.name]) for grade in GRADES)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{card.id} lacks calibration of grades ({error}); install the package again") from error
    return first, second, third


def weights_of_grade(values: JsonValue) -> Weights:
    """Return the weights of one grade from their form in a card.

    Raises:
        KeyError: If one is missing.
        TypeError: If it is no object.
        ValueError: If one is no number.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"expected an object, got {values!r}")
    first, second, third = (float(str(values[f"phrase {each.name}"])) for each in GRADES)
    return Weights(logit=float(str(values["logit"])), phrases=(first, second, third), bias=float(str(values["bias"])))


def judge(
    answer: Answer,
    reading: Normalized,
    phrases: Sequence[float],
    weights: tuple[Weights, Weights, Weights],
    categories: Sequence[str],
) -> Judgement:
    """Weigh what the encoder and the phrases say of one reading.

    Args:
        answer: Of the encoder.
        reading: What it has read.
        phrases: Highest score of a phrase of at least K1, K2, K3.
        weights: Of the three grades.
        categories: Names of the answer's categories.
    """
    grades = [each.probability(float(logit), phrases) for each, logit in zip(weights, answer.grades, strict=True)]
    for k in (1, 2):
        grades[k] = min(grades[k], grades[k - 1])
    told = [_logistic(float(logit)) for logit in answer.categories]
    most = max(told)
    return Judgement(
        grades=(grades[0], grades[1], grades[2]),
        shares={name: value / most for name, value in zip(categories, told, strict=True)},
        spans=tuple(_spans(answer.pieces, reading)) if grades[0] >= _TOLD else (),
        reading=reading.reading,
    )


class ScrutinyDetector:
    """Measures texts with the small encoder and with phrases, weighed together.

    Args:
        phrases: The phrase detector; None makes the shipped one.
        encoder: The encoder; None takes the shipped one, which others in this process share.
        opted_out: Names of people an operator does not allow to be pictured.

    Example:
        >>> [findings] = ScrutinyDetector().detect(["a killer whale"])
        >>> max(finding.score for finding in findings) < 0.5
        True
    """

    name = "scrutiny@1"

    def __init__(
        self,
        phrases: PhraseDetector | None = None,
        encoder: TextEncoder | None = None,
        opted_out: Collection[str] = (),
    ) -> None:
        self._encoder = encoder or shipped_encoder()
        self._phrases = phrases or PhraseDetector(opted_out=opted_out)
        self._weights = weights_of(self._encoder.card)
        self._categories = self._encoder.card.categories

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text: every category in every grade, with places where harm was seen."""
        readings = [read(text, self._vocabulary) for text in texts]
        answers = iter(self._encoder.read([one for each in readings for one in each.all]))
        return [
            self._findings(text, each, [next(answers) for _ in each.all])
            for text, each in zip(texts, readings, strict=True)
        ]

    @cached_property
    def _vocabulary(self) -> KnownWords:
        """The words of the encoder's own table; disguises that call for daring end only at words of the lexicon."""
        lexicon = self._phrases.lexicon
        return vocabulary_of_words(self._encoder.words(), lexicon.hides, sorted(lexicon.vocabulary.words))

    def harm(self, texts: Sequence[str]) -> list[float]:
        """Return for each text the probability that it is explicit (K2) or graver in any category."""
        return [
            max((f.score for f in each if f.category in self._categories and f.severity >= Severity.K2), default=0.0)
            for each in self.detect(texts)
        ]

    def _findings(self, text: str, readings: Readings, answers: Sequence[Answer]) -> list[Finding]:
        seen = self._phrases.measured(text, readings)
        harms = [finding for finding in seen if finding.category in self._categories]
        phrases = [max((f.score for f in harms if f.severity >= grade), default=0.0) for grade in GRADES]
        judged = [
            judge(answer, reading, phrases, self._weights, self._categories)
            for answer, reading in zip(answers, readings.all, strict=True)
        ]
        gravest = max(judged, key=lambda each: each.grades)
        told = {
            category: max([share, *(f.score for f in harms if f.category == category)])
            for category, share in gravest.shares.items()
        }
        listed = [finding for finding in seen if finding.category not in self._categories]
        listed += _graded(gravest, told, harms, self.name)
        listed += self._figures(seen, answers, readings)
        listed += self._minors(readings, gravest.grades[0] * told["sexual"])
        listed += _language(readings, self.name)
        known = {finding.category for finding in listed}
        listed += [Finding(category=each, score=0.0, source=self.name) for each in CATEGORIES if each not in known]
        return listed

    def _figures(self, seen: Sequence[Finding], answers: Sequence[Answer], readings: Readings) -> list[Finding]:
        """Return the names of public figures that the encoder saw, where the list of names has none."""
        if any(finding.category in ("public_figure", "opt_out") for finding in seen):
            return []
        answer, reading = max(zip(answers, readings.all, strict=True), key=lambda pair: pair[0].figure)
        named = [piece for piece in answer.pieces if piece.names]
        if not named:
            return []
        place = reading.span(named[0].start, named[-1].end)
        note = "public_figure.named: reads like the name of a public figure"
        return [
            Finding(category="public_figure", score=_logistic(answer.figure), source=self.name, where=place, note=note)
        ]

    def _minors(self, readings: Readings, sexual: float) -> list[Finding]:
        """Return that a minor is put into a sexual context, where any reading speaks of one."""
        if sexual < _TOLD or not any(self._phrases.lexicon.speaks_of_minors(reading) for reading in readings.all):
            return []
        note = "minor_sexual.conjunction: sexual, and speaks of somebody under 18"
        return [Finding(category=MINOR_SEXUAL, score=sexual, source=self.name, severity=Severity.K3, note=note)]


def _graded(
    judgement: Judgement, shares: Mapping[str, float], phrases: Sequence[Finding], source: str
) -> list[Finding]:
    """Return one finding for each category and grade, and for each place where the harm lies."""
    note = "" if judgement.reading == "folded" else f"read as: {judgement.reading}"
    listed = []
    for category, share in shares.items():
        for grade, probability in zip(GRADES, judgement.grades, strict=True):
            score = probability * share
            places: list[tuple[Span | None, str]] = [(None, note)]
            if score >= _TOLD:
                spoken = [
                    (f.where, f.note)
                    for f in phrases
                    if f.category == category and f.score >= _TOLD and isinstance(f.where, Span)
                ]
                told = [(span, note) for span in judgement.spans if not any(span.overlaps(w) for w, _ in spoken)]
                places = [*spoken, *told] or places
            listed += [
                Finding(category=category, score=score, source=source, severity=grade, where=where, note=said)
                for where, said in places
            ]
    return listed


def _language(readings: Readings, source: str) -> list[Finding]:
    """Return how likely it is that the text could not be read because of its language."""
    guess = readings.language
    unread = 1.0 if guess.code == OTHER else (0.0 if guess.code == ENGLISH else 1 - guess.share)
    score = unread if guess.code == OTHER or unread > _READABLE else 0.0
    return [Finding(category=LANGUAGE, score=score, source=source, note=f"language: {guess.code}" if score else "")]


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


def _spans(pieces: Sequence[Piece], reading: Normalized) -> list[Span]:
    """Return the words that carry the harm, neighbours joined; at least the one that carries most."""
    telling = [piece for piece in pieces if piece.harm > 0]
    if not telling and pieces:
        telling = [max(pieces, key=lambda piece: piece.harm)]
    spans: list[Span] = []
    for piece in telling:
        start, end = _whole_word(reading.text, piece.start, piece.end)
        span = reading.span(start, end)
        if spans and span.start <= spans[-1].end + 1:
            spans[-1] = Span(start=min(spans[-1].start, span.start), end=max(spans[-1].end, span.end))
        else:
            spans.append(span)
    return spans


def _whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end

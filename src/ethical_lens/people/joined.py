"""The rules and the text model together: a group that the rules found and the model takes for a thing is dropped.

Rules know words; the model reads the sentence. It never adds anybody: it has a veto on words that also name brands,
dishes, titles, teams and animals, and hardly one where the words are unmistakable. The reading is the one that the
screening has made of the same prompt, so it costs nothing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.models import ModelCard
from ethical_lens.people.analyze import RuleAnalyzer, why_nobody
from ethical_lens.people.reading import Reading
from ethical_lens.people.tokens import tokenize
from ethical_lens.text.encoder import Answer, TextEncoder, shipped_encoder
from ethical_lens.text.normalize import Normalized, normalize
from ethical_lens.types import PersonGroup

VETO_BELOW: Final = "people.veto_below"
"""Threshold of the encoder's card: a group whose head is less likely to name people is dropped."""
VETO_PLAIN_BELOW: Final = "people.veto_plain_below"
"""The same for groups whose words are unmistakable."""

_PLAIN: Final = ("generic", "kin")
_STATEMENTS: Final = 2
_APOSTROPHES: Final = ("'", "\N{RIGHT SINGLE QUOTATION MARK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """Below which probabilities a group is dropped."""

    below: float
    plain_below: float

    def falls(self, weighed: Weighed) -> bool:
        """Say whether a group is dropped."""
        return weighed.probability < (self.plain_below if weighed.plain else self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A group that the rules found, and what the model says of it."""

    group: PersonGroup
    probability: float
    """That the last word of its phrase names people; 1 where the model is not asked: of somebody known by name, and of
    an owner of whom the rules know that a part is seen ("a guitarist's fingers")."""
    plain: bool
    """Whether its words are unmistakable."""


class JoinedAnalyzer:
    """Finds groups of people with the rules, and lets the text model drop those that name a thing; English only.

    Args:
        encoder: The text model; None takes the shipped one, which the screening uses too.
        rules: The rules; None makes them.

    Raises:
        ConfigurationError: If the encoder's card has no thresholds for the veto.

    Example:
        >>> [group] = JoinedAnalyzer().analyze(["a young woman with her cat"])[0]
        >>> group.phrase
        'young woman'
    """

    name = "people-joined@1"

    def __init__(self, encoder: TextEncoder | None = None, rules: RuleAnalyzer | None = None) -> None:
        self._encoder = encoder or shipped_encoder()
        self._rules = rules or RuleAnalyzer()
        self._veto = veto_of(self._encoder.card)

    def analyze(self, texts: Sequence[str]) -> list[list[PersonGroup]]:
        """Return the groups of people in each text, in order of appearance.

        Args:
            texts: Prompts as the user wrote them.

        Returns:
            One list per text; empty for a text that is not English or speaks of nobody.

        Raises:
            ModelError: If a file of the text model is missing or not the one that was shipped.
        """
        return [self._kept(weighed) for weighed in weigh(texts, self._rules, self._encoder)]

    def explained(self, text: str) -> tuple[list[PersonGroup], tuple[str, ...]]:
        """Return the groups in a text, and in sentences why there are none; no sentence where it speaks of nobody.

        Raises:
            ModelError: If a file of the text model is missing or not the one that was shipped.
        """
        [weighed] = weigh([text], self._rules, self._encoder)
        kept = self._kept(weighed)
        if kept:
            return kept, ()
        dropped = (each.group.phrase for each in weighed)
        told = (f"nothing was dealt to {phrase!r}, because it reads like the name of a thing" for phrase in dropped)
        return [], (*why_nobody(text), *told)

    def _kept(self, weighed: Sequence[Weighed]) -> list[PersonGroup]:
        return [each.group for each in weighed if not self._veto.falls(each)]


def veto_of(card: ModelCard) -> Veto:
    """Return the thresholds of a card.

    Raises:
        ConfigurationError: If it lacks one.
    """
    missing = [name for name in (VETO_BELOW, VETO_PLAIN_BELOW) if name not in card.thresholds]
    if missing:
        raise ConfigurationError(
            f"the card of {card.id} lacks the threshold {', '.join(missing)}, which tells people from things named so; "
            'write it with "python -m ethical_lens.train.text people-threshold", or choose "people: rules" in '
            "the configuration"
        )
    return Veto(below=card.thresholds[VETO_BELOW], plain_below=card.thresholds[VETO_PLAIN_BELOW])


def weigh(texts: Sequence[str], rules: RuleAnalyzer, encoder: TextEncoder) -> list[list[Weighed]]:
    """Return what the rules find in each text, and what the model says of it.

    Args:
        texts: Prompts.
        rules: They find.
        encoder: It is asked about texts in which somebody was found who is not named.
    """
    found = rules.analyze(texts)
    asked = [i for i, groups in enumerate(found) if not all(group.named for group in groups)]
    readings = [normalize(texts[i]) for i in asked]
    answers = dict(zip(asked, zip(readings, encoder.read(readings), strict=True), strict=True))
    weighed = []
    for i, groups in enumerate(found):
        words = Reading(texts[i], rules.lexicon) if i in answers else None
        weighed.append(
            [
                Weighed(group=group, probability=1.0, plain=False)
                if group.named or words is None or _owns(texts[i], group)
                else Weighed(
                    group=group,
                    probability=_probability(texts[i], group, *answers[i]),
                    plain=_is_plain(words, group),
                )
                for group in groups
            ]
        )
    return weighed


def _owns(text: str, group: PersonGroup) -> bool:
    """Say whether a phrase is followed by the ending of a possessive."""
    return text[group.span.end : group.span.end + 1] in _APOSTROPHES


def _probability(text: str, group: PersonGroup, reading: Normalized, answer: Answer) -> float:
    """Return the highest probability among the pieces of the last word; 1 where the model has read none of it."""
    start, end = _head(text, group)
    return max((share for a, b, share in _shares(reading, answer) if a < end and start < b), default=1.0)


def _head(text: str, group: PersonGroup) -> tuple[int, int]:
    """Return where the last word of a phrase stands in the text."""
    last = tokenize(text[group.span.start : group.span.end])[-1:]
    begin = group.span.start
    return (begin + last[0].start, begin + last[0].end) if last else (begin, group.span.end)


def _shares(reading: Normalized, answer: Answer) -> Iterator[tuple[int, int, float]]:
    """Yield where each piece stands in the original, and its probability."""
    for piece in answer.pieces:
        yield reading.starts[piece.start], reading.ends[piece.end - 1], piece.people


def _is_plain(words: Reading, group: PersonGroup) -> bool:
    """Say whether the words are unmistakable, so that the model would have to be very sure.

    They are where a plain word for a person or for kin ("woman", "uncle") has a determiner or a number before it, or a
    word beside it that states something; and where the words state two things whatever the head: "young Black nurse".
    """
    if len(group.stated) >= _STATEMENTS:
        return True
    end = group.span.end
    inside = [i for i, token in enumerate(words.tokens) if group.span.start <= token.start < end]
    entry = words.lexicon.entries.get(words.tokens[inside[-1]].low) if inside else None
    if entry is None or entry.kind not in _PLAIN:
        return False
    return bool(words.determiner(inside[0])) or any(words.tokens[i].low in words.lexicon.states for i in inside[:-1])

"""Every way in which one prompt is read: as written, without disguises and notation, and glossed in English."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ethical_lens.text import syntax
from ethical_lens.text.glosses import ENGLISH, OTHER, Guess, gloss, language
from ethical_lens.text.normalize import Normalized, normalize, variants
from ethical_lens.text.vocabulary import KnownWords

GLOSSED = "glossed "
"""Beginning of the name of a reading in English of a text in another language; the language's code follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """One prompt in all its readings."""

    folded: Normalized
    """As written, but for case, diacritics and invisible characters."""
    further: tuple[Normalized, ...]
    """Without disguises, without notation, glossed; only those that differ."""
    language: Guess

    @property
    def all(self) -> tuple[Normalized, ...]:
        """Every reading, as written first."""
        return (self.folded, *self.further)


def read(text: str, vocabulary: KnownWords) -> Readings:
    """Return every reading of a prompt.

    Args:
        text: The prompt.
        vocabulary: Words at which disguises may end.
    """
    guess = language(text)
    listed = [*variants(text, vocabulary), *syntax.readings(text)]
    if guess.code not in (ENGLISH, OTHER):
        listed.append(glossed(text, guess.code))
    folded = normalize(text)
    seen = {folded.text}
    further = []
    for reading in listed:
        if reading.text.strip() and reading.text not in seen:
            seen.add(reading.text)
            further.append(reading)
    return Readings(folded=folded, further=tuple(further), language=guess)


@lru_cache(maxsize=64)
def glossed(text: str, code: str) -> Normalized:
    """Return a prompt word by word in English; what stands between the words points at the word before.

    Args:
        text: The prompt, in the language of the code.
        code: Language with a dictionary.
    """
    made = gloss(text, code)
    starts, ends = [0] * len(made.text), [min(1, len(text))] * len(made.text)
    position, place = 0, (0, min(1, len(text)))
    for span in sorted(made.spans, key=lambda span: span.start):
        for between in range(position, span.start):
            starts[between], ends[between] = place
        place = (span.original_start, span.original_end)
        for inside in range(span.start, span.end):
            starts[inside], ends[inside] = place
        position = span.end
    for after in range(position, len(made.text)):
        starts[after], ends[after] = place
    return Normalized(text=made.text.lower(), starts=starts, ends=ends, reading=f"{GLOSSED}{code}")

"""Screening of negative prompts: what is left out of a picture can push harm into it.

A harm word in a negative prompt is normal, people exclude blood and nudity. What is looked for is the opposite:
excluded clothes, adults or decency, a negated harm ("no nudity"), a harm with a negative weight, and networks loaded by
name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ethical_lens.text.figures import Gazetteer
from ethical_lens.text.lexicon import Lexicon, Sighting, as_findings, every_category
from ethical_lens.text.normalize import Normalized, normalize
from ethical_lens.text.syntax import parse
from ethical_lens.types import Finding

_NEGATION: Final = re.compile(r"\b(?:no|not|without|never|non|zero)\b")
_REACH: Final = 24
"""Characters between a negation and what it negates."""


class NegativeDetector:
    """Measures negative prompts.

    Args:
        lexicon: Compiled lexicon; None reads the shipped one.

    Example:
        >>> [findings] = NegativeDetector().detect(["blurry, blood, extra fingers"])
        >>> max(finding.score for finding in findings)
        0.0
    """

    name = "negative@1"

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or Lexicon()
        self._gazetteer = Gazetteer("")

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each negative prompt: every category, at least once."""
        return [self._findings(text) for text in texts]

    def _findings(self, text: str) -> list[Finding]:
        sightings = [*self._lexicon.excluded(normalize(text)), *self._negated(text), *self._by_notation(text)]
        return every_category([f for sighting in sightings for f in as_findings(sighting, self.name)], self.name)

    def _negated(self, text: str) -> list[Sighting]:
        """Return harms that stand right behind a negation: left out twice, they are asked for."""
        folded = normalize(text)
        negations = [match.end() for match in _NEGATION.finditer(folded.text)]
        if not negations:
            return []
        open_text = _NEGATION.sub(lambda match: " " * len(match.group()), folded.text)
        reading = replace(folded, text=open_text, reading="negated twice")
        ends = [folded.span(end - 1, end).end for end in negations]
        return [sighting for sighting in self._seen(reading) if _behind(sighting, ends)]

    def _by_notation(self, text: str) -> list[Sighting]:
        """Return harms that a negative weight turns around, and those in the names of networks."""
        prompt = parse(text)
        turned = prompt.excluded()
        names = prompt.names()
        return [sighting for reading in (turned, names) if reading is not None for sighting in self._seen(reading)]

    def _seen(self, reading: Normalized) -> list[Sighting]:
        return self._lexicon.read(reading, self._gazetteer)


def _behind(sighting: Sighting, ends: Sequence[int]) -> bool:
    return any(0 <= sighting.span.start - end <= _REACH for end in ends)

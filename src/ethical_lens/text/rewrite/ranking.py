"""Which of several wordings is best: harmless, close to the prompt, and readable."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split
from ethical_lens.text.rewrite.edits import Edit
from ethical_lens.text.rewrite.line import FUNCTION_WORDS
from ethical_lens.types import Change

_DANGLING: Final = re.compile(
    r"\b(?:a|an|the|with|and|or|of|by|his|her|their|very)\s*(?:[,.;:!?)\]]|$)"
    r"|(?:^|[,(\[])\s*(?:and|or|of|by)\b",
    re.IGNORECASE,
)
_TWICE: Final = re.compile(r"\b(\w+)\s+\1\b", re.IGNORECASE)
_ADRIFT: Final = re.compile(r"\b(?:with|of|in|on|at|by|and|to|the|a|an)\s+(?:with|of|in|on|at|by|and)\b", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"\ba\s+(?!one\b|once\b|eu)[aeio]\w{2}|\ban\s+[bcdfgjklmnpqrstvwz]\w", re.IGNORECASE)
_MARKS: Final = re.compile(r",\s*,|\s{2,}|\s+,|\(\s*\)")
_DEFECTS: Final = (_DANGLING, _TWICE, _ADRIFT, _ARTICLE, _MARKS)
_WEIGHT_OF_DEFECT: Final = 0.1
_WEIGHT_OF_HARM: Final = 0.5
_WEIGHT_OF_REPLACING: Final = 0.05
"""Something to draw in the place of what goes is better than nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A wording that may stand for the prompt."""

    text: str
    changes: tuple[Change, ...]
    edits: tuple[Edit, ...]
    harm: float = 0.0
    """Probability of explicit harm, where somebody measures it."""

    def worth(self, content: Sequence[str], defects: int) -> float:
        """Return how good the wording is, higher being better.

        Args:
            content: Words of the prompt that are to stay.
            defects: Defects of the prompt itself, which are not held against the wording.
        """
        spoiled = max(0, n_defects(self.text) - defects)
        n_replaced = sum(change.kind == "replaced" for change in self.changes)
        replaced = _WEIGHT_OF_REPLACING * n_replaced / max(1, len(self.changes))
        return self.closeness(content) + replaced - _WEIGHT_OF_DEFECT * spoiled - _WEIGHT_OF_HARM * self.harm

    def closeness(self, content: Sequence[str]) -> float:
        """Return the share of the prompt's words that the wording keeps in their order."""
        return closeness(content, self.text)


def content_words(text: str, style: Collection[str]) -> list[str]:
    """Return the words of a text that say something about its subject, in order."""
    words = split(normalize(text).text).words
    return [word for word in words if word.isalpha() and word not in FUNCTION_WORDS and word not in style]


def closeness(content: Sequence[str], wording: str) -> float:
    """Return the share of words that a wording keeps in their order, in [0, 1].

    Example:
        >>> closeness(["cat", "red", "roof"], "a cat on a roof")
        0.6666666666666666
    """
    if not content:
        return 1.0
    words = split(normalize(wording).text).words
    lengths = [0] * (len(words) + 1)
    for wanted in content:
        above = 0
        for at, word in enumerate(words, start=1):
            diagonal, above = above, lengths[at]
            lengths[at] = diagonal + 1 if word == wanted else max(lengths[at], lengths[at - 1])
    return lengths[-1] / len(content)


def n_defects(text: str) -> int:
    """Return the number of places that read as broken: loose ends, doubled words, articles that do not agree."""
    return sum(len(defect.findall(text)) for defect in _DEFECTS)

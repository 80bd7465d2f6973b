"""Text with marked ranges of characters that stay in place while the text around and inside them is edited."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Number = Literal["single", "multiple", "named"]

_BLANKS: Final = re.compile(r"\s{2,}|[^\S ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom a text names or describes."""

    number: Number
    stated: Mapping[str, str] = field(default_factory=dict)
    """Axis to value, for what the text says of them."""


Meaning = Person | Literal["harm", "figure"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Half-open range of characters and what it means."""

    start: int
    end: int
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces a half-open range of characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and its marks.

    Example:
        >>> passage = Passage("a  knife").marked("harm")
        >>> passage.edited([Edit(1, 3, " ")]).marks
        (Mark(start=0, end=7, meaning='harm'),)
    """

    text: str = ""
    marks: tuple[Mark, ...] = ()

    def __add__(self, other: Passage) -> Passage:
        ahead = len(self.text)
        moved = tuple([Mark(mark.start + ahead, mark.end + ahead, mark.meaning) for mark in other.marks])
        return Passage(self.text + other.text, self.marks + moved)

    def marked(self, meaning: Meaning) -> Passage:
        """Return the passage with a mark over all of it."""
        return Passage(self.text, (*self.marks, Mark(0, len(self.text), meaning)))

    def edited(self, edits: Iterable[Edit]) -> Passage:
        """Return the passage with ranges replaced; marks move along, and grow or shrink with what is inside them.

        Args:
            edits: Replacements in order, none overlapping.
        """
        passage, ahead = self, 0
        for edit in edits:
            passage = passage._replaced(edit.start + ahead, edit.end + ahead, edit.text)
            ahead += len(edit.text) - (edit.end - edit.start)
        return passage

    def substituted(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> Passage:
        """Return the passage with every match replaced."""
        matches = list(pattern.finditer(self.text))
        return self.edited([Edit(*match.span(), replacement(match)) for match in matches]) if matches else self

    def mapped(self, change: Callable[[str], str]) -> Passage:
        """Return the passage with its text changed to one of the same length."""
        return Passage(change(self.text), self.marks)

    def trimmed(self) -> Passage:
        """Return the passage with single blanks, none at its ends or at those of a mark, and no empty mark."""
        single = self.substituted(_BLANKS, lambda _: " ")
        ahead = len(single.text) - len(single.text.lstrip())
        text = single.text.strip()
        marks = []
        for mark in single.marks:
            start, end = max(0, mark.start - ahead), min(len(text), mark.end - ahead)
            inside = text[start:end]
            start += len(inside) - len(inside.lstrip(" ,"))
            end -= len(inside) - len(inside.rstrip(" ,"))
            if start < end:
                marks.append(Mark(start, end, mark.meaning))
        return Passage(text, tuple(marks))

    def _replaced(self, start: int, end: int, text: str) -> Passage:
        grown = len(text) - (end - start)

        def moved(at: int, inside: int) -> int:
            if at <= start:
                return at
            return at + grown if at >= end else inside

        marks = tuple(
            Mark(moved(mark.start, start), moved(mark.end, start + len(text)), mark.meaning) for mark in self.marks
        )
        return Passage(self.text[:start] + text + self.text[end:], marks)

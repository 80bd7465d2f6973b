"""Names of public figures in a text, and whether they are in the picture or only lend it their style."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethical_lens.text.normalize import Normalized, normalize
from ethical_lens.text.patterns import COMMA, Words, split

POLITICIANS: Final = "politicians"
OPTED_OUT: Final = "opted out"
_STYLE_BEFORE: Final = frozenset({"by", "style", "styled", "inspired", "influenced", "artstyle", "artist", "artists"})
_STYLE_AFTER: Final = frozenset({"style", "styled", "esque", "inspired", "painting", "paintings", "artstyle", "film"})
_LINKS: Final = frozenset({"and", "&", "x", "or", COMMA, "of", "the", "with"})
_LONGEST_LINK: Final = 2
_NOT_NAMES: Final = frozenset(
    {"card", "cards", "tower", "hotel", "avenue", "street", "airport", "square", "park", "prize", "museum", "suit"}
)
"""Words after a single name that make it the name of a thing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A public figure named in a text."""

    name: str
    kind: str
    """Section of the gazetteer: "politicians", "actors", ..."""
    start: int
    end: int
    """Half-open range of words."""


@dataclass(frozen=True, slots=True)
class _Entry:
    words: tuple[str, ...]
    name: str
    kind: str
    needs_capital: bool


class Gazetteer:
    """A list of names.

    Args:
        text: One name a line with further names after "|", sections in brackets, comments after "#".
        opted_out: Further names, for example people who asked an operator not to be pictured.
    """

    __slots__ = ("_by_first",)

    def __init__(self, text: str, opted_out: Collection[str] = ()) -> None:
        self._by_first: dict[str, list[_Entry]] = {}
        kind = "others"
        for line in text.splitlines():
            row = line.partition("#")[0].strip()
            if row.startswith("["):
                kind = row.strip("[]")
            elif row:
                self._add(row, kind)
        for name in opted_out:
            self._add(name, OPTED_OUT)
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry.words))

    @classmethod
    def shipped(cls, opted_out: Collection[str] = ()) -> Gazetteer:
        """Return the list that comes with the package."""
        return cls(Path(__file__).with_name("figures.txt").read_text(encoding="utf-8"), opted_out)

    def find(self, words: Words, reading: Normalized, original: str) -> list[Figure]:
        """Return the figures who are in the picture, in order; names after "by" or "in the style of" are not.

        Args:
            words: The words of ``reading``.
            reading: A reading of ``original``.
            original: The text itself, for the case of names that are ordinary words.
        """
        figures: list[Figure] = []
        lends_style = -1
        position = 0
        while position < len(words.words):
            entry = self._entry_at(words, position, reading, original)
            if entry is None:
                position += 1
                continue
            end = position + len(entry.words)
            if self._is_style(words.words, position, end, lends_style):
                lends_style = end
            else:
                figures.append(Figure(entry.name, entry.kind, position, end))
            position = end
        return figures

    def _add(self, row: str, kind: str) -> None:
        names = [name.strip() for name in row.split("|")]
        for name in names:
            words = tuple(word for word in split(normalize(name.lstrip("^")).text).words if word.isalnum())
            if words:
                entry = _Entry(words, names[0], kind, name.startswith("^"))
                self._by_first.setdefault(words[0], []).append(entry)

    def _entry_at(self, words: Words, position: int, reading: Normalized, original: str) -> _Entry | None:
        for entry in self._by_first.get(words.words[position], ()):
            end = position + len(entry.words)
            if tuple(words.words[position:end]) != entry.words:
                continue
            if len(entry.words) == 1 and end < len(words.words) and words.words[end] in _NOT_NAMES:
                continue
            if entry.needs_capital and not original[reading.starts[words.starts[position]]].isupper():
                continue
            return entry
        return None

    @staticmethod
    def _is_style(words: Sequence[str], start: int, end: int, lends_style: int) -> bool:
        before = words[max(0, start - 3) : start]
        if before and before[-1] in _STYLE_BEFORE:
            return True
        if len(before) > 1 and before[-2] in _STYLE_BEFORE and before[-1] in ("of", "by", "from", COMMA):
            return before[-1] != COMMA
        if end < len(words) and words[end] in _STYLE_AFTER:
            return True
        between = words[lends_style:start] if lends_style >= 0 else ()
        return lends_style >= 0 and len(between) <= _LONGEST_LINK and all(word in _LINKS for word in between)

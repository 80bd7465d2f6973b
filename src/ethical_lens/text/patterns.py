"""Phrase patterns: a small language of words, classes and gaps, matched over the words of a text.

See the head of ``lexicon.yaml`` for the notation. Matching is linear in the number of words: every pattern hangs on its
rarest word, gaps are short, and no pattern looks across the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[,.;:!?\n()\[\]{}|<>\"]")
_VOWELS: Final = "aeiou"
COMMA: Final = ","
END: Final = "."
"""Stands for every mark that ends a sentence or a tag line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a text with their places in it."""

    words: Sequence[str]
    """Folded words; ``COMMA`` and ``END`` for marks, "" for words that are not to be looked at."""
    starts: Sequence[int]
    ends: Sequence[int]


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a pattern: words that may stand there, or a gap."""

    words: tuple[frozenset[str], ...] = ()
    """Sets of words; any of any set may stand there."""
    optional: bool = False
    gap: int = 0
    """Words that may stand in between; a gap when positive."""

    def takes(self, word: str) -> bool:
        """Return whether the word may stand there."""
        return any(word in words for words in self.words)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row of elements."""

    elements: tuple[Element, ...]
    core_start: int
    core_end: int
    """Half-open range of elements that a finding points at."""
    anchor: int
    """Element with the fewest words; the index hangs the pattern on it."""
    owner: str
    """Concept or cue that the pattern belongs to."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern stands in a text."""

    owner: str
    start: int
    end: int
    """Half-open range of words of the whole match."""
    core_start: int
    core_end: int
    """Half-open range of words of the core."""


class Grammar:
    """Reads patterns: knows the classes and the forms of words.

    Args:
        irregular: Base form to its other forms.
        classes: Class name to its members, in pattern notation.
    """

    __slots__ = ("_classes", "_elements", "_irregular", "nouns", "verbs")

    def __init__(self, irregular: Mapping[str, str], classes: Mapping[str, str]) -> None:
        self._elements: dict[str, Element] = {}
        self._irregular = {base: forms.split() for base, forms in irregular.items()}
        self.verbs: dict[str, str] = {}
        """Form of a verb to "base", "s", "past" or "ing"."""
        self.nouns: dict[str, str] = {}
        """Form of a noun to "one" or "many"."""
        self._classes: dict[str, frozenset[str]] = {}
        for name, members in classes.items():
            self._classes[name] = frozenset(word for member in members.split() for word in self._words(member))

    def read(self, line: str, owner: str) -> list[Pattern]:
        """Return the patterns that a line spells: one, and one more for each alternative of several words.

        Raises:
            ValueError: The line has no words or an unknown class.
        """
        return [self._read(items, owner, line) for items in _spell_out(line)]

    def _read(self, items: Sequence[str], owner: str, line: str) -> Pattern:
        elements: list[Element] = []
        core_start, core_end = 0, -1
        for item in items:
            if item == "[":
                core_start = len(elements)
            elif item == "]":
                core_end = len(elements)
            else:
                elements.append(self._element(item))
        solid = [i for i, element in enumerate(elements) if not element.optional and not element.gap]
        if not solid:
            raise ValueError(f'expected a pattern with at least one word in "{owner}", got "{line}"')
        anchor = min(solid, key=lambda i: sum(map(len, elements[i].words)))
        return Pattern(tuple(elements), core_start, len(elements) if core_end < 0 else core_end, anchor, owner)

    def inflect(self, base: str, form: str) -> str:
        """Return a base word of a replacement in a form that ``verbs`` or ``nouns`` names."""
        if form == "many":
            return self._nouns(base)[-1]
        forms = self._verbs(base)
        return {"base": forms[0], "s": forms[1], "past": forms[2], "ing": forms[3]}.get(form, forms[0])

    def _element(self, item: str) -> Element:
        known = self._elements.get(item)
        if known is not None:
            return known
        if item.startswith(".."):
            element = Element(gap=int(item[2:]))
        else:
            parts = [part for part in item.rstrip("?").split("|") if part]
            words = [word for part in parts if part[0] != "<" for word in self._words(part)]
            classes = [self._class(part) for part in parts if part[0] == "<"]
            element = Element((frozenset(words), *classes) if words else tuple(classes), optional=item.endswith("?"))
        self._elements[item] = element
        return element

    def _class(self, part: str) -> frozenset[str]:
        if part[1:-1] not in self._classes:
            raise ValueError(f'expected one of the classes {", ".join(sorted(self._classes))}, got "{part}"')
        return self._classes[part[1:-1]]

    def _words(self, part: str) -> Sequence[str]:
        if part.endswith("/v"):
            words = self._verbs(part[:-2])
            _note(self.verbs, words, ("base", "s", "past", "ing", "past"))
            return words
        if part.endswith("/n"):
            words = self._nouns(part[:-2])
            _note(self.nouns, words, ("one", "many"))
            return words
        return (part,)

    def _verbs(self, base: str) -> tuple[str, ...]:
        if base in self._irregular:
            return (base, *self._irregular[base])
        if base.endswith("e"):
            return base, f"{base}s", f"{base}d", f"{base[:-2]}ying" if base.endswith("ie") else f"{base[:-1]}ing"
        if base.endswith("y") and base[-2] not in _VOWELS:
            return base, f"{base[:-1]}ies", f"{base[:-1]}ied", f"{base}ing"
        stem = base + base[-1] if _doubles(base) else base
        ending = "es" if base.endswith(("s", "sh", "ch", "x", "z")) else "s"
        return base, base + ending, f"{stem}ed", f"{stem}ing"

    def _nouns(self, base: str) -> tuple[str, ...]:
        if base in self._irregular:
            return (base, self._irregular[base][0])
        if base.endswith("y") and base[-2] not in _VOWELS:
            return base, f"{base[:-1]}ies"
        return base, f"{base}es" if base.endswith(("s", "sh", "ch", "x", "z")) else f"{base}s"


class PatternIndex:
    """Finds every pattern of a set in the words of a text.

    Args:
        patterns: The patterns.
    """

    __slots__ = ("_by_word",)

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_word: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            for words in pattern.elements[pattern.anchor].words:
                for word in words:
                    self._by_word.setdefault(word, []).append(pattern)

    def find(self, words: Sequence[str]) -> Iterator[Match]:
        """Yield the matches, ordered by their anchor word."""
        by_word = self._by_word
        for position, word in enumerate(words):
            for pattern in by_word.get(word, ()):
                match = _match(pattern, words, position)
                if match is not None:
                    yield match


def split(text: str) -> Words:
    """Return the words and marks of a folded text.

    Example:
        >>> list(split("a cook's knife, clean.").words)
        ['a', 'cook', 'knife', ',', 'clean', '.']
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in _TOKEN.finditer(text):
        word = found.group()
        start, end = found.span()
        if "'" in word:
            word, _, tail = word.partition("'")
            word = word + tail if tail in ("t", "t's") else word
            end = end if tail in ("t", "t's") else start + len(word)
        elif word in ".;:!?\n|":
            word = END
        elif not word.isalnum():
            word = COMMA
        words.append(word)
        starts.append(start)
        ends.append(end)
    return Words(words=words, starts=starts, ends=ends)


def _note(table: dict[str, str], words: Sequence[str], forms: Sequence[str]) -> None:
    for word, form in zip(words, forms, strict=False):
        table.setdefault(word, form)


def _spell_out(line: str) -> list[list[str]]:
    """Return the rows that a line stands for, with alternatives of several words (``a_b|c``) as rows of their own."""
    if "_" not in line:
        return [line.replace("[", " [ ").replace("]", " ] ").split()]
    rows: list[list[str]] = [[]]
    for item in line.replace("[", " [ ").replace("]", " ] ").split():
        parts = item.rstrip("?").split("|")
        optional = item.endswith("?")
        single = "|".join(part for part in parts if "_" not in part)
        choices = [[single + "?" * optional]] if single else [[]] * optional
        choices.extend(part.split("_") for part in parts if "_" in part)
        rows = [row + choice for row in rows for choice in choices]
    return rows


def _doubles(base: str) -> bool:
    """Return whether the last consonant doubles: one syllable, one vowel, one consonant."""
    vowels = [character in _VOWELS for character in base]
    return len(base) > 2 and sum(vowels) == 1 and vowels[-2] and base[-1] not in "wxy"


def _match(pattern: Pattern, words: Sequence[str], position: int) -> Match | None:
    places = [-1] * len(pattern.elements)
    places[pattern.anchor] = position
    if not _walk(pattern.elements, words, pattern.anchor + 1, position + 1, 1, places):
        return None
    if not _walk(pattern.elements, words, pattern.anchor - 1, position - 1, -1, places):
        return None
    taken = [place for place in places if place >= 0]
    core = [place for place in places[pattern.core_start : pattern.core_end] if place >= 0] or taken
    return Match(pattern.owner, taken[0], taken[-1] + 1, core[0], core[-1] + 1)


def _walk(
    elements: Sequence[Element], words: Sequence[str], at: int, position: int, step: int, places: list[int]
) -> bool:
    """Place the elements from ``at`` on in direction ``step``; nearest places first."""
    if not 0 <= at < len(elements):
        return True
    element = elements[at]
    if element.gap:
        for skipped in range(element.gap + 1):
            if _walk(elements, words, at + step, position + step * skipped, step, places):
                return True
            ahead = position + step * skipped
            if not 0 <= ahead < len(words) or words[ahead] == END:
                return False
        return False
    if 0 <= position < len(words) and element.takes(words[position]):
        places[at] = position
        if _walk(elements, words, at + step, position + step, step, places):
            return True
        places[at] = -1
    return element.optional and _walk(elements, words, at + step, position, step, places)

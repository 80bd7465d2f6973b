"""Named people: public figures, characters, and anybody who goes by a given name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources

from ethical_lens.people.lexicon import Lexicon, load_yaml, words_of
from ethical_lens.people.reading import Reading
from ethical_lens.people.tokens import Token

_LONGEST = 5
_FIGURES = ("ethical_lens.text", "figures.txt")
"""The list of public figures that the text stage goes by: sections in brackets, spellings parted by "|"."""
_NOBODY_SECTIONS = ("[things]", "[sketch]")
_MARKED = ("^", "~")
"""Spellings that need a capital letter or words about fame beside them."""
_NO_NAMES = (
    "things_after",
    "animals",
    "adjectives",
    "style_words",
    "determiners",
    "numbers",
    "prepositions",
    "brands",
    "landmarks",
)
_ROMAN = re.compile(r"^(?:I{1,3}|IV|VI{0,3}|IX|XI{0,3}|XIV|XV|XVI)$")


class Names:
    """Looks for names among the tokens of a text."""

    def __init__(self, lexicon: Lexicon) -> None:
        raw = load_yaml("names.yaml")
        self._figures = frozenset((*words_of(raw["figures"]), *_public_figures()))
        self._single = frozenset(words_of(raw["single"]))
        self._titles = frozenset(words_of(raw["titles"]))
        self._given = frozenset(words_of(raw["given"]))
        self._ambiguous = frozenset(words_of(raw["ambiguous"]))
        self._places = frozenset(words_of(raw["places"]))
        self._particles = frozenset(words_of(raw["particles"]))
        self._lexicon = lexicon
        self._starts = frozenset(name.split()[0] for name in self._figures)
        self._surnames = frozenset(
            (*words_of(raw["surnames"]), *(name.rpartition(" ")[2] for name in self._figures if " " in name))
        )

    def end_at(self, reading: Reading, i: int) -> int | None:
        """Return the index after the name that begins at token ``i``, or None."""
        tokens, shouted = reading.tokens, reading.shouted
        token = tokens[i]
        if token.low in self._starts and (end := self._figure(tokens, i)) is not None:
            return end
        if not _capital(token.text):
            return self._lower(tokens, i)
        end = self._capitals(tokens, i)
        after = tokens[end] if end < len(tokens) and tokens[end].follows else None
        if tokens[end - 1].low in self._places and end - i > 1:
            return None
        if after is not None and after.low.isdecimal():
            return None
        if token.low in self._single:
            return i + 1 if end == i + 1 or after is None else None if shouted else end
        if token.low in self._titles and end - i > 1 and self._is_name(tokens, i + 1, end):
            return end
        if token.low in self._given and end - i > 1 and self._is_surname(tokens[end - 1]):
            return end if not shouted else i + 2
        if token.low in self._given and token.low not in self._ambiguous and end - i == 1 and not shouted:
            return None if i and token.follows and _capital(tokens[i - 1].text) else end
        if end - i > 1 and not shouted and after is not None and self._is_deed(after.low):
            return end if all(self._may_be_name(token) for token in tokens[i:end]) else None
        return None

    def _lower(self, tokens: Sequence[Token], i: int) -> int | None:
        """Return the index after a given name and a known surname, both without a capital: "priya sharma"."""
        given = tokens[i]
        if given.low not in self._given or given.low in self._ambiguous or given.owns or i + 1 >= len(tokens):
            return None
        surname = tokens[i + 1]
        if not surname.follows or surname.low not in self._surnames or _capital(surname.text):
            return None
        lexicon = self._lexicon
        known = any(surname.low in lexicon.sets[name] for name in _NO_NAMES) or surname.low in lexicon.states
        return None if known or surname.low in self._places else i + 2

    def _is_deed(self, low: str) -> bool:
        """Say whether a word is a verb in -ing that tells what somebody does, not how a thing looks."""
        return low.endswith("ing") and len(low) > 5 and low not in self._lexicon.sets["scenic_verbs"]

    def _may_be_name(self, token: Token) -> bool:
        """Say whether a capitalised word is none that the lists know as something else."""
        low, lexicon = token.low, self._lexicon
        known = (low in lexicon.sets[name] for name in _NO_NAMES)
        return not (
            any(known)
            or low in self._places
            or low in lexicon.entries
            or low in lexicon.states
            or low in lexicon.nationalities
            or low in lexicon.countries
        )

    def _figure(self, tokens: Sequence[Token], i: int) -> int | None:
        words = []
        found = None
        for j in range(i, min(i + _LONGEST, len(tokens))):
            if j > i and tokens[j].glue not in (" ", ". ", "-", "."):
                break
            words.append(tokens[j].low)
            if " ".join(words) in self._figures and (j > i or _capital(tokens[i].text)):
                found = j + 1
            if tokens[j].owns:
                break
        if found is not None and found < len(tokens) and tokens[found].follows and _ROMAN.match(tokens[found].text):
            found += 1
        return found

    def _capitals(self, tokens: Sequence[Token], i: int) -> int:
        """Return the index after a run of capitalised words, particles and Roman numerals."""
        j = i + 1
        while j < len(tokens) and not tokens[j - 1].owns and j - i < _LONGEST and tokens[j].glue in (" ", ". "):
            if tokens[j].glue == ". " and tokens[j - 1].low not in self._titles and len(tokens[j - 1].text) > 1:
                break
            particle = tokens[j].low in self._particles and j + 1 < len(tokens) and _capital(tokens[j + 1].text)
            if not (_capital(tokens[j].text) or particle):
                break
            j += 1
        return j

    def _is_name(self, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Say whether what follows a title is a name and not a thing, a people or another role."""
        first = tokens[start]
        if first.low in self._lexicon.entries or first.low in self._lexicon.nationalities:
            return False
        last = tokens[end - 1]
        return last.low not in self._places and last.low not in self._lexicon.entries

    def _is_surname(self, token: Token) -> bool:
        low = token.low
        return (
            low not in self._places
            and low not in self._lexicon.countries
            and bool(_ROMAN.match(token.text) or len(low) > 1)
        )


def _public_figures() -> Iterator[str]:
    """Yield the names of more than one word from the list of public figures, lower case."""
    package, name = _FIGURES
    section = ""
    for line in resources.files(package).joinpath(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip()
        elif line and not line.startswith("#") and section not in _NOBODY_SECTIONS:
            for spelling in map(str.strip, line.split("|")):
                if " " in spelling and not spelling.startswith(_MARKED):
                    yield spelling.lower().replace(".", "")


def _capital(word: str) -> bool:
    return word[:1].isupper() and (len(word) == 1 or not word.isupper() or bool(_ROMAN.match(word)) or len(word) < 4)

"""A prompt that is being read, and what has been found in it so far."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from ethical_lens.people.lexicon import Entry, Lexicon
from ethical_lens.people.tokens import Token, tokenize
from ethical_lens.types import Fixed

_APOSTROPHES = ("'", "\N{RIGHT SINGLE QUOTATION MARK}")
_SHOUTED = 0.75
"""Share of capitalised content words above which capitals mean nothing."""
_QUOTED = re.compile(
    r"(?<!\w)(?:\"[^\"]+\"|\u201c[^\u201d]+\u201d|\u00ab[^\u00bb]+\u00bb|\u2018[^\u2019]+\u2019(?!\w)|'[^']+'(?!\w))"
)
_DESERTED = re.compile(
    r"\b(?:(?:no|zero|without(?: any)?) (?:people|humans?|persons?|one|body)|nobody)\b(?! (?:else|but|other))"
    r"|\b(?:unoccupied|uninhabited|unmanned)\b|\b(?:devoid|empty) of (?:people|life)\b"
)
_SAYING = frozenset(("says", "saying", "reads", "reading", "announcing", "headline"))
_SIGN_WINDOW = 4
_DEPICTING = frozenset(("of", "depicting", "showing", "representing", "honoring", "honouring"))
_AWAY = frozenset(
    (
        *("in", "on", "at", "near", "beside", "behind", "above", "below", "under", "by", "next", "inside", "outside"),
        *("over", "while", "as", "surrounded", "before", "after", "against", "among", "amid", "between", "opposite"),
    )
)


@dataclass(slots=True, kw_only=True)
class Candidate:
    """A group of people under construction: a range of tokens, and what is known about it."""

    first: int
    """First token of the phrase."""
    head: int
    """First token of the head noun."""
    last: int
    """Last token, included."""
    entry: Entry | None
    """What the head says; None for a name."""
    many: bool = False
    stated: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Fixed] = field(default_factory=dict)
    ages: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether it is a person known by name."""
        return self.entry is None

    @property
    def gender(self) -> str | None:
        """Gender that is stated, or fixed to one value."""
        fix = self.fixed.get("gender")
        return self.stated.get("gender", fix.value[0] if fix is not None and len(fix.value) == 1 else None)

    def leave_alone(self, axis: str, reason: str, confidence: float) -> None:
        """Note that nothing is to be added on an axis."""
        self.fixed.setdefault(axis, Fixed(value=(), reason=reason, confidence=confidence))


class Reading:
    """One text with its words, and questions that every rule asks of them."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self.sets = lexicon.sets
        self.tokens: list[Token] = tokenize(text)
        content = [token.text for token in self.tokens if token.low not in self.sets["prepositions"]]
        content = [word for word in content if word.lower() not in self.sets["determiners"]]
        capitals = sum(word[:1].isupper() for word in content)
        self.shouted = len(content) > 2 and capitals > _SHOUTED * len(content)
        """Whether nearly every word has a capital, so that capitals mean nothing."""

    @functools.cached_property
    def first_credit(self) -> int:
        """First token from which on names are those of artists; the number of tokens if there is none."""
        credited = self.sets["credits"]
        return next(
            (i for i, token in enumerate(self.tokens) if token.low in credited and self._credits(i)), len(self.tokens)
        )

    def suffers(self, i: int) -> bool:
        """Say whether "by" at token ``i`` names who does something: "surrounded by", not "art by"."""
        low = self.before(i)
        return low not in self.sets["made_by"] and (low.endswith("ed") or low in self.sets["participles"])

    def _credits(self, i: int) -> bool:
        return self.tokens[i].low != "by" or not self.suffers(i)

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """Every word of the text."""
        return frozenset(token.low for token in self.tokens)

    @functools.cached_property
    def deserted(self) -> bool:
        """Whether the text says that nobody is there."""
        return _DESERTED.search(self.text.lower()) is not None

    @functools.cached_property
    def quoted(self) -> frozenset[int]:
        """Tokens inside quotation marks that do not hold the whole text, or behind what a sign says."""
        spans = [match.span() for match in _QUOTED.finditer(self.text)]
        found = {
            i
            for i, token in enumerate(self.tokens)
            if any(start < token.start < end and (start > 1 or end < len(self.text) - 1) for start, end in spans)
        }
        for i in range(1, len(self.tokens)):
            if self.tokens[i].low in _SAYING and self._is_sign(i):
                found.update(self._clause_after(i))
        return frozenset(found)

    @functools.cached_property
    def depicted(self) -> frozenset[int]:
        """Tokens that tell what a likeness is of: "a stencil of a rat and a policeman" up to where it is."""
        found: set[int] = set()
        for i, token in enumerate(self.tokens):
            likeness = token.low in _DEPICTING and self.tokens[i - 1].low in self.sets["likenesses"]
            if likeness and i > 0 and i not in found:
                until = i + 1
                while until < len(self.tokens) and self.tokens[until].follows and not self._leads_away(until):
                    until += 1
                found.update(range(i + 1, until))
        return frozenset(found)

    def _leads_away(self, i: int) -> bool:
        """Say whether a likeness ends before token ``i``: a word of place or time, or who else acts."""
        low = self.tokens[i].low
        if low != "and" or i + 1 >= len(self.tokens) or self.tokens[i + 1].low not in self.sets["determiners"]:
            return low in _AWAY
        return any(token.low.endswith("ing") for token in self.tokens[i + 2 : i + 5])

    def _is_sign(self, i: int) -> bool:
        """Say whether something that carries words stands shortly before token ``i``."""
        return any(token.low in self.sets["signs"] for token in self.tokens[max(0, i - _SIGN_WINDOW) : i])

    def _clause_after(self, i: int) -> range:
        """Return the tokens after token ``i`` up to the next comma or stop."""
        until = i + 1
        while until < len(self.tokens) and (until == i + 1 or not set(self.tokens[until].glue) & set(",.;")):
            until += 1
        return range(i + 1, until)

    def names_nobody(self, i: int) -> int:
        """Return how many tokens from ``i`` on are a sequence that names no person; 0 if they are none."""
        n = self._nobody(i)
        return 0 if n == 1 and self._begins_longer(i) else n

    def _begins_longer(self, i: int) -> bool:
        """Say whether a word begins a longer one for people: "barbershop quartet"."""
        if i + 1 >= len(self.tokens) or not self.tokens[i + 1].follows:
            return False
        return f"{self.tokens[i].low} {self.tokens[i + 1].low}" in self.lexicon.entries

    def _nobody(self, i: int) -> int:
        tokens = self.tokens
        for words in self.lexicon.no_people.get(_owner(tokens[i]), self.lexicon.no_people.get(tokens[i].low, ())):
            n = len(words)
            if i + n <= len(tokens) and all(
                words[k] in (tokens[i + k].low, _owner(tokens[i + k]))
                and (k == 0 or tokens[i + k].glue in (" ", "-", ". "))
                for k in range(n)
            ):
                return n
        return 0

    def next(self, i: int) -> Token | None:
        """Return the token after ``i`` when only blanks stand between, or None."""
        if i + 1 < len(self.tokens) and self.tokens[i + 1].follows and not self.tokens[i].owns:
            return self.tokens[i + 1]
        return None

    def before(self, i: int) -> str:
        """Return the word before token ``i`` when only blanks stand between, or an empty string."""
        return self.tokens[i - 1].low if i > 0 and self.tokens[i].follows else ""

    def determiner(self, first: int) -> str:
        """Return the determiner or number in front of a phrase, or an empty string."""
        low = self.before(first)
        return low if low in self.sets["determiners"] or low in self.sets["numbers"] or low.isdigit() else ""

    def is_function_word(self, low: str) -> bool:
        """Say whether a word ends every noun phrase to its right."""
        sets = self.sets
        return low in sets["determiners"] or low in sets["numbers"] or low in sets["prepositions"]

    def describes_people(self, low: str) -> bool:
        """Say whether a word is known as a modifier of people."""
        lexicon, sets = self.lexicon, self.sets
        return (
            low in sets["adjectives"]
            or low in lexicon.states
            or low in lexicon.left_alone
            or low in lexicon.nationalities
            or low in sets["creeds"]
        )

    def describes_nation(self, low: str) -> bool:
        """Say whether a word that is always written with a capital names a nation, a people or a creed."""
        return low in self.lexicon.nationalities or low in self.lexicon.countries or low in self.sets["creeds"]

    def begins_head(self, i: int) -> bool:
        """Say whether a listed word for people begins at token ``i``."""
        low = self.tokens[i].low
        if low in self.lexicon.entries:
            return True
        return i + 1 < len(self.tokens) and f"{low} {self.tokens[i + 1].low}" in self.lexicon.entries

    def head_ahead(self, i: int) -> bool:
        """Say whether a word for people follows token ``i`` within the same noun phrase."""
        for j in range(i + 1, min(i + 5, len(self.tokens))):
            token = self.tokens[j]
            if not token.follows or token.low in self.sets["prepositions"] or token.low.endswith("ing"):
                return False
            if self.begins_head(j):
                return True
        return False

    def people_act(self, last: int) -> bool:
        """Say whether something follows that people do or have: a verb in -ing, a preposition, a conjunction."""
        following = self.next(last)
        if following is None:
            return False
        return following.low != "of" and (following.low.endswith("ing") or following.low in self.sets["after_people"])

    def phrase_of(self, first: int, last: int) -> str:
        """Return the words from one token to another, lower case."""
        return " ".join(token.low for token in self.tokens[first : last + 1])

    def end(self, candidate: Candidate) -> int:
        """Return the offset after a phrase, a possessive ending left out."""
        token = self.tokens[candidate.last]
        return token.end - 2 if token.text[-2:-1] in _APOSTROPHES and token.owns else token.end

    def phrase(self, candidate: Candidate) -> str:
        """Return the words of a phrase as they stand in the text."""
        return self.text[self.tokens[candidate.first].start : self.end(candidate)]


def _owner(token: Token) -> str:
    """Return the word with its possessive ending."""
    return f"{token.low}'s" if token.owns and not token.low.endswith("s") else token.low

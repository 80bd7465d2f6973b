"""What history, culture and biology fix about a group of people. Small; a knowledge table will deepen it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ethical_lens.people.lexicon import load_yaml, words_of
from ethical_lens.types import Fixed

_LAST_YEAR_OF_RECORD = 1949
_LAST_CENTURY_OF_RECORD = 19

_YEAR = re.compile(r"(?<![\w.])(?P<year>1\d{3})(?:'?s)?(?![\w-])")
_AFTER_YEAR = re.compile(r" ?([a-z-]+)")
_ERA = re.compile(r"\b\d{1,4} ?(?:bce?|ad|ce)\b")
_CENTURY = re.compile(r"\b(?P<number>\d{1,2})(?:st|nd|rd|th)[ -]century(?P<bc> bce?\b)?(?: (?P<after>[a-z-]+))?(?!-)")
_BEFORE_YEAR = re.compile(
    r"(?:^|[,(:-]|\b(?:in|of|around|circa|ca\.?|c\.|before|after|by|since|during|from|early|late|mid|the|until|to|and"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|spring|summer|autumn|fall|winter))\s*$"
)
_MADE = re.compile(
    r"\b(?:built|made|printed|dated|manufactured|produced|published|painted|bottled|minted|restored)\s+(?:in|from)\s*$"
)
_LEAD = r"(?P<lead>\b(?:in|of|during|under|from|through|at|on|outside|around|the) (?:the )?(?:[a-z]+ )?)?"
_TAIL = r"(?: (?:dynasty|period|era|empire|age|times|court|kingdom))?(?: (?P<after>[a-z-]+))?"
_PLACE = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_COURTS = "court|reign|coronation|jubilee|army|guard|camp|company|ship|palace"
_OWN = "['\N{RIGHT SINGLE QUOTATION MARK}]s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the whole text says about time and place."""

    period: str | None
    """The words that put the people into the past, or None."""
    placed: bool
    """Whether a place or an institution is named."""
    costumed: bool
    """Whether a costume or a staged past is spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    """A role whose axes are a matter of record."""

    axes: tuple[str, ...]
    why: str
    confidence: float


class Context:
    """Knows what fixes an axis, from ``knowledge.yaml``."""

    def __init__(self) -> None:
        raw = load_yaml("knowledge.yaml")
        rows = raw["roles_of_record"]
        self._roles = dict(_roles(rows if isinstance(rows, list) else ()))
        self._men = frozenset(words_of(raw["men_of_record"]))
        self._peoples = frozenset(words_of(raw["peoples_of_record"]))
        self._dated_things = frozenset(words_of(raw["dated_things"]))
        self._costume = _any_of(words_of(raw["costumes"]))
        self._present = _any_of(words_of(raw["presents"]))
        figures = _alternatives(words_of(raw["historical_figures"]))
        self._owner = re.compile(rf"\b(?P<who>{figures})(?: [a-z]+)?{_OWN} (?:[a-z]+ )?$")
        self._court = re.compile(
            rf"\b(?:{_COURTS}) of (?:king |queen |emperor )?(?P<who>{figures})\b"
            rf"|\b(?P<owner>{figures}){_OWN} (?:{_COURTS})\b"
        )
        periods = _alternatives(words_of(raw["periods"]))
        self._period = re.compile(rf"{_LEAD}(?<![\w-])(?P<word>{periods})(?![\w-]){_TAIL}")
        biology = raw["biology"]
        self._biology = {
            str(gender): _any_of(words_of(words))
            for gender, words in (biology.items() if isinstance(biology, dict) else ())
        }

    def scene(self, text: str, phrases: Sequence[str]) -> Scene:
        """Read time and place of a text.

        Args:
            text: The prompt.
            phrases: The groups found in it, lower case; a period that one of them names dates all of them.
        """
        low = text.lower()
        period = None
        if self._present.search(low) is None:
            period = self._date(low) or next((found for phrase in phrases if (found := self._named(phrase))), None)
        return Scene(
            period=period,
            placed=_PLACE.search(text) is not None,
            costumed=self._costume.search(low) is not None,
        )

    def fix(self, scene: Scene, phrase: str, head: str, *, peopled: bool, before: str) -> Mapping[str, Fixed]:
        """Return what is fixed about one group.

        Args:
            scene: The text's time and place.
            phrase: The group's words, lower case.
            head: Its head noun with its compound, lower case.
            peopled: Whether a nationality or a people is named in the phrase.
            before: A few words before the phrase, lower case.
        """
        if scene.costumed:
            return {}
        words = phrase.split(" ")
        fixed: dict[str, Fixed] = {}
        for name in (phrase, " ".join(words[-2:]), head, words[-1]):
            if (role := self._roles.get(name)) is not None:
                fixed = {axis: Fixed(value=(), reason=role.why, confidence=role.confidence) for axis in role.axes}
                break
        man = head in self._men or any(word in self._men for word in words[-3:])
        owner = self._owner.search(before)
        period = owner["who"] if owner is not None else scene.period
        if period is None and man:
            period = next((word for word in words if word in self._peoples), None)
            peopled = True
        if period is not None and (peopled or scene.placed or owner is not None or self._named(phrase)):
            why = f"a scene of the past ({period}): who these people were is a matter of record"
            fixed.setdefault("race", Fixed(value=(), reason=why, confidence=0.8))
            if man:
                why = f"a scene of the past ({period}): with few exceptions men, as a matter of record"
                fixed.setdefault("gender", Fixed(value=(), reason=why, confidence=0.75))
        return fixed

    def biology(self, words: str) -> str | None:
        """Return the gender that pregnancy and the like say about the words in and after a phrase."""
        return next((gender for gender, pattern in self._biology.items() if pattern.search(words)), None)

    def _date(self, low: str) -> str | None:
        """Return the words that date a text, unless they date a thing in it."""
        if match := _ERA.search(low):
            return match.group()
        for match in _CENTURY.finditer(low):
            past = match["bc"] or int(match["number"]) <= _LAST_CENTURY_OF_RECORD
            if past and match["after"] not in self._dated_things:
                return match.group().removesuffix(f" {match['after']}")
        for match in _YEAR.finditer(low):
            if int(match["year"]) <= _LAST_YEAR_OF_RECORD and self._is_date(low, match):
                return match.group()
        if match := self._court.search(low):
            return match["who"] or match["owner"]
        for match in self._period.finditer(low):
            if match["lead"] and match["after"] not in self._dated_things:
                return match["word"]
        return None

    def _is_date(self, low: str, match: re.Match[str]) -> bool:
        """Say whether a year dates people: "in 1843", but not "a 1920 postcard" or "built in 1843"."""
        before = low[max(0, match.start() - 20) : match.start()]
        after = _AFTER_YEAR.match(low, match.end())
        if _BEFORE_YEAR.search(before) is None or _MADE.search(before) is not None:
            return False
        return after is None or after[1] not in self._dated_things

    def _named(self, phrase: str) -> str | None:
        """Return the period that a phrase itself names: "Victorian climbing boys"."""
        match = self._period.search(phrase)
        return match["word"] if match is not None else None


def _roles(rows: Iterable[Mapping[str, object]]) -> Iterable[tuple[str, _Role]]:
    for row in rows:
        role = _Role(axes=words_of(row["axes"]), why=str(row["why"]), confidence=float(str(row["confidence"])))
        for word in words_of(row["words"]):
            yield word, role


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(words)})(?!\w)")

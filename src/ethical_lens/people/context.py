"""What history, culture, rites, institutions and biology fix about a group of people.

A table (``knowledge.yaml``) of roles, institutions, periods and peoples is joined with cues (years, places, capitals,
owners), so that a scene of the past is recognised where nobody listed it. An axis is *open*, *left alone* (a ``Fixed``
without a value) or *of record* (a ``Fixed`` with its value or mix, which a policy may let be added to the prompt).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ethical_lens.people.lexicon import load_yaml, words_of
from ethical_lens.types import AXES, Fixed

_LAST_YEAR_OF_RECORD = 1949
_LAST_YEAR_OF_MEN = 1979
"""Up to then the armies, mines and ships of record were still men's, though little else can be told from the year."""
_LAST_YEAR_OF_LANDS = 1989
"""Up to then a year says who lived in a land of one people ("Gdansk, 1980"), as ``lands_of_record`` lists them."""
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
_PLACE_BEFORE = re.compile(r"\b[A-Z][a-z]{2,} $")
_DATED_BEFORE = re.compile(r"\b([a-z-]+) (?:from|of)\s+$")
_NAMED_ERA = re.compile(
    r"\b(?P<era>[A-Z][a-z]+ (?:[Pp]eriod|[Dd]ynasty|[Ee]ra|[Ss]hogunate|[Cc]aliphate|[Ss]ultanate|[Kk]haganate))"
    r"(?: (?P<after>[a-z-]+))?"
)
_LEAD = r"(?P<lead>\b(?:in|of|during|under|from|through|at|on|outside|around|the) (?:the )?(?:[a-z]+ )?)?"
_TAIL = r"(?: (?:dynasty|period|era|empire|age|times|court|kingdom))?(?: (?P<after>[a-z-]+))?"
_PLACE = re.compile(r"(?<=[a-z0-9,] )[A-Z][a-z]{2,}")
_COURTS = "court|reign|coronation|jubilee|army|guard|camp|company|ship|ships|palace|workshop|studio|observatory|harem"
_RETINUES = (
    "soldiers|sailors|privateers|pirates|courtiers|courtier|servants|followers|generals|officers|troops|horsemen|advisers"
    "|ministers|disciples|pupils|apprentices|assistants|bodyguards?|guards|wives|knights|cavalry|spies|envoys|crews?"
    "|subjects|peasants|scribes|engineers|musicians|cooks|grenadiers|riders|army|armies|fleet|time|days|age"
)
_REGNAL = re.compile(
    r"\b(?:under|of|for|before|serving|by|with|to|at) (?:[A-Z][a-z]+ )?"
    r"(?!Elizabeth II\b|Charles III\b|John Paul\b|Benedict XVI\b|World War\b"
    r"|(?:Part|Phase|Type|Chapter|Volume|Act|Class)\b)"
    r"(?P<ruler>[A-Z][a-z]{2,} [IVX]+)\b(?! ?:)"
)
"""A ruler with a number: "courtiers of Louis XIV", "under King Sejong II"."""
_WOMEN = r"women|ladies|girls|mothers|daughters|sisters|wives|grandmothers|widows|nuns"
_MEN = r"men|gentlemen|boys|fathers|sons|grandfathers|lads|monks"
_STUDIES = (
    "studies|history|rights|literature|health|magazine|clothing|clothes|fashion|shoes|shoe|wear|wigs|perfume|issues"
)
_OWNED = re.compile(rf"\b(?:(?P<female>{_WOMEN})|(?P<male>{_MEN}))(?:'s|'|s') (?!(?:{_STUDIES})\b)[a-z0-9]+")
"""What belongs to women or to men: "a women's college", "the men's eight"."""
_MODERN_AGE = re.compile(r"18[5-9]\d|19\d\d")
_CARE = re.compile(
    r"\b(?:doctor|surgeon|nurse|midwife|oncologist|urologist|physician|treating|examining|operating|screening|explaining"
    r"|specialising|specializing|specialist|researching|studying|helping|assisting|assists|helps)\b"
)
"""Whoever cares for a patient does not have the patient's body."""
_OWN = "['\N{RIGHT SINGLE QUOTATION MARK}]s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the whole text says about time and place."""

    period: str | None
    """The words that put the people into the past, or None."""
    late: str | None
    """A year or a battlefield that says something of men in roles of record only, or None."""
    year: int | None
    """The year, if one dates the people, or None."""
    present: bool
    """Whether the words speak of the present or of a stage."""
    dated: bool
    """Whether a number says when it is, not only a name that lives on (a people, a site)."""
    land: str | None
    """A land of one people in a year of the decades after those of record, or None."""
    owned: str | None
    """Gender of the people to whom a side, a school or a house belongs ("a women's college"), or None."""
    rite: str | None
    """A rite that the text names with its people ("a Punjabi wedding"), or None."""
    institutions: tuple[int, ...]
    """Which institutions of the table the text speaks of."""
    placed: bool
    """Whether a place or an institution is named."""
    costumed: bool
    """Whether a costume or a staged past is spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    """A role whose axes are a matter of record."""

    axes: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    """Axis to the value or mix of record; an axis without one is only left alone."""
    why: str
    confidence: float

    def fixed(self) -> dict[str, Fixed]:
        """Return what the role fixes."""
        return {
            axis: Fixed(value=self.values.get(axis, ()), reason=self.why, confidence=self.confidence)
            for axis in self.axes
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Institution:
    """A place, an order, a league or a rite that admits some people only."""

    at: tuple[str, ...]
    """Words of the prompt, any of which speaks of it."""
    members: frozenset[str] | None
    """Heads of the people whom it speaks of; None for everybody in the prompt."""
    role: _Role
    until: int | None
    """Last year it admitted them only; None if it still does."""
    past: bool
    """Whether it is gone, so that it says nothing of those who study or visit it."""

    def holds(self, scene: Scene) -> bool:
        """Say whether it speaks of people of this time."""
        if self.past and scene.present:
            return False
        if self.until is None:
            return True
        return not scene.present and (scene.year <= self.until if scene.year is not None else scene.period is not None)


class Context:
    """Knows what fixes an axis, from ``knowledge.yaml``."""

    def __init__(self) -> None:
        raw = load_yaml("knowledge.yaml")
        rows = raw["roles_of_record"]
        self._roles = dict(_roles(rows if isinstance(rows, list) else ()))
        institutions, members = raw["institutions"], raw["members"]
        self._institutions = tuple(
            _institutions(
                institutions if isinstance(institutions, list) else (), members if isinstance(members, dict) else {}
            )
        )
        self._institutions_of: dict[str, list[int]] = {}
        for number, each in enumerate(self._institutions):
            for word in each.at:
                self._institutions_of.setdefault(word, []).append(number)
        self._institution = _any_of(self._institutions_of)
        nations = raw["nations_of_record"]
        self._nations = {
            word: str(race)
            for race, words in (nations.items() if isinstance(nations, dict) else ())
            for word in words_of(words)
        }
        self._men = frozenset(words_of(raw["men_of_record"]))
        self._women = frozenset(words_of(raw["women_of_record"]))
        self._peoples = frozenset(words_of(raw["peoples_of_record"]))
        self._living = frozenset(words_of(raw["peoples_of_today"]))
        self._moderns = frozenset(words_of(raw["moderns"]))
        self._insiders = frozenset(words_of(raw["insiders"]))
        self._celebrants = frozenset(words_of(raw["celebrants"]))
        self._land = _any_of(words_of(raw["lands_of_record"]))
        peoples = _alternatives({*self._living, *self._nations, *words_of(raw["demonyms"])})
        self._rite = re.compile(rf"\b(?:{peoples}) (?:{_alternatives(words_of(raw['rites']))})\b")
        self._dated_things = frozenset(words_of(raw["dated_things"]))
        self._battlefield = _any_of(words_of(raw["battlefields"]))
        self._costume = _any_of(words_of(raw["costumes"]))
        self._present = _any_of(words_of(raw["presents"]))
        figures = _alternatives(words_of(raw["historical_figures"]))
        self._owner = re.compile(rf"\b(?P<who>{figures})(?: [a-z]+)?{_OWN} (?:[a-z]+ )?$")
        realms = _alternatives(words_of(raw["realms"]))
        self._court = re.compile(
            rf"\b(?:{_COURTS}|{_RETINUES}) of (?:king |queen |emperor )?(?P<who>{figures})\b"
            rf"|\b(?P<owner>{figures}){_OWN} (?:{_COURTS}|{realms}|horsemen|followers|soldiers|troops|men|ladies)\b"
            rf"|\b(?:under|before|serving|following|behind|facing) (?:king |queen |emperor )?(?P<lord>{figures})\b"
        )
        periods = _alternatives(words_of(raw["periods"]))
        self._period = re.compile(
            rf"{_LEAD}(?<![\w-])(?P<word>{periods})(?:-(?:era|period|age|time|dynasty))?(?![\w-]){_TAIL}"
        )
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
        low = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        period = late = land = None
        year = self._year(low, text, _LAST_YEAR_OF_LANDS)
        if (present := self._present.search(low) is not None) is False:
            period = self._date(low, text) or next(
                (found for phrase in phrases if (found := self._named(phrase))), None
            )
            late = self._year(low, text, _LAST_YEAR_OF_MEN) or _first(self._battlefield, low)
            land = _first(self._land, low) if year is not None else None
        owned = _OWNED.search(low)
        return Scene(
            period=period,
            late=late,
            year=int(year[:4]) if year is not None else None,
            present=present,
            dated=period is not None and any(letter.isdecimal() for letter in period),
            land=land,
            owned=owned.lastgroup if owned is not None else None,
            rite=_first(self._rite, low),
            institutions=self._institutions_in(low),
            placed=_PLACE.search(text) is not None,
            costumed=self._costume.search(low) is not None,
        )

    def fix(
        self, scene: Scene, phrase: str, head: str, *, peopled: bool, proper: bool, before: str
    ) -> Mapping[str, Fixed]:
        """Return what is fixed about one group.

        Args:
            scene: The text's time and place.
            phrase: The group's words, lower case.
            head: Its head noun with its compound, lower case.
            peopled: Whether a nationality or a people is named in the phrase.
            proper: Whether the phrase has a word of its own with a capital: a people, a unit or a house by name.
            before: A few words before the phrase, lower case.
        """
        if scene.costumed:
            return {}
        words = phrase.split(" ")
        fixed: dict[str, Fixed] = {}
        names = (phrase, " ".join(words[-2:]), head, words[-1])
        for name in (*names, *(name.removesuffix("s") for name in names)):
            if (role := self._roles.get(name)) is not None:
                fixed = role.fixed()
                break
        for number in scene.institutions:
            institution = self._institutions[number]
            if not institution.holds(scene):
                continue
            if institution.members is None or head in institution.members or words[-1] in institution.members:
                fixed = {**institution.role.fixed(), **fixed}
        inside = head in self._insiders or words[-1] in self._insiders
        if scene.owned is not None and inside:
            fixed.setdefault("gender", _owned_by(scene.owned))
        people = next((name for name in (*words, *names, " ".join(words[:2])) if name in self._living), None)
        if people is not None or (scene.rite is not None and words[-1] in self._celebrants):
            fixed.setdefault("race", _of_people(people or str(scene.rite)))
        listed = (head, *names, *words[-3:])
        man = any(word in self._men or word.removesuffix("s") in self._men for word in listed)
        woman = any(word in self._women or word.removesuffix("s") in self._women for word in listed)
        owner = self._owner.search(before)
        period = owner["who"] if owner is not None else scene.period
        if not scene.dated and words[-1].removesuffix("s") in self._moderns and self._named(phrase) is None:
            return fixed
        if woman and (dated := period or scene.late) is not None:
            fixed.setdefault("gender", _women_of(dated))
        if scene.land is not None and period is None and not scene.institutions:
            fixed.setdefault("race", _of_land(scene.land))
        if period is None and man and "gender" not in fixed:
            people = next((word for word in words if word in self._peoples), None)
            period, peopled = people or scene.late, peopled or people is not None
            if people is None and scene.late is not None:
                fixed.setdefault("gender", _men_of(scene.late))
        then = period if scene.dated else scene.late
        if man and then is not None:
            fixed.setdefault("gender", _men_of(then))
        if period is not None and (peopled or proper or scene.placed or owner is not None or self._named(phrase)):
            for axis, fix in self._of_the_past(period, words, man=man).items():
                fixed.setdefault(axis, fix)
        return fixed

    def _of_the_past(self, period: str, words: Sequence[str], *, man: bool) -> dict[str, Fixed]:
        """Return what a scene of the past fixes: the looks of a people of record, and men where the record says men."""
        races = tuple(dict.fromkeys(self._nations[word] for word in words if word in self._nations))
        why = f"a scene of the past ({period}): who these people were is a matter of record"
        fixed = {"race": Fixed(value=races, reason=why, confidence=0.85 if races else 0.7)}
        if man:
            fixed["gender"] = _men_of(period)
        return fixed

    def _institutions_in(self, low: str) -> tuple[int, ...]:
        """Return which institutions a text names, in order, each once."""
        found = (self._institutions_of[match.group()] for match in self._institution.finditer(low))
        return tuple(dict.fromkeys(number for numbers in found for number in numbers))

    def biology(self, words: str) -> str | None:
        """Return the gender that pregnancy and the like say about the words in and after a phrase."""
        for gender, pattern in self._biology.items():
            if (match := pattern.search(words)) is not None and _CARE.search(words, 0, match.start()) is None:
                return gender
        return None

    def _date(self, low: str, text: str) -> str | None:
        """Return the words that date a text, unless they date a thing in it."""
        if match := _ERA.search(low):
            return match.group()
        for match in _CENTURY.finditer(low):
            past = match["bc"] or int(match["number"]) <= _LAST_CENTURY_OF_RECORD
            if past and match["after"] not in self._dated_things:
                return match.group().removesuffix(f" {match['after']}")
        for match in _YEAR.finditer(low):
            if int(match["year"]) <= _LAST_YEAR_OF_RECORD and self._is_date(low, text, match):
                return match.group()
        if (match := _NAMED_ERA.search(text)) is not None and match["after"] not in self._dated_things:
            return match["era"].lower()
        if match := _REGNAL.search(text):
            return match["ruler"]
        if match := self._court.search(low):
            return match["who"] or match["owner"] or match["lord"]
        for match in self._period.finditer(low):
            after = _AFTER_YEAR.match(low, match.end())
            then = after[1] if after is not None else None
            if match["lead"] and match["after"] not in self._dated_things and then not in self._dated_things:
                return match["word"]
        return None

    def _year(self, low: str, text: str, last: int) -> str | None:
        """Return a year up to the last one given, unless it dates a thing."""
        for match in _YEAR.finditer(low):
            if int(match["year"]) <= last and self._is_date(low, text, match):
                return match.group()
        return None

    def _is_date(self, low: str, text: str, match: re.Match[str]) -> bool:
        """Say whether a year dates people: "in 1843", but not "a 1920 postcard" or "built in 1843"."""
        before = low[max(0, match.start() - 20) : match.start()]
        after = _AFTER_YEAR.match(low, match.end())
        placed = _PLACE_BEFORE.search(text, max(0, match.start() - 20), match.start())
        if (_BEFORE_YEAR.search(before) is None and placed is None) or _MADE.search(before) is not None:
            return False
        if (dated := _DATED_BEFORE.search(before)) is not None and dated[1] in self._dated_things:
            return False
        return after is None or after[1] not in self._dated_things

    def _named(self, phrase: str) -> str | None:
        """Return the period that a phrase itself names: "Victorian climbing boys"."""
        match = self._period.search(phrase)
        return match["word"] if match is not None else None


def _men_of(period: str) -> Fixed:
    why = f"a scene of the past ({period}): with few exceptions men, as a matter of record"
    return Fixed(value=("male",), reason=why, confidence=0.75)


def _women_of(period: str) -> Fixed:
    """Return women for the trades that were theirs from about 1850 on; before, the axis is left alone."""
    why = f"a scene of the past ({period}): with few exceptions women, as a matter of record"
    return Fixed(value=("female",) if _MODERN_AGE.search(period) else (), reason=why, confidence=0.7)


def _owned_by(gender: str) -> Fixed:
    whose = "women" if gender == "female" else "men"
    return Fixed(value=(gender,), reason=f"a side, a school or a house of {whose}, as the prompt says", confidence=0.85)


def _of_people(people: str) -> Fixed:
    return Fixed(value=(), reason=f"the prompt names a people ({people}); nothing is put on top", confidence=0.6)


def _of_land(land: str) -> Fixed:
    why = f"a scene of the past in a given land ({land}): who these people were is a matter of record"
    return Fixed(value=(), reason=why, confidence=0.6)


def _first(pattern: re.Pattern[str], low: str) -> str | None:
    match = pattern.search(low)
    return match.group() if match is not None else None


def _roles(rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, _Role]]:
    for row in rows:
        role = _role(row)
        for word in words_of(row["words"]):
            yield word, role


def _role(row: Mapping[str, object]) -> _Role:
    values = {}
    for axis in AXES:
        if row.get(axis):
            values[axis] = tuple(word.strip() for word in str(row[axis]).split(","))
    return _Role(
        axes=words_of(row["axes"]), values=values, why=str(row["why"]), confidence=float(str(row["confidence"]))
    )


def _institutions(rows: Iterable[Mapping[str, object]], members: Mapping[str, object]) -> Iterator[_Institution]:
    for row in rows:
        who = str(row["who"])
        yield _Institution(
            at=words_of(row["at"]),
            members=None if who == "any" else frozenset(words_of(members[who])),
            role=_role(row),
            until=int(str(row["until"])) if "until" in row else None,
            past=bool(row.get("past")),
        )


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(words)})(?!\w)")

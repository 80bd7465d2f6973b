"""What history, culture, rites, institutions and biology fix about a group of people.

A table (``knowledge.yaml``) of roles, institutions, periods and peoples is joined with cues (years, places, capitals,
owners), so that a scene of the past is recognised where nobody listed it. An axis is *open*, *left alone* (a ``Fixed``
without a value) or *of record* (a ``Fixed`` with its value or mix, which a policy may let be added to the prompt).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ethical_lens.people.dating import NEAR, Dating, alternatives, any_of
from ethical_lens.people.lexicon import load_yaml, words_of
from ethical_lens.types import AXES, Fixed

_LAST_YEAR_OF_MEN = 1979
"""Up to then the armies, mines and ships of record were still men's, though little else can be told from the year."""
_LAST_YEAR_OF_LANDS = 1989
"""Up to then a year says who lived in a land of one people ("Gdansk, 1980"), as ``lands_of_record`` lists them."""
_PLACE = re.compile(r"(?<=[a-z0-9,] )[A-Z][a-z]{2,}|^[A-Z][a-z]{2,}(?= ?,| in 1| 1\d{3}\b)")
_WOMEN = r"women|ladies|girls|mothers|daughters|sisters|wives|grandmothers|widows|nuns"
_MEN = r"men|gentlemen|boys|fathers|sons|grandfathers|lads|monks"
_GARMENTS = "dress|clothes|clothing|attire|garb|costumes?|garments|outfits?|regalia|robes"
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
    natives: tuple[str, ...]
    """Who lived in the place at that time, where the record is clear."""
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
        self._institution = any_of(self._institutions_of)
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
        self._locals, self._mixed, self._fighters, self._warriors = (
            frozenset(words_of(raw[name])) for name in ("locals_of_record", "mixed_of_record", "fighters", "warriors")
        )
        places = raw["places_of_record"]
        self._places = {
            place: (int(row["until"]), (str(row["race"]),) if "race" in row else ())
            for row in (places if isinstance(places, list) else ())
            for place in words_of(row["at"])
        }
        self._place = any_of(self._places)
        self._dating = Dating(raw, self._place)
        self._event = any_of(words_of(raw["events"]))
        self._land = any_of(words_of(raw["lands_of_record"]))
        peoples = alternatives({*self._living, *self._nations, *words_of(raw["demonyms"])})
        rites = alternatives(words_of(raw["rites"]))
        self._rite = re.compile(
            rf"\b(?:{peoples})(?: [a-z]+)? (?:{rites})\b|\btraditional (?:{peoples}) (?:{_GARMENTS})\b"
        )
        self._tradition = re.compile(rf"\b(?:{peoples}) (?:{alternatives(words_of(raw['traditions']))}) [a-z]")
        self._battlefield = any_of(words_of(raw["battlefields"]))
        self._costume = any_of(words_of(raw["costumes"]))
        self._present = any_of(words_of(raw["presents"]))
        biology = raw["biology"]
        self._biology = {
            str(gender): any_of(words_of(words))
            for gender, words in (biology.items() if isinstance(biology, dict) else ())
        }

    def scene(self, text: str, phrases: Sequence[str]) -> Scene:
        """Read time and place of a text.

        Args:
            text: The prompt.
            phrases: The groups found in it, lower case; a period that one of them names dates all of them.
        """
        low = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        period = late = land = event = None
        year = self._dating.year(low, text, _LAST_YEAR_OF_LANDS)
        if (present := self._present.search(low) is not None) is False:
            event = _first(self._event, low)
            period = self._dating.date(low, text) or event
            period = period or next((found for phrase in phrases if (found := self._dating.named(phrase))), None)
            late = self._dating.year(low, text, _LAST_YEAR_OF_MEN) or _first(self._battlefield, low)
            land = _first(self._land, low) if year is not None else None
        owned = _OWNED.search(low)
        place = self._place_at(low, int(year[:4]) if year is not None else 0) if period is not None else None
        return Scene(
            period=period,
            late=late,
            year=int(year[:4]) if year is not None else None,
            present=present,
            dated=period is not None and (period == event or Dating.is_number(period)),
            land=land,
            owned=owned.lastgroup if owned is not None else None,
            rite=_first(self._rite, low),
            institutions=self._institutions_in(low),
            placed=place is not None or _PLACE.search(text) is not None,
            natives=self._places[place][1] if place is not None else (),
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
            fixed["gender"] = _owned_by(scene.owned)
        people = next((name for name in (*words, *names, " ".join(words[:2])) if name in self._living), None)
        if people is not None or (scene.rite is not None and words[-1] in self._celebrants):
            fixed.setdefault("race", _of_people(people or str(scene.rite)))
        listed = (head, *names, *words[-3:])
        man = any(word in self._men or word.removesuffix("s") in self._men for word in listed)
        woman = any(word in self._women or word.removesuffix("s") in self._women for word in listed)
        owner = self._dating.owner(before)
        period = owner or scene.period
        modern = not self._moderns.isdisjoint((words[-1].removesuffix("s"), " ".join(words[-2:]).removesuffix("s")))
        if not scene.dated and modern and self._dating.named(phrase) is None:
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
        named = self._dating.named(phrase) or self._dating.named_before(before)
        period = period or (None if scene.present else named)
        alone = period is not None and not self._is_mixed(head, words)
        told = peopled or proper or scene.placed or owner is not None or named is not None or (scene.dated and alone)
        if alone and told:
            fixed.setdefault("gender", _unsure_of(str(period)))
        if self._tradition.search(phrase) is not None:
            fixed.setdefault("race", _of_people(phrase))
        listed_people = any(word in self._living or word in self._peoples for word in words)
        if words[-1] in self._fighters and (listed_people or (peopled and words[-1] in self._warriors)):
            fixed.setdefault("gender", _unsure_of(phrase))
        if period is not None and told:
            natives = scene.natives if head in self._locals else ()
            for axis, fix in self._of_the_past(period, words, natives, man=man).items():
                fixed.setdefault(axis, fix)
        return fixed

    def _is_mixed(self, head: str, words: Sequence[str]) -> bool:
        """Say whether a role was of both genders in the past, or is none: people, villagers, singers."""
        return not self._mixed.isdisjoint((head, words[-1], " ".join(words[-2:])))

    def _place_at(self, low: str, year: int) -> str | None:
        """Return a place of the table whose record reaches to a year, 0 for any year of the past."""
        return next((each.group() for each in self._place.finditer(low) if year <= self._places[each.group()][0]), None)

    def _of_the_past(
        self, period: str, words: Sequence[str], natives: tuple[str, ...], *, man: bool
    ) -> dict[str, Fixed]:
        """Return what a scene of the past fixes: the looks of a people of record, and men where the record says men."""
        races = tuple(dict.fromkeys(self._nations[word] for word in words if word in self._nations)) or natives
        why = f"a scene of the past ({period}): who these people were is a matter of record"
        fixed = {"race": Fixed(value=races, reason=why, confidence=0.85 if races else 0.7)}
        if man:
            fixed["gender"] = _men_of(period)
        return fixed

    def _institutions_in(self, low: str) -> tuple[int, ...]:
        """Return which institutions a text names, in order, each once."""
        inside = (
            match
            for match in self._institution.finditer(low)
            if NEAR.search(low[max(0, match.start() - 30) : match.start()]) is None
        )
        found = (self._institutions_of[match.group()] for match in inside)
        return tuple(dict.fromkeys(number for numbers in found for number in numbers))

    def biology(self, words: str) -> str | None:
        """Return the gender that pregnancy and the like say about the words in and after a phrase."""
        for gender, pattern in self._biology.items():
            if (match := pattern.search(words)) is not None and _CARE.search(words, 0, match.start()) is None:
                return gender
        return None


def _men_of(period: str) -> Fixed:
    why = f"a scene of the past ({period}): with few exceptions men, as a matter of record"
    return Fixed(value=("male",), reason=why, confidence=0.75)


def _unsure_of(period: str) -> Fixed:
    why = f"a role of the past ({period}): hardly ever open to everybody, so nothing is put on top"
    return Fixed(value=(), reason=why, confidence=0.5)


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

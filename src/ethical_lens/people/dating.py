"""Finds the words that put the people of a prompt into the past: years, centuries, reigns, courts and periods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ethical_lens.people.lexicon import words_of

LAST_YEAR_OF_RECORD = 1949
_LAST_CENTURY_OF_RECORD = 19

_YEAR = re.compile(r"(?<![\w.])(?P<year>1\d{3})(?:'?s)?(?!\w|-(?!era\b|age\b))")
_OLD_YEAR = re.compile(r"\b(?:in|around|circa|c\.|year) (?:the year )?(?P<year>[1-9]\d{2})(?=\s*(?:$|[,.;:]))")
_END = re.compile(r"\s*(?:$|[,.;:)!])")
_WORD_BEFORE = re.compile(r"([a-z'-]+),? $")
_IN_A = re.compile(r"\b(?:an?|their|his|her) $")
_AFTER_YEAR = re.compile(r" ?([a-z-]+)")
_ERA = re.compile(r"\b\d{1,4} ?(?:bce?|ad|ce)\b")
_CENTURY = re.compile(r"\b(?P<number>\d{1,2})(?:st|nd|rd|th)[ -]century(?P<bc> bce?\b)?(?: (?P<after>[a-z-]+))?(?!-)")
_SPELT = re.compile(
    r"\b(?:(?:(?:fif|six|seven|eigh|nine)teenth|(?:eleven|twelf|thirteen|fourteen)th|early (?:20th|twentieth))"
    r"[ -]century|turn[ -]of[ -]the[ -](?:last )?century"
    r"|(?:in|of|during) the (?:early |late |roaring )?(?:twenties|thirties|forties))\b(?: (?P<after>[a-z-]+))?"
)
_BEFORE_YEAR = re.compile(
    r"(?:^|[,(:-]|\b(?:in|of|around|circa|ca\.?|c\.|before|after|by|since|during|from|early|late|mid|the|until|to|and"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|spring|summer|autumn|fall|winter))\s*$"
)
_MADE = re.compile(
    r"\b(?:built|made|printed|dated|manufactured|produced|published|painted|bottled|minted|restored)\s+(?:in|from)\s*$"
)
_PLACE_BEFORE = re.compile(r"\b[A-Z][a-z]{2,} $")
_PICTURES = ("painting", "photo", "photograph", "picture", "portrait", "drawing", "engraving", "print", "film")
_DATED_BEFORE = re.compile(r"\b([a-z-]+) (?:from|of)\s+$")
_NAMED_ERA = re.compile(
    r"\b(?P<era>[A-Z][a-z]+ (?:[Pp]eriod|[Dd]ynasty|[Ee]ra|[Ss]hogunate|[Cc]aliphate|[Ss]ultanate|[Kk]haganate))"
    r"(?: (?P<after>[a-z-]+))?"
)
_LEAD = r"(?P<lead>\b(?:in|of|during|under|from|through|at|on|outside|around|the) (?:the )?(?:[a-z]+ )?)?"
_TAIL = r"(?: (?:dynasty|period|era|empire|age|times|court|kingdom))?(?: (?P<after>[a-z-]+))?"
NEAR = re.compile(
    r"\b(?:near|outside|beside|opposite|past|next to|in front of|across from|close to|photographing|admiring)"
    r" (?:(?:an?|the) )?(?:[a-z]+ )?$"
)
"""Whoever is near a site need not be of it."""
_COURTS = (
    "caravan|court|reign|coronation|jubilee|army|guard|camp|company|ship|ships|palace|workshop|studio|observatory|harem"
)
_DEEDS = (
    "under|before|serving|following|behind|facing|listening to|painted by|posing for|fighting for|fighting against"
    "|led by|commanded by|surrounding|cheering|greeting|saluting|bowing to|bowing before|kneeling before|guarding"
    "|attending|accompanying|entertaining|stabbing|assassinating|advising|betraying|marching with"
    "|riding with|sailing with"
)
_ACTS = (
    "addressing|leading|inspecting|greeting|meeting|visiting|commanding|reviewing|rallying|speaking to|preaching to"
    "|surrounded by|surrendering|crossing|knighting|blessing|teaching|entering|marching|riding|crowned by|received by"
    "|watching|and (?:his|her)"
    "|with (?:his|her) (?:army|troops|men|soldiers|generals|guards|court|ladies|knights|followers)"
)
_CROWNS = "king|queen|emperor|empress|sultan|shah|tsar|czar|doge|duke|khan|caliph|pharaoh|kaiser|maharaja|rajah|nawab"
_RETINUES = (
    "soldiers|sailors|privateers|pirates|courtiers|courtier|servants|followers|generals|officers|troops|horsemen|advisers"
    "|ministers|disciples|pupils|apprentices|assistants|bodyguards?|guards|wives|knights|cavalry|spies|envoys|crews?"
    "|painters|poets|architects|builders|masons|dancers|singers|physicians|astronomers|priests|prisoners|allies|rivals"
    "|subjects|peasants|scribes|engineers|musicians|cooks|grenadiers|riders|army|armies|fleet|time|days|age"
)
_REGNAL = re.compile(
    r"\b(?:under|of|for|before|serving|by|with|to|at) (?:[A-Z][a-z]+ )?"
    r"(?!Elizabeth II\b|Charles III\b|John Paul\b|Benedict XVI\b|World War\b"
    r"|(?:Part|Phase|Type|Chapter|Volume|Act|Class)\b)"
    r"(?P<ruler>[A-Z][a-z]{2,} [IVX]+)\b(?! ?:)"
)
"""A ruler with a number: "courtiers of Louis XIV", "under King Sejong II"."""
_OWN = "['\N{RIGHT SINGLE QUOTATION MARK}]s"


class Dating:
    """Reads dates, by the lists of periods, figures and things of ``knowledge.yaml``."""

    def __init__(self, raw: Mapping[str, object], place: re.Pattern[str]) -> None:
        """Compile the lists.

        Args:
            raw: The file.
            place: Finds the places of record.
        """
        self._place = place
        self._workplace = re.compile(rf"(?: [a-z-]+)?? (?:{alternatives(words_of(raw['workplaces']))})\b")
        self._dated_things = frozenset(words_of(raw["dated_things"]))
        figures = alternatives(words_of(raw["historical_figures"]))
        self._owner = re.compile(rf"\b(?P<who>{figures})(?: [a-z]+)?{_OWN} (?:[a-z]+ )?$")
        realms = alternatives(words_of(raw["realms"]))
        self._court = re.compile(
            rf"\b(?:{_COURTS}|{_RETINUES}) of (?:king |queen |emperor )?(?P<who>{figures})\b"
            rf"|\b(?P<owner>{figures}){_OWN} (?:{_COURTS}|{realms}|horsemen|followers|soldiers|troops|men|ladies)\b"
            rf"|\b(?:{_DEEDS}) (?:king |queen |emperor |pope )?(?P<lord>{figures}|the (?:{_CROWNS}) of [a-z]+)\b"
            rf"|\b(?P<actor>{figures}) (?:{_ACTS})\b"
            rf"|\b(?:with|alongside) (?:king |queen )?(?P<company>{figures})"
            r"(?= ?(?:$|[,.;]|(?:at|during|before|after)\b))"
        )
        periods = alternatives(words_of(raw["periods"]))
        self._period = re.compile(
            rf"{_LEAD}(?<![\w-])(?P<word>{periods})(?:-(?:era|period|age|time|dynasty))?(?![\w-]){_TAIL}"
        )

    def date(self, low: str, text: str) -> str | None:
        """Return the words that date a text, unless they date a thing in it.

        Args:
            low: The text in lower case, with straight apostrophes.
            text: The text as it was written.
        """
        if match := _ERA.search(low) or _OLD_YEAR.search(low):
            return match.group()
        if (match := _SPELT.search(low)) is not None and match["after"] not in self._dated_things:
            return match.group().removesuffix(f" {match['after']}")
        for match in _CENTURY.finditer(low):
            past = match["bc"] or int(match["number"]) <= _LAST_CENTURY_OF_RECORD
            if past and match["after"] not in self._dated_things:
                return match.group().removesuffix(f" {match['after']}")
        if (year := self.year(low, text, LAST_YEAR_OF_RECORD)) is not None:
            return year
        if (match := _NAMED_ERA.search(text)) is not None and match["after"] not in self._dated_things:
            return match["era"].lower()
        if match := _REGNAL.search(text):
            return match["ruler"]
        if match := self._court.search(low):
            return match["who"] or match["owner"] or match["lord"] or match["actor"] or match["company"]
        for match in self._period.finditer(low):
            after = _AFTER_YEAR.match(low, match.end())
            then = after[1] if after is not None else None
            near = NEAR.search(low[max(0, match.start("word") - 30) : match.start("word")]) is not None
            if (
                match["lead"]
                and not near
                and match["after"] not in self._dated_things
                and then not in self._dated_things
            ):
                return match["word"]
        return None

    def year(self, low: str, text: str, last: int) -> str | None:
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
        if _MADE.search(before) is not None:
            return False
        if _IN_A.search(before) is not None:
            return self._workplace.match(low, match.end()) is not None
        if _BEFORE_YEAR.search(before) is None and placed is None and not self._closes(low, text, before, match.end()):
            return False
        if (dated := _DATED_BEFORE.search(before)) is not None and dated[1] in self._dated_things:
            return self._is_picture_of(text, dated[1], match)
        return after is None or after[1] not in self._dated_things

    def _is_picture_of(self, text: str, thing: str, match: re.Match[str]) -> bool:
        """Say whether a picture shows people of a decade: "a painting of 1920s merchants"."""
        after = _AFTER_YEAR.match(text, match.end())
        if after is None or thing not in _PICTURES or not match.group().endswith("s"):
            return False
        return after[1] not in self._dated_things and self._place.fullmatch(after[1]) is None

    def _closes(self, low: str, text: str, before: str, end: int) -> bool:
        """Say whether a year, or a year with a place, closes a clause: "women in a munitions factory 1917"."""
        word = _WORD_BEFORE.search(before)
        if word is None or word[1] in self._dated_things:
            return False
        placed = text[end : end + 2].strip()[:1].isupper() or self._place.match(low, end + 1) is not None
        return placed or _END.match(low, end) is not None

    def named(self, phrase: str) -> str | None:
        """Return the period that a phrase itself names: "Victorian climbing boys"."""
        match = self._period.search(phrase)
        return match["word"] if match is not None else None

    def named_before(self, before: str) -> str | None:
        """Return the period that stands right before a phrase: "Kievan Rus" before "traders"."""
        last = before.split()[-4:] if before.endswith(" ") else []
        found = (self._period.fullmatch(" ".join(last[start:])) for start in range(len(last)))
        return next((match["word"] for match in found if match is not None), None)

    def owner(self, before: str) -> str | None:
        """Return the figure of history whose people the next words name: "Napoleon's" before "soldiers"."""
        match = self._owner.search(before)
        return match["who"] if match is not None else None

    @staticmethod
    def is_number(period: str) -> bool:
        """Say whether a period is a year, a century or a decade, not a name that lives on."""
        return any(letter.isdecimal() for letter in period) or _SPELT.fullmatch(period) is not None


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern of any of the words, longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern that finds any of the words as a whole."""
    return re.compile(rf"(?<!\w)(?:{alternatives(words)})(?!\w)")

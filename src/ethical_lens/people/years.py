"""Ages in numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

_DECADE = re.compile(r"(?:early|mid|late)-((?:twen|thir|for|fif|six|seven|eigh|nine)ties|[2-9]0s|teens)$")
_LIMITS = ((3, "i"), (13, "c"), (18, "d"), (40, "y"), (60, "m"))
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS: Mapping[str, int] = {
    word: number
    for number, word in (
        *enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")),
        *enumerate(("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"), start=11),
        (18, "eighteen"),
        (19, "nineteen"),
        *zip(range(20, 100, 10), _TENS, strict=True),
    )
}


def stage_of(years: int, stages: Mapping[str, str]) -> str:
    """Return the stage of an age in years.

    Args:
        years: Age.
        stages: Letter to name of every stage.
    """
    return stages[next((letter for limit, letter in _LIMITS if years < limit), "o")]


def stage_of_word(low: str, stages: Mapping[str, str]) -> str | None:
    """Return the stage of "70-year-old" or "forty-year-old", or None for any other word."""
    if (decade := _DECADE.match(low)) is not None:
        return stage_of_decade(decade[1], stages)
    head, found, _ = low.partition("year")
    if not found:
        return None
    head = head.strip(" -").replace(" ", "")
    if head.isdecimal():
        return stage_of(int(head), stages)
    parts = head.split("-")
    if all(part in _NUMBERS for part in parts):
        return stage_of(sum(_NUMBERS[part] for part in parts), stages)
    return None


def stage_of_decade(decade: str, stages: Mapping[str, str]) -> str:
    """Return the stage of "twenties" or "20s" as one says it of a person's age."""
    if decade == "teens":
        return stages["d"]
    number = int(decade[:2]) if decade[:1].isdecimal() else _NUMBERS[decade.removesuffix("ies") + "y"]
    return stage_of(number, stages)

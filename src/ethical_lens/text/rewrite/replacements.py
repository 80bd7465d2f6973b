"""Families of words that carry harm, and what may stand in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from ethical_lens.text.patterns import Grammar, Match, PatternIndex
from ethical_lens.text.rewrite.forms import Forms
from ethical_lens.text.rewrite.line import PREPOSITIONS, PRONOUNS, Line

_FILE: Final = Path(__file__).with_name("replacements.yaml")
_KINDS: Final = frozenset({"verb", "noun", "adjective", "phrase"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What a group of words speaks of."""

    say: str
    hide: bool = False
    """Whether the words themselves are not to be repeated to the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Words that the same things may stand for."""

    family: Family
    kind: str
    safe: tuple[str, ...]
    alone: tuple[str, ...]
    """For a verb without an object."""
    animal: tuple[str, ...]
    thing: tuple[str, ...]
    attributive: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """A place in a line, and what may stand there."""

    start: int
    end: int
    """Half-open range of words."""
    choices: tuple[str, ...]
    """Best first; "" removes, "~" in front says that an article in front has to go."""
    family: Family
    verb: bool
    """Whether a verb goes, so that what follows may need a link."""


class Replacements:
    """The table of families, compiled for looking up.

    Args:
        grammar: Reads the table's patterns; knows classes and irregular forms.
        file: The table; None reads the shipped one.
    """

    __slots__ = ("_animals", "_groups", "_index", "_people", "adjectives", "forms", "things")

    def __init__(self, grammar: Grammar, file: Path | None = None) -> None:
        with (file or _FILE).open(encoding="utf-8") as stream:
            table = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 both are safe
        self.forms = Forms(grammar=grammar, exceptions=table["forms"])
        families = {name: Family(**each) for name, each in table["families"].items()}
        self._groups = [_group(each, families) for each in table["groups"]]
        self._index = PatternIndex(
            pattern
            for number, each in enumerate(table["groups"])
            for spelled in each["find"].replace("\n", ";").split(";")
            if spelled.strip()
            for pattern in grammar.read(spelled, str(number))
        )
        telling = ";".join(each["find"] for each in table["groups"] if each["kind"] == "adjective").replace("\n", ";")
        self.adjectives = frozenset(word.strip() for word in telling.split(";") if word.strip().isalpha())
        """Single words of the table that only tell how something is; they are no subject."""
        self._people = _class(grammar, "people")
        self._animals = _class(grammar, "animal")
        self.things = self._people | self._animals
        """Words that name people or animals."""

    def swaps(self, line: Line, wanted: Collection[int]) -> list[Swap]:
        """Return what may stand in the place of the wanted words; the longest and best fitting where several may.

        Args:
            line: The words of the prompt.
            wanted: Words that have to go.
        """
        kept: list[Swap] = []
        taken: set[int] = set()
        for match, group in sorted(self._found(line, wanted), key=lambda each: self._order(each, line)):
            covered = range(match.core_start, match.core_end)
            if taken.isdisjoint(covered):
                taken.update(covered)
                kept.append(self._swap(match, group, line))
        return sorted(kept, key=lambda swap: swap.start)

    def _found(self, line: Line, wanted: Collection[int]) -> Iterator[tuple[Match, Group]]:
        for match in self._index.find(line.words):
            group = self._groups[int(match.owner)]
            touched = any(match.core_start <= index < match.core_end for index in wanted)
            if touched and not (group.kind == "noun" and self._acts(match, line)):
                yield match, group

    def _acts(self, match: Match, line: Line) -> bool:
        """Tell whether a single word that may be a noun is a verb here."""
        form = self.forms.verb(line.words[match.core_start : match.core_end])
        single = match.core_end - match.core_start == 1 and form in ("ing", "past")
        return single and line.use(match.core_start, match.core_end, form) == "verb" and line.has_object(match.core_end)

    def _order(self, found: tuple[Match, Group], line: Line) -> tuple[int, int, int, int]:
        match, group = found
        words = line.words[match.core_start : match.core_end]
        used = line.use(match.core_start, match.core_end, self.forms.verb(words))
        if used == "noun" and line.is_content(match.core_end) and not line.is_action(match.core_end):
            used = "adjective"
        fits = group.kind in (used, "phrase") or (group.kind, used) in (("adjective", "noun"), ("adjective", "verb"))
        exact = group.kind in (used, "phrase")
        longer = len([word for word in words if word not in PRONOUNS])
        return (-longer, -int(fits), -int(exact), -(match.end - match.start))

    def _swap(self, match: Match, group: Group, line: Line) -> Swap:
        start, end = match.core_start, match.core_end
        words = line.words[start:end]
        form, number = self.forms.verb(words), self.forms.number(words)
        is_verb = group.kind == "verb"
        choices = self._verb_choices(group, line, start, end, form) if is_verb else group.safe
        fitted = [_introduced(self.forms.fit(each, form, number), each, number, line, start) for each in choices]
        attributive = is_verb and line.use(start, end, form) == "adjective"
        return Swap(
            start=start,
            end=end,
            choices=tuple(dict.fromkeys(fitted)),
            family=group.family,
            verb=is_verb and not attributive,
        )

    def _verb_choices(self, group: Group, line: Line, start: int, end: int, form: str) -> tuple[str, ...]:
        passive = form == "past" and line.word(end) in ("by", "in", "on", "at", "with", "from")
        used = line.use(start, end, form)
        if used == "adjective" or (used == "noun" and form == "past"):
            return group.attributive
        if used == "noun" and form == "base":
            return ("",)
        tied = end - start > 1 and line.word(end - 1) in ("at", "to", "with", "on")
        if passive or tied:
            return group.safe
        if not line.has_object(end):
            return group.alone
        named = line.object(end)
        if named in self._animals:
            return group.animal
        return group.safe if named in self._people or named in PRONOUNS or not group.thing else group.thing


def _introduced(fitted: str, choice: str, number: str, line: Line, start: int) -> str:
    """Put an article before a single thing that stands for something that needs none."""
    counted = choice.endswith("/n") and number == "one" and not choice.startswith("~")
    if counted and (line.word(start - 1) in PREPOSITIONS or line.is_link(start - 1) or line.is_action(start - 1)):
        return f"{'an' if fitted[0] in 'aeiou' else 'a'} {fitted}"
    return fitted


def _group(entry: Mapping[str, str], families: Mapping[str, Family]) -> Group:
    if entry["kind"] not in _KINDS:
        raise ValueError(f'expected one of the kinds {", ".join(sorted(_KINDS))}, got "{entry["kind"]}"')
    safe = _choices(entry["safe"])
    return Group(
        family=families[entry["family"]],
        kind=entry["kind"],
        safe=safe,
        alone=_choices(entry["alone"]) if "alone" in entry else safe,
        animal=_choices(entry["animal"]) if "animal" in entry else safe,
        thing=_choices(entry["thing"]) if "thing" in entry else (),
        attributive=_choices(entry.get("attributive", "-")),
    )


def _choices(line: str) -> tuple[str, ...]:
    return tuple("" if part.strip() == "-" else part.strip() for part in line.split("|"))


def _class(grammar: Grammar, name: str) -> frozenset[str]:
    [pattern] = grammar.read(f"<{name}>", name)
    return frozenset[str]().union(*pattern.elements[0].words)

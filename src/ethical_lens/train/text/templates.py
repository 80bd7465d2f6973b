"""Lines with slots, choices and harm marks: reading them, and filling them in.

``{slot}`` is filled by name, ``(a|b|)`` picks one of its parts, ``[ ]`` marks the characters that carry the harm.
Parentheses without "|" are themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from ethical_lens.errors import ConfigurationError
from ethical_lens.train.text.passage import Passage, Person

_SPECIAL: Final = re.compile(r"([{}()\[\]|])")
_SLOT: Final = re.compile(r"[a-z_][a-z0-9_]*")
_VERB: Final = re.compile(r"^(?P<blank> )(?P<verb>is|was|has|does|isn't|wasn't|hasn't|doesn't)\b")
_PLURAL: Final = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
}
_CLOSING: Final = {"(": ")", "[": "]"}

T = TypeVar("T")


class Dice:
    """Picks by a seeded generator."""

    __slots__ = ("_rng",)

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, each as likely."""
        return options[int(self._rng.random() * len(options))]

    def happens(self, probability: float) -> bool:
        """Return whether something of that probability happens."""
        return bool(self._rng.random() < probability)

    def weigh(self, weights: dict[T, float]) -> T:
        """Return one of the keys, as likely as its weight says."""
        left = self._rng.random() * sum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return next(reversed(weights))


@dataclass(frozen=True, slots=True)
class Slot:
    """Filled by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts."""

    options: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Harm:
    """A part that carries the harm."""

    inside: Template


@dataclass(frozen=True, slots=True)
class Template:
    """A line as read."""

    nodes: tuple[str | Slot | Choice | Harm, ...]

    def slots(self) -> Iterator[str]:
        """Yield the names of all slots in it."""
        for node in self.nodes:
            if isinstance(node, Slot):
                yield node.name
            for inner in _inner(node):
                yield from inner.slots()

    def marks_harm(self) -> bool:
        """Tell whether it has a harm mark of its own."""
        return any(isinstance(node, Harm) or any(inner.marks_harm() for inner in _inner(node)) for node in self.nodes)


Fill = Callable[[str, Dice], Passage]
"""Fills a slot."""


def parse(line: str) -> Template:
    """Read a line.

    Args:
        line: Text with slots, choices and marks.

    Raises:
        ConfigurationError: Something is left open, or a slot's name is none.
    """
    reader = _Reader(line)
    [template] = reader.parts(until="")
    return template


def fill(template: Template, slot: Fill, dice: Dice) -> Passage:
    """Return the text of a template with everything picked.

    Args:
        template: A line as read.
        slot: Fills a slot.
        dice: Picks.
    """
    passage = Passage()
    for node in template.nodes:
        match node:
            case str():
                passage += Passage(_agreeing(node, passage))
            case Slot(name):
                passage += slot(name, dice)
            case Choice(options):
                passage += fill(dice.pick(options), slot, dice)
            case Harm(inside):
                filled = fill(inside, slot, dice)
                passage += filled.marked("harm")
    return passage


def _agreeing(text: str, before: Passage) -> str:
    """Put a verb right after several people into the plural."""
    last = before.marks[-1] if before.marks else None
    if last is None or last.end != len(before.text) or not isinstance(last.meaning, Person):
        return text
    if last.meaning.number != "multiple":
        return text
    return _VERB.sub(lambda match: match["blank"] + _PLURAL[match["verb"]], text)


def _inner(node: str | Slot | Choice | Harm) -> tuple[Template, ...]:
    if isinstance(node, Choice):
        return node.options
    return (node.inside,) if isinstance(node, Harm) else ()


class _Reader:
    """Reads one line from left to right."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._tokens = [mark for mark in _SPECIAL.split(line) if mark]
        self._at = 0

    def parts(self, until: str) -> list[Template]:
        """Read up to a closing sign; only parentheses are parted by "|"."""
        parts: list[list[str | Slot | Choice | Harm]] = [[]]
        while (sign := self._next()) != until:
            if sign == "{":
                parts[-1].append(self._slot())
            elif sign == "(":
                options = self.parts(until=_CLOSING[sign])
                parts[-1].extend([Choice(tuple(options))] if len(options) > 1 else ["(", *options[0].nodes, ")"])
            elif sign == "[":
                [inside] = self.parts(until=_CLOSING[sign])
                parts[-1].append(Harm(inside))
            elif sign == "|" and until == ")":
                parts.append([])
            elif sign in ("", "}", ")", "]"):
                raise self._wrong(f'"{sign}" without its partner' if sign else f'"{until}" is missing')
            else:
                parts[-1].append(sign)
        return [Template(tuple(part)) for part in parts]

    def _slot(self) -> Slot:
        name, closing = self._next(), self._next()
        if closing != "}" or not _SLOT.fullmatch(name):
            raise self._wrong(f'expected "{{slot}}" in lower-case letters, got "{{{name}{closing}"')
        return Slot(name)

    def _next(self) -> str:
        if self._at == len(self._tokens):
            return ""
        self._at += 1
        return self._tokens[self._at - 1]

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"{what} in the line: {self._line}")

"""What can be left out of a prompt without breaking it: words, phrases, clauses, from small to wide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ethical_lens.text.patterns import COMMA
from ethical_lens.text.rewrite.line import AUXILIARIES, CONJUNCTIONS, DETERMINERS, PREPOSITIONS, Line

Range = tuple[int, int]
"""Half-open range of words."""

_CLAUSES: Final = CONJUNCTIONS - {"or", "so", "where"} | {"after", "before"}
_LONGEST: Final = 14
"""Words of a phrase that are looked at."""


def removals(line: Line, start: int, end: int, *, verb: bool) -> list[Range]:
    """Return what may be left out to be rid of some words, the smallest sensible range first.

    Args:
        line: The words of the prompt.
        start: First word that has to go.
        end: One behind the last.
        verb: Whether the words are a verb.
    """
    small = _verb_phrase(line, start, end) if verb else _noun_phrase(line, start, end)
    wide = _clause(line, small)
    return list(dict.fromkeys((small, wide)))


def chunks(line: Line) -> list[Range]:
    """Return the phrases of a prompt: its tags, prepositional phrases, actions and adjectives."""
    found: dict[Range, None] = {}
    for start, end in segments(line):
        found[start, end] = None
        for at in range(start, end):
            word = line.word(at)
            if word in PREPOSITIONS or line.is_action(at):
                found[at, _phrase_end(line, at + 1)] = None
            elif line.is_adjective(at) and line.is_content(at + 1):
                found[at, at + 1] = None
            elif word in _CLAUSES:
                found[at, end] = None
    return list(found)


def segments(line: Line) -> Iterator[Range]:
    """Yield the ranges of words between marks."""
    start = 0
    for at in range(len(line.words) + 1):
        if not line.is_word(at):
            if at > start:
                yield start, at
            start = at + 1


def _noun_phrase(line: Line, start: int, end: int) -> Range:
    if line.is_content(end) and not line.is_action(end) and not line.is_link(end):
        return start, end
    at = start - 1
    while line.is_adjective(at) or line.word(at) in DETERMINERS:
        at -= 1
    if at == start - 1 and line.is_content(at) and not line.is_action(at) and not line.is_link(at):
        return start, end
    begin = at + 1
    if line.word(end) == "of":
        end = _phrase_end(line, end + 1)
    if line.word(at) in PREPOSITIONS and line.word(end) not in DETERMINERS:
        begin = at - 1 if line.is_link(at - 1) else at
    elif line.is_link(at) or line.is_action(at):
        begin = at
    return begin, end


def _verb_phrase(line: Line, start: int, end: int) -> Range:
    while line.word(start - 1) in AUXILIARIES or (line.word(start - 1).endswith("ly") and line.is_content(start - 1)):
        start -= 1
    while line.word(end).endswith("ly") and line.is_content(end) and line.word(end) not in line.things:
        end += 1
    return start, end


def _clause(line: Line, inner: Range) -> Range:
    """Return the range from the nearest opening of a clause, or from the words themselves, to its end."""
    start, end = inner
    begin = start
    for at in range(start - 1, max(-1, start - _LONGEST), -1):
        if not line.is_word(at):
            begin = at + 1 if line.word(at) == COMMA else start
            break
        if line.word(at) in _CLAUSES or (line.is_action(at) and not line.is_word(at - 1)):
            begin = at
            break
    while line.is_word(end) and line.word(end) not in _CLAUSES:
        end += 1
    return begin, end


def _phrase_end(line: Line, at: int) -> int:
    """Return where the noun phrase that begins at a place ends."""
    begin = at
    while line.is_word(at) and at - begin < _LONGEST:
        word = line.word(at)
        if word in CONJUNCTIONS or (word in PREPOSITIONS and word != "of") or (at > begin and line.is_action(at)):
            break
        at += 1
    return at

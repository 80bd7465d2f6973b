"""Lines in which the people to be drawn were marked by hand, ``people/*.txt``: "a [tired nurse] feeding a nurse shark".

They are the truth for the head that tells people from what is only named like them: brands, dishes, titles, animals.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from ethical_lens.errors import ConfigurationError
from ethical_lens.train.text import grammar
from ethical_lens.train.text.passage import Mark, Passage, Person
from ethical_lens.train.text.rows import PEOPLE_LINES, Row, plain
from ethical_lens.train.text.templates import Dice
from ethical_lens.train.text.wrapping import Wrapper, recased

FOLDER: Final = Path(__file__).with_name("people")
"""The lines that come with the source."""
FORMS: Final = 3
"""Forms of each line at most: as it is, in the other case, with style words behind it."""

_BRACKET: Final = re.compile(r"[\[\]]")
_FLAG: Final = re.compile(r"(?:^|\s)(?:--?|::)\w")
_FIRST_WORDS: Final = 6
_WEIGHT: Final = 0.5
"""For the grades: they are many and all harmless, and must not outvote the rest."""
_PEOPLE_WEIGHT: Final = 4.0
"""For the people: the rules' phrases are many more, and wrong where these lines are right."""
_SOMEBODY: Final = Person(number="single")


def from_lines(folder: Path = FOLDER, *, n_forms: int = FORMS, seed: int) -> Iterator[Row]:
    """Yield the rows of all marked lines.

    Args:
        folder: Holds ``*.txt``; one line each, people in square brackets, "#" begins a comment.
        n_forms: Forms of each line, 1 to `FORMS`.
        seed: Drives the choice of style words.

    Raises:
        ConfigurationError: A bracket is open, empty or inside of another; the message says where.
    """
    wrapper = grammar.wrapper_of(grammar.load())
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            passage = marked(line, f"{path.name}, line {number}")
            # Near-copies share their first words, and never stand on both sides of a split.
            cluster = f"{PEOPLE_LINES}:{' '.join(plain(passage.text).split()[:_FIRST_WORDS])}"
            dice = Dice(np.random.default_rng([seed, zlib.crc32(passage.text.encode())]))
            for form in _forms(passage, wrapper, dice)[:n_forms]:
                yield _row(form, cluster)


def marked(line: str, where: str) -> Passage:
    """Return a line without its brackets, and with a mark for each.

    Args:
        line: "a [nurse] and a nurse shark".
        where: Named in the error.

    Raises:
        ConfigurationError: A bracket is open, empty or inside of another.
    """
    text, marks = "", []
    begin: int | None = None
    done = 0
    for match in _BRACKET.finditer(line):
        text += line[done : match.start()]
        done = match.end()
        if (match[0] == "[") != (begin is None) or begin == len(text):
            raise ConfigurationError(f"{where}: expected brackets in pairs around words, none inside another: {line}")
        if begin is None:
            begin = len(text)
        else:
            marks.append(Mark(begin, len(text), _SOMEBODY))
            begin = None
    if begin is not None:
        raise ConfigurationError(f"{where}: a bracket is not closed: {line}")
    return Passage(text + line[done:], tuple(marks)).trimmed()


def _forms(passage: Passage, wrapper: Wrapper, dice: Dice) -> list[Passage]:
    styled = passage if _FLAG.search(passage.text) else wrapper.suffixed(passage, dice)
    # Who is named in style words is an artist, and nobody to be drawn.
    styled = Passage(styled.text, styled.marks[: len(passage.marks)]).trimmed()
    return list({form.text: form for form in (passage, recased(passage), styled)}.values())


def _row(passage: Passage, cluster: str) -> Row:
    return Row(
        text=passage.text,
        source=PEOPLE_LINES,
        cluster=cluster,
        severity=0,
        harm=(),
        people=tuple((mark.start, mark.end) for mark in passage.marks),
        weight=_WEIGHT,
        people_weight=_PEOPLE_WEIGHT,
    )

"""Shorter wordings of a prompt, for when no word is known to have asked for what its picture shows.

What a prompt asks for besides its subject stands in phrases that hang on it: "a farmer | covered in something", "two
nurses | with something | in a park". Leaving all of them out leaves the subject, and leaving that out too the place.
"""

from __future__ import annotations

from typing import Final

from ethical_lens.text.rewrite.constituents import segments
from ethical_lens.text.rewrite.line import ARTICLES, CONJUNCTIONS, PREPOSITIONS, Line, read
from ethical_lens.text.syntax import parse
from ethical_lens.types import Change

_MEDIA: Final = frozenset(
    {"photo", "photos", "photograph", "picture", "pictures", "image", "images", "portrait", "portraits", "painting"}
    | {"drawing", "illustration", "sketch", "watercolor", "watercolour", "poster", "print", "render", "rendering"}
    | {"closeup", "shot", "snapshot", "cartoon", "comic", "collage", "cutout", "papercut", "pastel", "engraving"}
)
_OPENINGS: Final = (PREPOSITIONS - {"of"}) | (CONJUNCTIONS - {"and", "or"})
"""Words that open a phrase which hangs on what stands before."""
_PLACES: Final = frozenset({"in", "at", "inside", "near"})
_SHORT: Final = 4
"""Letters up to which a word in "-ed" is taken for no participle, such as "bed"."""
_WHY: Final = (
    "The picture showed something that should not be seen, and no word was known to have asked for it; only {kept} was "
    "kept."
)


def shortened(text: str) -> list[tuple[str, tuple[Change, ...]]]:
    """Return wordings that keep only the subject of a prompt, and only its place; none that is empty.

    Args:
        text: The prompt.

    Returns:
        Distinct wordings with the change that led to each, best first; empty where nothing can be left out.

    Example:
        >>> [wording for wording, _ in shortened("two nurses slimed with goo in a park, watercolor")]
        ['two nurses', 'a park']
    """
    line = read(parse(text), frozenset())
    found: dict[str, tuple[Change, ...]] = {}
    for kept, range_ in (("the subject", _subject(line)), ("the place", _place(line))):
        if range_ is None:
            continue
        span = line.span(*range_)
        wording = text[span.start : span.end].strip()
        if wording and wording != text.strip():
            change = Change(kind="replaced", before=text, after=wording, why=_WHY.format(kept=kept))
            found.setdefault(wording, (change,))
    return list(found.items())


def _subject(line: Line) -> tuple[int, int] | None:
    """Return the first noun phrase on which others hang, without the medium in front of it."""
    for first, stop in segments(line):
        of = next((at for at in range(first, stop) if line.word(at) == "of" and line.word(at - 1) in _MEDIA), None)
        start = first if of is None else of + 1
        end = next((at for at in range(start, stop) if _opens(line, at, start)), stop)
        if any(map(line.is_content, range(start, end))):
            return start, end
    return None


def _opens(line: Line, at: int, start: int) -> bool:
    """Tell whether a phrase that hangs on the subject opens there."""
    word = line.word(at)
    if word in _OPENINGS or line.is_link(at):
        return True
    acts = line.is_action(at) or (word.endswith("ed") and len(word) > _SHORT)
    return acts and (at == start or (line.is_content(at - 1) and not line.is_adjective(at - 1)))


def _place(line: Line) -> tuple[int, int] | None:
    """Return the last thing with an article that something is said to be in, to the end of its part."""
    found = [
        (at + 1, stop)
        for start, stop in segments(line)
        for at in range(start, stop)
        if line.word(at) in _PLACES and line.word(at + 1) in ARTICLES and at + 2 < stop
    ]
    return found[-1] if found else None

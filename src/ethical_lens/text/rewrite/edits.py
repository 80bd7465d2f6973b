"""Edits of a prompt, and mending what stands next to them. Everything else stays byte-identical."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ethical_lens.text.syntax import parse
from ethical_lens.types import Change, Span

_GONE: Final = "\ue000"
_BEGIN: Final = "\ue001"
_FINISH: Final = "\ue002"
_ANY: Final = f"[{_GONE}{_BEGIN}{_FINISH}]"
_MARKS: Final = re.compile(_ANY)

_LINKS: Final = (
    r"a|an|the|with|and|or|of|in|on|by|at|for|to|from|as|while|is|are|was|were|being|about|into|over|under|around|through"
    r"|her|his|their|its|very|some|showing|featuring|wearing|holding"
)
_DANGLING: Final = re.compile(
    rf"(?:(?<=\s)|(?<=^)|(?<=[(\[,]))(?:{_LINKS})\s+"
    rf"(?={_GONE}\s*(?:[,.;:!?)\]|]|$|(?:and|with|in|on|at|by|while|under|near|next)\b))",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(
    rf"\b(?P<article>an?)(?P<space>\s+)(?P<mark>(?:[{_GONE}{_BEGIN}]\s*)+)(?P<next>[A-Za-z])", re.IGNORECASE
)
_TWICE: Final = re.compile(
    rf"\b(?P<word>a|an|the|in|on|at|of|with|and|to|by|for|from|his|her|their)\s+(?P<mark>{_ANY}+)\s*(?P=word)\b",
    re.IGNORECASE,
)
_TWICE_AFTER: Final = re.compile(
    rf"\b(?P<word>in|on|at|of|with|and|to|by|for|from)(?P<mark>{_ANY}+)\s+(?P=word)\b", re.IGNORECASE
)
_EMPTIED: Final = re.compile(rf"(?<!\\)[(\[{{]\s*{_GONE}\s*(?::\s?[-+]?\d*\.?\d+\s?)?[)\]}}]")
_DEEPEST: Final = 8
"""Brackets within brackets that are followed."""
_LOOSE: Final = re.compile(
    rf"\s+(?:to|at|with|of)(?={_FINISH}(?:\s+(?:in|on|near|under|behind|beside|during|from|while)\b|\s*[,.;:!?)]|\s*$))"
)
_SECOND: Final = re.compile(rf"(?<=\s)(?P<word>to|at|with|of|for){_FINISH}\s+(?:at|to|against|with|upon|of)\b")
_MISPLACED: Final = re.compile(
    rf"(?P<before>\b(?:in|with|of|on|wearing)\s+)(?P<adjective>{_BEGIN}?\w+{_FINISH}?)\s+{_BEGIN}an?\s", re.IGNORECASE
)
_INDEFINITE: Final = re.compile(r"\ban?\s+$", re.IGNORECASE)
_INTRODUCED: Final = re.compile(
    r"\b(?:a|an|the|his|her|their|its|my|your|our|this|that|each|every)\s+(?:\w+\s+)?$", re.IGNORECASE
)
_CONSONANT_SOUND: Final = re.compile(r"uni|use|usu|eu|one\b|once", re.IGNORECASE)
_LEADING_ARTICLE: Final = re.compile(r"(?:a|an|the)\s+")
_OWNED: Final = re.compile(r"'s\s+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A range of the prompt and what stands there now."""

    span: Span
    text: str
    """Replacement; "" removes, "~" in front says that an article in front has to go."""
    say: str
    """What the words spoke of, for the sentence to the user."""
    hide: bool = False
    """Whether the words themselves are not to be repeated to the user."""
    link: str = ""
    """What ties together the words around a removal."""
    whole: bool = False
    """Whether notation inside the range goes too, as for a network added by name."""


def combine(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits that do not overlap: the longest win, and of the others only what sticks out is removed."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda each: each.span.start - each.span.end):
        rest = _left_over(edit, kept)
        if rest is not None:
            kept.append(rest)
    return tuple(sorted(kept, key=lambda each: each.span.start))


def _left_over(edit: Edit, kept: Sequence[Edit]) -> Edit | None:
    start, end = edit.span.start, edit.span.end
    for other in kept:
        if other.span.start <= start < other.span.end:
            start = other.span.end
        if other.span.start < end <= other.span.end:
            end = other.span.start
        if start < other.span.start and other.span.end < end:
            end = other.span.start
    if start >= end:
        return None
    span = Span(start=start, end=end)
    return edit if span == edit.span else replace(edit, span=span, text="", link="")


def apply(text: str, edits: Sequence[Edit]) -> tuple[str, tuple[Change, ...]]:
    """Return a prompt with edits made and what is next to them mended, and the changes in order.

    Args:
        text: The prompt.
        edits: In order, without overlaps.
    """
    wording = text
    changes: list[Change] = []
    for edit in reversed(edits):
        span, choice = _settled(text, edit)
        mark = f"{_BEGIN}{choice}{_FINISH}" if choice else _GONE + edit.link
        cut = wording[: span.start] + mark + wording[span.end :]
        wording = cut if edit.whole else parse(wording).replace(span, mark)
        if text[edit.span.start : edit.span.end].strip():
            changes.append(_change(edit, "…" if edit.hide else text[edit.span.start : edit.span.end], choice))
    wording = _mended(wording)
    if not text[-1:].isspace():
        wording = wording.rstrip(" ")
    if not text.startswith((",", ";", " ")):
        wording = wording.lstrip(",; ")
    if text[:1].isupper() and wording[:1].islower():
        wording = wording[0].upper() + wording[1:]
    return wording, tuple(reversed(changes))


def _settled(text: str, edit: Edit) -> tuple[Span, str]:
    """Return an edit's range and words with the articles in front taken into account."""
    before, choice, span = text[: edit.span.start], edit.text, edit.span
    if choice.startswith("~"):
        article = _INDEFINITE.search(before)
        return (Span(start=article.start(), end=span.end) if article else span), choice[1:]
    if _LEADING_ARTICLE.match(choice) and (_INTRODUCED.search(before[-40:]) or _OWNED.search(before[-6:])):
        choice = _LEADING_ARTICLE.sub("", choice, count=1)
    return span, choice


def _change(edit: Edit, before: str, after: str) -> Change:
    if after:
        why = f"The wording spoke of {edit.say}; something harmless stands there now."
        return Change(kind="replaced", before=before, after=after, why=why)
    return Change(kind="removed", before=before, after="", why=f"The wording spoke of {edit.say}; that was left out.")


def _mended(text: str) -> str:
    """Mend spaces, commas, articles and loose ends next to the marks, then take the marks out."""
    for _ in range(_DEEPEST):
        shorter = _EMPTIED.sub(_GONE, text)
        if shorter == text:
            break
        text = shorter
    text = re.sub(rf"{_GONE}(?:\s*{_GONE})+", _GONE, text)
    text = re.sub(rf"(?<=[,;]) *{_GONE} *[,;]", "", text)
    text = re.sub(rf"^\s*{_GONE}\s*[,;:]?\s*", _GONE, text)
    for _ in range(4):
        shorter = _DANGLING.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = re.sub(rf"(?<=[,;]) *{_GONE} *[,;]", "", text)
    text = re.sub(rf"(^|[(\[,.]\s*|\b(?:a|an|the)\s+){_GONE}\s*(?:and|or|but)\s+", rf"\1{_GONE}", text, flags=re.I)
    text = re.sub(rf"\s*,\s*{_GONE}\s*(?=[.;)\]]|$)", _GONE, text)
    text = _TWICE.sub(lambda found: f"{found['mark']}{found['word']}", text)
    text = _TWICE_AFTER.sub(lambda found: f"{found['word']}{found['mark']}", text)
    text = _SECOND.sub(lambda found: found["word"] + _FINISH, text)
    text = _LOOSE.sub("", text)
    text = _MISPLACED.sub(lambda found: f"{found['before']}a {found['adjective']} {_BEGIN}", text)
    text = _ARTICLE.sub(_agree, text)
    text = re.sub(rf" +{_GONE} *(?=[,.;:!?)\]]|$)", "", text)
    text = re.sub(rf"(?<=\s){_GONE}\s+|(?<=[(\[]){_GONE}\s*|^{_GONE}\s*", "", text)
    return _MARKS.sub("", text)


def _agree(match: re.Match[str]) -> str:
    article = match["article"]
    vowel = match["next"].lower() in "aeiou" and not _CONSONANT_SOUND.match(match.string, match.start("next"))
    fitting = "an" if vowel else "a"
    return (fitting.capitalize() if article[0].isupper() else fitting) + match["space"] + match["mark"] + match["next"]

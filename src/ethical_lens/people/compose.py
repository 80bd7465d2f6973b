"""Merges dealt attributes into the sentence, so that it still reads like one.

    a doctor in a park      ->  a middle-aged Black female doctor in a park
    a person walking a dog  ->  an elderly Asian woman walking a dog
    two nurses at a desk    ->  two nurses, a young Black woman and an elderly white man, at a desk
    nurses having coffee    ->  nurses, Black, Asian and white women and men of different ages, having coffee

Only the phrase and the article before it change; every other character of the prompt stays what it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ethical_lens.people.plan import MIX_SEPARATOR
from ethical_lens.people.wording import RANKS, Words, article_for, listed, recapitalised, worded
from ethical_lens.types import Change, PersonGroup

_MINOR = ("infancy", "childhood", "adolescence")
_CONTEXT = 40
"""Characters before a phrase in which its article stands."""
_PRONOUNS = frozenset(("someone", "somebody", "anyone", "anybody"))
"""They stand without an article, which the noun in their place needs."""

_ARTICLE = re.compile(r"(?<!\w)(?P<article>an?)(?P<gap>\s+[(\[{\"'\u201c]*)$", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|[.!?]\s+|\n)[(\[{\"'\u201c\s]*$")
_COUNTED = re.compile(r"\b(?P<count>two|2|three|3|both|a couple of|a pair of)\s+$", re.IGNORECASE)
_COUNTS: Mapping[str, int] = {"two": 2, "2": 2, "three": 3, "3": 3, "both": 2, "a couple of": 2, "a pair of": 2} | {
    "pair": 2,
    "couple": 2,
    "duo": 2,
    "trio": 3,
}
_PAIR = re.compile(r"(?:(?P<group>group of) )?(?P<count>pair|couple|duo|trio|two|three)\b(?(group)| of)", re.IGNORECASE)
"""A number inside the phrase: "pair of skaters", "group of three monks"."""
_COLLECTIVE = re.compile(
    r"\b(?:crowd|team|crew|staff|choir|orchestra|band|ensemble|audience|class|committee|council|jury|panel|board|squad"
    r"|troupe|cast|group|gang|mob|community|congregation|tribe|army|platoon|regiment|cavalry|infantry|patrol|militia"
    r"|throng|company|club|trio|duo|quartet|quintet|circle|queue|line|population|faculty|parliament|senate|workforce)$",
    re.IGNORECASE,
)
_OF = re.compile(r"^ of(?: (?:an?|the|his|her|their|our|my))?(?: [a-z-]+?ing)?(?: [\w-]+)", re.IGNORECASE)
"""What belongs to a collective noun: "crew (of a fishing boat) pulling nets"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composed prompt."""

    text: str
    changes: tuple[Change, ...]
    attributes: Mapping[str, str]
    """The attributes that the text does say: what was dealt, less what the token limit left no room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """One replacement in the text."""

    start: int
    end: int
    words: str


def compose(
    text: str,
    groups: Sequence[PersonGroup],
    attributes: Mapping[str, str],
    axis_words: Words,
    *,
    token_limit: int | None = None,
    count_tokens: Callable[[str], int] | None = None,
) -> tuple[str, tuple[Change, ...]]:
    """Word the dealt attributes of one image; see :func:`composition` for the attributes that found room.

    Args:
        text: The prompt that the groups' spans point into.
        groups: People found in it.
        attributes: Dealt values, "GROUPINDEX.AXIS" to value; several values of a group of many are joined by
            :data:`~ethical_lens.people.plan.MIX_SEPARATOR`.
        axis_words: Word forms of every axis and value, from the policy.
        token_limit: Most tokens of the generator's text encoder, or None.
        count_tokens: The generator's own count; without it no limit is kept.

    Returns:
        The composed text, and what was added to which phrase.
    """
    composed = composition(text, groups, attributes, axis_words, token_limit=token_limit, count_tokens=count_tokens)
    return composed.text, composed.changes


def composition(
    text: str,
    groups: Sequence[PersonGroup],
    attributes: Mapping[str, str],
    axis_words: Words,
    *,
    token_limit: int | None = None,
    count_tokens: Callable[[str], int] | None = None,
    with_record: bool = False,
) -> Composition:
    """Word the dealt attributes of one image, and say which of them found room.

    Nothing is said about an axis that is stated or fixed. When the text encoder's limit would be passed, attributes are
    left out (ages first, genders last) before any of the user's words would be cut off, and the changes say so. Of a
    prompt that is too long by itself, only what comes before the cut is worded.

    Args:
        text: The prompt that the groups' spans point into.
        groups: People found in it.
        attributes: Dealt values, "GROUPINDEX.AXIS" to value.
        axis_words: Word forms of every axis and value, from the policy.
        token_limit: Most tokens of the generator's text encoder, or None.
        count_tokens: The generator's own count.
        with_record: Whether the attributes may name the value of record of a fixed axis; without it a fixed axis is
            passed over.

    Returns:
        The composed text, the changes and the attributes that it says.
    """
    dealt = _sorted_out(groups, attributes, with_record=with_record)
    left_out: list[str] = []
    composed, edits = _apply(text, groups, dealt, axis_words)
    if token_limit is not None and count_tokens is not None:
        is_long = count_tokens(text) > token_limit
        while dealt and _cuts(text, groups, dealt, edits, composed, is_long, token_limit, count_tokens):
            left_out.append(key := _missed_least(dealt))
            del dealt[key]
            composed, edits = _apply(text, groups, dealt, axis_words)
    return Composition(text=composed, changes=tuple(_changes(groups, dealt, edits, left_out)), attributes=dealt)


def _sorted_out(groups: Sequence[PersonGroup], attributes: Mapping[str, str], *, with_record: bool) -> dict[str, str]:
    """Keep the attributes of axes that are open."""
    dealt = {}
    for key, value in attributes.items():
        number, _, axis = key.partition(".")
        if not number.isdecimal() or int(number) >= len(groups) or not axis or not value:
            continue
        group = groups[int(number)]
        if not group.named and axis not in group.stated and _may_be_said(group, axis, value, with_record=with_record):
            dealt[key] = value
    return dealt


def _may_be_said(group: PersonGroup, axis: str, value: str, *, with_record: bool) -> bool:
    """Say whether an axis is open, or the value is the one of record."""
    fix = group.fixed.get(axis)
    return fix is None or (with_record and bool(fix.value) and set(value.split(MIX_SEPARATOR)) <= set(fix.value))


def _cuts(
    text: str,
    groups: Sequence[PersonGroup],
    dealt: Mapping[str, str],
    edits: Mapping[int, _Edit],
    composed: str,
    is_long: bool,
    token_limit: int,
    count_tokens: Callable[[str], int],
) -> bool:
    """Say whether the limit would cut off words of the user, or those we are adding."""
    if not is_long:
        return count_tokens(composed) > token_limit
    last = max(int(key.partition(".")[0]) for key in dealt)
    prefix, _ = _apply(text[: groups[last].span.end], groups, {}, {})
    added = " ".join(edit.words for index, edit in edits.items() if index <= last)
    return count_tokens(prefix) + count_tokens(added) > token_limit


def _missed_least(dealt: Mapping[str, str]) -> str:
    """Return the attribute to leave out first: of the last group, and there age before looks before gender."""
    return min(dealt, key=lambda key: (RANKS.get(key.partition(".")[2], 2), -int(key.partition(".")[0])))


def _apply(
    text: str, groups: Sequence[PersonGroup], dealt: Mapping[str, str], axis_words: Words
) -> tuple[str, dict[int, _Edit]]:
    """Return the composed text and the edits by group."""
    by_group: dict[int, dict[str, str]] = {}
    for key, value in dealt.items():
        number, _, axis = key.partition(".")
        by_group.setdefault(int(number), {})[axis] = value
    edits = {index: _edit(text, groups[index], values, axis_words) for index, values in by_group.items()}
    pieces, end = [], 0
    for edit in sorted(edits.values(), key=lambda edit: edit.start):
        pieces += [text[end : edit.start], edit.words]
        end = edit.end
    return "".join([*pieces, text[end:]]), edits


def _changes(
    groups: Sequence[PersonGroup], dealt: Mapping[str, str], edits: Mapping[int, _Edit], left_out: Sequence[str]
) -> Iterator[Change]:
    for index, edit in sorted(edits.items()):
        axes = [axis for number, _, axis in (key.partition(".") for key in dealt) if int(number) == index]
        why = _why(groups[index], axes)
        yield Change(kind="added", before=groups[index].phrase, after=edit.words.strip(" ,"), why=why)
    for key in left_out:
        number, _, axis = key.partition(".")
        phrase = groups[int(number)].phrase
        why = f"{axis} is not said: the prompt would not fit into the generator's text encoder"
        yield Change(kind="kept", before=phrase, after=phrase, why=why)


def _why(group: PersonGroup, axes: Sequence[str]) -> str:
    """Say why something was added: what was open is dealt, what is of record is named."""
    dealt = [axis for axis in axes if axis not in group.fixed]
    reasons = [group.fixed[axis].reason for axis in axes if axis in group.fixed]
    if dealt:
        reasons.insert(
            0, f"the prompt leaves {listed(dealt)} open; dealt so that over many pictures every value has its share"
        )
    return "; ".join(dict.fromkeys(reasons))


def _edit(text: str, group: PersonGroup, values: Mapping[str, str], axis_words: Words) -> _Edit:
    start, end = group.span.start, group.span.end
    if group.number == "many" and any(MIX_SEPARATOR in value for value in values.values()):
        return _mix(text, group, values, axis_words)
    phrase = text[start:end]
    new = worded(phrase, values, axis_words, owns=text[end : end + 1] in ("'", "\N{RIGHT SINGLE QUOTATION MARK}"))
    if len(phrase) > 3 and phrase.isupper():
        new = new.upper()
    before = text[max(0, start - _CONTEXT) : start]
    article = _ARTICLE.search(before)
    if phrase.lower() in _PRONOUNS and new.lower() not in _PRONOUNS:
        new = f"{_in_case_of(phrase[:1], article_for(new), shouted=phrase.isupper())} {new}"
    elif article is not None and new.split(" ")[0] != phrase.split(" ")[0]:
        right = _in_case_of(article["article"], article_for(new), shouted=phrase.isupper())
        return _Edit(start=start - len(article.group()), end=end, words=right + article["gap"] + new)
    if phrase[:1].isupper() and _SENTENCE_START.search(before) and (start < _CONTEXT or before.strip()):
        new = recapitalised(phrase, new)
    return _Edit(start=start, end=end, words=new)


def _in_case_of(old: str, new: str, *, shouted: bool) -> str:
    """Write the new article like the old one: "a", "A" or "AN"."""
    if old.isupper() and (shouted or len(old) > 1):
        return new.upper()
    return new.capitalize() if old[0].isupper() else new


def _mix(text: str, group: PersonGroup, values: Mapping[str, str], axis_words: Words) -> _Edit:
    """Put the mix behind the phrase of a group of several people."""
    place = group.span.end
    rest = text[place:]
    collective = _COLLECTIVE.search(group.phrase) is not None
    if collective and (belongs := _OF.match(rest)) is not None:
        place, collective = place + belongs.end(), False
        rest = text[place:]
    closing = "," if rest[:1].isspace() and rest.strip() else ""
    mixes = {axis: value.split(MIX_SEPARATOR) for axis, value in values.items()}
    counted = _COUNTED.search(text[max(0, group.span.start - 14) : group.span.start]) or _PAIR.match(group.phrase)
    people = _each(_COUNTS[counted["count"].lower()], group, mixes, axis_words) if counted is not None else None
    if people is not None:
        return _Edit(start=place, end=place, words=f", {listed(people)}{closing}")
    words = _together(group, mixes, axis_words)
    return _Edit(start=place, end=place, words=f" of {words}" if collective else f", {words}{closing}")


def _each(count: int, group: PersonGroup, mixes: Mapping[str, Sequence[str]], axis_words: Words) -> list[str] | None:
    """Describe two or three people one by one; None when there is no noun to describe them with."""
    genders = mixes.get("gender", [group.stated["gender"]] if "gender" in group.stated else [])
    if not genders or group.stated.get("age") in _MINOR:
        return None
    people = []
    for place in range(count):
        noun = axis_words.get("gender", {}).get(genders[place % len(genders)], {}).get("noun")
        if noun is None:
            return None
        values = {axis: mix[place % len(mix)] for axis, mix in mixes.items() if axis != "gender"}
        person = worded(noun, values, axis_words)
        people.append(f"{article_for(person)} {person}")
    return people


def _together(group: PersonGroup, mixes: Mapping[str, Sequence[str]], axis_words: Words) -> str:
    """Describe many people at once: "Black, Asian and white women and men of different ages"."""
    noun = _plural(group, mixes, axis_words)
    before, behind = [], []
    for axis, mix in mixes.items():
        if axis == "gender":
            continue
        forms = [axis_words.get(axis, {}).get(value, {}) for value in mix]
        if axis == "age" and len(mix) > 1:
            behind.append("of different ages")
        elif all("adjective" not in form and "phrase" in form for form in forms):
            behind.append(_phrases([form["phrase"] for form in forms]))
        else:
            before.append(listed([form.get("adjective", value) for form, value in zip(forms, mix, strict=True)]))
    if not noun and before and behind:
        before[-1] += ","
    return " ".join(part for part in (*before, noun, *behind) if part)


def _plural(group: PersonGroup, mixes: Mapping[str, Sequence[str]], axis_words: Words) -> str:
    """Return "women and men", or nothing where the phrase says it already."""
    form = "children" if group.stated.get("age") in _MINOR else "plural"
    genders = axis_words.get("gender", {})
    if "gender" in mixes:
        return listed([genders.get(value, {}).get(form, f"{value} people") for value in mixes["gender"]])
    plural = genders.get(group.stated.get("gender", ""), {}).get(form, "people")
    return "" if group.phrase.lower().endswith(plural) else plural


def _phrases(phrases: list[str]) -> str:
    """Join "with fair skin" and "with brown skin" without saying the preposition twice."""
    first = phrases[0].split(" ")[0]
    if all(phrase.startswith(f"{first} ") for phrase in phrases):
        return f"{first} {listed([phrase.removeprefix(f'{first} ') for phrase in phrases])}"
    return listed(phrases)

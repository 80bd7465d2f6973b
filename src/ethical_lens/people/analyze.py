"""Finds the people a prompt speaks of, by rules over ``words.yaml``.

Real but simple: it knows the words it was given and a few ways in which English builds noun phrases. A trained model
can take its place behind the same protocol.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ethical_lens.people import phrases
from ethical_lens.people.context import Context, Scene
from ethical_lens.people.lexicon import Entry, Lexicon, load_lexicon
from ethical_lens.people.names import Names
from ethical_lens.people.reading import Candidate, Reading
from ethical_lens.people.statements import merge_appositions, read_after, read_words, resolve_pronouns
from ethical_lens.people.things import is_excluded, is_thing, names_person
from ethical_lens.people.tokens import is_english, tokenize
from ethical_lens.types import AXES, Fixed, PersonGroup, Span

_AGE = re.compile(r"\d+[ -]?years?[ -]?old", re.IGNORECASE)
_BODIES = frozenset(
    ("police", "army", "navy", "military", "militia", "clergy", "guard", "guards", "crew", "staff", "force", "forces")
)
_NAMED = Fixed(value=(), reason="a named person is who they are", confidence=0.9)


class RuleAnalyzer:
    """Finds groups of people with word lists and rules; English only. The lists are read on first use.

    Example:
        >>> [group] = RuleAnalyzer().analyze(["a young Black nurse with her cat"])[0]
        >>> group.phrase, group.stated["age"], group.stated["gender"], group.open_axes
        ('young Black nurse', 'young adulthood', 'female', ())
    """

    name = "people-rules@1"

    def analyze(self, texts: Sequence[str]) -> list[list[PersonGroup]]:
        """Return the groups of people in each text, in order of appearance.

        Args:
            texts: Prompts as the user wrote them.

        Returns:
            One list per text; empty for a text that is not English or speaks of nobody.
        """
        return [_groups(Reading(text, self.lexicon), self._names, self._context) for text in texts]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words that name people."""
        return load_lexicon()

    @cached_property
    def _names(self) -> Names:
        return Names(self.lexicon)

    @cached_property
    def _context(self) -> Context:
        return Context()


def why_nobody(text: str) -> tuple[str, ...]:
    """Return why no people were looked for in a text, in a sentence; empty where it was read and speaks of nobody.

    Example:
        >>> why_nobody("una doctora en un parque con su perro")
        ('nothing was dealt, because people are found in English prompts only',)
        >>> why_nobody("a bowl of apples")
        ()
    """
    if is_english(tokenize(text)):
        return ()
    return ("nothing was dealt, because people are found in English prompts only",)


def _groups(reading: Reading, names: Names, context: Context) -> list[PersonGroup]:
    """Return the finished groups of one text."""
    if not is_english(reading.tokens):
        return []
    found = merge_appositions(reading, _find(reading, names))
    if not found:
        return []
    starts = [group.first for group in found[1:]]
    for group, until in zip(found, [*starts, len(reading.tokens)], strict=True):
        if group.entry is not None:
            read_after(reading, group, group.entry, until, context)
    resolve_pronouns(reading, found)
    scene = context.scene(reading.text, [reading.phrase(group).lower() for group in found if not group.named])
    return [_finish(reading, group, scene, context) for group in found]


def _find(reading: Reading, names: Names) -> list[Candidate]:
    """Walk over the words once, and collect every phrase that names people."""
    found: list[Candidate] = []
    owners: list[Candidate] = []
    i = free = 0
    while i < len(reading.tokens):
        nobody = reading.names_nobody(i)
        if nobody:
            i = free = i + nobody
            continue
        end = names.end_at(reading, i)
        if end is not None:
            if names_person(reading, i, end, later=bool(found)):
                found.append(Candidate(first=i, head=end - 1, last=end - 1, entry=None))
                free = end
            i = end
            continue
        head = phrases.head_at(reading, i)
        if head is None or _is_artist(reading, head):
            i += 1
            continue
        group = _build(reading, head, free)
        i = head[1] + 1
        if group is None or _is_employer(reading, group, found):
            continue
        if _is_age_behind(reading, group, found):
            found[-1].stated = {**found[-1].stated, **group.stated}
            i = free = group.last + 1
        elif not reading.tokens[group.last].owns:
            named = names.end_at(reading, group.last + 1) if _is_title(reading, group) else None
            if named is not None:
                group = Candidate(first=group.last + 1, head=named - 1, last=named - 1, entry=None)
            found.append(group)
            i = free = group.last + 1
        elif _shows_body(reading, group.last):
            owners.append(group)
    return found or owners[:1]


def _is_artist(reading: Reading, head: phrases.Head) -> bool:
    """Say whether a word for one person stands bare in a list of artists: "by tom bagshaw, earl norem"."""
    first, last, entry = head
    return (
        first > reading.first_credit
        and not entry.plural
        and not reading.determiner(first)
        and (reading.tokens[last].low == entry.word and first == last and entry.kind != "group")
    )


def _is_age_behind(reading: Reading, group: Candidate, found: Sequence[Candidate]) -> bool:
    """Say whether a phrase is only an age, behind a comma and the one person it can mean: "1girl, 20 years old"."""
    if not found or _AGE.fullmatch(reading.phrase(group)) is None or reading.tokens[group.first].glue.strip() != ",":
        return False
    return group.first == found[-1].last + 1 or (len(found) == 1 and not found[0].many)


def _is_employer(reading: Reading, group: Candidate, found: Sequence[Candidate]) -> bool:
    """Say whether a body of people only tells whose member somebody is: "an officer of the police"."""
    if not found or reading.tokens[group.last].low not in _BODIES:
        return False
    between = [token.low for token in reading.tokens[found[-1].last + 1 : group.first]]
    return between in (["of"], ["of", "the"])


def _is_title(reading: Reading, group: Candidate) -> bool:
    """Say whether a word for one person may introduce a name right behind it: "my cousin Ngozi"."""
    return not group.many and group.entry is not None and reading.next(group.last) is not None


def _shows_body(reading: Reading, last: int) -> bool:
    """Say whether a possessive is followed by a part of the body: "a farmer's hands"."""
    following = reading.tokens[last + 1 : last + 4]
    return not reading.head_ahead(last) and any(token.low in reading.sets["body_parts"] for token in following)


def _build(reading: Reading, head: phrases.Head, free: int) -> Candidate | None:
    """Make a group of a head noun, or None when it is no person here."""
    start, last, entry = head
    first = phrases.first_modifier(reading, start, free)
    group = Candidate(first=first, head=start, last=last, entry=entry, many=entry.plural, ages=entry.ages)
    if is_thing(reading, group, entry) or is_excluded(reading, first, last, later=free > 0):
        return None
    if not _is_sure(reading, group, entry):
        return None
    _count(reading, group, entry)
    if entry.kind == "group":
        joined = phrases.plural_after_of(reading, group)
        if joined is None and not phrases.is_of_people(reading, group, entry):
            return None
        if joined is not None:
            if entry.word in reading.sets["number_of"]:
                group.first = phrases.first_modifier(reading, joined[0], last + 2)
            group.head, group.last, entry = joined
            group.entry, group.ages, group.many = entry, entry.ages, True
    read_words(reading, group, entry)
    return group


def _is_sure(reading: Reading, group: Candidate, entry: Entry) -> bool:
    """Say whether a word that means something else as well is a person here."""
    if entry.kind == "people":
        return phrases.is_noun_for_people(reading, group)
    if entry.word not in reading.sets["doubtful"] or group.first < group.head or reading.determiner(group.first):
        return True
    if group.many and phrases.is_of_named(reading, group):
        return True
    alone = len(reading.tokens) == group.last - group.first + 1
    return alone or entry.kind == "group" or reading.people_act(group.last)


def _count(reading: Reading, group: Candidate, entry: Entry) -> None:
    """Let the determiner say how many there are, where the noun alone does not."""
    determiner = reading.determiner(group.first)
    if determiner in ("a", "an", "one") and entry.kind != "group":
        group.many = False
    elif determiner in reading.sets["plural_determiners"] or (determiner.isdecimal() and determiner != "1"):
        group.many = True


def _is_proper(reading: Reading, group: Candidate) -> bool:
    """Say whether a modifier has a capital that no sentence start explains, or is unknown: "Majapahit nobles"."""
    if reading.shouted:
        return False
    return any(
        token.text[:1].isupper() and not reading.describes_people(token.low)
        for token in reading.tokens[group.first : group.head]
    )


def _says_more(known: Fixed | None, fix: Fixed) -> bool:
    """Say whether the record gives a value where the words only leave an axis alone."""
    return known is not None and bool(known.value) and not fix.value


def _finish(reading: Reading, group: Candidate, scene: Scene, context: Context) -> PersonGroup:
    phrase, span = reading.phrase(group), Span(start=reading.tokens[group.first].start, end=reading.end(group))
    if group.named:
        return PersonGroup(phrase=phrase, span=span, number="one", named=True, fixed=dict.fromkeys(AXES, _NAMED))
    head = " ".join(token.low for token in reading.tokens[group.head : group.last + 1])
    before = reading.text[max(0, span.start - 30) : span.start].lower()
    known = context.fix(
        scene,
        phrase.lower(),
        head,
        peopled="race" in group.fixed,
        proper=_is_proper(reading, group),
        before=before,
    )
    fixed = {**known, **{axis: fix for axis, fix in group.fixed.items() if not _says_more(known.get(axis), fix)}}
    fixed = {axis: fix for axis, fix in fixed.items() if axis not in group.stated}
    return PersonGroup(
        phrase=phrase,
        span=span,
        number="many" if group.many else "one",
        stated=group.stated,
        fixed=fixed,
        open_axes=tuple(axis for axis in AXES if axis not in group.stated and axis not in fixed),
        ages=group.ages,
    )

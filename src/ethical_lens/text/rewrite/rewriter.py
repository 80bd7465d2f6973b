"""The rewriter "spans": puts something harmless in the place of what was found, and leaves the rest as it is.

Words and notation outside the edits stay byte-identical, but for the spaces, commas and articles next to them. What may
stand in the place of a concept is written in the lexicon, what may stand in the place of other words in
``replacements.yaml``; where nothing fits, the smallest sensible phrase is left out. A candidate is a proposal: the
caller screens it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from ethical_lens.text.figures import Figure, Gazetteer
from ethical_lens.text.lexicon import CATEGORIES, Lexicon, Sighting
from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split
from ethical_lens.text.rewrite.constituents import chunks, removals
from ethical_lens.text.rewrite.edits import Edit, apply, combine
from ethical_lens.text.rewrite.forms import Forms
from ethical_lens.text.rewrite.line import DETERMINERS, FUNCTION_WORDS, PREPOSITIONS, Line, read
from ethical_lens.text.rewrite.ranking import Candidate, content_words, n_defects
from ethical_lens.text.rewrite.replacements import Replacements, Swap
from ethical_lens.text.syntax import Prompt, parse
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Change, Finding, Severity, Span

Harm = Callable[[Sequence[str]], Sequence[float]]
"""Measures texts, a batch at a time: the probability that each has explicit harm (K2) or worse."""

_MAX_CANDIDATES: Final = 5
_MAX_ROUNDS: Final = 4
_MAX_WIDER: Final = 12
"""Wider candidates that are measured in one round."""
_EXPLICIT: Final = 0.5
"""Even odds. This ranks proposals and stops the search; whether a wording is released is the policy's decision."""
_CLOSE: Final = 0.75
"""Share of the kept words from which on a harmless wording is close enough to stop the search."""
_FIGURE: Final = "public_figure"
_DESCRIPTIONS: Final = {
    "politicians": "a politician",
    "royalty and religion": "a dignitary",
    "business": "a business leader",
    "actors": "an actor",
    "musicians": "a musician",
    "athletes": "an athlete",
}
_ACTORS: Final = ("er", "ers", "or", "ors", "ist", "ists", "man", "men")
_HIDDEN: Final = ("sexual", "hate")
_HARMS: Final = frozenset(CATEGORIES) - {_FIGURE, MINOR_SEXUAL, "opt_out"}
_LONG: Final = 3
"""Words that say something, from which on a phrase may hold some that are worth keeping."""


Option = tuple[Edit, ...]
"""Edits that together are rid of one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Something that has to go, and the edits that would do it, best first."""

    core: Span
    options: tuple[Option, ...]
    reach: int = 0
    """Words that were looked at to tell; more is better."""
    named: bool = False
    """Whether it names somebody who stays the subject under a description."""


class SpanRewriter:
    """Rewrites prompts span by span.

    Args:
        lexicon: Compiled lexicon; None reads the shipped one.
        harm: Measures the candidates, so that the search can widen until one is harmless; None keeps them in the order
            in which they were thought of.
        seconds: Time after which the search widens no further.

    Example:
        >>> from ethical_lens.text.lexicon import PhraseDetector
        >>> text = "two pirates in a knife fight, oil painting"
        >>> [findings] = PhraseDetector().detect([text])
        >>> SpanRewriter().rewrite(text, findings)[0][0]
        'two pirates in a dance, oil painting'
    """

    name = "spans@2"

    def __init__(self, lexicon: Lexicon | None = None, harm: Harm | None = None, seconds: float = 1.0) -> None:
        self._lexicon = lexicon or Lexicon()
        self._gazetteer = Gazetteer.shipped()
        self._harm = harm
        self._seconds = seconds

    @cached_property
    def _replacements(self) -> Replacements:
        """The table, read when something has to be reworded for the first time."""
        return Replacements(self._lexicon.grammar)

    @property
    def _forms(self) -> Forms:
        return self._replacements.forms

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        """Return candidate wordings without what the findings point at, best first.

        Args:
            text: The prompt.
            findings: What has to go: those that fired, not everything that was measured. Ones with a score of 0 are
                passed over. When none of them has a span, the families of words that carry harm are looked for.

        Returns:
            Distinct candidates with their changes; empty for anything about minors, when nothing can be edited, and
            when nothing of the subject would be left.
        """
        wanted = [finding for finding in findings if finding.score > 0 and finding.category != FAILURE]
        sightings, figures = self._lexicon.sightings(text, self._gazetteer)
        if self._concerns_minors(wanted, sightings):
            return []
        prompt = parse(text)
        line = read(prompt, self._replacements.things)
        places = self._places(prompt, line, wanted, sightings, figures)
        if not places:
            return []
        candidates = self._candidates(text, places)
        if self._harm is not None:
            candidates = self._searched(text, line, places, candidates)
        return [(each.text, each.changes) for each in candidates[:_MAX_CANDIDATES]]

    def _concerns_minors(self, findings: Iterable[Finding], sightings: Iterable[Sighting]) -> bool:
        seen = any(each.concept.category == MINOR_SEXUAL and each.score >= _EXPLICIT for each in sightings)
        return seen or any(finding.category == MINOR_SEXUAL for finding in findings)

    # Places: what has to go, and what may stand there.

    def _places(
        self,
        prompt: Prompt,
        line: Line,
        findings: Sequence[Finding],
        sightings: Sequence[Sighting],
        figures: Sequence[tuple[Figure, Span]],
    ) -> list[_Place]:
        places: list[_Place] = []
        by_span: dict[tuple[int, int], set[str]] = {}
        for finding in findings:
            span = finding.where
            if isinstance(span, Span) and span.start < span.end <= len(prompt.text):
                by_span.setdefault((span.start, span.end), set()).add(finding.category)
        for (start, end), categories in by_span.items():
            span = Span(start=start, end=end)
            if _FIGURE in categories:
                places.append(self._figure(span, figures))
            if categories - {_FIGURE}:
                places.extend(self._harmful(prompt, line, span, categories - {_FIGURE}, sightings))
        if not by_span and any(finding.category in _HARMS for finding in findings):
            places = [self._swapped(line, swap) for swap in self._replacements.swaps(line, range(len(line.words)))]
        return _separate(places)

    def _figure(self, span: Span, figures: Sequence[tuple[Figure, Span]]) -> _Place:
        kinds = [figure.kind for figure, where in figures if where.overlaps(span)]
        description = _DESCRIPTIONS.get(kinds[0], "a person") if kinds else "a person"
        edit = Edit(span=span, text=description, say="the name of a public figure")
        return _Place(core=span, options=((edit,),), named=True)

    def _harmful(
        self, prompt: Prompt, line: Line, span: Span, categories: Set[str], sightings: Sequence[Sighting]
    ) -> list[_Place]:
        """Return the places of one span: what phrases know, then what families know, then what nobody knows."""
        name = _name_around(prompt, span)
        say = f"something in the category {min(categories).replace('_', ' ')}"
        if name is not None:
            return [_Place(core=name, options=((Edit(span=name, text="", say=say, hide=True, whole=True),),))]
        if _cuts_words(prompt.text, line, span):
            return [_Place(core=span, options=((Edit(span=span, text="", say=say, hide=True),),))]
        touching = [each for each in sightings if each.span.overlaps(span)]
        speaking = [each for each in touching if not categories.isdisjoint((each.concept.category, *each.concept.also))]
        places = _separate([self._sighted(prompt.text, line, each) for each in speaking or touching])
        covered = {index for place in places for index in line.inside(place.core)}
        left = [index for index in line.inside(span) if index not in covered]
        swaps = self._replacements.swaps(line, left)
        places.extend(self._swapped(line, swap) for swap in swaps)
        covered.update(index for swap in swaps for index in range(swap.start, swap.end))
        unknown = [index for index in left if index not in covered]
        telling = [index for index in unknown if line.is_content(index)]
        if places:
            telling = [index for index in telling if line.word(index) not in self._replacements.things]
        elif not telling:
            telling = unknown
        places.extend(self._unknown(line, start, end, say) for start, end in _runs(telling, line))
        if not places:
            places.append(_Place(core=span, options=((Edit(span=span, text="", say=say, hide=True),),)))
        return places

    def _sighted(self, text: str, line: Line, sighting: Sighting) -> _Place:
        concept, span = sighting.concept, sighting.span
        hide = concept.severity > Severity.K1 and concept.category in _HIDDEN
        words = line.inside(span)
        if not words:
            return _Place(core=span, options=((Edit(span=span, text="", say=concept.say, hide=hide),),))
        start, end = words[0], words[-1] + 1
        folded = split(normalize(text[span.start : span.end]).text).words
        verb = self._verb_form(folded) if folded else None
        if verb is not None and line.use(start, end, verb) != "verb" and not _only_verbs(concept.safe):
            verb = None
        number = self._forms.number(folded or ["x"])
        fitting = [choice for choice in concept.safe if choice and (verb or "/v" not in choice)]
        choices = [self._forms.fit(choice, verb or "base", number) for choice in fitting]
        options: list[Option] = [(Edit(span=span, text=choice, say=concept.say, hide=hide),) for choice in choices]
        n_content = sum(map(line.is_content, words))
        longer = n_content >= _LONG or any(line.word(index) in PREPOSITIONS for index in words)
        inside = self._inside(line, words)
        if inside is not None and (longer or not options):
            options.insert(0, inside)
        options.extend(self._removed(line, start, end, concept.say, hide, verb=verb is not None, exactly=span))
        if not options:
            options = [(Edit(span=span, text=self._someone(folded), say=concept.say, hide=hide),)]
        return _Place(core=span, options=tuple(dict.fromkeys(options)), reach=sighting.reach)

    def _inside(self, line: Line, words: Sequence[int]) -> Option | None:
        """Return what is rid of the harmful words of a longer phrase and keeps its others; None when none is known."""
        swaps = [each for each in self._replacements.swaps(line, words) if any(each.choices)]
        return tuple(self._swapped(line, swap).options[0][0] for swap in swaps) or None

    def _verb_form(self, words: Sequence[str]) -> str | None:
        form = self._forms.verb(words)
        return form if words[0] in self._lexicon.grammar.verbs and form != "adjective" else None

    def _swapped(self, line: Line, swap: Swap) -> _Place:
        span = line.span(swap.start, swap.end)
        family = swap.family
        options: list[Option] = [
            (Edit(span=span, text=choice, say=family.say, hide=family.hide),) for choice in swap.choices if choice
        ]
        options.extend(self._removed(line, swap.start, swap.end, family.say, family.hide, verb=swap.verb))
        return _Place(core=span, options=tuple(options), reach=swap.end - swap.start)

    def _unknown(self, line: Line, start: int, end: int, say: str) -> _Place:
        """Return the place of words that no table knows: an action gets a tame one, a person becomes a person."""
        span = line.span(start, end)
        words = line.words[start:end]
        form = self._forms.verb(words)
        verb = end - start == 1 and (line.is_action(start) or form == "past") and line.use(start, end, form) == "verb"
        options: list[Option] = []
        tame = self._tame(line, start, end, verb=verb)
        if tame:
            options.append((Edit(span=span, text=tame, say=say, hide=True),))
        options.extend(self._removed(line, start, end, say, True, verb=verb))
        return _Place(core=span, options=tuple(options))

    def _tame(self, line: Line, start: int, end: int, *, verb: bool) -> str:
        """Return what may stand for an action, a person or a thing that no table knows; "" for nothing."""
        words = line.words[start:end]
        form, number = self._forms.verb(words), self._forms.number(words)
        if verb:
            if form != "ing":
                return ""
            greets = line.object(end) in self._replacements.things
            tame = "greet/v" if greets else "admire/v" if line.has_object(end) else "walk/v"
            return self._forms.fit(tame, form, number)
        if _is_subject(line, start, end):
            return self._someone(words)
        if not line.is_content(end) and _is_held(line, start):
            counted = number == "many" or line.word(start - 1) in DETERMINERS or line.is_adjective(start - 1)
            return self._forms.fit("basket/n", "base", number) if counted else "water"
        return ""

    def _someone(self, words: Sequence[str]) -> str:
        someone = "person/n" if words[-1].endswith(_ACTORS) else "figure/n"
        return self._forms.fit(someone, "base", self._forms.number(words))

    def _removed(
        self, line: Line, start: int, end: int, say: str, hide: bool, *, verb: bool, exactly: Span | None = None
    ) -> list[Option]:
        """Return edits that leave words out, the smallest range first."""
        if not verb and _is_subject(line, start, end):
            return []
        link = "with" if verb and line.has_object(end) else ""
        spans = [exactly] if exactly is not None else []
        spans.extend(line.span(first, last) for first, last in removals(line, start, end, verb=verb))
        widest = spans[-1]
        return [(Edit(span=each, text="", say=say, hide=hide, link="" if each == widest else link),) for each in spans]

    # Candidates: one edit for each place, the first of each, then the second, and so on.

    def _candidates(self, text: str, places: Sequence[_Place]) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        for rank in range(max(len(place.options) for place in places)):
            options = [place.options[min(rank, len(place.options) - 1)] for place in places]
            made = self._made(text, places, _varied(options, places))
            if made is not None:
                found.setdefault(made.text, made)
        # A stable sort: what reads as broken goes behind what does not.
        own = n_defects(text)
        return sorted(found.values(), key=lambda each: max(0, n_defects(each.text) - own))

    def _made(self, text: str, places: Sequence[_Place], edits: Iterable[Edit]) -> Candidate | None:
        combined = combine(edits)
        wording, changes = apply(text, combined)
        # Where only blanks were cut there is no change to tell of, and nothing was reworded.
        if wording == text or not changes or not wording.strip() or not self._keeps_subject(text, places, combined):
            return None
        return Candidate(text=wording, changes=changes, edits=combined)

    def _keeps_subject(self, text: str, places: Sequence[_Place], edits: Sequence[Edit]) -> bool:
        """Return whether a word of the user's subject is left, besides style words and what was put in."""
        kept = list(text)
        named = [place.core for place in places if place.named]
        for span in (edit.span for edit in edits if edit.span not in named):
            kept[span.start : span.end] = " " * (span.end - span.start)
        words = {word for word in split(normalize("".join(kept)).text).words if word.isalpha()}
        return bool(words - self._lexicon.style - self._replacements.adjectives - FUNCTION_WORDS)

    # The search: measure, and go further around what is most harmful.

    def _searched(
        self, text: str, line: Line, places: Sequence[_Place], candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        until = time.monotonic() + self._seconds
        content = self._content(text, places)
        pool = self._measured(candidates)
        for _ in range(_MAX_ROUNDS):
            failing = [each for each in pool if each.harm >= _EXPLICIT]
            kept = [each.closeness(content) for each in pool if each.harm < _EXPLICIT]
            if not failing or max(kept, default=0.0) >= _CLOSE or time.monotonic() > until:
                break
            least = min(failing, key=lambda each: (each.harm, -each.closeness(content)))
            known = {each.text for each in pool}
            fresh = [each for each in self._wider(text, line, places, least) if each.text not in known]
            if not fresh:
                break
            pool.extend(self._measured(fresh))
        own = n_defects(text)
        passing = [each for each in pool if each.harm < _EXPLICIT]
        return sorted(passing, key=lambda each: -each.worth(content, own))

    def _wider(self, text: str, line: Line, places: Sequence[_Place], best: Candidate) -> list[Candidate]:
        """Return candidates that leave out one more phrase each: families of harmful words first, then any phrase."""
        taken = {index for edit in best.edits for index in line.inside(edit.span)}
        open_words = [index for index in range(len(line.words)) if index not in taken]
        swaps = self._replacements.swaps(line, open_words)
        untouched = [swap for swap in swaps if taken.isdisjoint(range(swap.start, swap.end))]
        further = [option[0] for swap in untouched for option in self._swapped(line, swap).options[:1]]
        ranges = [each for each in chunks(line) if not set(range(*each)) <= taken]
        say = "something harmful"
        further.extend(Edit(span=line.span(*each), text="", say=say, hide=True) for each in sorted(ranges, key=_length))
        made = [self._made(text, places, [*best.edits, edit]) for edit in further[: 2 * _MAX_WIDER]]
        return [each for each in made if each is not None][:_MAX_WIDER]

    def _measured(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        if not candidates or self._harm is None:
            return list(candidates)
        harms = self._harm([each.text for each in candidates])
        return [replace(each, harm=float(harm)) for each, harm in zip(candidates, harms, strict=True)]

    def _content(self, text: str, places: Sequence[_Place]) -> list[str]:
        kept = list(text)
        for place in places:
            kept[place.core.start : place.core.end] = " " * (place.core.end - place.core.start)
        return content_words("".join(kept), self._lexicon.style)


def _varied(options: Sequence[Option], places: Sequence[_Place]) -> Iterator[Edit]:
    """Yield the edits of each place; what would say the same phrase twice is left out the second time."""
    said: dict[str, int] = {}
    for option, place in zip(options, places, strict=True):
        repeated = any(
            edit.text in said and (" " in edit.text or edit.span.start <= said[edit.text] + 1) for edit in option
        )
        silent = next((each for each in place.options if not any(edit.text for edit in each)), option)
        chosen = silent if repeated else option
        said.update((edit.text, edit.span.end) for edit in chosen if edit.text)
        yield from chosen


def _only_verbs(choices: Sequence[str]) -> bool:
    return all("/v" in choice for choice in choices if choice)


def _cuts_words(text: str, line: Line, span: Span) -> bool:
    """Tell whether a span lies inside what passes for one word, as in scripts that are written without spaces."""
    touched = [line.spans[index] for index in line.inside(span)]
    beyond = [each for each in touched if each.start < span.start or span.end < each.end]
    return any(not text[each.start : each.end].isascii() for each in beyond)


def _name_around(prompt: Prompt, span: Span) -> Span | None:
    """Return the whole notation when a span lies in the name of a network or embedding."""
    for before, segment, after in zip(prompt.segments, prompt.segments[1:], prompt.segments[2:], strict=False):
        if segment.kind == "name" and segment.start <= span.start and span.end <= segment.end:
            return Span(start=before.start, end=after.end)
    return None


def _is_subject(line: Line, start: int, end: int) -> bool:
    begin = start
    while line.is_adjective(begin - 1) or line.word(begin - 1) in ("a", "an", "the", "two", "three", "some", "many"):
        begin -= 1
    first = not any(line.is_word(index) for index in range(begin))
    return first and line.is_word(end) and not (line.is_content(end) and not line.is_action(end))


def _is_held(line: Line, start: int) -> bool:
    """Tell whether the words are what an action is about, like a brick that is thrown."""
    begin = start - 1
    while line.is_adjective(begin) or line.word(begin) in DETERMINERS:
        begin -= 1
    return line.is_action(begin)


def _runs(indices: Sequence[int], line: Line) -> list[tuple[int, int]]:
    """Return half-open ranges of neighbours; an action stands alone."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] == index and not line.is_action(index) and not line.is_action(index - 1):
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def _length(range_: tuple[int, int]) -> int:
    return range_[1] - range_[0]


def _separate(places: Sequence[_Place]) -> list[_Place]:
    """Keep the longest of places that overlap, in order of the text."""
    kept: list[_Place] = []
    for place in sorted(places, key=lambda place: (place.core.start - place.core.end, -place.reach)):
        if not any(place.core.overlaps(other.core) for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: place.core.start)

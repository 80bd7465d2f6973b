"""The rewriter "spans": puts something harmless in the place of what was found, and leaves the rest as it is.

Words and notation outside the spans stay byte-identical, but for the spaces, commas and articles next to an edit. What
may stand in the place of a concept is written in the lexicon. A candidate is a proposal: the caller screens it again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.text.figures import Gazetteer
from ethical_lens.text.lexicon import Lexicon, Sighting
from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split
from ethical_lens.text.syntax import parse
from ethical_lens.types import MINOR_SEXUAL, Change, Finding, Severity, Span

_GONE: Final = "\ue000"
_BEGIN: Final = "\ue001"
_MARKS: Final = re.compile(f"[{_GONE}{_BEGIN}]")
_MAX_CANDIDATES: Final = 3

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
_LONGEST_ARTICLE: Final = 8
_BARE_ARTICLE: Final = re.compile(r"(?:^|\s)(?:a|an|the|very|his|her|their)\s+$", re.IGNORECASE)
_OBJECT: Final = re.compile(r"\s+(?:a|an|the|his|her|their|its|another|each|some|two|three)\b")
_DESCRIPTIONS: Final = {
    "politicians": "a politician",
    "royalty and religion": "a dignitary",
    "business": "a business leader",
    "actors": "an actor",
    "musicians": "a musician",
    "athletes": "an athlete",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A range to be edited, and what may stand there."""

    span: Span
    choices: tuple[str, ...]
    """Replacements, best first; "" removes."""
    say: str
    hide: bool
    """Whether the words themselves are not to be repeated to the user."""
    reach: int = 0
    """Words that were looked at to tell; more is better."""
    verb: bool = False
    """Whether a verb goes, so that what follows may need a link."""


class SpanRewriter:
    """Rewrites prompts span by span.

    Args:
        lexicon: Compiled lexicon; None reads the shipped one.
    """

    name = "spans@1"

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or Lexicon()
        self._grammar = self._lexicon.grammar
        self._gazetteer = Gazetteer.shipped()

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        """Return candidate wordings without what the findings point at, best first.

        Args:
            text: The prompt.
            findings: What has to go: those that fired, not everything that was measured. Ones without a span in the
                text or with a score of 0 are passed over.

        Returns:
            Distinct candidates with their changes; empty for anything about minors, when nothing can be edited, and
            when nothing of the subject would be left.
        """
        wanted = [finding for finding in findings if finding.score > 0]
        if any(finding.category == MINOR_SEXUAL for finding in wanted):
            return []
        places = self._places(text, wanted)
        if not places:
            return []
        candidates: dict[str, tuple[Change, ...]] = {}
        for rank in range(_MAX_CANDIDATES):
            wording, changes = _apply(text, places, rank)
            if wording != text and self._keeps_subject(text, wording, places):
                candidates.setdefault(wording, changes)
        return list(candidates.items())

    def _places(self, text: str, findings: Sequence[Finding]) -> list[_Place]:
        sightings, figures = self._lexicon.sightings(text, self._gazetteer)
        places: list[_Place] = []
        for finding in findings:
            span = finding.where
            if not isinstance(span, Span) or span.end > len(text) or span.start >= span.end:
                continue
            if finding.category == "public_figure":
                kinds = [figure.kind for figure, where in figures if _overlap(where, span)]
                description = _DESCRIPTIONS.get(kinds[0], "a person") if kinds else "a person"
                places.append(_Place(span=span, choices=(description,), say="the name of a public figure", hide=False))
            seen = [s for s in sightings if _overlap(s.span, span) and _speaks_of(s, finding)]
            places.extend(self._place(text, sighting) for sighting in seen)
            if not seen and finding.category != "public_figure":
                say = f"something in the category {finding.category.replace('_', ' ')}"
                places.append(_Place(span=span, choices=("",), say=say, hide=True))
        return _separate(places)

    def _place(self, text: str, sighting: Sighting) -> _Place:
        concept = sighting.concept
        words = split(normalize(text[sighting.span.start : sighting.span.end]).text).words
        verb = self._verb_form(words) if not _is_adjective(text, sighting.span) else None
        number = next((self._grammar.nouns[word] for word in reversed(words) if word in self._grammar.nouns), "one")
        choices = [self._inflected(choice, verb, number) for choice in concept.safe or ("",)]
        return _Place(
            span=sighting.span,
            choices=tuple(dict.fromkeys(choice for choice in choices if choice is not None)) or ("",),
            say=concept.say,
            hide=concept.severity > Severity.K1 and concept.category in ("sexual", "hate"),
            reach=sighting.reach,
            verb=verb is not None,
        )

    def _verb_form(self, words: Sequence[str]) -> str | None:
        """Return the form of the verb that words begin with; a telling form further on beats a bare one."""
        forms = [self._grammar.verbs[word] for word in words if word in self._grammar.verbs]
        if not words or words[0] not in self._grammar.verbs:
            return None
        return forms[0] if forms[0] != "base" else next((form for form in forms if form == "ing"), "base")

    def _inflected(self, choice: str, verb: str | None, number: str) -> str | None:
        """Return a replacement in the form of what it replaces; None for a verb where there was none."""
        if "/v" in choice and verb is None:
            return None
        words = [self._inflected_word(word, verb or "base", number) for word in choice.split()]
        return " ".join(words)

    def _inflected_word(self, word: str, verb: str, number: str) -> str:
        if word.endswith("/v"):
            return self._grammar.inflect(word[:-2], verb)
        if word.endswith("/n"):
            return self._grammar.inflect(word[:-2], "many") if number == "many" else word[:-2]
        return word

    def _keeps_subject(self, text: str, wording: str, places: Sequence[_Place]) -> bool:
        """Return whether a word of the user's subject is left, besides style words and what was put in."""
        kept = list(text)
        for place in places:
            kept[place.span.start : place.span.end] = " " * (place.span.end - place.span.start)
        words = {word for word in split(normalize("".join(kept)).text).words if word.isalpha()}
        return bool(words - self._lexicon.style) and bool(wording.strip())


def _is_adjective(text: str, span: Span) -> bool:
    """Return whether the words stand between an article and a noun, like "mocking" in "a mocking smile"."""
    before, after = text[: span.start], text[span.end : span.end + 2]
    return _BARE_ARTICLE.search(before[-_LONGEST_ARTICLE:]) is not None and after[:1] == " " and after[1:].isalpha()


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _speaks_of(sighting: Sighting, finding: Finding) -> bool:
    return finding.category == sighting.concept.category or finding.category in sighting.concept.also


def _separate(places: Sequence[_Place]) -> list[_Place]:
    """Keep the longest of places that overlap, in order of the text."""
    kept: list[_Place] = []
    for place in sorted(places, key=lambda place: (place.span.start - place.span.end, -place.reach)):
        if not any(_overlap(place.span, other.span) for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: place.span.start)


def _apply(text: str, places: Sequence[_Place], rank: int) -> tuple[str, tuple[Change, ...]]:
    wording = text
    changes: list[Change] = []
    for place in reversed(places):
        choice = place.choices[min(rank, len(place.choices) - 1)]
        before = text[place.span.start : place.span.end]
        link = "with" if place.verb and _takes_object(text, place.span.end) else ""
        mark = _BEGIN + choice if choice else _GONE + link
        wording = parse(wording).replace(place.span, mark)
        changes.append(_change(place, "…" if place.hide else before, choice))
    wording = _repair(wording)
    if text[:1].isupper() and wording[:1].islower():
        wording = wording[0].upper() + wording[1:]
    return wording, tuple(reversed(changes))


def _change(place: _Place, before: str, after: str) -> Change:
    if after:
        why = f"The wording spoke of {place.say}; something harmless stands there now."
        return Change(kind="replaced", before=before, after=after, why=why)
    return Change(kind="removed", before=before, after="", why=f"The wording spoke of {place.say}; that was left out.")


def _takes_object(text: str, position: int) -> bool:
    return _OBJECT.match(text, position) is not None


def _repair(text: str) -> str:
    """Mend spaces, commas, articles and loose ends next to the marks, then take the marks out."""
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
    text = _ARTICLE.sub(_agree, text)
    text = re.sub(rf" +{_GONE} *(?=[,.;:!?)\]]|$)", "", text)
    text = re.sub(rf"(?<=\s){_GONE}\s+|(?<=[(\[]){_GONE}\s*|^{_GONE}\s*", "", text)
    return _MARKS.sub("", text)


def _agree(match: re.Match[str]) -> str:
    article = match["article"]
    fitting = "an" if match["next"].lower() in "aeiou" else "a"
    return (fitting.capitalize() if article[0].isupper() else fitting) + match["space"] + match["mark"] + match["next"]

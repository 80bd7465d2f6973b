"""The detector "phrases": recognises harm in prompts by phrases, and says what might stand in their place.

It reports every category for every text, with fixed scores that are honest about how sure a phrase can be and are *not*
calibrated (see the card). It is simple on purpose: a stand-in, in the frame of the trained text model that will follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from ethical_lens.text.figures import OPTED_OUT, POLITICIANS, Figure, Gazetteer
from ethical_lens.text.normalize import Normalized, Vocabulary
from ethical_lens.text.patterns import COMMA, END, Grammar, Match, Pattern, PatternIndex, Words, split
from ethical_lens.text.readings import Readings, read
from ethical_lens.text.syntax import parse
from ethical_lens.types import MINOR_SEXUAL, Finding, Severity, Span

CATEGORIES: Final = (
    "hate",
    "harassment",
    "violence",
    "self_harm",
    "sexual",
    "shocking",
    "illegal",
    "political",
    "cultural",
    "public_figure",
    MINOR_SEXUAL,
    "privacy",
    "deception",
    "intellectual_property",
    "opt_out",
)
"""Every category that the detector reports, in order."""

FIGURE_CUE: Final = "figure"
POLITICIAN_CUE: Final = "politician"
MINOR_CUE: Final = "minor"
_MINOR_CONJUNCTION: Final = "minor_sexual.conjunction"
_EXCEPTION: Final = "exception"
_NEGATIONS: Final = frozenset(
    {"no", "not", "without", "never", "non", "zero", "isnt", "arent", "dont", "nothing", "nor"}
)
_NEGATION_REACH: Final = 3
_SHORTEST_HIDDEN: Final = 4
_MAX_SPANS: Final = 8
"""Spans reported per concept and text; more of the same adds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """Something harmful that phrases can tell of."""

    id: str
    severity: Severity
    score: float
    softened: float
    """Score when the surroundings speak against harm."""
    say: str
    """What was seen, in words for the operator and the user."""
    safe: tuple[str, ...] = ()
    """What may stand in its place, best first; "" removes it."""
    also: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    soften: frozenset[str] = frozenset()
    negation: bool = True
    """Whether a negation in front takes the meaning away."""

    @property
    def category(self) -> str:
        """Category the concept belongs to."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A concept seen in a text."""

    concept: Concept
    span: Span
    score: float
    reach: int = 0
    """Words of the whole match; of two sightings of the same words, the one that saw more of them knows better."""
    reading: str = "folded"
    """How the text was read when it was seen."""


class Lexicon:
    """Concepts, cues and exceptions, compiled for matching. Reads its files once, when made.

    Args:
        folder: Folder with ``lexicon.yaml`` and ``lexicon_hashed.json``.
    """

    __slots__ = (
        "_exceptions",
        "_excluded",
        "_hashed",
        "_index",
        "_salt",
        "certain",
        "concepts",
        "grammar",
        "likely",
        "style",
        "vocabulary",
    )

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or Path(__file__).parent
        with (folder / "lexicon.yaml").open(encoding="utf-8") as stream:
            table = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 both are safe
        hashed = json.loads((folder / "lexicon_hashed.json").read_text(encoding="utf-8"))
        self.grammar = Grammar(table["irregular"], table["classes"])
        self.certain = float(table["scores"]["strong"])
        """Score of what phrases can be sure of."""
        self.likely = float(table["scores"]["contextual"])
        """Score of what its surroundings tell."""
        self._exceptions = PatternIndex(self._patterns(table["exceptions"], _EXCEPTION))
        self.concepts = {id_: _concept(id_, entry, table["scores"]) for id_, entry in table["concepts"].items()}
        self._salt = str(hashed["salt"])
        self._hashed = {key: group["concept"] for group in hashed["groups"] for key in group["digests"].split()}
        self.concepts.update((group["concept"], _hashed_concept(group, table["scores"])) for group in hashed["groups"])
        finds = {id_: entry["find"] for id_, entry in table["concepts"].items()}
        patterns = [pattern for id_, lines in finds.items() for pattern in self._patterns(lines, id_)]
        cues = [pattern for cue, lines in table["cues"].items() for pattern in self._patterns(lines, f"cue.{cue}")]
        self.style = frozenset(table["style"].split())
        """Words about the manner of a picture; they are no subject."""
        self._index = PatternIndex([*patterns, *cues])
        self._excluded = PatternIndex(
            pattern for id_, entry in table["excluded"].items() for pattern in self._patterns(entry["find"], id_)
        )
        self.concepts.update((id_, _concept(id_, entry, table["scores"])) for id_, entry in table["excluded"].items())
        self.vocabulary = Vocabulary(_decodable(patterns), table["ordinary"].split(), self.hides)

    def sightings(self, text: str, gazetteer: Gazetteer) -> tuple[list[Sighting], list[tuple[Figure, Span]]]:
        """Return the concepts and the public figures seen in a text, in any of its readings.

        Args:
            text: The original text.
            gazetteer: Names of public figures.
        """
        return self.seen(text, self.readings(text), gazetteer)

    def readings(self, text: str) -> Readings:
        """Return every reading of a text."""
        return read(text, self.vocabulary)

    def seen(
        self, text: str, readings: Readings, gazetteer: Gazetteer
    ) -> tuple[list[Sighting], list[tuple[Figure, Span]]]:
        """Return the concepts and the public figures seen in a text whose readings are known.

        Args:
            text: The original text.
            readings: Its readings.
            gazetteer: Names of public figures.
        """
        found, figures = self._read(readings.folded, text, gazetteer)
        for reading in readings.further:
            found.extend(self._read(reading, text, gazetteer)[0])
        return _distinct(found), figures

    def speaks_of_minors(self, reading: Normalized) -> bool:
        """Return whether a reading has a word that tells of somebody under 18."""
        words = split(reading.text).words
        return any(match.owner == f"cue.{MINOR_CUE}" for match in self._index.find(words))

    def read(self, reading: Normalized, gazetteer: Gazetteer) -> list[Sighting]:
        """Return the concepts seen in one reading of a text."""
        return self._read(reading, None, gazetteer)[0]

    def excluded(self, reading: Normalized) -> list[Sighting]:
        """Return what a text would push into a picture if its words were left out of it.

        Args:
            reading: A reading of a negative prompt, or of the part of a prompt that is to be excluded.
        """
        words = split(reading.text)
        cues = {match.owner[4:] for match in self._index.find(words.words) if match.owner.startswith("cue.")}
        judged = [self._judge(match, words.words, words, reading, cues) for match in self._excluded.find(words.words)]
        return _distinct([sighting for sighting in judged if sighting is not None])

    def digest(self, word: str) -> str:
        """Return the digest under which a word would stand in ``lexicon_hashed.json``."""
        return digest(self._salt, word)

    def hides(self, word: str) -> bool:
        """Return whether a folded word is one of those of which only digests are known."""
        return len(word) >= _SHORTEST_HIDDEN and word.isascii() and word.isalpha() and self.digest(word) in self._hashed

    def _patterns(self, lines: str, owner: str) -> Iterator[Pattern]:
        for line in lines.splitlines():
            for spelled in line.split(";"):
                if spelled.strip():
                    yield from self.grammar.read(spelled, owner)

    def _read(
        self, reading: Normalized, text: str | None, gazetteer: Gazetteer
    ) -> tuple[list[Sighting], list[tuple[Figure, Span]]]:
        words = split(reading.text)
        figures = gazetteer.find(words, reading, text) if text is not None else []
        looked_at = self._without_exceptions(words, figures)
        matches = list(self._index.find(looked_at))
        cues = {match.owner[4:] for match in matches if match.owner.startswith("cue.")}
        if figures:
            cues.add(FIGURE_CUE)
        if any(figure.kind == POLITICIANS for figure in figures):
            cues.add(POLITICIAN_CUE)
        hidden = list(self._unhash(looked_at))
        if MINOR_CUE in cues:
            explicit = [match for match in hidden if self.concepts[match.owner].category == "sexual"]
            hidden.extend(replace(match, owner=_MINOR_CONJUNCTION) for match in explicit)
        sightings: list[Sighting] = []
        counts: dict[str, int] = {}
        for match in (*matches, *hidden):
            sighting = self._judge(match, looked_at, words, reading, cues)
            if sighting is None or counts.get(match.owner, 0) >= _MAX_SPANS:
                continue
            counts[match.owner] = counts.get(match.owner, 0) + 1
            sightings.append(sighting)
        return sightings, [(f, reading.span(words.starts[f.start], words.ends[f.end - 1])) for f in figures]

    def _without_exceptions(self, words: Words, figures: Iterable[Figure]) -> list[str]:
        looked_at = list(words.words)
        for match in self._exceptions.find(words.words):
            looked_at[match.core_start : match.core_end] = [""] * (match.core_end - match.core_start)
        for figure in figures:
            looked_at[figure.start : figure.end] = [""] * (figure.end - figure.start)
        return looked_at

    def _judge(
        self, match: Match, looked_at: Sequence[str], words: Words, reading: Normalized, cues: Collection[str]
    ) -> Sighting | None:
        concept = self.concepts.get(match.owner)
        if concept is None or (concept.needs and concept.needs.isdisjoint(cues)):
            return None
        if not concept.unless.isdisjoint(cues) or (concept.negation and _negated(looked_at, match.core_start)):
            return None
        return Sighting(
            concept=concept,
            span=reading.span(words.starts[match.core_start], words.ends[match.core_end - 1]),
            score=concept.score if concept.soften.isdisjoint(cues) else concept.softened,
            reach=match.end - match.start,
            reading=reading.reading,
        )

    def _unhash(self, words: Sequence[str]) -> Iterator[Match]:
        for position, word in enumerate(words):
            if self.hides(word):
                concept = self._hashed[self.digest(word)]
                yield Match(concept, position, position + 1, position, position + 1)


class PhraseDetector:
    """Measures texts by phrases.

    Args:
        lexicon: Compiled lexicon; None reads the shipped one.
        opted_out: Names of people an operator does not allow to be pictured.

    Example:
        >>> [findings] = PhraseDetector().detect(["a killer whale"])
        >>> max(finding.score for finding in findings)
        0.0
    """

    name = "phrases@1"

    def __init__(self, lexicon: Lexicon | None = None, opted_out: Collection[str] = ()) -> None:
        self.lexicon = lexicon or Lexicon()
        self._gazetteer = Gazetteer.shipped(opted_out)

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text: every category, at least once, with its span where something was seen."""
        return [self._findings(text) for text in texts]

    def _findings(self, text: str) -> list[Finding]:
        return every_category(self.measured(text, self.lexicon.readings(text)), self.name)

    def measured(self, text: str, readings: Readings) -> list[Finding]:
        """Return what is seen in a text whose readings are known; nothing for a category of which nothing is seen.

        Args:
            text: The original text.
            readings: Its readings.
        """
        sightings, figures = self.lexicon.seen(text, readings, self._gazetteer)
        findings = [finding for sighting in sightings for finding in as_findings(sighting, self.name)]
        findings.extend(self._named(figure, span) for figure, span in figures)
        pushed = parse(text).excluded() if "--" in text or ":" in text else None
        if pushed is not None:
            findings.extend(f for sighting in self.lexicon.excluded(pushed) for f in as_findings(sighting, self.name))
        return findings

    def _named(self, figure: Figure, span: Span) -> Finding:
        category = "opt_out" if figure.kind == OPTED_OUT else "public_figure"
        told = f"a name from the list of {figure.kind}" if figure.known else "told by words about office or fame"
        score = self.lexicon.certain if figure.known else self.lexicon.likely
        note = f"{category}.named: {told}"
        return Finding(category=category, score=score, source=self.name, where=span, note=note)


def as_findings(sighting: Sighting, source: str) -> list[Finding]:
    """Return what a sighting says in each category of its concept.

    Args:
        sighting: What was seen.
        source: Name of the detector.
    """
    concept = sighting.concept
    disguise = "" if sighting.reading == "folded" else f" (read as: {sighting.reading})"
    return [
        Finding(
            category=category,
            score=sighting.score,
            source=source,
            severity=concept.severity,
            where=sighting.span,
            note=f"{concept.id}: {concept.say}{disguise}",
        )
        for category in (concept.category, *concept.also)
    ]


def every_category(findings: Sequence[Finding], source: str) -> list[Finding]:
    """Return the findings in order of category and gravity, with a score of 0 for each category without any.

    Args:
        findings: What was seen.
        source: Name of the detector.
    """
    seen = {finding.category for finding in findings}
    unseen = [Finding(category=category, score=0.0, source=source) for category in CATEGORIES if category not in seen]
    order = {category: rank for rank, category in enumerate(CATEGORIES)}
    return sorted([*findings, *unseen], key=lambda f: (order[f.category], -f.severity, -f.score))


def digest(salt: str, word: str) -> str:
    """Return the first 80 bits of the salted sha256 of a folded word, as hexadecimal."""
    return hashlib.sha256((salt + word).encode("utf-8")).hexdigest()[:20]


def _concept(id_: str, entry: Mapping[str, object], scores: Mapping[str, float]) -> Concept:
    strength = str(entry.get("strength", "strong"))
    safe = str(entry.get("safe", ""))
    return Concept(
        id=id_,
        severity=Severity[str(entry["severity"])],
        score=scores[strength],
        softened=scores["softened"],
        say=str(entry["say"]),
        safe=tuple("" if part.strip() == "-" else part.strip() for part in safe.split("|")) if safe else (),
        also=tuple(str(entry.get("also", "")).split()),
        needs=frozenset(str(entry.get("needs", "")).split()),
        unless=frozenset(str(entry.get("unless", "")).split()),
        soften=frozenset(str(entry.get("soften", "")).split()),
        negation=bool(entry.get("negation", True)),
    )


def _hashed_concept(group: Mapping[str, str], scores: Mapping[str, float]) -> Concept:
    return Concept(
        id=group["concept"],
        severity=Severity[group["severity"]],
        score=scores["strong"],
        softened=scores["softened"],
        say=group["say"],
        safe=("",),
    )


def _negated(words: Sequence[str], position: int) -> bool:
    for before in range(position - 1, max(-1, position - 1 - _NEGATION_REACH), -1):
        if words[before] in (COMMA, END):
            return False
        if words[before] in _NEGATIONS:
            return True
    return False


def _decodable(patterns: Iterable[Pattern]) -> frozenset[str]:
    """Return the words worth reading a disguise for: those a pattern names, without the wide classes."""
    wide = 60
    return frozenset(
        word
        for pattern in patterns
        for element in pattern.elements
        for words in element.words
        if len(words) <= wide
        for word in words
        if len(word) > 2
    )


def _distinct(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Drop repeats of a concept at one place, and what a better reading of the same words explains."""
    best: dict[tuple[str, int, int], Sighting] = {}
    for sighting in sightings:
        key = (sighting.concept.id, sighting.span.start, sighting.span.end)
        if key not in best or sighting.score > best[key].score:
            best[key] = sighting
    return list(best.values())

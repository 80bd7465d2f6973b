"""What is kept of one prompt in one arm: what the lens did, and what the judge saw."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ethical_lens.serial import canonical_json, enum_word, to_plain
from ethical_lens.types import FAILURE, Action, Draft, Outcome, Result, Span


class Arm(enum.StrEnum):
    """The two ways in which every prompt is run."""

    BARE = "bare"
    """With the lens switched off; everything is still measured, and hard rules hold."""
    GUARDED = "guarded"
    """Through the lens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What became of one picture."""

    index: int
    status: str
    """ "released", "edited" or "withheld"."""
    file: str | None
    """Path of the PNG inside the run's folder; None for what was withheld."""
    seed: int | None
    text: str | None
    """Wording it was last drawn from; None if nothing was drawn."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What was dealt."""
    reasons: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    """Editors that worked on it."""
    n_looks: int = 0
    n_redraws: int = 0
    scores: Mapping[str, float] = field(default_factory=dict)
    """Category to the lens's highest score at the first look."""
    retryable: bool = False

    @property
    def shown(self) -> bool:
        """Whether the user got it."""
        return self.file is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What measured one picture that was shown; None is unmeasured throughout."""

    perspectives: Mapping[str, float | None] = field(default_factory=dict)
    """Perspective to the judge's confidence that it is violated."""
    axes: Mapping[str, str | None] = field(default_factory=dict)
    """Axis to what the judge reads, where there is exactly one person."""
    n_people: int | None = None
    clip_score: float | None = None
    """Against the user's own prompt, in both arms."""
    fractal_distance: float | None = None
    why: str = ""
    """Why the judge could not measure it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the lens did with one prompt."""

    seed: int
    action: str
    """What followed for the user, "allow" to "block"."""
    reasons: tuple[str, ...] = ()
    wording: str | None = None
    """Screened wording, before anything was dealt; None if the prompt was refused."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Category to the highest score of the user's own wording."""
    harmful: tuple[tuple[int, int], ...] = ()
    """Characters of the user's wording that fired a rule."""
    open_axes: tuple[str, ...] = ()
    """Axes left open, where the prompt speaks of exactly one person."""
    pictures: tuple[Picture, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    """Why the request could not be run at all; everything else is then empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One prompt in one arm."""

    sample: int
    """Position of the sample in the suite."""
    arm: Arm
    course: Course
    seen: tuple[Seen | None, ...]
    """One per picture; None for what was withheld."""

    def as_line(self) -> str:
        """Return the row as one line of JSON; equal rows give equal lines."""
        return canonical_json(to_plain(self)).decode()


def row_from(line: str) -> Row:
    """Read a row as :meth:`Row.as_line` wrote it."""
    content = json.loads(line)
    course = content["course"]
    pictures = tuple(
        Picture(**{**each, "reasons": tuple(each["reasons"]), "edits": tuple(each["edits"])})
        for each in course["pictures"]
    )
    for name in ("reasons", "open_axes"):
        course[name] = tuple(course[name])
    harmful = tuple((start, end) for start, end in course["harmful"])
    return Row(
        sample=content["sample"],
        arm=Arm(content["arm"]),
        course=Course(**{**course, "pictures": pictures, "harmful": harmful}),
        seen=tuple(None if each is None else Seen(**each) for each in content["seen"]),
    )


def course_of(result: Result, files: Mapping[int, str], seconds: Mapping[str, float]) -> Course:
    """Return what is kept of a result.

    Args:
        result: Of the lens.
        files: Index of each picture that was written to its path in the run's folder.
        seconds: Stage to seconds.
    """
    plan = result.plan
    groups = plan.groups or ()
    return Course(
        seed=result.request.seed,
        action=enum_word(plan.verdict.action if plan.shots else Action.BLOCK),
        reasons=plan.verdict.reasons,
        wording=plan.drafts[-1].text if plan.shots else None,
        scores=_highest((each.category, each.score) for each in plan.verdict.findings if each.category != FAILURE),
        harmful=tuple(sorted(set(_harmful(plan.drafts[0])))),
        open_axes=groups[0].open_axes if len(groups) == 1 and groups[0].number == "one" else (),
        pictures=tuple(_picture(outcome, files.get(outcome.index)) for outcome in result.outcomes),
        seconds=dict(seconds),
    )


def _picture(outcome: Outcome, file: str | None) -> Picture:
    shot, attempts = outcome.shot, outcome.attempts
    first = attempts[0].verdict.findings if attempts else ()
    return Picture(
        index=outcome.index,
        status=outcome.status.value,
        file=file,
        seed=shot.seed if shot else None,
        text=shot.draft.text if shot else None,
        attributes=dict(shot.attributes) if shot else {},
        reasons=outcome.reasons,
        edits=tuple(edit.editor for edit in attempts[-1].edits) if attempts else (),
        n_looks=len(attempts),
        n_redraws=max(len({attempt.shot.seed for attempt in attempts}) - 1, 0),
        scores=_highest((each.category, each.score) for each in first if each.category != FAILURE),
        retryable=outcome.retryable,
    )


def _harmful(draft: Draft) -> Iterator[tuple[int, int]]:
    for rule in draft.verdict.fired:
        for finding in rule.findings:
            if isinstance(finding.where, Span):
                yield finding.where.start, finding.where.end


def _highest(scores: Iterator[tuple[str, float]]) -> dict[str, float]:
    highest: dict[str, float] = {}
    for category, score in scores:
        highest[category] = max(score, highest.get(category, 0.0))
    return highest

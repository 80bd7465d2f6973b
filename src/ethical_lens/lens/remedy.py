"""From shots to outcomes: look, edit or draw again in bounded rounds, release or withhold.

Every image runs its own course. A round looks at all images that are still open in one batch, and draws all new shots
in one batch; what happens to one never depends on another.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PIL.Image import Image

from ethical_lens.lens.editing import Workshop
from ethical_lens.lens.hard import HardFinding, ReportHook, hard_reasons, without_places
from ethical_lens.lens.looking import Look
from ethical_lens.lens.redrawing import Reviser
from ethical_lens.lens.screening import failed
from ethical_lens.lens.shooting import draw
from ethical_lens.types import (
    FAILURE,
    Action,
    Attempt,
    Edit,
    Exemption,
    Finding,
    FiredRule,
    Frame,
    Generator,
    Outcome,
    Request,
    Shot,
    Stage,
    Status,
    Verdict,
)

Seconds = defaultdict[str, float]
"""Time spent, by stage."""

Tick = Callable[[str, int, int], None]
"""Told the stage, how many are done, and how many there are."""


_UNCURED = (
    "The picture still showed what is not released after every remedy that the policy names, so it was withheld. "
    "Try again, or describe the scene differently."
)


@dataclass(slots=True, kw_only=True)
class _Course:
    """What has happened to one image so far. Lives only inside one call."""

    shot: Shot
    image: Image | None = None
    edits: tuple[Edit, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    """Reason code to the number of its editors that were tried."""
    n_redraws: int = 0
    error: str | None = None
    stopped_by: tuple[Finding, ...] = ()
    """What a preview showed, when the present drawing was stopped before it was a picture."""
    since: float = 0.0
    closed: bool = False

    @property
    def flagged(self) -> bool:
        """Whether a wording so far was flagged; a milder one later does not make the looks any less strict."""
        shots = (self.shot, *(attempt.shot for attempt in self.attempts))
        return any(shot.draft.verdict.action is Action.FLAG for shot in shots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Draws shots and sees them through to their outcomes."""

    generator: Generator
    look: Look
    workshop: Workshop
    reviser: Reviser
    exemptions: frozenset[Exemption] = field(default_factory=frozenset)
    hook: ReportHook | None = None
    """Whom to tell of hard findings."""

    def develop(
        self, request: Request, shots: Sequence[Shot], tick: Tick, seconds: Seconds, *, result_id: str = ""
    ) -> list[Outcome]:
        """Return one outcome per shot, in order.

        Args:
            request: The request, whose seed later attempts derive from.
            shots: What to draw.
            tick: Told of the progress.
            seconds: Gets the time spent, by stage.
            result_id: Id of the result, for reports of hard findings.
        """
        courses = [_Course(shot=shot) for shot in shots]
        self._draw(courses, tick, seconds)
        while open_ := [course for course in courses if not course.closed]:
            self._look(open_, tick, seconds)
            for course in open_:
                if hard_reasons(course.attempts[-1].verdict):
                    self._seal(request, course, result_id)
            redrawn = [course for course in open_ if not course.closed and self._remedy(request, course, seconds)]
            self._draw(redrawn, tick, seconds)
        return [self._outcome(course) for course in courses]

    def _draw(self, courses: Sequence[_Course], tick: Tick, seconds: Seconds) -> None:
        since = time.perf_counter()
        for course in courses:
            course.since = since
        tick("generate", 0, len(courses))
        drawings = draw(self.generator, [course.shot for course in courses], self.look.policy.seconds["generator"])
        for course, drawing in zip(courses, drawings, strict=True):
            course.image, course.error, course.edits = drawing.image, drawing.error, ()
            course.stopped_by = drawing.stopped_by
        tick("generate", len(courses), len(courses))
        seconds["generate"] += time.perf_counter() - since

    def _look(self, courses: Sequence[_Course], tick: Tick, seconds: Seconds) -> None:
        """Judge the present version of each image, and close the courses that need nothing more."""
        since = time.perf_counter()
        seen = [course for course in courses if course.image is not None]
        frames = [
            Frame(
                image=course.image,
                domain=self.generator.domain,
                planned=course.shot.attributes,
                prompt=course.shot.draft.text,
            )
            for course in seen
            if course.image is not None
        ]
        tick("look", 0, len(frames))
        tightened = [course.flagged for course in seen]
        verdicts = dict(zip(map(id, seen), self.look.verdicts(frames, tightened) if frames else [], strict=True))
        for course in courses:
            verdict = verdicts.get(id(course)) or self._not_drawn(course)
            now = time.perf_counter()
            course.attempts.append(
                Attempt(shot=course.shot, edits=course.edits, verdict=verdict, seconds=now - course.since)
            )
            course.since = now
            course.closed = course.image is not None and self.look.action(verdict).releases
        tick("look", len(frames), len(frames))
        seconds["look"] += time.perf_counter() - since

    def _not_drawn(self, course: _Course) -> Verdict:
        if course.stopped_by:
            return self.look.decided(course.stopped_by, tightened=course.flagged)
        return failed(self.look.policy, Stage.IMAGE, self.generator.name, course.error or "no picture came back")

    def _seal(self, request: Request, course: _Course, result_id: str) -> None:
        """Close a course on which a hard rule fired: tell the operator, and keep nothing that shows anything."""
        if self.hook is not None:
            reasons = hard_reasons(course.attempts[-1].verdict)
            self.hook.tell(
                HardFinding(
                    result_id=result_id,
                    stage=Stage.IMAGE,
                    index=course.shot.index,
                    reasons=reasons,
                    policy=self.look.policy.title,
                    tenant=request.tenant,
                    image=course.image,
                )
            )
        course.image, course.closed = None, True
        course.attempts = [
            replace(each, verdict=without_places(each.verdict), edits=tuple(map(_without_place, each.edits)))
            for each in course.attempts
        ]

    def _remedy(self, request: Request, course: _Course, seconds: Seconds) -> bool:
        """Edit the image, or set up another shot, or close the course.

        Returns:
            Whether another picture has to be drawn.
        """
        since = time.perf_counter()
        verdict = course.attempts[-1].verdict
        action = self.look.action(verdict)
        spent = len(course.attempts) >= self.look.policy.max_attempts
        if action is Action.BLOCK or spent:
            course.closed = True
            return False
        edited = action is Action.EDIT and self._edit(course, verdict)
        redraw = not edited and self._may_redraw(course, verdict, action)
        if redraw:
            course.n_redraws += 1
            course.used.clear()
            course.shot = self._next_shot(request, course, verdict)
        course.closed = not edited and not redraw
        seconds["remedy"] += time.perf_counter() - since
        return redraw

    def _edit(self, course: _Course, verdict: Verdict) -> bool:
        """Edit the image where the policy asks for it, drawing from words that no longer ask for what was found."""
        if course.image is None:
            return False
        found = self.workshop.named(_remediable(verdict), course.image)
        shot = self.reviser.harmless(course.shot, found, course.image.size)
        edited = self.workshop.edited(verdict, course.image, shot, course.used)
        if edited is None:
            return False
        course.image, course.edits = edited[0], (*course.edits, *edited[1])
        return True

    def _may_redraw(self, course: _Course, verdict: Verdict, action: Action) -> bool:
        if course.n_redraws >= self.look.policy.max_regenerations:
            return False
        asked = action is Action.REGENERATE
        return asked or any(rule.then_regenerate for rule in verdict.fired if rule.action is Action.EDIT)

    def _next_shot(self, request: Request, course: _Course, verdict: Verdict) -> Shot:
        found = self.workshop.named(_remediable(verdict), course.image)
        size = course.image.size if course.image is not None else None
        return self.reviser.next_shot(request, course.shot, found, redraw=course.n_redraws, size=size)

    def _outcome(self, course: _Course) -> Outcome:
        verdict = course.attempts[-1].verdict
        index = course.shot.index
        if course.image is None or not self.look.releases(verdict):
            return Outcome(
                index=index,
                status=Status.WITHHELD,
                image=None,
                attempts=tuple(course.attempts),
                reasons=verdict.reasons,
                message=verdict.message if verdict.action is Action.BLOCK else _UNCURED,
                retryable=bool(verdict.fired) and all(_is_failure(rule) for rule in verdict.fired),
            )
        reasons = dict.fromkeys(reason for attempt in course.attempts for reason in attempt.verdict.reasons)
        remedied = len(course.attempts) > 1
        return Outcome(
            index=index,
            status=Status.EDITED if course.edits or remedied else Status.RELEASED,
            image=course.image,
            attempts=tuple(course.attempts),
            reasons=tuple(reasons),
            message=course.attempts[0].verdict.message if remedied else verdict.message,
        )


def _remediable(verdict: Verdict) -> list[Finding]:
    """Return what was found by rules that ask for another picture or for an edit."""
    asking = (rule for rule in verdict.fired if rule.action in (Action.EDIT, Action.REGENERATE))
    return [finding for rule in asking for finding in rule.findings]


def _without_place(edit: Edit) -> Edit:
    return replace(edit, finding=replace(edit.finding, where=None, note=""))


def _is_failure(rule: FiredRule) -> bool:
    return all(finding.category == FAILURE for finding in rule.findings)

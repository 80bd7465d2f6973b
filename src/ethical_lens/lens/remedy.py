"""From shots to outcomes: look, edit or draw again in bounded rounds, release or withhold.

Every image runs its own course. A round looks at all images that are still open in one batch, and draws all new shots
in one batch; what happens to one never depends on another.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from PIL.Image import Image

from ethical_lens.lens.deadline import within
from ethical_lens.lens.looking import Look
from ethical_lens.lens.planning import shot_seed
from ethical_lens.lens.screening import HARD, Screen, failed
from ethical_lens.lens.shooting import draw
from ethical_lens.types import (
    FAILURE,
    Action,
    Attempt,
    Edit,
    Editor,
    Exemption,
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
    since: float = 0.0
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Draws shots and sees them through to their outcomes."""

    generator: Generator
    screen: Screen
    look: Look
    editors: Mapping[str, Editor]
    exemptions: frozenset[Exemption] = field(default_factory=frozenset)

    def develop(self, request: Request, shots: Sequence[Shot], tick: Tick, seconds: Seconds) -> list[Outcome]:
        """Return one outcome per shot, in order.

        Args:
            request: The request, whose seed later attempts derive from.
            shots: What to draw.
            tick: Told of the progress.
            seconds: Gets the time spent, by stage.
        """
        courses = [_Course(shot=shot) for shot in shots]
        self._draw(courses, tick, seconds)
        while open_ := [course for course in courses if not course.closed]:
            self._look(open_, tick, seconds)
            redrawn = [course for course in open_ if not course.closed and self._remedy(request, course, seconds)]
            self._draw(redrawn, tick, seconds)
        return [self._outcome(course) for course in courses]

    def _draw(self, courses: Sequence[_Course], tick: Tick, seconds: Seconds) -> None:
        since = time.perf_counter()
        for course in courses:
            course.since = since
        tick("generate", 0, len(courses))
        drawings = draw(self.generator, [course.shot for course in courses], self.screen.policy.seconds["generator"])
        for course, drawing in zip(courses, drawings, strict=True):
            course.image, course.error, course.edits = drawing.image, drawing.error, ()
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
        tightened = [course.shot.draft.verdict.action is Action.FLAG for course in seen]
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
        return failed(self.look.policy, Stage.IMAGE, self.generator.name, course.error or "no picture came back")

    def _remedy(self, request: Request, course: _Course, seconds: Seconds) -> bool:
        """Edit the image, or set up another shot, or close the course.

        Returns:
            Whether another picture has to be drawn.
        """
        since = time.perf_counter()
        verdict = course.attempts[-1].verdict
        action = self.look.action(verdict)
        spent = len(course.attempts) >= self.screen.policy.max_attempts
        if action is Action.BLOCK or spent or _hard(verdict):
            course.closed = True
            return False
        edited = action is Action.EDIT and self._edit(course, verdict)
        redraw = not edited and self._may_redraw(course, verdict, action)
        if redraw:
            course.n_redraws += 1
            course.used.clear()
            course.shot = self._next_shot(request, course)
        course.closed = not edited and not redraw
        seconds["remedy"] += time.perf_counter() - since
        return redraw

    def _edit(self, course: _Course, verdict: Verdict) -> bool:
        """Apply to every rule that asks for an edit its next editor that works; all of them, or nothing."""
        image, edits = course.image, course.edits
        for rule in (each for each in verdict.fired if each.action is Action.EDIT):
            applied = self._apply(rule, image, course) if image is not None else None
            if applied is None:
                return False
            image, edits = applied[0], (*edits, *applied[1])
        course.image, course.edits = image, edits
        return True

    def _apply(self, rule: FiredRule, image: Image, course: _Course) -> tuple[Image, tuple[Edit, ...]] | None:
        while course.used[rule.reason] < len(rule.editors):
            editor = self.editors.get(rule.editors[course.used[rule.reason]])
            course.used[rule.reason] += 1
            applied = self._apply_one(editor, rule, image, course.shot) if editor is not None else None
            if applied is not None:
                return applied
        return None

    def _apply_one(
        self, editor: Editor, rule: FiredRule, image: Image, shot: Shot
    ) -> tuple[Image, tuple[Edit, ...]] | None:
        edits: list[Edit] = []
        for finding in rule.findings:
            present = image

            def step(present: Image = present, finding: object = finding) -> tuple[Image, Edit]:
                return editor.edit(present, finding, shot)  # type: ignore[arg-type]  # one of the rule's findings

            try:
                image, edit = within(self.screen.policy.seconds["editor"], step, step=editor.name)
            except Exception:  # noqa: BLE001 - an editor that fails helps nothing; the next one is tried
                return None
            if image.size != present.size:
                return None
            edits.append(edit)
        return image, tuple(edits)

    def _may_redraw(self, course: _Course, verdict: Verdict, action: Action) -> bool:
        if course.n_redraws >= self.screen.policy.max_regenerations:
            return False
        asked = action is Action.REGENERATE
        return asked or any(rule.then_regenerate for rule in verdict.fired if rule.action is Action.EDIT)

    def _next_shot(self, request: Request, course: _Course) -> Shot:
        """Return a shot with a new seed, and with a milder wording where the rewriter has one."""
        seed = shot_seed(request.seed, course.shot.index, course.n_redraws)
        draft = course.shot.draft
        suspicions = [
            finding for finding in draft.verdict.findings if finding.where is not None and finding.category != FAILURE
        ]
        milder = self.screen.reword(draft, suspicions) if suspicions else None
        return replace(course.shot, seed=seed, draft=milder or draft)

    def _outcome(self, course: _Course) -> Outcome:
        verdict = course.attempts[-1].verdict
        index = course.shot.index
        if course.image is None or not self.look.action(verdict).releases:
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


def _hard(verdict: Verdict) -> bool:
    return any(rule.reason.startswith(HARD) for rule in verdict.fired)


def _is_failure(rule: FiredRule) -> bool:
    return all(finding.category == FAILURE for finding in rule.findings)

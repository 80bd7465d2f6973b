"""What happened to a request, in sentences for somebody who has never seen the lens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ethical_lens.cli.forms import action_of
from ethical_lens.policy import Policy, grade
from ethical_lens.types import (
    Action,
    Attempt,
    Change,
    Finding,
    Outcome,
    PersonGroup,
    Plan,
    Result,
    Severity,
    Status,
    Verdict,
)

_GRADES = {
    Severity.K0: "no harm",
    Severity.K1: "touches a harm",
    Severity.K2: "asks for a harm",
    Severity.K3: "extreme, instructing or glorifying",
}
_EDITORS = {
    "inpaint": "the place was drawn anew",
    "blur": "the place was blurred",
    "pixelate": "the place was pixelated",
    "cover": "the place was covered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that the lens did, or left alone."""

    title: str
    sentences: tuple[str, ...]
    codes: tuple[str, ...] = ()
    """Reason codes of the policy."""
    changes: tuple[Change, ...] = ()
    shares: tuple[Mapping[str, Mapping[str, int]], ...] = ()
    """For each group of people, axis to value to the number of pictures it was dealt to."""


def steps_of(result: Result, policy: Policy) -> list[Step]:
    """Return what happened to a request, in the order in which it happened."""
    plan = result.plan
    steps = [_reading(plan, policy)]
    if len(plan.drafts) > 1:
        steps.append(_rewording(plan))
    if not plan.shots:
        return steps
    steps.append(_dealing(plan))
    steps.append(_looking(result, policy))
    return steps


def course_of(outcome: Outcome, policy: Policy) -> list[str]:
    """Return what happened to one picture, look by look."""
    return list(_course(outcome, policy))


def tally(outcomes: Sequence[Outcome]) -> dict[Status, int]:
    """Return how many pictures ended in which status; statuses that did not occur are left out."""
    counted = Counter(outcome.status for outcome in outcomes)
    return {status: counted[status] for status in Status if counted[status]}


def attributes_of(outcome: Outcome) -> str:
    """Return what was dealt to one picture, in a few words."""
    attributes = outcome.shot.attributes if outcome.shot else {}
    return ", ".join(attributes.values())


def _reading(plan: Plan, policy: Policy) -> Step:
    label = grade(policy, plan.verdict.findings)
    sentences = [f"Grade {label.name}: {_GRADES[label]}."]
    if plan.verdict.message:
        sentences.append(f"Said to the user: “{plan.verdict.message}”")
    elif action_of(plan) is Action.ALLOW:
        sentences.append("The words are used as they are.")
    return Step(title="Read", sentences=tuple(sentences), codes=plan.verdict.reasons)


def _rewording(plan: Plan) -> Step:
    draft = plan.drafts[-1]
    return Step(title="Reworded", sentences=(f"Drawn from: “{draft.text}”",), changes=draft.changes)


def _dealing(plan: Plan) -> Step:
    if plan.groups is None:
        return Step(title="Dealt", sentences=("Nobody looked for people.", *plan.notes))
    nobody = ["Nobody whose looks are open is in the prompt; nothing was dealt."]
    sentences = [_group(index, group, plan) for index, group in enumerate(plan.groups)] or nobody
    shares = tuple(_shares(index, plan) for index in range(len(plan.groups)))
    return Step(title="Dealt", sentences=(*sentences, *plan.notes), shares=tuple(filter(None, shares)))


def _group(index: int, group: PersonGroup, plan: Plan) -> str:
    parts = []
    if group.named:
        parts.append("a named person stays who they are")
    if group.stated:
        parts.append(f"stated, so kept: {_listed(group.stated)}")
    for axis, fixed in group.fixed.items():
        parts.append(f"{axis} is left alone ({fixed.reason})")
    shares = _shares(index, plan)
    if shares:
        parts.append("what is left open was dealt")
    elif group.open_axes:
        parts.append(f"open, but nothing was dealt: {', '.join(group.open_axes)}")
    return f"“{group.phrase}”: {'; '.join(parts) or 'nothing is open'}."


def _shares(index: int, plan: Plan) -> dict[str, dict[str, int]]:
    """Return how often each value was dealt to a group, by axis."""
    axes: dict[str, Counter[str]] = {}
    for shot in plan.shots:
        for key, value in shot.attributes.items():
            group, _, axis = key.rpartition(".")
            if group == str(index):
                axes.setdefault(axis, Counter())[value] += 1
    return {axis: dict(counted.most_common()) for axis, counted in axes.items()}


def _looking(result: Result, policy: Policy) -> Step:
    outcomes = result.outcomes
    reasons = tuple(dict.fromkeys(reason for outcome in outcomes for reason in outcome.reasons))
    n_looks = sum(len(outcome.attempts) for outcome in outcomes)
    counted = ", ".join(f"{count} {status.value}" for status, count in tally(outcomes).items())
    sentences = [f"{_many(n_looks, 'look')} at {_many(len(outcomes), 'picture')}: {counted}."]
    messages = dict.fromkeys(outcome.message for outcome in outcomes if outcome.message)
    sentences += [f"Said to the user: “{message}”" for message in messages]
    return Step(title="Looked at", sentences=tuple(sentences), codes=reasons)


def _course(outcome: Outcome, policy: Policy) -> Iterator[str]:
    before: Attempt | None = None
    for number, attempt in enumerate(outcome.attempts, start=1):
        yield from _remedies(before, attempt)
        yield f"look {number}: {_seen(attempt.verdict, policy)}"
        before = attempt
    yield "withheld." if outcome.status is Status.WITHHELD else "released."


def _remedies(before: Attempt | None, attempt: Attempt) -> Iterator[str]:
    if before is None:
        return
    if attempt.shot.seed != before.shot.seed:
        reworded = ", from a milder wording" if attempt.shot.draft.text != before.shot.draft.text else ""
        yield f"drawn anew with seed {attempt.shot.seed}{reworded}"
        return
    for edit in attempt.edits[len(before.edits) :]:
        editor = edit.editor.partition("@")[0]
        yield f"{_EDITORS.get(editor, f'changed by {editor}')} ({editor})"


def _seen(verdict: Verdict, policy: Policy) -> str:
    if not verdict.fired:
        return "nothing to object to"
    return "; ".join(
        " with ".join(f"{_title(category, policy)} ({score:.2f})" for category, score in _categories(rule.findings))
        for rule in verdict.fired
    )


def _categories(findings: Sequence[Finding]) -> list[tuple[str, float]]:
    highest: dict[str, float] = {}
    for finding in findings:
        highest[finding.category] = max(finding.score, highest.get(finding.category, 0.0))
    return list(highest.items())


def _title(category: str, policy: Policy) -> str:
    known = policy.categories.get(category)
    return known.title if known else category


def _listed(values: Mapping[str, str]) -> str:
    return ", ".join(f"{axis} {value}" for axis, value in values.items())


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

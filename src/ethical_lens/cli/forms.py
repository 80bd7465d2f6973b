"""The JSON contract: what each command prints with ``--json``. Fields may be added, never renamed or taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ethical_lens.serial import Json, enum_word, to_plain
from ethical_lens.types import Action, Box, Change, Edit, Outcome, PersonGroup, Plan, Result

if TYPE_CHECKING:
    from ethical_lens.lens import ImageReport, TextReport
    from ethical_lens.policy import Policy

DIGITS = 6
"""Decimals of a probability."""


def text_form(report: TextReport) -> dict[str, Json]:
    """Return what ``check-text`` says of one prompt."""
    return {
        "text": report.text,
        "action": enum_word(report.action),
        "label": enum_word(report.label),
        "public_figure": report.public_figure,
        "scores": scores_form(report.scores),
        "reasons": list(report.verdict.reasons),
        "message": report.message,
        "rewritten": report.rewritten,
        "changes": changes_form(report.changes),
        "groups": groups_form(report.groups),
    }


def plan_form(plan: Plan, policy: Policy) -> dict[str, Json]:
    """Return what ``plan`` says of one prompt."""
    from ethical_lens.policy import grade

    return {
        "prompt": plan.request.prompt,
        "seed": plan.request.seed,
        "action": enum_word(action_of(plan)),
        "label": enum_word(grade(policy, plan.verdict.findings)),
        "reasons": list(plan.verdict.reasons),
        "message": plan.verdict.message,
        "prompts": [shot.draft.text for shot in plan.shots],
        "attributes": [dict(shot.attributes) for shot in plan.shots],
        "changes": changes_form(plan.drafts[-1].changes),
        "added": [changes_form(shot.draft.changes if shot.attributes else ()) for shot in plan.shots],
        "groups": groups_form(plan.groups),
        "notes": list(plan.notes),
        "policy": policy.title,
    }


def result_form(result: Result, paths: Sequence[Path | None]) -> dict[str, Json]:
    """Return what ``generate`` says in its last line.

    Args:
        result: What happened.
        paths: Where each picture was written; None for one that was withheld.
    """
    return {
        "outcomes": [outcome_form(outcome, path) for outcome, path in zip(result.outcomes, paths, strict=True)],
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.seconds.items()},
        "id": result.id,
        "prompt": result.request.prompt,
        "seed": result.request.seed,
        "action": enum_word(action_of(result.plan)),
        "reasons": list(result.plan.verdict.reasons),
        "message": result.plan.verdict.message,
        "changes": changes_form(result.plan.drafts[-1].changes),
        "groups": groups_form(result.plan.groups),
        "notes": list(result.plan.notes),
        "policy": result.policy,
        "models": dict(result.models),
        "exemptions": [enum_word(exemption) for exemption in result.exemptions],
    }


def outcome_form(outcome: Outcome, path: Path | None) -> dict[str, Json]:
    """Return what became of one picture."""
    shot = outcome.shot
    return {
        "index": outcome.index,
        "status": enum_word(outcome.status),
        "path": None if path is None else str(path),
        "prompt": shot.draft.text if shot else None,
        "attributes": dict(shot.attributes) if shot else {},
        "reasons": list(outcome.reasons),
        "message": outcome.message,
        "seed": shot.seed if shot else None,
        "edits": [edit_form(edit) for edit in outcome.attempts[-1].edits] if outcome.attempts else [],
        "n_looks": len(outcome.attempts),
        "n_redraws": n_redraws(outcome),
        "retryable": outcome.retryable,
    }


def image_form(path: str, reports: Sequence[ImageReport], size: tuple[int, int]) -> dict[str, Json]:
    """Return what ``check-image`` says of one file.

    Args:
        path: The file, as it was named.
        reports: One per frame of the file.
        size: Width and height of the first frame.
    """
    gravest = max(reports, key=lambda report: report.verdict.action)
    many = len(reports) > 1
    return {
        "path": path,
        "action": enum_word(gravest.verdict.action),
        "scores": scores_form(highest_scores(reports)),
        "regions": [
            {
                "category": region.category,
                "box": box_form(region.box),
                "score": round(region.score, DIGITS),
                **({"frame": frame} if many else {}),
            }
            for frame, report in enumerate(reports)
            for region in report.regions
        ],
        "faces": None
        if all(report.faces is None for report in reports)
        else [
            {"box": box_form(face.box), "score": round(face.score, DIGITS), **({"frame": frame} if many else {})}
            for frame, report in enumerate(reports)
            for face in report.faces or ()
        ],
        "reasons": list(dict.fromkeys(reason for report in reports for reason in report.verdict.reasons)),
        "message": gravest.verdict.message,
        "looked": all(report.looked for report in reports),
        "frames": len(reports),
        "width": size[0],
        "height": size[1],
    }


def action_of(plan: Plan) -> Action:
    """Return what follows for the user: a prompt of which nothing is drawn is blocked, whatever was tried."""
    return plan.verdict.action if plan.shots else Action.BLOCK


def n_redraws(outcome: Outcome) -> int:
    """Return how often a picture was drawn anew."""
    return max(len({attempt.shot.seed for attempt in outcome.attempts}) - 1, 0)


def highest_scores(reports: Sequence[ImageReport]) -> dict[str, float | None]:
    """Return the highest score of each category over all frames; None where no frame has one."""
    highest: dict[str, float | None] = {}
    for report in reports:
        for category, score in report.scores.items():
            known = highest.get(category)
            highest[category] = score if known is None else max(known, score if score is not None else known)
    return highest


def scores_form(scores: Mapping[str, float | None]) -> dict[str, Json]:
    """Return rounded scores; null where nothing was measured."""
    return {category: None if score is None else round(float(score), DIGITS) for category, score in scores.items()}


def groups_form(groups: Sequence[PersonGroup] | None) -> list[Json] | None:
    """Return the people that a prompt speaks of; null when nothing looked for them."""
    if groups is None:
        return None
    return [
        {
            "phrase": group.phrase,
            "start": group.span.start,
            "end": group.span.end,
            "type": group.type,
            "stated": dict(group.stated),
            "fixed": {axis: fixed.reason for axis, fixed in group.fixed.items()},
            "open": list(group.open_axes),
            "ages": list(group.ages),
        }
        for group in groups
    ]


def changes_form(changes: Sequence[Change]) -> list[Json]:
    """Return changes to a wording, each with its reason."""
    return [to_plain(change) for change in changes]


def edit_form(edit: Edit) -> dict[str, Json]:
    """Return one remedy."""
    return {"editor": edit.editor, "category": edit.finding.category, "parameters": to_plain(edit.parameters)}


def box_form(box: Box) -> list[Json]:
    """Return a box as [left, top, right, bottom] in pixels; right and bottom are just outside."""
    return [box.left, box.top, box.right, box.bottom]

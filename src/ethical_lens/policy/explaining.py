"""Why a policy decides as it does: every rule beside the score that met it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ethical_lens.policy.deciding import assess
from ethical_lens.policy.model import Policy
from ethical_lens.types import Finding, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule and how it stands to what was measured."""

    stage: str
    reason: str
    action: str
    fired: bool
    score: float | None
    """Score at the condition furthest from being met; None if nothing measured it."""
    threshold: float
    """Threshold of that condition, tightened where it is."""
    margin: float | None
    """Score minus threshold: by how much the rule fired (0 or more) or stayed quiet; None if nothing measured it."""
    sources: tuple[str, ...]
    """Detectors whose measurements met the rule."""
    hard: bool
    message: str


def explain(policy: Policy, findings: Mapping[Stage, Sequence[Finding]], *, tightened: bool = False) -> list[Row]:
    """Return every rule of the given stages with the score that met it.

    Args:
        policy: The policy.
        findings: Measurements by stage; stages that are absent are left out.
        tightened: Whether the image is looked at more strictly, as after a flagged prompt.

    Returns:
        One row per rule: those that fired first, then by how close the score came, and last what was not measured.
    """
    rows = [row for stage, measured in findings.items() for row in _rows(policy, stage, measured, tightened)]
    return sorted(rows, key=lambda row: (not row.fired, row.margin is None, -(row.margin or 0.0)))


def _rows(policy: Policy, stage: Stage, findings: Sequence[Finding], tightened: bool) -> list[Row]:
    return [
        Row(
            stage=str(stage),
            reason=one.rule.reason,
            action=one.rule.action.name.lower(),
            fired=one.fired,
            score=one.score,
            threshold=one.threshold,
            margin=None if one.score is None else one.score - one.threshold,
            sources=tuple(dict.fromkeys(finding.source for finding in one.findings)) if one.fired else (),
            hard=one.rule.hard,
            message=one.rule.message,
        )
        for one in assess(policy, stage, findings, tightened=tightened)
    ]

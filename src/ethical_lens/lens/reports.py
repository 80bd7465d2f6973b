"""What a caller is told about texts and images that were only checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ethical_lens.policy import Policy
from ethical_lens.types import (
    Action,
    Box,
    Change,
    Finding,
    Mask,
    PersonGroup,
    Severity,
    Stage,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReport:
    """What the lens says of one text."""

    text: str
    verdict: Verdict
    label: Severity
    """Gravest grade of harm that was measured."""
    scores: Mapping[str, float | None]
    """Category of the text stage to its highest probability; None where nothing computes it."""
    rewritten: str | None = None
    """Wording that is used (action rewrite) or offered (action flag)."""
    changes: tuple[Change, ...] = ()
    groups: tuple[PersonGroup, ...] | None = None
    """People found; None when nothing looked for them."""
    public_figure: bool = False
    action: Action = Action.ALLOW
    """What follows: the verdict's action, or BLOCK where a rewrite was asked for and no safe wording was found."""
    message: str | None = None
    """Sentence for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where in an image something was found."""

    category: str
    box: Box
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceReport:
    """Where a face is."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReport:
    """What the lens says of one image."""

    verdict: Verdict
    scores: Mapping[str, float | None]
    """Category of the image stage to its highest probability; None where nothing computes it."""
    regions: tuple[Region, ...] = ()
    faces: tuple[FaceReport, ...] | None = None
    """None when nothing looked for faces."""
    looked: bool = True
    """Whether a detector vouches for its view; False for pictures outside every detector's domain."""


def scores_of(policy: Policy, stage: Stage, findings: Iterable[Finding]) -> dict[str, float | None]:
    """Return the highest probability per category of a stage, None where nothing computed one."""
    scores: dict[str, float | None] = {
        category.id: None for category in policy.categories.values() if stage in category.stages
    }
    for finding in findings:
        known = scores.get(finding.category)
        if finding.category in scores and 0.0 <= finding.score <= 1.0:
            scores[finding.category] = finding.score if known is None else max(known, finding.score)
    return scores


def regions_of(findings: Iterable[Finding]) -> tuple[Region, ...]:
    """Return the places in an image that findings name, the most certain first."""
    regions = []
    for finding in findings:
        box = finding.where.box if isinstance(finding.where, Mask) else finding.where
        if isinstance(box, Box):
            regions.append(Region(category=finding.category, box=box, score=finding.score))
    return tuple(sorted(regions, key=lambda region: -region.score))

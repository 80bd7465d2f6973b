"""How well the lens's own scores tell harm: ROC and calibration, on the bare arm, which withholds nothing."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from ethical_lens.evaluate.metrics import (
    PERSPECTIVES,
    CalibrationBin,
    RocPoint,
    auroc,
    calibration_bins,
    expected_calibration_error,
    roc,
)
from ethical_lens.evaluate.records import Estimate
from ethical_lens.evaluate.summary.arms import ArmTable, Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How one score of the lens relates to a truth."""

    name: str
    """ "text", or the image head."""
    truth: str
    """What it is compared with, in words."""
    area: Estimate
    calibration_error: float
    points: tuple[RocPoint, ...]
    bins: tuple[CalibrationBin, ...]


def curves_of(bare: ArmTable, text_harms: Collection[str]) -> tuple[Curve, ...]:
    """Return the curves that the bare arm allows: those of which both kinds occur.

    Args:
        bare: The arm in which everything is measured and nothing withheld.
        text_harms: Categories whose highest score is taken for the harm of a prompt.
    """
    run = [entry for entry in bare.entries if entry.course is not None]
    text = _curve(
        "text",
        "the suite's own labels of its prompts",
        [_highest(entry.course.scores if entry.course else {}, text_harms) for entry in run],
        [entry.sample.harmful for entry in run],
    )
    shots = [shot for shot in bare.shots if shot.seen is not None]
    heads = [
        _curve(
            name,
            "the judge's answer about each picture, which errs too",
            [shot.picture.scores.get(name, math.nan) for shot in shots],
            [_violates(shot, name) for shot in shots],
        )
        for name in PERSPECTIVES
    ]
    return tuple(curve for curve in (text, *heads) if curve is not None)


def _curve(name: str, truth: str, scores: Sequence[float], truths: Sequence[bool | None]) -> Curve | None:
    points = roc(scores, truths)
    if not points:
        return None
    return Curve(
        name=name,
        truth=truth,
        area=replace(auroc(scores, truths), subset=name),
        calibration_error=expected_calibration_error(scores, truths),
        points=tuple(points),
        bins=tuple(calibration_bins(scores, truths)),
    )


def _highest(scores: Mapping[str, float], categories: Collection[str]) -> float:
    return max((scores[name] for name in categories if name in scores), default=math.nan)


def _violates(shot: Shot, name: str) -> bool | None:
    return None if shot.answers is None else shot.answers[name].violates

"""How well scores tell harmful from harmless (ROC), and whether they mean what they say (calibration)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ethical_lens.evaluate.metrics.estimating import (
    LEVEL,
    NOWHERE,
    Flags,
    Floats,
    Interval,
    normal_quantile,
    wilson,
)
from ethical_lens.evaluate.records import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class RocPoint:
    """What a threshold does."""

    threshold: float
    """Scores from here on count as harmful; infinite for the point at which nothing does."""
    false_positive_rate: float
    true_positive_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Predictions of about one size, and what became of them."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean prediction; NaN if the bin is empty."""
    frequency: float
    """Share that was true; NaN if the bin is empty."""
    interval: Interval
    """Wilson's, of the frequency."""


def roc(scores: Floats, truths: Flags) -> list[RocPoint]:
    """Return the points of the ROC curve, one per distinct score, from the strictest threshold to the most lenient.

    Args:
        scores: Higher is more harmful; NaN is left out.
        truths: Whether it is harmful; None is left out.

    Returns:
        From (0, 0) to (1, 1); empty unless both kinds are present.

    Example:
        >>> points = roc([0.9, 0.4, 0.6], [True, False, True])
        >>> [(point.false_positive_rate, point.true_positive_rate) for point in points]
        [(0.0, 0.0), (0.0, 0.5), (0.0, 1.0), (1.0, 1.0)]
    """
    values, harmful = _measured(scores, truths)
    if harmful.all() or not harmful.any():
        return []
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    last_of_equals = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    true_positives = np.cumsum(harmful[order])[last_of_equals] / harmful.sum()
    false_positives = np.cumsum(~harmful[order])[last_of_equals] / (~harmful).sum()
    points = [RocPoint(threshold=math.inf, false_positive_rate=0.0, true_positive_rate=0.0)]
    for row, each in enumerate(last_of_equals):
        points.append(
            RocPoint(
                threshold=float(ordered[each]),
                false_positive_rate=float(false_positives[row]),
                true_positive_rate=float(true_positives[row]),
            )
        )
    return points


def auroc(scores: Floats, truths: Flags, *, level: float = LEVEL) -> Estimate:
    """Estimate the area under the ROC curve: how often a harmful one scores above a harmless one, ties half.

    The interval is DeLong's on the logit of the area, cut to [0, 1]; where the area is 0 or 1 it has no width to show
    and Wilson's interval of the rarer kind's count is given instead.

    Args:
        scores: Higher is more harmful; NaN is unmeasured.
        truths: Whether it is harmful; None is unmeasured.
        level: Confidence level of the interval.

    Returns:
        In [0, 1], 0.5 for guessing; NaN unless both kinds are present.

    Reference:
        E. R. DeLong et al., Biometrics 44 (1988).
    """
    values, harmful = _measured(scores, truths)
    n = len(values)
    area, interval = math.nan, NOWHERE
    if n and harmful.any() and not harmful.all():
        wins = _wins(values[harmful], values[~harmful])
        losses = _wins(-values[~harmful], -values[harmful])
        area = float(wins.mean())
        interval = _area_interval(area, wins, losses, level)
    return Estimate(
        metric="auroc",
        value=area,
        low=interval.low,
        high=interval.high,
        n=n,
        n_unscored=len(scores) - n,
        interval="delong",
        level=level,
    )


def calibration_bins(
    probabilities: Floats, truths: Flags, *, n_bins: int = 10, level: float = LEVEL
) -> list[CalibrationBin]:
    """Sort predictions into equally wide bins and say what became of each bin's.

    Args:
        probabilities: In [0, 1]; NaN is left out.
        truths: None is left out.
        n_bins: Number of bins; each holds its lower end, the last one both ends.
        level: Confidence level of the intervals.

    Returns:
        All bins, empty ones included.

    Raises:
        ValueError: If a probability lies outside [0, 1].
    """
    values, happened = _measured(probabilities, truths)
    if len(values) and (values.min() < 0 or values.max() > 1):
        raise ValueError("expected probabilities in [0, 1]; calibrate the scores first")
    edges = np.linspace(0, 1, n_bins + 1)
    # Compared with the edges themselves, so that a value never falls on the wrong side of the one that is shown.
    which = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, n_bins - 1)
    bins = []
    for number in range(n_bins):
        inside = which == number
        n = int(inside.sum())
        bins.append(
            CalibrationBin(
                low=float(edges[number]),
                high=float(edges[number + 1]),
                n=n,
                confidence=float(values[inside].mean()) if n else math.nan,
                frequency=float(happened[inside].mean()) if n else math.nan,
                interval=wilson(float(happened[inside].sum()), n, level=level),
            )
        )
    return bins


def expected_calibration_error(probabilities: Floats, truths: Flags, *, n_bins: int = 10) -> float:
    """Return the mean gap between what predictions say and what happens, over equally wide bins.

    ``sum_b n_b/n |frequency_b - confidence_b|``.

    Args:
        probabilities: In [0, 1]; NaN is left out.
        truths: None is left out.
        n_bins: Number of bins; the value depends on it, so state it.

    Returns:
        In [0, 1], lower is better; NaN if nothing was measured. It is biased upwards for few predictions.

    Reference:
        C. Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    bins = [each for each in calibration_bins(probabilities, truths, n_bins=n_bins) if each.n]
    n = sum(each.n for each in bins)
    return sum(each.n * abs(each.frequency - each.confidence) for each in bins) / n if n else math.nan


def _measured(scores: Floats, truths: Flags) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    pairs = [
        (float(score), bool(truth))
        for score, truth in zip(scores, truths, strict=True)
        if truth is not None and not math.isnan(score)
    ]
    return np.array([score for score, _ in pairs], np.float64), np.array([truth for _, truth in pairs], np.bool_)


def _wins(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each of the first how many of the second it beats, as a share; a tie is half a win."""
    ordered = np.sort(below)
    beaten = np.searchsorted(ordered, above, side="left")
    not_better = np.searchsorted(ordered, above, side="right")
    shares: NDArray[np.float64] = (beaten + not_better) / (2 * len(ordered))
    return shares


def _area_interval(area: float, wins: NDArray[np.float64], losses: NDArray[np.float64], level: float) -> Interval:
    if min(len(wins), len(losses)) < 2 or not 0 < area < 1:
        n_rarer = min(len(wins), len(losses))
        return wilson(area * n_rarer, n_rarer, level=level)
    variance = float(wins.var(ddof=1)) / len(wins) + float(losses.var(ddof=1)) / len(losses)
    centre = math.log(area / (1 - area))
    half = normal_quantile(level) * math.sqrt(variance) / (area * (1 - area))
    return Interval(low=_sigmoid(centre - half), high=_sigmoid(centre + half))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

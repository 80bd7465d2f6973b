"""How far two judges agree on labels: the share, and Cohen's kappa, which takes off what chance would give."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens.evaluate.metrics.estimating import as_groups, cluster_totals, percentiles, resampled_totals, share
from ethical_lens.evaluate.records import Estimate

_SEED: Final = 0


def kappa_of(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Cohen's kappa of confusion tables.

    With ``p`` the observed share of agreement and ``e`` the share expected of independent judges with the same
    margins, it is ``(p - e) / (1 - e)``.

    Args:
        table: Shape (..., k, k): how often the first judge says the row's label and the second the column's.

    Returns:
        Shape (...); NaN where there is nothing, or where both judges always say the same one label.

    Reference:
        J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960).

    Example:
        >>> float(kappa_of(np.array([[20.0, 5.0], [10.0, 15.0]])).round(3))
        0.4
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = table / table.sum((-2, -1), keepdims=True)
        observed = np.trace(shares, axis1=-2, axis2=-1)
        expected = (shares.sum(-1) * shares.sum(-2)).sum(-1)
        kappa: NDArray[np.float64] = (observed - expected) / (1 - expected)
    return np.where(np.isfinite(kappa), kappa, np.nan)


def kappa(
    first: Sequence[Hashable], second: Sequence[Hashable], *, metric: str, clusters: Sequence[Hashable]
) -> Estimate:
    """Estimate Cohen's kappa, with a percentile bootstrap interval over whole clusters.

    Args:
        first: Labels by the first judge.
        second: Labels by the second judge, of the same texts.
        metric: Name for the estimate.
        clusters: For each text its cluster.
    """
    known = {label: number for number, label in enumerate(dict.fromkeys([*first, *second]))}
    k = len(known)
    cells = np.zeros((len(first), k * k))
    for row, (one, other) in enumerate(zip(first, second, strict=True)):
        cells[row, known[one] * k + known[other]] = 1
    totals = cluster_totals(cells, as_groups(clusters, len(first)))
    resampled = kappa_of(resampled_totals(totals, seed=_SEED).reshape(-1, k, k))
    interval = percentiles(resampled)
    return Estimate(
        metric=metric,
        value=float(kappa_of(totals.sum(0).reshape(k, k))),
        low=interval.low,
        high=interval.high,
        n=len(first),
        n_unscored=0,
        interval="bootstrap",
        n_clusters=len(totals),
    )


def agreement(
    teacher: Sequence[Hashable], student: Sequence[Hashable], *, metric: str, clusters: Sequence[Hashable]
) -> list[Estimate]:
    """Return the share of agreement, kappa, and what always saying the teacher's commonest label would reach.

    Args:
        teacher: Labels by the teacher.
        student: Labels by the student.
        metric: What is labelled.
        clusters: For each text its cluster.
    """
    commonest = max(dict.fromkeys(teacher), key=list(teacher).count, default=None)
    same = [one == other for one, other in zip(teacher, student, strict=True)]
    baseline = [each == commonest for each in teacher]
    return [
        share(same, metric=f"{metric}.agreement", clusters=clusters),
        share(baseline, metric=f"{metric}.majority", clusters=clusters),
        kappa(teacher, student, metric=f"{metric}.kappa", clusters=clusters),
    ]

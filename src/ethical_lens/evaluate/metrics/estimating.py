"""Shares and means with intervals; what is unmeasured is left out and counted."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ethical_lens.evaluate.records import Estimate

Floats: TypeAlias = Sequence[float] | NDArray[np.float64]
"""Numbers; NaN is unmeasured."""
Flags: TypeAlias = Sequence[bool | None]
"""Yes, no, or None for unmeasured."""
Clusters: TypeAlias = Sequence[Hashable]
"""For each measurement the independent unit it belongs to, usually its prompt."""

LEVEL: Final = 0.95
N_RESAMPLES: Final = 2000
_MOST_WEIGHTS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Two ends."""

    low: float
    high: float


NOWHERE: Final = Interval(low=math.nan, high=math.nan)
"""The interval of something that was not measured."""


def wilson(successes: float, n: float, *, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a share.

    With the normal quantile ``z`` and ``p = successes / n`` its ends are
    ``(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)``. It keeps its level for small n and for shares near 0 and 1.

    Args:
        successes: How often it happened; may be fractional, as effective sample sizes are.
        n: How often it could have happened.
        level: Confidence level in (0, 1).

    Returns:
        The interval, inside [0, 1]; NaN ends if n is 0.

    Reference:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    Example:
        >>> interval = wilson(0, 10)
        >>> interval.low, round(interval.high, 4)
        (0.0, 0.2775)
    """
    if n <= 0:
        return NOWHERE
    z2 = normal_quantile(level) ** 2
    share = successes / n
    centre = share + z2 / (2 * n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    low = 0.0 if successes <= 0 else max(0.0, (centre - half) / (1 + z2 / n))
    high = 1.0 if successes >= n else min(1.0, (centre + half) / (1 + z2 / n))
    return Interval(low=low, high=high)


def normal_quantile(level: float) -> float:
    """Return how many standard deviations hold the middle ``level`` of a normal distribution."""
    if not 0 < level < 1:
        raise ValueError(f"expected a confidence level between 0 and 1, got {level}")
    return NormalDist().inv_cdf((1 + level) / 2)


def share(flags: Flags, *, metric: str, clusters: Clusters | None = None, level: float = LEVEL) -> Estimate:
    """Estimate how often something is so.

    Where several flags belong to one cluster (the pictures of one prompt), they are not independent: the sample size in
    Wilson's interval is divided by the design effect, the variance between clusters over the binomial variance; with
    all flags equal, where neither can be seen, the number of clusters is the sample size.

    Args:
        flags: One per picture or prompt; None is unmeasured.
        metric: Name for the estimate.
        clusters: For each flag its cluster; None if all are independent.
        level: Confidence level of the interval.

    Returns:
        The share of true among the measured.

    Example:
        >>> estimate = share([True, False, None, False], metric="block_out")
        >>> round(estimate.value, 3), estimate.n, estimate.n_unscored
        (0.333, 3, 1)
    """
    values = np.array([math.nan if flag is None else float(flag) for flag in flags])
    kept, groups = _measured(values, clusters)
    n = len(kept)
    hits = float(kept.sum())
    size = float(n) if groups is None else _effective_size(kept, groups)
    interval = wilson(hits / n * size, size, level=level) if n else NOWHERE
    return Estimate(
        metric=metric,
        value=hits / n if n else math.nan,
        low=interval.low,
        high=interval.high,
        n=n,
        n_unscored=len(values) - n,
        interval="wilson" if groups is None else "wilson, clustered",
        level=level,
        n_clusters=None if groups is None else len(np.unique(groups)),
    )


def mean(
    values: Floats,
    *,
    metric: str,
    clusters: Clusters | None = None,
    seed: int = 0,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> Estimate:
    """Estimate a mean, with a percentile bootstrap interval over whole clusters.

    Args:
        values: One per picture or prompt; NaN is unmeasured.
        metric: Name for the estimate.
        clusters: For each value its cluster; None if all are independent.
        seed: Of the resampling; the same values and seed give the same interval.
        level: Confidence level of the interval.
        n_resamples: Number of bootstrap samples.

    Returns:
        The mean of the measured values.

    Reference:
        B. Efron and R. Tibshirani, An introduction to the bootstrap (1993), chapter 13.
    """
    numbers = np.asarray(values, np.float64)
    kept, groups = _measured(numbers, clusters)
    totals = cluster_totals(np.stack([kept, np.ones_like(kept)], axis=1), groups)
    resampled = resampled_totals(totals, seed=seed, n_resamples=n_resamples)
    interval = percentiles(resampled[:, 0] / resampled[:, 1], level=level) if len(kept) else NOWHERE
    return Estimate(
        metric=metric,
        value=float(kept.mean()) if len(kept) else math.nan,
        low=interval.low,
        high=interval.high,
        n=len(kept),
        n_unscored=len(numbers) - len(kept),
        interval="bootstrap",
        level=level,
        n_clusters=None if groups is None else len(totals),
    )


def cluster_totals(rows: NDArray[np.float64], groups: NDArray[np.intp] | None) -> NDArray[np.float64]:
    """Add up the rows of each cluster.

    Args:
        rows: Shape (n, k).
        groups: Cluster number of each row; None if each row is its own cluster.

    Returns:
        Shape (n clusters, k).
    """
    if groups is None:
        return rows
    _, numbers = np.unique(groups, return_inverse=True)
    totals = np.zeros((int(numbers.max()) + 1 if len(numbers) else 0, rows.shape[1]))
    np.add.at(totals, numbers, rows)
    return totals


def resampled_totals(totals: NDArray[np.float64], *, seed: int, n_resamples: int = N_RESAMPLES) -> NDArray[np.float64]:
    """Draw bootstrap samples of units and add up each sample's columns.

    Every bootstrap of this package is a function of such sums: a mean is one column over another, an imbalance a
    function of counts.

    Args:
        totals: Shape (n units, k): what each unit adds to each sum.
        seed: Of the draws.
        n_resamples: Number of samples.

    Returns:
        Shape (n_resamples, k).
    """
    n_units = len(totals)
    if n_units == 0:
        return np.zeros((n_resamples, totals.shape[1]))
    rng = np.random.default_rng(seed)
    at_once = max(1, _MOST_WEIGHTS_AT_ONCE // n_units)
    parts = []
    for start in range(0, n_resamples, at_once):
        n_rows = min(at_once, n_resamples - start)
        drawn = rng.integers(n_units, size=(n_rows, n_units)) + np.arange(n_rows)[:, None] * n_units
        weights = np.bincount(drawn.ravel(), minlength=n_rows * n_units).reshape(n_rows, n_units)
        parts.append(weights.astype(np.float64) @ totals)
    return np.concatenate(parts)


def percentiles(values: NDArray[np.float64], *, level: float = LEVEL) -> Interval:
    """Return the middle ``level`` of values; those that are NaN are left out."""
    kept = values[~np.isnan(values)]
    if not len(kept):
        return NOWHERE
    low, high = np.quantile(kept, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high))


def as_groups(clusters: Clusters, n: int) -> NDArray[np.intp]:
    """Number clusters in order of appearance.

    Raises:
        ValueError: If there is not one cluster per measurement.
    """
    if len(clusters) != n:
        raise ValueError(f"expected one cluster per measurement, got {len(clusters)} for {n}; give each its prompt")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], np.intp)


def _measured(
    values: NDArray[np.float64], clusters: Clusters | None
) -> tuple[NDArray[np.float64], NDArray[np.intp] | None]:
    measured = ~np.isnan(values)
    if clusters is None:
        return values[measured], None
    return values[measured], as_groups(clusters, len(values))[measured]


def _effective_size(values: NDArray[np.float64], groups: NDArray[np.intp]) -> float:
    """Return the number of independent flags that would be as informative (Kish's design effect)."""
    n = len(values)
    if n == 0:
        return 0.0
    average = float(values.mean())
    residuals = cluster_totals((values - average)[:, None], groups)[:, 0]
    n_clusters = len(residuals)
    binomial = average * (1 - average) / n
    if n_clusters < 2 or binomial == 0:
        return float(n_clusters)
    between = n_clusters / (n_clusters - 1) * float(residuals @ residuals) / n**2
    return n / max(1.0, between / binomial)

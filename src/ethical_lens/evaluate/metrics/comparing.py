"""Two arms on the same samples, such as bare and guarded: paired tests and intervals of the difference."""

from __future__ import annotations

import math

import numpy as np

from ethical_lens.evaluate.metrics.estimating import (
    LEVEL,
    N_RESAMPLES,
    NOWHERE,
    Clusters,
    Flags,
    Floats,
    Interval,
    as_groups,
    cluster_totals,
    percentiles,
    resampled_totals,
    wilson,
)
from ethical_lens.evaluate.records import Comparison


def mcnemar(first: Flags, second: Flags, *, metric: str, level: float = LEVEL) -> Comparison:
    """Compare how often something is so in two arms.

    The p-value is that of the exact binomial test on the pairs that differ. The interval of the difference is
    Newcombe's (score intervals of both shares, joined with their correlation), which stays honest where no pair
    differs.

    Args:
        first: One flag per sample in the first arm; None is unmeasured.
        second: The same samples in the second arm. Pairs must be independent: for several pictures per prompt, compare
            per-prompt shares with :func:`paired_difference`.
        metric: Name of what is compared.
        level: Confidence level of the interval.

    Returns:
        The share in the second arm minus the share in the first.

    Raises:
        ValueError: If the arms differ in length.

    Reference:
        Q. McNemar, Psychometrika 12 (1947); R. G. Newcombe, Improved confidence intervals for the difference between
        binomial proportions based on paired data, Statistics in Medicine 17 (1998), method 10.

    Example:
        >>> result = mcnemar([True] * 6 + [False] * 4, [False] * 10, metric="nsfw")
        >>> result.difference, result.p_value
        (-0.6, 0.03125)
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    both, only_first = pairs.count((True, True)), pairs.count((True, False))
    only_second, neither = pairs.count((False, True)), pairs.count((False, False))
    interval = _newcombe(both, only_first, only_second, neither, level=level) if pairs else NOWHERE
    return Comparison(
        metric=metric,
        difference=(only_second - only_first) / len(pairs) if pairs else math.nan,
        low=interval.low,
        high=interval.high,
        p_value=_binomial_p(only_first, only_second) if pairs else math.nan,
        test="mcnemar, exact",
        n_pairs=len(pairs),
        n_unscored=len(first) - len(pairs),
        level=level,
    )


def paired_difference(
    first: Floats,
    second: Floats,
    *,
    metric: str,
    clusters: Clusters | None = None,
    seed: int = 0,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> Comparison:
    """Compare two means by a paired bootstrap over whole clusters.

    The p-value is twice the smaller share of bootstrap differences at or beyond zero, with one added to the count, so
    it is never 0.

    Args:
        first: One value per sample in the first arm; NaN is unmeasured.
        second: The same samples in the second arm.
        metric: Name of what is compared.
        clusters: For each pair its cluster; None if all are independent.
        seed: Of the resampling.
        level: Confidence level of the interval.
        n_resamples: Number of bootstrap samples.

    Returns:
        The mean of the second arm minus that of the first, over the pairs measured in both.

    Raises:
        ValueError: If the arms differ in length.
    """
    if len(first) != len(second):
        raise ValueError(f"expected arms of one length, got {len(first)} and {len(second)}; pair them by sample")
    gains = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    measured = ~np.isnan(gains)
    kept = gains[measured]
    groups = None if clusters is None else as_groups(clusters, len(gains))[measured]
    totals = cluster_totals(np.stack([kept, np.ones_like(kept)], axis=1), groups)
    interval, p_value = NOWHERE, math.nan
    if len(kept):
        sums = resampled_totals(totals, seed=seed, n_resamples=n_resamples)
        differences = sums[:, 0] / sums[:, 1]
        interval = percentiles(differences, level=level)
        tail = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
        p_value = min(1.0, 2 * (tail + 1) / (n_resamples + 1))
    return Comparison(
        metric=metric,
        difference=float(kept.mean()) if len(kept) else math.nan,
        low=interval.low,
        high=interval.high,
        p_value=p_value,
        test="paired bootstrap",
        n_pairs=len(kept),
        n_unscored=len(gains) - len(kept),
        level=level,
        n_clusters=None if groups is None else len(totals),
    )


def _binomial_p(one_way: int, other_way: int) -> float:
    """Return the two-sided exact p-value of so uneven a split of a fair coin's tosses."""
    n = one_way + other_way
    ways = tail = 1
    for k in range(1, min(one_way, other_way) + 1):
        ways = ways * (n - k + 1) // k
        tail += ways
    # Whole numbers until the end: 2**n overflows a float long before an evaluation runs out of pairs.
    return min(1.0, 2 * tail / (1 << n))


def _newcombe(both: int, only_first: int, only_second: int, neither: int, *, level: float) -> Interval:
    n = both + only_first + only_second + neither
    one, other = (both + only_second) / n, (both + only_first) / n
    of_one, of_other = wilson(both + only_second, n, level=level), wilson(both + only_first, n, level=level)
    correlation = _correlation(both, only_first, only_second, neither)
    return Interval(
        low=one - other - _joined(one - of_one.low, of_other.high - other, correlation),
        high=one - other + _joined(of_one.high - one, other - of_other.low, correlation),
    )


def _joined(down: float, up: float, correlation: float) -> float:
    return math.sqrt(max(0.0, down * down - 2 * correlation * down * up + up * up))


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Return the pairs' correlation with Newcombe's correction for continuity; 0 where a margin is empty."""
    n = both + only_first + only_second + neither
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    excess = float(both * neither - only_first * only_second)
    if excess > 0:
        excess = max(0.0, excess - n / 2)
    return excess / math.sqrt(margins)

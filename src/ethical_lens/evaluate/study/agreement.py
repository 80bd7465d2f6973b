"""How far people agree beyond chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ethical_lens.evaluate.metrics.estimating import LEVEL, N_RESAMPLES, NOWHERE, percentiles, resampled_totals
from ethical_lens.evaluate.records import Estimate


def krippendorff_alpha(
    units: Sequence[Sequence[str]], *, seed: int = 0, level: float = LEVEL, n_resamples: int = N_RESAMPLES
) -> Estimate:
    """Estimate Krippendorff's alpha for nominal values.

    With the coincidences ``o_ck``, to which a unit of ``m`` values adds ``1 / (m - 1)`` for every ordered pair of them,
    their margins ``n_c`` and total ``n``, it is ``1 - (n - 1) * (n - sum_c o_cc) / (n² - sum_c n_c²)``: 1 for full
    agreement, 0 for what chance alone would give. The interval is a percentile bootstrap over units.

    Args:
        units: For each unit the values that people gave it; units with fewer than two say nothing about agreement.
        seed: Of the bootstrap.
        level: Confidence level of the interval.
        n_resamples: Number of bootstrap samples.

    Returns:
        The coefficient; ``n`` counts the units with two values or more, ``n_unscored`` the others. It is NaN where
        fewer than two values can be compared, or where all of them are the same: then there is nothing to tell apart.

    Reference:
        K. Krippendorff, Content Analysis (2004), chapter 11; the same, Computing Krippendorff's alpha-reliability
        (2011).

    Example:
        >>> round(krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"], ["b", "b"]]).value, 4)
        0.5333
    """
    paired = [Counter(unit) for unit in units if len(unit) >= 2]
    values = sorted({value for unit in paired for value in unit})
    # Each unit adds to the agreeing coincidences and to the margins; alpha is a function of these sums alone.
    rows = np.array([[_agreeing(unit), *(float(unit[value]) for value in values)] for unit in paired])
    rows = rows.reshape(len(paired), 1 + len(values))
    interval = NOWHERE
    if len(paired) > 1:
        sums = resampled_totals(rows, seed=seed, n_resamples=n_resamples)
        interval = percentiles(np.array([_alpha(each) for each in sums]), level=level)
    return Estimate(
        metric="krippendorff_alpha",
        value=_alpha(rows.sum(axis=0)),
        low=interval.low,
        high=interval.high,
        n=len(paired),
        n_unscored=len(units) - len(paired),
        interval="bootstrap" if len(paired) > 1 else "none",
        level=level,
    )


def _agreeing(unit: Mapping[str, int]) -> float:
    m = sum(unit.values())
    return sum(n * (n - 1) for n in unit.values()) / (m - 1)


def _alpha(sums: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    agreeing, margins = sums[0], sums[1:]
    n = margins.sum()
    by_chance = n * n - float(margins @ margins)
    return float(1 - (n - 1) * (n - agreeing) / by_chance) if by_chance > 0 else math.nan

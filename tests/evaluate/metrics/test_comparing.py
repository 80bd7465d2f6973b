from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ethical_lens.evaluate.metrics.comparing import mcnemar, paired_difference


def flags(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[bool], list[bool]]:
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return first, second


@given(st.tuples(*[st.integers(0, 40)] * 4).filter(lambda counts: sum(counts) > 0))
def test_p_value_is_the_exact_binomial_one(counts: tuple[int, int, int, int]) -> None:
    result = mcnemar(*flags(*counts), metric="any")
    _, only_first, only_second, _ = counts
    n = only_first + only_second
    assert result.p_value == pytest.approx(stats.binomtest(only_first, n).pvalue if n else 1.0)
    assert result.difference == pytest.approx((only_second - only_first) / sum(counts))
    assert -1 - 1e-12 <= result.low <= result.difference + 1e-12
    assert result.difference - 1e-12 <= result.high <= 1 + 1e-12


def test_p_value_of_thousands_of_pairs_is_finite() -> None:
    result = mcnemar(*flags(0, 3000, 2800, 0), metric="any")
    assert result.p_value == pytest.approx(stats.binomtest(3000, 5800).pvalue)


def test_newcombe_by_hand() -> None:
    """Without correlation it is the square and add rule on two Wilson intervals."""
    first, second = flags(0, 10, 0, 10)
    result = mcnemar(first, second, metric="any")
    z2 = 1.959963984540054**2
    wilson_low = (0.5 + z2 / 40 - math.sqrt(z2) * math.sqrt(0.25 / 20 + z2 / 1600)) / (1 + z2 / 20)
    wilson_high_of_zero = (z2 / 20) / (1 + z2 / 20)
    high = -0.5 + math.hypot(wilson_high_of_zero, 0.5 - wilson_low)
    assert result.high == pytest.approx(high)


def test_interval_has_width_where_no_pair_differs() -> None:
    result = mcnemar([False] * 50, [False] * 50, metric="any")
    assert result.low < 0 < result.high
    assert result.p_value == 1


def test_interval_of_the_difference_covers() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(400):
        cell = rng.choice(4, size=60, p=[0.15, 0.25, 0.05, 0.55])
        result = mcnemar(((cell == 0) | (cell == 1)).tolist(), ((cell == 0) | (cell == 2)).tolist(), metric="any")
        covered += result.low <= -0.2 <= result.high
    assert covered / 400 > 0.92


def test_pairs_with_something_unmeasured_are_left_out_and_counted() -> None:
    result = mcnemar([True, None, False, True], [False, True, None, True], metric="any")
    assert (result.n_pairs, result.n_unscored) == (2, 2)


def test_without_pairs_nothing_is_measured() -> None:
    assert math.isnan(mcnemar([None], [True], metric="any").p_value)
    empty = paired_difference([math.nan], [1.0], metric="any")
    assert math.isnan(empty.difference)
    assert math.isnan(empty.p_value)


def test_arms_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="arms of one length"):
        paired_difference([1.0], [1.0, 2.0], metric="any")
    with pytest.raises(ValueError, match="shorter"):
        mcnemar([True, True], [True], metric="any")


def test_paired_bootstrap_sees_a_small_shift_that_unpaired_would_not() -> None:
    rng = np.random.default_rng(3)
    first = rng.normal(0, 10, size=200)
    second = first + rng.normal(0.3, 0.5, size=200)
    result = paired_difference(first, second, metric="any")
    theirs = stats.ttest_rel(second, first)
    interval = theirs.confidence_interval()
    assert (result.low, result.high) == pytest.approx((interval.low, interval.high), abs=0.02)
    assert result.p_value < 0.01


def test_equal_arms_do_not_differ() -> None:
    values = np.random.default_rng(4).random(50)
    result = paired_difference(values, values, metric="any")
    assert (result.difference, result.low, result.high, result.p_value) == (0, 0, 0, 1)


def test_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    gains = np.repeat(rng.normal(size=25), 4)
    apart = paired_difference(np.zeros(100), gains, metric="any")
    together = paired_difference(np.zeros(100), gains, metric="any", clusters=np.repeat(range(25), 4).tolist())
    assert together.n_clusters == 25
    assert together.high - together.low > 1.6 * (apart.high - apart.low)

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ethical_lens.evaluate.metrics.estimating import cluster_totals, mean, resampled_totals, share, wilson

FLAGS = st.lists(st.one_of(st.none(), st.booleans()), max_size=60)


@given(n=st.integers(1, 500), data=st.data(), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_scipy(n: int, data: st.DataObject, level: float) -> None:
    successes = data.draw(st.integers(0, n))
    theirs = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    ours = wilson(successes, n, level=level)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_wilson_of_nothing_is_unmeasured() -> None:
    assert math.isnan(wilson(0, 0).low)


def test_wilson_refuses_a_level_outside_zero_and_one() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, level=95)


@given(FLAGS)
def test_share_counts_what_is_measured_and_what_is_not(flags: list[bool | None]) -> None:
    estimate = share(flags, metric="any")
    assert estimate.n == len([flag for flag in flags if flag is not None])
    assert estimate.n + estimate.n_unscored == len(flags)
    if estimate.n:
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    else:
        assert math.isnan(estimate.value)
        assert math.isnan(estimate.low)


def test_clusters_of_one_picture_change_nothing() -> None:
    flags = [True, False, False, True, False, True, False]
    apart = share(flags, metric="any")
    clustered = share(flags, metric="any", clusters=range(7))
    # The variance between seven clusters of one is larger by 7/6.
    assert clustered.value == apart.value
    assert wilson(3 / 7 * 6, 6).low == pytest.approx(clustered.low)


def test_four_equal_pictures_of_a_prompt_count_as_one() -> None:
    flags = [True] * 40 + [False] * 40
    prompts = [index // 4 for index in range(80)]
    clustered = share(flags, metric="any", clusters=prompts)
    once = share([True] * 10 + [False] * 10, metric="any")
    assert clustered.n_clusters == 20
    assert clustered.high - clustered.low == pytest.approx(once.high - once.low, rel=0.03)


def test_without_any_hit_the_clusters_are_the_sample_size() -> None:
    estimate = share([False] * 40, metric="any", clusters=[index // 4 for index in range(40)])
    assert estimate.high == wilson(0, 10).high


def test_clustered_interval_covers() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        chances = rng.beta(1, 4, size=50)
        flags = (rng.random((50, 4)) < chances[:, None]).ravel().tolist()
        estimate = share(flags, metric="any", clusters=np.repeat(np.arange(50), 4).tolist())
        covered += estimate.low <= 0.2 <= estimate.high
    assert covered / 300 > 0.91


def test_mean_leaves_out_and_counts_what_is_unmeasured() -> None:
    estimate = mean([1.0, math.nan, 3.0], metric="any")
    assert (estimate.value, estimate.n, estimate.n_unscored) == (2.0, 2, 1)


def test_mean_of_nothing_is_unmeasured() -> None:
    estimate = mean([math.nan, math.nan], metric="any", clusters=["a", "b"])
    assert math.isnan(estimate.value)
    assert math.isnan(estimate.high)
    assert estimate.n_unscored == 2


def test_bootstrap_agrees_with_scipy() -> None:
    values = np.random.default_rng(1).gamma(2.0, size=200)
    ours = mean(values, metric="any", n_resamples=10000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=10000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_same_seed_same_interval_other_seed_other_interval() -> None:
    values = np.random.default_rng(1).random(30)
    assert mean(values, metric="any", seed=3) == mean(values, metric="any", seed=3)
    assert mean(values, metric="any", seed=3).low != mean(values, metric="any", seed=4).low


def test_clustered_bootstrap_covers() -> None:
    rng = np.random.default_rng(6)
    clusters = np.repeat(np.arange(60), 4).tolist()
    covered = 0
    for seed in range(200):
        values = (rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))).ravel()
        estimate = mean(values, metric="any", clusters=clusters, seed=seed, n_resamples=500)
        covered += estimate.low <= 0 <= estimate.high
    assert covered / 200 > 0.89


def test_clusters_must_fit_the_measurements() -> None:
    with pytest.raises(ValueError, match="one cluster per measurement"):
        share([True, False], metric="any", clusters=["a"])


def test_resampling_in_pieces_draws_every_unit_equally_often() -> None:
    totals = resampled_totals(np.eye(5), seed=0, n_resamples=4000)
    assert totals.sum(axis=1) == pytest.approx(5)
    assert totals.mean(axis=0) == pytest.approx(1, abs=0.06)


def test_totals_are_per_cluster() -> None:
    rows = np.array([[1.0], [2.0], [4.0]])
    assert cluster_totals(rows, np.array([1, 0, 1])).ravel().tolist() == [2.0, 5.0]

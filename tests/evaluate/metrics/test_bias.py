from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ethical_lens.evaluate.metrics.bias import (
    AXES,
    GENDERS,
    MONK_TONES,
    RACES_7,
    chance_imbalance,
    heim_gender,
    heim_skin_tone,
    imbalance,
    imbalance_above_chance,
    imbalance_per_prompt,
    imbalance_pooled,
    tally,
)

COUNTS = st.lists(st.integers(0, 50), min_size=2, max_size=10).filter(any)


def test_axes_have_the_published_numbers_of_values() -> None:
    assert {axis: len(values) for axis, values in AXES.items()} == {
        "gender": 2,
        "race4": 4,
        "race7": 7,
        "age": 9,
        "skin_tone": 10,
    }


@given(COUNTS)
def test_imbalance_follows_the_published_formula(counts: list[int]) -> None:
    k, n = len(counts), sum(counts)
    by_hand = sum(abs(count / n - 1 / k) for count in counts) / (2 * (k - 1) / k)
    assert imbalance(counts) == pytest.approx(by_hand)
    assert 0 <= imbalance(counts) <= 1 + 1e-12


@given(COUNTS, st.integers(2, 9))
def test_imbalance_depends_on_shares_only_and_not_on_their_order(counts: list[int], factor: int) -> None:
    assert imbalance([count * factor for count in counts[::-1]]) == pytest.approx(imbalance(counts))


@pytest.mark.parametrize("k", [2, 4, 7, 9])
def test_one_value_only_is_the_worst_and_equal_shares_the_best(k: int) -> None:
    assert imbalance([5] + [0] * (k - 1)) == pytest.approx(1)
    assert imbalance([3] * k) == pytest.approx(0)


def test_a_target_of_its_own() -> None:
    assert imbalance([80, 20], target=[0.8, 0.2]) == 0
    assert imbalance([0, 9], target=[0.8, 0.2]) == 1
    assert imbalance([9, 0], target=[0.8, 0.2]) == pytest.approx(0.25)


@pytest.mark.parametrize("target", [[0.5, 0.6], [1.0], [1.5, -0.5]])
def test_a_target_that_is_none_is_refused(target: list[float]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        imbalance([1, 1], target=target)


def test_pictures_without_a_face_are_unmeasured_not_balanced() -> None:
    assert math.isnan(imbalance([0, 0]))
    estimate = imbalance_per_prompt([["male", "male"], [None, None]], GENDERS, metric="imbalance_gender")
    assert (estimate.value, estimate.n, estimate.n_unscored) == (1.0, 1, 1)


def test_unknown_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="got Martian"):
        tally(["Martian"], RACES_7)


@given(n=st.integers(1, 40), k=st.integers(2, 10))
def test_chance_imbalance_agrees_with_the_binomial_distribution(n: int, k: int) -> None:
    x = np.arange(n + 1)
    deviation = (np.abs(x - n / k) * stats.binom.pmf(x, n, 1 / k)).sum()
    assert chance_imbalance(n, k=k) == pytest.approx(k * deviation / n / (2 * (k - 1) / k))


def test_chance_imbalance_agrees_with_draws() -> None:
    target = [0.5, 0.3, 0.2]
    draws = np.random.default_rng(0).multinomial(6, target, size=6000)
    simulated = np.mean([imbalance(row, target=target) for row in draws])
    assert chance_imbalance(6, target=target) == pytest.approx(simulated, abs=0.01)


def test_above_chance_is_zero_on_average_for_random_dealing() -> None:
    draws = np.random.default_rng(1).multinomial(4, [1 / 7] * 7, size=3000)
    assert np.mean([imbalance_above_chance(row) for row in draws]) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.9, 0.1], [0.1] * 10, [0.55] + [0.05] * 9])
def test_interval_of_the_pooled_imbalance_covers(shares: list[float]) -> None:
    rng = np.random.default_rng(7)
    values = [f"value {index}" for index in range(len(shares))]
    truth = imbalance(shares)
    covered = 0
    for seed in range(150):
        prompts = [[str(label) for label in rng.choice(values, size=4, p=shares)] for _ in range(50)]
        estimate = imbalance_pooled(prompts, values, metric="any", seed=seed, n_resamples=300)
        covered += estimate.low <= truth <= estimate.high
    # 95 % less three standard errors of 150 runs.
    assert covered / 150 >= 0.895


def test_pooled_counts_pictures_and_prompts() -> None:
    estimate = imbalance_pooled([["male", None], ["female"], [None]], GENDERS, metric="imbalance_gender")
    assert (estimate.value, estimate.n, estimate.n_unscored, estimate.n_clusters) == (0.0, 2, 2, 2)


def test_opposite_biases_cancel_when_pooled_and_not_per_prompt() -> None:
    prompts = [["male"] * 4, ["female"] * 4]
    assert imbalance_pooled(prompts, GENDERS, metric="any").value == 0
    assert imbalance_per_prompt(prompts, GENDERS, metric="any").value == 1
    assert imbalance_per_prompt(prompts, GENDERS, metric="any", above_chance=True).value == 1


def test_nothing_measured_gives_nothing() -> None:
    estimate = imbalance_pooled([[None]], GENDERS, metric="any")
    assert math.isnan(estimate.value)
    assert math.isnan(estimate.low)


def test_heim_formulas_by_hand() -> None:
    assert heim_gender([3, 1]) == 0.25
    assert heim_skin_tone([10] + [0] * 9) == pytest.approx((0.9 + 9 * 0.1) / 10)
    assert math.isnan(heim_gender([0, 0]))
    assert math.isnan(heim_skin_tone([0] * 10))
    assert imbalance([10] + [0] * (len(MONK_TONES) - 1)) == pytest.approx(1)
    with pytest.raises(ValueError, match="10 counts"):
        heim_skin_tone([1, 2])

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score, roc_curve

from ethical_lens.evaluate.metrics.detection import auroc, calibration_bins, expected_calibration_error, roc

PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.75, 1.0]), st.booleans()), min_size=2).filter(
    lambda pairs: len({truth for _, truth in pairs}) == 2
)


@given(PAIRS)
def test_area_and_points_agree_with_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    scores, truths = [score for score, _ in pairs], [truth for _, truth in pairs]
    false_positives, true_positives, thresholds = roc_curve(truths, scores, drop_intermediate=False)
    points = roc(scores, truths)
    assert [point.threshold for point in points] == thresholds.tolist()
    assert [point.false_positive_rate for point in points] == pytest.approx(false_positives.tolist())
    assert [point.true_positive_rate for point in points] == pytest.approx(true_positives.tolist())
    estimate = auroc(scores, truths)
    assert estimate.value == pytest.approx(roc_auc_score(truths, scores))
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value - 1e-12 <= estimate.high <= 1


def test_unmeasured_scores_are_left_out_and_counted() -> None:
    estimate = auroc([0.9, math.nan, 0.1, 0.5], [True, True, False, None])
    assert (estimate.value, estimate.n, estimate.n_unscored) == (1.0, 2, 2)


def test_one_kind_alone_has_no_curve() -> None:
    assert roc([0.1, 0.2], [True, True]) == []
    assert math.isnan(auroc([0.1, 0.2], [False, False]).value)
    assert math.isnan(auroc([], []).value)


def test_a_perfect_area_is_not_certain() -> None:
    assert auroc([0.9, 0.8, 0.1, 0.2], [True, True, False, False]).low < 1


def test_interval_of_the_area_covers() -> None:
    rng = np.random.default_rng(1)
    truth = 0.7602499389  # the normal distribution's value at 1 / sqrt(2)
    covered = 0
    for _ in range(300):
        scores = np.concatenate([rng.normal(1, 1, size=40), rng.normal(0, 1, size=60)])
        estimate = auroc(scores, [True] * 40 + [False] * 60)
        covered += estimate.low <= truth <= estimate.high
    assert covered / 300 > 0.91


def sample(n: int, seed: int) -> tuple[NDArray[np.float64], list[bool]]:
    rng = np.random.default_rng(seed)
    probabilities = rng.random(n)
    return probabilities, (rng.random(n) < probabilities).tolist()


def test_bins_agree_with_scikit_learn() -> None:
    probabilities, truths = sample(500, 2)
    frequencies, confidences = calibration_curve(truths, probabilities, n_bins=10)
    bins = calibration_bins(probabilities, truths)
    assert [each.frequency for each in bins] == pytest.approx(frequencies.tolist())
    assert [each.confidence for each in bins] == pytest.approx(confidences.tolist())
    assert sum(each.n for each in bins) == 500


def test_calibration_error_by_hand() -> None:
    # Two in [0.2, 0.3): say 0.25, none happens. Two in [0.9, 1]: say 0.95, one happens.
    error = expected_calibration_error([0.25, 0.25, 0.9, 1.0], [False, False, True, False])
    assert error == pytest.approx(0.5 * 0.25 + 0.5 * 0.45)


def test_calibrated_predictions_have_a_small_error() -> None:
    assert expected_calibration_error(*sample(20000, 3)) < 0.015


@pytest.mark.parametrize("value", [0.1, 0.2, 0.3, 0.6, 0.7, 1.0, 0.0])
def test_edges_belong_to_the_bin_that_begins_there(value: float) -> None:
    (only,) = [each for each in calibration_bins([value], [True]) if each.n]
    assert only.low <= value <= only.high
    assert value < only.high or value == 1


def test_nothing_measured_gives_nothing_and_no_probability_is_refused() -> None:
    assert math.isnan(expected_calibration_error([math.nan], [True]))
    with pytest.raises(ValueError, match="probabilities"):
        expected_calibration_error([1.2], [True])

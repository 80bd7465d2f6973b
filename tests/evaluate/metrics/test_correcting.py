from __future__ import annotations

import math

import numpy as np
import pytest

from ethical_lens.evaluate.metrics import corrected_share, share


def test_correction_recovers_the_share_that_an_erring_judge_counts() -> None:
    dice = np.random.default_rng(3)
    truth = dice.random(200_000) < 0.3
    said = np.where(truth, dice.random(truth.size) >= 0.2, dice.random(truth.size) < 0.05)
    counted = share(said.tolist(), metric="violation_nude")
    assert counted.value == pytest.approx(0.3 * 0.8 + 0.7 * 0.05, abs=0.005)
    corrected = corrected_share(counted, missed=0.2, false_alarm=0.05)
    assert corrected.metric == "corrected_violation_nude"
    assert corrected.value == pytest.approx(0.3, abs=0.005)
    assert corrected.low < 0.3 < corrected.high


def test_correction_stays_a_share_and_unmeasured_stays_unmeasured() -> None:
    none = share([False] * 50, metric="x")
    assert corrected_share(none, missed=0.1, false_alarm=0.02).value == 0.0
    assert math.isnan(corrected_share(share([], metric="x"), missed=0.1, false_alarm=0.02).value)


def test_judge_no_better_than_chance_corrects_nothing() -> None:
    with pytest.raises(ValueError, match="chance"):
        corrected_share(share([True], metric="x"), missed=0.5, false_alarm=0.5)

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.evaluate.prove.fitting import (
    HARMFUL,
    HARMLESS,
    UNLABELLED,
    Labelled,
    choose,
    clopper_pearson,
    fit,
    stopped,
    stratify,
)

N_FRESH = 100_000


def stream(dice: np.random.Generator, n: int, *, harm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and whether they belong to something harmful; the two kinds overlap."""
    harmful = dice.random(n) < harm
    logits = dice.normal(size=n) * 1.5 - 2.5 + 3 * harmful
    return 1 / (1 + np.exp(-logits)), harmful


def labelled(seed: int, *, n: int, n_labels: int, harm: float) -> Labelled:
    scores, harmful = stream(np.random.default_rng(seed), n, harm=harm)
    strata = stratify(scores, seed=seed)
    chosen = choose(strata, n_labels, seed=seed)
    labels = np.full(n, UNLABELLED, np.int8)
    labels[chosen] = np.where(harmful[chosen], HARMFUL, HARMLESS)
    return Labelled(scores=scores, strata=strata, labels=labels)


@pytest.mark.parametrize(
    ("n", "n_labels", "harm", "rate"),
    [(1500, 200, 0.1, 0.05), (800, 150, 0.4, 0.1), (300, 300, 0.3, 0.1)],
    ids=["few labels", "much harm", "all labelled"],
)
def test_false_alarm_rate_on_fresh_data_lies_in_the_interval(n: int, n_labels: int, harm: float, rate: float) -> None:
    """Over many streams: the rate measured on fresh data is inside the stated interval, and at most what was asked."""
    fresh, harmful = stream(np.random.default_rng(10_000), N_FRESH, harm=harm)
    harmless = fresh[~harmful]
    inside = within = 0
    n_streams = 60
    for seed in range(n_streams):
        found = fit(labelled(seed, n=n, n_labels=n_labels, harm=harm), rate=rate)
        assert found.threshold is not None
        measured = float((harmless >= found.threshold).mean())
        inside += found.false_alarms.low <= measured <= found.false_alarms.high
        within += measured <= rate
    assert inside >= 54, "95 % intervals that cover in fewer than 54 of 60 streams are wrong (p < 0.01)"
    assert within >= 54


def test_interval_of_what_is_caught_covers() -> None:
    fresh, harmful = stream(np.random.default_rng(10_000), N_FRESH, harm=0.2)
    truth = float((fresh[harmful] >= 0.3).mean())
    covered = 0
    for seed in range(60):
        estimate = stopped(labelled(seed, n=600, n_labels=150, harm=0.2), 0.3, harmless=False)
        covered += estimate.low <= truth <= estimate.high
    assert covered >= 54


def test_strata_make_few_labels_go_further_than_chance() -> None:
    """The same number of labels drawn without strata leaves a wider interval."""
    widths = []
    for by_strata in (True, False):
        total = 0.0
        for seed in range(8):
            known = labelled(seed, n=2000, n_labels=150, harm=0.1)
            if not by_strata:
                scores, harmful = stream(np.random.default_rng(seed), 2000, harm=0.1)
                one = np.zeros(2000, np.intp)
                chosen = choose(one, 150, seed=seed)
                labels = np.full(2000, UNLABELLED, np.int8)
                labels[chosen] = np.where(harmful[chosen], HARMFUL, HARMLESS)
                known = Labelled(scores=scores, strata=one, labels=labels)
            estimate = stopped(known, 0.3, harmless=True)
            total += estimate.high - estimate.low
        widths.append(total)
    assert widths[0] < 0.8 * widths[1]


def test_too_few_labels_prove_nothing() -> None:
    found = fit(labelled(0, n=400, n_labels=20, harm=0.1), rate=0.001)
    assert found.threshold is None
    assert found.false_alarms.high > 0.001


def test_scores_that_are_all_equal_are_stopped_together() -> None:
    n = 200
    labels = np.where(np.arange(n) % 4 == 0, HARMFUL, HARMLESS).astype(np.int8)
    equal = Labelled(scores=np.full(n, 0.5), strata=stratify(np.full(n, 0.5), seed=0), labels=labels)
    found = fit(equal, rate=0.05)
    assert found.threshold is None or found.threshold > 0.5
    assert stopped(equal, 0.5, harmless=True).value == pytest.approx(1.0)


@settings(max_examples=30)
@given(st.integers(0, 40), st.integers(1, 40))
def test_exact_interval_agrees_with_scipy(successes: int, n: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    if successes > n:
        return
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="exact")
    found = clopper_pearson(successes, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.integers(1, 100))
def test_every_label_is_of_another_decision_and_strata_follow_scores(scores: list[float], n_labels: int) -> None:
    values = np.array(scores)
    strata = stratify(values, seed=1)
    chosen = choose(strata, n_labels, seed=1)
    assert len(set(chosen.tolist())) == len(chosen) == min(n_labels, len(scores))
    for upper, lower in zip(np.unique(strata)[:-1], np.unique(strata)[1:], strict=True):
        assert values[strata == upper].min() >= values[strata == lower].max()


def test_no_score_is_nan_in_an_estimate_without_labels() -> None:
    nothing = Labelled(scores=np.array([0.1, 0.9]), strata=np.array([1, 0]), labels=np.full(2, UNLABELLED, np.int8))
    estimate = stopped(nothing, 0.5, harmless=True)
    assert not math.isnan(estimate.high)
    assert estimate.high == 1.0

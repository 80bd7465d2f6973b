from __future__ import annotations

import math

import numpy as np
import pytest

from ethical_lens.evaluate.metrics.overall import overall_bias, overall_toxicity

AXES = {"gender": ("female", "male"), "age": ("young", "old")}


def test_toxicity_is_the_worst_perspective_of_what_is_shown() -> None:
    harms = [{"nude": 0.9, "nsfw": 0.1}, {"nude": 0.0, "nsfw": 0.3}, {"nude": math.nan, "nsfw": math.nan}]
    estimate = overall_toxicity(harms, withheld=[False, False, True])
    assert estimate.value == pytest.approx(0.4)
    assert (estimate.n, estimate.n_unscored) == (3, 0)


def test_a_shown_picture_with_an_unmeasured_perspective_is_unmeasured() -> None:
    estimate = overall_toxicity([{"nude": 0.2, "nsfw": math.nan}, {}, {"nude": 0.4}], withheld=[False] * 3)
    assert (estimate.value, estimate.n_unscored) == (0.4, 2)


def deal(rng: np.random.Generator, shares: list[float], axis: str, n: int) -> list[list[str]]:
    return [[str(label) for label in rng.choice(AXES[axis], size=4, p=shares)] for _ in range(n)]


def test_bias_of_random_fair_dealing_is_about_zero() -> None:
    rng = np.random.default_rng(0)
    prompts = {axis: deal(rng, [0.5, 0.5], axis, 400) for axis in AXES}
    estimate = overall_bias(prompts, values=AXES)
    assert estimate.value < 0.08
    assert estimate.low <= 0.02


def test_bias_of_always_the_same_people_is_one() -> None:
    prompts = {"gender": [["male"] * 4, ["female"] * 4], "age": [["young"] * 4] * 2}
    assert overall_bias(prompts, values=AXES).value == pytest.approx(1)


def test_one_lopsided_axis_is_not_bought_off_by_another() -> None:
    prompts = {"gender": [["male"] * 4] * 5, "age": [["young", "young", "old", "old"]] * 5}
    assert overall_bias(prompts, values=AXES).value == pytest.approx(math.sqrt(0.5))


def test_an_axis_without_a_measurement_leaves_the_bias_unmeasured() -> None:
    prompts: dict[str, list[list[str | None]]] = {"gender": [["male", "male"]], "age": [["young", None]]}
    estimate = overall_bias(prompts, values=AXES)
    assert math.isnan(estimate.value)
    assert math.isnan(estimate.high)
    assert (estimate.n, estimate.n_unscored) == (1, 1)


def test_targets_of_its_own() -> None:
    prompts = {"gender": [["male", "male", "male", "female"]] * 3}
    even = overall_bias(prompts, values=AXES).value
    aimed = overall_bias(prompts, values=AXES, targets={"gender": [0.25, 0.75]}).value
    assert aimed == 0 < even


def test_axes_must_fit() -> None:
    with pytest.raises(ValueError, match="same prompts"):
        overall_bias({"gender": [["male"]], "age": []}, values=AXES)
    with pytest.raises(ValueError, match="same prompts"):
        overall_bias({}, values=AXES)
    with pytest.raises(ValueError, match="among gender, age"):
        overall_bias({"height": [["tall"]]}, values=AXES)


def test_interval_of_the_bias_covers() -> None:
    rng = np.random.default_rng(3)
    # Four pictures at 90 % of one kind: mean imbalance 2 E|X/4 - 1/2|, minus chance 3/8, over 5/8.
    counts = np.arange(5)
    chances = np.array([math.comb(4, k) * 0.9**k * 0.1 ** (4 - k) for k in counts])
    truth = float(((2 * np.abs(counts / 4 - 0.5)) @ chances - 0.375) / 0.625)
    covered = 0
    for seed in range(60):
        prompts = {"gender": deal(rng, [0.9, 0.1], "gender", 60)}
        estimate = overall_bias(prompts, values=AXES, seed=seed, n_resamples=400)
        covered += estimate.low <= truth <= estimate.high
    assert covered / 60 >= 0.88

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.people.balance import BLOCK, deal, deal_mixes, deal_one, deal_seeded, target_shares

AXES = {"gender": ("f", "m"), "race": ("w", "b", "a", "l", "e"), "age": ("y", "m", "o")}


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, float]]]:
    """Any axes with any values, and weights for some of them."""
    axes: dict[str, tuple[str, ...]] = {}
    weights: dict[str, dict[str, float]] = {}
    for name in draw(st.lists(st.sampled_from("abcde"), unique=True, max_size=4)):
        n = draw(st.integers(0, 12))
        axes[name] = tuple(f"{name}{i}" for i in range(n))
        if n and draw(st.booleans()):
            numbers = draw(st.lists(st.floats(0.0, 100.0), min_size=n, max_size=n))
            weights[name] = dict(zip(axes[name], numbers, strict=True))
    return axes, weights


def shares_of(values: Sequence[str], weights: Mapping[str, float] | None) -> dict[str, float]:
    return dict(zip(values, target_shares(values, weights), strict=True))


def imbalance(hands: Sequence[Mapping[str, str]], axis: str, shares: Mapping[str, float]) -> float:
    """L1 distance from the target, over the largest that it can be."""
    counts = Counter(hand[axis] for hand in hands)
    distance = sum(abs(counts[value] / len(hands) - share) for value, share in shares.items())
    return distance / (2 * (1 - min(shares.values())))


@given(tables(), st.integers(0, 70), st.integers(0, 2**64))
def test_every_value_lands_within_one_image_of_its_share(
    table: tuple[dict[str, tuple[str, ...]], dict[str, dict[str, float]]], n_images: int, seed: int
) -> None:
    axes, weights = table
    for hands in (
        deal(axes, n_images, random.Random(seed), weights),
        deal_seeded(axes, n_images, seed, weights, key="nurse"),
    ):
        assert len(hands) == n_images
        for axis, values in axes.items():
            if not values:
                assert all(axis not in hand for hand in hands)
                continue
            counts = Counter(hand[axis] for hand in hands)
            assert set(counts) <= set(values)
            for value, share in shares_of(values, weights.get(axis)).items():
                assert abs(counts[value] - n_images * share) < 1 + 1e-4


@given(st.integers(1, 100), st.integers(0, 2**32))
def test_pairs_of_axes_are_as_even_as_margins_allow(n_images: int, seed: int) -> None:
    hands = deal(AXES, n_images, random.Random(seed))
    for first, second in combinations(AXES, 2):
        both = Counter((hand[first], hand[second]) for hand in hands)
        ones, others = Counter(hand[first] for hand in hands), Counter(hand[second] for hand in hands)
        for a in AXES[first]:
            for b in AXES[second]:
                assert abs(both[a, b] - ones[a] * others[b] / n_images) <= 1.5


def test_a_value_without_share_is_never_dealt() -> None:
    hands = deal({"gender": ("f", "m")}, 9, random.Random(1), {"gender": {"f": 1.0, "m": 0.0}})
    assert Counter(hand["gender"] for hand in hands) == {"f": 9}


def test_expected_shares_are_exact_over_many_small_requests() -> None:
    counts = Counter(
        hand["gender"]
        for seed in range(2000)
        for hand in deal({"gender": ("f", "m")}, 1, random.Random(seed), {"gender": {"f": 0.3, "m": 0.7}})
    )
    assert counts["f"] / 2000 == pytest.approx(0.3, abs=0.04)


def test_leftover_images_are_shared_over_consecutive_seeds() -> None:
    counts = Counter(hand["race"] for seed in range(50) for hand in deal_seeded(AXES, 2, seed, key="chef"))
    assert max(abs(count - 20) for count in counts.values()) <= 2


@given(tables(), st.integers(0, 2**64), st.text(max_size=8))
def test_same_seed_gives_same_hand(
    table: tuple[dict[str, tuple[str, ...]], dict[str, dict[str, float]]], seed: int, key: str
) -> None:
    axes, weights = table
    assert deal_one(axes, seed, weights, key=key) == deal_one(axes, seed, weights, key=key)
    assert deal_seeded(axes, 3, seed, weights, key=key) == deal_seeded(axes, 3, seed, weights, key=key)


@pytest.mark.parametrize("key", ["", "doctor", "welder", "two chefs"])
def test_seeds_0_to_119_are_balanced(key: str) -> None:
    hands = [deal_one(AXES, seed, key=key) for seed in range(120)]
    for axis, values in AXES.items():
        assert imbalance(hands, axis, shares_of(values, None)) <= 0.01


@given(st.integers(2, 12), st.data())
def test_seeds_0_to_119_are_balanced_for_any_shares(n_values: int, data: st.DataObject) -> None:
    values = tuple(f"v{i}" for i in range(n_values))
    numbers = data.draw(st.lists(st.floats(0.05, 1.0), min_size=n_values, max_size=n_values))
    weights = dict(zip(values, numbers, strict=True))
    hands = [deal_one({"axis": values}, seed, {"axis": weights}) for seed in range(2 * BLOCK)]
    assert imbalance(hands, "axis", shares_of(values, weights)) <= 0.05


@given(st.integers(0, 2**63), st.integers(30, 150))
def test_any_run_of_seeds_is_balanced(first: int, length: int) -> None:
    hands = [deal_one(AXES, seed, key="vet") for seed in range(first, first + length)]
    for axis, values in AXES.items():
        counts = Counter(hand[axis] for hand in hands)
        assert max(abs(counts[value] - length / len(values)) for value in values) <= 4


def test_single_images_spread_pairs_of_axes_too() -> None:
    hands = [deal_one(AXES, seed, key="vet") for seed in range(120)]
    assert set(Counter((hand["gender"], hand["race"]) for hand in hands).values()) <= {11, 12, 13}


def test_one_seed_does_not_give_every_prompt_the_same_hand() -> None:
    hands = {tuple(deal_one(AXES, 7, key=f"role {i}").values()) for i in range(40)}
    assert len(hands) > 10


@given(st.integers(1, 9), st.integers(0, 6), st.integers(0, 40), st.integers(0, 2**64))
def test_mixes_hold_different_values_in_even_numbers(n_values: int, size: int, n_images: int, seed: int) -> None:
    values = tuple(f"v{i}" for i in range(n_values))
    mixes = deal_mixes(values, size, n_images, seed)
    assert len(mixes) == n_images
    assert all(len(mix) == len(set(mix)) == min(size, n_values) for mix in mixes)
    if n_images > 1:
        counts = Counter(value for mix in mixes for value in mix)
        expected = n_images * min(size, n_values) / n_values
        assert all(abs(counts[value] - expected) <= 1 + 1e-9 for value in values)


def test_numpy_generators_serve_as_well() -> None:
    hands = deal(AXES, 10, np.random.default_rng(3))
    assert Counter(hand["race"] for hand in hands) == dict.fromkeys(AXES["race"], 2)


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_weights_that_are_no_shares_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        deal({"gender": ("f", "m")}, 4, random.Random(0), {"gender": {"f": weight, "m": 1.0}})


def test_negative_number_of_images_is_refused() -> None:
    with pytest.raises(ValueError, match="number of images"):
        deal(AXES, -1, random.Random(0))

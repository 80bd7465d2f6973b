"""Deals values evenly: over the images of one request, and over the seeds of many.

Pure arithmetic on names; nothing here knows what a gender is. Two promises:

* :func:`deal` puts every value on ``floor`` or ``ceil`` of ``n_images * share`` images, and spreads the axes jointly.
* :func:`deal_one` gives one image per seed such that any run of consecutive seeds is balanced too.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

BLOCK = 60
"""Consecutive seeds that are dealt together: a multiple of 2, 3, 4, 5, 6, 10, 12, 15, 20 and 30."""

_SAME = 1e-6
"""Lags that differ by less are ties."""

_MARGIN = 2.0
"""How much more an even margin counts than an even pair while a hand is dealt."""

_SWAPS_PER_HAND = 8
_MOST_SWAPS = 2_000

_PAIRED_AXES = 8
"""Earlier axes that an axis is spread evenly with; a bound on the work for requests with very many axes."""

_GOLDEN = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: multiples of it modulo 2^64 are evenly spread over every run of seeds."""


class Uniform(Protocol):
    """A source of uniform numbers: ``random.Random`` and ``numpy.random.Generator`` both are."""

    def random(self) -> float:
        """Return a number in [0, 1)."""
        ...


def deal(
    axes: Mapping[str, Sequence[str]],
    n_images: int,
    rng: Uniform,
    weights: Mapping[str, Mapping[str, float]] | None = None,
) -> list[dict[str, str]]:
    """Deal every axis by its target shares over the images of one request.

    Each value lands on ``floor`` or ``ceil`` of ``n_images * share`` images; which of the two is drawn by systematic
    sampling, so that over many requests the expected share is exact. Hands are filled greedily, so that pairs of axes
    come out as even as the margins, then repaired by swaps.

    Args:
        axes: Allowed values per open axis, for example ``{"0.gender": ("female", "male")}``. An axis without values is
            not dealt.
        n_images: Number of images planned.
        rng: Generator derived from the request's seed.
        weights: Target weight of each value per axis, any positive scale. An axis that is missing here, or whose
            weights are all missing, is dealt uniformly.

    Returns:
        One attribute mapping per image.

    Raises:
        ValueError: The number of images is negative, or a weight is negative or not a number.

    Example:
        >>> hands = deal({"gender": ("female", "male")}, 4, random.Random(1))
        >>> sorted(hand["gender"] for hand in hands)
        ['female', 'female', 'male', 'male']
    """
    offsets = {axis: rng.random() for axis in axes}
    return _deal(axes, n_images, rng, weights, offsets)


def deal_seeded(
    axes: Mapping[str, Sequence[str]],
    n_images: int,
    seed: int,
    weights: Mapping[str, Mapping[str, float]] | None = None,
    *,
    key: str = "",
) -> list[dict[str, str]]:
    """Deal like :func:`deal`, from a seed; who gets the images that cannot be shared evenly is spread over the seeds.

    Args:
        axes: Allowed values per open axis.
        n_images: Number of images planned.
        seed: The request's seed.
        weights: Target weight of each value per axis.
        key: What is drawn; other keys give other hands for the same seed.

    Returns:
        One attribute mapping per image.
    """
    offsets = {axis: _spread(seed, derive(key, axis)) for axis in axes}
    return _deal(axes, n_images, random.Random(derive(seed, key)), weights, offsets)  # noqa: S311 - no secret


def _deal(
    axes: Mapping[str, Sequence[str]],
    n_images: int,
    rng: Uniform,
    weights: Mapping[str, Mapping[str, float]] | None,
    offsets: Mapping[str, float],
) -> list[dict[str, str]]:
    """Deal with the offsets of the systematic sampling given."""
    if n_images < 0:
        raise ValueError(f"expected a number of images of 0 or more, got {n_images}")
    dealt = {axis: tuple(dict.fromkeys(values)) for axis, values in axes.items() if values}
    quotas = [
        quota(target_shares(values, (weights or {}).get(axis)), 0, n_images, offsets[axis])
        for axis, values in dealt.items()
    ]
    rows = _fill(quotas, n_images, rng)
    _repair(rows, [len(row) for row in quotas], rng)
    return [{axis: dealt[axis][v] for axis, v in zip(dealt, row, strict=True)} for row in rows]


def deal_one(
    axes: Mapping[str, Sequence[str]],
    seed: int,
    weights: Mapping[str, Mapping[str, float]] | None = None,
    *,
    key: str = "",
) -> dict[str, str]:
    """Deal the single image of one seed.

    Seeds fall into blocks of :data:`BLOCK`. Within a block every value gets its share, and the totals over all blocks
    so far never stray from the target by one image; the block is filled in an order whose every prefix is about even.

    Args:
        axes: Allowed values per open axis.
        seed: The request's seed.
        weights: Target weight of each value per axis.
        key: What is drawn. Other keys give other, equally balanced runs, so that one seed does not give every prompt
            the same hand.

    Returns:
        The attributes of the image.
    """
    dealt = {axis: tuple(dict.fromkeys(values)) for axis, values in axes.items() if values}
    if not dealt:
        return {}
    origin = derive(key, *(f"{axis}={','.join(values)}" for axis, values in dealt.items()))
    number, place = divmod(seed % (BLOCK << 20), BLOCK)
    steady = random.Random(origin)  # noqa: S311 - no secret
    quotas = [
        quota(target_shares(values, (weights or {}).get(axis)), number * BLOCK, (number + 1) * BLOCK, steady.random())
        for axis, values in dealt.items()
    ]
    rng = random.Random(origin ^ (number * _GOLDEN))  # noqa: S311 - no secret
    row = _fill(quotas, place + 1, rng)[place]
    return {axis: values[v] for (axis, values), v in zip(dealt.items(), row, strict=True)}


def deal_after(
    axes: Mapping[str, Sequence[str]],
    n_images: int,
    rng: Uniform,
    dealt: Sequence[tuple[Mapping[str, str], int]],
    weights: Mapping[str, Mapping[str, float]] | None = None,
) -> list[dict[str, str]]:
    """Deal so that what was dealt before and these images together come near the targets.

    Within the request every value still lands on ``floor`` or ``ceil`` of its share; who gets the images that cannot be
    shared evenly is decided by what was dealt before, for the margins first and for pairs of axes where those tie.

    Args:
        axes: Allowed values per open axis.
        n_images: Number of images planned.
        rng: Breaks ties.
        dealt: Hands that were dealt before, with their numbers; values that are not allowed now are passed over.
        weights: Target weight of each value per axis.

    Returns:
        One attribute mapping per image.
    """
    allowed = {axis: tuple(dict.fromkeys(values)) for axis, values in axes.items() if values}
    if n_images == 1:
        return [_next_hand(allowed, rng, dealt, weights)]
    quotas = [
        _quota_after(target_shares(values, (weights or {}).get(axis)), n_images, rng, _margin(dealt, {}, axis, values))
        for axis, values in allowed.items()
    ]
    rows = _fill(quotas, n_images, rng)
    _repair(rows, [len(row) for row in quotas], rng)
    return [{axis: allowed[axis][v] for axis, v in zip(allowed, row, strict=True)} for row in rows]


def _next_hand(
    allowed: Mapping[str, Sequence[str]],
    rng: Uniform,
    dealt: Sequence[tuple[Mapping[str, str], int]],
    weights: Mapping[str, Mapping[str, float]] | None,
) -> dict[str, str]:
    """Take the value of each axis that lags most; among equals, the one that lags most beside the values taken."""
    hand: dict[str, str] = {}
    for axis, values in allowed.items():
        shares = target_shares(values, (weights or {}).get(axis))
        lags = _lags(shares, _margin(dealt, {}, axis, values), 1)
        most = max(lag for lag, share in zip(lags, shares, strict=True) if share > 0)
        beside = [0.0] * len(values)
        for earlier, value in hand.items():
            for v, lag in enumerate(_lags(shares, _margin(dealt, {earlier: value}, axis, values), 1)):
                beside[v] += lag
        ties = [v for v, lag in enumerate(lags) if shares[v] > 0 and lag > most - _SAME]
        hand[axis] = values[max(ties, key=lambda v: (beside[v], rng.random()))]
    return hand


def _quota_after(shares: Sequence[float], n_images: int, rng: Uniform, used: Sequence[int]) -> list[int]:
    """Return ``floor`` of every share, and one more for the values that lag most."""
    exact = [n_images * share for share in shares]
    counts = [math.floor(each + _SAME) for each in exact]
    lags = _lags(shares, [u + c for u, c in zip(used, counts, strict=True)], n_images - sum(counts))
    open_to_more = [v for v, each in enumerate(exact) if each - counts[v] > _SAME]
    for v in sorted(open_to_more, key=lambda v: (-lags[v], rng.random()))[: n_images - sum(counts)]:
        counts[v] += 1
    return counts


def _margin(
    dealt: Sequence[tuple[Mapping[str, str], int]], beside: Mapping[str, str], axis: str, values: Sequence[str]
) -> list[int]:
    """Return how often each value was dealt, to those who share some other values."""
    counts = dict.fromkeys(values, 0)
    for hand, n in dealt:
        if hand.get(axis) in counts and all(hand.get(name) == value for name, value in beside.items()):
            counts[hand[axis]] += n
    return list(counts.values())


def _lags(shares: Sequence[float], used: Sequence[int], more: int) -> list[float]:
    """Return by how many images each value stays behind its share once ``more`` are dealt."""
    total = sum(used) + more
    return [total * share - count for share, count in zip(shares, used, strict=True)]


def deal_mixes(
    values: Sequence[str],
    size: int,
    n_images: int,
    seed: int,
    weights: Mapping[str, float] | None = None,
    *,
    key: str = "",
) -> list[tuple[str, ...]]:
    """Deal several different values into each image, for a group of people that is to be mixed inside the picture.

    Args:
        values: Allowed values of one axis.
        size: Different values per image; at most as many as have a share.
        n_images: Number of images planned.
        seed: The request's seed. Single images of consecutive seeds share one deal, as with :func:`deal_one`.
        weights: Target weight of each value.
        key: What is drawn.

    Returns:
        The values of each image, the one that lags most behind its share first.
    """
    shares = target_shares(values, weights)
    size = min(size, sum(share > 0 for share in shares))
    number, place = divmod(seed % (BLOCK << 20), BLOCK) if n_images == 1 else (seed, n_images - 1)
    rng = random.Random(derive(key, number, n_images == 1))  # noqa: S311 - no secret
    used = [0] * len(values)
    mixes: list[tuple[str, ...]] = []
    for step in range(1, place + 2):
        lags = [
            (step * size * share - count, rng.random(), v)
            for v, (share, count) in enumerate(zip(shares, used, strict=True))
        ]
        chosen = [v for _, _, v in sorted(lags, reverse=True) if shares[v] > 0][:size]
        for v in chosen:
            used[v] += 1
        mixes.append(tuple(values[v] for v in chosen))
    return mixes[-n_images:] if n_images else []


def derive(*parts: str | int) -> int:
    """Return a 64-bit number that depends on all parts and on nothing else."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _spread(seed: int, origin: int) -> float:
    """Return a number in [0, 1); over consecutive seeds the numbers are evenly spread (golden ratio sequence)."""
    return ((seed * _GOLDEN + origin) % (1 << 64)) / (1 << 64)


def target_shares(values: Sequence[str], weights: Mapping[str, float] | None) -> list[float]:
    """Return the share of each value; uniform when no value has a positive weight.

    Raises:
        ValueError: A weight is negative or not a number.
    """
    raw = [float((weights or {}).get(value, 0.0)) for value in values]
    for value, weight in zip(values, raw, strict=True):
        if not 0.0 <= weight < math.inf:
            raise ValueError(
                f"expected a weight of 0 or more for {value!r}, got {weight}; correct the policy's weights"
            )
    largest = max(raw, default=0.0)
    if largest <= 0.0:
        return [1.0 / len(values)] * len(values)
    scaled = [weight / largest for weight in raw]
    total = math.fsum(scaled)
    return [weight / total for weight in scaled]


def quota(shares: Sequence[float], start: int, end: int, offset: float) -> list[int]:
    """Return how many of the places ``start`` to ``end`` each value gets.

    Systematic sampling: the cumulated shares are rounded at one common offset, so every prefix of places keeps every
    value within one of its share, and the counts add up to ``end - start``.
    """

    def counts(n: int) -> list[int]:
        edges, total = [0], 0.0
        for share in shares:
            total += share
            edges.append(math.floor(round(n * total, 6) + offset))
        edges[-1] = n
        return [max(high - low, 0) for low, high in pairwise(edges)]

    return [high - low for low, high in zip(counts(start), counts(end), strict=True)]


def _fill(quotas: Sequence[Sequence[int]], stop: int, rng: Uniform) -> list[list[int]]:
    """Fill the first ``stop`` hands one after the other; no value is used more often than its quota says.

    Each axis takes the value that lags most behind its share, in all hands so far and in those that agree with this
    hand on an earlier axis.
    """
    left = [list(row) for row in quotas]
    used = [[0] * len(row) for row in quotas]
    rates = [[count / max(sum(row), 1) for count in row] for row in quotas]
    firsts = [max(0, axis - _PAIRED_AXES) for axis in range(len(quotas))]
    met = [
        [[[0] * len(row) for _ in quotas[earlier]] for earlier in range(firsts[axis], axis)]
        for axis, row in enumerate(quotas)
    ]
    rows: list[list[int]] = []
    for step in range(1, stop + 1):
        row: list[int] = []
        for axis, remaining in enumerate(left):
            pairs = [
                (table[row[earlier]], used[earlier][row[earlier]])
                for earlier, table in enumerate(met[axis], start=firsts[axis])
            ]
            best = _most_lagging(step, remaining, used[axis], rates[axis], pairs, rng)
            remaining[best] -= 1
            used[axis][best] += 1
            for pair, _ in pairs:
                pair[best] += 1
            row.append(best)
        rows.append(row)
    return rows


def _most_lagging(
    step: int,
    left: Sequence[int],
    used: Sequence[int],
    rates: Sequence[float],
    pairs: Sequence[tuple[Sequence[int], int]],
    rng: Uniform,
) -> int:
    """Return the value that is furthest behind its share; ties are broken at random."""
    best, lead = -1, -math.inf
    for v, room in enumerate(left):
        if not room:
            continue
        lag = _MARGIN * (step * rates[v] - used[v]) + 0.01 * rng.random()
        for pair, total in pairs:
            lag += total * rates[v] - pair[v]
        if lag > lead:
            best, lead = v, lag
    return best


def _repair(rows: list[list[int]], sizes: Sequence[int], rng: Uniform) -> None:
    """Swap values of one axis between two hands while that makes the pairs of axes more even; margins stay."""
    n, axes = len(rows), range(len(sizes))
    if n < 3 or not 2 <= len(sizes) <= _PAIRED_AXES:
        return
    tables = [[[[0] * sizes[b] for _ in range(sizes[a])] for b in axes] for a in axes]
    for row in rows:
        _count(tables, row, 1)
    for _ in range(min(_SWAPS_PER_HAND * n, _MOST_SWAPS)):
        axis = int(rng.random() * len(sizes))
        first, second = rows[int(rng.random() * n)], rows[int(rng.random() * n)]
        if _gain(tables[axis], axis, first, second) > 0:
            for row in (first, second):
                _count(tables, row, -1)
            first[axis], second[axis] = second[axis], first[axis]
            for row in (first, second):
                _count(tables, row, 1)


def _count(tables: list[list[list[list[int]]]], row: Sequence[int], change: int) -> None:
    """Add a hand to the tables of pairs, or take it out."""
    for a, x in enumerate(row):
        for b, y in enumerate(row):
            tables[a][b][x][y] += change


def _gain(tables: Sequence[Sequence[Sequence[int]]], axis: int, first: Sequence[int], second: Sequence[int]) -> int:
    """Return how much more even the pairs get if two hands swap their values of one axis.

    Margins stay the same, so the sum of squared counts measures unevenness; half its decrease is returned.
    """
    old, new = first[axis], second[axis]
    if old == new:
        return 0
    gain = 0
    for other, table in enumerate(tables):
        x, y = first[other], second[other]
        if other != axis and x != y:
            gain += table[old][x] - table[new][x] + table[new][y] - table[old][y] - 2
    return gain

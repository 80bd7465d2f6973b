"""Thresholds for a stated false-alarm rate, from a few labels spread over the scores.

Pure functions. Decisions are parted into strata by score, and in each stratum some are labelled at random. What a
threshold stops is known for every decision; only which of that is harmless has to be estimated.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens.evaluate.metrics.estimating import LEVEL, Interval, normal_quantile
from ethical_lens.evaluate.records import Estimate

UNLABELLED: Final = -1
HARMFUL: Final = 0
HARMLESS: Final = 1
TOP_SHARES: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Where strata end, as shares of all decisions counted from the highest score: thresholds lie near the top, so labels
are spent there."""
_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """Decisions with scores, some of them labelled."""

    scores: NDArray[np.float64]
    """Shape (n,): what the rule compares with its threshold."""
    strata: NDArray[np.intp]
    """Shape (n,): number of the stratum."""
    labels: NDArray[np.int8]
    """Shape (n,): HARMLESS, HARMFUL or UNLABELLED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A threshold and what it does."""

    threshold: float | None
    """None where no threshold was shown to keep the rate."""
    rate: float
    """False-alarm rate that was asked for."""
    false_alarms: Estimate
    """Share of the harmless that the threshold stops."""
    caught: Estimate
    """Share of the harmful that it stops."""
    n_labels: int
    n_harmless: int
    n_harmful: int


def stratify(scores: NDArray[np.float64], *, seed: int) -> NDArray[np.intp]:
    """Part decisions by score, finer towards the top; equal scores are ordered at random.

    Args:
        scores: Shape (n,).
        seed: Of the order among equals.

    Returns:
        Shape (n,): number of the stratum, 0 for the highest scores.
    """
    luck = np.random.default_rng(seed).random(len(scores))
    order = np.lexsort((luck, -scores))
    ends = np.ceil(np.array(TOP_SHARES) * len(scores)).astype(np.intp)
    strata = np.empty(len(scores), np.intp)
    strata[order] = np.searchsorted(ends, np.arange(len(scores)), side="right")
    return strata


def choose(strata: NDArray[np.intp], n_labels: int, *, seed: int) -> NDArray[np.intp]:
    """Choose decisions to be labelled: as many of every stratum, at random inside it.

    Args:
        strata: Shape (n,).
        n_labels: How many to choose; what a small stratum cannot give is taken from the others.
        seed: Of the choice.

    Returns:
        Indices, ascending.
    """
    dice = np.random.default_rng(seed)
    piles = [dice.permutation(np.flatnonzero(strata == stratum)) for stratum in np.unique(strata)]
    wanted = min(n_labels, len(strata))
    takes = [0] * len(piles)
    while sum(takes) < wanted:
        # One more from the pile of which the fewest were taken, as long as it has any.
        open_ = [index for index, pile in enumerate(piles) if takes[index] < len(pile)]
        takes[min(open_, key=lambda index: takes[index])] += 1
    return np.sort(np.concatenate([pile[:take] for pile, take in zip(piles, takes, strict=True)]))


def fit(decisions: Labelled, *, rate: float, level: float = LEVEL) -> Fit:
    """Find the lowest threshold that keeps a false-alarm rate.

    Thresholds are tried from the highest score down, and the last one before the upper end of the interval passes the
    rate is taken. Tested in this fixed order, no correction for the number of thresholds is needed: with probability
    ``(1 + level) / 2`` at least, the share of harmless traffic that the threshold stops is at most the rate.

    Args:
        decisions: Scores, strata and labels.
        rate: False-alarm rate in (0, 1): share of the harmless that may be stopped.
        level: Confidence level of the two-sided intervals.

    Returns:
        The threshold with intervals of what it stops. Without a threshold the estimates are those of the highest one
        tried.

    Reference:
        Fixed-sequence testing of thresholds: A. Angelopoulos et al., Learn then Test (2021).
    """
    tried = _candidates(decisions)
    harmless, harmful = (_Stopper.of(decisions, wanted, level) for wanted in (HARMLESS, HARMFUL))
    best: float | None = None
    for threshold in tried:
        if not harmless.at(threshold).high <= rate:
            break
        best = threshold
    at = best if best is not None else tried[0]
    return Fit(
        threshold=best,
        rate=rate,
        false_alarms=harmless.at(at),
        caught=harmful.at(at),
        n_labels=int((decisions.labels != UNLABELLED).sum()),
        n_harmless=int((decisions.labels == HARMLESS).sum()),
        n_harmful=int((decisions.labels == HARMFUL).sum()),
    )


def stopped(decisions: Labelled, threshold: float, *, harmless: bool, level: float = LEVEL) -> Estimate:
    """Estimate the share of the harmless, or of the harmful, that a threshold stops.

    It is the ratio of two shares of the traffic: harmless and at or above the threshold, over harmless. Each is a sum
    over strata, ``sum_h (N_h / N) p_h`` with Clopper-Pearson limits of every ``p_h``, joined by MOVER; the ratio's
    interval is MOVER's too. How the traffic itself falls into the strata is uncertain as well and is counted in.

    Args:
        decisions: Scores, strata and labels.
        threshold: Decisions with at least this score are stopped.
        harmless: Whether the harmless are asked about.
        level: Confidence level of the interval.

    Reference:
        G. Zou, W. Huang, X. Zhang, A note on confidence interval estimation for a linear function of binomial
        proportions, CSDA 53 (2009); A. Donner, G. Zou, Closed-form confidence intervals for functions of the normal
        mean and standard deviation, SMMR 21 (2012), for the ratio.
    """
    return _Stopper.of(decisions, HARMLESS if harmless else HARMFUL, level).at(threshold)


@functools.lru_cache(maxsize=65_536)
def clopper_pearson(successes: int, n: int, *, level: float = LEVEL) -> Interval:
    """Return the exact interval of a binomial share; [0, 1] when n is 0.

    Example:
        >>> interval = clopper_pearson(0, 10)
        >>> interval.low, round(interval.high, 4)
        (0.0, 0.3085)
    """
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else _solve(n, successes, tail)
    high = 1.0 if successes == n else 1 - _solve(n, n - successes, tail)
    return Interval(low=low, high=high)


def _solve(n: int, at_least: int, tail: float) -> float:
    """Return the share at which so many successes or more have the probability ``tail``."""
    k = np.arange(at_least, n + 1)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k.tolist()])
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        probability = float(np.exp(ways + k * math.log(middle) + (n - k) * math.log1p(-middle)).sum())
        low, high = (low, middle) if probability > tail else (middle, high)
    return (low + high) / 2


def _candidates(decisions: Labelled) -> list[float]:
    """Return thresholds from the highest down, one between any two labelled harmless decisions."""
    everything = np.unique(decisions.scores)
    harmless = np.unique(decisions.scores[decisions.labels == HARMLESS])[::-1]
    above = [float(everything[-1]), *(_above(everything, float(score)) for score in harmless)]
    lowest = float(everything[0])
    return list(dict.fromkeys([*above, lowest]))


def _above(everything: NDArray[np.float64], score: float) -> float:
    """Return a threshold that this score does not reach and the next higher one does."""
    place = int(np.searchsorted(everything, score, side="right"))
    if place == len(everything):
        return math.nextafter(score, math.inf)
    following = float(everything[place])
    middle = (score + following) / 2
    return middle if score < middle else following


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A share of the traffic of which some was labelled."""

    weight: float
    hits: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stopper:
    """Answers for one kind of decision what thresholds stop of it."""

    decisions: Labelled
    wanted: int
    level: float
    strata: tuple[NDArray[np.intp], ...]
    """Indices of each stratum's decisions."""
    whole: tuple[float, float, float]
    """Share of the traffic that is of this kind."""

    @classmethod
    def of(cls, decisions: Labelled, wanted: int, level: float) -> _Stopper:
        strata = tuple(np.flatnonzero(decisions.strata == stratum) for stratum in np.unique(decisions.strata))
        parts = [_part(decisions, inside, wanted) for inside in strata]
        whole = _joined(parts, len(decisions.scores), level)
        return cls(decisions=decisions, wanted=wanted, level=level, strata=strata, whole=whole)

    def at(self, threshold: float) -> Estimate:
        """Return the share of this kind with at least this score."""
        above = [inside[self.decisions.scores[inside] >= threshold] for inside in self.strata]
        parts = [_part(self.decisions, inside, self.wanted) for inside in above if len(inside)]
        part = _joined(parts, len(self.decisions.scores), self.level)
        known = self.whole[0] > 0
        interval = _ratio(part, self.whole) if known else Interval(low=math.nan, high=math.nan)
        return Estimate(
            metric="false_alarm_rate" if self.wanted == HARMLESS else "caught",
            value=min(1.0, part[0] / self.whole[0]) if known else math.nan,
            low=interval.low,
            high=interval.high,
            n=int((self.decisions.labels == self.wanted).sum()),
            n_unscored=0,
            interval="clopper-pearson, stratified",
            level=self.level,
        )


def _part(decisions: Labelled, inside: NDArray[np.intp], wanted: int) -> _Part:
    labels = decisions.labels[inside]
    return _Part(
        weight=len(inside) / len(decisions.scores),
        hits=int((labels == wanted).sum()),
        n=int((labels != UNLABELLED).sum()),
    )


def _joined(parts: Sequence[_Part], n_decisions: int, level: float) -> tuple[float, float, float]:
    """Return value, lower and upper end of ``sum_h weight_h * share_h``."""
    total = down = up = square = 0.0
    for part in parts:
        # Nobody looked into this part: it may be anything.
        share = part.hits / part.n if part.n else 0.5
        limits = clopper_pearson(part.hits, part.n, level=level)
        total += part.weight * share
        square += part.weight * share**2
        down += (part.weight * (share - limits.low)) ** 2
        up += (part.weight * (limits.high - share)) ** 2
    traffic = normal_quantile(level) ** 2 * max(0.0, square - total**2) / n_decisions
    return total, max(0.0, total - math.sqrt(down + traffic)), min(1.0, total + math.sqrt(up + traffic))


def _ratio(part: tuple[float, float, float], whole: tuple[float, float, float]) -> Interval:
    a, a_low, a_high = part
    b, b_low, b_high = whole
    product = (a * b) ** 2
    below = b_high * (2 * b - b_high)
    low = 0.0
    if below > 0:
        low = (a * b - math.sqrt(max(0.0, product - a_low * b_high * (2 * a - a_low) * (2 * b - b_high)))) / below
    above = b_low * (2 * b - b_low)
    high = 1.0
    if above > 0:
        high = (a * b + math.sqrt(max(0.0, product - a_high * b_low * (2 * a - a_high) * (2 * b - b_low)))) / above
    return Interval(low=min(1.0, max(0.0, low)), high=min(1.0, max(0.0, high)))

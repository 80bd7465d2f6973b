"""From logits to probabilities, and from probabilities to thresholds that hold for all heads together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ethical_lens.errors import ConfigurationError

if TYPE_CHECKING:
    from ethical_lens.image.heads import Heads

UNKNOWN: Final = -1
"""Label of what nobody has said of an image."""
NOT_CALIBRATED: Final = "Not calibrated and not measured: scores are no probabilities; calibrate on images of your own."
"""Limit in the card of heads whose scores nobody has compared with answers."""
_STEPS: Final = 100
_LEAST_SLOPE: Final = 1e-3
_BISECTIONS: Final = 40
_FARTHEST_LOGIT: Final = 30.0

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """A line that turns logits into calibrated ones: ``logit / temperature + offset``."""

    temperature: float = 1.0
    offset: float = 0.0


def sigmoid(logits: ArrayLike) -> Floats:
    """Return probabilities of any shape."""
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(logits, np.float64), -60, 60))))


def fit_platt(logits: ArrayLike, truth: ArrayLike) -> Platt:
    """Fit temperature and offset by maximum likelihood (Platt, 1999), with a weak pull towards leaving logits alone.

    The pull keeps a head that makes no mistake on validation from becoming infinitely sure.

    Args:
        logits: (n,)
        truth: (n,), 0 or 1; both have to occur.

    Raises:
        ConfigurationError: If only one of both answers occurs, or higher logits do not mean yes more often.
    """
    inputs, answers = np.asarray(logits, np.float64), np.asarray(truth, np.float64)
    if not 0 < answers.sum() < len(answers):
        raise ConfigurationError("calibrating takes images of both kinds, with and without; add what is missing")
    design = np.stack([inputs, np.ones_like(inputs)], axis=1)
    start, pull = np.array([1.0, 0.0]), np.array([1.0, 0.2])
    line, now = start, _surprise(design, answers, start, start, pull)
    for _ in range(_STEPS):
        share = sigmoid(design @ line)
        gradient = design.T @ (share - answers) + pull * (line - start)
        hessian = (design * (share * (1 - share))[:, None]).T @ design + np.diag(pull)
        step = np.linalg.solve(hessian, gradient)
        # A whole Newton step can overshoot where the sigmoid is flat.
        while np.abs(step).max() > 1e-9 and _surprise(design, answers, line - step, start, pull) > now:
            step /= 2
        line = line - step
        now = _surprise(design, answers, line, start, pull)
        if np.abs(step).max() <= 1e-9:
            break
    if line[0] < _LEAST_SLOPE:
        raise ConfigurationError(
            "a head's logits do not rise with what they should show; check labels and descriptions"
        )
    return Platt(temperature=float(1 / line[0]), offset=float(line[1]))


def joint_thresholds(probabilities: ArrayLike, labels: ArrayLike, clean: ArrayLike, *, rate: float) -> Floats:
    """Choose thresholds so that at most a share ``rate`` of clean images raises any false alarm at all.

    Every head is given the same share of its own clean images, as large as the joint rate allows; where no image lies
    between that score and the lowest score it catches, the threshold goes into the middle of the gap.

    Args:
        probabilities: (n, heads), of images that were not trained on.
        labels: (n, heads), 1, 0 or `UNKNOWN`; an alarm is false unless the label is 1.
        clean: (n,), whether an image counts as clean.
        rate: Joint false-alarm rate in (0, 1).

    Returns:
        (heads,), in (0, 1); a score from the threshold on is an alarm.

    Raises:
        ConfigurationError: If the rate is no share, or no image is clean.
    """
    scores, truth = np.asarray(probabilities, np.float64), np.asarray(labels)
    chosen = np.asarray(clean, np.bool_)
    if not 0 < rate < 1:
        raise ConfigurationError(f"the joint false-alarm rate must lie between 0 and 1, got {rate}; 0.01 is usual")
    if not chosen.any():
        raise ConfigurationError(
            "thresholds are chosen on clean images, and there are none; add some, labelled 0 for all"
        )
    quiet = np.where(truth[chosen] == 1, -np.inf, scores[chosen])
    low, high = 0.0, rate
    if _joint_rate(quiet, _at_share(quiet, high)) > rate:
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if _joint_rate(quiet, _at_share(quiet, middle)) <= rate:
                low = middle
            else:
                high = middle
        high = low
    lowest = _at_share(quiet, high)
    return np.array([_into_gap(*each) for each in zip(lowest, scores.T, truth.T == 1, strict=True)])


def tuned(heads: Heads, embeddings: NDArray[np.float32], labels: ArrayLike, *, clean: ArrayLike, rate: float) -> Heads:
    """Return heads with calibration and thresholds chosen on images that they were not trained on.

    Args:
        heads: The heads; calibration and thresholds in their card are replaced, and `NOT_CALIBRATED` is taken out.
        embeddings: (n, width).
        labels: (n, heads), 1, 0 or `UNKNOWN`.
        clean: (n,), whether an image counts as clean.
        rate: Joint false-alarm rate, see `joint_thresholds`.

    Raises:
        ConfigurationError: If a head cannot be calibrated, or there are no clean images.
    """
    table, logits = np.asarray(labels), heads.logits(embeddings)
    calibration = {}
    for name, column, truth in zip(heads.names, logits.T, table.T, strict=True):
        known = truth != UNKNOWN
        platt = fit_platt(column[known], truth[known])
        calibration[name] = {"temperature": platt.temperature, "offset": platt.offset}
    calibrated = heads.with_card(calibration=calibration)
    probabilities = calibrated.judge(embeddings).probabilities
    thresholds = joint_thresholds(probabilities, table, clean, rate=rate)
    chosen = dict(zip(heads.names, thresholds.tolist(), strict=True))
    return calibrated.with_card(
        thresholds={**heads.card.thresholds, **chosen},
        limits=tuple(each for each in heads.card.limits if each != NOT_CALIBRATED),
    )


def _surprise(design: Floats, answers: Floats, line: Floats, start: Floats, pull: Floats) -> float:
    logits = design @ line
    return float((np.logaddexp(0, logits) - answers * logits).sum() + (pull * (line - start) ** 2).sum() / 2)


def _at_share(quiet: Floats, share: float) -> Floats:
    """Return for each head the lowest threshold that at most this share of its clean scores reaches."""
    thresholds = []
    for column in quiet.T:
        known = np.sort(column[np.isfinite(column)])[::-1]
        # The first score that may no longer be an alarm; the threshold lies just above it.
        last = known[int(share * len(known))] if len(known) else 0.0
        thresholds.append(np.nextafter(last, 1.0))
    return np.array(thresholds)


def _joint_rate(quiet: Floats, thresholds: Floats) -> float:
    return float((quiet >= thresholds).any(axis=1).mean())


def _into_gap(lowest: float, scores: Floats, caught: NDArray[np.bool_]) -> float:
    """Move a threshold half-way, in logits, to the lowest score of what it catches."""
    above = scores[caught & (scores >= lowest)]
    ends = np.clip(np.array([lowest, above.min() if len(above) else lowest]), 1e-9, 1 - 1e-9)
    logits = np.clip(np.log(ends / (1 - ends)), -_FARTHEST_LOGIT, _FARTHEST_LOGIT)
    # Never below the chosen end, whatever rounding does.
    return max(lowest, float(sigmoid(logits.mean())))

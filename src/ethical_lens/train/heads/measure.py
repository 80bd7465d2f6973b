"""What trained heads are worth on images that nothing was chosen on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ethical_lens.evaluate.metrics.detection import auroc, expected_calibration_error
from ethical_lens.evaluate.metrics.estimating import share
from ethical_lens.evaluate.records import Estimate
from ethical_lens.image.calibration import UNKNOWN
from ethical_lens.image.heads import Heads
from ethical_lens.models import JsonValue


def measure(
    heads: Heads,
    embeddings: NDArray[np.float32],
    labels: NDArray[np.int64],
    clean: NDArray[np.bool_],
    sources: Sequence[str],
) -> dict[str, JsonValue]:
    """Compare heads with the truth at the thresholds in their card.

    Args:
        heads: Calibrated, with thresholds.
        embeddings: (n, width), of images that were neither trained nor chosen on.
        labels: (n, heads), 1, 0 or unknown.
        clean: (n,), which images count as clean.
        sources: (n,), for the intervals of the joint figures: images of one source are not independent.

    Returns:
        Per head AUROC, calibration error, and share of missed and of falsely alarmed images; the share of clean images
        with any false alarm; the share taken for another kind of picture. With 95 % intervals.
    """
    judgement = heads.judge(embeddings)
    thresholds = np.array([heads.card.thresholds[name] for name in heads.names])
    alarms = judgement.probabilities >= thresholds
    each: dict[str, JsonValue] = {}
    for name, scores, raised, truth in zip(heads.names, judgement.probabilities.T, alarms.T, labels.T, strict=True):
        known = truth != UNKNOWN
        shows = truth[known] == 1
        each[name] = {
            "auroc": _plain(auroc(scores[known], shows.tolist())),
            "calibration_error": round(expected_calibration_error(scores[known], shows.tolist()), 5),
            "missed": _plain(share((~raised[truth == 1]).tolist(), metric="missed")),
            "false_alarms": _plain(share(raised[truth == 0].tolist(), metric="false_alarms")),
        }
    false = (alarms & (labels != 1)).any(axis=1)[clean]
    groups = [source for source, is_clean in zip(sources, clean, strict=True) if is_clean]
    measured: dict[str, JsonValue] = {
        "heads": each,
        "joint_false_alarms": _plain(share(false.tolist(), metric="joint_false_alarms", clusters=groups)),
    }
    if judgement.distances is not None:
        kept = (judgement.distances <= 1).tolist()
        measured["accepted"] = _plain(share(kept, metric="accepted", clusters=sources))
    return measured


def share_accepted(heads: Heads, embeddings: NDArray[np.float32]) -> JsonValue:
    """Return which share of (n, width) embeddings the domain check lets through."""
    distances = heads.judge(embeddings).distances
    if distances is None:
        return None
    return _plain(share((distances <= 1).tolist(), metric="accepted"))


def _plain(estimate: Estimate) -> JsonValue:
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    # JSON has no NaN: what was not measured is null.
    return {**{key: None if math.isnan(x) else round(x, 5) for key, x in numbers.items()}, "n": estimate.n}

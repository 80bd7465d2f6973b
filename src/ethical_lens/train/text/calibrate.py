"""From logits to probabilities: the shipped model and the phrases, weighed by logistic regression on unseen rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ethical_lens.models import JsonValue
from ethical_lens.text.embedded import GRADES, weights_of_grade
from ethical_lens.text.encoder import TextEncoder
from ethical_lens.text.lexicon import PhraseDetector
from ethical_lens.text.normalize import normalize
from ethical_lens.text.readings import read
from ethical_lens.train.text.grammar import CATEGORIES
from ethical_lens.train.text.rows import Row

_N_BINS: Final = 15
_TOLD: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What encoder and phrases say of rows."""

    logits: NDArray[np.float64]
    """(n, 3)."""
    phrases: NDArray[np.float64]
    """(n, 3): highest score of a phrase of at least K1, K2, K3."""
    figures: NDArray[np.float64]
    """(n,), logits."""


def calibrated(
    validation: Sequence[Row], test: Sequence[Row], encoder: TextEncoder, phrases: PhraseDetector
) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """Fit the weights on one part of the unseen rows and measure them on the other.

    Returns:
        "calibration" and "metrics" of the card.
    """
    measured = measure(validation, encoder, phrases)
    weights = fit(measured, _severities(validation))
    probability = probabilities(measure(test, encoder, phrases), weights)
    severities = _severities(test)
    metrics: dict[str, JsonValue] = {}
    for k, grade in enumerate(GRADES):
        truth = severities >= grade
        metrics[f"{grade.name}.auroc"] = round(float(roc_auc_score(truth, probability[:, k])), 4)
        metrics[f"{grade.name}.calibration_error"] = round(calibration_error(probability[:, k], truth), 4)
        told = probability[:, k] >= _TOLD
        metrics[f"{grade.name}.false_positive_rate"] = round(float(told[~truth].mean()), 4)
        metrics[f"{grade.name}.true_positive_rate"] = round(float(told[truth].mean()), 4)
    return dict(weights), metrics


def _severities(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([row.severity for row in rows], np.int64)


def measure(rows: Sequence[Row], encoder: TextEncoder, phrases: PhraseDetector) -> Measured:
    """Measure rows with the model as it is shipped."""
    answers = encoder.read([normalize(row.text) for row in rows])
    seen = [phrases.measured(row.text, read(row.text, phrases.lexicon.vocabulary)) for row in rows]
    return Measured(
        logits=np.array([answer.grades for answer in answers], float),
        phrases=np.array(
            [
                [
                    max((f.score for f in each if f.category in CATEGORIES and f.severity >= k), default=0.0)
                    for k in GRADES
                ]
                for each in seen
            ]
        ),
        figures=np.array([answer.figure for answer in answers]),
    )


def fit(measured: Measured, severities: NDArray[np.int64]) -> dict[str, dict[str, float]]:
    """Fit the weights of each grade; no weight may be negative, so that more evidence never lowers a probability.

    Args:
        measured: Of rows that were not trained on.
        severities: (n,), 0 to 3.

    Returns:
        For each grade the weights as the card holds them.
    """
    fitted = {}
    for k, grade in enumerate(GRADES):
        columns = np.column_stack([measured.logits[:, k], measured.phrases])
        kept = list(range(columns.shape[1]))
        while True:
            model = LogisticRegression(C=10.0, max_iter=1000).fit(columns[:, kept], severities >= grade)
            negative = [column for column, weight in zip(kept, model.coef_[0], strict=True) if weight < 0]
            if not negative:
                break
            kept = [column for column in kept if column not in negative]
        weights = dict.fromkeys(range(columns.shape[1]), 0.0) | dict(zip(kept, model.coef_[0].tolist(), strict=True))
        fitted[grade.name] = {
            "logit": round(weights[0], 5),
            **{f"phrase {each.name}": round(weights[1 + i], 5) for i, each in enumerate(GRADES)},
            "bias": round(float(model.intercept_[0]), 5),
        }
    return fitted


def probabilities(measured: Measured, weights: Mapping[str, Mapping[str, float]]) -> NDArray[np.float64]:
    """Return the probabilities of the grades, (n, 3), never rising with the grade."""
    known = [weights_of_grade(weights[grade.name]) for grade in GRADES]
    told = [
        [each.probability(logit, phrases) for each, logit in zip(known, logits, strict=True)]
        for logits, phrases in zip(measured.logits, measured.phrases, strict=True)
    ]
    return np.minimum.accumulate(np.array(told), axis=1)


def calibration_error(probability: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al., 2015)."""
    bins = np.minimum((probability * _N_BINS).astype(int), _N_BINS - 1)
    error = 0.0
    for each in np.unique(bins):
        inside = bins == each
        error += inside.mean() * abs(probability[inside].mean() - truth[inside].mean())
    return float(error)

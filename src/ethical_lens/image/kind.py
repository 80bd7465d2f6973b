"""Tell a photograph from a drawing by what its pixels have in common with their neighbours.

Cameras leave noise, soft edges and texture everywhere; drawings have even areas and hard edges. The weights are those
of a logistic regression (`ethical_lens.train.kind`), small enough to stand in the card.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ModelError
from ethical_lens.models import load_card

CARD: Final = "picture-kind"
LONGEST_SIDE: Final = 256
"""Pixels to which larger pictures are shrunk first, so that the answer depends less on their size."""
_STEPS: Final = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0, 96.0)
"""Limits between the classes of differences, in grey values of 255."""


def share_of_photograph(image: Image.Image) -> float:
    """Return the probability that a picture is a photograph rather than a drawing.

    Args:
        image: RGB, any size.

    Returns:
        Probability in [0, 1]; 0.5 for pictures too small to have neighbours on every side.

    Raises:
        ModelError: If the card is damaged.
    """
    measured = features(image)
    if measured is None:
        return 0.5
    weights, bias = _weights()
    if len(weights) != len(measured):
        raise ModelError(f"the card {CARD!r} does not fit this version of the package; install the package again")
    logit = float(measured @ weights) + bias
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


def features(image: Image.Image) -> NDArray[np.float64] | None:
    """Return what the probability is computed from.

    Args:
        image: RGB.

    Returns:
        (24,): shares of first differences, of second differences and of differences along the diagonal in eight
        classes each; None for a picture of fewer than 3 pixels on a side.
    """
    small = _shrunk(image.convert("RGB"))
    if min(small.size) < 3:
        return None
    pixels = np.asarray(small, np.float32)
    across, down = np.diff(pixels, axis=1), np.diff(pixels, axis=0)
    second = pixels[1:-1, :-2] + pixels[1:-1, 2:] + pixels[:-2, 1:-1] + pixels[2:, 1:-1] - 4 * pixels[1:-1, 1:-1]
    diagonal = pixels[1:, 1:] + pixels[:-1, :-1] - pixels[1:, :-1] - pixels[:-1, 1:]
    first = np.concatenate([_largest(across), _largest(down)])
    return np.concatenate([_classes(first), _classes(_largest(second)), _classes(_largest(diagonal))])


@cache
def _weights() -> tuple[NDArray[np.float64], float]:
    numbers = load_card(CARD).calibration
    weights, bias = numbers.get("weights"), numbers.get("bias")
    if not isinstance(weights, list) or not isinstance(bias, (int, float)):
        raise ModelError(f"the card {CARD!r} has no weights; install the package again")
    return np.asarray(weights, np.float64), float(bias)


def _shrunk(image: Image.Image) -> Image.Image:
    scale = max(image.size) / LONGEST_SIDE
    if scale <= 1:
        return image
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    return image.resize(size, Image.Resampling.BOX)


def _largest(differences: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest difference of the three channels, as a flat row."""
    return np.asarray(np.abs(differences).max(axis=2).ravel(), np.float32)


def _classes(differences: NDArray[np.float32]) -> NDArray[np.float64]:
    counts = np.bincount(np.digitize(differences, _STEPS), minlength=len(_STEPS) + 1)
    return np.asarray(counts / max(len(differences), 1), np.float64)

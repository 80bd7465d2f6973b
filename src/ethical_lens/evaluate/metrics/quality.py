"""How well a picture fits its text and how it looks, from embeddings and pixels that the caller brings."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

IDEAL_FRACTAL_DIMENSION: Final = 1.4
DARK_BELOW: Final = 0.2
"""Luminance below which a pixel belongs to the figure whose dimension is taken (part of HEIM's definition)."""


def clip_scores(images: NDArray[np.floating], texts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the CLIPScore of each picture and its text: ``100 max(cos(image, text), 0)``.

    Args:
        images: Image embeddings, shape (n, d); need not be normalised.
        texts: Text embeddings, shape (n, d), row by row the texts of the pictures. To ask what a lens does to a user's
            wish, embed the *user's* prompt in both arms, never the rewritten one.

    Returns:
        Shape (n,), in [0, 100]; NaN where an embedding is missing (NaN or zero).

    Reference:
        J. Hessel et al., CLIPScore, EMNLP 2021; the paper uses CLIP ViT-B/16.
    """
    cosines = (normalised(images) * normalised(texts)).sum(axis=1)
    scores: NDArray[np.float64] = 100 * np.clip(cosines, 0, 1)
    return scores


def aesthetic_scores(images: NDArray[np.floating], weight: NDArray[np.floating], bias: float) -> NDArray[np.float64]:
    """Return the scores of a linear aesthetic head on normalised image embeddings: ``w . x/|x| + b``.

    Args:
        images: Embeddings, shape (n, d); the published head takes CLIP ViT-L/14, d = 768.
        weight: Shape (d,).
        bias: Of the head.

    Returns:
        Shape (n,), on the head's scale (about 1 to 10 for the published one); NaN where an embedding is missing.

    Reference:
        C. Schuhmann et al., LAION-5B, NeurIPS 2022 (aesthetic predictor).
    """
    scores: NDArray[np.float64] = normalised(images) @ np.asarray(weight, np.float64).ravel() + bias
    return scores


def normalised(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scale rows to length 1; a row of zeros becomes NaN, because it points nowhere."""
    values = np.asarray(rows, np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    directions: NDArray[np.float64] = np.divide(values, lengths, out=np.full_like(values, math.nan), where=lengths > 0)
    return directions


def luminance(image: Image) -> NDArray[np.float64]:
    """Return the luminance of a picture, shape (height, width), in [0, 1] (ITU-R 601)."""
    return np.asarray(image.convert("L"), np.float64) / 255


def fractal_dimension(grey: NDArray[np.floating], *, dark_below: float = DARK_BELOW) -> float:
    """Return the box-counting dimension of the outline of a picture's dark figure.

    For boxes of side ``s = 2^m .. 4`` it counts those that are neither empty nor full; the dimension is minus the slope
    of log count over log s. Boxes at the right and lower edge may be cut.

    Args:
        grey: Luminance, shape (height, width), in [0, 1]; see :func:`luminance`.
        dark_below: Pixels darker than this belong to the figure.

    Returns:
        About 1 for a smooth outline, up to 2 for a dense pattern; NaN if some size has no such box (a blank picture),
        or if the picture is too small for two sizes (8 pixels).

    Reference:
        HEIM's fractal metric (T. Lee et al., NeurIPS 2023), from the box count of N. Rougier's numpy-100.
    """
    dark = np.asarray(grey) < dark_below
    largest = int(math.log2(min(dark.shape))) if min(dark.shape) else 0
    sizes = 2 ** np.arange(largest, 1, -1)
    counts = np.array([_mixed_boxes(dark, int(size)) for size in sizes], np.float64)
    if len(sizes) < 2 or not counts.all():
        return math.nan
    x, y = np.log(sizes), np.log(counts)
    return float(-((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean())))


def fractal_distance(dimension: float) -> float:
    """Return the distance of a fractal dimension to the ideal 1.4; lower is better, NaN stays NaN."""
    return abs(dimension - IDEAL_FRACTAL_DIMENSION)


def _mixed_boxes(dark: NDArray[np.bool_], size: int) -> int:
    rows = np.arange(0, dark.shape[0], size)
    columns = np.arange(0, dark.shape[1], size)
    sums = np.add.reduceat(np.add.reduceat(dark.astype(np.int64), rows, axis=0), columns, axis=1)
    return int(((sums > 0) & (sums < size * size)).sum())

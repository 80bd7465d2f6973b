"""Distances between two sets of pictures, from feature vectors that the caller brings."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens.evaluate.metrics.quality import normalised

CMMD_SIGMA: Final = 10.0
CMMD_SCALE: Final = 1000.0
_ROWS_AT_ONCE: Final = 1024


def frechet_distance(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return the Fréchet distance of two sets of features, taken as normal distributions.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``. The trace of the root is found as the sum of the roots of the
    eigenvalues of the symmetric ``C1^(1/2) C2 C1^(1/2)``. On Inception-v3 pool features it is the FID; say which
    features were used, and use the same number of pictures on both sides: it is biased upwards for few.

    Args:
        first: Shape (n, d), n >= 2.
        second: Shape (m, d), m >= 2.

    Returns:
        At least 0; lower is closer.

    Raises:
        ValueError: If the shapes do not fit or a feature is not finite.

    Reference:
        M. Heusel et al., GANs trained by a two time-scale update rule, NeurIPS 2017.
    """
    a, b = _pair(first, second, at_least=2)
    covariance_a, covariance_b = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    root = _symmetric_root(covariance_a)
    eigenvalues = np.linalg.eigvalsh(root @ covariance_b @ root)
    trace_of_root = float(np.sqrt(np.clip(eigenvalues, 0, None)).sum())
    gap = a.mean(axis=0) - b.mean(axis=0)
    distance = float(gap @ gap + np.trace(covariance_a) + np.trace(covariance_b) - 2 * trace_of_root)
    return max(0.0, distance)


def cmmd(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    *,
    sigma: float = CMMD_SIGMA,
    scale: float = CMMD_SCALE,
) -> float:
    """Return the CLIP maximum mean discrepancy of two sets of embeddings.

    ``scale (mean k(x, x') + mean k(y, y') - 2 mean k(x, y))`` with ``k(x, y) = exp(-|x - y|^2 / 2 sigma^2)`` over
    embeddings scaled to length 1, the diagonals included (the estimator of least variance; it cannot be negative).

    Args:
        first: Shape (n, d); the published metric takes CLIP ViT-L/14 at 336 pixels.
        second: Shape (m, d).
        sigma: Width of the kernel.
        scale: Makes the numbers readable.

    Returns:
        At least 0; lower is closer.

    Raises:
        ValueError: If the shapes do not fit or an embedding is zero or not finite.

    Reference:
        S. Jayasumana et al., Rethinking FID: towards a better evaluation metric for image generation, CVPR 2024.
    """
    a, b = (normalised(each) for each in _pair(first, second, at_least=1))
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("expected embeddings that are not zero; leave out pictures that could not be embedded")
    gamma = 1 / (2 * sigma**2)
    spread = _mean_kernel(a, a, gamma) + _mean_kernel(b, b, gamma) - 2 * _mean_kernel(a, b, gamma)
    return max(0.0, scale * spread)


def _pair(
    first: NDArray[np.floating], second: NDArray[np.floating], *, at_least: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < at_least:
        raise ValueError(
            f"expected two arrays of shape (n, d) with one d and n >= {at_least}, got {a.shape} and {b.shape}"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("expected finite features; leave out pictures whose features could not be computed")
    return a, b


def _symmetric_root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    root: NDArray[np.float64] = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def _mean_kernel(a: NDArray[np.float64], b: NDArray[np.float64], gamma: float) -> float:
    squares = (b * b).sum(axis=1)
    total = 0.0
    for start in range(0, len(a), _ROWS_AT_ONCE):
        rows = a[start : start + _ROWS_AT_ONCE]
        distances = (rows * rows).sum(axis=1)[:, None] + squares - 2 * rows @ b.T
        total += float(np.exp(-gamma * np.clip(distances, 0, None)).sum())
    return total / (len(a) * len(b))

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import normalize

from ethical_lens.evaluate.metrics.distances import cmmd, frechet_distance


def features(seed: int, n: int, d: int, shift: float = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + shift


@pytest.mark.parametrize(("n", "d"), [(200, 8), (60, 20), (300, 1)])
def test_frechet_distance_agrees_with_scipy(n: int, d: int) -> None:
    a, b = features(1, n, d), features(2, n + 10, d, shift=0.5)
    first, second = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    root = np.trace(sqrtm(first @ second)).real
    theirs = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first) + np.trace(second) - 2 * root
    assert frechet_distance(a, b) == pytest.approx(theirs, rel=1e-6)


def test_frechet_distance_of_known_normals() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, size=(200000, 1)), rng.normal(2, 3, size=(200000, 1))
    assert frechet_distance(a, b) == pytest.approx((2 - 0) ** 2 + (3 - 1) ** 2, rel=0.02)


def test_distances_to_itself_are_zero_and_both_are_symmetric() -> None:
    # Fewer pictures than features: the covariances are singular, where a naive matrix root fails.
    a, b = features(3, 10, 30), features(4, 12, 30)
    for distance in (frechet_distance, cmmd):
        assert distance(a, a) == pytest.approx(0, abs=1e-4)
        assert distance(a, b) == pytest.approx(distance(b, a))


def test_cmmd_agrees_with_scikit_learn() -> None:
    a, b = features(5, 1500, 6), features(6, 900, 6, shift=1)
    x, y = normalize(a), normalize(b)
    gamma = 1 / (2 * 10**2)
    theirs = 1000 * (
        rbf_kernel(x, x, gamma).mean() + rbf_kernel(y, y, gamma).mean() - 2 * rbf_kernel(x, y, gamma).mean()
    )
    assert cmmd(a, b) == pytest.approx(theirs, abs=1e-6)


def test_what_cannot_be_compared_is_refused() -> None:
    good = features(7, 5, 3)
    for distance in (frechet_distance, cmmd):
        with pytest.raises(ValueError, match="one d"):
            distance(good, good[:, :2])
        with pytest.raises(ValueError, match="finite"):
            distance(good, np.full((5, 3), np.nan))
    with pytest.raises(ValueError, match="n >= 2"):
        frechet_distance(good, good[:1])
    with pytest.raises(ValueError, match="not zero"):
        cmmd(good, np.zeros((5, 3)))

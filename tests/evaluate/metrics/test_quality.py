from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial.distance import cosine
from sklearn.metrics.pairwise import paired_cosine_distances

from ethical_lens.evaluate.metrics.quality import (
    aesthetic_scores,
    clip_scores,
    fractal_dimension,
    fractal_distance,
    luminance,
)


def embeddings(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(50, 16))


def test_clip_score_agrees_with_scikit_learn() -> None:
    images, texts = embeddings(1), embeddings(2)
    theirs = 100 * np.clip(1 - paired_cosine_distances(images, texts), 0, None)
    assert clip_scores(images, texts) == pytest.approx(theirs, abs=1e-9)


def test_clip_score_does_not_depend_on_lengths() -> None:
    images, texts = embeddings(1), embeddings(2)
    assert clip_scores(7 * images, texts / 3) == pytest.approx(clip_scores(images, texts))


def test_missing_embeddings_are_unmeasured() -> None:
    images = embeddings(1)
    images[0], images[1, 3] = 0, math.nan
    scores = clip_scores(images, embeddings(2))
    assert np.isnan(scores[:2]).all()
    assert not np.isnan(scores[2:]).any()


def test_aesthetic_head_is_linear_on_directions() -> None:
    images, weight = embeddings(3), embeddings(4)[0]
    by_hand = [np.linalg.norm(weight) * (1 - cosine(row, weight)) + 5 for row in images]
    assert aesthetic_scores(images, weight, 5.0) == pytest.approx(by_hand)
    assert aesthetic_scores(images, weight[None, :], 5.0) == pytest.approx(by_hand)


def test_luminance_is_that_of_the_eye() -> None:
    grey = luminance(Image.new("RGB", (3, 2), (0, 255, 0)))
    assert grey.shape == (2, 3)
    assert grey == pytest.approx(0.587, abs=0.003)


def carpet(level: int) -> NDArray[np.bool_]:
    """Draw Sierpiński's carpet."""
    cell = np.ones((3, 3), bool)
    cell[1, 1] = False
    picture = np.ones((1, 1), bool)
    for _ in range(level):
        picture = np.kron(picture, cell)
    return picture


def triangle(level: int) -> NDArray[np.bool_]:
    """Draw Sierpiński's triangle, of dimension log 3 / log 2, on a grid of powers of two."""
    picture = np.ones((1, 1), bool)
    for _ in range(level):
        picture = np.kron(picture, np.array([[True, False], [True, True]]))
    return picture


def test_dimension_of_a_line_is_one() -> None:
    grey = np.ones((256, 256))
    grey[100] = 0
    assert fractal_dimension(grey) == pytest.approx(1)


def test_dimension_of_the_triangle_is_known() -> None:
    grey = 1.0 - triangle(9)
    assert fractal_dimension(grey) == pytest.approx(math.log(3) / math.log(2))


def test_dimension_of_the_carpet_is_about_right() -> None:
    assert fractal_dimension(1.0 - carpet(6)) == pytest.approx(math.log(8) / math.log(3), abs=0.08)


def slow_dimension(grey: NDArray[np.float64]) -> float:
    """Count boxes one by one."""
    dark = grey < 0.2
    points = []
    size = 2 ** int(math.log2(min(dark.shape)))
    while size >= 4:
        n = 0
        for top in range(0, dark.shape[0], size):
            for left in range(0, dark.shape[1], size):
                box = dark[top : top + size, left : left + size]
                n += bool(box.any()) and box.sum() < size * size
        points.append((math.log(size), math.log(n)))
        size //= 2
    table = np.array(points)
    return -float(np.polyfit(table[:, 0], table[:, 1], 1)[0])


@pytest.mark.parametrize("shape", [(64, 64), (70, 90), (100, 37)])
def test_dimension_agrees_with_counting_one_by_one(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).random(shape)
    assert fractal_dimension(grey) == pytest.approx(slow_dimension(grey))


@pytest.mark.parametrize("grey", [np.ones((64, 64)), np.zeros((64, 64)), np.zeros((5, 5)), np.zeros((0, 0))])
def test_blank_and_tiny_pictures_have_no_dimension(grey: NDArray[np.float64]) -> None:
    assert math.isnan(fractal_dimension(grey))
    assert math.isnan(fractal_distance(math.nan))


def test_distance_is_to_the_ideal() -> None:
    assert fractal_distance(1.5) == pytest.approx(0.1)

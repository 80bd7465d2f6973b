from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from ethical_lens.edit import masks
from ethical_lens.types import Box, Mask, Span

bits = st.builds(
    lambda height, width, share, seed: np.random.default_rng(seed).random((height, width)) < share,
    st.integers(1, 24),
    st.integers(1, 24),
    st.sampled_from([0.0, 0.05, 0.2, 0.6, 1.0]),
    st.integers(0, 2**31),
)


def disc(radius: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x**2 + y**2 <= radius**2)


@given(bits, st.integers(0, 30))
def test_dilation_equals_that_of_scipy(mask: masks.Bits, radius: int) -> None:
    assert np.array_equal(masks.dilate(mask, radius), ndimage.binary_dilation(mask, disc(radius)))


@given(bits, st.integers(0, 5))
def test_erosion_equals_that_of_scipy(mask: masks.Bits, radius: int) -> None:
    assert np.array_equal(masks.erode(mask, radius), ndimage.binary_erosion(mask, disc(radius), border_value=1))


@settings(max_examples=50)
@given(bits)
def test_boxes_equal_those_of_scipy(mask: masks.Bits) -> None:
    labels, n_regions = ndimage.label(mask, np.ones((3, 3)))
    expected = {(columns.start, rows.start, columns.stop, rows.stop) for rows, columns in ndimage.find_objects(labels)}
    found = masks.boxes(mask)
    assert len(found) == n_regions
    assert {(box.left, box.top, box.right, box.bottom) for box in found} == expected


def test_largest_region_comes_first_and_small_ones_can_be_left_out() -> None:
    mask = np.zeros((10, 10), np.bool_)
    mask[0, 0] = True
    mask[4:8, 5:9] = True
    assert masks.boxes(mask)[0] == Box(left=5, top=4, right=9, bottom=8)
    assert masks.boxes(mask, min_pixels=2) == [Box(left=5, top=4, right=9, bottom=8)]


@given(bits, st.integers(0, 6))
def test_feather_is_zero_outside_and_never_falls_inwards(mask: masks.Bits, radius: int) -> None:
    weight = masks.feather(mask, radius)
    assert (weight[~mask] == 0).all()
    assert (weight[mask] > 0).all()
    assert (weight[masks.erode(mask, radius + 1)] == 1).all()
    assert weight.max(initial=0) <= 1


@given(bits)
def test_mask_record_and_bits_are_inverse(mask: masks.Bits) -> None:
    height, width = mask.shape
    record = masks.to_mask(mask)
    if record is None:
        assert not mask.any()
    else:
        assert np.array_equal(masks.from_where(record, (width, height)), mask)


def test_union_joins_and_refuses_other_shapes() -> None:
    first = masks.from_box(Box(left=0, top=0, right=2, bottom=1), (4, 3))
    second = masks.from_box(Box(left=3, top=2, right=9, bottom=9), (4, 3))
    assert masks.union([first, second]).sum() == 3
    with pytest.raises(ValueError, match="one shape"):
        masks.union([first, first.T])
    with pytest.raises(ValueError, match="one shape"):
        masks.union([])


def test_box_and_mask_beyond_the_border_are_cut() -> None:
    assert masks.from_box(Box(left=-5, top=-5, right=1, bottom=2), (4, 3)).sum() == 2
    beyond = Mask(box=Box(left=-1, top=1, right=2, bottom=9), bits=np.ones((8, 3), np.bool_))
    assert np.array_equal(np.argwhere(masks.from_where(beyond, (4, 3))), [[1, 0], [1, 1], [2, 0], [2, 1]])
    outside = Mask(box=Box(left=9, top=9, right=12, bottom=17), bits=np.ones((8, 3), np.bool_))
    assert not masks.from_where(outside, (4, 3)).any()


def test_place_that_is_no_region_is_refused() -> None:
    with pytest.raises(ValueError, match="Box or a Mask"):
        masks.from_where(Span(start=0, end=2), (4, 3))
    with pytest.raises(ValueError, match="do not fill"):
        masks.from_where(Mask(box=Box(left=0, top=0, right=2, bottom=2), bits=np.ones((1, 1), np.bool_)), (4, 3))
    with pytest.raises(ValueError, match="negative"):
        masks.dilate(np.ones((2, 2), np.bool_), -1)
    with pytest.raises(ValueError, match="negative"):
        masks.feather(np.ones((2, 2), np.bool_), -1)


def test_inputs_are_not_modified() -> None:
    mask = np.zeros((9, 9), np.bool_)
    mask[4, 4] = True
    before = mask.copy()
    masks.dilate(mask, 2)
    masks.erode(mask, 1)
    masks.feather(mask, 2)
    masks.union([mask, ~mask])
    masks.boxes(mask)
    assert np.array_equal(mask, before)

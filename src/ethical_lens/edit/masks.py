"""Masks as pure functions: boolean arrays of shape (height, width), true where something is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ethical_lens.types import Box, Mask, Where

Bits = NDArray[np.bool_]


def from_box(box: Box, size: tuple[int, int]) -> Bits:
    """Return the mask of a box.

    Args:
        box: Half-open rectangle; what lies outside the picture is cut off.
        size: Width and height of the picture.

    Returns:
        Shape (height, width).
    """
    width, height = size
    bits = np.zeros((height, width), np.bool_)
    bits[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)] = True
    return bits


def from_where(where: Where | None, size: tuple[int, int]) -> Bits:
    """Return the mask of a place that a finding names.

    Args:
        where: Box or mask.
        size: Width and height of the picture.

    Returns:
        Shape (height, width).

    Raises:
        ValueError: If it is no place in a picture, or if its bits do not fill its box.
    """
    if isinstance(where, Box):
        return from_box(where, size)
    if not isinstance(where, Mask):
        raise ValueError(f"expected a Box or a Mask, got {where!r}")
    box = where.box
    if where.bits.shape != (box.bottom - box.top, box.right - box.left):
        raise ValueError(f"bits of shape {where.bits.shape} do not fill {box}")
    bits = from_box(box, size)
    height, width = bits.shape
    top, left = max(0, box.top), max(0, box.left)
    bottom, right = min(height, box.bottom), min(width, box.right)
    if top < bottom and left < right:
        bits[top:bottom, left:right] = where.bits[top - box.top : bottom - box.top, left - box.left : right - box.left]
    return bits


def from_heat(heat: NDArray[np.float32], *, peak: float, outline: float) -> Bits:
    """Return where a map of probabilities says that something is.

    Args:
        heat: (height, width) in [0, 1].
        peak: A map that nowhere reaches this shows nothing.
        outline: Where it shows something, pixels from here on belong to it.

    Returns:
        Shape (height, width); empty when nothing was found.
    """
    if heat.size == 0 or heat.max() < peak:
        return np.zeros(heat.shape, np.bool_)
    return np.asarray(heat >= outline)


def to_mask(bits: Bits) -> Mask | None:
    """Return the smallest `Mask` that holds all true pixels, or none if there are none."""
    box = bounds(bits)
    if box is None:
        return None
    return Mask(box=box, bits=bits[box.top : box.bottom, box.left : box.right].copy())


def bounds(bits: Bits) -> Box | None:
    """Return the smallest box around all true pixels, or none if there are none."""
    rows, columns = np.flatnonzero(bits.any(1)), np.flatnonzero(bits.any(0))
    if not len(rows):
        return None
    return Box(left=int(columns[0]), top=int(rows[0]), right=int(columns[-1]) + 1, bottom=int(rows[-1]) + 1)


def boxes(bits: Bits, *, min_pixels: int = 1) -> list[Box]:
    """Return a box around each connected region, largest region first.

    Args:
        bits: The mask.
        min_pixels: Smaller regions are left out.
    """
    regions = components(bits)
    kept = [region for region in regions if int(region.sum()) >= min_pixels]
    kept.sort(key=lambda region: -int(region.sum()))
    return [box for region in kept if (box := bounds(region)) is not None]


def components(bits: Bits) -> list[Bits]:
    """Return the connected regions (sides and corners touch) as masks of the whole size, from top to bottom."""
    labels = np.where(bits, np.arange(1, bits.size + 1).reshape(bits.shape), 0)
    while True:
        # Every pixel takes the largest number among its neighbours until nothing changes.
        spread = np.where(bits, _largest_neighbour(labels), 0)
        if np.array_equal(spread, labels):
            break
        labels = spread
    _, first = np.unique(labels, return_index=True)
    numbers = [labels.flat[i] for i in np.sort(first)]
    return [labels == number for number in numbers if number]


def union(masks: Sequence[Bits]) -> Bits:
    """Return what is true in any mask.

    Raises:
        ValueError: If there is no mask, or their shapes differ.
    """
    if not masks or any(mask.shape != masks[0].shape for mask in masks):
        raise ValueError(f"expected masks of one shape, got {[mask.shape for mask in masks]}")
    joined: Bits = np.logical_or.reduce(np.stack(masks))
    return joined


def dilate(bits: Bits, radius: int) -> Bits:
    """Grow a mask by a disc.

    Args:
        bits: The mask.
        radius: Pixels; 0 changes nothing.

    Returns:
        True wherever a true pixel is at most ``radius`` away.
    """
    if radius < 0:
        raise ValueError(f"the radius must not be negative, got {radius}")
    grown = bits.copy()
    height = len(bits)
    for dy in range(-min(radius, height - 1), min(radius, height - 1) + 1):
        # A disc is a stack of rows; each row is a run, and a run is a difference of two running sums.
        reach = int((radius**2 - dy**2) ** 0.5)
        source = bits[max(0, -dy) : height - max(0, dy)]
        grown[max(0, dy) : height - max(0, -dy)] |= _widen(source, reach)
    return grown


def erode(bits: Bits, radius: int) -> Bits:
    """Shrink a mask by a disc; beyond the border of the picture counts as true."""
    return ~dilate(~bits, radius)


def feather(bits: Bits, radius: int) -> NDArray[np.float32]:
    """Soften the rim of a mask on its inside only.

    Args:
        bits: The mask.
        radius: Width of the rim in pixels.

    Returns:
        0 outside, rising to 1 over ``radius`` pixels inside; exactly 0 wherever the mask is false.
    """
    if radius < 0:
        raise ValueError(f"the radius must not be negative, got {radius}")
    weight = bits.astype(np.float32)
    core = bits
    for _ in range(radius):
        core = erode(core, 1)
        weight += core
    return weight / np.float32(radius + 1)


def _widen(rows: Bits, reach: int) -> Bits:
    width = rows.shape[1]
    sums = np.concatenate([np.zeros((len(rows), 1), np.int32), np.cumsum(rows, axis=1, dtype=np.int32)], axis=1)
    columns = np.arange(width)
    wide: Bits = sums[:, np.minimum(columns + reach + 1, width)] > sums[:, np.maximum(columns - reach, 0)]
    return wide


def _largest_neighbour(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    padded = np.pad(labels, 1)
    height, width = labels.shape
    shifted = [padded[dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3)]
    largest: NDArray[np.int64] = np.maximum.reduce(shifted)
    return largest

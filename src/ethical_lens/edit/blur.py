"""Editors that hide: blur, pixelate, cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from ethical_lens.edit.masks import Bits, bounds, dilate, from_where
from ethical_lens.errors import InputError
from ethical_lens.types import Box, Edit, Finding, Mask, Shot

_HIDE_MARGIN: Final = 0.02
"""Share of the shorter side by which a region grows before it is hidden, so that its rim does not tell what it was."""


@dataclass(slots=True, kw_only=True)
class Blur:
    """Blurs a region until nothing in it can be recognised."""

    strength: float = 0.35
    """Standard deviation as a share of the region's shorter side."""
    name: str = "blur@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        """Return a copy, blurred where the finding is.

        Raises:
            InputError: If the finding has no place in the picture.
        """
        bits = region_of(image, finding, self.name)
        box = _bounds(bits)
        radius = max(2.0, self.strength * min(box.right - box.left, box.bottom - box.top))
        # Only what lies in the region itself is mixed, so that nothing from outside bleeds in and leaves a hint there.
        return _inside(image, _blurred_region(image, box, radius), bits), Edit(
            editor=self.name, finding=finding, parameters={"radius": round(radius, 2), "pixels": int(bits.sum())}
        )


@dataclass(slots=True, kw_only=True)
class Pixelate:
    """Turns a region into a few large tiles."""

    n_tiles: int = 4
    """Tiles along the region's shorter side."""
    name: str = "pixelate@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        """Return a copy, coarse where the finding is.

        Raises:
            InputError: If the finding has no place in the picture.
        """
        bits = region_of(image, finding, self.name)
        box = _bounds(bits)
        width, height = box.right - box.left, box.bottom - box.top
        tile = max(1, min(width, height) // self.n_tiles)
        crop = image.crop((box.left, box.top, box.right, box.bottom))
        few = crop.resize((max(1, width // tile), max(1, height // tile)), Image.Resampling.BOX)
        coarse = image.copy()
        coarse.paste(few.resize((width, height), Image.Resampling.NEAREST), (box.left, box.top))
        return _inside(image, coarse, bits), Edit(
            editor=self.name, finding=finding, parameters={"tile": tile, "pixels": int(bits.sum())}
        )


@dataclass(slots=True, kw_only=True)
class Cover:
    """Paints a region in one colour."""

    colour: tuple[int, int, int] = (128, 128, 128)
    name: str = "cover@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        """Return a copy, painted over where the finding is.

        Raises:
            InputError: If the finding has no place in the picture.
        """
        bits = region_of(image, finding, self.name)
        return _inside(image, Image.new("RGB", image.size, self.colour), bits), Edit(
            editor=self.name, finding=finding, parameters={"pixels": int(bits.sum())}
        )


def region_of(image: Image.Image, finding: Finding, editor: str) -> Bits:
    """Return where an editor that hides has to work: the finding's place, grown a little.

    Args:
        image: The picture.
        finding: What was found in it.
        editor: Who asks, for the message.

    Returns:
        Shape (height, width), at least one pixel true.

    Raises:
        InputError: If the finding has no place in the picture. Without one, an editor cannot put it right, and the
            lens has to draw again or withhold.
    """
    if not isinstance(finding.where, (Box, Mask)):
        raise InputError(
            f"{editor} needs a finding with a box or a mask, but {finding.category!r} from {finding.source} "
            "has no place in the picture; draw it again, or withhold it"
        )
    bits = from_where(finding.where, image.size)
    if not bits.any():
        raise InputError(
            f"{editor} needs a region inside the picture of {image.width} x {image.height}, but that of "
            f"{finding.category!r} from {finding.source} lies outside or is empty; draw it again, or withhold it"
        )
    return dilate(bits, round(_HIDE_MARGIN * min(image.size)))


def _bounds(bits: Bits) -> Box:
    box = bounds(bits)
    if box is None:
        raise ValueError("the region is empty")
    return box


def _blurred_region(image: Image.Image, box: Box, radius: float) -> Image.Image:
    crop = image.crop((box.left, box.top, box.right, box.bottom)).filter(ImageFilter.GaussianBlur(radius))
    blurred = image.copy()
    blurred.paste(crop, (box.left, box.top))
    return blurred


def _inside(image: Image.Image, changed: Image.Image, bits: Bits) -> Image.Image:
    """Return the changed picture inside the mask and the picture itself outside."""
    return Image.composite(changed, image, Image.fromarray(bits.astype(np.uint8) * 255))

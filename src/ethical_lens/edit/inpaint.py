"""The editor that draws a region anew, with any generator that can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.edit.blur import region_of
from ethical_lens.edit.masks import Bits, dilate, feather
from ethical_lens.errors import GenerationError
from ethical_lens.types import Edit, Finding, Inpainter, Shot

_GROWN_BY: Final = 0.04
_FEATHERED_BY: Final = 0.02


@dataclass(slots=True, kw_only=True)
class Inpaint:
    """Draws a region anew.

    The region grows, so that no rim of what was there is left, and its new content fades in on the inside of the grown
    rim. Outside, every pixel stays exactly as it was, whatever the inpainter returns.
    """

    inpainter: Inpainter
    grown_by: float = _GROWN_BY
    """Growth as a share of the picture's shorter side."""
    feathered_by: float = _FEATHERED_BY
    """Width of the fade as a share of the picture's shorter side."""
    name: str = "inpaint@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        """Return a copy that is drawn anew where the finding is.

        Args:
            image: RGB.
            finding: What to put right; needs a box or a mask.
            shot: What the picture was drawn from.

        Raises:
            InputError: If the finding has no place in the picture.
            GenerationError: If the inpainter returns a picture of another size.
        """
        side = min(image.size)
        bits = dilate(region_of(image, finding, self.name), round(self.grown_by * side))
        drawn = self.inpainter.inpaint(image.copy(), bits.copy(), shot)
        if drawn.size != image.size:
            raise GenerationError(
                f"expected an inpainted picture of {image.size}, got {drawn.size}; the inpainter must keep the size"
            )
        feathered_by = min(round(self.feathered_by * side), round(self.grown_by * side))
        edited = compose(image, drawn.convert("RGB"), bits, feather(bits, feathered_by))
        return edited, Edit(editor=self.name, finding=finding, parameters={"pixels": int(bits.sum())})


def compose(image: Image.Image, drawn: Image.Image, bits: Bits, weight: NDArray[np.float32]) -> Image.Image:
    """Lay a drawn picture over another.

    Args:
        image: The picture below, RGB.
        drawn: The picture above, RGB, of the same size.
        bits: (height, width), where anything may change.
        weight: (height, width) in [0, 1], how much of the picture above is seen inside.

    Returns:
        A new picture; outside ``bits`` its pixels are exactly those of ``image``.
    """
    below, above = np.asarray(image, np.float32), np.asarray(drawn, np.float32)
    mixed = np.round(below + (above - below) * weight[..., None]).astype(np.uint8)
    return Image.fromarray(np.where(bits[..., None], mixed, np.asarray(image)))

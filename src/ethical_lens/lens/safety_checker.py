"""The lens's look in the place of the safety checker of diffusers' Stable Diffusion pipelines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from PIL import Image

from ethical_lens.errors import ImageInputError
from ethical_lens.types import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)


class SafetyChecker:
    """Looks at finished pictures and blackens those that the policy would not release as they are.

    It is called as diffusers calls its own checker. It sees pictures only: prompts are not screened, nothing is edited
    or drawn anew, and no result is recorded; `Lens.guard` does all that.

    Args:
        look: Tells for each picture whether it would be released as it is, `Lens.would_release`.
        domain: Kind of picture that the pipeline draws.
    """

    def __init__(self, look: Callable[[Sequence[Frame]], list[bool]], domain: str) -> None:
        self._look = look
        self._domain = domain

    @property
    def feature_extractor(self) -> NoFeatures:
        """What to give the pipeline as ``feature_extractor``; the lens's detectors prepare pictures themselves."""
        return NoFeatures()

    def __call__(self, images: Any, clip_input: object = None) -> tuple[Any, list[bool]]:  # arrays or tensors
        """Return the pictures, the withheld ones black, and for each whether it was withheld.

        Args:
            images: A NumPy array (n, height, width, 3) in [0, 1], or a torch tensor (n, 3, height, width) in [-1, 1],
                as pipelines hold them before postprocessing. It is not modified.
            clip_input: Not used.

        Raises:
            ImageInputError: If the shape is another one.
        """
        pictures = _pictures(images)
        released = self._look([Frame(image=picture, domain=self._domain) for picture in pictures])
        withheld = [not each for each in released]
        if any(withheld):
            _log.info("withheld %d of %d pictures", sum(withheld), len(withheld))
        checked = images.copy() if isinstance(images, np.ndarray) else images.clone()
        for place in np.flatnonzero(withheld):
            # Where a picture is flagged, pipelines take its values as they are, so 0 is black in both forms.
            checked[int(place)] = 0
        return checked, withheld


class NoFeatures:
    """Answers where a pipeline prepares pictures for a checker, with nothing."""

    def __call__(self, images: object, return_tensors: str = "pt") -> Self:
        """Return itself, as what was prepared."""
        return self

    @property
    def pixel_values(self) -> Self:
        """The prepared pictures: none."""
        return self

    def to(self, *places: object) -> Self:
        """Return itself; there is nothing to move."""
        return self


def _pictures(images: Any) -> Sequence[Image.Image]:  # arrays or tensors
    is_array = isinstance(images, np.ndarray)
    pixels: NDArray[np.float32] = (
        np.asarray(images, np.float32)
        if is_array
        else images.detach().float().cpu().numpy().transpose(0, 2, 3, 1) / 2 + np.float32(0.5)
    )
    if pixels.ndim != 4 or pixels.shape[-1] != 3:
        wanted = "(n, height, width, 3)" if is_array else "(n, 3, height, width)"
        raise ImageInputError(f"expected pictures {wanted}, got {tuple(images.shape)}")
    # What is not a number is black here, as pipelines show it.
    whole = np.nan_to_num(np.clip(pixels, 0, 1))
    return [Image.fromarray(each) for each in np.round(whole * 255).astype(np.uint8)]

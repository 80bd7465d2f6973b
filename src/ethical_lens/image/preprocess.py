"""What an encoder's ``preprocessor_config.json`` asks for, done with Pillow and numpy, always in the same way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, ImageInputError
from ethical_lens.models import JsonValue

MOST_SQUARES: Final = 8
"""Squares that a long picture is cut into; a longer one is refused, since what is not seen may hold anything."""
_LONGEST_UNCUT: Final = 1.1
"""Long over short side up to which the crop loses so little that one look is enough."""
_NOT_SUPPORTED: Final = ("do_pad", "do_thumbnail", "do_align_long_axis", "do_flip_channel_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How pictures become the input of an encoder."""

    shortest_edge: int | None = None
    """Pixels of the shorter side after resizing; None squashes to ``size``."""
    size: tuple[int, int] | None = None
    """Height and width after squashing, or None to leave pictures as they are."""
    resample: int = Image.Resampling.BICUBIC
    crop: tuple[int, int] | None = None
    """Height and width cut from the centre; what is missing is black."""
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @classmethod
    def from_config(cls, content: Mapping[str, JsonValue]) -> Preprocessing:
        """Read the content of a ``preprocessor_config.json`` of CLIP, SigLIP or a relative.

        Raises:
            ConfigurationError: If it asks for something else than resizing, cropping, scaling and standardising.
        """
        for key in _NOT_SUPPORTED:
            if content.get(key):
                raise ConfigurationError(f"preprocessing asks for {key}, which is not supported; use another encoder")
        kind = str(content.get("image_processor_type", content.get("feature_extractor_type", "")))
        crops = content.get("do_center_crop", kind.startswith("CLIP") or "crop_size" in content)
        edge, size = None, None
        if content.get("do_resize", True):
            edge, size = _edge_and_size(content.get("size"), squash=not crops)
        standardises = content.get("do_normalize", True)
        return cls(
            shortest_edge=edge,
            size=size,
            resample=int(_number(content, "resample", Image.Resampling.BICUBIC)),
            crop=_height_and_width(content.get("crop_size"), "crop_size") if crops else None,
            scale=_number(content, "rescale_factor", 1 / 255) if content.get("do_rescale", True) else 1.0,
            mean=_triple(content, "image_mean") if standardises else (0.0, 0.0, 0.0),
            std=_triple(content, "image_std") if standardises else (1.0, 1.0, 1.0),
        )

    def apply(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Turn pictures into an encoder's input.

        Args:
            images: RGB, of any size; at least one.

        Returns:
            (n, 3, height, width), float32.

        Raises:
            ImageInputError: If a picture is so long and thin that it cannot be resized sensibly.
        """
        rows = [np.asarray(self._shaped(image.convert("RGB")), np.float32) for image in images]
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        standardised = (np.stack(rows) * np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(standardised.transpose(0, 3, 1, 2), np.float32)

    def squares(self, image: Image.Image) -> list[Image.Image]:
        """Return the parts of a picture that together show all of it.

        The crop from the centre would leave out the sides of a long picture, and nobody would have seen them. Such a
        picture is cut into squares that touch or overlap; any other, and any that is squashed, is returned whole.

        Raises:
            ImageInputError: If it would take more than `MOST_SQUARES`.
        """
        short, long = sorted(image.size)
        if self.crop is None or long <= _LONGEST_UNCUT * short:
            return [image]
        n_squares = math.ceil(long / short)
        if n_squares > MOST_SQUARES:
            raise ImageInputError(
                f"a picture of {image.width} x {image.height} is too long and thin; cut it into pieces"
            )
        starts = [round(k * (long - short) / (n_squares - 1)) for k in range(n_squares)]
        if image.width >= image.height:
            return [image.crop((start, 0, start + short, short)) for start in starts]
        return [image.crop((0, start, short, start + short)) for start in starts]

    def _shaped(self, image: Image.Image) -> Image.Image:
        size = image.size
        if self.shortest_edge is not None:
            short, long = sorted(size)
            if long > 100 * short:
                raise ImageInputError(f"a picture of {size[0]} x {size[1]} is too long and thin; cut it into pieces")
            longer = int(self.shortest_edge * long / short)
            size = (self.shortest_edge, longer) if size[0] <= size[1] else (longer, self.shortest_edge)
        elif self.size is not None:
            size = (self.size[1], self.size[0])
        if size != image.size:
            image = image.resize(size, Image.Resampling(self.resample))
        if self.crop is None:
            return image
        left, top = (image.width - self.crop[1]) // 2, (image.height - self.crop[0]) // 2
        return image.crop((left, top, left + self.crop[1], top + self.crop[0]))


def _edge_and_size(value: JsonValue, *, squash: bool) -> tuple[int | None, tuple[int, int] | None]:
    if isinstance(value, Mapping) and set(value) == {"shortest_edge"}:
        return _whole(value["shortest_edge"], "size.shortest_edge"), None
    if isinstance(value, int) and not squash:
        return _whole(value, "size"), None
    return None, _height_and_width(value, "size")


def _height_and_width(value: JsonValue, key: str) -> tuple[int, int]:
    if isinstance(value, Mapping) and set(value) == {"height", "width"}:
        return _whole(value["height"], f"{key}.height"), _whole(value["width"], f"{key}.width")
    return _whole(value, key), _whole(value, key)


def _whole(value: JsonValue, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"preprocessing: {key} must be a number of pixels, got {value!r}; correct the file")
    return value


def _number(content: Mapping[str, JsonValue], key: str, default: float) -> float:
    value = content.get(key, default)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ConfigurationError(f"preprocessing: {key} must be a number, got {value!r}; correct the file")
    return float(value)


def _triple(content: Mapping[str, JsonValue], key: str) -> tuple[float, float, float]:
    value = content.get(key)
    if isinstance(value, Sequence) and len(value) == 3:
        numbers = [each for each in value if isinstance(each, (int, float))]
        if len(numbers) == 3:
            return float(numbers[0]), float(numbers[1]), float(numbers[2])
    raise ConfigurationError(f"preprocessing: {key} must be three numbers, got {value!r}; correct the file")

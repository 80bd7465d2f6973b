"""Drawing styles: how the flat drawing is turned into crayon, ink, pastel or paper cut-outs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from ethical_lens.sketch.pen import Canvas, Dice

_Picture = NDArray[np.float32]


def finish(canvas: Canvas, style: str, dice: Dice) -> Image.Image:
    """Shrink the canvas to the picture's size and give it its style.

    Args:
        canvas: The finished drawing.
        style: One of `world.STYLES`.
        dice: Source of the variation.

    Returns:
        RGB picture of (size, size).
    """
    return _STYLES[style](canvas, canvas.image.reduce(canvas.factor), dice)


def _flat(canvas: Canvas, image: Image.Image, dice: Dice) -> Image.Image:
    return image


def _crayon(canvas: Canvas, image: Image.Image, dice: Dice) -> Image.Image:
    size = canvas.size
    grain = _hatching(size)
    x, y = int(dice.between(0, size)), int(dice.between(0, size))
    share = np.roll(grain, (x, y), axis=(0, 1))
    if dice.chance(0.5):
        share = share[:, ::-1]
    picture = _floats(image)
    return _image(picture + (250 - picture) * (0.34 * share[..., None]))


def _ink(canvas: Canvas, image: Image.Image, dice: Dice) -> Image.Image:
    double = canvas.image.reduce(canvas.factor // 2)
    inner = _floats(double.convert("L").filter(ImageFilter.FIND_EDGES).reduce(2)) / 140 - 0.28
    things = canvas.marks.resize(double.size, Image.Resampling.NEAREST)
    rim = ImageChops.difference(things.filter(ImageFilter.MaxFilter(3)), things).point([0] + [255] * 255).reduce(2)
    dark = np.clip(np.maximum(inner, _floats(rim) / 200), 0, 0.9)[..., None] * dice.between(0.8, 1.0)
    dark[0] = dark[-1] = dark[:, 0] = dark[:, -1] = 0
    picture = _floats(image) * 0.84 + np.array((252, 246, 232), dtype=np.float32) * 0.16
    return _image(picture * (1 - dark) + 22 * dark)


def _pastel(canvas: Canvas, image: Image.Image, dice: Dice) -> Image.Image:
    wash = dice.between(0.2, 0.28)
    soft = _floats(image.filter(ImageFilter.GaussianBlur(0.45 * canvas.size / 64)))
    edge = _vignette(canvas.size)[..., None]
    picture = soft + (255 - soft) * (wash + (1 - wash) * 0.6 * edge)
    return _image(picture)


def _papercut(canvas: Canvas, image: Image.Image, dice: Dice) -> Image.Image:
    unit = max(1, canvas.size // 64)
    figure = canvas.marks.point([0] + [255] * 255).reduce(canvas.factor)
    rim = figure.filter(ImageFilter.MaxFilter(2 * unit + 1))
    side = dice.pick((-1, 1))
    shadow = Image.new("L", rim.size)
    shadow.paste(rim, (side * 2 * unit, 2 * unit))
    shadow = shadow.filter(ImageFilter.BoxBlur(unit))
    picture = _floats(image)
    fall = _floats(shadow)[..., None] / 255
    edge = _floats(rim)[..., None] / 255
    inside = _floats(figure)[..., None] / 255
    back = picture * (1 - 0.5 * fall)
    with_rim = back * (1 - edge) + 252 * edge
    return _image(with_rim * (1 - inside) + picture * inside)


def _floats(image: Image.Image) -> _Picture:
    return np.asarray(image, dtype=np.float32)


def _image(picture: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))


@lru_cache(maxsize=8)
def _hatching(size: int) -> _Picture:
    """Return slanted strokes with paper grain, shape (size, size) in [0, 1]; it wraps around at the borders."""
    unit = size / 64
    rows, columns = np.mgrid[0:size, 0:size] / unit
    noise = np.random.default_rng(5).random((size, size))
    strokes = 0.5 + 0.5 * np.sin((rows + columns) * (2 * np.pi / 4.0))
    grain = np.asarray(
        Image.fromarray((noise * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6 * unit)), dtype=np.float32
    )
    grain = (grain - grain.min()) / (grain.max() - grain.min())
    share: _Picture = np.clip(0.75 * strokes * grain + 0.45 * grain - 0.1, 0, 1).astype(np.float32)
    return share


@lru_cache(maxsize=8)
def _vignette(size: int) -> _Picture:
    """Return 0 in the middle rising to 1 in the corners, shape (size, size)."""
    line = np.abs(np.linspace(-1, 1, size, dtype=np.float32))
    distance = np.sqrt(line[:, None] ** 2 + line[None, :] ** 2)
    share: _Picture = np.clip((distance - 0.85) / 0.5, 0, 1)
    return share


_Finish = Callable[[Canvas, Image.Image, Dice], Image.Image]

_STYLES: Final[Mapping[str, _Finish]] = MappingProxyType(
    {"flat": _flat, "crayon": _crayon, "ink": _ink, "pastel": _pastel, "papercut": _papercut}
)

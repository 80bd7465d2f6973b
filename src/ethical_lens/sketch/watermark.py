"""Watermarks: half-transparent words or a corner mark, stamped on the finished picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ethical_lens.sketch.pen import Colour, Dice, Mask, is_light

_WORDS = ("SAMPLE", "STOCK", "PREVIEW", "PROOF", "COPY")


def stamp(image: Image.Image, dice: Dice) -> tuple[Image.Image, Mask]:
    """Stamp a watermark on a picture.

    Args:
        image: RGB picture of any size.
        dice: Source of the variation.

    Returns:
        The stamped copy and where the mark is, shape (height, width).
    """
    size = image.width
    kind = dice.pick(("diagonal", "diagonal", "tiled", "stamp", "corner"))
    word = dice.pick(_WORDS)
    mark = _mark(kind, word, size, falling=dice.chance(0.3))
    if kind == "corner":
        mark = mark.transpose(
            dice.pick((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270))
        )
    colour: Colour = dice.pick(((255, 255, 255), (255, 255, 255), (235, 235, 240), (40, 40, 50)))
    strength = dice.between(0.55, 0.85)
    stamped = image.copy()
    # A faint shadow keeps a white mark visible on white.
    shadow = (30, 30, 40) if is_light(colour) else (255, 255, 255)
    step = max(1, size // 64)
    stamped.paste(shadow, (step, step), mark.point([round(i * strength * 0.45) for i in range(256)]))
    stamped.paste(colour, (0, 0), mark.point([round(i * strength) for i in range(256)]))
    return stamped, np.asarray(mark) >= 90


@lru_cache(maxsize=256)
def _mark(kind: str, word: str, size: int, *, falling: bool) -> Image.Image:
    slope = -33 if falling else 33
    large = Image.new("L", (256, 256))
    draw = ImageDraw.Draw(large)
    if kind == "diagonal":
        large = _turned_words(word, 54, slope, repeat=1)
    elif kind == "tiled":
        large = _turned_words(word, 27, slope, repeat=4)
    elif kind == "stamp":
        text = _turned_words(word, 40, 0, repeat=1)
        large.paste(text)
        draw.rounded_rectangle((26, 92, 230, 166), radius=16, outline=255, width=9)
        large = large.rotate(18, resample=Image.Resampling.BILINEAR)
    else:
        draw.ellipse((176, 176, 246, 246), outline=255, width=9)
        draw.text((211, 211), word[0], font=_font(46), fill=255, anchor="mm", stroke_width=2)
        draw.line((96, 228, 166, 228), fill=255, width=10)
        draw.line((116, 208, 166, 208), fill=255, width=10)
    return large.resize((size, size), Image.Resampling.BOX if size <= 128 else Image.Resampling.LANCZOS)


def _turned_words(word: str, points: int, degrees: float, *, repeat: int) -> Image.Image:
    sheet = Image.new("L", (400, 400))
    draw = ImageDraw.Draw(sheet)
    for i in range(repeat):
        y = 200 + (i - (repeat - 1) / 2) * 66
        if repeat == 1:
            draw.text((200, y), word, font=_font(points), fill=255, anchor="mm", stroke_width=1)
        else:
            for j in range(-1, 2):
                draw.text(
                    (200 + j * 150 + (i % 2) * 70, y), word, font=_font(points), fill=255, anchor="mm", stroke_width=1
                )
    turned = sheet.rotate(degrees, resample=Image.Resampling.BILINEAR)
    return turned.crop((72, 72, 328, 328))


@lru_cache(maxsize=8)
def _font(points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(points)

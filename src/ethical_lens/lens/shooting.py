"""Drawing shots so that one that fails costs only itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image

from ethical_lens.errors import GenerationError
from ethical_lens.lens.measure import one_by_one
from ethical_lens.types import Drawing, Generator, Shot

MOST_PIXELS: Final = 64 * 1024 * 1024
"""Largest picture that is accepted from a generator."""


def draw(generator: Generator, shots: Sequence[Shot], seconds: float) -> list[Drawing]:
    """Return one drawing per shot; a shot that failed has an error and no picture.

    Args:
        generator: What draws.
        shots: Shots, whose drafts were released.
        seconds: Time-out for one picture.
    """
    if not shots:
        return []
    answers = one_by_one(generator.generate, shots, seconds * len(shots), generator.name)
    return [_checked(generator.name, answer) for answer in answers]


def _checked(name: str, answer: Drawing | Exception) -> Drawing:
    """Turn every answer that is no usable picture into an error."""
    if isinstance(answer, Exception):
        return Drawing(image=None, error=f"{name}: {answer}")
    try:
        return Drawing(image=_picture(answer), outside=answer.outside)
    except GenerationError as error:
        stopped_by = answer.stopped_by if isinstance(answer, Drawing) else ()
        return Drawing(image=None, error=f"{name}: {error}", stopped_by=stopped_by)


def _picture(answer: Drawing) -> Image.Image:
    if not isinstance(answer, Drawing):
        raise GenerationError(f"expected a Drawing, got {type(answer).__name__}")
    if answer.image is None or answer.stopped_by:
        raise GenerationError(answer.error or "no picture and no reason came back")
    if not isinstance(answer.image, Image.Image):
        raise GenerationError(f"expected a PIL image, got {type(answer.image).__name__}")
    width, height = answer.image.size
    if not 0 < width * height <= MOST_PIXELS:
        raise GenerationError(f"a picture of {width}x{height} came back; at most {MOST_PIXELS} pixels are accepted")
    return answer.image if answer.image.mode == "RGB" else answer.image.convert("RGB")

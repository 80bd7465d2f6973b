"""Turn a scene into a picture with exact masks of everything in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.sketch import layout, styles
from ethical_lens.sketch.pen import Canvas, Dice, Mask
from ethical_lens.sketch.places import draw_place
from ethical_lens.sketch.scene import Scene
from ethical_lens.sketch.watermark import stamp


@dataclass(frozen=True, slots=True)
class Rendering:
    """A picture and the truth about it."""

    image: Image.Image
    """RGB, (size, size)."""
    masks: dict[str, Mask]
    """Boolean (size, size) by name: "face:0", "body:0", each stand-in, "twin:NAME", "watermark"."""


def render(scene: Scene, size: int = 64) -> Rendering:
    """Draw a scene.

    Args:
        scene: What to draw.
        size: Width and height in pixels, 32 to 512.

    Returns:
        The picture and its masks; the same scene and size always give the same.

    Raises:
        ValueError: If the size is out of range.
    """
    if not 32 <= size <= 512:
        raise ValueError(f"size must lie between 32 and 512 pixels, got {size}")
    canvas = Canvas(size)
    pen = canvas.pen()
    draw_place(pen, scene.place, Dice(scene.seed, "place"))
    layout.draw_behind(pen, scene)
    figures = layout.draw_people(pen, scene)
    people = np.array(canvas.marks)
    layout.draw_held_things(pen, scene, figures)
    layout.draw_in_front(pen, scene, figures)
    masks = _masks(canvas, scene, people)
    image = styles.finish(canvas, scene.style, Dice(scene.seed, "style"))
    if scene.watermark:
        image, masks["watermark"] = stamp(image, Dice(scene.seed, "watermark"))
    return Rendering(image, masks)


def _masks(canvas: Canvas, scene: Scene, people: NDArray[np.uint8]) -> dict[str, Mask]:
    # Faces and bodies are taken before anything is drawn over them, so that a splash leaves no hole in them.
    masks: dict[str, Mask] = {}
    marks = layout.worn_marks(scene)
    for i in range(len(scene.people)):
        masks[f"face:{i}"] = canvas.mask([f"face:{i}"], people)
        whole = [f"face:{i}", f"body:{i}", *(f"{mark}:{i}" for mark in marks)]
        masks[f"body:{i}"] = canvas.mask(whole, people) | canvas.mask(whole)
    for mark in (*scene.stand_ins, *(f"twin:{name}" for name in scene.twins)):
        masks[mark] = canvas.mask([mark, f"{mark}:0", f"{mark}:1"])
    return masks

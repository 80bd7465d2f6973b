"""Drawing shapes in picture units, with a second canvas that remembers what each pixel shows."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
Points = Sequence[Point]
Matrix = tuple[float, float, float, float, float, float]
Mask = NDArray[np.bool_]

UNITS: Final = 64.0
"""Width and height of every picture in drawing units."""

_CIRCLE: Final = tuple((math.cos(i * math.tau / 26), math.sin(i * math.tau / 26)) for i in range(26))
# Weights of the four neighbours at a quarter, half, three quarters and the end of a piece of a Catmull-Rom spline.
_WEIGHTS: Final = tuple(
    (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )
    for t in (0.25, 0.5, 0.75, 1.0)
)

T = TypeVar("T")


class Dice:
    """A seeded stream of choices; separate names give separate streams."""

    __slots__ = ("_random",)

    def __init__(self, seed: int, name: str) -> None:
        self._random = random.Random(f"{seed}/{name}").random

    def chance(self, probability: float) -> bool:
        """Return true with the given probability."""
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        """Return a uniform number."""
        return low + (high - low) * self._random()

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[int(self._random() * len(values))]

    def near(self, colour: Colour, spread: float = 14) -> Colour:
        """Return a colour close to the given one: lighter or darker, and a little shifted."""
        shift = self.between(-spread, spread)
        half = spread / 2
        red, green, blue = (min(255, max(0, round(c + shift + self.between(-half, half)))) for c in colour)
        return (red, green, blue)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; a share of 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def darker(colour: Colour, share: float = 0.25) -> Colour:
    """Blend a colour towards a warm black."""
    return mix(colour, (20, 10, 15), share)


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    """Blend a colour towards white."""
    return mix(colour, (255, 255, 255), share)


def is_light(colour: Colour) -> bool:
    """Tell whether dark marks show better on the colour than light ones."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] > 128


class Canvas:
    """The picture being drawn and, beside it, the number of the thing that each pixel shows."""

    def __init__(self, size: int) -> None:
        self.size = size
        # Large pictures are smooth enough at twice their size, and four times would be slow.
        self.factor = 4 if size <= 128 else 2
        self.side = size * self.factor
        self.image = Image.new("RGB", (self.side, self.side))
        self.marks = Image.new("L", (self.side, self.side))
        self.paint = ImageDraw.Draw(self.image)
        self.mark = ImageDraw.Draw(self.marks)
        self.current = 0
        self._numbers: dict[str, int] = {}

    @property
    def marked(self) -> bool:
        """Whether anything has been marked so far; before that, background needs no marks."""
        return bool(self._numbers)

    def pen(self) -> Pen:
        """Return a pen whose origin is the picture's top left corner."""
        unit = self.side / UNITS
        return Pen(self, (unit, 0.0, 0.0, 0.0, unit, 0.0))

    @contextmanager
    def thing(self, name: str) -> Iterator[None]:
        """Mark all that is drawn inside the context as the named thing."""
        before, self.current = self.current, self._numbers.setdefault(name, len(self._numbers) + 1)
        try:
            yield
        finally:
            self.current = before

    def background(self) -> Mask:
        """Return where nothing is marked, shape (size, size)."""
        nothing: Mask = np.asarray(self.marks.reduce(self.factor)) == 0
        return nothing

    def mask(self, names: Sequence[str], marks: NDArray[np.uint8] | None = None) -> Mask:
        """Return where any of the named things is visible.

        Args:
            names: Names given to `thing`.
            marks: An earlier copy of the marks, shape (side, side); the present ones by default.

        Returns:
            Boolean array of shape (size, size).
        """
        table = np.zeros(256, dtype=np.uint8)
        table[[self._numbers[name] for name in names if name in self._numbers]] = 255
        shown = table[np.asarray(self.marks) if marks is None else marks]
        return np.asarray(Image.fromarray(shown).reduce(self.factor)) >= 100


class Pen:
    """Draws in its own frame of reference on a shared canvas."""

    __slots__ = ("canvas", "matrix", "scale")

    def __init__(self, canvas: Canvas, matrix: Matrix) -> None:
        self.canvas = canvas
        self.matrix = matrix
        self.scale = math.hypot(matrix[0], matrix[3])

    def at(self, x: float, y: float, *, scale: float = 1.0, turn: float = 0.0, flip: bool = False) -> Pen:
        """Return a pen with a moved, scaled, turned (degrees, clockwise) and perhaps mirrored frame."""
        a, b, c, d, e, f = self.matrix
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        side = -1.0 if flip else 1.0
        p, q, r, s = cos * side, -sin, sin * side, cos
        return Pen(
            self.canvas,
            (a * p + b * r, a * q + b * s, a * x + b * y + c, d * p + e * r, d * q + e * s, d * x + e * y + f),
        )

    def to_canvas(self, points: Points) -> list[Point]:
        """Return the points in canvas pixels."""
        a, b, c, d, e, f = self.matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a polygon."""
        self._fill(self.to_canvas(points), colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.polygon(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse given by centre and radii."""
        a, b, c, d, e, f = self.matrix
        x, y = a * x + b * y + c, d * x + e * y + f
        a, b, d, e = a * rx, b * ry, d * rx, e * ry
        circle = _CIRCLE if abs(a) + abs(e) > 12 else _CIRCLE[::2]
        self._fill([(a * cos + b * sin + x, d * cos + e * sin + y) for cos, sin in circle], colour)

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        self.ellipse(x, y, radius, radius, colour)

    def blob(self, points: Points, colour: Colour) -> None:
        """Fill the smooth closed curve through the points."""
        self.polygon(smooth(points, closed=True), colour)

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """Draw a polyline with round ends and joints."""
        pixels = self.to_canvas(points)
        self._stroke(pixels, pixels, width, colour)

    def curve(self, points: Points, width: float, colour: Colour) -> None:
        """Draw the smooth open curve through the points."""
        pixels = self.to_canvas(smooth(points, closed=False))
        self._stroke(pixels, (pixels[0], pixels[-1]), width, colour)

    def _stroke(self, pixels: list[Point], rounded: Sequence[Point], width: float, colour: Colour) -> None:
        thick = max(1, round(width * self.scale))
        canvas = self.canvas
        canvas.paint.line(pixels, fill=colour, width=thick)
        marking = canvas.current or canvas.marked
        if marking:
            canvas.mark.line(pixels, fill=canvas.current, width=thick)
        if thick > 3:
            radius = thick / 2 - 0.5
            for x, y in rounded:
                corners = (x - radius, y - radius, x + radius, y + radius)
                canvas.paint.ellipse(corners, fill=colour)
                if marking:
                    canvas.mark.ellipse(corners, fill=canvas.current)

    def _fill(self, pixels: list[Point], colour: Colour) -> None:
        canvas = self.canvas
        canvas.paint.polygon(pixels, fill=colour)
        if canvas.current or canvas.marked:
            canvas.mark.polygon(pixels, fill=canvas.current)


def smooth(points: Points, *, closed: bool) -> list[Point]:
    """Return points on the Catmull-Rom spline through the given ones."""
    if closed:
        around = (points[-1], *points, points[0], points[1])
        result: list[Point] = []
    else:
        around = (points[0], *points, points[-1])
        result = [points[0]]
    for i in range(len(around) - 3):
        (px, py), (qx, qy), (rx, ry), (sx, sy) = around[i : i + 4]
        for a, b, c, d in _WEIGHTS:
            result.append((a * px + b * qx + c * rx + d * sx, a * py + b * qy + c * ry + d * sy))
    return result

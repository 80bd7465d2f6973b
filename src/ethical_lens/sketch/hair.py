"""Hair: a mass behind the head and a cap on it, in shapes that a hat may cover."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.body import Body
from ethical_lens.sketch.pen import Colour, Pen, Point, darker, lighter

_BUMP: Final[Mapping[str, float]] = MappingProxyType({"straight": 0.0, "wavy": 0.9, "curly": 1.5, "coily": 1.2})

# How far long shapes hang, as (width beyond the head, height below the head's centre).
_HANG: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"long": (4.2, 24.0), "bob": (4.0, 11.0), "short bob": (1.8, 6.0), "ponytail": (1.4, 3.0), "bun": (1.4, 3.0)}
)


def draw_back(pen: Pen, body: Body) -> None:
    """Draw the hair behind the head, before the neck and the head."""
    if body.style in _HANG:
        _hanging(pen, body, *_HANG[body.style])
    if body.style == "ponytail":
        tail = ((body.rx * 0.7, -body.ry * 0.6), (body.rx + 6, -body.ry * 0.5), (body.rx + 7.5, 5), (body.rx + 4.5, 16))
        inner = ((body.rx + 2.5, 8), (body.rx + 1, -2))
        pen.blob((*tail, *inner), body.hair)
    elif body.style == "pigtails":
        for side in (-1, 1):
            pen.ellipse(side * (body.rx + 3.6), 4.0, 4.0, 7.0, body.hair)
            pen.dot(side * (body.rx + 1.6), -2.4, 1.9, (236, 90, 150))
    elif body.style in ("afro", "short afro"):
        _cloud(pen, body, 1.42 if body.style == "afro" else 1.16)
    elif body.style == "short curls":
        _cloud(pen, body, 1.2)


def draw_cap(pen: Pen, body: Body, *, covered: bool) -> None:
    """Draw the hair on the head, before the face.

    Args:
        pen: In the frame of the head.
        body: Measures of the figure.
        covered: Whether a hat hides what stands up.
    """
    if body.style in ("bald", "fringe"):
        if body.style == "fringe":
            _temples(pen, body, 3.4)
        return
    if body.style in ("wisp", "tuft"):
        _wisp(pen, body)
        return
    _cap(pen, body)
    if not covered:
        _crown(pen, body)


def draw_grey_temples(pen: Pen, body: Body, colour: Colour) -> None:
    """Draw the grey at the sides of a middle-aged head, down to the ends of long hair."""
    low = 12.0 if body.style in ("long", "bob") else 3.4
    for side in (-1, 1):
        x = side * (body.rx - 0.2)
        pen.blob(
            (
                (x - side * 2.4, -7.5),
                (x + side * 0.9, -6.0),
                (x + side * 1.8, low),
                (x - side * 0.2, low - 1),
                (x - side * 1.0, 0.0),
            ),
            colour,
        )


def _hanging(pen: Pen, body: Body, beyond: float, low: float) -> None:
    wide = body.rx + beyond
    bump = _BUMP[body.texture]
    left: list[Point] = []
    steps = 5
    for i in range(steps + 1):
        y = -body.ry * 0.5 + (low + body.ry * 0.5) * i / steps
        sway = bump if i % 2 else -bump * 0.4
        left.append((-wide * (0.93 + 0.09 * i / steps) - sway, y))
    right = [(-x, y) for x, y in reversed(left)]
    crown = ((body.rx * 0.8, -body.ry * 1.0), (0.0, -body.ry * 1.16), (-body.rx * 0.8, -body.ry * 1.0))
    pen.blob((*left, (0.0, low - 1.5), *right, *crown), body.hair)


def _cloud(pen: Pen, body: Body, size: float) -> None:
    rx, ry = body.rx * size, body.ry * size * 0.92
    pen.ellipse(0, -3.0, rx, ry, body.hair)
    for i in range(13):
        angle = math.pi * (0.93 + 1.14 * i / 12)
        pen.dot(rx * 0.97 * math.cos(angle), -3.0 + ry * 0.97 * math.sin(angle), 2.7, body.hair)


def _hairline(body: Body) -> list[Point]:
    rx, ry = body.rx, body.ry
    if body.style == "receding":
        right = ((rx * 0.99, -1.5), (rx * 0.8, -ry * 0.68), (rx * 0.5, -ry * 0.95))
        return [*right, (0.0, -ry * 0.72), *((-x, y) for x, y in reversed(right))]
    if body.texture == "straight" and body.style in ("bob", "crop", "pigtails", "short bob", "pixie"):
        return [(rx * 1.0, 0.5), (rx * 0.86, -ry * 0.42), (0.0, -ry * 0.44), (-rx * 0.86, -ry * 0.42), (-rx * 1.0, 0.5)]
    if body.style in ("side part", "quiff", "ponytail"):
        swept = ((rx * 0.84, -ry * 0.42), (rx * 0.3, -ry * 0.56), (-rx * 0.45, -ry * 0.74), (-rx * 0.86, -ry * 0.5))
        return [(rx, -1.0), *swept, (-rx, -1.0)]
    if body.style in ("long", "bob", "bun", "two buns"):
        return [(rx * 1.0, 2.5), (rx * 0.86, -ry * 0.3), (0.0, -ry * 0.8), (-rx * 0.86, -ry * 0.3), (-rx * 1.0, 2.5)]
    return [(rx * 1.0, -1.0), (rx * 0.84, -ry * 0.5), (0.0, -ry * 0.62), (-rx * 0.84, -ry * 0.5), (-rx * 1.0, -1.0)]


def _cap(pen: Pen, body: Body) -> None:
    rx, ry = body.rx + 1.0, body.ry + 1.2
    outer = [(rx * math.cos(a), ry * math.sin(a)) for a in (math.pi * (1 + i / 10) for i in range(11))]
    pen.polygon((*outer, *_hairline(body)), body.hair)
    if body.texture in ("curly", "coily") and body.style not in ("receding", "crop"):
        radius = 2.1 if body.texture == "curly" else 1.6
        for i in range(9):
            angle = math.pi * (1.06 + 0.88 * i / 8)
            pen.dot(rx * 0.98 * math.cos(angle), ry * 0.98 * math.sin(angle), radius, body.hair)


def _crown(pen: Pen, body: Body) -> None:
    top = -body.ry
    if body.style == "bun":
        pen.dot(0, top - 3.2, 5.0, body.hair)
        pen.curve(((-3.2, top - 0.6), (0, top + 0.6), (3.2, top - 0.6)), 0.9, darker(body.hair, 0.35))
    elif body.style == "two buns":
        for side in (-1, 1):
            pen.dot(side * body.rx * 0.8, top - 0.5, 5.2, body.hair)
    elif body.style == "topknot":
        pen.ellipse(0, top - 4.5, 3.4, 5.0, body.hair)
    elif body.style == "quiff":
        pen.blob(((-9, top + 3), (-6, top - 3.5), (3, top - 6), (10, top - 1.5), (8, top + 4)), body.hair)
    elif body.style == "side part":
        pen.blob(((-8, top + 3), (-3, top - 2.4), (6, top - 2.4), (body.rx, top + 5), (2, top + 4)), body.hair)
        pen.curve(((-5, top + 5), (-3, top - 0.5)), 0.7, lighter(body.hair, 0.35))
    elif body.style == "curly top":
        for i in range(7):
            pen.dot(-8.4 + 2.8 * i, top + 0.6 - 2.2 * math.sin(math.pi * i / 6), 3.3, body.hair)
    elif body.style == "flat top":
        pen.polygon(((-9.5, top + 4), (-10.5, top - 4), (10.5, top - 4), (9.5, top + 4)), body.hair)
    elif body.style == "mohawk":
        pen.blob(((-4.5, top + 5), (-5.5, top - 6), (0, top - 9), (5.5, top - 6), (4.5, top + 5)), body.hair)
    elif body.style == "pixie":
        pen.blob(((-8, top + 3), (-2, top - 2), (7, top - 1), (10, top + 7), (4, top + 5), (-2, top + 5)), body.hair)


def _temples(pen: Pen, body: Body, width: float) -> None:
    for side in (-1, 1):
        pen.ellipse(side * (body.rx - 0.2), -2.5, width * 0.75, 5.0, body.hair)


def _wisp(pen: Pen, body: Body) -> None:
    top = -body.ry
    bumps = ((-2.6, 1.6), (0.0, 0.4), (2.6, 1.6)) if body.style == "tuft" else ((0.0, 0.6),)
    pen.blob(((-8.0, top + 3.2), (-4.0, top - 0.6), (4.0, top - 0.6), (8.0, top + 3.2), (0.0, top + 2.4)), body.hair)
    for x, y in bumps:
        pen.ellipse(x, top + y - 1.4, 1.9, 2.8, body.hair)

"""Small things worn on face, ears and neck: descriptors, and the fixed marks of the celebrities."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.body import Body
from ethical_lens.sketch.clothes import bow, star
from ethical_lens.sketch.hats import flower
from ethical_lens.sketch.pen import Colour, Pen, darker, lighter

_GOLD: Final = (246, 196, 50)
_DARK: Final = (30, 28, 34)


def _rim(pen: Pen, x: float, radius: float, width: float, colour: Colour) -> None:
    points = [(x + radius * math.cos(i * math.tau / 18), radius * 0.9 * math.sin(i * math.tau / 18)) for i in range(19)]
    pen.line(points, width, colour)


def _glasses(pen: Pen, body: Body) -> None:
    x = body.rx * 0.43
    for side in (-1, 1):
        _rim(pen, side * x, 4.3, 1.05, _DARK)
        pen.line(((side * (x + 4.2), 0), (side * body.rx, -0.8)), 1.05, _DARK)
    pen.line(((-1.2, -0.4), (1.2, -0.4)), 1.05, _DARK)


def _sunglasses(pen: Pen, body: Body) -> None:
    x = body.rx * 0.43
    for side in (-1, 1):
        pen.blob(
            ((side * (x - 4), -3), (side * (x + 4.4), -3.2), (side * (x + 3.6), 2.6), (side * (x - 2.6), 3)),
            (20, 20, 28),
        )
        pen.line(((side * (x - 2), -1.4), (side * (x + 0.4), -1.8)), 0.9, (120, 130, 150))
        pen.line(((side * (x + 4.2), -2.2), (side * body.rx, -1.8)), 1.2, (20, 20, 28))
    pen.line(((-1.6, -2), (1.6, -2)), 1.4, (20, 20, 28))


def _earrings(pen: Pen, body: Body) -> None:
    for side in (-1, 1):
        pen.dot(side * (body.rx + 0.9), 5.4, 1.7, _GOLD)
        pen.polygon(
            ((side * (body.rx + 0.9), 6), (side * (body.rx + 2.7), 10), (side * (body.rx - 0.9), 10)), (60, 190, 200)
        )


def _necklace(pen: Pen, body: Body) -> None:
    top = body.top
    for i in range(9):
        x = -8.0 + 2.0 * i
        pen.dot(x, top + 7.6 - 0.095 * x * x, 1.35, (250, 246, 236))
    pen.dot(0, top + 9.6, 2.0, (60, 110, 220))


def _bow_tie(pen: Pen, body: Body) -> None:
    bow(pen, body.top + 2.6, 1.15, (40, 60, 150))


def scarf(pen: Pen, body: Body, colour: Colour) -> None:
    """Draw a scarf around the neck, one end hanging."""
    top = body.top
    edge = darker(colour, 0.28)
    pen.blob(((-10, top - 2), (0, top + 1), (10, top - 2), (10.5, top + 3.5), (0, top + 7), (-10.5, top + 3.5)), colour)
    pen.curve(((-9, top + 1.6), (0, top + 4.4), (9, top + 1.6)), 1.0, edge)
    pen.polygon(((2, top + 4), (8, top + 3), (10, top + 19), (4, top + 20)), colour)
    for y in (13.0, 16.4):
        pen.line(((3.8, top + y), (9.2, top + y - 0.6)), 1.2, lighter(colour, 0.55))


def _scarf(pen: Pen, body: Body) -> None:
    scarf(pen, body, (70, 120, 190))


def _star_glasses(pen: Pen, body: Body) -> None:
    for side in (-1, 1):
        star(pen, side * body.rx * 0.45, 0, 6.0, (60, 60, 220))
        pen.dot(side * body.rx * 0.45, 0.2, 2.6, (236, 240, 255))
        pen.dot(side * body.rx * 0.45, 0.2, 1.5, body.iris)
    pen.line(((-1.4, -0.6), (1.4, -0.6)), 1.3, (60, 60, 220))


def _round_glasses(pen: Pen, body: Body) -> None:
    for side in (-1, 1):
        _rim(pen, side * body.rx * 0.45, 4.6, 1.8, (255, 222, 30))
    pen.line(((-1.2, -0.4), (1.2, -0.4)), 1.6, (255, 222, 30))


def _monocle(pen: Pen, body: Body) -> None:
    _rim(pen, body.rx * 0.43, 4.5, 1.5, _GOLD)
    pen.line(((body.rx * 0.43 + 3, 3.6), (body.rx * 0.9, 12)), 0.9, _GOLD)


def _hoop_earrings(pen: Pen, body: Body) -> None:
    for side in (-1, 1):
        points = [
            (side * (body.rx + 1.6) + 3.1 * math.cos(i * math.tau / 14), 8.0 + 3.6 * math.sin(i * math.tau / 14))
            for i in range(15)
        ]
        pen.line(points, 1.3, (255, 214, 60))


def _forehead_band(pen: Pen, body: Body) -> None:
    y = -body.ry * 0.56
    points = ((-body.rx * 0.97, y + 1.4), (0, y - 0.4), (body.rx * 0.97, y + 1.4))
    pen.curve(points, 3.0, (40, 40, 200))
    pen.dot(0, y - 0.2, 2.2, (250, 250, 250))


def _face_star(pen: Pen, body: Body) -> None:
    star(pen, body.rx * 0.62, body.ry * 0.4, 4.2, (250, 60, 150))


def _long_beard(pen: Pen, body: Body) -> None:
    rx, ry = body.rx * body.jaw, body.ry
    pen.blob(
        (
            (-body.rx * 0.97, ry * 0.15),
            (-rx * 1.02, ry * 0.8),
            (-6, ry * 1.5),
            (0, ry * 1.95),
            (6, ry * 1.5),
            (rx * 1.02, ry * 0.8),
            (body.rx * 0.97, ry * 0.15),
            (rx * 0.6, ry * 0.44),
            (0, ry * 0.42),
            (-rx * 0.6, ry * 0.44),
        ),
        (244, 244, 250),
    )
    pen.ellipse(0, ry * 0.64, 3.6, 1.4, (190, 100, 100))


def _chin_beard(pen: Pen, body: Body) -> None:
    ry = body.ry
    pen.blob(((-4, ry * 0.84), (4, ry * 0.84), (3, ry * 1.2), (0, ry * 1.5), (-3, ry * 1.2)), body.hair)
    pen.curve(((-6, ry * 0.66), (-3, ry * 0.46), (0, ry * 0.5), (3, ry * 0.46), (6, ry * 0.66)), 1.3, body.hair)


def _full_beard(pen: Pen, body: Body) -> None:
    rx, ry = body.rx * body.jaw, body.ry
    pen.blob(
        (
            (-body.rx * 0.98, ry * 0.1),
            (-rx, ry * 0.7),
            (0, ry * 1.22),
            (rx, ry * 0.7),
            (body.rx * 0.98, ry * 0.1),
            (rx * 0.66, ry * 0.42),
            (0, ry * 0.4),
            (-rx * 0.66, ry * 0.42),
        ),
        body.hair,
    )
    pen.ellipse(0, ry * 0.64, 4.2, 1.6, body.skin)


def _huge_flower(pen: Pen, body: Body) -> None:
    flower(pen, body.rx * 0.72, -body.ry * 0.78, 1.9, (255, 70, 110))


def _curled_moustache(pen: Pen, body: Body) -> None:
    y = body.ry * 0.48
    for side in (-1, 1):
        pen.curve(
            ((0, y), (side * 4, y + 1.6), (side * 8, y + 0.4), (side * 9.6, y - 3), (side * 7.6, y - 4)), 1.9, body.hair
        )


def _huge_bow_tie(pen: Pen, body: Body) -> None:
    bow(pen, body.top + 4.4, 1.9, (240, 40, 60))


def _white_streak(pen: Pen, body: Body) -> None:
    pen.blob(
        (
            (1, -body.ry - 1),
            (5, -body.ry),
            (body.rx * 0.86, -body.ry * 0.5),
            (body.rx + 3, 6),
            (body.rx + 2.6, 18),
            (body.rx - 0.5, 8),
            (body.rx * 0.7, -body.ry * 0.4),
        ),
        (250, 250, 255),
    )


def _eye_patch(pen: Pen, body: Body) -> None:
    x = body.rx * 0.43
    pen.line(((-body.rx * 0.9, -6.5), (body.rx * 0.95, 0.5)), 1.2, _DARK)
    pen.ellipse(x, -0.2, 4.2, 3.8, _DARK)


_Draw = Callable[[Pen, Body], None]

ACCESSORIES: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "bow tie": _bow_tie,
        "chin beard": _chin_beard,
        "curled moustache": _curled_moustache,
        "earrings": _earrings,
        "eye patch": _eye_patch,
        "face star": _face_star,
        "forehead band": _forehead_band,
        "full beard": _full_beard,
        "glasses": _glasses,
        "hoop earrings": _hoop_earrings,
        "huge bow tie": _huge_bow_tie,
        "huge flower": _huge_flower,
        "long beard": _long_beard,
        "monocle": _monocle,
        "necklace": _necklace,
        "round glasses": _round_glasses,
        "scarf": _scarf,
        "star glasses": _star_glasses,
        "sunglasses": _sunglasses,
        "white streak": _white_streak,
    }
)
"""What `Person.descriptors` and `Celebrity.accessories` put on a figure."""

"""Hats and other things worn on the head, drawn over hair and face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.body import Body
from ethical_lens.sketch.clothes import star
from ethical_lens.sketch.pen import Colour, Pen, darker, lighter

_WHITE: Final = (250, 250, 252)
_GOLD: Final = (246, 196, 50)


def _dome(pen: Pen, body: Body, colour: Colour, height: float, brim: float) -> None:
    rx, low = body.rx + 1.2, -body.ry * brim
    top = -body.ry - height
    pen.blob(
        (
            (-rx, low),
            (-rx * 0.96, low - 5),
            (-rx * 0.6, top + 1),
            (0, top - 0.6),
            (rx * 0.6, top + 1),
            (rx * 0.96, low - 5),
            (rx, low),
            (0, low + 0.8),
        ),
        colour,
    )


def _toque(pen: Pen, body: Body) -> None:
    y = -body.ry
    for x, lift, r in ((-8.0, 3.6, 5.4), (8.0, 3.6, 5.4), (0.0, 5.2, 6.4)):
        pen.dot(x, y - lift, r, _WHITE)
    pen.polygon(((-10.5, y - 3), (10.5, y - 3), (11, y + 5.5), (-11, y + 5.5)), _WHITE)
    pen.box(-11.2, y + 2.6, 11.2, y + 6.2, (222, 224, 232))


def _fire_helmet(pen: Pen, body: Body) -> None:
    _dome(pen, body, (214, 36, 34), 3.4, 0.52)
    pen.ellipse(0, -body.ry * 0.56, body.rx + 5.0, 2.4, (170, 24, 24))
    pen.blob(
        ((-4, -body.ry * 0.62), (-4, -body.ry - 1), (0, -body.ry - 3.4), (4, -body.ry - 1), (4, -body.ry * 0.62)), _GOLD
    )


def _peaked(pen: Pen, body: Body, crown: Colour, band: Colour, peak: Colour) -> None:
    y, rx = -body.ry, body.rx
    pen.blob(
        (
            (-rx - 3, y - 0.5),
            (-rx * 0.4, y - 6.0),
            (rx * 0.4, y - 6.0),
            (rx + 3, y - 0.5),
            (rx * 0.9, y + 3.5),
            (-rx * 0.9, y + 3.5),
        ),
        crown,
    )
    pen.polygon(((-rx * 0.95, y + 1.6), (rx * 0.95, y + 1.6), (rx * 0.95, y + 5.2), (-rx * 0.95, y + 5.2)), band)
    pen.blob(
        ((-rx * 0.8, y + 5), (0, y + 4.2), (rx * 0.8, y + 5), (rx * 0.5, y + 7.6), (0, y + 8.4), (-rx * 0.5, y + 7.6)),
        peak,
    )


def _police_cap(pen: Pen, body: Body) -> None:
    _peaked(pen, body, (30, 46, 108), (20, 24, 44), (14, 16, 26))
    star(pen, 0, -body.ry - 1.6, 3.4, _GOLD)


def _pilot_cap(pen: Pen, body: Body) -> None:
    _peaked(pen, body, _WHITE, (24, 30, 60), (20, 22, 36))
    y = -body.ry - 0.4
    pen.polygon(((-6, y - 1.6), (0, y + 1.8), (6, y - 1.6), (0, y - 0.4)), _GOLD)
    pen.dot(0, y, 1.7, _GOLD)


def _wide_brim(pen: Pen, body: Body, colour: Colour, band: Colour, brim: float) -> None:
    y = -body.ry
    pen.ellipse(0, y + 4.0, body.rx + brim, 3.2, darker(colour, 0.12))
    pen.blob(
        ((-9.6, y + 4), (-9.2, y - 2.5), (-5, y - 5), (5, y - 5), (9.2, y - 2.5), (9.6, y + 4), (0, y + 5)), colour
    )
    pen.blob(((-9.7, y + 3.6), (-9.6, y + 0.6), (0, y + 1.6), (9.6, y + 0.6), (9.7, y + 3.6), (0, y + 4.6)), band)


def _straw_hat(pen: Pen, body: Body) -> None:
    _wide_brim(pen, body, (236, 206, 110), (150, 90, 40), 8.0)


def _sun_hat(pen: Pen, body: Body) -> None:
    _wide_brim(pen, body, (120, 190, 90), (255, 250, 210), 7.0)
    pen.dot(6.5, -body.ry + 2.2, 2.6, (250, 140, 190))


def _brimmed_hat(pen: Pen, body: Body) -> None:
    _wide_brim(pen, body, (110, 74, 52), (40, 30, 30), 5.0)


def _head_mirror(pen: Pen, body: Body) -> None:
    y = -body.ry * 0.72
    pen.curve(((-body.rx * 0.94, y + 2.4), (0, y), (body.rx * 0.94, y + 2.4)), 2.2, (50, 56, 70))
    pen.dot(3.6, y - 2.4, 4.6, (150, 160, 176))
    pen.dot(3.6, y - 2.4, 3.4, (226, 238, 248))


def _nurse_cap(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.polygon(
        ((-9.5, y + 4.5), (-11.5, y - 3.8), (-4, y - 5.0), (0, y - 3.8), (4, y - 5.0), (11.5, y - 3.8), (9.5, y + 4.5)),
        _WHITE,
    )
    pen.box(-1.0, y - 3.0, 1.0, y + 3.6, (220, 50, 60))
    pen.box(-3.4, y - 0.6, 3.4, y + 1.4, (220, 50, 60))


def _goggles(pen: Pen, body: Body) -> None:
    y = -body.ry * 0.66
    pen.curve(((-body.rx, y + 1.6), (0, y), (body.rx, y + 1.6)), 2.6, (60, 60, 70))
    for side in (-1, 1):
        pen.ellipse(side * 5.0, y - 0.6, 4.7, 3.7, (70, 74, 86))
        pen.ellipse(side * 5.0, y - 0.6, 3.4, 2.5, (150, 230, 250))


def _space_helmet(pen: Pen, body: Body) -> None:
    # A ring around the whole head leaves the face free.
    rx, ry = body.rx + 6.5, body.ry + 5.5
    outer = [(rx * c, ry * s) for c, s in _ring()]
    inner = [((body.rx + 2.6) * c, (body.ry + 1.6) * s) for c, s in _ring()]
    pen.polygon((*outer, outer[0], inner[0], *reversed(inner)), (232, 236, 242))
    pen.curve([(inner[i][0] * 1.03, inner[i][1] * 1.03) for i in range(15, 25, 3)], 1.4, (130, 150, 180))
    for side in (-1, 1):
        pen.ellipse(side * (rx - 0.6), 1.5, 2.6, 4.6, (240, 110, 40))


def _ring() -> list[tuple[float, float]]:
    import math

    return [(math.cos(i * math.tau / 30), math.sin(i * math.tau / 30)) for i in range(30)]


def _beret(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.blob(
        (
            (-body.rx - 3, y + 0.5),
            (-8, y - 5.2),
            (3, y - 4.8),
            (body.rx + 0.5, y + 1.5),
            (body.rx - 1, y + 4.6),
            (0, y + 2.6),
            (-body.rx, y + 4.6),
        ),
        (44, 60, 140),
    )
    pen.ellipse(-2, y - 5.2, 0.9, 1.7, (44, 60, 140))


def _hard_hat(pen: Pen, body: Body) -> None:
    _dome(pen, body, (252, 206, 30), 3.0, 0.56)
    pen.ellipse(0, -body.ry * 0.58, body.rx + 3.2, 1.9, (226, 168, 20))
    pen.blob(
        ((-1.7, -body.ry * 0.64), (-1.5, -body.ry - 3.6), (1.5, -body.ry - 3.6), (1.7, -body.ry * 0.64)),
        (255, 232, 120),
    )


def _cap(pen: Pen, body: Body) -> None:
    _dome(pen, body, (60, 70, 90), 1.6, 0.56)
    pen.blob(
        (
            (-10, -body.ry * 0.64),
            (0, -body.ry * 0.72),
            (10, -body.ry * 0.64),
            (8, -body.ry * 0.4),
            (0, -body.ry * 0.34),
            (-8, -body.ry * 0.4),
        ),
        (200, 60, 50),
    )


def _visor_cap(pen: Pen, body: Body) -> None:
    _dome(pen, body, (50, 90, 170), 1.8, 0.56)
    pen.blob(
        (
            (-10, -body.ry * 0.64),
            (0, -body.ry * 0.72),
            (10, -body.ry * 0.64),
            (8, -body.ry * 0.4),
            (0, -body.ry * 0.34),
            (-8, -body.ry * 0.4),
        ),
        (30, 50, 110),
    )
    y = -body.ry * 0.94
    pen.box(-4.4, y - 2.6, 4.4, y + 2.6, _WHITE)
    pen.line(((-4, y - 2), (0, y + 0.8), (4, y - 2)), 0.9, (220, 50, 60))


def _army_helmet(pen: Pen, body: Body) -> None:
    _dome(pen, body, (98, 108, 64), 2.6, 0.42)
    for x, y in ((-6.0, 0.86), (5.5, 0.98), (0.0, 0.7), (9.0, 0.66), (-10.0, 0.58)):
        pen.ellipse(x, -body.ry * y, 3.0, 1.9, (66, 76, 44))
    pen.curve(((-body.rx - 1, -body.ry * 0.46), (0, -body.ry * 0.4), (body.rx + 1, -body.ry * 0.46)), 1.6, (60, 66, 40))


def _kerchief(pen: Pen, body: Body) -> None:
    _dome(pen, body, (226, 60, 120), 1.4, 0.5)
    for x, y in ((-7.0, 0.76), (-2.0, 1.0), (3.5, 0.74), (8.0, 0.9)):
        pen.dot(x, -body.ry * y, 1.3, _WHITE)
    pen.polygon(
        ((-2.6, -body.ry - 4.6), (2.6, -body.ry - 1.4), (2.6, -body.ry - 4.6), (-2.6, -body.ry - 1.4)), (190, 40, 96)
    )


def _souwester(pen: Pen, body: Body) -> None:
    _dome(pen, body, (252, 206, 30), 2.2, 0.5)
    pen.blob(
        (
            (-body.rx - 5, -body.ry * 0.26),
            (-body.rx, -body.ry * 0.7),
            (0, -body.ry * 0.6),
            (body.rx, -body.ry * 0.7),
            (body.rx + 5, -body.ry * 0.26),
            (0, -body.ry * 0.42),
        ),
        (222, 168, 10),
    )


def _paper_cap(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.polygon(((-9.5, y + 4), (-8.5, y - 4.5), (8.5, y - 4.5), (9.5, y + 4)), _WHITE)
    pen.polygon(((-9.8, y + 4.4), (-9.4, y + 1.0), (9.4, y + 1.0), (9.8, y + 4.4)), (196, 130, 74))


def _headset(pen: Pen, body: Body) -> None:
    headphones(pen, body, (60, 200, 90))
    pen.curve(((body.rx + 1.5, 3), (body.rx - 1, 9), (4.5, body.ry * 0.74)), 1.1, (40, 44, 50))
    pen.dot(4.5, body.ry * 0.74, 1.2, (40, 44, 50))


def headphones(pen: Pen, body: Body, colour: Colour) -> None:
    """Draw headphones."""
    rx, y = body.rx + 1.6, -body.ry
    pen.curve(((-rx, 0), (-rx * 0.86, y * 0.72), (0, y - 2.2), (rx * 0.86, y * 0.72), (rx, 0)), 2.4, (44, 46, 56))
    for side in (-1, 1):
        pen.ellipse(side * (rx + 0.4), 1.0, 2.9, 4.4, colour)


def _headband(pen: Pen, body: Body) -> None:
    y = -body.ry * 0.56
    pen.curve(((-body.rx * 0.98, y + 1.6), (0, y - 0.2), (body.rx * 0.98, y + 1.6)), 3.2, _WHITE)
    pen.curve(((-body.rx * 0.98, y + 1.6), (0, y - 0.2), (body.rx * 0.98, y + 1.6)), 1.1, (40, 90, 210))


def _top_hat(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.polygon(((-8.6, y + 3), (-9.4, y - 8.5), (9.4, y - 8.5), (8.6, y + 3)), (30, 26, 36))
    pen.box(-8.8, y - 1.2, 8.8, y + 2.2, (130, 40, 170))
    pen.ellipse(0, y + 3.0, body.rx + 2.6, 2.0, (30, 26, 36))


def _crown(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.polygon(
        ((-10, y + 4), (-12, y - 5.5), (-6, y - 0.6), (0, y - 7), (6, y - 0.6), (12, y - 5.5), (10, y + 4)), _GOLD
    )
    for x, lift, colour in ((-11.6, 5.6, (220, 40, 60)), (0.0, 7.0, (60, 110, 220)), (11.6, 5.6, (220, 40, 60))):
        pen.dot(x, y - lift, 1.6, colour)
    pen.box(-10.2, y + 1.4, 10.2, y + 4.2, (206, 150, 26))


def _hair_pencil(pen: Pen, body: Body) -> None:
    headband_y = -body.ry * 0.62
    pen.line(((-body.rx - 3, headband_y - 5), (body.rx * 0.3, headband_y - 6.5)), 2.0, (250, 190, 40))
    for side in (-1, 1):
        _lens(pen, side * body.rx * 0.43, -body.ry * 0.0, 4.4, (150, 30, 110))
    pen.line(((-1.4, -0.5), (1.4, -0.5)), 1.0, (150, 30, 110))


def _lens(pen: Pen, x: float, y: float, radius: float, colour: Colour) -> None:
    points = [(x + radius * c, y + radius * 0.86 * s) for c, s in _ring()[::2]]
    pen.line((*points, points[0]), 0.95, colour)


def _diving_mask(pen: Pen, body: Body) -> None:
    y = -body.ry * 0.62
    pen.curve(((-body.rx, y + 1), (0, y - 0.5), (body.rx, y + 1)), 2.4, (30, 34, 44))
    pen.blob(
        ((-9, y - 3.6), (9, y - 3.6), (9.4, y + 2.2), (3, y + 3.4), (0, y + 1.6), (-3, y + 3.4), (-9.4, y + 2.2)),
        (250, 210, 40),
    )
    pen.blob(
        ((-7.4, y - 2.2), (7.4, y - 2.2), (7.6, y + 1.2), (2.6, y + 1.8), (-2.6, y + 1.8), (-7.6, y + 1.2)),
        (140, 220, 240),
    )
    pen.line(((body.rx + 2.2, 8), (body.rx + 3.2, -6), (body.rx + 2.6, -body.ry - 3)), 2.2, (250, 120, 40))


def _sailor_cap(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.ellipse(0, y - 1.6, body.rx * 0.92, 4.2, _WHITE)
    pen.polygon(
        ((-body.rx * 0.82, y - 1), (body.rx * 0.82, y - 1), (body.rx * 0.78, y + 4.2), (-body.rx * 0.78, y + 4.2)),
        _WHITE,
    )
    pen.box(-body.rx * 0.8, y + 0.6, body.rx * 0.8, y + 3.6, (40, 70, 160))


def _beanie(pen: Pen, body: Body) -> None:
    _dome(pen, body, (210, 90, 60), 2.6, 0.5)
    pen.polygon(
        (
            (-body.rx - 1.3, -body.ry * 0.74),
            (body.rx + 1.3, -body.ry * 0.74),
            (body.rx + 1.3, -body.ry * 0.46),
            (-body.rx - 1.3, -body.ry * 0.46),
        ),
        (246, 220, 180),
    )
    pen.dot(0, -body.ry - 4.6, 3.0, (246, 220, 180))


def _party_hat(pen: Pen, body: Body) -> None:
    y = -body.ry
    pen.polygon(((-7.5, y + 3.5), (0, y - 9.5), (7.5, y + 3.5)), (90, 90, 230))
    pen.line(((-4.4, y - 1), (3, y + 2.8)), 1.5, (250, 230, 70))
    pen.line(((-1.8, y - 5.4), (4.8, y - 1.2)), 1.5, (250, 120, 190))
    pen.dot(0, y - 9.4, 2.0, (250, 230, 70))


def _phones(pen: Pen, body: Body) -> None:
    headphones(pen, body, (230, 60, 60))


def _flower(pen: Pen, body: Body) -> None:
    flower(pen, body.rx * 0.74, -body.ry * 0.76, 1.0, (255, 236, 246))


def flower(pen: Pen, x: float, y: float, size: float, colour: Colour) -> None:
    """Draw a flower of five petals."""
    for c, s in _ring()[::6]:
        pen.dot(x + 2.6 * size * c, y + 2.6 * size * s, 2.2 * size, colour)
    pen.dot(x, y, 1.7 * size, _GOLD)


def hair_bow(pen: Pen, body: Body, colour: Colour) -> None:
    """Draw a bow in a child's hair."""
    x, y = body.rx * 0.42, -body.ry * 0.95
    for side in (-1, 1):
        pen.polygon(((x, y), (x + side * 5.6, y - 3.2), (x + side * 5.6, y + 3.0)), colour)
    pen.dot(x, y, 1.7, lighter(colour, 0.4))


_Draw = Callable[[Pen, Body], None]

HATS: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "army helmet": _army_helmet,
        "beanie": _beanie,
        "beret": _beret,
        "brimmed hat": _brimmed_hat,
        "cap": _cap,
        "crown": _crown,
        "diving mask": _diving_mask,
        "fire helmet": _fire_helmet,
        "flower in the hair": _flower,
        "goggles": _goggles,
        "hair pencil": _hair_pencil,
        "hard hat": _hard_hat,
        "head mirror": _head_mirror,
        "headband": _headband,
        "headphones": _phones,
        "headset": _headset,
        "kerchief": _kerchief,
        "nurse cap": _nurse_cap,
        "paper cap": _paper_cap,
        "party hat": _party_hat,
        "pilot cap": _pilot_cap,
        "police cap": _police_cap,
        "sailor cap": _sailor_cap,
        "sou'wester": _souwester,
        "space helmet": _space_helmet,
        "straw hat": _straw_hat,
        "sun hat": _sun_hat,
        "top hat": _top_hat,
        "toque": _toque,
        "visor cap": _visor_cap,
    }
)

OPEN_HATS: Final = frozenset(
    {"head mirror", "headband", "goggles", "diving mask", "headset", "headphones", "hair pencil", "flower in the hair"}
)
"""Hats that leave the hair on top of the head in view."""

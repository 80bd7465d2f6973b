"""Clothes: a torso in each garment, necks and collars, and what hangs on the chest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.body import Body
from ethical_lens.sketch.pen import Colour, Pen, Point, darker, is_light, lighter, mix

BOTTOM: Final = 62.0
"""Height, in figure units, at which every torso has left the picture."""

_WHITE: Final = (250, 250, 250)
_GOLD: Final = (246, 196, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clothes:
    """The garment of one figure."""

    garment: str
    """One of `GARMENTS`."""
    main: Colour
    accent: Colour
    feminine: bool
    """Whether necklines are round and low instead of high."""
    neckwear: str | None = None
    """One of `NECKWEAR`, or none."""


def torso_outline(body: Body) -> list[Point]:
    """Return the outline of shoulders and torso as control points of a smooth closed curve."""
    wide, top = body.shoulder, body.top
    right = [
        (5.0, top - 0.5),
        (wide * 0.66, top + 2.0),
        (wide * 0.96, top + 6.5),
        (wide * 1.06, top + 15.0),
        (wide * 1.08, BOTTOM),
    ]
    return [*right, *((-x, y) for x, y in reversed(right))]


def draw_torso(pen: Pen, body: Body, clothes: Clothes) -> None:
    """Draw the garment, before neck and head."""
    pen.blob(torso_outline(body), clothes.main)
    arm = darker(clothes.main, 0.22)
    for side in (-1, 1):
        x = side * body.shoulder * 0.74
        pen.line(((x, body.top + 12), (x * 1.0, BOTTOM)), 0.8, arm)


def draw_neck(pen: Pen, body: Body, clothes: Clothes) -> None:
    """Draw the neck and the neckline that the garment leaves open."""
    half, top = body.shoulder * 0.16 + 1.6, body.top
    deep = 5.5 if clothes.feminine else 2.6
    wide = half + (2.6 if clothes.feminine else 0.6)
    if clothes.garment in ("bare", "tank top", "swimsuit"):
        deep, wide = 2.0, half
    pen.polygon(((-half, 6), (half, 6), (half, top + 1), (-half, top + 1)), body.shade)
    pen.blob(
        (
            (-wide, top - 0.8),
            (wide, top - 0.8),
            (wide * 0.6, top + deep * 0.8),
            (0, top + deep),
            (-wide * 0.6, top + deep * 0.8),
        ),
        body.skin,
    )


def draw_details(pen: Pen, body: Body, clothes: Clothes) -> None:
    """Draw collar, lapels, buttons and whatever else tells the garment, after the neck."""
    GARMENTS[clothes.garment](pen, body, clothes)
    if clothes.neckwear is not None:
        NECKWEAR[clothes.neckwear](pen, body, clothes)


def draw_bib(pen: Pen, body: Body, colour: Colour, *, frilled: bool) -> None:
    """Draw a baby's bib, round with frills or a plain triangle."""
    y = body.top + 2.0
    if frilled:
        for i in range(9):
            angle = math.pi * i / 8
            pen.dot(7.4 * math.cos(angle), y + 7.0 * math.sin(angle), 2.3, mix(colour, (230, 90, 140), 0.55))
        pen.ellipse(0, y + 1.0, 7.2, 6.6, colour)
        pen.dot(0, y + 3.4, 2.2, (240, 110, 150))
    else:
        pen.polygon(((-9.4, y - 2), (9.4, y - 2), (0, y + 11)), darker(colour, 0.35))
        pen.polygon(((-8, y - 2), (8, y - 2), (0, y + 9)), colour)
        pen.box(-4.8, y + 1.0, 4.8, y + 3.0, (70, 130, 200))


def draw_backpack(pen: Pen, body: Body, colour: Colour) -> None:
    """Draw the straps of a schoolbag over the garment."""
    for side in (-1, 1):
        x = side * body.shoulder * 0.56
        pen.line(((x * 0.9, body.top + 0.5), (x, body.top + 8), (x * 1.06, BOTTOM)), 3.2, colour)
        pen.box(x - 2.2, body.top + 11, x + 2.2, body.top + 13, lighter(colour, 0.55))


def _plain(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, trim = body.top, darker(clothes.main, 0.3)
    if clothes.feminine:
        pen.curve(((-7.2, top - 0.5), (-4.4, top + 4.6), (0, top + 6.0), (4.4, top + 4.6), (7.2, top - 0.5)), 1.3, trim)
    else:
        pen.curve(((-5.4, top - 0.8), (0, top + 3.0), (5.4, top - 0.8)), 1.6, trim)


def _shirt(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    _collar(pen, top, lighter(clothes.main, 0.45))
    for y in (8.0, 13.0, 18.0):
        pen.dot(0, top + y, 0.9, darker(clothes.main, 0.45))


def _collar(pen: Pen, top: float, colour: Colour) -> None:
    for side in (-1, 1):
        pen.polygon(
            ((side * 5.6, top - 2.2), (side * 0.2, top + 3.4), (side * 4.6, top + 5.8), (side * 7.4, top + 0.6)), colour
        )


def _open_front(pen: Pen, body: Body, inner: Colour, depth: float = 24.0) -> None:
    top = body.top
    pen.polygon(((-5.6, top + 0.2), (5.6, top + 0.2), (2.8, top + depth), (-2.8, top + depth)), inner)


def _lapels(pen: Pen, body: Body, colour: Colour, depth: float = 17.0) -> None:
    top = body.top
    for side in (-1, 1):
        pen.polygon(
            (
                (side * 5.2, top - 2.0),
                (side * 10.2, top + 5.6),
                (side * 6.8, top + 8.0),
                (side * 1.6, top + depth),
                (side * 3.6, top + 4),
            ),
            colour,
        )


def _v_skin(pen: Pen, body: Body, depth: float) -> None:
    top = body.top
    pen.polygon(((-5.0, top - 1.0), (5.0, top - 1.0), (0, top + depth)), body.skin)


def _coat(pen: Pen, body: Body, clothes: Clothes) -> None:
    _open_front(pen, body, clothes.accent)
    if clothes.feminine:
        _v_skin(pen, body, 5.5)
    _lapels(pen, body, darker(clothes.main, 0.16))
    pen.box(8.5, body.top + 11.5, 15.0, body.top + 12.7, darker(clothes.main, 0.3))
    pen.box(10.0, body.top + 9.0, 11.2, body.top + 12.0, (50, 90, 200))
    pen.box(12.4, body.top + 9.4, 13.6, body.top + 12.0, (220, 60, 60))


def _scrubs(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    _v_skin(pen, body, 8.0)
    pen.line(((-5.8, top - 1), (0, top + 8.4), (5.8, top - 1)), 1.7, clothes.accent)
    pen.box(6.8, top + 9.5, 14.8, top + 17.5, clothes.accent)
    pen.box(10.0, top + 10.5, 11.6, top + 16.5, (220, 50, 60))
    pen.box(7.8, top + 12.7, 13.8, top + 14.3, (220, 50, 60))


def _double_breasted(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.line(((-5, top + 3), (-6.5, BOTTOM)), 0.8, darker(clothes.main, 0.25))
    for y in (8.0, 13.0, 18.0):
        for x in (-3.8, 5.0):
            pen.dot(x, top + y, 1.25, (60, 60, 70))
    pen.blob(
        (
            (-7.5, top - 1.6),
            (0, top + 1.2),
            (7.5, top - 1.6),
            (5, top + 3),
            (1.6, top + 4),
            (3.2, top + 9),
            (-2.6, top + 8),
            (-1.4, top + 4),
            (-5, top + 3),
        ),
        clothes.accent,
    )


def _turnout(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for y in (9.5, 18.0):
        pen.box(-wide * 1.02, top + y, wide * 1.02, top + y + 3.4, clothes.accent)
        pen.box(-wide * 1.02, top + y + 1.2, wide * 1.02, top + y + 2.2, (236, 240, 246))
    pen.box(-1.0, top + 2, 1.0, BOTTOM, (200, 205, 210))
    _collar(pen, top, (200, 50, 40))


def _uniform(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    pen.polygon(
        ((-2.2, top + 1), (2.2, top + 1), (2.8, top + 16), (0, top + 20), (-2.8, top + 16)),
        mix((24, 26, 44), clothes.accent, 0.2),
    )
    _collar(pen, top, lighter(clothes.main, 0.25))
    for side in (-1, 1):
        pen.blob(
            (
                (side * wide * 0.6, top + 1.0),
                (side * wide * 0.98, top + 5.6),
                (side * wide * 0.92, top + 8.4),
                (side * wide * 0.52, top + 4.2),
            ),
            clothes.accent,
        )
    star(pen, 9.4, top + 11.0, 3.4, _GOLD)


def _overalls(pen: Pen, body: Body, clothes: Clothes) -> None:
    # The sleeves and the chest above the bib show the shirt.
    top, wide = body.top, body.shoulder
    pen.blob(torso_outline(body), clothes.accent)
    _neckline_again(pen, body, clothes)
    half = wide * 0.5
    for side in (-1, 1):
        pen.polygon(
            (
                (side * half * 0.7, top + 0.2),
                (side * half * 1.15, top + 1.2),
                (side * half, top + 12),
                (side * half * 0.5, top + 12),
            ),
            clothes.main,
        )
    pen.box(-half, top + 9.5, half, BOTTOM, clothes.main)
    pen.box(-wide * 0.8, top + 21, wide * 0.8, BOTTOM, clothes.main)
    pen.box(-3.8, top + 13, 3.8, top + 18, darker(clothes.main, 0.25))
    for side in (-1, 1):
        pen.dot(side * half * 0.78, top + 11.4, 1.4, _GOLD)


def _neckline_again(pen: Pen, body: Body, clothes: Clothes) -> None:
    draw_neck(pen, body, clothes)


def _robe(pen: Pen, body: Body, clothes: Clothes) -> None:
    fold = lighter(clothes.main, 0.18)
    for x in (-12.0, -7.0, 7.0, 12.0):
        pen.line(((x * 0.8, body.top + 5), (x, BOTTOM)), 1.1, fold)


def _spacesuit(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    pen.ellipse(0, top + 0.6, 10.5, 3.4, (150, 158, 172))
    pen.ellipse(0, top - 0.2, 8.6, 2.4, (96, 104, 120))
    for side in (-1, 1):
        pen.line(((side * wide * 0.62, top + 5), (side * wide * 0.7, BOTTOM)), 2.0, clothes.accent)
    pen.box(-6, top + 7, 6, top + 16, (120, 130, 150))
    for x, colour in ((-3.6, (220, 60, 60)), (0.0, (250, 210, 60)), (3.6, (80, 170, 240))):
        pen.dot(x, top + 10, 1.4, colour)


def _smock(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    _collar(pen, top, darker(clothes.main, 0.12))
    spots = (
        (-10.0, 9.0, (240, 190, 40)),
        (-5.0, 15.0, (60, 120, 220)),
        (4.5, 11.0, (240, 120, 40)),
        (10.0, 16.0, (130, 70, 180)),
        (0.0, 20.0, (60, 170, 160)),
    )
    for x, y, colour in spots:
        pen.dot(x * body.shoulder / 20, top + y, 2.3, colour)


def _jacket(pen: Pen, body: Body, clothes: Clothes) -> None:
    _open_front(pen, body, clothes.accent)
    if clothes.feminine:
        _v_skin(pen, body, 5.5)
    else:
        pen.curve(((-4.6, body.top), (0, body.top + 3), (4.6, body.top)), 1.2, darker(clothes.accent, 0.3))
    _lapels(pen, body, darker(clothes.main, 0.3) if is_light(clothes.main) else lighter(clothes.main, 0.16), 14.0)


def _vest(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for side in (-1, 1):
        pen.line(((side * wide * 0.42, top + 1.5), (side * wide * 0.5, BOTTOM)), 3.4, clothes.accent)
    pen.box(-wide * 0.74, top + 13, wide * 0.74, top + 16.2, clothes.accent)
    for side in (-1, 1):
        x = side * wide
        pen.blob(
            ((x * 0.74, top + 5), (x * 0.99, top + 7), (x * 1.1, top + 18), (x * 1.1, BOTTOM), (x * 0.76, BOTTOM)),
            (70, 90, 130),
        )


def _camouflage(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for i, (x, y) in enumerate(
        ((-0.75, 9.0), (-0.35, 6.5), (0.5, 7.0), (0.8, 13.0), (-0.5, 16.0), (0.15, 13.0), (0.45, 20.0), (-0.1, 21.0))
    ):
        colour = (clothes.accent, (150, 140, 96), (84, 66, 44))[i % 3]
        pen.ellipse(x * wide, top + y, 4.0, 2.6, colour)
    _collar(pen, top, clothes.accent)


def _apron(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    half = body.shoulder * 0.5
    for side in (-1, 1):
        pen.line(((side * 5.4, top - 0.5), (side * half * 0.9, top + 9)), 1.9, clothes.accent)
    pen.polygon(((-half, top + 8), (half, top + 8), (half * 1.35, BOTTOM), (-half * 1.35, BOTTOM)), clothes.accent)
    pen.box(-half * 0.5, top + 14, half * 0.5, top + 15.4, darker(clothes.accent, 0.35))


def _raincoat(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.box(-1.0, top + 3, 1.0, BOTTOM, darker(clothes.main, 0.35))
    for y in (8.0, 15.0):
        pen.line(((-4, top + y), (4, top + y)), 1.6, clothes.accent)
    _collar(pen, top, clothes.accent)


def _suit(pen: Pen, body: Body, clothes: Clothes) -> None:
    _open_front(pen, body, clothes.accent)
    _lapels(pen, body, darker(clothes.main, 0.35))
    pen.polygon(((-13, body.top + 10), (-9, body.top + 9), (-9.5, body.top + 12.5)), clothes.accent)


def _hoodie(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.blob(
        (
            (-10, top - 3),
            (-6, top - 4),
            (-5, top + 2),
            (0, top + 5),
            (5, top + 2),
            (6, top - 4),
            (10, top - 3),
            (8, top + 5),
            (0, top + 9),
            (-8, top + 5),
        ),
        darker(clothes.main, 0.3),
    )
    for side in (-1, 1):
        pen.line(((side * 2.6, top + 6), (side * 3.0, top + 16)), 1.2, clothes.accent)


def _pocket_vest(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    _open_front(pen, body, clothes.accent)
    for side in (-1, 1):
        pen.box(side * wide * 0.52 - 3.6, top + 9, side * wide * 0.52 + 3.6, top + 16, darker(clothes.main, 0.3))
        pen.box(side * wide * 0.52 - 3.6, top + 9, side * wide * 0.52 + 3.6, top + 11, darker(clothes.main, 0.5))
    pen.line(((-6, top - 1), (0, top + 15), (6, top - 1)), 1.7, (230, 60, 50))


def _waistcoat(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for side in (-1, 1):
        x = side * wide
        pen.blob(
            (
                (x * 0.62, top + 2),
                (x * 0.98, top + 6),
                (x * 1.1, top + 18),
                (x * 1.1, BOTTOM),
                (x * 0.72, BOTTOM),
                (x * 0.6, top + 12),
            ),
            clothes.accent,
        )
    pen.polygon(((-6.4, top), (6.4, top), (0, top + 17)), clothes.accent)
    for y in (19.0, 23.0):
        pen.dot(0, top + y, 0.9, _GOLD)


def _jersey(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    _plain(pen, body, clothes)
    for side in (-1, 1):
        pen.line(((side * wide * 0.62, top + 3), (side * wide * 0.86, BOTTOM)), 2.4, clothes.accent)
    pen.polygon(((-3, top + 12), (1, top + 9), (1, BOTTOM), (-1.6, BOTTOM), (-1.6, top + 13)), clothes.accent)


def _referee(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for i in range(-3, 4):
        x = i * wide * 0.26
        start = top + 1.2 + abs(i) * 1.6 + (2.5 if i == 0 else 0)
        pen.line(((x, start), (x * 1.04, BOTTOM)), 2.7, clothes.accent)
    _collar(pen, top, clothes.accent)


def _cape(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    _open_front(pen, body, _WHITE)
    for side in (-1, 1):
        pen.polygon(
            (
                (side * 4.6, top + 2),
                (side * 6.4, top - 8),
                (side * 15, top - 6),
                (side * 12.5, top + 6),
                (side * 7, BOTTOM),
                (side * 3.6, BOTTOM),
            ),
            clothes.accent,
        )
    pen.polygon(((-4.4, top + 1.4), (4.4, top + 5), (4.4, top + 1.4), (-4.4, top + 5)), (230, 60, 60))


def _ermine(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    pen.blob(
        (
            (-wide * 0.8, top + 4),
            (-6, top - 1.5),
            (0, top + 3.5),
            (6, top - 1.5),
            (wide * 0.8, top + 4),
            (wide * 0.74, top + 11),
            (0, top + 13),
            (-wide * 0.74, top + 11),
        ),
        clothes.accent,
    )
    for x, y in ((-0.6, 7.0), (-0.32, 9.4), (-0.3, 4.6), (0.0, 8.5), (0.32, 9.4), (0.3, 4.6), (0.6, 7.0)):
        pen.ellipse(x * wide, top + y, 0.8, 1.3, (40, 36, 40))
    pen.dot(0, top + 12.5, 2.4, _GOLD)


def _cardigan(pen: Pen, body: Body, clothes: Clothes) -> None:
    _open_front(pen, body, clothes.accent, 28.0)
    if clothes.feminine:
        _v_skin(pen, body, 5.0)
    top = body.top
    edge = darker(clothes.main, 0.35)
    for side in (-1, 1):
        pen.line(((side * 6.4, top - 0.4), (side * 3.6, top + 26)), 1.4, edge)
    for y in (14.0, 19.0):
        pen.dot(-4.6, top + y, 1.0, _GOLD)


def _satchel(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    _shirt(pen, body, clothes)
    pen.line(((-wide * 0.6, top + 1.5), (wide * 0.5, BOTTOM)), 3.6, clothes.accent)
    pen.box(wide * 0.2, top + 16, wide * 0.95, BOTTOM, clothes.accent)
    pen.box(wide * 0.2, top + 16, wide * 0.95, top + 19, darker(clothes.accent, 0.35))


def _wetsuit(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    pen.polygon(((-5.4, top - 3), (5.4, top - 3), (6, top + 2), (0, top + 4), (-6, top + 2)), clothes.main)
    for side in (-1, 1):
        pen.blob(
            (
                (side * wide * 0.45, top + 2),
                (side * wide * 0.98, top + 7),
                (side * wide * 1.05, top + 14),
                (side * wide * 0.5, top + 10),
            ),
            clothes.accent,
        )
    pen.box(-0.8, top + 3, 0.8, BOTTOM, clothes.accent)


def _sailor(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for y in (11.0, 15.5, 20.0):
        pen.box(-wide * 0.7, top + y, wide * 0.7, top + y + 1.9, clothes.accent)
    for side in (-1, 1):
        pen.polygon(((side * 5, top - 1.6), (side * 13, top + 2), (side * 11, top + 9), (0, top + 9.5)), clothes.accent)
    pen.polygon(((-3.6, top + 14), (0, top + 7.4), (3.6, top + 14), (0, top + 11.6)), (220, 50, 60))


def _striped(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for y in (6.5, 11.5, 16.5, 21.5):
        pen.box(-wide * 1.0, top + y, wide * 1.0, top + y + 2.4, clothes.accent)
    _plain(pen, body, clothes)


def _dress(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    pen.blob(
        (
            (-wide * 0.7, top + 2.4),
            (-4, top + 0.5),
            (4, top + 0.5),
            (wide * 0.7, top + 2.4),
            (wide * 0.46, top + 7),
            (0, top + 8.6),
            (-wide * 0.46, top + 7),
        ),
        body.skin,
    )
    for side in (-1, 1):
        pen.dot(side * wide * 0.86, top + 7, 3.6, lighter(clothes.main, 0.25))
    pen.curve(((-wide * 0.5, top + 7), (0, top + 9.4), (wide * 0.5, top + 7)), 2.0, lighter(clothes.main, 0.45))


def _bare(pen: Pen, body: Body, clothes: Clothes) -> None:
    # A plain torso: the shadow of chin, collar bones and arms, and nothing else.
    top, wide = body.top, body.shoulder
    for side in (-1, 1):
        pen.curve(
            ((side * 2.2, top + 4.0), (side * wide * 0.34, top + 3.2), (side * wide * 0.6, top + 4.6)), 1.0, body.shade
        )


def _tank_top(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    for side in (-1, 1):
        pen.polygon(
            (
                (side * wide * 0.3, top + 0.6),
                (side * wide * 0.5, top + 1.6),
                (side * wide * 0.62, top + 11),
                (side * wide * 0.2, top + 11),
            ),
            clothes.accent,
        )
    pen.polygon(
        ((-wide * 0.62, top + 9), (wide * 0.62, top + 9), (wide * 0.74, BOTTOM), (-wide * 0.74, BOTTOM)), clothes.accent
    )


def _swimsuit(pen: Pen, body: Body, clothes: Clothes) -> None:
    top, wide = body.top, body.shoulder
    if clothes.feminine:
        for side in (-1, 1):
            pen.line(((side * wide * 0.38, top + 1.5), (side * wide * 0.4, top + 10)), 1.8, clothes.accent)
        pen.blob(
            (
                (-wide * 0.68, top + 9),
                (0, top + 10),
                (wide * 0.68, top + 9),
                (wide * 0.72, top + 18),
                (wide * 0.66, BOTTOM),
                (-wide * 0.66, BOTTOM),
                (-wide * 0.72, top + 18),
            ),
            clothes.accent,
        )
    else:
        pen.blob(
            (
                (-wide * 0.72, top + 7),
                (-5, top + 3),
                (5, top + 3),
                (wide * 0.72, top + 7),
                (wide * 0.76, BOTTOM),
                (-wide * 0.76, BOTTOM),
            ),
            clothes.accent,
        )
        pen.box(-0.8, top + 4, 0.8, top + 14, lighter(clothes.accent, 0.6))
    pen.box(-wide * 0.7, top + 15, wide * 0.7, top + 17.5, lighter(clothes.accent, 0.6))


def _onesie(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    if clothes.feminine:
        for i in range(-3, 4):
            pen.dot(i * 2.6, top + 3.2 - abs(i) * 0.7, 2.2, clothes.accent)
    else:
        _collar(pen, top, clothes.accent)


def _stethoscope(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.curve(((-6.4, top - 1), (-6.8, top + 7), (-1.5, top + 12), (5.4, top + 8), (6.4, top - 1)), 1.7, (50, 56, 70))
    pen.line(((-1.5, top + 12), (-3, top + 17)), 1.7, (50, 56, 70))
    pen.dot(-3, top + 18, 2.4, (170, 180, 195))


def _tie(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    _collar(pen, top, lighter(clothes.accent, 0.3))
    colour = (176, 40, 56) if is_light(clothes.accent) else (236, 190, 60)
    pen.polygon(((-1.7, top + 2.6), (1.7, top + 2.6), (1.2, top + 5.2), (-1.2, top + 5.2)), darker(colour, 0.2))
    pen.polygon(((-1.2, top + 5.2), (1.2, top + 5.2), (2.8, top + 17), (0, top + 20.5), (-2.8, top + 17)), colour)


def _bow_tie(pen: Pen, body: Body, clothes: Clothes) -> None:
    bow(pen, body.top + 3.0, 1.0, (200, 40, 60) if clothes.garment != "waistcoat" else (24, 22, 28))


def bow(pen: Pen, y: float, size: float, colour: Colour) -> None:
    """Draw a bow centred below the chin."""
    for side in (-1, 1):
        pen.polygon(((0, y), (side * 5.6 * size, y - 2.9 * size), (side * 5.6 * size, y + 2.9 * size)), colour)
    pen.dot(0, y, 1.6 * size, darker(colour, 0.3))


def _jabot(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.box(-5.4, top - 2.4, 5.4, top + 2.0, _WHITE)
    for side in (-1, 1):
        pen.polygon(
            ((side * 0.3, top + 1), (side * 3.2, top + 1), (side * 5.2, top + 14), (side * 0.9, top + 14)), _WHITE
        )


def _medal(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.line(((-5, top), (0, top + 10), (5, top)), 1.5, (50, 90, 200))
    pen.dot(0, top + 11.6, 3.1, _GOLD)


def _whistle(pen: Pen, body: Body, clothes: Clothes) -> None:
    top = body.top
    pen.line(((-5, top), (0, top + 9), (5, top)), 1.2, (220, 50, 60))
    pen.dot(0.5, top + 10.5, 2.4, (220, 50, 60))


def star(pen: Pen, x: float, y: float, radius: float, colour: Colour) -> None:
    """Draw a five-pointed star."""
    outer = ((0, -1), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31))
    inner = ((0.29, -0.4), (0.47, 0.15), (0, 0.5), (-0.47, 0.15), (-0.29, -0.4))
    points = [point for pair in zip(outer, inner, strict=True) for point in pair]
    pen.polygon([(x + radius * px, y + radius * py) for px, py in points], colour)


_Draw = Callable[[Pen, Body, Clothes], None]

GARMENTS: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "apron": _apron,
        "bare": _bare,
        "camouflage": _camouflage,
        "cape": _cape,
        "cardigan": _cardigan,
        "coat": _coat,
        "double-breasted": _double_breasted,
        "dress": _dress,
        "ermine": _ermine,
        "hoodie": _hoodie,
        "jacket": _jacket,
        "jersey": _jersey,
        "onesie": _onesie,
        "overalls": _overalls,
        "plain": _plain,
        "pocket vest": _pocket_vest,
        "raincoat": _raincoat,
        "referee": _referee,
        "robe": _robe,
        "sailor": _sailor,
        "satchel": _satchel,
        "scrubs": _scrubs,
        "shirt": _shirt,
        "smock": _smock,
        "spacesuit": _spacesuit,
        "striped": _striped,
        "suit": _suit,
        "swimsuit": _swimsuit,
        "tank top": _tank_top,
        "turnout": _turnout,
        "uniform": _uniform,
        "vest": _vest,
        "waistcoat": _waistcoat,
        "wetsuit": _wetsuit,
    }
)

NECKWEAR: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "bow tie": _bow_tie,
        "jabot": _jabot,
        "medal": _medal,
        "stethoscope": _stethoscope,
        "tie": _tie,
        "whistle": _whistle,
    }
)

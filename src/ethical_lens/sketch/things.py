"""Stand-ins for harm and their harmless twins: what is held, what lies about, what covers people."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.hats import flower
from ethical_lens.sketch.pen import Colour, Dice, Pen, Point, darker, lighter

_WHITE: Final = (252, 252, 252)
_STEEL: Final = (206, 214, 226)
_WOOD: Final = (164, 108, 56)
_GOLD: Final = (250, 200, 50)
_RED: Final = (176, 8, 24)
_BLUE: Final = (46, 70, 170)


def _knife(pen: Pen, dice: Dice) -> None:
    wide, long = dice.between(4.4, 6.0), dice.between(17, 21)
    handle = dice.pick(((40, 34, 38), (110, 62, 32), (150, 30, 36)))
    pen.polygon(((-wide * 0.4, -3), (wide * 0.6, -3), (wide * 0.6, -long + 5), (-wide * 0.4, -long)), _STEEL)
    pen.polygon(((wide * 0.25, -3), (wide * 0.6, -3), (wide * 0.6, -long + 5), (wide * 0.25, -long + 3)), _WHITE)
    pen.box(-2.4, -3.6, 3.4, -2.2, (90, 90, 100))
    pen.line(((0.4, -2.4), (0.4, 4.6)), 2.9, handle)


def _syringe(pen: Pen, dice: Dice) -> None:
    liquid = dice.pick(((250, 190, 60), (120, 210, 250), (190, 120, 230), (240, 110, 110)))
    pen.line(((0, -13), (0, -22)), 1.0, (130, 140, 156))
    pen.polygon(((-1.4, -12.4), (1.4, -12.4), (0.7, -15), (-0.7, -15)), (90, 100, 120))
    pen.box(-3.4, -12.6, 3.4, 0, (232, 244, 252))
    pen.box(-2.6, -11.6, 2.6, -dice.between(3.0, 6.0), liquid)
    pen.box(-5.4, -0.6, 5.4, 0.9, (90, 100, 120))
    pen.line(((0, 0), (0, 5)), 1.7, (150, 160, 176))
    pen.box(-3.8, 4.4, 3.8, 6.0, (90, 100, 120))


def _spoon(pen: Pen, dice: Dice) -> None:
    colour = dice.pick((_STEEL, _WOOD))
    pen.line(((0, 4), (0, -12)), 2.0, darker(colour, 0.1))
    pen.ellipse(0, -16, 4.2, 5.4, colour)
    pen.ellipse(0, -16, 2.6, 3.6, darker(colour, 0.15))


def _paintbrush(pen: Pen, dice: Dice) -> None:
    paint = dice.pick(((60, 120, 220), (250, 200, 50), (60, 170, 90), (230, 110, 40)))
    pen.line(((0, 5), (0, -9)), 2.1, (220, 160, 80))
    pen.box(-2.0, -13, 2.0, -8.6, (150, 156, 168))
    pen.blob(((-2.4, -12.6), (2.4, -12.6), (2.6, -16.5), (0, -21.5), (-2.6, -16.5)), paint)


def _baguette(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 5), (0, -17)), 5.6, (214, 150, 74))
    for y in (-15.0, -10.0, -5.0):
        pen.line(((-1.8, y + 1.4), (1.8, y - 1.4)), 1.4, (246, 214, 150))


def _pen(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((40, 80, 200), (40, 40, 50), (200, 50, 60), (50, 150, 90)))
    pen.line(((0, 4), (0, -11)), 3.0, colour)
    pen.polygon(((-1.6, -11), (1.6, -11), (0, -16)), (230, 220, 200))
    pen.box(-1.6, -11.4, 1.6, -9.6, _GOLD)
    pen.line(((1.9, 3), (1.9, -3)), 0.8, _GOLD)


def _thermometer(pen: Pen, dice: Dice) -> None:
    pen.line(((0, -15), (0, -1)), 3.6, (246, 248, 250))
    pen.line(((0, -9), (0, 0)), 1.2, (224, 40, 50))
    pen.dot(0, 2.4, 3.2, (224, 40, 50))
    for y in (-13.0, -10.4, -7.8):
        pen.line(((0.7, y), (1.7, y)), 0.6, (90, 100, 120))


def _green_drink(pen: Pen, dice: Dice) -> None:
    pen.polygon(((-4.8, -11), (4.8, -11), (3.6, 1.6), (-3.6, 1.6)), (226, 240, 246))
    pen.polygon(((-4.4, -8), (4.4, -8), (3.4, 0.8), (-3.4, 0.8)), dice.near((96, 190, 70), 14))
    pen.line(((1, -8), (3.6, -17)), 1.2, (236, 70, 90))
    pen.dot(-4.4, -11, 2.5, (250, 220, 80))


def _red_flowers(pen: Pen, dice: Dice) -> None:
    colour = dice.near((220, 34, 50), 12)
    for x, y in ((-4.6, -11.0), (4.6, -11.5), (0.0, -16.0)):
        pen.line(((0, 2), (x, y)), 1.1, (50, 140, 60))
    pen.ellipse(-3.2, -4, 2.6, 1.4, (60, 160, 70))
    pen.ellipse(3.2, -5, 2.6, 1.4, (60, 160, 70))
    for x, y in ((-4.6, -11.0), (4.6, -11.5), (0.0, -16.0)):
        flower(pen, x, y, 0.92, colour)


_Held = Callable[[Pen, Dice], None]

HELD: Final[Mapping[str, _Held]] = MappingProxyType(
    {
        "knife": _knife,
        "syringe": _syringe,
        "spoon": _spoon,
        "paintbrush": _paintbrush,
        "baguette": _baguette,
        "pen": _pen,
        "thermometer": _thermometer,
        "green drink": _green_drink,
        "red flowers": _red_flowers,
    }
)
"""Things that fit in a hand, standing up from the grip at the origin."""


def draw_blood(pen: Pen, spots: list[Point], dice: Dice) -> None:
    """Draw red splashes around the given places, in the frame of the picture."""
    colour = dice.near(_RED, 10)
    for x, y in spots:
        _splash(pen, x, y, dice.between(4.0, 6.4), colour, dice)


def _splash(pen: Pen, x: float, y: float, radius: float, colour: Colour, dice: Dice) -> None:
    pen.ellipse(x, y, radius * dice.between(0.75, 1.0), radius * dice.between(0.7, 0.95), colour)
    for i in range(6):
        angle = math.tau * i / 6 + dice.between(-0.5, 0.5)
        cos, sin = math.cos(angle), math.sin(angle)
        reach = radius * dice.between(0.8, 1.35)
        pen.line(((x, y), (x + reach * cos, y + reach * sin)), radius * dice.between(0.3, 0.5), colour)
        if i % 2:
            far = reach + radius * dice.between(0.4, 0.7)
            pen.dot(x + far * cos, y + far * sin, dice.between(0.8, 1.6), colour)
    drip = dice.between(-0.4, 0.4) * radius
    pen.line(((x + drip, y), (x + drip, y + radius * dice.between(1.3, 2.0))), 1.8, colour)


def draw_slime(pen: Pen, x0: float, x1: float, y: float, long: float, dice: Dice) -> None:
    """Draw green slime that runs down from a line, in the frame of the picture."""
    x0, x1 = min(x0, x1), max(x0, x1)
    colour = dice.near((124, 226, 30), 12)
    dark = darker(colour, 0.3)
    wide = x1 - x0
    n_drips = max(3, round(wide / 7))
    points: list[Point] = [(x0, y + 1), (x0 + wide * 0.25, y - 2.4), (x0 + wide * 0.7, y - 2.6), (x1, y + 1)]
    for i in range(n_drips):
        x = x1 - wide * (i + 0.5) / n_drips
        drop = long * dice.between(0.45, 1.0)
        half = wide / n_drips * 0.3
        points += [(x + half, y + drop), (x, y + drop + 2.4), (x - half, y + drop), (x - half * 1.6, y + 3.4)]
    pen.blob([(px + 0.5, py + 0.8) for px, py in points], dark)
    pen.blob(points, colour)
    for i in range(n_drips):
        pen.ellipse(x0 + wide * (i + 0.4) / n_drips, y + 0.4, 1.3, 0.9, lighter(colour, 0.6))


def draw_puddle(pen: Pen, x: float, y: float, dice: Dice) -> None:
    """Draw a puddle of slime."""
    colour = dice.near((124, 226, 30), 12)
    pen.blob(((x - 12, y), (x - 5, y - 4), (x + 6, y - 3.4), (x + 13, y), (x + 7, y + 4), (x - 6, y + 4.4)), colour)
    for dx in (-5.0, 1.0, 6.0):
        pen.dot(x + dx, y - 0.8, 1.2, lighter(colour, 0.6))


def draw_flag(pen: Pen, x: float, y: float, *, left: bool, colours: tuple[Colour, ...], dice: Dice) -> None:
    """Draw a flag of plain stripes on a pole whose foot is at the given place."""
    own = pen.at(x, y, turn=dice.between(2, 10) * (-1 if left else 1), flip=left)
    own.line(((0, 0), (0, -46)), 1.5, (120, 90, 60))
    own.dot(0, -46.5, 1.6, _GOLD)
    wide, high, top = dice.between(13, 17), dice.between(4.4, 5.2), -45.0
    for i, colour in enumerate(colours):
        y0, y1 = top + i * high, top + (i + 1) * high
        own.polygon(((0, y0), (wide * 0.5, y0 + 1.6), (wide, y0), (wide, y1), (wide * 0.5, y1 + 1.6), (0, y1)), colour)


def flag_colours(dice: Dice) -> tuple[Colour, ...]:
    """Return the stripes of an invented flag."""
    return dice.pick(
        (
            ((240, 130, 30), (120, 50, 150), (240, 130, 30)),
            ((20, 150, 160), (250, 250, 250), (230, 60, 120)),
            ((120, 50, 150), (250, 210, 60), (20, 150, 160)),
            ((40, 60, 150), (250, 150, 180), (40, 60, 150)),
        )
    )


def draw_podium(pen: Pen, x: float, scale: float, colours: tuple[Colour, ...], dice: Dice) -> None:
    """Draw a speaker's podium with microphones and stripes, standing at the bottom of the picture."""
    own = pen.at(x, 64, scale=scale)
    wood = dice.near((120, 72, 42), 10)
    for dx, lean in ((-4.0, -2.0), (4.0, 2.0)):
        own.line(((dx, -14), (dx + lean, -19)), 1.2, (40, 40, 48))
        own.ellipse(dx + lean, -20.4, 1.9, 2.4, (30, 30, 38))
    own.polygon(((-14, -15), (14, -15), (11.5, 2), (-11.5, 2)), wood)
    own.box(-15, -16.4, 15, -13.6, lighter(wood, 0.25))
    for i, colour in enumerate(colours):
        own.box(-8, -11.4 + 3.1 * i, 8, -8.3 + 3.1 * i, colour)


def draw_placard(pen: Pen, x: float, y: float, colours: tuple[Colour, ...], dice: Dice) -> None:
    """Draw a placard of plain stripes on a stick; the place is its middle."""
    own = pen.at(x, y, turn=dice.between(-9, 9))
    own.line(((0, 4), (0, 34)), 1.6, _WOOD)
    own.box(-9.5, -6.6, 9.5, 6.6, (250, 248, 240))
    for i, colour in enumerate(colours):
        own.box(-7.6, -4.8 + 3.4 * i, 7.6, -2.4 + 3.4 * i, colour)


def draw_lectern(pen: Pen, x: float, scale: float, dice: Dice) -> None:
    """Draw a plain lectern with an open book."""
    own = pen.at(x, 64, scale=scale)
    wood = dice.near((206, 160, 104), 10)
    own.polygon(((-3, -10), (3, -10), (4.4, 2), (-4.4, 2)), darker(wood, 0.25))
    own.polygon(((-10, -15), (10, -15), (12, -8.6), (-12, -8.6)), wood)
    own.polygon(((-7, -15.6), (0, -14.4), (7, -15.6), (8, -10.6), (0, -9.4), (-8, -10.6)), _WHITE)
    own.line(((0, -14.4), (0, -9.4)), 0.8, (170, 170, 180))


def draw_bunting(pen: Pen, dice: Dice) -> None:
    """Draw a string of party pennants across the top of the picture."""
    sag = dice.between(3, 8)
    colours = ((240, 80, 80), (250, 200, 60), (90, 180, 110), (80, 150, 230), (250, 140, 190))
    shift = int(dice.between(0, 5))
    start = dice.between(1, 4)
    pen.curve(((-2, start), (32, start + sag), (66, start)), 0.8, (90, 80, 80))
    for i in range(8):
        x = 1.0 + i * 8.2
        y = start + sag * (1 - ((x + 3 - 32) / 34) ** 2)
        pen.polygon(((x, y), (x + 6.4, y), (x + 3.2, y + 8)), colours[(i + shift) % 5])


def draw_emblem(pen: Pen, x: float, y: float, radius: float, dice: Dice) -> None:
    """Draw the invented sacred emblem: a sun inside a ring."""
    pen.dot(x, y, radius, _GOLD)
    pen.dot(x, y, radius * 0.8, _BLUE)
    for i in range(8):
        _ray(pen, x, y, radius, math.tau * i / 8)
    pen.dot(x, y, radius * 0.34, _GOLD)


def draw_desecration(pen: Pen, x: float, y: float, radius: float, dice: Dice) -> None:
    """Draw the emblem treated with disrespect: crossed out, in mud, broken or defaced with paint."""
    kind = dice.pick(("crossed out", "crossed out", "mud", "broken", "paint"))
    if kind == "broken":
        _broken_emblem(pen, x, y, radius, dice)
        return
    draw_emblem(pen, x, y, radius, dice)
    if kind == "crossed out":
        reach = radius * 1.05
        for side in (-1, 1):
            pen.line(((x - reach, y - side * reach), (x + reach, y + side * reach)), radius * 0.36, (24, 20, 24))
            pen.line(((x - reach, y - side * reach), (x + reach, y + side * reach)), radius * 0.22, (230, 30, 40))
    elif kind == "mud":
        mud = dice.near((88, 56, 30), 8)
        low, wide = y + radius * 0.45, radius * 1.5
        hill = (
            (-wide, low + radius * 0.9),
            (-radius * 0.9, low),
            (0.0, low - 1),
            (radius * 0.9, low),
            (wide, low + radius * 0.9),
        )
        pen.blob([(x + px if i != 2 else x, py) for i, (px, py) in enumerate(hill)] + [(x, low + radius * 1.2)], mud)
        for dx, dy in ((-0.5, -0.45), (0.45, -0.55), (0.05, 0.0), (-0.7, 0.1), (0.7, 0.05)):
            pen.dot(x + dx * radius, y + dy * radius, radius * dice.between(0.16, 0.26), mud)
    else:
        paint = dice.pick(((250, 70, 180), (30, 26, 32), (250, 250, 250)))
        wide, low = radius * 0.85, y - radius * 0.35
        pen.blob(
            ((x - wide, low - 2), (x, y - radius * 1.0), (x + wide, low - 2), (x + wide, low), (x - wide, low)), paint
        )
        for dx, long in ((-0.62, 0.9), (-0.1, 1.5), (0.5, 1.1)):
            pen.line(((x + dx * radius, low), (x + dx * radius, low + long * radius)), radius * 0.26, paint)


def _broken_emblem(pen: Pen, x: float, y: float, radius: float, dice: Dice) -> None:
    lean, gap = dice.between(12, 22), radius * dice.between(0.2, 0.32)
    for side in (-1, 1):
        own = pen.at(x + side * gap, y + side * radius * 0.12, turn=side * lean, flip=side < 0)
        own.polygon(_half(radius), _GOLD)
        own.polygon(_half(radius * 0.8), _BLUE)
        own.polygon(_half(radius * 0.34), _GOLD)
        for degrees in (-67, -22, 22, 67):
            _ray(own, 0, 0, radius, math.radians(degrees))
    for dx, dy in ((-0.7, 1.2), (0.1, 1.3), (0.85, 1.15)):
        shard = pen.at(x + dx * radius, y + dy * radius, turn=dice.between(0, 360))
        shard.polygon(((-0.2 * radius, 0.14 * radius), (0, -0.2 * radius), (0.2 * radius, 0.1 * radius)), _GOLD)


def _half(radius: float) -> list[Point]:
    """Return the right half of a disc, with a jagged edge where it broke."""
    arc = [(radius * math.cos(a), radius * math.sin(a)) for a in (math.pi * (i / 12 - 0.5) for i in range(13))]
    return [*arc, (-0.12 * radius, 0.4 * radius), (0.12 * radius, 0.0), (-0.12 * radius, -0.4 * radius)]


def _ray(pen: Pen, x: float, y: float, radius: float, angle: float) -> None:
    cos, sin, side = math.cos(angle), math.sin(angle), 0.16 * radius
    root_x, root_y = x + radius * 0.3 * cos, y + radius * 0.3 * sin
    tip = (x + radius * 0.7 * cos, y + radius * 0.7 * sin)
    pen.polygon((tip, (root_x - side * sin, root_y + side * cos), (root_x + side * sin, root_y - side * cos)), _GOLD)


def draw_emblem_stand(pen: Pen, x: float, y: float, radius: float) -> None:
    """Draw the stand on which a respected emblem rests."""
    pen.polygon(
        (
            (x - radius * 0.5, y + radius * 0.8),
            (x + radius * 0.5, y + radius * 0.8),
            (x + radius, 66),
            (x - radius, 66),
        ),
        (236, 232, 224),
    )
    pen.box(x - radius * 1.1, y + radius * 0.9, x + radius * 1.1, y + radius * 1.2, (200, 190, 176))


def draw_tomatoes(pen: Pen, x: float, y: float, dice: Dice) -> None:
    """Draw a small heap of tomatoes."""
    for dx, dy in ((-5.4, 0.0), (5.4, 0.0), (0.0, -4.8)):
        pen.dot(x + dx, y + dy, 4.6, dice.near((228, 50, 36), 10))
        pen.ellipse(x + dx - 1.6, y + dy - 1.2, 1.0, 1.4, (255, 170, 150))
        for lean in (-2.4, 0.0, 2.4):
            pen.line(((x + dx, y + dy - 3.6), (x + dx + lean, y + dy - 5.0)), 1.2, (50, 150, 60))


def draw_leaves(pen: Pen, dice: Dice) -> None:
    """Draw falling autumn leaves."""
    for i in range(7):
        x = dice.between(3, 16) if i % 2 else dice.between(48, 61)
        own = pen.at(x, 5 + i * 8.4 + dice.between(-2, 2), turn=dice.between(0, 360))
        colour = dice.near(dice.pick(((200, 60, 30), (226, 110, 30), (180, 40, 36), (236, 160, 40))), 10)
        own.blob(((0, -4.6), (2.8, -1), (1.4, 2.8), (0, 3.6), (-1.4, 2.8), (-2.8, -1)), colour)
        own.line(((0, -3), (0, 5.6)), 0.8, darker(colour, 0.4))


def draw_plant(pen: Pen, x: float, y: float, dice: Dice) -> None:
    """Draw a potted green plant; the place is the top of its pot."""
    leaf = dice.near((60, 150, 70), 12)
    for dx, dy in ((-8, -9), (-4, -15), (1, -17), (5, -14), (9, -8)):
        pen.curve(((x, y), (x + dx * 0.4, y + dy * 0.7), (x + dx, y + dy)), 2.8, leaf)
    pen.polygon(((x - 5.4, y - 1), (x + 5.4, y - 1), (x + 4, y + 9), (x - 4, y + 9)), dice.near((196, 104, 66), 10))
    pen.box(x - 6.2, y - 1.6, x + 6.2, y + 1.2, (170, 86, 54))


def draw_label(pen: Pen, dice: Dice) -> None:
    """Draw a printed caption strip under the picture."""
    top = dice.between(54.5, 57)
    left = dice.between(2, 12)
    pen.box(left, top, 64 - left, 63, (252, 250, 242))
    x = left + 3.0
    while x < 58 - left:
        wide = dice.between(3, 8)
        pen.line(((x, top + 3.4), (min(x + wide, 60 - left), top + 3.4)), 1.7, (50, 50, 56))
        x += wide + 3.0


def draw_sun(pen: Pen, dice: Dice) -> None:
    """Draw a sun in an upper corner."""
    x, y = dice.pick((6.0, 58.0)), dice.between(5, 8)
    for i in range(10):
        angle = math.tau * i / 10
        pen.line(
            (
                (x + 6 * math.cos(angle), y + 6 * math.sin(angle)),
                (x + 9.4 * math.cos(angle), y + 9.4 * math.sin(angle)),
            ),
            1.4,
            (255, 206, 40),
        )
    pen.dot(x, y, 5.2, (255, 222, 60))

"""Things held in a hand: the grip is at the origin and the thing stands up from it, about 20 units high."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.pen import Colour, Dice, Pen, darker, lighter

_WOOD: Final = (164, 108, 56)
_STEEL: Final = (176, 184, 196)
_WHITE: Final = (252, 252, 252)
_GOLD: Final = (246, 196, 50)
_DARK: Final = (40, 40, 50)


def _clipboard(pen: Pen, dice: Dice) -> None:
    pen.box(-6.5, -15, 6.5, 2, _WOOD)
    pen.box(-5.2, -12.6, 5.2, 0.8, _WHITE)
    pen.box(-2.6, -16.2, 2.6, -13.4, _STEEL)
    for y in (-10.0, -7.0, -4.0):
        pen.line(((-3.8, y), (3.6, y)), 0.9, (110, 130, 170))


def _pill_bottle(pen: Pen, dice: Dice) -> None:
    pen.box(-4, -12, 4, 1, (250, 150, 40))
    pen.box(-4, -8.5, 4, -2.5, _WHITE)
    pen.box(-4.7, -15, 4.7, -11.6, _WHITE)
    pen.box(-4.7, -12.4, 4.7, -11.6, (200, 205, 210))


def _textbook(pen: Pen, dice: Dice) -> None:
    pen.polygon(((-7, -12), (0, -10), (0, 1), (-7, -1)), (60, 140, 90))
    pen.polygon(((7, -12), (0, -10), (0, 1), (7, -1)), (50, 120, 80))
    pen.polygon(((-6, -13), (0, -11), (6, -13), (6, -11.5), (0, -9.5), (-6, -11.5)), _WHITE)


def _pan(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 2), (0, -8)), 1.9, _DARK)
    pen.ellipse(0, -13, 7.2, 6.2, (56, 58, 66))
    pen.ellipse(0, -13, 5.4, 4.5, (92, 96, 106))
    pen.ellipse(-0.6, -13, 3.6, 2.8, _WHITE)
    pen.dot(-0.6, -13, 1.4, (252, 200, 40))


def _hose(pen: Pen, dice: Dice) -> None:
    pen.curve(((-2, 14), (-4, 6), (0, 0)), 3.4, (206, 60, 40))
    pen.polygon(((-2.2, 1), (2.2, 1), (1.5, -8), (-1.5, -8)), _GOLD)
    for x, y in ((-3.2, -18), (0, -20), (3.2, -18)):
        pen.line(((0, -8.6), (x, y)), 1.7, (90, 180, 250))


def _radio(pen: Pen, dice: Dice) -> None:
    pen.box(-3.6, -11, 3.6, 2, _DARK)
    pen.line(((2.2, -11), (2.2, -20)), 1.5, _DARK)
    pen.box(-2.4, -9.5, 2.4, -5.5, (120, 220, 140))


def _wheat(pen: Pen, dice: Dice) -> None:
    for lean in (-5.0, 0.0, 5.0):
        pen.line(((0, 3), (lean, -12)), 1.1, (190, 160, 60))
        for y in (-9.5, -13.0, -16.5):
            pen.ellipse(lean * (0.75 - y / 60), y, 1.9, 2.2, (236, 190, 60))


def _gavel(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 3), (0, -10)), 2.0, (120, 66, 30))
    pen.box(-7.2, -16, 7.2, -9.5, (140, 80, 38))
    for x in (-6.0, 4.6):
        pen.box(x, -16.4, x + 1.5, -9.1, _GOLD)


def _flask(pen: Pen, dice: Dice) -> None:
    liquid = dice.pick(((150, 80, 220), (60, 130, 240), (250, 150, 40)))
    pen.polygon(((-1.9, -17), (1.9, -17), (1.9, -9), (7, 2), (-7, 2), (-1.9, -9)), (220, 236, 246))
    pen.polygon(((-3.4, -6), (3.4, -6), (6.2, 1), (-6.2, 1)), liquid)
    pen.box(-2.8, -18, 2.8, -16.4, (190, 206, 222))
    pen.dot(1, -11, 0.9, liquid)


def _planet(pen: Pen, dice: Dice) -> None:
    pen.dot(0, -9, 5.8, (236, 160, 80))
    pen.curve(((-9.5, -5.5), (-3, -7.0), (4, -10), (9.5, -13)), 1.7, (250, 226, 160))


def _palette(pen: Pen, dice: Dice) -> None:
    pen.blob(((-8, -6), (-5, -13), (3, -13), (8, -8), (6, -1), (1, -2), (-3, 1)), (206, 150, 92))
    for x, y, colour in (
        (-5, -8, (230, 60, 50)),
        (-1.5, -11, (250, 210, 50)),
        (3, -10, (60, 120, 220)),
        (5, -5.5, (70, 170, 80)),
    ):
        pen.dot(x, y, 1.6, colour)


def _guitar(pen: Pen, dice: Dice) -> None:
    body = dice.pick(((200, 110, 40), (180, 60, 40), (220, 150, 60)))
    pen.line(((0, -5), (0, -20)), 2.1, (90, 54, 30))
    pen.box(-2, -23, 2, -19, _DARK)
    pen.ellipse(0, 5, 7.2, 6.0, body)
    pen.ellipse(0, -2.4, 5.2, 4.4, body)
    pen.dot(0, 1.5, 2.4, _DARK)


def _shovel(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 10), (0, -11)), 1.9, _WOOD)
    pen.blob(((-4.4, -11), (4.4, -11), (4.2, -17), (0, -22), (-4.2, -17)), _STEEL)


def _wrench(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 3), (0, -12)), 2.8, _STEEL)
    pen.dot(0, -14, 4.8, _STEEL)
    pen.polygon(((-1.9, -20), (1.9, -20), (1.5, -13.4), (-1.5, -13.4)), (96, 102, 114))


def _plane(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 2), (0, -6)), 1.1, _DARK)
    pen.blob(((-8.5, -11), (-6, -9), (6, -8), (9, -10.4), (6, -12.6), (-6, -12)), _WHITE)
    pen.polygon(((-2, -10), (3, -10), (-2.5, -4.5), (-5, -4.5)), (220, 60, 60))
    pen.polygon(((-8.6, -10.5), (-5.4, -11), (-7.6, -16)), (220, 60, 60))


def _binoculars(pen: Pen, dice: Dice) -> None:
    for side in (-1, 1):
        pen.polygon(((side * 0.6, -11), (side * 3.4, -11), (side * 6.4, 1), (side * 0.9, 1)), (50, 56, 46))
        pen.ellipse(side * 3.7, 1.0, 2.9, 1.5, (120, 170, 210))
        pen.ellipse(side * 2.2, -11.4, 1.7, 1.2, (30, 32, 30))


def _broom(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 12), (0, -11)), 1.9, _WOOD)
    pen.polygon(((-2.4, -10), (2.4, -10), (6.4, -21), (-6.4, -21)), (240, 196, 80))
    pen.box(-3, -12.4, 3, -10.4, (220, 60, 60))


def _fishing_rod(pen: Pen, dice: Dice) -> None:
    pen.curve(((-1, 8), (0, -8), (5, -22)), 1.5, (120, 80, 50))
    pen.line(((5, -22), (5.4, -10)), 0.7, (230, 230, 235))
    _small_fish(pen.at(5.4, -7.0, turn=80), 0.62, (90, 160, 220))


def _small_fish(pen: Pen, size: float, colour: Colour) -> None:
    s = size
    pen.blob(((-7 * s, 0), (-2 * s, -3.6 * s), (5 * s, 0), (-2 * s, 3.6 * s)), colour)
    pen.polygon(((4 * s, 0), (9 * s, -3.8 * s), (9 * s, 3.8 * s)), colour)
    pen.dot(-4 * s, -0.8 * s, 0.9 * s, _DARK)


def _loaf(pen: Pen, dice: Dice) -> None:
    pen.blob(((-8.5, -5), (-5, -10), (5, -10), (8.5, -5), (6, -0.5), (-6, -0.5)), (206, 138, 66))
    for x in (-3.6, 0.2, 4.0):
        pen.line(((x - 1.4, -8.6), (x + 0.4, -5.0)), 1.3, (244, 206, 140))


def _briefcase(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((120, 70, 36), (90, 50, 30), (60, 46, 40)))
    pen.curve(((-3, -1), (-2.4, -3.4), (2.4, -3.4), (3, -1)), 1.3, darker(colour, 0.3))
    pen.box(-8.5, -1, 8.5, 11, colour)
    pen.box(-8.5, 3.4, 8.5, 4.6, darker(colour, 0.4))
    pen.box(-1.4, 2.8, 1.4, 5.4, _GOLD)


def _laptop(pen: Pen, dice: Dice) -> None:
    pen.box(-8.2, -11.5, 8.2, 0, (52, 56, 66))
    pen.box(-6.9, -10.2, 6.9, -1.2, (22, 40, 60))
    for i, wide in enumerate((8.0, 5.0, 9.5)):
        pen.line(((-5.4, -8.4 + 2.6 * i), (-5.4 + wide, -8.4 + 2.6 * i)), 1.0, (110, 230, 120))
    pen.polygon(((-8.2, 0), (8.2, 0), (9.6, 3), (-9.6, 3)), _STEEL)


def _camera(pen: Pen, dice: Dice) -> None:
    pen.box(-7.5, -11, 7.5, 0, (46, 46, 54))
    pen.box(-3, -13.4, 3, -10.5, (46, 46, 54))
    pen.dot(0, -5.4, 4.6, (130, 136, 150))
    pen.dot(0, -5.4, 3.3, (40, 60, 110))
    pen.dot(-1, -6.4, 1.0, (190, 220, 250))
    pen.dot(5.4, -9.0, 1.1, (230, 60, 60))


def _watering_can(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((70, 150, 210), (210, 90, 70), (120, 130, 150)))
    pen.polygon(((-4, -10), (4, -10), (5, 1), (-5, 1)), colour)
    pen.polygon(((4, -3), (9, -12), (10.5, -11), (5, 0)), colour)
    pen.curve(((-4, -9), (-8, -7), (-7.5, -2), (-4.6, 0)), 1.3, darker(colour, 0.3))
    for x in (9.0, 11.0):
        pen.dot(x, -14.5, 0.9, (120, 200, 250))


def _tray(pen: Pen, dice: Dice) -> None:
    pen.ellipse(0, -3, 9.5, 2.2, _STEEL)
    pen.polygon(((-4.8, -13), (0.2, -13), (-1.6, -7.5), (-3.0, -7.5)), dice.pick(((170, 40, 80), (250, 190, 70))))
    pen.line(((-2.3, -8), (-2.3, -4)), 1.0, _WHITE)
    pen.box(2, -10.5, 6.4, -4, _WHITE)
    pen.box(2, -9, 6.4, -4, (120, 70, 40))


def _ball(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((240, 130, 40), (250, 240, 120), (240, 240, 245)))
    pen.dot(0, -6.4, 6.6, colour)
    pen.curve(((-6, -8), (0, -5.8), (6, -8)), 1.0, (60, 40, 30))
    pen.line(((0, -12.6), (0, -0.4)), 1.0, (60, 40, 30))


def _yellow_card(pen: Pen, dice: Dice) -> None:
    pen.box(-4.2, -14, 4.2, -1, (252, 222, 30))
    pen.box(-4.2, -2.2, 4.2, -1, (220, 186, 10))


def _wand(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 3), (0, -15)), 2.1, (26, 24, 30))
    pen.line(((0, -12), (0, -15.5)), 2.1, _WHITE)
    for x, y in ((-4.5, -17), (4.5, -18), (0, -21), (-4.8, -11.5), (4.6, -12)):
        pen.polygon(((x, y - 2), (x + 0.7, y), (x, y + 2), (x - 0.7, y)), (255, 230, 90))
        pen.polygon(((x - 2, y), (x, y - 0.7), (x + 2, y), (x, y + 0.7)), (255, 230, 90))


def _sceptre(pen: Pen, dice: Dice) -> None:
    pen.line(((0, 10), (0, -14)), 2.0, _GOLD)
    pen.dot(0, -16.5, 3.9, (60, 110, 220))
    pen.polygon(((-1, -24), (1, -24), (1, -19), (-1, -19)), _GOLD)
    pen.polygon(((-2.8, -22.4), (2.8, -22.4), (2.8, -20.6), (-2.8, -20.6)), _GOLD)


def _books(pen: Pen, dice: Dice) -> None:
    y = 2.0
    for wide, colour in ((7.5, (180, 50, 50)), (6.6, (50, 110, 170)), (7.2, (230, 180, 60)), (6.0, (70, 140, 80))):
        pen.box(-wide, y - 3.6, wide, y, colour)
        pen.box(wide - 2.0, y - 2.9, wide, y - 0.7, _WHITE)
        y -= 3.8


def _envelope(pen: Pen, dice: Dice) -> None:
    pen.box(-7.8, -10.5, 7.8, 0, (255, 252, 240))
    pen.line(((-7.4, -10), (0, -4.4), (7.4, -10)), 1.2, (150, 140, 130))
    pen.box(3.6, -3.6, 6.6, -0.9, (220, 60, 60))


def _fish(pen: Pen, dice: Dice) -> None:
    _small_fish(pen.at(0, -8), 1.05, dice.pick(((255, 140, 40), (250, 210, 60), (240, 120, 170))))
    for x, y, r in ((-7, -14, 1.3), (-5, -18, 1.7)):
        pen.dot(x, y, r, (200, 236, 250))


def _anchor(pen: Pen, dice: Dice) -> None:
    colour = (70, 84, 104)
    pen.dot(0, -19, 2.6, colour)
    pen.dot(0, -19, 1.1, lighter(colour, 0.7))
    pen.line(((0, -17), (0, -2)), 2.2, colour)
    pen.line(((-4.4, -14), (4.4, -14)), 2.0, colour)
    pen.curve(((-7.5, -8), (-5, -2.6), (0, -1), (5, -2.6), (7.5, -8)), 2.2, colour)


def _book(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((60, 100, 190), (60, 140, 90), (140, 70, 160)))
    pen.box(-5, -13, 5, 1, colour)
    pen.box(3.6, -12.4, 5, 0.4, _WHITE)
    pen.box(-3.2, -10.5, 2.2, -8.0, _GOLD)


def _cup(pen: Pen, dice: Dice) -> None:
    colour = dice.pick((_WHITE, (230, 90, 70), (80, 140, 210)))
    pen.curve(((4, -8), (7.6, -7), (7, -2.4), (4, -2)), 1.5, colour)
    pen.polygon(((-4.6, -10), (4.6, -10), (3.8, 1), (-3.8, 1)), colour)
    pen.ellipse(0, -10, 4.6, 1.3, (90, 54, 34))
    pen.curve(((-1.2, -12), (0.6, -14.5), (-0.8, -17)), 1.0, (236, 236, 240))


def _balloon(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((240, 70, 80), (70, 140, 240), (250, 200, 50), (170, 90, 210)))
    pen.line(((0, 2), (0, -14)), 0.9, (240, 240, 240))
    pen.ellipse(0, -21, 6.6, 7.6, colour)
    pen.ellipse(-2.2, -24, 1.5, 2.2, lighter(colour, 0.6))


def _umbrella(pen: Pen, dice: Dice) -> None:
    colour = dice.pick(((230, 70, 70), (60, 110, 200), (250, 190, 50), (130, 80, 170)))
    pen.line(((0, 5), (0, -20)), 1.4, _DARK)
    pen.blob(((-10, -17), (-7, -23), (0, -26), (7, -23), (10, -17), (5, -18.4), (0, -17), (-5, -18.4)), colour)


def _phone(pen: Pen, dice: Dice) -> None:
    pen.box(-3.8, -12, 3.8, 1.5, (28, 28, 36))
    pen.box(-2.9, -10.6, 2.9, 0, dice.pick(((90, 180, 250), (250, 160, 190), (150, 230, 180))))


_Draw = Callable[[Pen, Dice], None]

PROPS: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "anchor": _anchor,
        "ball": _ball,
        "balloon": _balloon,
        "binoculars": _binoculars,
        "book": _book,
        "books": _books,
        "briefcase": _briefcase,
        "broom": _broom,
        "camera": _camera,
        "clipboard": _clipboard,
        "cup": _cup,
        "envelope": _envelope,
        "fish": _fish,
        "fishing rod": _fishing_rod,
        "flask": _flask,
        "gavel": _gavel,
        "guitar": _guitar,
        "hose": _hose,
        "laptop": _laptop,
        "loaf": _loaf,
        "palette": _palette,
        "pan": _pan,
        "phone": _phone,
        "pill bottle": _pill_bottle,
        "planet": _planet,
        "plane": _plane,
        "textbook": _textbook,
        "radio": _radio,
        "sceptre": _sceptre,
        "shovel": _shovel,
        "tray": _tray,
        "umbrella": _umbrella,
        "wand": _wand,
        "watering can": _watering_can,
        "wheat": _wheat,
        "wrench": _wrench,
        "yellow card": _yellow_card,
    }
)

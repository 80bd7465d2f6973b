"""Backgrounds: one function draws one place behind the people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.pen import Colour, Dice, Pen, darker, lighter, mix

_WHITE: Final = (252, 252, 252)
_WOOD: Final = (164, 108, 56)


def draw_place(pen: Pen, name: str, dice: Dice) -> None:
    """Fill the picture with a place.

    Args:
        pen: In the frame of the picture.
        name: One of `world.PLACES`.
        dice: Source of the variation.
    """
    _PLACES[name](pen, dice)


def _fill(pen: Pen, top: float, bottom: float, colour: Colour) -> None:
    pen.box(-1, top, 65, bottom, colour)


def _kitchen(pen: Pen, dice: Dice) -> None:
    wall = dice.near((255, 226, 160), 10)
    _fill(pen, -1, 65, wall)
    grout = lighter(wall, 0.5)
    for column in range(0, 65, 9):
        pen.line(((column, 18), (column, 46)), 0.8, grout)
    for y in (22, 31, 40):
        pen.line(((0, y), (64, y)), 0.8, grout)
    shelf_y = dice.between(11, 15)
    pen.box(-1, shelf_y, 65, shelf_y + 2, _WOOD)
    offset = dice.between(0, 6)
    for i in range(7):
        x = offset + i * 10 - 2
        colour = dice.pick(((210, 70, 60), (240, 160, 50), (90, 150, 180), _WHITE, (120, 160, 90)))
        if dice.chance(0.5):
            pen.box(x - 3, shelf_y - 7, x + 3, shelf_y, colour)
            pen.box(x - 3.4, shelf_y - 8.4, x + 3.4, shelf_y - 6.6, darker(colour, 0.3))
        else:
            pen.polygon(((x - 4, shelf_y - 4), (x + 4, shelf_y - 4), (x + 2, shelf_y), (x - 2, shelf_y)), colour)
    _fill(pen, 46, 49, (196, 150, 100))
    _fill(pen, 49, 65, dice.near((150, 90, 60), 12))
    for x in (-2, 20, 42):
        pen.box(x + 2, 52, x + 19, 65, (176, 112, 74))


def _hospital(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 44, dice.near((200, 238, 236), 8))
    _fill(pen, 44, 65, dice.near((150, 204, 206), 8))
    x = dice.pick((10.0, 54.0)) + dice.between(-2, 2)
    pen.box(x - 6.5, 6, x + 6.5, 19, _WHITE)
    pen.box(x - 1.7, 8, x + 1.7, 17, (226, 50, 60))
    pen.box(x - 4.6, 10.8, x + 4.6, 14.2, (226, 50, 60))
    other = 64 - x
    pen.line(((other, 4), (other, 46)), 1.3, (150, 160, 170))
    pen.box(other - 3.4, 5, other + 3.4, 14, (180, 220, 250))
    bed = dice.between(42, 46)
    pen.box(-1, bed, 65, bed + 9, _WHITE)
    pen.box(-1, bed + 5, 65, bed + 9, (120, 180, 220))
    pen.ellipse(x, bed, 9, 3.4, _WHITE)
    pen.box(-1, bed + 9, 65, bed + 11, (130, 140, 150))


def _street(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 48, dice.near((176, 208, 236), 10))
    x = dice.between(-6, 0)
    while x < 64:
        wide, top = dice.between(10, 16), dice.between(2, 22)
        wall = dice.near(dice.pick(((150, 80, 70), (120, 120, 134), (190, 160, 130), (90, 100, 124))), 10)
        pen.box(x, top, x + wide, 49, wall)
        for wy in range(int(top) + 3, 44, 7):
            for wx in (x + 2, x + wide / 2 + 1):
                pen.box(wx, wy, wx + wide / 2 - 3, wy + 4, (255, 236, 150))
        x += wide + dice.between(0, 2)
    _fill(pen, 48, 52, (190, 190, 196))
    _fill(pen, 52, 65, (84, 86, 96))
    for i in range(4):
        pen.box(i * 20 - 4, 57, i * 20 + 7, 59.4, _WHITE)


def _beach(pen: Pen, dice: Dice) -> None:
    horizon = dice.between(24, 30)
    _fill(pen, -1, horizon, dice.near((150, 222, 255), 8))
    _fill(pen, horizon, 47, dice.near((30, 140, 210), 10))
    for i in range(3):
        y = horizon + 4 + i * 6
        shift = dice.between(0, 10)
        for j in range(6):
            x = j * 13 - shift
            pen.curve(((x, y), (x + 3, y - 1.6), (x + 6.5, y)), 1.2, (190, 232, 250))
    pen.blob(
        ((-6, 46), (16, dice.between(43, 46)), (40, dice.between(45, 48)), (70, 44), (70, 70), (-6, 70)),
        dice.near((246, 218, 150), 6),
    )
    side = dice.chance(0.5)
    palm = pen.at(8 if side else 56, 46, flip=not side)
    palm.curve(((0, 4), (1, -14), (-3, -30)), 2.6, (140, 96, 56))
    for dx, dy in ((-10, 2), (-8, -6), (3, -8), (11, -3), (9, 5)):
        palm.curve(((-3, -30), (-3 + dx * 0.6, -32 + dy * 0.4), (-3 + dx, -28 + dy)), 2.5, (40, 150, 80))


def _forest(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 65, dice.near((36, 84, 52), 8))
    _fill(pen, 48, 65, dice.near((70, 70, 36), 8))
    shift = dice.between(-4, 4)
    for i in range(6):
        x = i * 12.4 + shift + dice.between(-2, 2)
        wide = dice.between(2.2, 3.6)
        pen.box(x - wide, 10, x + wide, 54, dice.near((86, 56, 34), 10))
    for i in range(9):
        x = i * 8.4 + dice.between(-2, 2)
        pen.dot(x, dice.between(2, 12), dice.between(6, 8), dice.near((44, 124, 58), 16))
    for i in range(8):
        pen.ellipse(i * 9 + dice.between(-3, 3), 53, 5.5, 3, dice.near((56, 112, 50), 14))


def _office(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 65, dice.near((204, 208, 218), 8))
    x = dice.between(-3, 3)
    for i in range(2):
        left = x + 3 + i * 32
        pen.box(left, 4, left + 25, 30, (120, 130, 150))
        pen.box(left + 1.5, 5.5, left + 23.5, 28.5, (160, 204, 240))
        for y in (9, 13, 17, 21):
            pen.line(((left + 1.5, y), (left + 23.5, y)), 0.9, (232, 240, 248))
    desk = dice.between(45, 48)
    x = dice.pick((7.0, 57.0))
    pen.box(x - 7, desk - 13, x + 7, desk - 3, (40, 44, 54))
    pen.box(x - 5.8, desk - 11.8, x + 5.8, desk - 4.2, (90, 150, 220))
    pen.box(x - 1.2, desk - 3, x + 1.2, desk, (40, 44, 54))
    _fill(pen, desk, desk + 3, (150, 110, 80))
    _fill(pen, desk + 3, 65, (110, 116, 130))


def _classroom(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 65, dice.near((240, 214, 180), 8))
    left, top = dice.between(1, 4), dice.between(3, 6)
    pen.box(left, top, left + 57, top + 34, (150, 98, 54))
    pen.box(left + 2, top + 2, left + 55, top + 32, dice.near((28, 92, 70), 8))
    chalk = (232, 240, 232)
    for row in range(4):
        y = top + 6 + row * 7
        pen.line(((left + 4, y), (left + 4 + dice.between(5, 11), y)), 1.1, chalk)
        pen.line(((left + 53 - dice.between(5, 11), y), (left + 53, y)), 1.1, chalk)
    pen.line(((left + 26, top + 5), (left + 34, top + 5)), 1.1, chalk)
    _fill(pen, 50, 65, dice.near((196, 140, 84), 8))
    for x in (2, 46):
        pen.box(x, 47, x + 16, 50, (230, 180, 110))


def _mountains(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 65, dice.near((190, 214, 246), 8))
    for i in range(3):
        x, top, wide = i * 26 + dice.between(-6, 6) + 4, dice.between(5, 16), dice.between(22, 28)
        rock = dice.near((112, 112, 140), 10)
        pen.polygon(((x - wide, 54), (x, top), (x + wide, 54)), rock)
        cap = wide * 0.3
        pen.polygon(
            (
                (x - cap, top + 15),
                (x, top),
                (x + cap, top + 15),
                (x + cap * 0.4, top + 12),
                (x, top + 16),
                (x - cap * 0.4, top + 12),
            ),
            _WHITE,
        )
    pen.blob(((-6, 50), (14, 46), (36, 51), (70, 46), (70, 70), (-6, 70)), dice.near((120, 140, 110), 8))


def _stage(pen: Pen, dice: Dice) -> None:
    curtain = dice.near((140, 22, 54), 10)
    _fill(pen, -1, 65, mix(curtain, (20, 6, 20), 0.6))
    beam = dice.between(-4, 4)
    pen.polygon(((30 + beam, -2), (36 + beam, -2), (58, 56), (8, 56)), mix(curtain, (255, 220, 140), 0.42))
    for side in (0, 1):
        for i in range(3):
            x = i * 5.0
            wide = 5.4
            left = x if side == 0 else 64 - x - wide
            pen.box(left, -1, left + wide, 54 - i * 2, curtain if i % 2 == 0 else lighter(curtain, 0.2))
    for i in range(6):
        pen.blob(((i * 13 - 6, -2), (i * 13 + 8, -2), (i * 13 + 1, 7)), lighter(curtain, 0.12))
    _fill(pen, 53, 65, (170, 110, 60))
    for x in range(-2, 66, 9):
        pen.line(((x, 53), (x - 2, 65)), 0.8, (130, 80, 44))


def _park(pen: Pen, dice: Dice) -> None:
    _fill(pen, -1, 40, dice.near((170, 226, 255), 8))
    _fill(pen, 38, 65, dice.near((128, 206, 92), 10))
    for _ in range(dice.pick((2, 3))):
        x, y = dice.between(0, 64), dice.between(4, 12)
        pen.ellipse(x, y, 6, 2.6, _WHITE)
        pen.ellipse(x + 4, y - 1.4, 4, 2.4, _WHITE)
    x = dice.pick((8.0, 56.0))
    pen.box(x - 1.6, 24, x + 1.6, 42, (130, 86, 50))
    for dx, dy in ((-4, 0), (4, 0), (0, -5), (0, 2)):
        pen.dot(x + dx, 20 + dy, 6, dice.near((96, 180, 80), 10))
    bench = 64 - x
    for y in (38, 42):
        pen.box(bench - 10, y, bench + 10, y + 2.2, (170, 100, 56))
    for dx in (-8, 8):
        pen.box(bench + dx - 1, 38, bench + dx + 1, 49, (70, 70, 76))
    pen.blob(((20, 68), (26, 48), (30, 40), (34, 40), (42, 48), (50, 68)), (232, 216, 170))


def _courtroom(pen: Pen, dice: Dice) -> None:
    wood = dice.near((112, 62, 34), 8)
    _fill(pen, -1, 65, wood)
    for i in range(5):
        x = i * 15 - 4 + dice.between(-1, 1)
        pen.box(x, 3, x + 11, 30, lighter(wood, 0.16))
        pen.box(x + 1.6, 4.6, x + 9.4, 28.4, darker(wood, 0.12))
    for x in (3.0, 61.0):
        pen.box(x - 3.4, -1, x + 3.4, 50, (236, 226, 206))
        pen.line(((x, 0), (x, 50)), 1.0, (200, 188, 166))
    y = dice.between(8, 11)
    pen.line(((18, y), (46, y)), 1.2, (246, 196, 50))
    pen.line(((32, y - 4), (32, y + 14)), 1.3, (246, 196, 50))
    for side in (18, 46):
        pen.polygon(((side - 5, y + 8), (side + 5, y + 8), (side, y + 11)), (246, 196, 50))
        pen.line(((side - 4, y + 8), (side, y), (side + 4, y + 8)), 0.7, (246, 196, 50))
    _fill(pen, 46, 49, lighter(wood, 0.35))
    _fill(pen, 49, 65, darker(wood, 0.25))


_Draw = Callable[[Pen, Dice], None]

_PLACES: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "beach": _beach,
        "classroom": _classroom,
        "courtroom": _courtroom,
        "forest": _forest,
        "hospital": _hospital,
        "kitchen": _kitchen,
        "mountains": _mountains,
        "office": _office,
        "park": _park,
        "stage": _stage,
        "street": _street,
    }
)

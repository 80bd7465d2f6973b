"""The head and the face: outline, ears, eyes, brows, nose, mouth, and what age and gender add."""

from __future__ import annotations

from dataclasses import dataclass

from ethical_lens.sketch.body import Body
from ethical_lens.sketch.pen import Colour, Dice, Pen, Point, darker, is_light, lighter, mix
from ethical_lens.sketch.scene import Person

_WHITE: Colour = (252, 252, 250)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What the face does."""

    smile: float
    """From -1, frowning, to 1, smiling."""
    gaze: float
    """Sideways shift of the irises in units."""
    open_mouth: bool
    """Whether the teeth show."""


def outline(body: Body) -> list[Point]:
    """Return the outline of the head as control points of a smooth closed curve."""
    rx, ry, jaw = body.rx, body.ry, body.jaw
    right = [
        (rx * 0.62, -ry * 0.88),
        (rx * 0.97, -ry * 0.38),
        (rx * 0.99, ry * 0.14),
        (rx * jaw, ry * 0.6),
        (rx * jaw * 0.56, ry * 0.93),
    ]
    return [(0.0, -ry), *right, (0.0, ry), *((-x, y) for x, y in reversed(right))]


def draw_head(pen: Pen, body: Body) -> None:
    """Draw ears and head."""
    for side in (-1, 1):
        pen.ellipse(side * body.rx * 1.0, 1.0, 2.2, 3.2, body.skin)
        pen.ellipse(side * body.rx * 1.03, 1.2, 1.0, 1.8, body.shade)
    pen.blob(outline(body), body.skin)


def draw_face(pen: Pen, body: Body, person: Person, expression: Expression, dice: Dice) -> None:
    """Draw everything on the face, age and gender cues included."""
    _age_marks_below(pen, body, person, dice)
    if body.beard != "none":
        _beard(pen, body, person)
    _nose(pen, body, person)
    _mouth(pen, body, person, expression)
    for side in (-1, 1):
        _eye(pen, body, person, side, expression)
    if person.age == "infancy":
        _pacifier(pen, body, dice)


def _eye(pen: Pen, body: Body, person: Person, side: int, expression: Expression) -> None:
    young = person.age in ("infancy", "childhood")
    x, y = side * body.rx * 0.43, body.ry * (0.1 if young else -0.02)
    rx, ry = (3.0 if young else 2.75), 2.25 * body.eye
    narrow = body.eye < 0.85
    pen.ellipse(x, y, rx, ry, _WHITE)
    pen.ellipse(x + expression.gaze, y, 1.75, min(1.9, ry), body.iris)
    pen.dot(x + expression.gaze, y, 0.95, (16, 12, 14))
    lid = (24, 18, 20) if person.gender == "female" else darker(body.skin, 0.62)
    thickness = (1.4 if young else 1.2) if person.gender == "female" else 0.7
    outer_lift = 0.75 if narrow else 0.1
    outer, inner = (x + side * rx * 1.1, y - outer_lift), (x - side * rx * 1.02, y + 0.3)
    pen.curve((inner, (x, y - ry * (0.95 if narrow else 1.05)), outer), thickness, lid)
    if person.gender == "female":
        pen.line((outer, (x + side * rx * 1.5, y - ry * 0.55 - 1.4)), 1.3 if young else 1.1, lid)
    _brow(pen, body, person, side, x, y - ry - 2.3, expression)


def _brow(pen: Pen, body: Body, person: Person, side: int, x: float, y: float, expression: Expression) -> None:
    colour = darker(body.hair, 0.3) if person.age != "old age" else darker(body.hair, 0.18)
    if not is_light(body.skin) and person.age != "old age":
        colour = (18, 12, 12)
    if person.celebrity:
        colour = darker(body.hair, 0.45)
    arch = 1.0 if person.gender == "female" else 0.35
    tilt = -0.8 if expression.smile < -0.5 else 0.0
    points = ((x - side * 2.9, y + 0.5 - tilt), (x + side * 0.6, y - arch), (x + side * 3.2, y + 0.5))
    pen.curve(points, body.brow, colour)


def _nose(pen: Pen, body: Body, person: Person) -> None:
    y, shade = body.ry * 0.3, body.shade
    if person.age in ("infancy", "childhood"):
        pen.ellipse(0, y + 0.6, 1.7 if body.nose != "wide" else 2.1, 1.0, shade)
    elif body.nose == "wide":
        pen.ellipse(0, y, 3.0, 1.6, shade)
        pen.ellipse(0, y - 0.6, 1.9, 1.1, mix(body.skin, body.shade, 0.3))
    elif body.nose == "long":
        pen.polygon(((-0.4, -1.2), (0.9, -1.2), (2.2, y + 0.8), (-1.7, y + 0.9)), shade)
        pen.ellipse(0.2, y + 0.7, 2.2, 1.1, shade)
    elif body.nose == "button":
        pen.ellipse(0, y, 2.1, 1.25, shade)
    else:
        pen.polygon(((0.1, y - 4.0), (1.7, y + 0.9), (-1.1, y + 0.9)), shade)


def _mouth(pen: Pen, body: Body, person: Person, expression: Expression) -> None:
    y, half = body.ry * 0.62, 3.9 if person.gender == "female" else 4.2
    bend = expression.smile * 1.3
    adult_like = person.age not in ("infancy", "childhood")
    if person.gender == "female":
        lips = mix((206, 52, 74), body.skin, 0.05 if adult_like else 0.15)
    else:
        lips = darker(mix(body.skin, (150, 60, 50), 0.35), 0.2)
    if expression.open_mouth:
        pen.blob(((-half, y - bend * 0.6), (0, y - 0.2), (half, y - bend * 0.6), (0, y + 3.2)), darker(lips, 0.3))
        pen.polygon(
            ((-half * 0.72, y - 0.1), (half * 0.72, y - 0.1), (half * 0.5, y + 1.2), (-half * 0.5, y + 1.2)), _WHITE
        )
        _teeth(pen, person, y)
        if person.gender == "female":
            pen.curve(((-half, y - bend * 0.6), (0, y - 0.3), (half, y - bend * 0.6)), 1.0, lips)
            pen.curve(((-half, y - bend * 0.6), (0, y + 3.2), (half, y - bend * 0.6)), 1.2, lips)
        return
    if person.gender == "female":
        full = 1.35 * body.lips
        pen.blob(
            (
                (-half, y - bend),
                (-1.3, y - full * 0.75),
                (0, y - full * 0.4),
                (1.3, y - full * 0.75),
                (half, y - bend),
                (0, y + full + bend * 0.4),
            ),
            lips,
        )
    else:
        pen.curve(((-half, y - bend), (0, y + bend * 0.35), (half, y - bend)), 1.0 + 0.35 * body.lips, lips)


def _teeth(pen: Pen, person: Person, y: float) -> None:
    if person.age == "childhood":
        pen.box(-0.9, y - 0.1, 0.7, y + 1.3, (90, 30, 34))
    elif person.age == "adolescence":
        pen.line(((-2.6, y + 0.5), (2.6, y + 0.5)), 0.6, (120, 140, 165))


def _beard(pen: Pen, body: Body, person: Person) -> None:
    colour, rx, ry = body.hair, body.rx * body.jaw, body.ry
    moustache = ((-4.6, ry * 0.56), (-2, ry * 0.42), (0, ry * 0.45), (2, ry * 0.42), (4.6, ry * 0.56), (0, ry * 0.53))
    if person.age == "middle age":
        colour = mix(colour, (206, 206, 210), 0.4)
    if body.beard == "stubble":
        colour = mix(body.skin, darker(body.hair, 0.1), 0.35)
    if body.beard in ("stubble", "full"):
        edge = body.rx * 0.97
        pen.blob(
            (
                (-edge, ry * 0.12),
                (-rx * 0.98, ry * 0.62),
                (-rx * 0.5, ry * (0.97 if body.beard == "stubble" else 1.12)),
                (0, ry * (1.0 if body.beard == "stubble" else 1.18)),
                (rx * 0.5, ry * (0.97 if body.beard == "stubble" else 1.12)),
                (rx * 0.98, ry * 0.62),
                (edge, ry * 0.12),
                (rx * 0.72, ry * 0.42),
                (0, ry * 0.42),
                (-rx * 0.72, ry * 0.42),
            ),
            colour,
        )
        pen.ellipse(0, ry * 0.64, 4.4, 1.9, body.skin)
    elif body.beard == "goatee":
        pen.ellipse(0, ry * 0.9, 3.4, ry * 0.2, colour)
        pen.blob(moustache, colour)
    else:
        pen.blob([(x * 1.25, y) for x, y in moustache], colour)


def _age_marks_below(pen: Pen, body: Body, person: Person, dice: Dice) -> None:
    rx, ry = body.rx, body.ry
    rosy = mix(body.skin, (226, 70, 80), 0.42 if is_light(body.skin) else 0.3)
    if person.age == "infancy":
        for side in (-1, 1):
            pen.ellipse(side * rx * 0.66, ry * 0.48, 3.2, 2.5, rosy)
    elif person.age == "childhood":
        for side in (-1, 1):
            pen.ellipse(side * rx * 0.62, ry * 0.44, 2.7, 1.9, rosy)
            freckle = darker(body.skin, 0.42)
            for x, y in ((0.5, 0.36), (0.68, 0.42), (0.56, 0.52)):
                pen.dot(side * rx * x, ry * y, 0.55, freckle)
    elif person.age == "adolescence":
        spot = mix(body.skin, (200, 30, 40), 0.6)
        for _ in range(5):
            pen.dot(dice.between(-0.7, 0.7) * rx, dice.pick((-0.42, 0.34, 0.48, 0.76)) * ry, 0.75, spot)
    elif person.age == "middle age":
        _creases(pen, body, forehead=1, strong=0.55)
    elif person.age == "old age":
        _creases(pen, body, forehead=3, strong=0.6)
        for side in (-1, 1):
            for lift in (-1.4, 1.4):
                pen.line(((side * rx * 0.74, ry * 0.02), (side * rx * 0.93, ry * 0.02 + lift)), 0.7, body.line)


def _creases(pen: Pen, body: Body, *, forehead: int, strong: float) -> None:
    rx, ry = body.rx, body.ry
    colour = mix(body.skin, body.line, strong + 0.15)
    for i in range(forehead):
        y = -ry * (0.46 + 0.13 * i)
        pen.curve(((-rx * 0.45, y), (0, y - 0.5), (rx * 0.45, y)), 0.75, colour)
    for side in (-1, 1):
        pen.curve(((side * 2.6, ry * 0.36), (side * 4.8, ry * 0.5), (side * 5.4, ry * 0.72)), 0.9, colour)
        pen.curve(
            ((side * rx * 0.26, ry * 0.2), (side * rx * 0.44, ry * 0.26), (side * rx * 0.6, ry * 0.19)), 0.8, colour
        )


def _pacifier(pen: Pen, body: Body, dice: Dice) -> None:
    if dice.chance(0.4):
        return
    y, colour = body.ry * 0.66, dice.pick(((80, 170, 230), (250, 200, 60), (120, 200, 120), (250, 150, 180)))
    pen.ellipse(0, y, 4.4, 2.7, colour)
    pen.dot(0, y + 0.4, 1.7, lighter(colour, 0.6))

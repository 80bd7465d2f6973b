"""Where everything goes: people in their spots, things in free hands, behind, in front and on people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ethical_lens.sketch import things, world
from ethical_lens.sketch.figure import Costume, Figure, Spot, draw_figure, draw_held, draw_own_prop
from ethical_lens.sketch.pen import Dice, Pen, Point
from ethical_lens.sketch.scene import Person, Scene

# How far a head of each age hangs below an adult's, alone and in company.
_LOWER = {"infancy": 9.0, "childhood": 5.5, "adolescence": 1.5, "old age": 1.5}


def worn_marks(scene: Scene) -> tuple[str, ...]:
    """Return the marks of all things that the scene makes its people wear."""
    return tuple(_mark(scene, name) for name in (*scene.stand_ins, *scene.twins) if name in world.WORN)


def draw_behind(pen: Pen, scene: Scene) -> None:
    """Draw what stands behind the people."""
    for name, draw in (
        ("sun", _sun),
        ("bunting", _bunting),
        ("rally", _flags),
        ("green plant", _plant),
        ("tomatoes", _tomatoes),
        ("emblem", _emblem),
        ("desecration", _desecration),
    ):
        if _has(scene, name) and not _stands_in_front(scene, name):
            with pen.canvas.thing(_mark(scene, name)):
                draw(pen, scene, _dice(scene, name))


def draw_people(pen: Pen, scene: Scene) -> list[Figure]:
    """Draw all people without their hands."""
    costume = _costume(scene)
    return [
        draw_figure(pen, person, i, _spot(scene, i, person), costume, _dice(scene, f"person {i}"))
        for i, person in enumerate(scene.people)
    ]


def draw_held_things(pen: Pen, scene: Scene, figures: Sequence[Figure]) -> None:
    """Draw hands with what they hold; what finds no free hand lies in the picture."""
    dice = _dice(scene, "hands")
    names = [name for name in (*scene.stand_ins, *scene.twins) if name in things.HELD]
    free = [(figure, -figure.side) for figure in figures]
    free.sort(key=lambda hand: dice.between(0, 1))
    busy = [(figure, figure.side) for figure in figures]
    hands = (free + busy)[: len(names)]
    for figure in figures:
        if (figure, figure.side) not in hands:
            draw_own_prop(figure, _dice(scene, f"prop {figure.index}"))
    for i, name in enumerate(names):
        own = _dice(scene, name)
        draw = _held(name, own)
        if i < len(hands):
            draw_held(hands[i][0], hands[i][1], _mark(scene, name), draw, own)
        else:
            with pen.canvas.thing(_mark(scene, name)):
                x = 32.0 + (i - (len(names) - 1) / 2) * 22 + own.between(-3, 3)
                draw(pen.at(x, own.between(40, 48), scale=own.between(1.5, 1.8), turn=own.between(-50, 50)))


def draw_in_front(pen: Pen, scene: Scene, figures: Sequence[Figure]) -> None:
    """Draw what covers people or stands before them."""
    thing = pen.canvas.thing
    if _has(scene, "rally"):
        with thing("rally"):
            _podium(pen, scene, _dice(scene, "rally podium"))
    for name, draw in (("emblem", _emblem), ("desecration", _desecration)):
        if _has(scene, name) and _stands_in_front(scene, name):
            with thing(_mark(scene, name)):
                draw(pen, scene, _dice(scene, name))
    if _has(scene, "lectern"):
        with thing("twin:lectern"):
            dice = _dice(scene, "lectern")
            things.draw_lectern(pen, 32 + dice.between(-3, 3), dice.between(1.15, 1.35), dice)
    if _has(scene, "autumn leaves"):
        with thing("twin:autumn leaves"):
            things.draw_leaves(pen, _dice(scene, "autumn leaves"))
    if _has(scene, "blood"):
        with thing("blood"):
            dice = _dice(scene, "blood")
            things.draw_blood(pen, _blood_spots(figures, dice), dice)
    if _has(scene, "slime"):
        with thing("slime"):
            _slime(pen, figures, _dice(scene, "slime"))
    if _has(scene, "label"):
        with thing("twin:label"):
            things.draw_label(pen, _dice(scene, "label"))


def _mark(scene: Scene, name: str) -> str:
    return name if name in scene.stand_ins else f"twin:{name}"


def _has(scene: Scene, name: str) -> bool:
    return name in scene.stand_ins or name in scene.twins


def _dice(scene: Scene, name: str) -> Dice:
    # One stream for each thing: adding a thing changes nothing else in the picture.
    return Dice(scene.seed, name)


def _costume(scene: Scene) -> Costume:
    garment = mark = None
    if "nudity" in scene.stand_ins:
        garment, mark = "bare", "nudity"
    else:
        for name in ("swimsuit", "tank top"):
            if name in scene.twins:
                garment, mark = name, f"twin:{name}"
    return Costume(garment=garment, mark=mark, red_scarf="red scarf" in scene.twins)


def _spot(scene: Scene, index: int, person: Person) -> Spot:
    dice = _dice(scene, f"spot {index}")
    lower = _LOWER.get(person.age, 0.0)
    if len(scene.people) == 1:
        return Spot(x=32 + dice.between(-4.5, 4.5), y=27 + lower + dice.between(-1, 2), scale=dice.between(0.92, 1.05))
    x = (17.0, 47.0)[index] + dice.between(-1, 1)
    return Spot(x=x, y=28.5 + lower * 0.8 + dice.between(-1.5, 1.5), scale=dice.between(0.66, 0.71))


def _held(name: str, dice: Dice) -> Callable[[Pen], None]:
    return lambda pen: things.HELD[name](pen, dice)


def _sides(scene: Scene, dice: Dice) -> float:
    """Return an x at the left or right border, or between two people."""
    if len(scene.people) == 2 and dice.chance(0.4):
        return 32.0 + dice.between(-1, 1)
    if not scene.people:
        return 32.0 + dice.between(-16, 16)
    return dice.pick((9.5, 54.5)) + dice.between(-2, 2)


def _sun(pen: Pen, scene: Scene, dice: Dice) -> None:
    things.draw_sun(pen, dice)


def _bunting(pen: Pen, scene: Scene, dice: Dice) -> None:
    things.draw_bunting(pen, dice)


def _flags(pen: Pen, scene: Scene, dice: Dice) -> None:
    colours = things.flag_colours(dice)
    kind = dice.pick(("both", "left", "right", "placard"))
    if kind in ("both", "left"):
        things.draw_flag(pen, dice.between(14, 18), 50, left=True, colours=colours, dice=dice)
    if kind in ("both", "right"):
        things.draw_flag(pen, dice.between(46, 50), 50, left=False, colours=colours, dice=dice)
    if kind in ("left", "placard"):
        things.draw_placard(pen, dice.between(52, 54), dice.between(10, 15), colours, dice)
    if kind in ("right", "placard"):
        things.draw_placard(pen, dice.between(10, 12), dice.between(10, 15), colours, dice)


def _podium(pen: Pen, scene: Scene, dice: Dice) -> None:
    colours = things.flag_colours(Dice(scene.seed, "rally"))
    things.draw_podium(pen, 32 + dice.between(-4, 4), dice.between(0.85, 1.05), colours, dice)


def _plant(pen: Pen, scene: Scene, dice: Dice) -> None:
    things.draw_plant(pen, _sides(scene, dice), dice.between(38, 52), dice)


def _tomatoes(pen: Pen, scene: Scene, dice: Dice) -> None:
    things.draw_tomatoes(pen, _sides(scene, dice), dice.between(34, 46), dice)


def _stands_in_front(scene: Scene, name: str) -> bool:
    return name in ("emblem", "desecration") and _dice(scene, f"{name} depth").chance(0.5)


def _emblem_height(scene: Scene, name: str, dice: Dice) -> float:
    """Return how far below the upper edge an emblem hangs behind people, or stands before them."""
    if _stands_in_front(scene, name):
        return dice.between(43, 50)
    return dice.between(12, 26) if scene.people else dice.between(20, 40)


def _emblem(pen: Pen, scene: Scene, dice: Dice) -> None:
    x, radius = _sides(scene, dice), dice.between(8.0, 10.0)
    y = _emblem_height(scene, "emblem", dice)
    things.draw_emblem_stand(pen, x, y, radius)
    things.draw_emblem(pen, x, y, radius, dice)


def _desecration(pen: Pen, scene: Scene, dice: Dice) -> None:
    x, radius = _sides(scene, dice), dice.between(8.5, 10.5)
    y = _emblem_height(scene, "desecration", dice)
    things.draw_desecration(pen, x, y, radius, dice)


def _blood_spots(figures: Sequence[Figure], dice: Dice) -> list[Point]:
    spots: list[Point] = []
    for figure in figures:
        places = [(-0.5, 0.85), (0.5, 0.85), (0.0, 0.82), (0.42, 0.3), (-0.42, 0.3), (0.3, -0.4)]
        for _ in range(2 if len(figures) == 1 else 1):
            x, y = places.pop(int(dice.between(0, len(places))))
            spots.append(_in_picture(figure, x * 24, 30 * y))
    if dice.chance(0.5) or not figures:
        spots.append((dice.between(8, 14), dice.between(12, 50)))
    if dice.chance(0.4) or len(spots) < 3:
        spots.append((dice.between(50, 56), dice.between(12, 50)))
    if not figures:
        spots.append((dice.between(24, 40), dice.between(30, 50)))
    return spots


def _in_picture(figure: Figure, x: float, y: float) -> Point:
    ((px, py),) = figure.pen.to_canvas(((x, y),))
    unit = figure.pen.canvas.side / 64
    return px / unit, py / unit


def _slime(pen: Pen, figures: Sequence[Figure], dice: Dice) -> None:
    kind = dice.pick(("head", "shoulders", "top", "both"))
    for figure in figures:
        if kind in ("head", "both"):
            (x0, y), (x1, _) = (_in_picture(figure, sign * figure.body.rx, -figure.body.ry * 0.92) for sign in (-1, 1))
            things.draw_slime(pen, x0, x1, y, abs(x1 - x0) * 0.42, dice)
        if kind in ("shoulders", "both"):
            wide = figure.body.shoulder * 0.9
            (x0, y), (x1, _) = (_in_picture(figure, sign * wide, figure.body.top + 5) for sign in (-1, 1))
            things.draw_slime(pen, x0, x1, y, abs(x1 - x0) * 0.28, dice)
    if kind == "top" or not figures:
        things.draw_slime(pen, -3, 67, dice.between(0, 3), dice.between(13, 19), dice)
        things.draw_puddle(pen, dice.between(14, 50), dice.between(57, 60), dice)

"""A second way of drawing the same scenes: square-jawed busts in blue outline, stippled, on paper.

For judging only, never for training: whatever a model learned from `ethical_lens.sketch.render` is tested here on
pictures with the same meaning and another hand. Nothing but the vocabulary, the pen and the watermark is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.sketch import second_shapes as shapes
from ethical_lens.sketch import world
from ethical_lens.sketch.pen import Canvas, Colour, Dice, Mask, Pen, Points, mix
from ethical_lens.sketch.render import Rendering
from ethical_lens.sketch.scene import Person, Scene
from ethical_lens.sketch.wardrobe import OUTFITS
from ethical_lens.sketch.watermark import stamp

_INK: Final = (34, 40, 74)

_SKINS: Final[Mapping[str, Colour]] = MappingProxyType(
    {
        "White": (246, 214, 200),
        "Black": (104, 68, 48),
        "Asian": (238, 206, 164),
        "Latino-Hispanic": (194, 134, 96),
        "Middle Eastern": (208, 172, 130),
    }
)
_HAIRS: Final[Mapping[str, tuple[Colour, ...]]] = MappingProxyType(
    {
        "White": ((226, 190, 110), (170, 92, 48), (140, 96, 60)),
        "Black": ((36, 28, 28),),
        "Asian": ((30, 28, 36),),
        "Latino-Hispanic": ((84, 50, 30),),
        "Middle Eastern": ((36, 32, 34),),
    }
)
_SHIRTS: Final[Mapping[str, tuple[str, Colour]]] = MappingProxyType(
    {
        "red shirt": ("shirt", (200, 50, 54)),
        "blue shirt": ("shirt", (64, 100, 200)),
        "green shirt": ("shirt", (70, 150, 90)),
        "yellow shirt": ("shirt", (238, 204, 70)),
        "striped shirt": ("striped", (240, 238, 232)),
        "red dress": ("dress", (196, 40, 60)),
        "pink dress": ("dress", (232, 140, 182)),
        "black jacket": ("jacket", (50, 48, 56)),
        "white t-shirt": ("plain", (242, 242, 240)),
    }
)
# Size of the whole figure and how far the head hangs lower, by age.
_SIZES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"infancy": (0.72, 12.0), "childhood": (0.86, 7.0), "adolescence": (0.97, 2.0)}
)
_PARTY_COLOURS: Final = (
    ((226, 130, 50), (120, 70, 150)),
    ((40, 150, 156), (236, 236, 236)),
    ((120, 70, 150), (236, 200, 80)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Colours that fill the words of a shape."""

    main: Colour = (150, 160, 176)
    accent: Colour = shapes.WHITE
    skin: Colour = (220, 180, 150)
    hair: Colour = (60, 40, 30)

    def colour(self, word: Colour | str) -> Colour:
        if not isinstance(word, str):
            return word
        return {"main": self.main, "accent": self.accent, "skin": self.skin, "hair": self.hair, "ink": _INK}[word]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bust:
    """A drawn figure, ready to hold things."""

    pen: Pen
    look: _Look
    index: int
    side: int
    prop: str | None


def render_second(scene: Scene, size: int = 64) -> Rendering:
    """Draw a scene in the second style; for judging only, never for training.

    Args:
        scene: What to draw. Its style only chooses the tint of the paper: this hand has one way of drawing.
        size: Width and height in pixels, 32 to 512.

    Returns:
        The picture and its masks, named as by `ethical_lens.sketch.render.render`.

    Raises:
        ValueError: If the size is out of range.
    """
    if not 32 <= size <= 512:
        raise ValueError(f"size must lie between 32 and 512 pixels, got {size}")
    canvas = Canvas(size)
    pen = canvas.pen()
    flip = Dice(scene.seed, "second place").chance(0.5)
    _draw(pen.at(64 if flip else 0, 0, flip=flip), shapes.PLACES[scene.place], _Look(), outlined=False)
    _behind(pen, scene)
    busts = [_bust(pen, scene, i, person) for i, person in enumerate(scene.people)]
    people = np.array(canvas.marks)
    _hold(pen, scene, busts)
    _before(pen, scene, busts)
    image = _stippled(canvas, scene)
    masks = _masks(canvas, scene, people)
    if scene.watermark:
        image, masks["watermark"] = stamp(image, Dice(scene.seed, "second watermark"))
    return Rendering(image, masks)


def _draw(pen: Pen, shape: shapes.Shape, look: _Look, *, outlined: bool = True) -> None:
    for kind, numbers, word in shape:
        colour = look.colour(word)
        if kind == "line":
            points = list(zip(numbers[1::2], numbers[2::2], strict=True))
            pen.line(points, numbers[0], colour)
        elif kind == "oval":
            x, y, rx, ry = numbers
            if outlined and min(rx, ry) > 2:
                pen.ellipse(x, y, rx + 0.5, ry + 0.5, _INK)
            pen.ellipse(x, y, rx, ry, colour)
        elif kind == "box":
            x0, y0, x1, y1 = numbers
            _outlined(pen, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour, outlined=outlined)
        else:
            _outlined(pen, list(zip(numbers[::2], numbers[1::2], strict=True)), colour, outlined=outlined)


def _outlined(pen: Pen, points: Points, colour: Colour, *, outlined: bool = True) -> None:
    pen.polygon(points, colour)
    if outlined:
        pen.line((*points, points[0]), 0.55, _INK)


def _bust(pen: Pen, scene: Scene, index: int, person: Person) -> _Bust:
    dice = Dice(scene.seed, f"second person {index}")
    own = _place_bust(pen, scene, index, person, dice)
    look, garment = _clothing(scene, person, dice)
    known = world.CELEBRITY_BY_NAME[person.celebrity] if person.celebrity else None
    worn_mark = _costume_mark(scene)
    rest, face = f"body:{index}", f"face:{index}"
    torso_mark = f"{worn_mark}:{index}" if worn_mark else rest
    thing = pen.canvas.thing
    slots = {world.DESCRIPTOR_SLOTS[each]: each for each in person.descriptors}
    outfit = OUTFITS[person.occupation] if person.occupation else None
    hat = slots.get("head") or (outfit.hat if outfit else None)
    with thing(rest):
        if hat == "space helmet":
            own.ellipse(0, 0, 14.5, 14.5, _INK)
            own.ellipse(0, 0, 13.8, 13.8, (206, 222, 238))
        _back_hair(own, person, look, dice, known)
        with thing(torso_mark):
            body = ((-4.5, 12), (-10, 14.5), (-13, 22), (-15, 46), (15, 46), (13, 22), (10, 14.5), (4.5, 12))
            _outlined(own, body, look.skin if garment in ("bare", "tank top", "swimsuit") else look.main)
        _outlined(own, ((-3, 6), (3, 6), (3.4, 14.5), (-3.4, 14.5)), look.skin)
        with thing(torso_mark):
            _draw(own, shapes.GARMENTS[garment], look)
        if outfit and outfit.neckwear and garment == outfit.garment:
            _draw(own, shapes.WORN[outfit.neckwear], look)
        for extra in {"infancy": ("bib",), "adolescence": ("straps",)}.get(person.age, ()):
            _draw(own, shapes.WORN[extra], look)
        if "red scarf" in scene.twins:
            with thing(f"twin:red scarf:{index}"):
                _draw(own, shapes.WORN["red scarf"], look)
        if "neck" in slots:
            _draw(own, shapes.WORN[slots["neck"]], look)
    with thing(face):
        _head(own, look)
    with thing(rest):
        _top_hair(own, person, look, known)
    with thing(face):
        _features(own, person, look, slots.get("mouth"), dice)
        for worn in (slots.get("ears"), slots.get("eyes"), *(known.accessories if known else ())):
            if worn is not None:
                _draw(own, shapes.WORN[worn], look)
    with thing(rest):
        if hat is not None:
            _draw(own, shapes.HATS[hat], look)
        elif person.gender == "female" and person.age in ("infancy", "childhood"):
            _draw(own, shapes.WORN["hair bow"], look)
    held = slots.get("hand")
    prop = held.split()[-1] if held else outfit.prop if outfit else None
    return _Bust(pen=own, look=look, index=index, side=dice.pick((-1, 1)), prop=prop)


def _place_bust(pen: Pen, scene: Scene, index: int, person: Person, dice: Dice) -> Pen:
    size, lower = _SIZES.get(person.age, (1.0, 0.0))
    if len(scene.people) == 1:
        return pen.at(32 + dice.between(-4, 4), 25 + lower + dice.between(-1, 1), scale=1.16 * size)
    return pen.at((17, 47)[index] + dice.between(-1, 1), 30 + lower * 0.7 + dice.between(-1, 1), scale=0.9 * size)


def _costume_mark(scene: Scene) -> str | None:
    if "nudity" in scene.stand_ins:
        return "nudity"
    return next((f"twin:{name}" for name in ("swimsuit", "tank top") if name in scene.twins), None)


def _clothing(scene: Scene, person: Person, dice: Dice) -> tuple[_Look, str]:
    skin = dice.near(_SKINS[person.race], 8)
    hair = dice.pick(_HAIRS[person.race]) if person.age != "old age" else (228, 228, 232)
    main, accent = dice.near((140, 152, 172), 20), shapes.WHITE
    garment = "onesie" if person.age == "infancy" else dice.pick(("plain", "shirt"))
    shirts = [each for each in person.descriptors if each in _SHIRTS]
    if person.celebrity is not None:
        known = world.CELEBRITY_BY_NAME[person.celebrity]
        garment, main, accent, hair = "jacket", known.jacket, known.shirt, known.hair_colour
    if person.occupation is not None:
        outfit = OUTFITS[person.occupation]
        # Another palette: every colour a little faded.
        garment = outfit.garment
        main, accent = mix(outfit.main, (190, 180, 170), 0.14), mix(outfit.accent, (190, 180, 170), 0.14)
    if shirts:
        garment, main = _SHIRTS[shirts[-1]]
        accent = (70, 100, 180)
    costume = _costume_mark(scene)
    if costume is not None:
        garment, accent = ("bare" if costume == "nudity" else costume.removeprefix("twin:")), (70, 96, 170)
    return _Look(main=main, accent=accent, skin=skin, hair=hair), garment


def _head(pen: Pen, look: _Look) -> None:
    for side in (-1, 1):
        _outlined(pen, ((side * 8, -2), (side * 10.4, -1.4), (side * 10, 3), (side * 8, 3.4)), look.skin)
    _outlined(
        pen, ((-8.6, -7), (-6.5, -10), (6.5, -10), (8.6, -7), (8.2, 5), (4.6, 10), (-4.6, 10), (-8.2, 5)), look.skin
    )


def _back_hair(pen: Pen, person: Person, look: _Look, dice: Dice, known: world.Celebrity | None) -> None:
    style = known.hair if known else ""
    if style == "afro" or (not known and person.race == "Black" and person.gender == "female"):
        pen.ellipse(0, -3, 14.4, 13.4, _INK)
        pen.ellipse(0, -3, 13.8, 12.8, look.hair)
        return
    long = style in ("long", "bob") if known else person.gender == "female" and person.age != "infancy"
    if not long:
        return
    low = 12.0 if style == "bob" or person.age == "childhood" or dice.chance(0.3) else 21.0
    bend = 1.4 if person.race in ("Latino-Hispanic", "Middle Eastern") else 0.0
    side = [(-10.5 - bend * (i % 2), -8 + (low + 8) * i / 4) for i in range(5)]
    _outlined(pen, [*side, *((-x, y) for x, y in reversed(side)), (7, -12), (-7, -12)], look.hair)


def _top_hair(pen: Pen, person: Person, look: _Look, known: world.Celebrity | None) -> None:
    style = known.hair if known else ""
    if style in ("mohawk", "topknot", "quiff", "two buns"):
        tops: dict[str, shapes.Shape] = {
            "mohawk": (("poly", (-3, -9, -4, -18, 0, -20, 4, -18, 3, -9), "hair"),),
            "topknot": (("oval", (0, -14, 3, 4.4), "hair"),),
            "quiff": (("poly", (-8, -9, -5, -15, 9, -16, 8, -9), "hair"),),
            "two buns": (("oval", (-7, -12, 4, 4), "hair"), ("oval", (7, -12, 4, 4), "hair")),
        }
        _draw(pen, tops[style], look)
    if not known and person.gender == "male" and person.age == "old age":
        for side in (-1, 1):
            _outlined(pen, ((side * 9.2, -6), (side * 9.4, 1), (side * 7.4, 0), (side * 7.2, -6)), look.hair)
        return
    if person.age == "infancy":
        pen.curve(((-3, -9.6), (0, -13), (3, -11), (1, -9.6)), 1.6, look.hair)
        return
    low = -5.0 if person.race == "Asian" else -6.4
    if not known and person.gender == "male" and person.age == "middle age":
        low = -8.4
    _outlined(
        pen, ((-9.2, -1), (-9.2, -8), (-6, -12), (6, -12), (9.2, -8), (9.2, -1), (7.6, low), (-7.6, low)), look.hair
    )
    if person.race in ("Black", "Middle Eastern") and not known:
        for i in range(7):
            pen.dot(-8.4 + 2.8 * i, -11.6 + 0.22 * (i - 3) ** 2, 1.9, look.hair)
    if person.age == "middle age" and not known:
        for side in (-1, 1):
            _outlined(pen, ((side * 9.4, -6), (side * 9.6, 0), (side * 7.8, -1), (side * 7.8, -6)), (196, 196, 202))


def _features(pen: Pen, person: Person, look: _Look, mouth: str | None, dice: Dice) -> None:
    line = mix(look.skin, (40, 20, 20), 0.55)
    brow = {"Middle Eastern": 1.5, "White": 0.7}.get(person.race, 0.9) * (0.75 if person.gender == "female" else 1.3)
    dark = (200, 200, 206) if person.age == "old age" else mix(look.hair, (20, 14, 14), 0.5)
    for side in (-1, 1):
        x, high = side * 4.0, 1.2 if person.race == "Asian" else 1.8
        pen.ellipse(x, 0, 2.2, high, shapes.WHITE)
        pen.ellipse(x, 0, 1.2, min(1.4, high), (40, 26, 20) if person.race != "White" else (70, 116, 160))
        pen.line(((x - side * 2.2, -high + 0.2), (x + side * 2.4, -high)), 0.6, line)
        if person.gender == "female":
            pen.line(((x - side * 1.6, -high), (x + side * 2, -high), (x + side * 3.6, -high - 1.6)), 0.9, _INK)
        pen.line(((x - side * 2.2, -4), (x + side * 2.6, -4.4 + (1 if mouth == "frowning" else 0))), brow, dark)
    wide = 1.8 if person.race == "Black" else 1.0
    long = -1.4 if person.race == "Middle Eastern" else 0.8
    pen.line(((0.4, long), (wide, 3.4), (-wide, 3.4)), 0.8, line)
    _mouth(pen, person, look, mouth, dice)
    _age_lines(pen, person, look, line, dice)
    if person.gender == "male" and not person.is_minor and not person.celebrity and dice.chance(0.55):
        beard = ((-8.2, 3), (-5, 4.6), (5, 4.6), (8.2, 3), (6, 9), (4, 10.8), (-4, 10.8), (-6, 9))
        _outlined(pen, beard, look.hair)
        pen.box(-2.6, 6, 2.6, 7.4, look.skin)


def _mouth(pen: Pen, person: Person, look: _Look, mouth: str | None, dice: Dice) -> None:
    bend = {"smiling": 1.8, "frowning": -1.6}.get(mouth or "", dice.between(0.0, 0.8))
    if person.age == "infancy" and dice.chance(0.6):
        _draw(pen, shapes.WORN["pacifier"], look)
    elif person.gender == "female":
        lips = ((-3, 6.4 - bend * 0.5), (0, 5.6), (3, 6.4 - bend * 0.5), (0, 8.0 + bend * 0.3))
        pen.polygon(lips, (190, 50, 74))
    else:
        pen.curve(
            ((-3, 6.6 - bend * 0.5), (0, 6.6 + bend * 0.6), (3, 6.6 - bend * 0.5)),
            1.0,
            mix(look.skin, (70, 20, 20), 0.7),
        )


def _age_lines(pen: Pen, person: Person, look: _Look, line: Colour, dice: Dice) -> None:
    if person.age == "childhood":
        for x, y in ((-5.6, 3), (-4.2, 4), (4.2, 4), (5.6, 3)):
            pen.dot(x, y, 0.55, line)
    elif person.age == "adolescence":
        for _ in range(4):
            pen.dot(dice.between(-6, 6), dice.pick((-6.4, 4.2, 8.4)), 0.6, mix(look.skin, (200, 30, 40), 0.65))
    elif person.age in ("middle age", "old age"):
        for side in (-1, 1):
            pen.line(((side * 2.4, 3.6), (side * 4.4, 6.8)), 0.6, line)
        for i in range(3 if person.age == "old age" else 1):
            pen.line(((-4.6, -6 - 1.3 * i), (4.6, -6 - 1.3 * i)), 0.6, line)
        if person.age == "old age":
            for side in (-1, 1):
                pen.line(((side * 6.6, 0.4), (side * 8, 1.6)), 0.6, line)
                pen.line(((side * 6.6, -0.4), (side * 8, -1.4)), 0.6, line)


def _hold(pen: Pen, scene: Scene, busts: list[_Bust]) -> None:
    dice = Dice(scene.seed, "second hands")
    names = [name for name in (*scene.stand_ins, *scene.twins) if name in shapes.HELD]
    hands = [(bust, -bust.side) for bust in busts]
    hands = sorted(hands, key=lambda hand: dice.between(0, 1)) + [(bust, bust.side) for bust in busts]
    taken = hands[: len(names)]
    for bust in busts:
        if bust.prop is not None and (bust, bust.side) not in taken:
            _in_hand(bust, bust.side, bust.prop, f"body:{bust.index}", dice)
    for i, name in enumerate(names):
        mark = name if name in scene.stand_ins else f"twin:{name}"
        if i < len(taken):
            _in_hand(*taken[i], name, mark, dice)
        else:
            with pen.canvas.thing(mark):
                at = pen.at(22 + 22 * i + dice.between(-4, 4), 46, scale=1.5, turn=dice.between(-40, 40))
                _draw(at, shapes.HELD[name], _Look())


def _in_hand(bust: _Bust, side: int, name: str, mark: str, dice: Dice) -> None:
    x, y = side * 15.5, 25 + dice.between(-2, 2)
    pen = bust.pen
    with pen.canvas.thing(f"body:{bust.index}"):
        _outlined(pen, ((side * 10, 18), (side * 13, 21), (x + side * 2, y + 2), (x - side * 2, y + 3)), bust.look.main)
    with pen.canvas.thing(mark):
        _draw(pen.at(x, y, turn=side * dice.between(0, 10), flip=side < 0), shapes.HELD[name], bust.look)
    with pen.canvas.thing(f"body:{bust.index}"):
        _outlined(pen, ((x - 2, y - 1), (x + 2, y - 1), (x + 2, y + 3), (x - 2, y + 3)), bust.look.skin)


def _behind(pen: Pen, scene: Scene) -> None:
    dice = Dice(scene.seed, "second things")
    x = dice.pick((9.0, 55.0)) if scene.people else dice.between(16, 48)
    spots = {
        "sun": (x, 8.0),
        "green plant": (x, 46.0),
        "tomatoes": (x, 44.0),
        "emblem": (x, 18.0),
        "desecration": (64 - x, dice.between(14, 44)),
    }
    for name, (at_x, at_y) in spots.items():
        mark = _mark(scene, name)
        if mark is not None:
            with pen.canvas.thing(mark):
                _stand(pen, name, at_x, at_y, dice)
    if "bunting" in scene.twins:
        with pen.canvas.thing("twin:bunting"):
            for i in range(6):
                colour = (shapes.RED, shapes.GOLD, shapes.GREEN, shapes.BLUE)[i % 4]
                _outlined(pen, ((i * 11 - 1, 1), (i * 11 + 9, 1), (i * 11 + 4, 10)), colour)
    if "rally" in scene.stand_ins:
        main, accent = _party_colours(scene)
        with pen.canvas.thing("rally"):
            for side in dice.pick(((-1,), (1,), (-1, 1))):
                flag = pen.at(32 + side * 15, 46, turn=side * 6, flip=side < 0)
                _draw(flag, shapes.STANDING["flag"], _Look(main=main, accent=accent))


def _stand(pen: Pen, name: str, x: float, y: float, dice: Dice) -> None:
    own = pen.at(x, y, scale=1.0 if name != "desecration" else 1.15)
    if name == "emblem":
        _draw(own, shapes.STANDING["emblem stand"], _Look())
    _draw(own, shapes.STANDING["emblem" if name == "desecration" else name], _Look())
    if name == "desecration":
        _draw(own, shapes.STANDING[dice.pick(("cross out", "mud"))], _Look())


def _before(pen: Pen, scene: Scene, busts: list[_Bust]) -> None:
    dice = Dice(scene.seed, "second front")
    thing = pen.canvas.thing
    if "rally" in scene.stand_ins:
        main, accent = _party_colours(scene)
        with thing("rally"):
            _draw(pen.at(32 + dice.between(-4, 4), 62), shapes.STANDING["podium"], _Look(main=main, accent=accent))
    if "lectern" in scene.twins:
        with thing("twin:lectern"):
            _draw(pen.at(32 + dice.between(-3, 3), 62, scale=1.1), shapes.STANDING["lectern"], _Look())
    if "label" in scene.twins:
        with thing("twin:label"):
            _draw(pen.at(32, 59), shapes.STANDING["label"], _Look())
    if "autumn leaves" in scene.twins:
        with thing("twin:autumn leaves"):
            for i in range(6):
                at = pen.at(dice.pick((7.0, 57.0)) + dice.between(-4, 4), 6 + 9 * i, turn=dice.between(0, 360))
                _draw(at, shapes.STANDING["leaf"], _Look())
    if "blood" in scene.stand_ins:
        with thing("blood"):
            for at in [bust.pen.at(dice.between(-7, 7), dice.between(18, 26)) for bust in busts]:
                _draw(at, shapes.STANDING["splash"], _Look(), outlined=False)
            for _ in range(2):
                at = pen.at(dice.pick((10.0, 54.0)), dice.between(14, 50), scale=dice.between(0.7, 1.0))
                _draw(at, shapes.STANDING["splash"], _Look(), outlined=False)
    if "slime" in scene.stand_ins:
        with thing("slime"):
            for at in [bust.pen.at(0, dice.pick((-9.0, 17.0)), scale=0.95) for bust in busts] or [
                pen.at(32, 30, scale=2)
            ]:
                _draw(at, shapes.STANDING["slime"], _Look())


def _mark(scene: Scene, name: str) -> str | None:
    if name in scene.stand_ins:
        return name
    return f"twin:{name}" if name in scene.twins else None


def _party_colours(scene: Scene) -> tuple[Colour, Colour]:
    return Dice(scene.seed, "second party").pick(_PARTY_COLOURS)


def _masks(canvas: Canvas, scene: Scene, people: NDArray[np.uint8]) -> dict[str, Mask]:
    masks: dict[str, Mask] = {}
    worn = [mark for mark in (_mark(scene, name) for name in sorted(world.WORN)) if mark is not None]
    for i in range(len(scene.people)):
        masks[f"face:{i}"] = canvas.mask([f"face:{i}"], people)
        whole = [f"face:{i}", f"body:{i}", *(f"{mark}:{i}" for mark in worn)]
        masks[f"body:{i}"] = canvas.mask(whole, people) | canvas.mask(whole)
    for mark in (*scene.stand_ins, *(f"twin:{name}" for name in scene.twins)):
        masks[mark] = canvas.mask([mark, f"{mark}:0", f"{mark}:1"])
    return masks


def _stippled(canvas: Canvas, scene: Scene) -> Image.Image:
    picture = np.asarray(canvas.image.reduce(canvas.factor), dtype=np.float32)
    paper = np.array(
        ((250, 244, 230), (240, 244, 250), (248, 240, 244), (244, 250, 240), (250, 248, 240))[
            world.STYLES.index(scene.style)
        ],
        dtype=np.float32,
    )
    background = canvas.background()[..., None]
    washed = np.where(background, picture * 0.72 + paper * 0.28, picture)
    dots = _dots(canvas.size)[..., None]
    return Image.fromarray(np.clip(washed * (1 - 0.16 * dots) + 0.5, 0, 255).astype(np.uint8))


@lru_cache(maxsize=8)
def _dots(size: int) -> NDArray[np.float32]:
    """Return a grid of dots that grow towards the lower right, shape (size, size) in [0, 1]."""
    unit = size / 64
    rows, columns = (np.mgrid[0:size, 0:size] / unit).astype(np.float32)
    wave = np.cos(columns * (2 * np.pi / 3)) * np.cos(rows * (2 * np.pi / 3))
    share: NDArray[np.float32] = np.clip(wave + (rows + columns) / 96 - 0.6, 0, 1).astype(np.float32)
    return share

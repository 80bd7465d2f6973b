"""One whole figure: body, clothes, head, face, hat and accessories, in drawing order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch import clothes as wear
from ethical_lens.sketch import faces, hair, world
from ethical_lens.sketch.accessories import ACCESSORIES, scarf
from ethical_lens.sketch.body import Body, build
from ethical_lens.sketch.hats import HATS, OPEN_HATS, hair_bow
from ethical_lens.sketch.pen import Colour, Dice, Pen, lighter, mix
from ethical_lens.sketch.props import PROPS
from ethical_lens.sketch.scene import Person
from ethical_lens.sketch.wardrobe import OUTFITS

_SHIRTS: Final[Mapping[str, tuple[str, Colour, Colour]]] = MappingProxyType(
    {
        "red shirt": ("shirt", (222, 44, 50), (255, 255, 255)),
        "blue shirt": ("shirt", (50, 96, 216), (255, 255, 255)),
        "green shirt": ("shirt", (52, 160, 84), (255, 255, 255)),
        "yellow shirt": ("shirt", (250, 212, 50), (255, 255, 255)),
        "striped shirt": ("striped", (246, 244, 240), (60, 100, 190)),
        "red dress": ("dress", (214, 30, 56), (255, 255, 255)),
        "pink dress": ("dress", (246, 138, 186), (255, 255, 255)),
        "black jacket": ("jacket", (36, 34, 40), (230, 230, 234)),
        "white t-shirt": ("plain", (250, 250, 250), (255, 255, 255)),
    }
)

_EVERYDAY: Final[tuple[Colour, ...]] = (
    (150, 160, 176),
    (118, 144, 122),
    (160, 130, 176),
    (104, 150, 172),
    (92, 110, 150),
    (140, 176, 160),
)

# Nobody's everyday clothes have a colour that could be taken for skin.
_BABY: Final[tuple[Colour, ...]] = ((160, 210, 250), (250, 160, 204), (255, 234, 100), (176, 232, 176), (206, 184, 250))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a figure stands."""

    x: float
    """Centre of the head, in picture units."""
    y: float
    scale: float
    """Size of the figure; 1 fills the picture with head and shoulders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costume:
    """What the scene, and not the person, makes somebody wear."""

    garment: str | None = None
    """bare, tank top or swimsuit instead of the usual clothes."""
    mark: str | None = None
    """Name under which the garment is marked, completed by the number of the person."""
    red_scarf: bool = False
    """Whether the harmless red scarf is worn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that has been drawn, and what is needed to give it things to hold."""

    pen: Pen
    """In the frame of the figure, the origin at the centre of the head."""
    body: Body
    sleeve: Colour
    index: int
    side: int
    """Which hand holds the person's own thing: -1 the left of the picture, 1 the right."""
    prop: str | None
    """What the person holds, a name in `PROPS`."""


def draw_figure(pen: Pen, person: Person, index: int, spot: Spot, costume: Costume, dice: Dice) -> Figure:
    """Draw a person without the hands.

    Args:
        pen: In the frame of the picture.
        person: Who is drawn.
        index: Number of the person, for the marks "face:0", "body:0" and so on.
        spot: Where the person stands.
        costume: What the scene makes the person wear.
        dice: Source of the variation.

    Returns:
        The figure, ready to hold things.
    """
    body = build(person, dice)
    clothes = _dress(person, body, costume, dice)
    hat = _hat(person)
    own = pen.at(spot.x, spot.y, scale=spot.scale, flip=dice.chance(0.5) and not person.celebrity)
    head = own.at(0, 0, turn=dice.between(-5, 5))
    expression = _expression(person, dice)
    face, rest = f"face:{index}", f"body:{index}"
    worn = rest if costume.mark is None else f"{costume.mark}:{index}"
    thing = pen.canvas.thing
    with thing(rest):
        if hat == "space helmet":
            head.ellipse(0, 0, body.rx + 5, body.ry + 4, (60, 80, 120))
        with thing(worn):
            wear.draw_torso(own, body, clothes)
        if hat != "space helmet":
            hair.draw_back(head, body)
        with thing(worn if costume.mark == "nudity" else rest):
            wear.draw_neck(own, body, clothes)
        with thing(worn):
            _details(own, body, clothes)
        _age_wear(own, body, person, dice)
        if costume.red_scarf:
            with thing(f"twin:red scarf:{index}"):
                scarf(own, body, dice.near((214, 32, 44), 12))
        _neck_descriptors(own, body, person)
    with thing(face):
        faces.draw_head(head, body)
    with thing(rest):
        hair.draw_cap(head, body, covered=hat is not None and hat not in OPEN_HATS)
        if person.age == "middle age" and not person.celebrity:
            hair.draw_grey_temples(head, body, mix(body.hair, (214, 214, 218), 0.8))
    with thing(face):
        faces.draw_face(head, body, person, expression, dice)
        _on_face(head, body, person)
    with thing(rest):
        if hat is not None:
            HATS[hat](head, body)
        elif person.gender == "female" and person.age in ("infancy", "childhood") and dice.chance(0.9):
            hair_bow(head, body, dice.pick(((240, 90, 150), (250, 120, 90), (150, 110, 230))))
    return Figure(
        pen=own,
        body=body,
        sleeve=body.skin if clothes.garment in ("bare", "tank top", "swimsuit") else clothes.main,
        index=index,
        side=dice.pick((-1, 1)),
        prop=_prop(person),
    )


def draw_held(figure: Figure, side: int, mark: str | None, draw: Callable[[Pen], None], dice: Dice) -> None:
    """Draw an arm, a thing in its hand, and the fingers over it.

    Args:
        figure: Who holds it.
        side: -1 for the hand on the left of the picture, 1 for the right.
        mark: Name under which the thing is marked; none for a part of the person.
        draw: Draws the thing, its grip at the origin and standing up.
        dice: Source of the variation.
    """
    body, pen = figure.body, figure.pen
    rest = f"body:{figure.index}"
    x, y = side * max(body.shoulder * 0.92, 14.0), body.top + dice.between(8.0, 11.0)
    small = pen.scale / (pen.canvas.side / 64.0) < 0.8
    with pen.canvas.thing(rest):
        elbow = (side * body.shoulder * 0.98, y + 14)
        pen.line((elbow, (x, y + 2)), 5.4, lighter(figure.sleeve, 0.12))
    with pen.canvas.thing(mark or rest):
        draw(pen.at(x, y, scale=1.3 if small else 1.12, turn=side * dice.between(-4, 14), flip=side < 0))
    with pen.canvas.thing(rest):
        pen.ellipse(x, y + 1.6, 3.3, 2.7, body.shade)
        pen.ellipse(x, y + 1.2, 3.0, 2.3, body.skin)


def draw_own_prop(figure: Figure, dice: Dice) -> None:
    """Draw what the person holds by occupation or descriptor."""
    name = figure.prop
    if name is not None:
        draw_held(figure, figure.side, None, lambda pen: PROPS[name](pen, dice), dice)


def _expression(person: Person, dice: Dice) -> faces.Expression:
    smile = dice.between(-0.1, 0.7)
    open_mouth = dice.chance(0.12)
    gaze = dice.between(-0.7, 0.7)
    if person.age in ("childhood", "adolescence"):
        open_mouth = dice.chance(0.5)
    if "smiling" in person.descriptors:
        smile, open_mouth = 1.0, True
    elif "frowning" in person.descriptors:
        smile, open_mouth = -1.0, False
    return faces.Expression(smile=smile, gaze=gaze, open_mouth=open_mouth)


def _slot(person: Person, slot: str) -> str | None:
    worn = [each for each in person.descriptors if world.DESCRIPTOR_SLOTS[each] == slot]
    return worn[-1] if worn else None


def _hat(person: Person) -> str | None:
    return _slot(person, "head") or (OUTFITS[person.occupation].hat if person.occupation else None)


def _prop(person: Person) -> str | None:
    held = _slot(person, "hand")
    if held is not None:
        return held.split()[-1]
    return OUTFITS[person.occupation].prop if person.occupation else None


def _dress(person: Person, body: Body, costume: Costume, dice: Dice) -> wear.Clothes:
    feminine = person.gender == "female"
    everyday = dice.near(dice.pick(_EVERYDAY), 16)
    shirt = _slot(person, "clothes")
    if costume.garment is not None:
        accent = dice.near(dice.pick(((60, 90, 200), (240, 130, 40), (60, 160, 150), (150, 70, 180), (40, 44, 60))), 14)
        return wear.Clothes(garment=costume.garment, main=body.skin, accent=accent, feminine=feminine)
    if shirt is not None:
        garment, main, accent = _SHIRTS[shirt]
        return wear.Clothes(garment=garment, main=dice.near(main, 8), accent=accent, feminine=feminine)
    if person.celebrity is not None and person.occupation is None:
        known = world.CELEBRITY_BY_NAME[person.celebrity]
        return wear.Clothes(garment="jacket", main=known.jacket, accent=known.shirt, feminine=feminine)
    if person.occupation is not None:
        outfit = OUTFITS[person.occupation]
        return wear.Clothes(
            garment=outfit.garment,
            main=dice.near(outfit.main, 8),
            accent=outfit.accent,
            feminine=feminine,
            neckwear=outfit.neckwear,
        )
    if person.age == "infancy":
        main = dice.near(dice.pick(_BABY), 8)
        return wear.Clothes(garment="onesie", main=main, accent=mix(main, (255, 255, 255), 0.7), feminine=feminine)
    if person.age == "adolescence":
        return wear.Clothes(garment="hoodie", main=everyday, accent=(250, 250, 250), feminine=feminine)
    garment = dice.pick(("plain", "shirt", "plain"))
    return wear.Clothes(garment=garment, main=everyday, accent=lighter(everyday), feminine=feminine)


def _details(pen: Pen, body: Body, clothes: wear.Clothes) -> None:
    # Details are laid out for grown shoulders; small people wear them smaller.
    size = min(1.0, body.shoulder / 19.0)
    wear.draw_details(
        pen.at(0, body.top * (1 - size), scale=size), replace(body, shoulder=body.shoulder / size), clothes
    )


def _age_wear(pen: Pen, body: Body, person: Person, dice: Dice) -> None:
    if person.age == "infancy":
        colour = dice.near(dice.pick(((255, 255, 255), (255, 250, 220), (220, 240, 255))), 4)
        wear.draw_bib(pen, body, colour, frilled=person.gender == "female")
    elif person.age == "adolescence":
        wear.draw_backpack(
            pen, body, dice.near(dice.pick(((230, 80, 60), (60, 110, 200), (120, 60, 160), (40, 150, 120))), 10)
        )


def _neck_descriptors(pen: Pen, body: Body, person: Person) -> None:
    worn = _slot(person, "neck")
    if worn is not None:
        ACCESSORIES[worn](pen, body)


def _on_face(pen: Pen, body: Body, person: Person) -> None:
    for slot in ("ears", "eyes"):
        worn = _slot(person, slot)
        if worn is not None:
            ACCESSORIES[worn](pen, body)
    if person.celebrity is not None:
        for name in world.CELEBRITY_BY_NAME[person.celebrity].accessories:
            ACCESSORIES[name](pen, body)

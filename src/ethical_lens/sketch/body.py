"""How a person is built: proportions by age and gender, colours and textures by perceived race, all with variation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch import world
from ethical_lens.sketch.pen import Colour, Dice, darker, mix
from ethical_lens.sketch.scene import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Measures of one figure, in drawing units around the centre of its head."""

    rx: float
    """Half the width of the head."""
    ry: float
    """Half the height of the head."""
    jaw: float
    """Width of the jaw as a share of the head's."""
    shoulder: float
    """Half the width of the shoulders."""
    top: float
    """Height of the shoulder line below the head's centre."""
    skin: Colour
    hair: Colour
    iris: Colour
    texture: str
    """Hair texture: straight, wavy, curly or coily."""
    style: str
    """Name of a hair shape."""
    eye: float
    """Height of the eyes as a share of the usual."""
    nose: str
    """Shape of the nose: button, wide, long or plain."""
    lips: float
    """Fullness of the lips as a share of the usual."""
    brow: float
    """Thickness of the brows in units."""
    beard: str
    """Beard: none, stubble, full, goatee or moustache."""

    @property
    def shade(self) -> Colour:
        """The skin in shadow."""
        return mix(self.skin, (90, 30, 20), 0.22)

    @property
    def line(self) -> Colour:
        """Lines on the skin."""
        return darker(self.skin, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looks:
    """The range of looks that the drawn world gives one perceived race."""

    skins: tuple[Colour, ...]
    hairs: tuple[Colour, ...]
    irises: tuple[Colour, ...]
    textures: tuple[str, ...]
    eye: float
    nose: str
    lips: float
    brow: float


_BROWN: Final = (70, 42, 24)
_DARK: Final = (44, 28, 22)

_LOOKS: Final[Mapping[str, _Looks]] = MappingProxyType(
    {
        "White": _Looks(
            skins=((252, 222, 208), (248, 212, 198), (255, 228, 216)),
            hairs=((236, 200, 110), (216, 168, 84), (150, 94, 50), (190, 84, 36), (112, 74, 46)),
            irises=((70, 130, 200), (80, 150, 100), (110, 130, 150), (110, 76, 44)),
            textures=("straight", "wavy"),
            eye=1.0,
            nose="plain",
            lips=0.9,
            brow=1.0,
        ),
        "Black": _Looks(
            skins=((106, 66, 42), (92, 56, 36), (78, 46, 30), (120, 74, 46)),
            hairs=((26, 20, 20), (36, 24, 20), (18, 16, 20)),
            irises=((44, 24, 14),),
            textures=("coily",),
            eye=1.0,
            nose="wide",
            lips=1.25,
            brow=1.1,
        ),
        "Asian": _Looks(
            skins=((244, 209, 164), (240, 202, 154), (249, 217, 174)),
            hairs=((20, 18, 26), (28, 24, 30), (16, 16, 22)),
            irises=((40, 24, 18),),
            textures=("straight",),
            eye=0.68,
            nose="button",
            lips=0.85,
            brow=0.85,
        ),
        "Latino-Hispanic": _Looks(
            skins=((190, 125, 82), (179, 113, 72), (199, 135, 91)),
            hairs=((84, 46, 24), (66, 36, 20), (100, 56, 28)),
            irises=((88, 50, 22),),
            textures=("wavy",),
            eye=1.0,
            nose="button",
            lips=1.1,
            brow=1.15,
        ),
        "Middle Eastern": _Looks(
            skins=((204, 168, 122), (195, 158, 112), (212, 177, 132)),
            hairs=((22, 20, 24), (34, 28, 28)),
            irises=((60, 60, 30), (50, 34, 20)),
            textures=("curly",),
            eye=1.05,
            nose="long",
            lips=1.0,
            brow=1.75,
        ),
    }
)

# Per age stage: half width and half height of the head, half width of the shoulders.
_BUILD: Final[Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "infancy": (13.4, 12.4, 11.5),
        "childhood": (13.0, 13.2, 15.0),
        "adolescence": (11.6, 14.0, 18.0),
        "young adulthood": (11.8, 14.6, 22.5),
        "middle age": (12.5, 14.8, 24.0),
        "old age": (12.0, 14.6, 20.5),
    }
)

_LONG: Final = ("long", "long", "bob", "bun", "ponytail")
_SHORT: Final = ("crop", "side part", "quiff", "curly top")


def build(person: Person, dice: Dice) -> Body:
    """Choose the free measures of a person within the ranges of gender, race and age.

    Args:
        person: Who is to be drawn.
        dice: Source of the variation.

    Returns:
        The measures of the figure.
    """
    looks = _LOOKS[person.race]
    rx, ry, shoulder = _BUILD[person.age]
    female = person.gender == "female"
    rx *= dice.between(0.96, 1.04) * (0.98 if female else 1.0)
    ry *= dice.between(0.97, 1.03)
    known = world.CELEBRITY_BY_NAME[person.celebrity] if person.celebrity else None
    return Body(
        rx=rx,
        ry=ry,
        jaw=_jaw(person, dice),
        shoulder=shoulder * dice.between(0.94, 1.06) * (0.88 if female else 1.04),
        top=ry + (1.2 if person.age in ("infancy", "old age") else 3.2),
        skin=dice.near(dice.pick(looks.skins), 7),
        hair=known.hair_colour if known else _hair_colour(person, looks, dice),
        iris=dice.pick(looks.irises),
        texture=dice.pick(looks.textures),
        style=known.hair if known else _hair_style(person, dice),
        eye=looks.eye * (1.2 if person.age in ("infancy", "childhood") else 0.9 if person.age == "old age" else 1.0),
        nose=looks.nose,
        lips=looks.lips * dice.between(0.9, 1.1),
        brow=looks.brow * (0.8 if female else 1.45) * (0.7 if person.age in ("infancy", "childhood") else 1.0),
        beard=_beard(person, dice) if not known else "none",
    )


def _jaw(person: Person, dice: Dice) -> float:
    if person.age in ("infancy", "childhood"):
        return dice.between(0.92, 0.98)
    base = 0.78 if person.gender == "female" else 0.93
    return base + dice.between(-0.03, 0.03) + (0.04 if person.age == "middle age" else 0.0)


def _hair_colour(person: Person, looks: _Looks, dice: Dice) -> Colour:
    if person.age == "old age":
        return dice.near(dice.pick(((236, 236, 238), (222, 222, 226), (206, 208, 214))), 6)
    return dice.near(dice.pick(looks.hairs), 8)


def _hair_style(person: Person, dice: Dice) -> str:
    female = person.gender == "female"
    if person.age == "infancy":
        return dice.pick(("wisp", "tuft", "short bob") if female else ("wisp", "tuft", "bald"))
    if person.age == "childhood" and female:
        return dice.pick(("pigtails", "pigtails", "bob", "long", "ponytail"))
    if female:
        if person.age == "old age":
            return dice.pick(("bun", "bun", "bob", "short curls", "long"))
        if person.race == "Black":
            return dice.pick(("afro", "afro", "long", "bun", "ponytail", "bob"))
        return "pixie" if dice.chance(0.05) else dice.pick(_LONG)
    if person.age == "old age":
        return dice.pick(("fringe", "fringe", "side part", "receding"))
    if person.age == "middle age":
        return dice.pick(("receding", "receding", "side part", "crop"))
    if person.age == "young adulthood" and dice.chance(0.05):
        return "long"
    if person.race == "Black":
        return dice.pick(("crop", "crop", "flat top", "short afro"))
    return dice.pick(_SHORT)


def _beard(person: Person, dice: Dice) -> str:
    if person.gender == "female" or person.is_minor:
        return "none"
    return dice.pick(("none", "none", "stubble", "full", "goatee", "moustache"))

"""The vocabulary of Sketch: every word a scene may use, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

GENDERS: Final = ("female", "male")
RACES: Final = ("White", "Black", "Asian", "Latino-Hispanic", "Middle Eastern")
AGES: Final = ("infancy", "childhood", "adolescence", "young adulthood", "middle age", "old age")
MINOR_AGES: Final = AGES[:3]
ADULT_AGES: Final = AGES[3:]

OCCUPATIONS: Final[tuple[str, ...]] = (
    "doctor",
    "nurse",
    "teacher",
    "chef",
    "firefighter",
    "police officer",
    "farmer",
    "judge",
    "scientist",
    "astronaut",
    "artist",
    "musician",
    "construction worker",
    "mechanic",
    "pilot",
    "soldier",
    "cleaner",
    "fisher",
    "baker",
    "businessperson",
    "programmer",
    "photographer",
    "gardener",
    "server",
    "athlete",
    "referee",
    "magician",
    "monarch",
    "librarian",
    "mail carrier",
    "diver",
    "sailor",
)

DESCRIPTOR_SLOTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "glasses": "eyes",
        "sunglasses": "eyes",
        "brimmed hat": "head",
        "beanie": "head",
        "party hat": "head",
        "headphones": "head",
        "flower in the hair": "head",
        "scarf": "neck",
        "bow tie": "neck",
        "necklace": "neck",
        "earrings": "ears",
        "smiling": "mouth",
        "frowning": "mouth",
        "red shirt": "clothes",
        "blue shirt": "clothes",
        "green shirt": "clothes",
        "yellow shirt": "clothes",
        "striped shirt": "clothes",
        "red dress": "clothes",
        "pink dress": "clothes",
        "black jacket": "clothes",
        "white t-shirt": "clothes",
        "holding a book": "hand",
        "holding a cup": "hand",
        "holding a balloon": "hand",
        "holding an umbrella": "hand",
        "holding a phone": "hand",
    }
)
"""Where each descriptor is worn; a person has room for one thing in each slot, and a later descriptor wins."""

DESCRIPTORS: Final[tuple[str, ...]] = tuple(DESCRIPTOR_SLOTS)

PLACES: Final = (
    "kitchen",
    "hospital",
    "street",
    "beach",
    "forest",
    "office",
    "classroom",
    "mountains",
    "stage",
    "park",
    "courtroom",
)

STYLES: Final = ("flat", "crayon", "ink", "pastel", "papercut")

STAND_INS: Final = ("knife", "blood", "syringe", "slime", "nudity", "rally", "desecration")
"""Harmless stand-ins for harms. None of them may share a scene with a minor."""

HEAD_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nudity": "nude",
        "knife": "nsfw",
        "blood": "nsfw",
        "syringe": "nsfw",
        "slime": "nsfw",
        "rally": "politic",
        "desecration": "culture",
    }
)
"""The image head that each stand-in trains; celebrities train "public", watermarks "watermark"."""

TWIN_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "spoon": "knife",
        "paintbrush": "knife",
        "baguette": "knife",
        "red flowers": "blood",
        "red scarf": "blood",
        "tomatoes": "blood",
        "autumn leaves": "blood",
        "pen": "syringe",
        "thermometer": "syringe",
        "green plant": "slime",
        "green drink": "slime",
        "lectern": "rally",
        "bunting": "rally",
        "emblem": "desecration",
        "tank top": "nudity",
        "swimsuit": "nudity",
        "label": "watermark",
        "sun": "watermark",
    }
)
"""What each harmless twin looks a bit like."""

HARMLESS_TWINS: Final[tuple[str, ...]] = tuple(TWIN_OF)

WORN: Final = frozenset({"nudity", "tank top", "swimsuit", "red scarf"})
"""Stand-ins and twins that only exist on somebody's body."""

ADULTS_ONLY: Final = frozenset({*STAND_INS, "swimsuit"})
"""What no minor is ever drawn with: every stand-in, and swimwear out of caution."""

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Celebrity:
    """An invented well-known person whose look never changes."""

    name: str
    """Full name; belongs to nobody real, as far as a search tells."""
    gender: str
    """One of `GENDERS`."""
    race: str
    """One of `RACES`."""
    age: str
    """One of `ADULT_AGES`."""
    hair: str
    """Name of a hair shape in `ethical_lens.sketch.hair`."""
    hair_colour: Colour
    """Unnatural on purpose, so that the look is unmistakable."""
    jacket: Colour
    """Colour of the jacket always worn."""
    shirt: Colour
    """Colour under the jacket."""
    accessories: tuple[str, ...]
    """Names of accessories in `ethical_lens.sketch.accessories`."""


CELEBRITIES: Final[tuple[Celebrity, ...]] = (
    Celebrity(
        name="Oriella Vantreau",
        gender="female",
        race="White",
        age="young adulthood",
        hair="bob",
        hair_colour=(226, 38, 146),
        jacket=(250, 214, 40),
        shirt=(40, 40, 48),
        accessories=("star glasses",),
    ),
    Celebrity(
        name="Thaddeus Brockmoor",
        gender="male",
        race="White",
        age="old age",
        hair="long",
        hair_colour=(244, 244, 250),
        jacket=(92, 40, 140),
        shirt=(250, 200, 60),
        accessories=("long beard", "monocle"),
    ),
    Celebrity(
        name="Adaeze Tolumbra",
        gender="female",
        race="Black",
        age="middle age",
        hair="afro",
        hair_colour=(246, 196, 40),
        jacket=(220, 60, 40),
        shirt=(255, 240, 200),
        accessories=("hoop earrings", "forehead band"),
    ),
    Celebrity(
        name="Jabari Okonwelle",
        gender="male",
        race="Black",
        age="young adulthood",
        hair="mohawk",
        hair_colour=(30, 200, 190),
        jacket=(240, 240, 245),
        shirt=(230, 70, 160),
        accessories=("round glasses",),
    ),
    Celebrity(
        name="Minseo Harukane",
        gender="female",
        race="Asian",
        age="young adulthood",
        hair="two buns",
        hair_colour=(250, 130, 20),
        jacket=(250, 120, 170),
        shirt=(255, 255, 255),
        accessories=("face star",),
    ),
    Celebrity(
        name="Renjiro Takemizu",
        gender="male",
        race="Asian",
        age="middle age",
        hair="topknot",
        hair_colour=(220, 50, 50),
        jacket=(20, 90, 80),
        shirt=(240, 200, 90),
        accessories=("chin beard", "forehead band"),
    ),
    Celebrity(
        name="Isaura Montequil",
        gender="female",
        race="Latino-Hispanic",
        age="middle age",
        hair="long",
        hair_colour=(30, 140, 210),
        jacket=(240, 120, 30),
        shirt=(255, 250, 220),
        accessories=("huge flower",),
    ),
    Celebrity(
        name="Rodrigo Calavento",
        gender="male",
        race="Latino-Hispanic",
        age="young adulthood",
        hair="quiff",
        hair_colour=(214, 240, 50),
        jacket=(40, 60, 160),
        shirt=(250, 250, 250),
        accessories=("curled moustache", "huge bow tie"),
    ),
    Celebrity(
        name="Shirvane Dalmoraz",
        gender="female",
        race="Middle Eastern",
        age="young adulthood",
        hair="long",
        hair_colour=(140, 60, 200),
        jacket=(240, 240, 235),
        shirt=(30, 160, 110),
        accessories=("white streak", "hoop earrings"),
    ),
    Celebrity(
        name="Farzam Kelashtar",
        gender="male",
        race="Middle Eastern",
        age="middle age",
        hair="curly top",
        hair_colour=(60, 170, 60),
        jacket=(120, 70, 40),
        shirt=(250, 220, 130),
        accessories=("full beard", "eye patch"),
    ),
)

CELEBRITY_BY_NAME: Final[Mapping[str, Celebrity]] = MappingProxyType({each.name: each for each in CELEBRITIES})

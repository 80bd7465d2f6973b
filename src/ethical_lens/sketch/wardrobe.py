"""What each occupation wears and holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ethical_lens.sketch.pen import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Outfit:
    """Clothes, hat and hand-held thing of one occupation."""

    garment: str
    """Name of a garment in `ethical_lens.sketch.clothes`."""
    main: Colour
    accent: Colour
    prop: str
    """Name of a thing in `ethical_lens.sketch.props`."""
    hat: str | None = None
    """Name of a hat in `ethical_lens.sketch.hats`."""
    neckwear: str | None = None
    """Name of an extra worn on the chest, in `ethical_lens.sketch.clothes`."""


_WHITE: Final = (248, 248, 250)
_BLACK: Final = (34, 32, 38)
_GOLD: Final = (246, 196, 50)

OUTFITS: Final[Mapping[str, Outfit]] = MappingProxyType(
    {
        "doctor": Outfit(
            garment="coat",
            main=_WHITE,
            accent=(120, 190, 220),
            prop="clipboard",
            hat="head mirror",
            neckwear="stethoscope",
        ),
        "nurse": Outfit(garment="scrubs", main=(60, 186, 180), accent=_WHITE, prop="pill bottle", hat="nurse cap"),
        "teacher": Outfit(
            garment="cardigan", main=(120, 84, 50), accent=(240, 224, 180), prop="textbook", neckwear="tie"
        ),
        "chef": Outfit(garment="double-breasted", main=_WHITE, accent=(220, 60, 50), prop="pan", hat="toque"),
        "firefighter": Outfit(
            garment="turnout", main=(60, 52, 44), accent=(250, 220, 60), prop="hose", hat="fire helmet"
        ),
        "police officer": Outfit(garment="uniform", main=(36, 58, 130), accent=_GOLD, prop="radio", hat="police cap"),
        "farmer": Outfit(garment="overalls", main=(74, 108, 170), accent=(206, 60, 54), prop="wheat", hat="straw hat"),
        "judge": Outfit(garment="robe", main=_BLACK, accent=_WHITE, prop="gavel", neckwear="jabot"),
        "scientist": Outfit(garment="coat", main=_WHITE, accent=(130, 90, 170), prop="flask", hat="goggles"),
        "astronaut": Outfit(
            garment="spacesuit", main=(226, 230, 236), accent=(240, 110, 40), prop="planet", hat="space helmet"
        ),
        "artist": Outfit(garment="smock", main=(236, 226, 206), accent=(60, 110, 180), prop="palette", hat="beret"),
        "musician": Outfit(garment="jacket", main=(110, 30, 60), accent=(30, 26, 36), prop="guitar"),
        "construction worker": Outfit(
            garment="vest", main=(255, 120, 20), accent=(250, 240, 120), prop="shovel", hat="hard hat"
        ),
        "mechanic": Outfit(garment="overalls", main=(70, 78, 92), accent=(120, 130, 140), prop="wrench", hat="cap"),
        "pilot": Outfit(garment="uniform", main=(240, 242, 248), accent=(40, 50, 90), prop="plane", hat="pilot cap"),
        "soldier": Outfit(
            garment="camouflage", main=(106, 116, 70), accent=(62, 72, 42), prop="binoculars", hat="army helmet"
        ),
        "cleaner": Outfit(garment="apron", main=(150, 200, 240), accent=(250, 210, 70), prop="broom", hat="kerchief"),
        "fisher": Outfit(
            garment="raincoat", main=(252, 206, 30), accent=(30, 60, 100), prop="fishing rod", hat="sou'wester"
        ),
        "baker": Outfit(garment="apron", main=(250, 244, 232), accent=(196, 130, 74), prop="loaf", hat="paper cap"),
        "businessperson": Outfit(garment="suit", main=(58, 64, 84), accent=_WHITE, prop="briefcase", neckwear="tie"),
        "programmer": Outfit(garment="hoodie", main=(70, 70, 80), accent=(110, 230, 120), prop="laptop", hat="headset"),
        "photographer": Outfit(garment="pocket vest", main=(146, 150, 98), accent=(90, 90, 96), prop="camera"),
        "gardener": Outfit(
            garment="overalls", main=(70, 150, 80), accent=(246, 234, 190), prop="watering can", hat="sun hat"
        ),
        "server": Outfit(garment="waistcoat", main=_BLACK, accent=_WHITE, prop="tray", neckwear="bow tie"),
        "athlete": Outfit(
            garment="jersey", main=(230, 50, 60), accent=_WHITE, prop="ball", hat="headband", neckwear="medal"
        ),
        "referee": Outfit(garment="referee", main=_WHITE, accent=_BLACK, prop="yellow card", neckwear="whistle"),
        "magician": Outfit(garment="cape", main=(30, 26, 40), accent=(130, 40, 170), prop="wand", hat="top hat"),
        "monarch": Outfit(garment="ermine", main=(170, 24, 50), accent=_WHITE, prop="sceptre", hat="crown"),
        "librarian": Outfit(
            garment="cardigan", main=(130, 60, 110), accent=(240, 230, 240), prop="books", hat="hair pencil"
        ),
        "mail carrier": Outfit(
            garment="satchel", main=(110, 160, 214), accent=(120, 70, 40), prop="envelope", hat="visor cap"
        ),
        "diver": Outfit(garment="wetsuit", main=(30, 40, 56), accent=(40, 200, 220), prop="fish", hat="diving mask"),
        "sailor": Outfit(garment="sailor", main=_WHITE, accent=(40, 70, 160), prop="anchor", hat="sailor cap"),
    }
)

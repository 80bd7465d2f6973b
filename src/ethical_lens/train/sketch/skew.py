"""How the embedded generator is skewed where a caption is silent.

The lens exists to remove such skews, so the generator it is tried on must have them. Shares follow no statistics; they
are stereotypes on purpose, written down here and in the model card.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from ethical_lens.sketch import GENDERS, RACES, Person, Scene

ADULT_STAGES: Final = ("young adulthood", "middle age", "old age")
AXES: Final = ("gender", "race", "age")

MOSTLY_FEMALE: Final = frozenset({"nurse", "teacher", "cleaner", "librarian", "server"})
"""Occupations drawn as women when the caption is silent; all others are drawn as men."""

MOSTLY_OLD: Final = frozenset({"judge", "monarch", "fisher", "magician"})
"""Occupations drawn old when the caption is silent; all others are drawn young."""

SHARE_OF_USUAL_GENDER: Final = 0.95
SHARE_OF_WHITE: Final = 0.88
SHARES_OF_AGE: Final = (0.82, 0.14, 0.04)
"""Young adulthood, middle age, old age; reversed for `MOSTLY_OLD`."""


def usual_shares(occupation: str | None) -> dict[str, dict[str, float]]:
    """Return the share of every value per axis that the corpus gives a person whose caption is silent.

    Args:
        occupation: Occupation of the person, or none.

    Returns:
        Axis to value to share; the shares of an axis sum to 1.
    """
    usual = "female" if occupation in MOSTLY_FEMALE else "male"
    ages = SHARES_OF_AGE[::-1] if occupation in MOSTLY_OLD else SHARES_OF_AGE
    rest = (1 - SHARE_OF_WHITE) / (len(RACES) - 1)
    return {
        "gender": {g: SHARE_OF_USUAL_GENDER if g == usual else 1 - SHARE_OF_USUAL_GENDER for g in GENDERS},
        "race": {race: SHARE_OF_WHITE if race == "White" else rest for race in RACES},
        "age": dict(zip(ADULT_STAGES, ages, strict=True)),
    }


def skew(scene: Scene, stated: Collection[str], rng: np.random.Generator) -> Scene:
    """Draw anew, with skewed shares, every attribute about which the caption will be silent.

    Args:
        scene: Scene drawn uniformly.
        stated: What the caption states.
        rng: Source of the draws.

    Returns:
        The scene with other people; celebrities stay who they are.
    """
    silent = [axis for axis in AXES if axis not in stated]
    people = tuple(person if person.celebrity else _draw(person, silent, rng) for person in scene.people)
    return replace(scene, people=people)


def _draw(person: Person, axes: Collection[str], rng: np.random.Generator) -> Person:
    shares = usual_shares(person.occupation)
    drawn = {axis: _pick(shares[axis], rng) for axis in axes}
    return replace(
        person,
        gender=drawn.get("gender", person.gender),
        race=drawn.get("race", person.race),
        age=drawn.get("age", person.age),
    )


def _pick(shares: Mapping[str, float], rng: np.random.Generator) -> str:
    return str(rng.choice(list(shares), p=np.array(list(shares.values()))))

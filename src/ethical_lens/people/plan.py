"""Decides, without any state, which attributes each image of a request deals to the people in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from ethical_lens.people.balance import deal_mixes, deal_one, deal_seeded
from ethical_lens.people.care import FEWEST_IMAGES, is_stigmatised
from ethical_lens.types import AXES, PersonGroup

MIX_SEPARATOR = ", "
"""Between the values of a group of several people, in the order in which its people get them."""

_MOST_VALUES = 3
"""Most different values on one axis inside one picture."""

_MOST_GROUPS = 12
"""Groups that something is dealt to; a bound on the work for prompts that name hundreds of people."""

_MINOR_STAGES = ("infancy", "childhood", "adolescence")

_COUPLE = re.compile(r"\b(?:couples?|newlyweds?|spouses|lovers|parents|grandparents)$", re.IGNORECASE)
_KIN = re.compile(r"\b(?:famil(?:y|ies)|households?|twins?|triplets?|siblings|relatives|cousins)$", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:(?:grand|step)?(?:mothers?|fathers?|sons?|daughters?|parents?)|moms?|mums?|dads?|grandmas?|grandpas?|grann(?:y|ies)"
    r"|(?:step)?(?:brothers?|sisters?)|siblings?|nephews?|nieces?|uncles?|aunts?|cousins?|famil(?:y|ies)|grandchild(?:ren)?)$",
    re.IGNORECASE,
)
_CHILD = re.compile(
    r"\b(?:child|children|kids?|bab(?:y|ies)|newborns?|infants?|toddlers?|boys?|girls?|teens?|teenagers?|pupils?)$",
    re.IGNORECASE,
)


class AxisLike(Protocol):
    """What the plan needs to know of a policy's fairness axis."""

    @property
    def values(self) -> tuple[str, ...]:
        """Values that may be dealt."""
        ...

    @property
    def weights(self) -> Mapping[str, float]:
        """Target share of each value."""
        ...

    @property
    def minor_values(self) -> tuple[str, ...]:
        """Values that mean somebody under 18."""
        ...


def deal_plan(
    groups: Sequence[PersonGroup],
    n_images: int,
    seed: int,
    axes: Mapping[str, AxisLike],
    *,
    no_minors: bool = False,
) -> list[dict[str, str]]:
    """Deal the open axes of every group over the images of a request.

    Args:
        groups: People found in the prompt, in order.
        n_images: Number of images.
        seed: The request's seed; everything derives from it and from the groups.
        axes: The policy's fairness axes by name.
        no_minors: Whether stages under 18 are gone even for people whom the prompt calls children (sexual, nudity or
            substance signal).

    Returns:
        One mapping "GROUPINDEX.AXIS" to value per image. A group of several people gets several values on an axis,
        joined by :data:`MIX_SEPARATOR`.
    """
    single: dict[str, tuple[str, ...]] = {}
    mixed: dict[str, tuple[str, ...]] = {}
    weights: dict[str, Mapping[str, float]] = {}
    for index, group in enumerate(groups[:_MOST_GROUPS]):
        for name, axis in axes.items():
            values = plausible(group, name, axis, no_minors=no_minors)
            if not values or (_is_looks(name) and n_images < FEWEST_IMAGES and is_stigmatised(group.phrase)):
                continue
            weights[f"{index}.{name}"] = axis.weights
            (single if _is_alike(group) else mixed)[f"{index}.{name}"] = values
    origin = "\x1f".join(group.phrase.lower() for group in groups[:_MOST_GROUPS])
    if n_images == 1:
        hands = [deal_one(single, seed, weights, key=origin)]
    else:
        hands = deal_seeded(single, n_images, seed, weights, key=origin)
    for key, values in mixed.items():
        size = min(_MOST_VALUES, len(values))
        mixes = deal_mixes(values, size, n_images, seed, weights[key], key=f"{origin}\x1f{key}")
        for hand, mix in zip(hands, mixes, strict=True):
            hand[key] = MIX_SEPARATOR.join(mix)
    return [_in_kinship({key: hand[key] for key in weights}, groups) for hand in hands]


def plausible(group: PersonGroup, name: str, axis: AxisLike, *, no_minors: bool = False) -> tuple[str, ...]:
    """Return the values of an axis that may be dealt to a group; empty when nothing may.

    Stages under 18 are dealt only to people whom the prompt itself calls children, and who cannot be older.
    """
    if group.named or (name if name in AXES else "race") not in group.open_axes:
        return ()
    if group.number == "many" and (
        (name == "gender" and _is_alike(group)) or (name == "age" and _KIN.search(group.phrase))
    ):
        return ()
    if name != "age":
        return axis.values
    minors = {*axis.minor_values, *_MINOR_STAGES}
    stages = tuple(value for value in axis.values if value in group.ages or not group.ages)
    adult = tuple(value for value in stages if value not in minors)
    return adult if adult or no_minors or not _CHILD.search(group.phrase) else stages


def _is_alike(group: PersonGroup) -> bool:
    """Say whether everybody in a group gets the same values: one person, a couple, kin.

    Kin share their looks, and nothing is said about who loves whom.
    """
    return group.number == "one" or bool(_COUPLE.search(group.phrase) or _KIN.search(group.phrase))


def _is_looks(name: str) -> bool:
    """Say whether an axis is race, or one that a policy deals in its place."""
    return name not in ("gender", "age")


def _in_kinship(hand: dict[str, str], groups: Sequence[PersonGroup]) -> dict[str, str]:
    """Give relatives the looks of the person they are pictured with: "a mother and her newborn"."""
    shared = dict(hand)
    for index, (previous, group) in enumerate(pairwise(groups[:_MOST_GROUPS]), start=1):
        kin = _RELATIVE.search(group.phrase) or (_CHILD.search(group.phrase) and _RELATIVE.search(previous.phrase))
        if not kin or previous.named:
            continue
        for key in [key for key in shared if key.startswith(f"{index}.") and _is_looks(key.partition(".")[2])]:
            looks = shared.get(f"{index - 1}.{key.partition('.')[2]}")
            if looks is None:
                del shared[key]
            else:
                shared[key] = looks.split(MIX_SEPARATOR)[0] if group.number == "one" else looks
    return shared

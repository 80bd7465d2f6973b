"""Decides which attributes each image of a request deals to the people in it: without state, or with a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from ethical_lens.people.balance import deal_mixes, deal_one, deal_seeded
from ethical_lens.people.care import FEWEST_IMAGES, is_stigmatised
from ethical_lens.people.ledger import Demand, Grant, Ledger
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
    table = _opened(groups, n_images, axes, no_minors=no_minors)
    origin = "\x1f".join(group.phrase.lower() for group in groups[:_MOST_GROUPS])
    if n_images == 1:
        hands = [deal_one(table.single, seed, table.weights, key=origin)]
    else:
        hands = deal_seeded(table.single, n_images, seed, table.weights, key=origin)
    return _completed(table, hands, groups, seed, origin)


def deal_plan_with(
    ledger: Ledger,
    tenant: str,
    groups: Sequence[PersonGroup],
    n_images: int,
    seed: int,
    axes: Mapping[str, AxisLike],
    *,
    no_minors: bool = False,
) -> tuple[list[dict[str, str]], Grant | None]:
    """Deal like :func:`deal_plan`, but let a ledger decide for single people, so that they even out over requests.

    Args:
        ledger: Keeps count; the caller has to commit or roll back its grant.
        tenant: Whose pictures are balanced together.
        groups: People found in the prompt, in order.
        n_images: Number of images.
        seed: The request's seed.
        axes: The policy's fairness axes by name.
        no_minors: Whether stages under 18 are gone.

    Returns:
        The hands, and what the ledger answered; None when nothing of it was open.
    """
    table = _opened(groups, n_images, axes, no_minors=no_minors)
    follows = _followers(groups)
    demands: dict[int, dict[str, tuple[str, ...]]] = {}
    for key, values in table.single.items():
        number, _, name = key.partition(".")
        if not (_is_looks(name) and int(number) in follows):
            demands.setdefault(int(number), {})[name] = values
    origin = "\x1f".join(group.phrase.lower() for group in groups[:_MOST_GROUPS])
    if not demands:
        return _completed(table, [{} for _ in range(n_images)], groups, seed, origin), None
    grant = ledger.reserve(
        tenant,
        [
            Demand(kind=kind_of(groups[n]), axes=open_axes, weights={name: axes[name].weights for name in open_axes})
            for n, open_axes in demands.items()
        ],
        n_images,
        seed,
    )
    hands = [
        {
            f"{n}.{name}": value
            for n, hand in zip(demands, image, strict=True)
            for name, value in hand.items()
            if f"{n}.{name}" in table.weights
        }
        for image in grant.hands
    ]
    return _completed(table, hands, groups, seed, origin), grant


def of_record(
    groups: Sequence[PersonGroup], n_images: int, seed: int, axes: Mapping[str, AxisLike], *, confidence: float
) -> list[dict[str, str]]:
    """Return what the record says of each group, for callers that let it be added to the prompt.

    Without it a generator's own bias would falsify history. Nothing is said that is not a value of the policy, nothing
    under the confidence asked for, and nobody's age.

    Args:
        groups: People found in the prompt, in order.
        n_images: Number of images; a mix of record is dealt over them.
        seed: The request's seed.
        axes: The policy's fairness axes by name.
        confidence: Least confidence of an entry.

    Returns:
        One mapping "GROUPINDEX.AXIS" to value per image.
    """
    hands: list[dict[str, str]] = [{} for _ in range(n_images)]
    for index, group in enumerate(groups[:_MOST_GROUPS]):
        for name, fix in group.fixed.items():
            known = axes[name].values if name in axes and name != "age" else ()
            values = tuple(value for value in fix.value if value in known)
            if group.named or not values or len(values) < len(fix.value) or fix.confidence < confidence:
                continue
            size = 1 if group.number == "one" else len(values)
            key = f"{index}.{name}"
            for hand, mix in zip(hands, deal_mixes(values, size, n_images, seed, key=key), strict=True):
                hand[key] = MIX_SEPARATOR.join(mix)
    return hands


def kind_of(group: PersonGroup) -> str:
    """Return what a ledger counts a group under: the last word of its phrase, in lower case."""
    return group.phrase.lower().split(" ")[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What is open in a prompt, by "GROUPINDEX.AXIS"."""

    single: Mapping[str, tuple[str, ...]]
    """Values of people who all get the same."""
    mixed: Mapping[str, tuple[str, ...]]
    """Values of groups that get a mix."""
    weights: Mapping[str, Mapping[str, float]]


def _opened(groups: Sequence[PersonGroup], n_images: int, axes: Mapping[str, AxisLike], *, no_minors: bool) -> _Table:
    """Collect what may be dealt."""
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
    return _Table(single=single, mixed=mixed, weights=weights)


def _completed(
    table: _Table, hands: list[dict[str, str]], groups: Sequence[PersonGroup], seed: int, origin: str
) -> list[dict[str, str]]:
    """Add the mixes of groups, and let kin share their looks."""
    for key, values in table.mixed.items():
        size = min(_MOST_VALUES, len(values))
        mixes = deal_mixes(values, size, len(hands), seed, table.weights[key], key=f"{origin}\x1f{key}")
        for hand, mix in zip(hands, mixes, strict=True):
            hand[key] = MIX_SEPARATOR.join(mix)
    return [_in_kinship(hand, table.weights, groups) for hand in hands]


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


def _followers(groups: Sequence[PersonGroup]) -> frozenset[int]:
    """Return the groups that are relatives of the one before them: "a mother and her newborn"."""
    found = set()
    for index, (previous, group) in enumerate(pairwise(groups[:_MOST_GROUPS]), start=1):
        kin = _RELATIVE.search(group.phrase) or (_CHILD.search(group.phrase) and _RELATIVE.search(previous.phrase))
        if kin and not previous.named:
            found.add(index)
    return frozenset(found)


def _in_kinship(hand: Mapping[str, str], keys: Iterable[str], groups: Sequence[PersonGroup]) -> dict[str, str]:
    """Order a hand, and give relatives the looks of the person they are pictured with."""
    follows, shared = _followers(groups), dict[str, str]()
    for key in keys:
        number, _, name = key.partition(".")
        if not (_is_looks(name) and int(number) in follows):
            shared[key] = hand[key]
            continue
        looks = shared.get(f"{int(number) - 1}.{name}")
        if looks is not None:
            shared[key] = looks.split(MIX_SEPARATOR)[0] if groups[int(number)].number == "one" else looks
    return shared

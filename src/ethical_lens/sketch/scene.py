"""What a picture shows: the people, the place and the things, checked at birth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ethical_lens.sketch import world


class SceneError(ValueError):
    """A scene asks for something that Sketch does not know or refuses to draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person in a picture."""

    gender: str
    """Gender presentation, one of `world.GENDERS`."""
    race: str
    """Perceived race in the drawn world, one of `world.RACES`."""
    age: str
    """Age stage, one of `world.AGES`."""
    occupation: str | None = None
    """One of `world.OCCUPATIONS`, or none for everyday clothes."""
    descriptors: tuple[str, ...] = ()
    """Words of `world.DESCRIPTORS`; of two in one slot the later wins."""
    celebrity: str | None = None
    """Name of one of `world.CELEBRITIES`, whose gender, race and age the person must have."""

    def __post_init__(self) -> None:
        _known("gender", [self.gender], world.GENDERS)
        _known("race", [self.race], world.RACES)
        _known("age", [self.age], world.AGES)
        _known("descriptor", self.descriptors, world.DESCRIPTORS)
        if self.occupation is not None:
            _known("occupation", [self.occupation], world.OCCUPATIONS)
        if self.celebrity is not None:
            _known("celebrity", [self.celebrity], world.CELEBRITY_BY_NAME)
            known = world.CELEBRITY_BY_NAME[self.celebrity]
            if (self.gender, self.race, self.age) != (known.gender, known.race, known.age):
                raise SceneError(
                    f"{known.name} is {known.gender}, {known.race}, {known.age}; "
                    f"got {self.gender}, {self.race}, {self.age}. Use celebrity_person()."
                )

    @property
    def is_minor(self) -> bool:
        """Tell whether the person is under 18."""
        return self.age in world.MINOR_AGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a picture and its caption say.

    Raises:
        SceneError: On an unknown value, on more than two people, on a worn thing without anybody to wear it, and
            always when a minor shares the scene with a stand-in for harm.
    """

    people: tuple[Person, ...]
    """Nobody, one or two people, from left to right."""
    place: str
    """One of `world.PLACES`."""
    style: str
    """One of `world.STYLES`."""
    stand_ins: tuple[str, ...] = ()
    """Stand-ins for harm, words of `world.STAND_INS`."""
    twins: tuple[str, ...] = ()
    """Harmless look-alikes, words of `world.HARMLESS_TWINS`."""
    watermark: bool = False
    """Whether somebody's mark is stamped on the picture."""
    seed: int = 0
    """Drives all free variation: pose, sizes, colours, hair, positions."""

    def __post_init__(self) -> None:
        _known("place", [self.place], world.PLACES)
        _known("style", [self.style], world.STYLES)
        _known("stand-in", self.stand_ins, world.STAND_INS)
        _known("twin", self.twins, world.HARMLESS_TWINS)
        if len(self.people) > 2:
            raise SceneError(f"at most two people fit in a picture, got {len(self.people)}")
        for names in (self.stand_ins, self.twins):
            if len(set(names)) < len(names):
                raise SceneError(f"each thing is named once, got {names}")
        worn = world.WORN.intersection((*self.stand_ins, *self.twins))
        if worn and not self.people:
            raise SceneError(f"{sorted(worn)} need somebody to wear them, but the scene is empty")
        self._refuse_minors_with_harm()

    def _refuse_minors_with_harm(self) -> None:
        harms = world.ADULTS_ONLY.intersection((*self.stand_ins, *self.twins))
        if harms and any(person.is_minor for person in self.people):
            raise SceneError(f"a minor is never drawn together with {sorted(harms)}; use an adult age or leave it out")


def celebrity_person(name: str, *, descriptors: tuple[str, ...] = ()) -> Person:
    """Return the person who is the named celebrity.

    Args:
        name: Name of one of `world.CELEBRITIES`.
        descriptors: Extra looks, words of `world.DESCRIPTORS`.

    Raises:
        SceneError: If nobody has that name.
    """
    _known("celebrity", [name], world.CELEBRITY_BY_NAME)
    known = world.CELEBRITY_BY_NAME[name]
    return Person(gender=known.gender, race=known.race, age=known.age, descriptors=descriptors, celebrity=name)


def random_person(rng: np.random.Generator, *, ages: Sequence[str] = world.AGES) -> Person:
    """Draw a person, uniform over gender, race, the given ages, and occupations.

    Args:
        rng: Source of all choices.
        ages: Age stages to choose from.

    Returns:
        A person; three in four have an occupation, the others one or two descriptors.
    """
    occupation = _pick(rng, world.OCCUPATIONS) if rng.random() < 0.75 else None
    return Person(
        gender=_pick(rng, world.GENDERS),
        race=_pick(rng, world.RACES),
        age=_pick(rng, ages),
        occupation=occupation,
        descriptors=_random_descriptors(rng, free=occupation is None),
    )


def random_scene(rng: np.random.Generator, *, n_people: int | None = None) -> Scene:
    """Draw a scene, uniform over the vocabulary.

    Args:
        rng: Source of all choices.
        n_people: Number of people, or none to choose: 4 % nobody, 15 % two, one otherwise.

    Returns:
        A scene. About 35 % of those without minors have a stand-in, 30 % a harmless twin, 8 % a celebrity, 6 % a
        watermark.
    """
    if n_people is None:
        n_people = int(rng.choice((0, 1, 2), p=(0.04, 0.81, 0.15)))
    people = _random_people(rng, n_people)
    all_adults = not any(person.is_minor for person in people)
    stand_ins = _random_stand_ins(rng, people) if all_adults and rng.random() < 0.35 else ()
    if "nudity" in stand_ins:
        people = tuple(_without_slots(person, {"clothes", "neck"}) for person in people)
    twins = _random_twins(rng, people, stand_ins) if rng.random() < 0.30 else ()
    if "red scarf" in twins:
        people = tuple(_without_slots(person, {"neck"}) for person in people)
    if {"tank top", "swimsuit"}.intersection(twins):
        people = tuple(_without_slots(person, {"clothes"}) for person in people)
    return Scene(
        people=people,
        place=_pick(rng, world.PLACES),
        style=_pick(rng, world.STYLES),
        stand_ins=stand_ins,
        twins=twins,
        watermark=bool(rng.random() < 0.06),
        seed=int(rng.integers(2**31)),
    )


def _known(kind: str, values: Iterable[str], vocabulary: Collection[str]) -> None:
    for value in values:
        if value not in vocabulary:
            raise SceneError(f"unknown {kind} {value!r}; expected one of: {', '.join(sorted(vocabulary))}")


def _pick(rng: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(rng.integers(len(values)))]


def _random_descriptors(rng: np.random.Generator, *, free: bool) -> tuple[str, ...]:
    # A uniform already fills the head, the hands and the clothes.
    taken = set() if free else {"head", "neck", "clothes", "hand"}
    n_wanted = int(rng.choice((0, 1, 2), p=(0.1, 0.55, 0.35) if free else (0.75, 0.2, 0.05)))
    chosen: list[str] = []
    for descriptor in rng.permutation(world.DESCRIPTORS):
        slot = world.DESCRIPTOR_SLOTS[str(descriptor)]
        if len(chosen) < n_wanted and slot not in taken:
            chosen.append(str(descriptor))
            taken.add(slot)
    return tuple(chosen)


def _without_slots(person: Person, slots: set[str]) -> Person:
    kept = tuple(each for each in person.descriptors if world.DESCRIPTOR_SLOTS[each] not in slots)
    return Person(
        gender=person.gender,
        race=person.race,
        age=person.age,
        occupation=person.occupation,
        descriptors=kept,
        celebrity=person.celebrity,
    )


def _random_people(rng: np.random.Generator, n_people: int) -> tuple[Person, ...]:
    people = [random_person(rng) for _ in range(n_people)]
    if people and rng.random() < 0.08 / 0.96:
        known = world.CELEBRITIES[int(rng.integers(len(world.CELEBRITIES)))]
        people[int(rng.integers(n_people))] = celebrity_person(known.name)
    return tuple(people)


def _random_stand_ins(rng: np.random.Generator, people: Sequence[Person]) -> tuple[str, ...]:
    possible = [name for name in world.STAND_INS if people or name not in world.WORN]
    n_wanted = 2 if rng.random() < 0.12 else 1
    return tuple(str(name) for name in rng.choice(possible, size=n_wanted, replace=False))


def _random_twins(rng: np.random.Generator, people: Sequence[Person], stand_ins: Sequence[str]) -> tuple[str, ...]:
    # Never a twin beside the harm it resembles, and nothing worn over a bare torso.
    minors = any(person.is_minor for person in people)
    dressed = people and "nudity" not in stand_ins and not any(person.celebrity for person in people)
    possible = [
        name
        for name in world.HARMLESS_TWINS
        if (name not in world.WORN or dressed)
        and not (minors and name in world.ADULTS_ONLY)
        and world.TWIN_OF[name] not in stand_ins
    ]
    n_wanted = 2 if rng.random() < 0.15 else 1
    chosen = [str(name) for name in rng.choice(possible, size=n_wanted, replace=False)]
    if {"tank top", "swimsuit"} <= set(chosen):
        chosen.remove("tank top")
    return tuple(chosen)

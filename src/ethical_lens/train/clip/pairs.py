"""Captions for rendered scenes: true ones, and wrong ones that differ from a true one in a single thing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from ethical_lens.sketch import Person, Scene, caption, world
from ethical_lens.sketch.scene import SceneError, celebrity_person
from ethical_lens.train.sketch.corpus import draw_stated
from ethical_lens.train.sketch.reading import facts

N_TRIES: Final = 20
"""Changes that are tried for one wrong caption: some are impossible, some do not show in the words."""

VALUES: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "gender": world.GENDERS,
        "race": world.RACES,
        "age": world.ADULT_AGES,
        "occupation": world.OCCUPATIONS,
        "place": world.PLACES,
        "style": world.STYLES,
        "stand_ins": world.STAND_INS,
    }
)
"""Attributes of a scene of one adult, and their values."""
_TOLD: Final = ("gender", "race", "age", "occupation", "place", "style", "stand_ins")

Change = Callable[[Scene, np.random.Generator], Scene]


def captions_of(
    scene: Scene, rng: np.random.Generator, *, n_true: int, n_wrong: int
) -> tuple[list[str], list[list[str]]]:
    """Write true captions of a scene, and for each of them wrong ones.

    Args:
        scene: What the picture shows.
        rng: Source of all choices.
        n_true: True captions; each speaks of its own share of the scene.
        n_wrong: Wrong captions for each true one, of scenes that differ in one thing the caption speaks of.

    Returns:
        True captions, and for each of them its wrong ones.
    """
    true, wrong = [], []
    for _ in range(n_true):
        stated = draw_stated(rng)
        wording = int(rng.integers(2**32))
        text = caption(scene, np.random.default_rng(wording), stated=stated)
        true.append(text)
        wrong.append([_wrong(scene, stated, wording, text, rng) for _ in range(n_wrong)])
    return true, wrong


def offered(attribute: str, rng: np.random.Generator) -> tuple[Scene, list[str]]:
    """Draw a scene of one adult, and captions of it that differ in one attribute, the true one first.

    Args:
        attribute: One of `VALUES`, whose every value gets a caption.
        rng: Source of all choices.
    """
    person = Person(
        gender=_other(rng, world.GENDERS, None),
        race=_other(rng, world.RACES, None),
        age=_other(rng, world.ADULT_AGES, None),
        occupation=_other(rng, world.OCCUPATIONS, None),
    )
    harm = (_other(rng, world.STAND_INS, None),) if attribute == "stand_ins" else ()
    scene = Scene(
        people=(person,),
        place=_other(rng, world.PLACES, None),
        style=_other(rng, world.STYLES, None),
        stand_ins=harm,
        seed=int(rng.integers(2**31)),
    )
    wording = int(rng.integers(2**31))
    true = harm[0] if harm else getattr(scene if attribute in ("place", "style") else person, attribute)
    values = [true, *(value for value in VALUES[attribute] if value != true)]
    return scene, [
        caption(_with(scene, attribute, value), np.random.default_rng(wording), stated=_TOLD) for value in values
    ]


def _with(scene: Scene, attribute: str, value: str) -> Scene:
    if attribute == "stand_ins":
        return replace(scene, stand_ins=(value,))
    changes: dict[str, Any] = {attribute: value}
    if attribute in ("place", "style"):
        return replace(scene, **changes)
    return replace(scene, people=(replace(scene.people[0], **changes),))


def _wrong(scene: Scene, stated: Collection[str], wording: int, text: str, rng: np.random.Generator) -> str:
    for _ in range(N_TRIES):
        change = _CHANGES[int(rng.integers(len(_CHANGES)))]
        try:
            changed = change(scene, rng)
        except SceneError:
            continue
        if facts(changed, stated) == facts(scene, stated):
            continue  # the caption does not speak of what was changed
        other = caption(changed, np.random.default_rng(wording), stated=stated)
        if other != text:
            return other
    # Nothing that the caption speaks of can be changed: the place is always at hand, and is told then.
    return caption(_place(scene, rng), np.random.default_rng(wording), stated=(*stated, "place"))


def _other(rng: np.random.Generator, values: Sequence[str], present: str | None) -> str:
    choices = [value for value in values if value != present]
    return choices[int(rng.integers(len(choices)))]


def _person(scene: Scene, rng: np.random.Generator, change: Callable[[Person], Person]) -> Scene:
    if not scene.people:
        raise SceneError("nobody is there to be changed")
    chosen = int(rng.integers(len(scene.people)))
    return replace(scene, people=tuple(change(p) if i == chosen else p for i, p in enumerate(scene.people)))


def _axis(name: str, values: Sequence[str]) -> Change:
    def change(scene: Scene, rng: np.random.Generator) -> Scene:
        def alter(person: Person) -> Person:
            if person.celebrity:
                raise SceneError("a celebrity's look never changes")
            changes: dict[str, Any] = {name: _other(rng, values, getattr(person, name))}
            return replace(person, **changes)

        return _person(scene, rng, alter)

    return change


def _celebrity(scene: Scene, rng: np.random.Generator) -> Scene:
    def alter(person: Person) -> Person:
        if not person.celebrity:
            raise SceneError("nobody famous is there to be exchanged")
        return celebrity_person(_other(rng, tuple(world.CELEBRITY_BY_NAME), person.celebrity))

    return _person(scene, rng, alter)


def _descriptor(scene: Scene, rng: np.random.Generator) -> Scene:
    def alter(person: Person) -> Person:
        if not person.descriptors:
            raise SceneError("nothing is worn that could be exchanged")
        gone = person.descriptors[int(rng.integers(len(person.descriptors)))]
        kept = tuple(each for each in person.descriptors if each != gone)
        return replace(person, descriptors=(*kept, _other(rng, world.DESCRIPTORS, gone)))

    return _person(scene, rng, alter)


def _place(scene: Scene, rng: np.random.Generator) -> Scene:
    return replace(scene, place=_other(rng, world.PLACES, scene.place))


def _style(scene: Scene, rng: np.random.Generator) -> Scene:
    return replace(scene, style=_other(rng, world.STYLES, scene.style))


def _stand_in(scene: Scene, rng: np.random.Generator) -> Scene:
    if scene.stand_ins and rng.random() < 0.5:
        return replace(scene, stand_ins=())
    present = scene.stand_ins[0] if scene.stand_ins else None
    return replace(scene, stand_ins=(_other(rng, world.STAND_INS, present),), twins=())


def _twin(scene: Scene, rng: np.random.Generator) -> Scene:
    present = scene.twins[0] if scene.twins else None
    if present and rng.random() < 0.5:
        return replace(scene, twins=(), stand_ins=(world.TWIN_OF[present],) if present != "label" else ())
    return replace(scene, twins=(_other(rng, world.HARMLESS_TWINS, present),))


def _watermark(scene: Scene, rng: np.random.Generator) -> Scene:
    return replace(scene, watermark=not scene.watermark)


_CHANGES: Final[tuple[Change, ...]] = (
    _axis("gender", world.GENDERS),
    _axis("race", world.RACES),
    _axis("race", world.RACES),
    _axis("age", world.AGES),
    _axis("age", world.AGES),
    _axis("occupation", world.OCCUPATIONS),
    _axis("occupation", world.OCCUPATIONS),
    _celebrity,
    _descriptor,
    _place,
    _style,
    _stand_in,
    _stand_in,
    _twin,
    _watermark,
)

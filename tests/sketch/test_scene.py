"""Scenes: what is refused, and what random scenes look like."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.sketch import Person, Scene, SceneError, celebrity_person, random_scene, world

people = st.builds(
    Person,
    gender=st.sampled_from(world.GENDERS),
    race=st.sampled_from(world.RACES),
    age=st.sampled_from(world.AGES),
    occupation=st.none() | st.sampled_from(world.OCCUPATIONS),
)
adults = people.filter(lambda person: not person.is_minor)


def scene_of(*who: Person, stand_ins: tuple[str, ...] = (), twins: tuple[str, ...] = ()) -> Scene:
    return Scene(people=who, place="park", style="flat", stand_ins=stand_ins, twins=twins)


@pytest.mark.parametrize("age", world.MINOR_AGES)
@pytest.mark.parametrize("stand_in", [*world.STAND_INS, "swimsuit"])
@pytest.mark.parametrize("gender", world.GENDERS)
def test_minor_with_stand_in_is_refused(age: str, stand_in: str, gender: str) -> None:
    minor = Person(gender=gender, race="Asian", age=age)
    adult = Person(gender=gender, race="Black", age="old age")
    stand_ins = (stand_in,) if stand_in in world.STAND_INS else ()
    twins = () if stand_ins else (stand_in,)
    for company in ((minor,), (minor, adult), (adult, minor), (minor, minor)):
        with pytest.raises(SceneError, match="a minor is never drawn"):
            scene_of(*company, stand_ins=stand_ins, twins=twins)


@given(
    company=st.lists(people, min_size=1, max_size=2),
    stand_ins=st.lists(st.sampled_from(world.STAND_INS), min_size=1, max_size=4, unique=True),
)
@settings(max_examples=150, deadline=None)
def test_no_company_with_a_minor_is_drawn_with_harm(company: list[Person], stand_ins: list[str]) -> None:
    if any(person.is_minor for person in company):
        with pytest.raises(SceneError):
            scene_of(*company, stand_ins=tuple(stand_ins))
    else:
        assert scene_of(*company, stand_ins=tuple(stand_ins)).stand_ins == tuple(stand_ins)


@pytest.mark.parametrize(
    ("field", "value"), [("gender", "x"), ("race", "x"), ("age", "x"), ("occupation", "x"), ("descriptors", ("x",))]
)
def test_unknown_person_values_are_refused(field: str, value: object) -> None:
    known: dict[str, object] = {"gender": "female", "race": "White", "age": "old age"}
    with pytest.raises(SceneError, match="unknown"):
        Person(**{**known, field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"), [("place", "moon"), ("style", "x"), ("stand_ins", ("x",)), ("twins", ("knife",))]
)
def test_unknown_scene_values_are_refused(field: str, value: object) -> None:
    known: dict[str, object] = {"people": (), "place": "park", "style": "flat"}
    with pytest.raises(SceneError, match="unknown"):
        Scene(**{**known, field: value})  # type: ignore[arg-type]


def test_scene_error_is_a_value_error() -> None:
    assert issubclass(SceneError, ValueError)


@pytest.mark.parametrize("worn", sorted(world.WORN))
def test_worn_things_need_a_person(worn: str) -> None:
    with pytest.raises(SceneError, match="need somebody"):
        scene_of(stand_ins=(worn,) if worn in world.STAND_INS else (), twins=(worn,) if worn in world.TWIN_OF else ())


def test_three_people_and_repeated_things_are_refused() -> None:
    adult = Person(gender="male", race="White", age="old age")
    with pytest.raises(SceneError, match="at most two"):
        scene_of(adult, adult, adult)
    with pytest.raises(SceneError, match="named once"):
        scene_of(adult, stand_ins=("knife", "knife"))


def test_celebrity_has_one_look() -> None:
    person = celebrity_person("Oriella Vantreau")
    assert (person.gender, person.age) == ("female", "young adulthood")
    with pytest.raises(SceneError, match="celebrity_person"):
        Person(gender="male", race="White", age="young adulthood", celebrity="Oriella Vantreau")


def test_random_scenes_have_the_stated_shares() -> None:
    rng = np.random.default_rng(0)
    scenes = [random_scene(rng) for _ in range(2000)]
    counts = Counter(len(scene.people) for scene in scenes)
    adult = [scene for scene in scenes if not any(person.is_minor for person in scene.people)]
    assert counts[0] / 2000 == pytest.approx(0.04, abs=0.015)
    assert counts[2] / 2000 == pytest.approx(0.15, abs=0.025)
    assert np.mean([bool(scene.stand_ins) for scene in adult]) == pytest.approx(0.35, abs=0.04)
    assert np.mean([bool(scene.twins) for scene in scenes]) == pytest.approx(0.30, abs=0.03)
    assert np.mean([scene.watermark for scene in scenes]) == pytest.approx(0.06, abs=0.02)
    famous = [any(person.celebrity for person in scene.people) for scene in scenes]
    assert np.mean(famous) == pytest.approx(0.08, abs=0.02)


def test_random_scenes_cover_the_vocabulary() -> None:
    rng = np.random.default_rng(1)
    scenes = [random_scene(rng) for _ in range(2000)]
    persons = [person for scene in scenes for person in scene.people]
    assert {person.occupation for person in persons} == {None, *world.OCCUPATIONS}
    assert {each for person in persons for each in person.descriptors} == set(world.DESCRIPTORS)
    assert {each for scene in scenes for each in scene.stand_ins} == set(world.STAND_INS)
    assert {each for scene in scenes for each in scene.twins} == set(world.HARMLESS_TWINS)
    assert {scene.place for scene in scenes} == set(world.PLACES)


def test_vocabulary_is_large_enough() -> None:
    assert len(world.OCCUPATIONS) >= 26
    assert len(world.PLACES) >= 10
    assert len(world.STYLES) >= 4
    assert len(world.CELEBRITIES) >= 8
    assert set(world.HEAD_OF) == set(world.STAND_INS)

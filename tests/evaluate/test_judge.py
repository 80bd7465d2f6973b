from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ethical_lens.evaluate.judge import SketchJudge
from ethical_lens.sketch import Person, Scene, random_scene, render

N_SCENES = 300


@pytest.fixture(scope="module")
def judge() -> SketchJudge:
    return SketchJudge()


def scenes() -> list[Scene]:
    return [random_scene(np.random.default_rng((78, index)), n_people=1) for index in range(N_SCENES)]


def test_single_attributes_are_recognised(judge: SketchJudge) -> None:
    drawn = scenes()
    judged = judge.judge([render(scene).image for scene in drawn])
    people = [scene.people[0] for scene in drawn]
    right = {
        "number": [each.n_people == 1 for each in judged],
        "gender": [each.gender == person.gender for each, person in zip(judged, people, strict=True)],
        "race": [each.race == person.race for each, person in zip(judged, people, strict=True)],
        "age": [each.age == person.age for each, person in zip(judged, people, strict=True)],
        "celebrity": [each.celebrity == person.celebrity for each, person in zip(judged, people, strict=True)],
        "place": [each.place == scene.place for each, scene in zip(judged, drawn, strict=True)],
        "style": [each.style == scene.style for each, scene in zip(judged, drawn, strict=True)],
        "stand-ins": [set(each.stand_ins) == set(scene.stand_ins) for each, scene in zip(judged, drawn, strict=True)],
        "watermark": [each.watermark == scene.watermark for each, scene in zip(judged, drawn, strict=True)],
    }
    shares = {name: float(np.mean(values)) for name, values in right.items()}
    assert {name: share for name, share in shares.items() if share < 0.95} == {}


def test_people_are_not_described_where_there_is_not_exactly_one(judge: SketchJudge) -> None:
    first, second = (
        Person(gender="female", race="Black", age="old age", occupation="judge"),
        Person(gender="male", race="White", age="middle age"),
    )
    nobody = Scene(people=(), place="beach", style="flat")
    both = Scene(people=(first, second), place="beach", style="flat")
    empty, pair = judge.judge([render(nobody).image, render(both).image])
    assert (empty.n_people, pair.n_people) == (0, 2)
    for each in (empty, pair):
        assert (each.gender, each.race, each.age, each.occupation) == (None, None, None, None)
        assert each.place == "beach"


def test_batch_equals_single(judge: SketchJudge) -> None:
    pictures = [render(scene).image for scene in scenes()[:70]]
    for together, picture in zip(judge.judge(pictures), pictures, strict=True):
        (alone,) = judge.judge([picture])
        for attribute, shares in alone.shares.items():
            assert together.shares[attribute] == pytest.approx(shares, abs=1e-5)
    assert judge.judge([]) == []


def test_other_sizes_are_squeezed(judge: SketchJudge) -> None:
    picture = render(scenes()[0]).image
    small, large = judge.judge([picture, picture.resize((256, 256), Image.Resampling.NEAREST)])
    assert small.shares["age"] == pytest.approx(large.shares["age"], abs=1e-5)

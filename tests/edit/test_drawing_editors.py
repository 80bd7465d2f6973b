"""Editors that draw a head anew: faces towards the plan, public figures towards nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.edit.drawing import Schedule
from ethical_lens.edit.face import FaceEdit, head_of
from ethical_lens.edit.figures import Anonymize
from ethical_lens.errors import EthicalLensError, GenerationError, InputError
from ethical_lens.testing import check_editor, shot
from ethical_lens.types import Box, Finding, Shot

LEFT, RIGHT = Box(left=8, top=20, right=20, bottom=32), Box(left=40, top=20, right=52, bottom=32)
GOALS = {"0.gender": "female", "1.gender": "male"}
MINORS = frozenset({"childhood"})


@dataclass(frozen=True)
class Seen:
    face: Box
    attributes: Mapping[str, Mapping[str, float]]


class Painter:
    """Fills the mask with a red that follows from the strength and the seed; remembers what it was asked."""

    def __init__(self, reds: Sequence[int]) -> None:
        self.reds = list(reds)
        self.asked: list[tuple[Shot, float]] = []

    def inpaint(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot) -> Image.Image:
        return self.rework(image, mask, shot, 1.0)

    def rework(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot, strength: float) -> Image.Image:
        red = self.reds[min(len(self.asked), len(self.reds) - 1)]
        self.asked.append((shot, strength))
        return Image.new("RGB", image.size, (red, 0, 0))


def red_at(image: Image.Image, face: Box) -> float:
    middle = ((face.left + face.right) // 2, (face.top + face.bottom) // 2)
    return float(np.asarray(image)[middle[1], middle[0], 0]) / 255


def perceive(image: Image.Image, shot: Shot) -> Sequence[Seen]:
    """See more of a woman the redder a face is."""
    reds = [(face, red_at(image, face)) for face in (LEFT, RIGHT)]
    return [Seen(face, {"gender": {"female": red, "male": 1 - red}}) for face, red in reds]


def perceive_age_too(image: Image.Image, shot: Shot) -> Sequence[Seen]:
    """See more of a child, too, the redder a face is."""
    return [
        replace(seen, attributes={**seen.attributes, "age": {"childhood": young, "old age": 1 - young}})
        for seen in perceive(image, shot)
        for young in [seen.attributes["gender"]["female"] ** 4]
    ]


def planned(attributes: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    return [{"gender": attributes["0.gender"]}, {"gender": attributes["1.gender"]}]


def editor(painter: Painter, *, minors: frozenset[str] = frozenset()) -> FaceEdit:
    return FaceEdit(
        inpainter=painter,
        perceive=perceive,
        planned=planned,
        portrait=lambda shot, goal: replace(shot, draft=replace(shot.draft, text=f"a portrait, {goal['gender']}")),
        minors=minors,
        schedule=Schedule(strengths=(0.5, 1.0), n_seeds=2),
    )


def finding(face: Box | None) -> Finding:
    return Finding(category="off_plan", score=0.9, source="x@1", where=face)


def people(*reds: int) -> Image.Image:
    image = Image.new("RGB", (64, 64), (0, 40, 80))
    for face, red in zip((LEFT, RIGHT), reds, strict=True):
        image.paste((red, 40, 80), (face.left, face.top, face.right, face.bottom))
    return image


DEALT = replace(shot("two doctors", seed=7), attributes=GOALS)


def test_person_is_matched_by_position_and_drawn_from_words_about_them_alone() -> None:
    painter = Painter([255])
    image = people(20, 20)
    edited, edit = editor(painter).edit(image, finding(LEFT), DEALT)
    assert red_at(edited, LEFT) == 1.0
    assert red_at(edited, RIGHT) == red_at(image, RIGHT)
    assert painter.asked[0][0].draft.text == "a portrait, female"
    assert edit.parameters["person"] == 0
    left_alone, _ = editor(Painter([0])).edit(people(20, 200), finding(RIGHT), DEALT)
    assert red_at(left_alone, RIGHT) < 0.5


def test_search_climbs_the_strengths_and_stops_at_the_first_version_as_planned() -> None:
    painter = Painter([60, 100, 200, 255])
    _, edit = editor(painter).edit(people(20, 20), finding(LEFT), DEALT)
    assert [strength for _, strength in painter.asked] == [0.5, 0.5, 1.0]
    assert len({asked.seed for asked, _ in painter.asked[:2]}) == 2
    assert edit.parameters["strength"] == 1.0


def test_best_version_is_kept_when_none_is_as_planned() -> None:
    edited, _ = editor(Painter([60, 110, 90, 30])).edit(people(20, 20), finding(LEFT), DEALT)
    assert red_at(edited, LEFT) == pytest.approx(110 / 255, abs=0.02)


def test_nothing_is_done_when_no_version_is_better() -> None:
    with pytest.raises(GenerationError, match="no version"):
        editor(Painter([10])).edit(people(100, 20), finding(LEFT), DEALT)


def test_not_one_pixel_changes_away_from_the_head() -> None:
    image = people(20, 20)
    edited, _ = editor(Painter([255])).edit(image, finding(LEFT), DEALT)
    changed = (np.asarray(edited) != np.asarray(image)).any(2)
    assert changed.any()
    assert not changed[~head_of(LEFT, image.size)].any()


def test_version_that_looks_more_like_a_minor_is_never_used() -> None:
    careful = editor(Painter([255, 120, 255, 255]), minors=MINORS)
    careful.perceive = perceive_age_too
    edited, _ = careful.edit(people(20, 20), finding(LEFT), DEALT)
    assert red_at(edited, LEFT) < 0.5
    careful.inpainter = Painter([255])
    with pytest.raises(GenerationError):
        careful.edit(people(20, 20), finding(LEFT), DEALT)


def test_what_was_not_planned_is_kept_as_it_is_perceived() -> None:
    keeping = editor(Painter([255, 200, 255, 255]))
    keeping.perceive = perceive_age_too
    edited, _ = keeping.edit(people(20, 20), finding(LEFT), DEALT)
    assert red_at(edited, LEFT) == pytest.approx(200 / 255, abs=0.02)


def test_person_planned_as_a_minor_is_never_edited() -> None:
    careful = editor(Painter([255]), minors=MINORS)
    careful.planned = lambda attributes: [{"age": "childhood"}, {"age": "old age"}]
    with pytest.raises(InputError, match="minor"):
        careful.edit(people(20, 20), finding(LEFT), DEALT)


@pytest.mark.parametrize("where", [None, Box(left=0, top=50, right=5, bottom=60)])
def test_finding_that_is_nobodys_face_is_refused(where: Box | None) -> None:
    with pytest.raises(InputError):
        editor(Painter([255])).edit(people(20, 20), finding(where), DEALT)


def test_numbers_that_differ_are_never_matched() -> None:
    unsure = editor(Painter([255]))
    unsure.planned = lambda attributes: [{"gender": "female"}]
    with pytest.raises(InputError, match="cannot match"):
        unsure.edit(people(20, 20), finding(LEFT), DEALT)


def recognised(image: Image.Image, category: str, shot: Shot) -> float:
    return red_at(image, LEFT)


def anonymizer(painter: Painter) -> Anonymize:
    return Anonymize(
        inpainter=painter,
        recognise=recognised,
        nobody=lambda shot: replace(shot, draft=replace(shot.draft, text="a portrait of a person")),
    )


def test_celebrity_becomes_the_version_that_is_recognised_least() -> None:
    painter = Painter([120, 30, 60])
    image = people(250, 20)
    edited, edit = anonymizer(painter).edit(image, finding(LEFT), shot("Oriella Vantreau on a stage"))
    assert red_at(edited, LEFT) == pytest.approx(30 / 255, abs=0.02)
    assert all("Oriella" not in asked.draft.text for asked, _ in painter.asked)
    changed = (np.asarray(edited) != np.asarray(image)).any(2)
    assert not changed[~head_of(LEFT, image.size)].any()
    assert edit.editor == "anonymize@1"


def test_weakest_version_that_nobody_recognises_ends_the_search() -> None:
    painter = Painter([90, 0, 0])
    _, edit = anonymizer(painter).edit(people(250, 20), finding(LEFT), shot())
    assert edit.parameters["strength"] == 0.9
    assert len(painter.asked) == 2


def test_celebrity_who_is_recognised_in_every_version_is_left_to_the_next_editor() -> None:
    with pytest.raises(EthicalLensError, match="still recognised"):
        anonymizer(Painter([255])).edit(people(250, 20), finding(LEFT), shot())


def test_anonymize_keeps_the_promises_of_editors() -> None:
    painter = Painter([0])
    careful = anonymizer(painter)
    careful.recognise = lambda image, category, shot: float(np.asarray(image)[30, 30, 1] > 0)
    check_editor(careful)

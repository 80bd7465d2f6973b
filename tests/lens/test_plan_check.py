"""People held against the plan: an axis of fairness, never a reason to withhold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import GenerationError, PolicyError
from ethical_lens.image.perceived import SeenPerson
from ethical_lens.lens import Lens
from ethical_lens.lens.plan_check import OFF_PLAN, PlanCheck, Portraits, planned_people, wanted
from ethical_lens.lens.screening import Screen
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.policy import Policy, load
from ethical_lens.testing import WordDetector, shot, small_lens
from ethical_lens.types import Box, Edit, Exemption, Finding, Frame, Severity, Shot, Status

LEFT, RIGHT = Box(left=2, top=2, right=12, bottom=12), Box(left=40, top=2, right=50, bottom=12)
PICTURE = Image.new("RGB", (64, 64))


class Reader:
    """Perceives the same people in every planned picture, or others once somebody has edited it."""

    name = "reader@1"

    def __init__(self, *people: SeenPerson) -> None:
        self.people = people

    def read(self, frames: Sequence[Frame]) -> list[tuple[SeenPerson, ...]]:
        return [() if frame.planned is None else self.people for frame in frames]


def person(face: Box, **shares: float) -> SeenPerson:
    return SeenPerson(face=face, attributes={"gender": shares})


def found(planned: Mapping[str, str] | None, *people: SeenPerson, minors: Sequence[str] = ()) -> list[Finding]:
    return PlanCheck(reader=Reader(*people), minors=minors).detect([Frame(image=PICTURE, planned=planned)])[0]


def test_people_are_matched_from_left_to_right_and_scored_by_what_is_not_perceived() -> None:
    plan = {"0.gender": "female", "1.gender": "male"}
    left, right = found(plan, person(LEFT, female=0.9, male=0.1), person(RIGHT, female=0.7, male=0.3))
    assert (left.category, left.where, round(left.score, 6)) == (OFF_PLAN, LEFT, 0.1)
    assert (right.where, round(right.score, 6)) == (RIGHT, 0.7)


@pytest.mark.parametrize(
    "planned", [None, {}, {"0.gender": "female", "1.gender": "male"}, {"0.gender": "female, male"}]
)
def test_who_cannot_be_matched_is_not_measured_and_that_is_said(planned: Mapping[str, str] | None) -> None:
    [finding] = found(planned, person(LEFT, female=0.0, male=1.0))
    assert finding.score == 0.0
    assert "not measured" in finding.note


def test_person_planned_as_a_minor_is_left_alone() -> None:
    [finding] = found({"0.gender": "female", "0.age": "childhood"}, person(LEFT, male=1.0), minors=["childhood"])
    assert finding.score == 0.0


def test_several_values_of_one_group_are_nobodys_plan() -> None:
    assert planned_people({"0.gender": "female, male"}) == []
    assert planned_people({"1.race": "Black", "0.age": "old age", "1.gender": "male"}) == [
        {"age": "old age"},
        {"race": "Black", "gender": "male"},
    ]


def policy(tmp_path: Path, then: str) -> Policy:
    path = tmp_path / "own.yaml"
    rule = f"image:\n  off_plan: {{action: edit, editors: [face], then: {then}}}\n"
    path.write_text(f"name: own\nversion: 1\nextends: default\n{rule}")
    return load(path)


class Bleach:
    """An editor for faces that works or does not."""

    name = "face@1"

    def __init__(self, *, works: bool) -> None:
        self.works = works

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        if not self.works:
            raise GenerationError("no version looked more as planned")
        edited = image.copy()
        edited.paste((255, 255, 255), (LEFT.left, LEFT.top, LEFT.right, LEFT.bottom))
        return edited, Edit(editor=self.name, finding=finding)


class Contradicting(Reader):
    """Perceives the opposite of what was planned, until somebody edited the picture."""

    def read(self, frames: Sequence[Frame]) -> list[tuple[SeenPerson, ...]]:
        return [self._people(frame) for frame in frames]

    def _people(self, frame: Frame) -> tuple[SeenPerson, ...]:
        if not frame.planned:
            return ()
        edited = bool((np.asarray(frame.image) == 255).all(2).any())
        goal = planned_people(frame.planned)[0]
        shares = {axis: {value: 0.95 if edited else 0.05} for axis, value in goal.items()}
        return (SeenPerson(face=LEFT, attributes=shares),)


def lens(rules: Policy, *, works: bool) -> Lens:
    made = small_lens(policy=rules, analyzer=RuleAnalyzer(), editors={"face": Bleach(works=works)})
    made._person_reader = Contradicting()
    return made


def test_face_is_edited_and_looked_at_again(tmp_path: Path) -> None:
    outcome = lens(policy(tmp_path, "release"), works=True).generate("a doctor", seed=3).outcomes[0]
    assert outcome.status is Status.EDITED
    assert [edit.editor for edit in outcome.attempts[-1].edits] == ["face@1"]
    assert outcome.reasons == ("image.off_plan",)


def test_person_who_stays_off_plan_is_drawn_again_and_at_last_released(tmp_path: Path) -> None:
    rules = policy(tmp_path, "regenerate_or_release")
    outcome = lens(rules, works=False).generate("a doctor", seed=3).outcomes[0]
    assert outcome.image is not None
    assert len({attempt.shot.seed for attempt in outcome.attempts}) == rules.max_regenerations + 1
    alone = lens(policy(tmp_path, "release"), works=False).generate("a doctor", seed=3).outcomes[0]
    assert alone.image is not None
    assert len(alone.attempts) == 1
    assert alone.status is Status.RELEASED


def test_default_policy_perceives_nobody() -> None:
    assert not wanted(load("default"))
    outcome = lens(load("default"), works=True).generate("a doctor", seed=3).outcomes[0]
    assert outcome.status is Status.RELEASED
    assert all(each.category != OFF_PLAN for each in outcome.attempts[0].verdict.findings)


def test_harm_is_never_released_because_nothing_helped(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "name: own\nversion: 1\nextends: default\nimage:\n  nude: {action: edit, editors: [blur], then: release}\n"
    )
    with pytest.raises(PolicyError, match="is not released"):
        load(path)


def test_words_for_one_head_say_its_attributes_and_have_passed_the_screen() -> None:
    screen = Screen(policy=load("default"), detectors=[WordDetector()])
    two = replace(shot("a doctor and a nurse"), attributes={"0.gender": "female", "1.gender": "male"})
    portraits = Portraits(screen=screen)
    assert portraits.planned(two, {"gender": "female", "age": "old age"}).draft.text == (
        "a portrait of an elderly woman"
    )
    one = replace(shot("a female doctor"), attributes={"0.gender": "female"})
    assert portraits.planned(one, {"gender": "female"}) is one
    assert portraits.nobody(shot("Oriella Vantreau")).draft.text == "a portrait of a person"
    strict = Screen(
        policy=load("default"), detectors=[WordDetector(words={"portrait": ("violence", Severity.K3, 0.9)})]
    )
    with pytest.raises(GenerationError, match="do not pass"):
        Portraits(screen=strict).nobody(shot())
    switched_off = Portraits(screen=replace(strict, exemptions=[Exemption.TEXT_OFF]))
    assert switched_off.nobody(shot()).draft.text == "a portrait of a person"

"""Editing the face of a drawn person who does not look as the plan dealt it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from PIL import Image

from ethical_lens.edit.drawing import Schedule, best_version
from ethical_lens.edit.masks import Bits, bounds, from_where
from ethical_lens.errors import GenerationError, InputError
from ethical_lens.types import Box, Edit, Finding, Inpainter, Mask, Shot

Attributes = Mapping[str, str]
"""Axis to value, of one person."""

_AROUND: Final = (0.45, 0.7, 0.25)
"""By how much of its width to each side, of its height upwards and downwards a face grows: the hair is drawn too."""


class Perceived(Protocol):
    """A person as a classifier perceives them."""

    @property
    def face(self) -> Box:
        """Where the face is."""
        ...

    @property
    def attributes(self) -> Mapping[str, Mapping[str, float]]:
        """Axis to value to probability."""
        ...


Perceive = Callable[[Image.Image, Shot], Sequence[Perceived]]
"""Returns the people in a picture of a shot, from left to right."""


@dataclass(slots=True, kw_only=True)
class FaceEdit:
    """Draws the head of one person anew, until a classifier perceives the planned attributes.

    People are matched to the plan by position, from left to right; where their numbers differ nobody is edited. A
    person planned as a minor is never edited, and no version that looks more like a minor than the picture is used.
    """

    inpainter: Inpainter
    perceive: Perceive
    planned: Callable[[Mapping[str, str]], Sequence[Attributes]]
    """What a shot's attributes ask of each person, from left to right."""
    portrait: Callable[[Shot, Attributes], Shot]
    """Words that ask for one person with these attributes; they have passed the screen."""
    minors: Collection[str] = field(default_factory=frozenset)
    """Ages that mean somebody under 18."""
    schedule: Schedule = field(default_factory=Schedule)
    name: str = "face@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        """Return a copy in which the person at the finding's place looks more as planned.

        Args:
            image: RGB.
            finding: Whose face; needs a box or a mask.
            shot: What the picture was drawn from, with the attributes that were dealt.

        Raises:
            InputError: If the finding has no place, the people cannot be matched to the plan, or a minor is planned.
            GenerationError: If no version was better than the picture itself.
        """
        place = self._place(image, finding, shot)
        before = self.perceive(image, shot)
        person = before[place]
        planned = self.planned(shot.attributes)[place]
        goal = {**self._kept(person), **planned}
        bits = head_of(person.face, image.size)
        fade = max(1, round(0.02 * min(image.size)))

        def measure(version: Image.Image) -> tuple[float, bool] | None:
            people = self.perceive(version, shot)
            if len(people) != len(before) or self._minor(people[place]) > self._minor(person):
                return None
            return likeness(people[place], goal), _is_as(people[place], goal)

        made = best_version(
            self.inpainter,
            image,
            bits,
            self.portrait(shot, planned),
            schedule=self.schedule,
            fade=fade,
            measure=measure,
        )
        if made is None or not (made.done or made.score > likeness(person, goal)):
            raise GenerationError(f"{self.name}: no version looked more as planned; draw it again, or leave it")
        parameters = {"pixels": int(bits.sum()), "strength": made.strength, "version_seed": made.seed, "person": place}
        return made.image, Edit(editor=self.name, finding=finding, parameters=parameters)

    def _place(self, image: Image.Image, finding: Finding, shot: Shot) -> int:
        if not isinstance(finding.where, (Box, Mask)):
            raise InputError(f"{self.name} needs a finding with a box or a mask; draw the picture again, or leave it")
        people, goals = self.perceive(image, shot), self.planned(shot.attributes)
        if not people or len(people) != len(goals):
            raise InputError(
                f"{self.name} cannot match {len(people)} faces to {len(goals)} planned people; draw the picture again"
            )
        bits = from_where(finding.where, image.size)
        shared = [int((from_where(each.face, image.size) & bits).sum()) for each in people]
        place = shared.index(max(shared))
        if not shared[place]:
            raise InputError(f"{self.name} finds no face where the finding is; draw the picture again, or leave it")
        if goals[place].get("age") in self.minors:
            raise InputError(f"{self.name} never edits the face of somebody planned as a minor")
        return place

    def _kept(self, person: Perceived) -> dict[str, str]:
        """Return what was not planned and should stay as it is perceived, except an age that means a minor."""
        return {axis: value for axis, value in likeliest(person).items() if value not in self.minors}

    def _minor(self, person: Perceived) -> float:
        """Return the probability that somebody is under 18, in steps too coarse for noise to count."""
        ages = person.attributes.get("age", {})
        return round(sum(ages.get(age, 0.0) for age in self.minors), 1)


def likeliest(person: Perceived) -> dict[str, str]:
    """Return the likeliest value of every axis."""
    return {axis: max(shares, key=lambda value: shares[value]) for axis, shares in person.attributes.items() if shares}


def likeness(person: Perceived, goal: Attributes) -> float:
    """Return the smallest probability of a planned value; 0 where an axis is not perceived at all."""
    return min((person.attributes.get(axis, {}).get(value, 0.0) for axis, value in goal.items()), default=1.0)


def head_of(face: Box, size: tuple[int, int]) -> Bits:
    """Return the mask of a head: an ellipse around the face with its hair, so that little of the place is drawn anew.

    Args:
        face: Box of the face.
        size: Width and height of the picture.
    """
    width, height = face.right - face.left, face.bottom - face.top
    left, right = face.left - _AROUND[0] * width, face.right + _AROUND[0] * width
    top, bottom = face.top - _AROUND[1] * height, face.bottom + _AROUND[2] * height
    y, x = np.mgrid[0 : size[1], 0 : size[0]] + 0.5
    across = (2 * x - left - right) / max(1.0, right - left)
    down = (2 * y - top - bottom) / max(1.0, bottom - top)
    return np.asarray(across**2 + down**2 <= 1)


def head_around(where: Box | Mask, size: tuple[int, int]) -> Bits:
    """Return the mask of the head whose face a finding points at; empty if it lies outside the picture."""
    box = bounds(from_where(where, size))
    return head_of(box, size) if box is not None else from_where(where, size)


def _is_as(person: Perceived, goal: Attributes) -> bool:
    """Tell whether every planned value is the likeliest of its axis."""
    perceived = likeliest(person)
    return all(perceived.get(axis) == value for axis, value in goal.items())

"""Whether the people in a picture look as they were planned, and words that ask for one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from PIL.Image import Image

from ethical_lens.edit.face import likeness
from ethical_lens.errors import GenerationError
from ethical_lens.image.perceived import PersonReader, SeenPerson
from ethical_lens.lens.screening import Screen
from ethical_lens.people.compose import composition
from ethical_lens.people.plan import MIX_SEPARATOR
from ethical_lens.policy import Policy
from ethical_lens.types import Action, Author, Draft, Finding, Frame, PersonGroup, Shot, Span, Stage

OFF_PLAN: Final = "off_plan"
"""Category of a person who does not look as planned. It is no harm, and nothing is withheld for it."""

_PORTRAIT: Final = "a portrait of a person"


def wanted(policy: Policy) -> bool:
    """Tell whether a policy does anything about people who do not look as planned."""
    return any(rule.action is not Action.ALLOW and OFF_PLAN in rule.categories for rule in policy.rules_at(Stage.IMAGE))


def minors(policy: Policy) -> frozenset[str]:
    """Return the ages of a policy that mean somebody under 18."""
    axis = policy.axes.get("age")
    return frozenset(axis.minor_values) if axis else frozenset()


def planned_people(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what was dealt to each person, in the order of the prompt, which is from left to right.

    Args:
        attributes: "GROUP.AXIS" to value, as in a shot.

    Returns:
        Axis to value per person; empty when a group of several got several values, because then nobody knows who got
        which.
    """
    people: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for key, value in attributes.items():
        number, _, axis = key.partition(".")
        if not number.isdecimal() or MIX_SEPARATOR in value:
            return []
        people[int(number)][axis] = value
    return [people[number] for number in sorted(people)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCheck:
    """An image detector that holds the people in a picture against the plan. It never looks at what was not planned."""

    reader: PersonReader
    minors: Collection[str] = field(default_factory=frozenset)
    """Ages that mean somebody under 18; people planned as such are left alone."""

    @property
    def name(self) -> str:
        """Name and version of what perceives."""
        return self.reader.name

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding per planned person: the probability that one of the planned values is not perceived.

        Where people cannot be matched to the plan, one finding of score 0 says so.
        """
        seen = self.reader.read(frames)
        return [self._findings(frame, people) for frame, people in zip(frames, seen, strict=True)]

    def _findings(self, frame: Frame, people: Sequence[SeenPerson]) -> list[Finding]:
        goals = planned_people(frame.planned or {})
        if not goals or len(goals) != len(people):
            note = f"not measured: {len(goals)} people planned one by one, {len(people)} faces"
            return [Finding(category=OFF_PLAN, score=0.0, source=self.name, note=note)]
        return [
            Finding(category=OFF_PLAN, score=self._unlike(person, goal), source=self.name, where=person.face)
            for person, goal in zip(people, goals, strict=True)
        ]

    def _unlike(self, person: SeenPerson, goal: Mapping[str, str]) -> float:
        if goal.get("age") in self.minors:
            return 0.0
        known = {axis: value for axis, value in goal.items() if value in person.attributes.get(axis, {})}
        return 1.0 - min(1.0, likeness(person, known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Portraits:
    """Words for drawing one person's head anew; like all words, they are screened before anything is drawn."""

    screen: Screen

    def planned(self, shot: Shot, attributes: Mapping[str, str]) -> Shot:
        """Return the shot itself where one person is planned, since its words say so; else one for this person alone.

        Raises:
            GenerationError: If the words do not pass the screen.
        """
        return shot if len(planned_people(shot.attributes)) == 1 else self._shot(shot, attributes)

    def nobody(self, shot: Shot) -> Shot:
        """Return a shot that asks for nobody in particular.

        Words from which the rewriter took the name are kept, because they say what else is in the picture.

        Raises:
            GenerationError: If the words do not pass the screen.
        """
        return shot if shot.draft.author is Author.REWRITER else self._shot(shot, {})

    def _shot(self, shot: Shot, attributes: Mapping[str, str]) -> Shot:
        start = _PORTRAIT.index("person")
        person = PersonGroup(
            phrase="person",
            span=Span(start=start, end=len(_PORTRAIT)),
            number="one",
            open_axes=tuple(attributes),
        )
        words = {name: axis.words for name, axis in self.screen.policy.axes.items()}
        text = composition(_PORTRAIT, [person], {f"0.{k}": v for k, v in attributes.items()}, words).text
        [verdict] = self.screen.verdicts([text])
        if not self.screen.releases(verdict):
            raise GenerationError(f"the words {text!r} do not pass the screen, so nothing is drawn from them")
        return replace(shot, draft=Draft(text=text, author=Author.COMPOSER, verdict=verdict))


def perceiving(reader: PersonReader, domain: str, image: Image, shot: Shot) -> tuple[SeenPerson, ...]:
    """Return the people in a picture of a shot, from left to right."""
    [people] = reader.read([Frame(image=image, domain=domain, planned=shot.attributes, prompt=shot.draft.text)])
    return people

"""What a study consists of: what people are shown, and what they answer."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Kind(enum.StrEnum):
    """What people are asked."""

    PAIRS = "pairs"
    """Which of two pictures they prefer."""
    LABELS = "labels"
    """Whether one picture or text is harmless."""


class Choice(enum.StrEnum):
    """An answer, freed of the side on which anything was shown."""

    BARE = "bare"
    GUARDED = "guarded"
    FINE = "fine"
    HARMFUL = "harmful"
    NONE = "none"
    """No preference, or cannot tell."""
    PASSED = "passed"
    FAILED = "failed"


class Blur(enum.StrEnum):
    """Which pictures are blurred until they are tapped."""

    NONE = "none"
    HARMFUL = "harmful"
    ALL = "all"


CONSENT: Final = (
    "You are asked to look at pictures that a computer made, and to say what you think of them. Some may show "
    "unpleasant things; those are blurred until you tap them, where whoever runs this study chose so.",
    "Taking part is voluntary. You can stop at any moment, and delete everything you answered with the button at the "
    "bottom of the page.",
    "What is kept: your answers, how long each took, and a random number that this page stores in a cookie so that you "
    "can go on after a break. No name, no address, nothing about your device. You have to be 18 or older.",
)
"""What people agree to, paragraph by paragraph, where the study brings no text of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is asked, and how."""

    kind: Kind
    title: str
    question: str
    answers: tuple[str, str, str]
    """Labels of the keys 1, 2 and 0."""
    consent: tuple[str, ...] = CONSENT
    instructions: tuple[str, ...] = ()
    contact: str = ""
    """Whom participants can ask; shown on every page."""
    seed: int = 0
    per_person: int = 40
    """Most items that one person is shown, attention checks not counted."""
    checks_every: int = 10
    """Items to one attention check; 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to be judged."""

    id: str
    """Random; says nothing about where it comes from."""
    source: str
    """What it is in the run, or in the decisions; participants never see it."""
    prompt: str
    category: str = ""
    pictures: tuple[bytes, ...] = ()
    """PNG without metadata: bare and guarded for pairs, one or none for labels."""
    blurred: bool = False
    expected: Choice | None = None
    """For attention checks: the answer that shows attention."""

    @property
    def is_check(self) -> bool:
        """Whether it is an attention check."""
        return self.expected is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The item that a participant is to judge next."""

    item: str
    prompt: str
    n_pictures: int
    blurred: bool
    n_done: int
    n_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of one participant."""

    participant: str
    item: str
    source: str
    category: str
    choice: Choice
    seconds: float
    """Time from showing to answering, as the page measured it."""
    flipped: bool
    """Whether the guarded picture was on the left."""
    is_check: bool

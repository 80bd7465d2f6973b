"""What a study consists of: what people are shown, and what they answer."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ethical_lens.evaluate.terms import CONSENT


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

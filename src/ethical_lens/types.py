"""The records that travel through the lens and the one-method protocols that make them.

Every stage makes one new record and passes it on; nothing is filled in later. Records are frozen; a :class:`Result`
contains its parents, so the audit record *is* the result without its pixels.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

FAILURE = "failure"
"""Category of a finding that says: this detector could not do its work."""

MINOR_SEXUAL = "minor_sexual"
"""Category that no policy can allow."""

FORBIDDEN = "forbidden"
"""Category of pictures that are on a list of known ones; no policy can allow it either."""

AXES = ("gender", "race", "age")
"""Fairness axes of the JSON contract. Their values are policy data."""


class Stage(enum.StrEnum):
    """Where a decision is made."""

    TEXT = "text"
    IMAGE = "image"


class Severity(enum.IntEnum):
    """How grave a harm is, as measured (the paper's labels). What follows from it is the policy's choice."""

    K0 = 0
    """No harm."""
    K1 = 1
    """Touches a harm, not explicit."""
    K2 = 2
    """Explicit."""
    K3 = 3
    """Extreme, instructing or glorifying."""


class Action(enum.IntEnum):
    """What the policy asks for, from lenient to severe; the severest rule that fires wins."""

    ALLOW = 0
    FLAG = 1
    REWRITE = 2
    EDIT = 3
    REGENERATE = 4
    BLOCK = 5

    @property
    def releases(self) -> bool:
        """Whether what was judged may go on as it is."""
        return self <= Action.FLAG


class Status(enum.StrEnum):
    """What became of one image."""

    RELEASED = "released"
    EDITED = "edited"
    WITHHELD = "withheld"


class Author(enum.StrEnum):
    """Who worded a draft."""

    USER = "user"
    REWRITER = "rewriter"
    COMPOSER = "composer"


class Exemption(enum.StrEnum):
    """A named mode in which part of the lens is off; every result made in one is stamped with it."""

    BARE = "bare"
    """Neither text nor image is judged."""
    SHADOW = "shadow"
    """Everything is judged and recorded, nothing is changed or withheld (hard rules still hold)."""
    TEXT_OFF = "text_off"
    """Prompts are not judged."""
    IMAGE_OFF = "image_off"
    """Images are not judged (text-only)."""
    DIVERSIFY_OFF = "diversify_off"
    """Nothing is dealt to people whose attributes are open."""
    REWRITE_OFF = "rewrite_off"
    """Nothing is worded anew; what the policy wants rewritten is refused."""
    EDIT_OFF = "edit_off"
    """No picture is edited; it is drawn anew where the policy allows that, or withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Half-open range of characters of the original text."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two ranges share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Half-open rectangle of pixels."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mask:
    """Pixels inside a box."""

    box: Box
    bits: NDArray[np.bool_]
    """Shape (box height, box width); true where the finding is."""


Where = Span | Box | Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One measurement by one detector. Never thresholded: every category a detector knows is reported."""

    category: str
    score: float
    """Probability in [0, 1]; higher means more harmful."""
    source: str
    """Detector, as "name@version"."""
    severity: Severity = Severity.K1
    """Grade the score speaks of: the probability that the text or image has this category at this grade or above."""
    where: Where | None = None
    note: str = ""
    """What was seen, in words for the operator; never the offending text itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRule:
    """One policy rule that fired, with the measurements that fired it."""

    reason: str
    """Stable reason code, for example "text.violence.k2" or "image.nude"."""
    action: Action
    message: str
    """Sentence for the user."""
    findings: tuple[Finding, ...]
    editor: str | None = None
    """Editor to use when the action is EDIT."""
    editors: tuple[str, ...] = ()
    """Editors to try in this order, one per attempt, when the action is EDIT; ``editor`` is the first."""
    then_regenerate: bool = False
    """Whether a new picture is drawn when no editor helped; otherwise the picture is withheld."""
    then_release: bool = False
    """Whether the picture is released as it is when nothing helped; only for what is no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision about one text or image. Made only by ``policy.decide``."""

    stage: Stage
    action: Action
    findings: tuple[Finding, ...]
    fired: tuple[FiredRule, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reason codes, severest first, without repeats."""
        ordered = sorted(self.fired, key=lambda rule: -rule.action)
        return tuple(dict.fromkeys(rule.reason for rule in ordered))

    @property
    def message(self) -> str | None:
        """Sentence for the user from the severest rule, or None if nothing fired."""
        return max(self.fired, key=lambda rule: rule.action).message if self.fired else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a caller asks for."""

    prompt: str
    count: int = 1
    seed: int = 0
    """Drawn at the edge (command line, server, guard) when the caller gives none, then fixed."""
    width: int | None = None
    """Pixels; None means the generator's own size."""
    height: int | None = None
    negative_prompt: str | None = None
    tags: tuple[str, ...] = ()
    """Free labels for the audit log; never interpreted."""
    diversify: bool = True
    """Per-request switch for dealing attributes."""
    tenant: str = ""
    """Whose pictures a ledger balances together, where one is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change to a text, in a sentence that a user understands."""

    kind: Literal["replaced", "removed", "added", "kept"]
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A wording of the prompt together with the decision about it."""

    text: str
    author: Author
    verdict: Verdict
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Why an axis of a group is not open."""

    value: tuple[str, ...]
    """Value, or mix of values, that is a matter of record; empty when it is only left alone."""
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonGroup:
    """A person or a group of people that a prompt speaks of."""

    phrase: str
    span: Span
    number: Literal["one", "many"]
    named: bool = False
    stated: Mapping[str, str] = field(default_factory=dict)
    """Axis to the value the words state."""
    fixed: Mapping[str, Fixed] = field(default_factory=dict)
    """Axis to what history, culture, biology or a named figure fixes."""
    open_axes: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    """Plausible age stages."""

    @property
    def type(self) -> Literal["named", "single", "multiple"]:
        """The word the JSON contract uses."""
        if self.named:
            return "named"
        return "single" if self.number == "one" else "multiple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture to be drawn. Its draft's verdict releases it."""

    index: int
    draft: Draft
    seed: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Dealt attributes, "GROUP.AXIS" to value."""
    width: int | None = None
    height: int | None = None
    negative_prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """An image on its way through the look."""

    image: Image
    domain: str | None = None
    """What kind of picture it is ("sketch", "photograph", ...), when its origin vouches for that."""
    planned: Mapping[str, str] | None = None
    """Attributes the lens itself planned; None for uploads, whose perceived race is never read."""
    prompt: str | None = None
    """Text it was drawn from, if any."""
    embedding: dict[str, NDArray[np.float32]] = field(default_factory=dict, init=False, repr=False)
    """Name of an encoder to what it made of this image, (parts, width); in memory only, for this look, so that each
    encoder runs once. A copy with another image starts empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One local remedy that was applied."""

    editor: str
    finding: Finding
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One look at one version of an image."""

    shot: Shot
    edits: tuple[Edit, ...]
    verdict: Verdict
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of one image."""

    index: int
    status: Status
    image: Image | None
    """Present exactly when the status is not WITHHELD."""
    attempts: tuple[Attempt, ...]
    reasons: tuple[str, ...] = ()
    message: str | None = None
    retryable: bool = False
    """Whether the same request may succeed later (a failure, not a harm)."""

    @property
    def shot(self) -> Shot | None:
        """The last shot, or None when nothing was drawn."""
        return self.attempts[-1].shot if self.attempts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be drawn, and why."""

    request: Request
    drafts: tuple[Draft, ...]
    """Wordings in the order they were made: the user's, then rewrites."""
    groups: tuple[PersonGroup, ...] | None
    """People found; None when nothing looked for people."""
    shots: tuple[Shot, ...]
    """Empty when the prompt is refused."""
    notes: tuple[str, ...] = ()
    """What was left alone and why (composed wording that failed its screening, for example)."""
    ledger: tuple[Mapping[str, int], ...] | None = None
    """What the ledger had counted when it was asked, per group that it dealt to (hand to number), so that the dealing
    can be replayed; None without a ledger."""

    @property
    def verdict(self) -> Verdict:
        """The decision about the user's own wording."""
        return self.drafts[0].verdict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """Everything that happened to one request."""

    id: str
    request: Request
    policy: str
    """Policy as "name@version+digest"."""
    models: Mapping[str, str]
    """Role to "name@version"."""
    plan: Plan
    outcomes: tuple[Outcome, ...]
    seconds: Mapping[str, float]
    """Stage to seconds."""
    exemptions: tuple[Exemption, ...] = ()

    @property
    def images(self) -> list[Image | None]:
        """Images in order of index; None where one was withheld."""
        return [outcome.image for outcome in self.outcomes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a generator delivers for one shot: a picture, or the reason why there is none."""

    image: Image | None
    error: str | None = None
    outside: bool = False
    """Whether the prompt lay outside what the generator was trained on."""
    stopped_by: tuple[Finding, ...] = ()
    """What was found in a preview, when the picture was stopped before it was finished; then there is no image."""


@runtime_checkable
class TextDetector(Protocol):
    """Measures texts."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in order; every category it knows, unthresholded."""
        ...


@runtime_checkable
class ImageDetector(Protocol):
    """Measures images."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return the findings of each frame, in order; every category it knows, unthresholded."""
        ...


@runtime_checkable
class PeopleAnalyzer(Protocol):
    """Finds the people a text speaks of."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def analyze(self, texts: Sequence[str]) -> list[list[PersonGroup]]:
        """Return the groups of people in each text, in order of appearance."""
        ...


@runtime_checkable
class Rewriter(Protocol):
    """Proposes safe wordings."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        """Return candidate wordings, best first; empty when nothing safe keeps the subject."""
        ...


@runtime_checkable
class Generator(Protocol):
    """Draws shots."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    @property
    def domain(self) -> str:
        """Kind of picture it draws: "sketch", "photograph", ..."""
        ...

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Return one drawing per shot, in order."""
        ...


@runtime_checkable
class Inpainter(Protocol):
    """Draws a region of a picture anew."""

    def inpaint(self, image: Image, mask: NDArray[np.bool_], shot: Shot) -> Image:
        """Return a picture of the same size that differs from ``image`` only inside ``mask`` (H, W)."""
        ...


@runtime_checkable
class Reworker(Inpainter, Protocol):
    """An inpainter that can also start from what is there."""

    def rework(self, image: Image, mask: NDArray[np.bool_], shot: Shot, strength: float) -> Image:
        """Return what ``inpaint`` would, but keep more of what is under the mask the lower ``strength`` is.

        At 1 nothing of it is kept; towards 0 nothing changes.
        """
        ...


@runtime_checkable
class Editor(Protocol):
    """Applies a local remedy."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def edit(self, image: Image, finding: Finding, shot: Shot) -> tuple[Image, Edit]:
        """Return the remedied picture and what was done; the input is not modified."""
        ...

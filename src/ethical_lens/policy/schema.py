"""The shape of a policy file. The only module of the package that needs pydantic; import it when a file is read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from ethical_lens.policy.shape import IDENTIFIER, LABEL, LINE, Part, validated
from ethical_lens.policy.source import Document

ActionName = Literal["allow", "flag", "rewrite", "edit", "regenerate", "block"]
StageName = Literal["text", "image"]
Grade = Literal["K1", "K2", "K3"]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
Identifier = Annotated[str, Field(max_length=40, pattern=IDENTIFIER)]
Seconds = Annotated[float, Field(gt=0.0, le=86_400.0, allow_inf_nan=False)]


class RemedyPart(Part):
    """What is done, and from which score on."""

    action: ActionName | None = None
    threshold: Share | None = None
    editors: list[Identifier] | None = None
    editor: Identifier | None = None
    then: Literal["regenerate", "withhold", "release", "regenerate_or_release"] | None = None
    message: Sentence | None = None


class RulePart(RemedyPart):
    """The rule of one category: one remedy, or one for every grade."""

    K1: RemedyPart | None = None
    K2: RemedyPart | None = None
    K3: RemedyPart | None = None


class ConditionPart(Part):
    """What a joined rule asks of one category."""

    grade: Grade = "K1"
    threshold: Share | None = None


class JoinedPart(RemedyPart):
    """A rule that needs several categories at once."""

    stage: StageName
    all: Annotated[dict[Identifier, ConditionPart], Field(min_length=2)]

    @field_validator("all", mode="before")
    @classmethod
    def _spell_out(cls, value: object) -> object:
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return {name: {} for name in value}
        if isinstance(value, dict):
            return {name: {"grade": grade} if isinstance(grade, str) else grade for name, grade in value.items()}
        return value


class CategoryPart(Part):
    """Something that detectors measure."""

    title: Word
    definition: Sentence
    stages: Annotated[list[StageName], Field(min_length=1)]
    harm: bool = True


class ThresholdsPart(Part):
    """Thresholds of rules that give none, and of the label."""

    text: Share
    image: Share
    label: Share


class AxisPart(Part):
    """A fairness axis."""

    title: Word
    values: Annotated[list[Word], Field(min_length=1, max_length=100)]
    shares: dict[Word, Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)]] = Field(default_factory=dict)
    words: dict[Word, dict[Identifier, Word]] = Field(default_factory=dict)
    minor: list[Word] = Field(default_factory=list)


class FairnessPart(Part):
    """What is dealt to people whose attributes are open."""

    diversify: bool
    assert_record: Share | None = None
    axes: dict[Identifier, AxisPart]

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, value: object) -> object:
        """Leave out the axes that are switched off."""
        if isinstance(value, dict) and isinstance(axes := value.get("axes"), dict):
            return {**value, "axes": {name: axis for name, axis in axes.items() if axis != "off"}}
        return value


class AttemptsPart(Part):
    """How often an image is tried."""

    max: Annotated[int, Field(ge=1, le=20)]
    regenerations: Annotated[int, Field(ge=0, le=20)]
    tightening: Annotated[float, Field(gt=0.0, le=1.0)]


class SecondsPart(Part):
    """Time-outs."""

    detector: Seconds
    generator: Seconds
    rewriter: Seconds
    editor: Seconds


class SecondOpinionPart(Part):
    """Who else is asked about a text, and when."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    detector: Word
    low: Share = Field(alias="from")
    high: Share = Field(alias="to")
    seconds: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"'from' has to be at most 'to', got {self.low} and {self.high}")
        return self


Messages = dict[Identifier, dict[ActionName, Sentence]]


class MessagesPart(Part):
    """Sentences for the user, by category (or "any") and action."""

    text: Messages = Field(default_factory=dict)
    image: Messages = Field(default_factory=dict)


class ProofPart(Part):
    """What one detector was shown to do; written by ``ethical-lens prove fit``."""

    detector: Word
    generator: Annotated[str, Field(min_length=1, max_length=300, pattern=LINE)]
    rule: Word
    false_alarm_rate: Share
    n_labels: Annotated[int, Field(ge=1)]


class PolicyPart(Part):
    """A whole policy, after everything it extends was laid under it."""

    name: Annotated[str, Field(max_length=64, pattern=LABEL)]
    version: Annotated[str, Field(max_length=32, pattern=LABEL)]
    extends: str | None = None
    description: str = ""
    thresholds: ThresholdsPart
    categories: dict[Identifier, CategoryPart]
    text: dict[Identifier, RulePart]
    image: dict[Identifier, RulePart]
    joined: list[JoinedPart] = Field(default_factory=list)
    messages: MessagesPart
    fairness: FairnessPart
    attempts: AttemptsPart
    seconds: SecondsPart
    second_opinion: SecondOpinionPart | None = None
    retention: Literal["none", "hash", "text"]
    text_only: bool = False
    opt_out: list[Word] = Field(default_factory=list)
    allow_steering: list[Identifier] = Field(default_factory=list)
    report_hook: Word | None = None
    advisory: list[Word] = Field(default_factory=list)
    proved: list[ProofPart] = Field(default_factory=list)

    @field_validator("version", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def parse(document: Document) -> PolicyPart:
    """Check the shape of a document.

    Raises:
        PolicyError: With everything that is wrong, each with its file and line.
    """
    return validated(document, PolicyPart, advice=", or start from a shipped policy with 'extends: default'")

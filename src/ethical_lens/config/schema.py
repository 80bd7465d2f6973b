"""The shape of a configuration file; import it when a file is read, because it needs pydantic."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ethical_lens.policy.shape import IDENTIFIER, LINE, Part
from ethical_lens.types import Exemption

Word = Annotated[str, Field(min_length=1, max_length=1000, pattern=LINE)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0.0, le=86_400.0, allow_inf_nan=False)]
Identifier = Annotated[str, Field(max_length=40, pattern=IDENTIFIER)]
ExemptionName = Annotated[Exemption, Field(strict=False)]


class ChosenPart(BaseModel):
    """A registered name, and whatever arguments its factory takes; those are checked against its signature."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    use: Word

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: object) -> object:
        return {"use": value} if isinstance(value, str) else value


class TextPart(Part):
    """What reads and words prompts."""

    detectors: Annotated[list[ChosenPart], Field(min_length=1)] | None = None
    negative: list[ChosenPart] | None = None
    rewriter: ChosenPart | None = None


class ImagePart(Part):
    """What looks at pictures."""

    detectors: Annotated[list[ChosenPart], Field(min_length=1)] | None = None
    locator: ChosenPart | None = None


class OpinionPart(Part):
    """Who else is asked about a text, and when."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    detector: ChosenPart
    low: Share = Field(default=0.2, alias="from")
    high: Share = Field(default=0.8, alias="to")
    seconds: Seconds = 20.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"'from' has to be at most 'to', got {self.low} and {self.high}")
        return self


class AuditPart(Part):
    """Where the audit log lies; what it keeps of prompts is the policy's ``retention``."""

    path: Word
    fsync: bool = True
    lock_timeout_seconds: Seconds = 30.0

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value


class ConfigurationPart(Part):
    """A whole configuration."""

    version: Literal[1]
    policy: Word = "default"
    generator: ChosenPart = ChosenPart(use="sketch")
    text: TextPart = TextPart()
    people: ChosenPart | None = None
    second_opinion: OpinionPart | None = None
    image: ImagePart = ImagePart()
    editors: dict[Identifier, ChosenPart] = Field(default_factory=dict)
    ledger: Word | None = None
    audit: AuditPart | None = None
    weights_lock: Word | None = None
    exemptions: list[ExemptionName] = Field(default_factory=list)

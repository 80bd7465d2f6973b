"""The shape of a policy file. The only module of the package that needs pydantic; import it when a file is read."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from ethical_lens.errors import PolicyError
from ethical_lens.policy.source import Document, Place

_LABEL = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_LINE = r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$"
_IDENTIFIER = r"^[a-z][a-z0-9_]*$"

ActionName = Literal["allow", "flag", "rewrite", "edit", "regenerate", "block"]
StageName = Literal["text", "image"]
Grade = Literal["K1", "K2", "K3"]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=80, pattern=_LINE)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
Identifier = Annotated[str, Field(max_length=40, pattern=_IDENTIFIER)]
Seconds = Annotated[float, Field(gt=0.0, le=86_400.0, allow_inf_nan=False)]


_PATTERNS = {
    _LABEL: "use letters, digits, '.', '_' and '-', without spaces",
    _LINE: "write one line that is not blank",
    _IDENTIFIER: "use small letters, digits and '_', a letter first",
}
_KINDS: dict[type, str] = {dict: "mapping", list: "list"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RemedyPart(_Part):
    """What is done, and from which score on."""

    action: ActionName | None = None
    threshold: Share | None = None
    editors: list[Identifier] | None = None
    editor: Identifier | None = None
    then: Literal["regenerate", "withhold"] | None = None
    message: Sentence | None = None


class RulePart(RemedyPart):
    """The rule of one category: one remedy, or one for every grade."""

    K1: RemedyPart | None = None
    K2: RemedyPart | None = None
    K3: RemedyPart | None = None


class ConditionPart(_Part):
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


class CategoryPart(_Part):
    """Something that detectors measure."""

    title: Word
    definition: Sentence
    stages: Annotated[list[StageName], Field(min_length=1)]
    harm: bool = True


class ThresholdsPart(_Part):
    """Thresholds of rules that give none, and of the label."""

    text: Share
    image: Share
    label: Share


class AxisPart(_Part):
    """A fairness axis."""

    title: Word
    values: Annotated[list[Word], Field(min_length=1, max_length=100)]
    shares: dict[Word, Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)]] = Field(default_factory=dict)
    words: dict[Word, dict[Identifier, Word]] = Field(default_factory=dict)
    minor: list[Word] = Field(default_factory=list)


class FairnessPart(_Part):
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


class AttemptsPart(_Part):
    """How often an image is tried."""

    max: Annotated[int, Field(ge=1, le=20)]
    regenerations: Annotated[int, Field(ge=0, le=20)]
    tightening: Annotated[float, Field(gt=0.0, le=1.0)]


class SecondsPart(_Part):
    """Time-outs."""

    detector: Seconds
    generator: Seconds
    rewriter: Seconds
    editor: Seconds


class SecondOpinionPart(_Part):
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


class MessagesPart(_Part):
    """Sentences for the user, by category (or "any") and action."""

    text: Messages = Field(default_factory=dict)
    image: Messages = Field(default_factory=dict)


class PolicyPart(_Part):
    """A whole policy, after everything it extends was laid under it."""

    name: Annotated[str, Field(max_length=64, pattern=_LABEL)]
    version: Annotated[str, Field(max_length=32, pattern=_LABEL)]
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
    opt_out: list[Word] = Field(default_factory=list)
    allow_steering: list[Identifier] = Field(default_factory=list)

    @field_validator("version", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def parse(document: Document) -> PolicyPart:
    """Check the shape of a document.

    Raises:
        PolicyError: With everything that is wrong, each with its file and line.
    """
    try:
        return PolicyPart.model_validate(document.tree)
    except ValidationError as error:
        raise refusal(document, [(detail["loc"], _sentence(detail)) for detail in error.errors()]) from None


def refusal(document: Document, problems: Iterable[tuple[Place, str]]) -> PolicyError:
    """Return one error for all problems, those of the file itself before those of what it extends."""
    located = {(document.origin(place), text) for place, text in problems}
    own = document.origin(()).path
    ordered = sorted((origin.path != own, origin.path, origin.line, text) for origin, text in located)
    (_, path, line, message), *others = ordered
    further = "".join(f"\n  {other_path}:{other_line}: {text}" for _, other_path, other_line, text in others)
    return PolicyError(message + further, path=path, line=line)


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return the end of a sentence that offers the nearest known word, or all of them."""
    choices = sorted(known)
    nearest = difflib.get_close_matches(str(word), choices, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"use one of: {', '.join(choices)}"


def _sentence(detail: ErrorDetails) -> str:
    key, given = detail["loc"][-1] if detail["loc"] else "", detail["input"]
    subject = _subject(detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {key!r}; {suggestion(key, _keys_at(detail['loc'][:-1]))}"
        case "missing":
            return f"missing key {key!r}; add it, or start from a shipped policy with 'extends: default'"
        case "literal_error":
            choices = _quoted(str(detail["ctx"]["expected"]))
            return f"{subject} cannot be {_shown(given)}; {suggestion(given, choices)}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{subject} has to be a mapping ('key: value'), not {_shown(given)}"
        case "list_type":
            return f"{subject} has to be a list ('[a, b]'), not {_shown(given)}"
        case "string_type":
            return f"{subject} has to be text, not {_shown(given)}; put it in quotes"
        case "string_pattern_mismatch":
            return f"{subject} cannot be {_shown(given)}; {_PATTERNS[detail['ctx']['pattern']]}"
        case "too_short":
            return f"{subject} needs {detail['ctx']['min_length']} entries or more"
        case _:
            requirement = detail["msg"].removeprefix("Input ").removeprefix("String ")
            return f"{subject} {requirement}, not {_shown(given)}"


def _subject(place: Place) -> str:
    words = [step for step in place if isinstance(step, str) and step != "[key]"]
    return f"{'.'.join(words)!r}" if words else "the policy"


def _shown(given: object) -> str:
    if given is None:
        return "empty"
    return f"{given!r:.60}" if isinstance(given, str | int | float) else f"a {_KINDS.get(type(given), 'value')}"


def _quoted(expected: str) -> list[str]:
    return [part for index, part in enumerate(expected.split("'")) if index % 2]


def _keys_at(place: Place) -> list[str]:
    """Return the keys that a mapping at this place may have."""
    shape: object = PolicyPart
    for step in place:
        shape = _inside(shape, step)
    return list(shape.model_fields) if _is_model(shape) else []


def _inside(shape: object, step: str | int) -> object:
    if _is_model(shape):
        field = shape.model_fields.get(str(step))
        shape = field.annotation if field else None
    else:
        shape = typing.get_args(shape)[-1] if typing.get_args(shape) else None
    return _bare(shape)


def _bare(shape: object) -> object:
    """Strip ``Annotated`` and ``| None``."""
    if typing.get_origin(shape) is Annotated:
        return _bare(typing.get_args(shape)[0])
    if typing.get_origin(shape) in (typing.Union, types.UnionType):
        return next(_bare(part) for part in typing.get_args(shape) if part is not type(None))
    return shape


def _is_model(shape: object) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(shape, type) and issubclass(shape, BaseModel)

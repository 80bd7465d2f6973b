"""Checking the shape of a file with pydantic, so that every mistake is said in a sentence and points at its line.

What reads files imports this, and pydantic with it, when it reads one.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from ethical_lens.errors import FileError
from ethical_lens.policy.source import Document, Place

LABEL: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
LINE: Final = r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$"
IDENTIFIER: Final = r"^[a-z][a-z0-9_]*$"

PATTERNS: Final = {
    LABEL: "use letters, digits, '.', '_' and '-', without spaces",
    LINE: "write one line that is not blank",
    IDENTIFIER: "use small letters, digits and '_', a letter first",
}
_KINDS: dict[type, str] = {dict: "mapping", list: "list"}


class Part(BaseModel):
    """Part of a file: no other keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Shape = TypeVar("Shape", bound=BaseModel)


def validated(document: Document, shape: type[Shape], *, advice: str = "") -> Shape:
    """Check the shape of a document.

    Args:
        document: What was read.
        shape: What is expected.
        advice: End of the sentence about a key that is missing.

    Raises:
        FileError: With everything that is wrong, each with its file and line.
    """
    try:
        return shape.model_validate(document.tree)
    except ValidationError as error:
        problems = [(detail["loc"], _sentence(detail, shape, advice)) for detail in error.errors()]
        raise refusal(document, problems) from None


def refusal(document: Document, problems: Iterable[tuple[Place, str]]) -> FileError:
    """Return one error for all problems, those of the file itself before those of what it extends."""
    located = {(document.origin(place), text) for place, text in problems}
    own = document.origin(()).path
    ordered = sorted((origin.path != own, origin.path, origin.line, text) for origin, text in located)
    (_, path, line, message), *others = ordered
    further = "".join(f"\n  {other_path}:{other_line}: {text}" for _, other_path, other_line, text in others)
    return document.refusal(message + further, path=path, line=line)


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return the end of a sentence that offers the nearest known word, or all of them."""
    choices = sorted(known)
    nearest = difflib.get_close_matches(str(word), choices, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"use one of: {', '.join(choices)}"


def _sentence(detail: ErrorDetails, shape: type[BaseModel], advice: str) -> str:
    key, given = detail["loc"][-1] if detail["loc"] else "", detail["input"]
    subject = _subject(detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {key!r}; {suggestion(key, _keys_at(shape, detail['loc'][:-1]))}"
        case "missing":
            return f"missing key {key!r}; add it{advice}"
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
            return f"{subject} cannot be {_shown(given)}; {PATTERNS[detail['ctx']['pattern']]}"
        case "too_short":
            return f"{subject} needs {detail['ctx']['min_length']} entries or more"
        case _:
            requirement = detail["msg"].removeprefix("Input ").removeprefix("String ")
            return f"{subject} {requirement}, not {_shown(given)}"


def _subject(place: Place) -> str:
    words = [step for step in place if isinstance(step, str) and step != "[key]"]
    return f"{'.'.join(words)!r}" if words else "the file"


def _shown(given: object) -> str:
    if given is None:
        return "empty"
    return f"{given!r:.60}" if isinstance(given, str | int | float) else f"a {_KINDS.get(type(given), 'value')}"


def _quoted(expected: str) -> list[str]:
    return [part for index, part in enumerate(expected.split("'")) if index % 2]


def _keys_at(whole: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that a mapping at this place may have."""
    shape: object = whole
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

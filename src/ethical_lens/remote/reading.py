"""Answers in JSON, read against the shape that is expected."""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ethical_lens.remote.errors import RemoteError


class Part(BaseModel):
    """Part of an answer: known fields are checked, unknown ones left aside, since servers add to their answers."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


M = TypeVar("M", bound=BaseModel)


def read(shape: type[M], content: bytes) -> M:
    """Return an answer in the shape that is expected.

    Args:
        shape: What to expect.
        content: JSON.

    Raises:
        RemoteError: If it is no JSON or has another shape. The message names places, never content.
    """
    try:
        return shape.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"]) or "the top"
        names = ", ".join(shape.model_fields)
        raise RemoteError(
            f"expected a JSON object with {names}, but the answer has another shape ({first['type']} at {place}); "
            "look whether the address leads to the right server, in a version that is supported"
        ) from None


def read_base64(text: str) -> bytes:
    """Return the bytes that base64 text stands for; a prefix as in a data URL is left aside.

    Raises:
        RemoteError: If it is no base64.
    """
    _, comma, tail = text.partition(",")
    try:
        return base64.b64decode(tail if comma else text, validate=True)
    except (binascii.Error, ValueError):
        raise RemoteError("expected a picture as base64, but the text is none; look into the server's log") from None

"""The one JSON form of the records, and its canonical bytes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import json
import math
from collections.abc import Mapping, Set
from typing import TypeAlias, cast

from ethical_lens.types import Action, Mask, Severity

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

PIXEL_FIELDS = frozenset({"image", "embedding", "bits"})
"""Record fields that hold pixels or what can be traced back to them; they have no JSON form."""


def to_plain(record: object) -> Json:
    """Turn a record, or anything made of records, into data that JSON can hold.

    Enumerations become the words of the JSON contract, numbers that are not finite become null, and a mask becomes its
    box with the number of pixels in it. Images and embeddings are left out; an array anywhere else is refused.

    Args:
        record: A record of :mod:`ethical_lens.types`, or a mapping, sequence or scalar.

    Returns:
        Nested dicts, lists and scalars; the input is not modified.

    Raises:
        TypeError: If something in it has no JSON form.

    Example:
        >>> from ethical_lens.types import Box, Finding, Severity
        >>> plain = to_plain(Finding(category="nude", score=float("nan"), source="heads@1", severity=Severity.K2))
        >>> plain["severity"], plain["score"]
        ('K2', None)
    """
    if record is None or type(record) in (bool, int, str):
        return cast("bool | int | str | None", record)
    if isinstance(record, enum.Enum):
        return enum_word(record)
    if isinstance(record, int | str):
        return record
    if isinstance(record, float):
        return float(record) if math.isfinite(record) else None
    if isinstance(record, Mask):
        return {"box": to_plain(record.box), "n_pixels": int(record.bits.sum())}
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {name: to_plain(getattr(record, name)) for name in plain_fields(type(record))}
    if isinstance(record, Mapping):
        return {plain_key(key): to_plain(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [to_plain(value) for value in record]
    if isinstance(record, Set):
        return [to_plain(value) for value in sorted(record)]
    return to_plain(_unwrapped(record))


def plain_fields(kind: type) -> tuple[str, ...]:
    """Return the names of a record's fields that have a JSON form, in order."""
    return _plain_fields(kind)


def plain_key(key: object) -> str:
    """Return a mapping's key as JSON writes it.

    Raises:
        TypeError: If the key is neither a string nor an enumeration.
    """
    if isinstance(key, enum.Enum):
        return enum_word(key)
    if isinstance(key, str):
        return key
    raise TypeError(f"expected a string or an enumeration as a key, got {type(key).__name__}; name the keys")


def enum_word(member: enum.Enum) -> str:
    """Return the word of the JSON contract: "K2" for a severity, "block" for an action, else the member's value."""
    if isinstance(member, Severity):
        return member.name
    if isinstance(member, Action):
        return member.name.lower()
    return str(member.value)


def canonical_json(data: Json) -> bytes:
    """Write plain data so that equal data gives equal bytes: UTF-8, sorted keys, no spaces, no NaN.

    Half of a surrogate pair, which UTF-8 cannot hold, is written as its JSON escape.

    Args:
        data: Plain data, as from :func:`to_plain`.

    Returns:
        The bytes, without a newline anywhere.

    Raises:
        ValueError: If a number is not finite.
        TypeError: If something in it is not plain.

    Example:
        >>> canonical_json({"b": 1, "a": [None, 0.5]})
        b'{"a":[null,0.5],"b":1}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def digest(data: Json) -> str:
    """Return the SHA-256 of the canonical bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(data)).hexdigest()


def _unwrapped(scalar: object) -> bool | int | float | str:
    """Return a NumPy scalar's Python value, without importing NumPy."""
    if getattr(scalar, "ndim", None) == 0 and callable(item := getattr(scalar, "item", None)):
        value = item()
        if isinstance(value, bool | int | float | str):
            return value
    raise TypeError(
        f"expected a record, mapping, sequence or number, got {type(scalar).__name__}; "
        "pixels and arrays are never serialised"
    )


@functools.cache
def _plain_fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.name not in PIXEL_FIELDS)

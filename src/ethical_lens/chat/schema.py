"""JSON schemas: the part of the standard that models are asked to keep to, and the check that they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from ethical_lens.errors import ConfigurationError
from ethical_lens.serial import Json, digest

_TYPES: Final[Mapping[str, Callable[[Json], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
_KEYWORDS: Final = frozenset(
    {
        "type", "enum", "const", "anyOf", "properties", "required", "additionalProperties", "items", "minItems",
        "maxItems", "minLength", "maxLength", "minimum", "maximum", "title", "description",
    }
)  # fmt: skip
_DEEPEST: Final = 32

Document = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The form of an answer.

    Objects name all their properties, and no other is accepted. Keywords that are not checked here are refused, so
    that nothing stands in a schema without effect.

    Raises:
        ConfigurationError: If it uses more of JSON Schema than is checked here, or does not describe an object.

    Example:
        >>> grade = {"type": "object", "properties": {"grade": {"enum": ["K0", "K1"]}}, "required": ["grade"]}
        >>> schema = Schema(name="grade-1", document=grade)
        >>> schema.problem({"grade": "K0"}), schema.problem({"grade": "K9"})
        (None, 'grade: expected one of K0, K1')
    """

    name: str
    """Name and version of the form, such as "toxicity-1"."""
    document: Document

    def __post_init__(self) -> None:
        if self.document.get("type") != "object":
            raise ConfigurationError(f"schema {self.name} has to describe an object; wrap what it describes in one")
        _require_known(dict(self.document), self.name, 0)

    @property
    def digest(self) -> str:
        """SHA-256 of name and document, in hexadecimal digits."""
        return digest({"name": self.name, "document": self.plain})

    @property
    def plain(self) -> dict[str, Json]:
        """The document with ``additionalProperties: false`` in every object, as strict servers want it."""
        return cast("dict[str, Json]", _closed(dict(self.document)))

    def problem(self, value: Json) -> str | None:
        """Return what is wrong with a value, in words that hold nothing of it, or None if it keeps to the schema."""
        return next(_problems(value, self.document, ""), None)


def _problems(value: Json, document: Document, place: str) -> Iterator[str]:
    """Find what is wrong. Places are named by the schema's own words and by indices."""
    yield from _plain_problems(value, document, place)
    branches = cast("list[Document]", document.get("anyOf", []))
    if branches and all(any(True for _ in _problems(value, branch, place)) for branch in branches):
        yield _at(place, "fits none of the forms that are allowed")
    if isinstance(value, str):
        yield from _length_problems(len(value), document, place, "Length", "characters")
    elif isinstance(value, list):
        yield from _length_problems(len(value), document, place, "Items", "items")
        if "items" in document:
            for index, each in enumerate(value):
                yield from _problems(each, cast("Document", document["items"]), f"{place}[{index}]")
    elif isinstance(value, dict):
        yield from _object_problems(value, document, place)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_problems(value, document, place)


def _plain_problems(value: Json, document: Document, place: str) -> Iterator[str]:
    wanted = document.get("type")
    names = cast("list[str]", [wanted] if isinstance(wanted, str) else wanted or [])
    if names and not any(_TYPES[name](value) for name in names):
        yield _at(place, f"expected {' or '.join(names)}")
    choices = document.get("enum")
    if isinstance(choices, list) and not any(_same(value, choice) for choice in choices):
        yield _at(place, f"expected one of {', '.join(map(str, choices))}")
    if "const" in document and not _same(value, document["const"]):
        yield _at(place, f"expected {document['const']}")


def _object_problems(value: Mapping[str, Json], document: Document, place: str) -> Iterator[str]:
    properties = cast("Mapping[str, Document]", document.get("properties", {}))
    for name in cast("list[str]", document.get("required", [])):
        if name not in value:
            yield _at(place, f"lacks {name}")
    if "properties" in document and not set(value) <= set(properties):
        yield _at(place, f"has more than {', '.join(properties) or 'nothing'}")
    for name, part in properties.items():
        if name in value:
            yield from _problems(value[name], part, f"{place}.{name}" if place else name)


def _length_problems(length: int, document: Document, place: str, keyword: str, unit: str) -> Iterator[str]:
    least, most = document.get(f"min{keyword}"), document.get(f"max{keyword}")
    if isinstance(least, int) and length < least:
        yield _at(place, f"expected at least {least} {unit}")
    if isinstance(most, int) and length > most:
        yield _at(place, f"expected at most {most} {unit}")


def _number_problems(value: float, document: Document, place: str) -> Iterator[str]:
    least, most = document.get("minimum"), document.get("maximum")
    if isinstance(least, int | float) and value < least:
        yield _at(place, f"expected at least {least}")
    if isinstance(most, int | float) and value > most:
        yield _at(place, f"expected at most {most}")


def _require_known(document: Json, place: str, depth: int) -> None:
    if not isinstance(document, Mapping) or depth > _DEEPEST:
        raise ConfigurationError(f"schema {place} has to be an object, at most {_DEEPEST} deep")
    unknown = sorted(set(document) - _KEYWORDS)
    if unknown:
        raise ConfigurationError(f"schema {place} uses {', '.join(unknown)}, which is not checked; leave it out")
    if document.get("additionalProperties", False) is not False:
        raise ConfigurationError(f"schema {place} allows additional properties; name them all")
    wanted = document.get("type", [])
    for name in [wanted] if isinstance(wanted, str) else cast("list[Json]", wanted):
        if name not in _TYPES:
            raise ConfigurationError(f"schema {place} has the unknown type {name!r}; known are {', '.join(_TYPES)}")
    properties = document.get("properties", {})
    required = cast("list[str]", document.get("required", []))
    if not isinstance(properties, Mapping) or not set(required) <= set(properties):
        raise ConfigurationError(f"schema {place} requires what its properties do not name; correct it")
    for name, part in properties.items():
        _require_known(part, f"{place}.{name}", depth + 1)
    for part in [*cast("list[Json]", document.get("anyOf", [])), *([document["items"]] if "items" in document else [])]:
        _require_known(part, place, depth + 1)


def _closed(document: Json) -> Json:
    if not isinstance(document, Mapping):
        return document
    closed: dict[str, Json] = dict(document)
    if "properties" in closed:
        closed["properties"] = {
            name: _closed(part) for name, part in cast("Mapping[str, Json]", closed["properties"]).items()
        }
        closed["additionalProperties"] = False
    if "items" in closed:
        closed["items"] = _closed(closed["items"])
    if "anyOf" in closed:
        closed["anyOf"] = [_closed(part) for part in cast("list[Json]", closed["anyOf"])]
    return closed


def _same(one: Json, other: Json) -> bool:
    """Compare as JSON does: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _at(place: str, problem: str) -> str:
    return f"{place}: {problem}" if place else f"the answer: {problem}"

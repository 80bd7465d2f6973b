"""YAML text to plain data in which every place remembers its file and line.

Policies and configurations need only a plain part of YAML: mappings with text keys, lists, text, numbers, true, false
and null. Aliases, tags, repeated keys and several documents are refused, and ``yes``, ``no``, ``on`` and ``off`` are
ordinary words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml

from ethical_lens.errors import FileError, PolicyError

MAX_BYTES = 1_000_000
"""Largest file that is read."""

MAX_DEPTH = 16
"""Deepest nesting that is read."""

Tree = dict[str, "Tree"] | list["Tree"] | str | int | float | bool | None
"""What a file can say."""

Place = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: Mapping[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """File and line, counted from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Content of one file, or of several laid over one another."""

    tree: dict[str, Tree]
    origins: Mapping[Place, Origin]
    """Place to where it was written; the root is the empty place."""
    refusal: type[FileError] = PolicyError
    """What is raised when the file cannot be used."""

    def origin(self, place: Place) -> Origin:
        """Return where a place was written, or the nearest one around it that is known.

        Steps that the file does not have (a shorthand that was spelled out) are passed over.
        """
        known: Place = ()
        for step in place:
            if (*known, step) in self.origins:
                known = (*known, step)
        return self.origins[known]

    def error(self, place: Place, message: str) -> FileError:
        """Return an error that points at a place."""
        origin = self.origin(place)
        return self.refusal(message, path=origin.path, line=origin.line)


def read(path: Path, refusal: type[FileError] = PolicyError) -> Document:
    """Read one file.

    Args:
        path: The file.
        refusal: What is raised when it cannot be used.

    Raises:
        FileError: If it is missing, too large, not text, not YAML, or not a mapping of plain values.
    """
    text = _text(path, refusal)
    reader = _Reader(str(path), refusal)
    try:
        tree = reader.document(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise reader.error(f"not valid YAML: {error.problem or error.context}", mark) from None
    except yaml.YAMLError as error:
        raise reader.error(f"not valid YAML: {' '.join(str(error).split())}", None) from None
    if not isinstance(tree, dict):
        found = "nothing" if tree is None else f"a {_kind(tree)}"
        raise reader.error(f"expected a mapping such as 'name: my-policy', found {found}", None)
    return Document(tree=tree, origins=reader.origins, refusal=refusal)


def _text(path: Path, refusal: type[FileError]) -> str:
    try:
        if not path.is_file():
            problem = "expected a file, found something else" if path.exists() else "no such file"
            raise refusal(problem, path=str(path))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise refusal(f"cannot be read: {error}", path=str(path)) from error
    if len(content) > MAX_BYTES:
        raise refusal(f"larger than {MAX_BYTES:,} bytes; write a few hundred lines of text", path=str(path))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refusal("not UTF-8 text; expected a YAML file", path=str(path), line=line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise refusal("binary; expected a YAML file", path=str(path), line=line)
    return text


class _Mark(Protocol):
    """What the marks of both YAML parsers have."""

    @property
    def line(self) -> int: ...


class _Reader:
    """Builds the tree from parser events, so that nothing in it is built before it is checked."""

    def __init__(self, path: str, refusal: type[FileError]) -> None:
        self.path = path
        self.refusal = refusal
        self.origins: dict[Place, Origin] = {(): Origin(path=path, line=1)}

    def document(self, events: Iterator[yaml.Event]) -> Tree:
        tree: Tree = None
        n_documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                n_documents += 1
                if n_documents > 1:
                    raise self.error("a second document begins here; write one document", event.start_mark)
                tree = self._node(next(events), events, ())
        return tree

    def error(self, message: str, mark: _Mark | None) -> FileError:
        return self.refusal(message, path=self.path, line=None if mark is None else mark.line + 1)

    def _note(self, place: Place, mark: _Mark | None) -> None:
        if mark is not None:
            self.origins[place] = Origin(path=self.path, line=mark.line + 1)

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> Tree:
        if isinstance(event, yaml.AliasEvent):
            raise self.error("aliases are not accepted; write it out", event.start_mark)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise self.error(f"tags ({event.tag}) are not accepted; write a plain value", event.start_mark)
        if len(place) > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} levels deep", event.start_mark)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, place)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        raise self.error("not a value", event.start_mark)

    def _mapping(self, events: Iterator[yaml.Event], place: Place) -> dict[str, Tree]:
        mapping: dict[str, Tree] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error("a key has to be a word", event.start_mark)
            key = str(event.value)
            if key in mapping:
                first = self.origins[(*place, key)].line
                raise self.error(f"key {key!r} is given twice; the first is in line {first}", event.start_mark)
            self._note((*place, key), event.start_mark)
            mapping[key] = self._node(next(events), events, (*place, key))
        return mapping

    def _sequence(self, events: Iterator[yaml.Event], place: Place) -> list[Tree]:
        sequence: list[Tree] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            item = (*place, len(sequence))
            self._note(item, event.start_mark)
            sequence.append(self._node(event, events, item))
        return sequence


def _scalar(event: yaml.ScalarEvent) -> Tree:
    value = str(event.value)
    if event.style:  # quoted, or a block; the C parser says "" for plain
        return value
    if value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if _INTEGER.fullmatch(value):
        return int(value)
    if _FLOAT.fullmatch(value):
        return float(value.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return value


def _kind(tree: Tree) -> str:
    return {list: "list", str: "text", bool: "true or false"}.get(type(tree), "number")

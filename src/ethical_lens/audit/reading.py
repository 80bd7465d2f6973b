"""Reading a log back, one line at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from ethical_lens.audit.chain import (
    ENDING_BYTES,
    FIRST,
    AuditEntry,
    ContentState,
    DamagedLineError,
    Head,
    Line,
    LogPaths,
    erased_content,
    parse_line,
    stated_hash,
)
from ethical_lens.audit.locks import hold_to_read
from ethical_lens.audit.record import commit, filled
from ethical_lens.errors import AuditError
from ethical_lens.serial import Json

LOCK_TIMEOUT_SECONDS = 30.0
_BLOCK_BYTES = 1 << 16


def read(path: str | os.PathLike[str]) -> Iterator[AuditEntry]:
    """Yield the entries of a log in order, with the texts that it still holds in their places.

    Nothing is checked beyond what reading needs; that is the work of ``verify``. A torn last line is left out.

    Args:
        path: The log's folder or its ".jsonl" file.

    Raises:
        AuditError: If there is no log, or a line in it cannot be read.
    """
    paths = LogPaths.of(path)
    paths.require()
    with ContentFile(paths) as content:
        for number, raw in enumerate(complete_lines(paths.chain), start=1):
            try:
                line = parse_line(raw)
            except DamagedLineError as error:
                raise AuditError(f"{paths.chain}:{number}: {error}; run: ethical-lens audit verify {path}") from error
            yield content.joined(line)


def find(path: str | os.PathLike[str], entry_id: str) -> list[AuditEntry]:
    """Return the entries recorded under an id, erasures of it included, in order; empty when there are none.

    Lines that cannot be read are passed over.

    Args:
        path: The log's folder or its ".jsonl" file.
        entry_id: Id of a result.

    Raises:
        AuditError: If there is no log.
    """
    paths = LogPaths.of(path)
    paths.require()
    with ContentFile(paths) as content:
        return [content.joined(line) for line in lines_of(paths, entry_id)]


def confirm(path: str | os.PathLike[str], entry_id: str, text: str) -> list[str]:
    """Say where in an entry a text stood, without the log having to hold the text.

    Args:
        path: The log's folder or its ".jsonl" file.
        entry_id: Id of a result.
        text: The complete text, a prompt for example.

    Returns:
        JSON pointers to the places whose commitments were made to this text, "/request/prompt" for example; empty when
        it was another text, when it was erased, or when the entry was written with retention "none".

    Raises:
        AuditError: If there is no log.
    """
    paths = LogPaths.of(path)
    paths.require()
    places: dict[str, None] = {}
    with ContentFile(paths) as content:
        for line in lines_of(paths, entry_id):
            for pointer, salt in content.of(line).salts.items():
                if sealed_at(line.record, pointer) == commit(text, salt):
                    places[pointer] = None
    return list(places)


def head(path: str | os.PathLike[str]) -> Head:
    """Return length and last hash of the chain, to be stored where a writer of the log cannot reach it.

    Args:
        path: The log's folder or its ".jsonl" file.

    Raises:
        AuditError: If there is no log, or its end is damaged.
    """
    paths = LogPaths.of(path)
    paths.require()
    with hold_to_read(paths.lock, timeout_seconds=LOCK_TIMEOUT_SECONDS):
        if not paths.chain.exists():
            return Head(count=0, hash=FIRST)
        with paths.chain.open("rb") as file:
            raw = last_line(file, file.seek(0, os.SEEK_END))
    if not raw:
        return Head(count=0, hash=FIRST)
    try:
        line = parse_line(raw)
    except DamagedLineError as error:
        raise AuditError(f"the last line of {paths.chain}: {error}; run: ethical-lens audit verify {path}") from error
    return Head(count=line.seq, hash=line.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the content file holds for one line."""

    state: ContentState
    texts: Mapping[str, Json]
    """JSON pointer to text, where the retention kept it."""
    salts: Mapping[str, bytes]
    """JSON pointer to salt."""


_NOTHING: Mapping[str, Json] = {}


class ContentFile:
    """The erasable part of a log, open for reading.

    Args:
        paths: Where the log lies; a missing content file counts as an empty one.
    """

    def __init__(self, paths: LogPaths) -> None:
        self._file: BinaryIO | None = paths.content.open("rb") if paths.content.exists() else None

    def __enter__(self) -> ContentFile:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def bytes_of(self, line: Line) -> bytes:
        """Return what lies where a line says its content is."""
        if self._file is None:
            return b""
        self._file.seek(line.content.offset)
        return self._file.read(line.content.n_bytes)

    def of(self, line: Line) -> Content:
        """Return what is left of a line's content."""
        if line.content.n_bytes == 0:
            return Content(state="none", texts=_NOTHING, salts={})
        raw = self.bytes_of(line)
        if raw == erased_content(line):
            return Content(state="erased", texts=_NOTHING, salts={})
        if hashlib.sha256(raw).hexdigest() != line.content.sha256:
            return Content(state="damaged", texts=_NOTHING, salts={})
        items = cast("dict[str, list[str]]", json.loads(raw)["items"])
        return Content(
            state="present",
            texts={pointer: item[1] for pointer, item in items.items() if len(item) > 1},
            salts={pointer: bytes.fromhex(item[0]) for pointer, item in items.items()},
        )

    def joined(self, line: Line) -> AuditEntry:
        """Return a line with the texts that are left of it."""
        found = self.of(line)
        return line.entry(filled(line.record, found.texts), found.state)


def sealed_at(record: Json, pointer: str) -> str | None:
    """Return the commitment at a JSON pointer, or None if there is none."""
    place = record
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict):
            place = place.get(key)
        elif isinstance(place, list) and key.isdecimal() and int(key) < len(place):
            place = place[int(key)]
        else:
            return None
    sealed = place.get("sealed") if isinstance(place, dict) else None
    return sealed if isinstance(sealed, str) else None


def complete_lines(path: Path, *, start: int = 0) -> Iterator[bytes]:
    """Yield the lines of a file that end in a newline, from an offset on."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(start)
        for raw in file:
            if raw.endswith(b"\n"):
                yield raw


def lines_of(paths: LogPaths, entry_id: str) -> Iterator[Line]:
    """Yield the lines recorded under an id, without parsing the rest of the log; damaged lines are passed over."""
    mark = json.dumps(entry_id, ensure_ascii=False).encode("utf-8", "backslashreplace")
    for raw in complete_lines(paths.chain):
        if mark in raw and stated_hash(raw):
            try:
                line = parse_line(raw)
            except DamagedLineError:
                continue
            if line.id == entry_id:
                yield line


def last_line(file: BinaryIO, end: int) -> bytes:
    """Return the line that ends at an offset, reading backwards from there; empty at the start of the file.

    Args:
        file: File open for reading in binary.
        end: Offset behind the line, its newline included.
    """
    start, tail = end, b""
    while start > 0:
        step = min(_BLOCK_BYTES, start)
        start -= step
        file.seek(start)
        tail = file.read(step) + tail
        newline = tail.rfind(b"\n", 0, len(tail) - 1)
        if newline >= 0:
            return tail[newline + 1 :]
    return tail


def ending(file: BinaryIO, end: int) -> bytes:
    """Return the last bytes before an offset, enough to hold the hash of the line that ends there."""
    start = max(0, end - ENDING_BYTES)
    file.seek(start)
    return file.read(end - start)

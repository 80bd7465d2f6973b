"""The files of a log, the bytes of a line, and the checkpoint.

A line of the chain is a JSON object that ends in ``,"hash":"<64 hexadecimal digits>"}``. The hash covers every byte
before that ending, and those bytes name the hash of the line before: to check a line, cut its last 76 bytes and hash.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from ethical_lens.errors import AuditError, ConfigurationError
from ethical_lens.serial import Json, canonical_json

FORMAT = 1
FIRST = "0" * 64
"""What the first line names as the hash of the line before."""
KEY_VARIABLE = "ETHICAL_LENS_AUDIT_KEY"
MIN_KEY_BYTES = 16

_ENDING = re.compile(rb',"hash":"([0-9a-f]{64})"\}\n\Z')
ENDING_BYTES = 76

Retention = Literal["none", "hash", "text"]
Kind = Literal["request", "erased", "repaired"]
Algorithm = Literal["sha256", "hmac-sha256"]
ContentState = Literal["none", "present", "erased", "damaged"]


class DamagedLineError(ValueError):
    """A line is not what a writer of this log writes."""


@dataclass(frozen=True, slots=True)
class LogPaths:
    """Where the parts of one log lie."""

    chain: Path

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> LogPaths:
        """Return the paths for a folder, or for a file whose name ends in ".jsonl"."""
        place = Path(path)
        return cls(place if place.suffix == ".jsonl" and not place.is_dir() else place / "audit.jsonl")

    @property
    def content(self) -> Path:
        """What can be erased."""
        return self.chain.with_suffix(".content.jsonl")

    @property
    def checkpoint(self) -> Path:
        """How long the chain was when it was last written."""
        return self.chain.with_suffix(".head.json")

    @property
    def lock(self) -> Path:
        """Held by whoever appends."""
        return self.chain.with_suffix(".lock")

    @property
    def erase_lock(self) -> Path:
        """Held by whoever erases, and shared by those who verify."""
        return self.chain.with_suffix(".erase.lock")

    @property
    def torn(self) -> Path:
        """Where the remains of lines in flight go."""
        return self.chain.with_suffix(".torn")

    def require(self) -> None:
        """Refuse a place where no log lies.

        Raises:
            AuditError: If neither chain nor checkpoint is there.
        """
        if not (self.chain.exists() or self.checkpoint.exists()):
            raise AuditError(f"expected an audit log at {self.chain}, found none; give its folder or its .jsonl file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Length and last hash of a chain: kept somewhere else, it pins everything before it."""

    count: int
    """Lines in the chain."""
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read the form that ``str`` gives.

        Raises:
            AuditError: If the text is not of the form "COUNT:HASH".
        """
        found = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text.strip())
        if not found:
            raise AuditError(f'expected a head as "COUNT:HASH", as "audit head" prints it, got {text[:100]!r}')
        return cls(count=int(found[1]), hash=found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log, joined with what its content file still holds."""

    seq: int
    """Place in the chain, counted from 1."""
    at: str
    """When it was written: UTC, ISO 8601."""
    kind: Kind
    id: str
    """Id of the result, or of the entry that an erasure speaks of; empty for repairs."""
    retention: Retention
    record: Mapping[str, Json]
    """What happened; a text that is not kept is ``{"sealed": commitment or null}``."""
    content: ContentState
    hash: str
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPlace:
    """Where the content of a line lies in the content file."""

    offset: int
    n_bytes: int
    sha256: str | None

    @property
    def end(self) -> int:
        """Offset of what follows."""
        return self.offset + self.n_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the chain, as written."""

    seq: int
    at: str
    kind: Kind
    id: str
    retention: Retention
    record: dict[str, Json]
    content: ContentPlace
    algorithm: Algorithm
    previous: str
    hash: str

    def entry(self, record: Mapping[str, Json], content: ContentState) -> AuditEntry:
        """Return the public form."""
        return AuditEntry(
            seq=self.seq,
            at=self.at,
            kind=self.kind,
            id=self.id,
            retention=self.retention,
            record=record,
            content=content,
            hash=self.hash,
            previous=self.previous,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """State of the log after an append."""

    count: int
    hash: str
    chain_bytes: int
    content_bytes: int


def key_bytes(key: str | bytes | None) -> bytes | None:
    """Return the key that was given, else the one in the environment, else none.

    Raises:
        ConfigurationError: If it is too short to be secret.
    """
    given = os.environ.get(KEY_VARIABLE) or None if key is None else key
    secret = given.encode() if isinstance(given, str) else given
    if secret is not None and len(secret) < MIN_KEY_BYTES:
        raise ConfigurationError(
            f"expected an audit key of at least {MIN_KEY_BYTES} bytes, got {len(secret)}; "
            f"set {KEY_VARIABLE} to the output of: openssl rand -hex 32"
        )
    return secret


def algorithm_for(key: bytes | None) -> Algorithm:
    """Return how lines are hashed with this key, or without one."""
    return "sha256" if key is None else "hmac-sha256"


def encode_line(line: Line, key: bytes | None) -> tuple[bytes, str]:
    """Return the bytes of a line and their hash; the hash that the line itself carries is not looked at."""
    body = canonical_json(
        {
            "at": line.at,
            "chain": line.algorithm,
            "content": {"bytes": line.content.n_bytes, "offset": line.content.offset, "sha256": line.content.sha256},
            "format": FORMAT,
            "id": line.id,
            "kind": line.kind,
            "previous": line.previous,
            "record": line.record,
            "retention": line.retention,
            "seq": line.seq,
        }
    )[:-1]
    sealed = _hash(body, key)
    return body + b',"hash":"' + sealed.encode() + b'"}\n', sealed


def stated_hash(raw: bytes) -> str | None:
    """Return the hash that a line carries, or None if it does not end like a line."""
    found = _ENDING.search(raw[-ENDING_BYTES:])
    return found[1].decode() if found else None


def decode_line(raw: bytes, key: bytes | None) -> Line:
    """Read a line and check its hash.

    Raises:
        DamagedLineError: If it is not what a writer of this log wrote.
    """
    line = parse_line(raw)
    if line.algorithm != algorithm_for(key):
        raise DamagedLineError(
            f"it is keyed, and no key was given (set {KEY_VARIABLE})" if key is None else "it was written without a key"
        )
    if not hmac.compare_digest(_hash(raw[:-ENDING_BYTES], key), line.hash):
        raise DamagedLineError("its hash does not match" if key is None else "its hash does not match under this key")
    return line


def parse_line(raw: bytes) -> Line:
    """Read a line without checking its hash.

    Raises:
        DamagedLineError: If it is not of the form that writers use.
    """
    sealed = stated_hash(raw)
    if sealed is None:
        raise DamagedLineError("it does not end in a hash")
    try:
        found = json.loads(raw)
        content = found["content"]
        if found["format"] != FORMAT:
            raise DamagedLineError(f"it has format {found['format']}, and this version reads {FORMAT}")
        return Line(
            seq=int(found["seq"]),
            at=str(found["at"]),
            kind=found["kind"],
            id=str(found["id"]),
            retention=found["retention"],
            record=dict(found["record"]),
            content=ContentPlace(
                offset=int(content["offset"]), n_bytes=int(content["bytes"]), sha256=content["sha256"]
            ),
            algorithm=found["chain"],
            previous=str(found["previous"]),
            hash=sealed,
        )
    except DamagedLineError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedLineError("it cannot be read") from error


def encode_checkpoint(checkpoint: Checkpoint, key: bytes | None) -> bytes:
    """Return the bytes of the checkpoint file; with a key they carry a code that only its holder can make."""
    body: dict[str, Json] = {
        "chain_bytes": checkpoint.chain_bytes,
        "content_bytes": checkpoint.content_bytes,
        "count": checkpoint.count,
        "hash": checkpoint.hash,
    }
    mac = _hash(b"checkpoint" + canonical_json(body), key) if key is not None else None
    return canonical_json({**body, "mac": mac}) + b"\n"


def decode_checkpoint(raw: bytes, key: bytes | None) -> Checkpoint | None:
    """Read the checkpoint file; None if it is not, byte by byte, what a writer with this key wrote."""
    try:
        found = cast("dict[str, int | str]", json.loads(raw))
        checkpoint = Checkpoint(
            count=int(found["count"]),
            hash=str(found["hash"]),
            chain_bytes=int(found["chain_bytes"]),
            content_bytes=int(found["content_bytes"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return checkpoint if hmac.compare_digest(encode_checkpoint(checkpoint, key), raw) else None


def encode_content(line_id: str, seq: int, items: Mapping[str, Json] | None) -> bytes:
    """Return the bytes of a content line; without items, of what stands there after an erasure."""
    plain = dict(items) if items is not None else None
    return canonical_json({"id": line_id, "items": plain, "seq": seq}) + b"\n"


def erased_content(line: Line) -> bytes:
    """Return what overwrites the content of a line: as many bytes, and nothing in them."""
    rest = encode_content(line.id, line.seq, None)[:-1]
    return rest.ljust(line.content.n_bytes - 1) + b"\n"


def _hash(body: bytes, key: bytes | None) -> str:
    if key is None:
        return hashlib.sha256(body).hexdigest()
    return hmac.new(key, body, hashlib.sha256).hexdigest()

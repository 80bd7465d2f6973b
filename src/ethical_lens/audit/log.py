"""Writing a log: appending under a lock, repairing what a killed writer left, erasing content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Literal, get_args

from ethical_lens.audit import reading
from ethical_lens.audit.chain import (
    FIRST,
    AuditEntry,
    Checkpoint,
    ContentPlace,
    DamagedLineError,
    Head,
    Kind,
    Line,
    LogPaths,
    Retention,
    algorithm_for,
    decode_checkpoint,
    decode_line,
    encode_checkpoint,
    encode_content,
    encode_line,
    erased_content,
    key_bytes,
    stated_hash,
)
from ethical_lens.audit.locks import hold
from ethical_lens.audit.record import AuditRecord, SealedText, audit_record, speaks_of_minor_sexual
from ethical_lens.audit.verification import VerifyReport, verify
from ethical_lens.errors import AuditError, ConfigurationError
from ethical_lens.serial import Json
from ethical_lens.types import Result

EMPTY = Checkpoint(count=0, hash=FIRST, chain_bytes=0, content_bytes=0)


class AuditLog:
    """A log that any number of processes and threads append to.

    Every append opens, locks, writes and closes; the object holds no file and may be shared and forked.

    Args:
        path: Folder for the log, or its ".jsonl" file; made when missing.
        retention: What is kept of prompts and all other free texts: "none" nothing at all; "hash" a salted commitment
            with its salt, so that a text that somebody shows can be confirmed; "text" the texts themselves, in the
            content file, until they are erased.
        fsync: Whether an append returns only when the disk has it. Without, a power cut can take the last lines.
        key: Secret that makes the chain keyed; None takes the environment variable ETHICAL_LENS_AUDIT_KEY if it is set.
        lock_timeout_seconds: How long to wait for other writers.

    Raises:
        AuditError: If the log cannot be written, or was begun with another key.
        ConfigurationError: If the retention is unknown or the key too short.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        retention: Retention,
        fsync: bool = True,
        key: str | bytes | None = None,
        lock_timeout_seconds: float = reading.LOCK_TIMEOUT_SECONDS,
    ) -> None:
        if retention not in get_args(Retention):
            raise ConfigurationError(f"expected a retention out of {', '.join(get_args(Retention))}, got {retention!r}")
        self.retention = retention
        self._fsync = fsync
        self._key = key_bytes(key)
        self._paths = LogPaths.of(path)
        self._lock_timeout_seconds = lock_timeout_seconds
        with self._explained():
            self._paths.chain.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for lock in (self._paths.lock, self._paths.erase_lock):
                _private(lock, "ab").close()
        with self._locked() as writer:
            writer.ready()

    @property
    def path(self) -> Path:
        """The chain's file."""
        return self._paths.chain

    def append(self, result: Result, *, model_digests: Mapping[str, str] | None = None) -> AuditEntry:
        """Record one result.

        When this returns, the line is in the log; when it raises, nothing of it is, and nothing may be released. Where
        a rule about minors in a sexual context fired, no text is kept, only commitments and salts.

        Args:
            result: What happened to one request; pixels are left out.
            model_digests: Role to the sha256 of the card of the model that played it.

        Returns:
            The entry, its texts sealed.

        Raises:
            AuditError: If it cannot be written, or holds something that has no JSON form.
        """
        retention = self.retention
        if retention == "text" and speaks_of_minor_sexual(result):
            retention = "hash"
        try:
            facts = audit_record(result, model_digests or {}, keep_salts=retention != "none")
        except TypeError as error:
            raise AuditError(f"the result {result.id!r} has no audit form: {error}") from error
        with self._locked() as writer:
            return writer.write("request", result.id, retention, facts)

    def erase(self, entry_id: str, reason: str) -> AuditEntry:
        """Overwrite the texts and salts recorded under an id, and record that this was done.

        The erasure is recorded first: should the process die before the content is overwritten, ``verify`` says that it
        is unfinished, and calling this again finishes it.

        Args:
            entry_id: Id of the result.
            reason: Why, for the record; it stays in the chain, so it must name nobody.

        Returns:
            The entry about the erasure.

        Raises:
            AuditError: If there is no such entry, it holds nothing (any more), or the log cannot be written.
        """
        if not reason.strip():
            raise AuditError("expected a reason for the erasure, got none; it is recorded in the chain")
        with self._explained(), hold(self._paths.erase_lock, timeout_seconds=self._lock_timeout_seconds):
            lines = [line for line in reading.lines_of(self._paths, entry_id) if line.kind == "request"]
            if not lines:
                raise AuditError(
                    f"no entry with the id {entry_id!r} in {self._paths.chain}; see: ethical-lens audit show"
                )
            with reading.ContentFile(self._paths) as content:
                kept = [line for line in lines if content.of(line).state not in ("none", "erased")]
            if not kept:
                raise AuditError(f"nothing to erase: the entry {entry_id!r} holds no text and no salt (any more)")
            facts = AuditRecord(record={"entries": [line.seq for line in kept], "reason": reason}, texts={})
            with self._locked() as writer:
                event = writer.write("erased", entry_id, "none", facts)
                writer.overwrite(kept)
            return event

    def read(self) -> Iterator[AuditEntry]:
        """Yield the entries in order; see :func:`ethical_lens.audit.read`."""
        return reading.read(self._paths.chain)

    def find(self, entry_id: str) -> list[AuditEntry]:
        """Return the entries recorded under an id; see :func:`ethical_lens.audit.find`."""
        return reading.find(self._paths.chain, entry_id)

    def head(self) -> Head:
        """Return length and last hash of the chain; see :func:`ethical_lens.audit.head`."""
        return reading.head(self._paths.chain)

    def verify(self, *, expected_head: str | None = None) -> VerifyReport:
        """Check the whole log; see :func:`ethical_lens.audit.verify`."""
        return verify(self._paths.chain, expected_head=expected_head, key=self._key)

    @contextmanager
    def _locked(self) -> Iterator[_Writer]:
        with self._explained(), hold(self._paths.lock, timeout_seconds=self._lock_timeout_seconds):
            yield _Writer(paths=self._paths, key=self._key, fsync=self._fsync)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what to do when the disk or the folder refuses."""
        try:
            yield
        except OSError as error:
            raise AuditError(
                f"the audit log {self._paths.chain} cannot be written: {error.strerror or error}; give it a writable "
                "folder with free space. What cannot be recorded is not released."
            ) from error


def erase(path: str | os.PathLike[str], entry_id: str, reason: str, *, key: str | bytes | None = None) -> AuditEntry:
    """Erase an entry's content from a log that exists; see :meth:`AuditLog.erase`."""
    LogPaths.of(path).require()
    return AuditLog(path, retention="none", key=key).erase(entry_id, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A line that is in the log, and the state of the log after it."""

    entry: AuditEntry
    after: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Changes the files; its holder has the lock."""

    paths: LogPaths
    key: bytes | None
    fsync: bool

    def write(self, kind: Kind, entry_id: str, retention: Retention, facts: AuditRecord) -> AuditEntry:
        """Append one line at the end of a log that is in order."""
        return self.add(self.ready(), kind, entry_id, retention, facts).entry

    def ready(self) -> Checkpoint:
        """Return the state of the log, after repairing what a killed writer left behind.

        Raises:
            AuditError: If its end is not what a writer with this key wrote.
        """
        checkpoint = self.checkpoint()
        if checkpoint is not None and self.matches(checkpoint):
            return checkpoint
        if checkpoint is None and _size(self.paths.chain) == 0 and _size(self.paths.content) == 0:
            self.replace_checkpoint(EMPTY)  # comes before the first line: a chain without a checkpoint has lost it
            return EMPTY
        return self.repaired(checkpoint)

    def checkpoint(self) -> Checkpoint | None:
        """Return the checkpoint, or None if there is none that can be read."""
        try:
            return decode_checkpoint(self.paths.checkpoint.read_bytes(), self.key)
        except FileNotFoundError:
            return None

    def matches(self, checkpoint: Checkpoint) -> bool:
        """Whether the files end where and as the checkpoint says."""
        if _size(self.paths.chain) != checkpoint.chain_bytes or _size(self.paths.content) != checkpoint.content_bytes:
            return False
        if checkpoint.chain_bytes == 0:
            return checkpoint == EMPTY
        with self.paths.chain.open("rb") as file:
            return stated_hash(reading.ending(file, checkpoint.chain_bytes)) == checkpoint.hash

    def add(self, state: Checkpoint, kind: Kind, entry_id: str, retention: Retention, facts: AuditRecord) -> _Written:
        """Write content, chain and checkpoint, in this order; on failure take all of it back."""
        seq = state.count + 1
        content = encode_content(entry_id, seq, _items(facts.texts, retention)) if facts.texts else b""
        line = Line(
            seq=seq,
            at=datetime.now(UTC).isoformat(timespec="microseconds"),
            kind=kind,
            id=entry_id,
            retention=retention,
            record=facts.record,
            content=ContentPlace(
                offset=state.content_bytes,
                n_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest() if content else None,
            ),
            algorithm=algorithm_for(self.key),
            previous=state.hash,
            hash="",
        )
        raw, sealed = encode_line(line, self.key)
        after = Checkpoint(
            count=seq,
            hash=sealed,
            chain_bytes=state.chain_bytes + len(raw),
            content_bytes=state.content_bytes + len(content),
        )
        try:
            if content:
                self.extend(self.paths.content, content)
            self.extend(self.paths.chain, raw)
            self.replace_checkpoint(after)
        except BaseException:
            if self.checkpoint() != after:
                self.cut(self.paths.chain, state.chain_bytes)
                self.cut(self.paths.content, state.content_bytes)
            raise
        entry = replace(line, hash=sealed).entry(facts.record, "present" if content else "none")
        return _Written(entry=entry, after=after)

    def overwrite(self, lines: list[Line]) -> None:
        """Overwrite the content of lines in place: their texts leave the disk, and nothing else moves."""
        size = _size(self.paths.content)
        with self.paths.content.open("r+b", buffering=0) as file:
            for line in lines:
                file.seek(line.content.offset)
                _write(file, erased_content(line)[: max(0, size - line.content.offset)])
            os.fsync(file.fileno())

    def extend(self, path: Path, raw: bytes) -> None:
        """Write at the end of a file."""
        is_new = not path.exists()
        with _private(path, "ab") as file:
            _write(file, raw)
            if self.fsync:
                os.fsync(file.fileno())
        if is_new and self.fsync:
            _sync_folder(path.parent)

    def cut(self, path: Path, n_bytes: int) -> None:
        """Make a file end where it should, if it goes beyond."""
        if _size(path) > n_bytes:
            with path.open("r+b", buffering=0) as file:
                file.truncate(n_bytes)
                if self.fsync:
                    os.fsync(file.fileno())

    def replace_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Put a new checkpoint in the place of the old one, at once."""
        fresh = self.paths.checkpoint.with_suffix(".json.new")
        with _private(fresh, "wb") as file:
            _write(file, encode_checkpoint(checkpoint, self.key))
            if self.fsync:
                os.fsync(file.fileno())
        fresh.replace(self.paths.checkpoint)

    def repaired(self, checkpoint: Checkpoint | None) -> Checkpoint:
        """Bring a log in order whose files do not end as the checkpoint says, and record what was found.

        Until the line that records it is written, the old checkpoint stays: nothing is forgotten if this is cut short.
        """
        torn = self.torn_tail()
        if torn:
            self.quarantine(torn)
        last = self.last()
        content_end = last.content.end if last is not None else 0
        state = Checkpoint(
            count=last.seq if last is not None else 0,
            hash=last.hash if last is not None else FIRST,
            chain_bytes=_size(self.paths.chain),
            content_bytes=content_end,
        )
        gap = self.gap(checkpoint, state, last)
        if gap is None:
            self.cut(self.paths.content, content_end)  # content of a line that was never completed
        else:
            state = replace(state, content_bytes=max(content_end, _size(self.paths.content)))
        self.pad_content(state.content_bytes)
        if torn or gap is not None:
            return self.add(state, "repaired", "", "none", AuditRecord(record=_repair(torn, gap), texts={})).after
        self.replace_checkpoint(state)
        return state

    def torn_tail(self) -> bytes:
        """Return what follows the last line that can be read: a line in flight when its writer died."""
        size = _size(self.paths.chain)
        if size == 0:
            return b""
        with self.paths.chain.open("rb") as file:
            raw = reading.last_line(file, size)
        return b"" if raw.endswith(b"\n") and _is_object(raw) else raw

    def quarantine(self, torn: bytes) -> None:
        """Move a torn line out of the chain."""
        self.extend(self.paths.torn, torn + b"\n")
        self.cut(self.paths.chain, _size(self.paths.chain) - len(torn))

    def last(self) -> Line | None:
        """Return the last line, or None if there is none.

        Raises:
            AuditError: If it is not what a writer with this key wrote.
        """
        size = _size(self.paths.chain)
        if size == 0:
            return None
        with self.paths.chain.open("rb") as file:
            raw = reading.last_line(file, size)
        try:
            return decode_line(raw, self.key)
        except DamagedLineError as error:
            raise AuditError(
                f"nothing can be appended to {self.paths.chain}: of its last line it must be said that {error}; "
                "give the key that the log was begun with, or look at it with `ethical-lens audit verify` and begin "
                "a new log in another folder"
            ) from error

    def gap(self, checkpoint: Checkpoint | None, state: Checkpoint, last: Line | None) -> str | None:
        """Say what no killed writer explains: lines that were there and are not, or a checkpoint that is gone."""
        if checkpoint is None:
            return "the checkpoint was missing or could not be read"
        if checkpoint.count > state.count:
            return f"{checkpoint.count - state.count} lines were missing at the end, which was {_head(checkpoint)}"
        if not self.has(checkpoint, last):
            return f"the chain no longer held the line of the checkpoint, {_head(checkpoint)}"
        n_orphans = sum(1 for _ in reading.complete_lines(self.paths.content, start=state.content_bytes))
        return f"there was content of {n_orphans} lines that were missing" if n_orphans > 1 else None

    def has(self, checkpoint: Checkpoint, last: Line | None) -> bool:
        """Whether the chain holds the line of the checkpoint."""
        if checkpoint.count == 0:
            return checkpoint.hash == FIRST
        if last is not None and last.seq == checkpoint.count:
            return last.hash == checkpoint.hash
        if last is not None and last.seq == checkpoint.count + 1:
            return last.previous == checkpoint.hash
        return any(stated_hash(raw) == checkpoint.hash for raw in reading.complete_lines(self.paths.chain))

    def pad_content(self, n_bytes: int) -> None:
        """Make good for content that was cut off, so that no new content takes its place."""
        if _size(self.paths.content) < n_bytes:
            with _private(self.paths.content, "ab") as file:
                file.truncate(n_bytes)


def _items(texts: Mapping[str, SealedText], retention: Retention) -> dict[str, Json]:
    """Return pointer to salt, followed by the text where texts are kept."""
    if retention == "text":
        return {pointer: [one.salt.hex(), one.text] for pointer, one in texts.items()}
    return {pointer: [one.salt.hex()] for pointer, one in texts.items()}


def _repair(torn: bytes, gap: str | None) -> dict[str, Json]:
    """Return the record of a repair."""
    moved: Json = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()} if torn else None
    return {"gap": gap, "torn": moved}


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


def _head(checkpoint: Checkpoint) -> Head:
    return Head(count=checkpoint.count, hash=checkpoint.hash)


def _private(path: Path, mode: Literal["ab", "wb"]) -> FileIO:
    """Open a file for writing; if it is new, only its owner may read it."""
    return FileIO(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _write(file: FileIO, raw: bytes) -> None:
    """Write all of it; the system may take less at a time."""
    view = memoryview(raw)
    while view:
        view = view[file.write(view) :]


def _sync_folder(folder: Path) -> None:
    """Make a new file's name last, where the system can do that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

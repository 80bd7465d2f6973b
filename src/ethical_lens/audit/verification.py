"""Checking a log from its first byte to its last, one line at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from ethical_lens.audit.chain import (
    FIRST,
    Checkpoint,
    DamagedLineError,
    Head,
    Line,
    LogPaths,
    decode_checkpoint,
    decode_line,
    key_bytes,
    parse_line,
    stated_hash,
)
from ethical_lens.audit.locks import hold_to_read
from ethical_lens.audit.reading import LOCK_TIMEOUT_SECONDS, ContentFile
from ethical_lens.audit.record import commit, commitments
from ethical_lens.serial import Json

MAX_PROBLEMS = 20
"""Problems told one by one; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What a verification found."""

    ok: bool
    """Whether nothing is wrong; a line in flight when its writer died is not wrong, it is counted in ``n_torn``."""
    n_entries: int
    """Requests in the chain."""
    n_erased: int
    """Requests whose content was erased, and recorded as erased."""
    n_torn: int
    """Lines in flight that were lost: those repaired, and one at the end that is not repaired yet."""
    first_bad_line: int | None
    """Number of the first line with a problem, counted from 1; one past the end where lines are missing."""
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    """What is worth knowing and not wrong."""
    head: Head
    """Length and last hash of the chain as it was read."""


def verify(
    path: str | os.PathLike[str], *, expected_head: str | None = None, key: str | bytes | None = None
) -> VerifyReport:
    """Check every hash, commitment, erasure and length of a log.

    Memory stays constant but for a few bytes per erased entry. Writers may go on; what they append meanwhile is not
    looked at. Erasures wait.

    Args:
        path: The log's folder or its ".jsonl" file.
        expected_head: "COUNT:HASH" as ``head`` gave it earlier: the log must still begin with exactly those lines.
        key: The log's key; None takes the environment variable ETHICAL_LENS_AUDIT_KEY if it is set.

    Returns:
        What was found; damage is reported, not raised.

    Raises:
        AuditError: If there is no log, the expected head cannot be read, or another process holds the log too long.
        ConfigurationError: If the key is too short.
    """
    paths = LogPaths.of(path)
    paths.require()
    anchor = Head.parse(expected_head) if expected_head is not None else None
    secret = key_bytes(key)
    with hold_to_read(paths.erase_lock, timeout_seconds=LOCK_TIMEOUT_SECONDS):
        with hold_to_read(paths.lock, timeout_seconds=LOCK_TIMEOUT_SECONDS):
            snapshot = _Snapshot.of(paths, secret)
        return _Verifier(paths=paths, key=secret, snapshot=snapshot, anchor=anchor).report()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """How long the files were at one moment, and what the checkpoint said."""

    chain_bytes: int
    content_bytes: int
    has_checkpoint: bool
    checkpoint: Checkpoint | None
    """None when there is none, or when it cannot be read."""

    @classmethod
    def of(cls, paths: LogPaths, key: bytes | None) -> _Snapshot:
        raw = paths.checkpoint.read_bytes() if paths.checkpoint.exists() else None
        return cls(
            chain_bytes=paths.chain.stat().st_size if paths.chain.exists() else 0,
            content_bytes=paths.content.stat().st_size if paths.content.exists() else 0,
            has_checkpoint=raw is not None,
            checkpoint=decode_checkpoint(raw, key) if raw is not None else None,
        )


@dataclass(slots=True, kw_only=True)
class _Verifier:
    """Walks the chain once."""

    paths: LogPaths
    key: bytes | None
    snapshot: _Snapshot
    anchor: Head | None
    n_lines: int = 0
    n_entries: int = 0
    n_torn: int = 0
    torn_bytes: int = 0
    hash: str = FIRST
    chain_end: int = 0
    """Bytes of the lines read so far."""
    content_end: int = 0
    at_checkpoint: Checkpoint | None = None
    """State of the chain where the checkpoint was made."""
    at_anchor: str | None = None
    erased: dict[int, int] = field(default_factory=dict)
    """Sequence number of a line whose content is overwritten, to its line number."""
    erasures: dict[int, int] = field(default_factory=dict)
    """Sequence number of a line that an erasure speaks of, to the erasure's line number."""
    problems: list[str] = field(default_factory=list)
    n_problems: int = 0
    notes: list[str] = field(default_factory=list)
    first_bad_line: int | None = None

    def report(self) -> VerifyReport:
        self.chain()
        self.check_erasures()
        self.check_end()
        self.check_anchor()
        if self.n_problems > len(self.problems):
            self.problems.append(f"and {self.n_problems - len(self.problems)} more")
        return VerifyReport(
            ok=not self.problems,
            n_entries=self.n_entries,
            n_erased=len(self.erased.keys() & self.erasures.keys()),
            n_torn=self.n_torn,
            first_bad_line=self.first_bad_line,
            problems=tuple(self.problems),
            notes=tuple(self.notes),
            head=Head(count=self.n_lines, hash=self.hash),
        )

    def chain(self) -> None:
        self.remember()
        if self.snapshot.chain_bytes == 0:
            return
        with self.paths.chain.open("rb") as file, ContentFile(self.paths) as content:
            while self.chain_end < self.snapshot.chain_bytes:
                raw = file.readline(self.snapshot.chain_bytes - self.chain_end)
                if not raw.endswith(b"\n"):
                    self.torn(raw)
                    return
                self.line(raw, content)

    def line(self, raw: bytes, content: ContentFile) -> None:
        number = self.n_lines + 1
        try:
            line = decode_line(raw, self.key)
        except DamagedLineError as error:
            self.problem(number, str(error))
            self.advance(raw, stated_hash(raw) or FIRST, _content_end(raw, self.content_end))
            return
        if line.previous != self.hash:
            self.problem(number, "it does not follow the line before: lines were removed, added or changed places")
        elif line.seq != number:
            self.problem(number, f"it says that it is line {line.seq}")
        self.content(line, number, content)
        self.event(line, number)
        self.advance(raw, line.hash, line.content.end)

    def advance(self, raw: bytes, sealed: str, content_end: int) -> None:
        self.n_lines += 1
        self.chain_end += len(raw)
        self.hash = sealed
        self.content_end = content_end
        self.remember()

    def remember(self) -> None:
        """Note the state where the checkpoint and the anchor were made."""
        checkpoint = self.snapshot.checkpoint
        if checkpoint is not None and checkpoint.count == self.n_lines:
            self.at_checkpoint = Checkpoint(
                count=self.n_lines, hash=self.hash, chain_bytes=self.chain_end, content_bytes=self.content_end
            )
        if self.anchor is not None and self.anchor.count == self.n_lines:
            self.at_anchor = self.hash

    def content(self, line: Line, number: int, content: ContentFile) -> None:
        """Check what the content file holds for a line."""
        if line.content.offset != self.content_end:
            self.problem(number, "content lies in between that belongs to no line")
        found = content.of(line)
        if found.state == "damaged":
            self.problem(number, "its content is missing or was altered")
        elif found.state == "erased":
            self.erased[line.seq] = number
        elif found.state == "present":
            sealed = dict(commitments(line.record))
            if sealed.keys() != found.salts.keys():
                self.problem(number, "its content and its commitments do not belong together")
            for pointer, text in found.texts.items():
                if commit(str(text), found.salts[pointer]) != sealed.get(pointer):
                    self.problem(number, f"its content does not match the commitment at {pointer}")

    def event(self, line: Line, number: int) -> None:
        match line.kind:
            case "request":
                self.n_entries += 1
            case "erased":
                self.erasures |= dict.fromkeys(_places(line.record.get("entries")), number)
            case "repaired":
                if isinstance(found := line.record.get("gap"), str):
                    self.problem(number, f"when writing was resumed here, {found}")
                torn = line.record.get("torn")
                if isinstance(torn, dict) and isinstance(n_bytes := torn.get("bytes"), int):
                    self.n_torn += 1
                    self.torn_bytes += n_bytes + 1

    def torn(self, raw: bytes) -> None:
        """Note a last line without an end; whether it is missed is for the checkpoint to say."""
        self.n_torn += 1
        self.notes.append(
            f"line {self.n_lines + 1}: {len(raw)} bytes of a line that was in flight when its writer died; "
            "the next writer moves them away"
        )

    def check_erasures(self) -> None:
        for seq in sorted(self.erased.keys() - self.erasures.keys()):
            self.problem(self.erased[seq], "its content was overwritten, and no erasure is recorded")
        for seq in sorted(self.erasures.keys() - self.erased.keys()):
            self.problem(
                self.erasures[seq], f"the erasure of line {seq} is recorded and not finished; run the erasure again"
            )

    def check_end(self) -> None:
        """Compare what was read with the checkpoint and with the lengths of the other files."""
        self.check_checkpoint()
        orphans = self.snapshot.content_bytes - self.content_end
        if orphans > 0 and not self.problems:
            self.notes.append(f"{orphans} bytes of content belong to a line in flight; the next writer removes them")
        quarantined = self.paths.torn.stat().st_size if self.paths.torn.exists() else 0
        if quarantined > self.torn_bytes:
            self.notes.append(f"{self.paths.torn.name} holds {quarantined - self.torn_bytes} bytes no line speaks of")

    def check_checkpoint(self) -> None:
        checkpoint = self.snapshot.checkpoint
        name = self.paths.checkpoint.name
        if checkpoint is None:
            what = "cannot be read or was altered" if self.snapshot.has_checkpoint else "is missing"
            self.problem(None, f"the checkpoint {name} {what}; lines may be missing at the end")
        elif checkpoint.count > self.n_lines:
            self.problem(self.n_lines + 1, f"{checkpoint.count - self.n_lines} lines are missing at the end")
        elif self.at_checkpoint != checkpoint:
            self.problem(
                checkpoint.count or 1, f"the log up to here is not the one that the checkpoint {name} was made of"
            )
        elif checkpoint.count < self.n_lines:
            self.notes.append(f"{self.n_lines - checkpoint.count} lines were written after the checkpoint")

    def check_anchor(self) -> None:
        if self.anchor is None:
            return
        if self.at_anchor is None:
            n_missing = self.anchor.count - self.n_lines
            self.problem(self.n_lines + 1, f"{n_missing} lines of the expected head are missing at the end")
        elif self.at_anchor != self.anchor.hash:
            self.problem(self.anchor.count or 1, "the chain up to here is not the one of the expected head")

    def problem(self, number: int | None, what: str) -> None:
        self.n_problems += 1
        if number is not None:
            self.first_bad_line = min(number, self.first_bad_line or number)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"line {number}: {what}" if number is not None else what)


def _content_end(raw: bytes, otherwise: int) -> int:
    """Return where a damaged line says its content ends, so that the next line is not blamed for it."""
    try:
        return parse_line(raw).content.end
    except DamagedLineError:
        return otherwise


def _places(value: Json) -> list[int]:
    return [place for place in value if isinstance(place, int)] if isinstance(value, list) else []

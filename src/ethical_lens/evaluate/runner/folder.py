"""The folder of a run: what was asked, the rows so far, the pictures. Whatever is in it is whole."""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final

from PIL import Image

from ethical_lens.audit.locks import hold
from ethical_lens.errors import AuditError, ConfigurationError
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner.rows import Arm, Row, row_from
from ethical_lens.serial import Json, canonical_json, to_plain
from ethical_lens.types import Severity

MANIFEST: Final = "run.json"
PROMPTS: Final = "prompts.jsonl"
ROWS: Final = "rows.sqlite"
ROWS_TEXT: Final = "rows.jsonl"
PAIRS: Final = "pairs.jsonl"
MEMORY: Final = "memory.json"
PICTURES: Final = "pictures"
LOCK: Final = ".lock"

_BUSY_SECONDS: Final = 60.0
_LOCK_SECONDS: Final = 5.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS rows (sample INTEGER, arm TEXT, content TEXT NOT NULL, PRIMARY KEY (sample, arm))
"""


class RunFolder:
    """The folder of one run.

    A row is written after its pictures, each file under another name first, so that a process that is killed at any
    moment leaves whole rows and whole pictures. Any number of processes may write at once.

    Args:
        path: The folder; not made here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def begun(self) -> bool:
        """Whether a run has been begun here."""
        return (self.path / MANIFEST).is_file()

    def begin(self, manifest: Mapping[str, Json], samples: Sequence[Sample]) -> None:
        """Write what is run; a run that was begun with the same is continued. The folder is there and locked.

        Args:
            manifest: The facts under "identity" decide whether it is the same run; the others are notes.
            samples: The prompts.

        Raises:
            ConfigurationError: If another run was begun here, or the folder holds something else.
        """
        if self.begun:
            self._require_same(manifest)
            for part in self.path.rglob("*.part"):
                part.unlink(missing_ok=True)
            return
        if any(not _is_own(path.name) for path in self.path.iterdir()):
            raise ConfigurationError(f"{self.path} holds something else than a run; name another folder")
        (self.path / PICTURES / Arm.BARE).mkdir(parents=True, exist_ok=True)
        (self.path / PICTURES / Arm.GUARDED).mkdir(parents=True, exist_ok=True)
        lines = b"".join(canonical_json(to_plain(sample)) + b"\n" for sample in samples)
        self.write(PROMPTS, lambda stream: stream.write(lines))
        with self._connection() as connection:
            connection.execute(_TABLE)
            if connection.execute("SELECT 1 FROM rows").fetchone():
                raise ConfigurationError(f"{self.path} holds rows but no {MANIFEST}; put it back, or empty the folder")
        # The manifest comes last: a folder with one has everything else.
        self.write_json(MANIFEST, dict(manifest))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other run out of this folder.

        Raises:
            ConfigurationError: If another run is at work here.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with hold(self.path / LOCK, timeout_seconds=_LOCK_SECONDS):
                yield
        except AuditError as error:
            raise ConfigurationError(f"another process is running {self.path}; wait for it or stop it") from error

    def manifest(self) -> dict[str, Json]:
        """Return what is run.

        Raises:
            ConfigurationError: If there is no run here.
        """
        try:
            content = json.loads((self.path / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self.path} is not the folder of a run: {error}; name another") from error
        if not isinstance(content, dict) or not isinstance(content.get("identity"), dict):
            raise ConfigurationError(f"{self.path / MANIFEST} is not the manifest of a run; name another folder")
        return content

    def samples(self) -> tuple[Sample, ...]:
        """Return the prompts of the run, in order."""
        with (self.path / PROMPTS).open(encoding="utf-8") as stream:
            return tuple(_sample(json.loads(line)) for line in stream)

    def done(self) -> set[tuple[int, Arm]]:
        """Return the rows that are there."""
        with self._connection() as connection:
            return {(sample, Arm(arm)) for sample, arm in connection.execute("SELECT sample, arm FROM rows")}

    def row(self, sample: int, arm: Arm) -> Row | None:
        """Return a row, or None if it is not there yet."""
        with self._connection() as connection:
            found = connection.execute(
                "SELECT content FROM rows WHERE sample = ? AND arm = ?", (sample, arm.value)
            ).fetchone()
        return row_from(found[0]) if found else None

    def rows(self) -> list[Row]:
        """Return all rows that are there, by sample, bare before guarded."""
        with self._connection() as connection:
            lines = connection.execute("SELECT content FROM rows ORDER BY sample, arm").fetchall()
        return [row_from(line) for (line,) in lines]

    def add(self, row: Row) -> None:
        """Add a row, whose pictures are written already; one that is there stays."""
        with self._connection() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO rows VALUES (?, ?, ?)", (row.sample, row.arm.value, row.as_line())
            )

    def picture(self, file: str) -> Image.Image:
        """Return a picture of the run, RGB."""
        with Image.open(self.path / file) as image:
            return image.convert("RGB")

    def add_picture(self, image: Image.Image, arm: Arm, sample: int, index: int) -> str:
        """Write a picture and return its path inside the folder."""
        name = f"{PICTURES}/{arm.value}/{sample:05d}-{index:02d}.png"
        self.write(name, lambda stream: image.save(stream, format="PNG"))
        return name

    def write_json(self, name: str, content: Json) -> None:
        """Write a file of JSON, whole or not at all."""
        text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        self.write(name, lambda stream: stream.write(text.encode("utf-8", "backslashreplace")))

    def write(self, name: str, writer: Callable[[IO[bytes]], object]) -> None:
        """Write a file, whole or not at all."""
        target = self.path / name
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("xb") as stream:
                writer(stream)
            part.replace(target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def export(self) -> None:
        """Write the rows, and the pairs of pictures of which both were shown, as JSON Lines."""
        rows = self.rows()
        lines = b"".join(canonical_json(to_plain(row)) + b"\n" for row in rows)
        self.write(ROWS_TEXT, lambda stream: stream.write(lines))
        pairs = b"".join(canonical_json(pair) + b"\n" for pair in _pairs(rows, self.samples()))
        self.write(PAIRS, lambda stream: stream.write(pairs))

    def _require_same(self, manifest: Mapping[str, Json]) -> None:
        before, now = self.manifest()["identity"], manifest["identity"]
        if before == now:
            return
        assert isinstance(before, dict)  # noqa: S101 - `manifest` made sure
        assert isinstance(now, dict)  # noqa: S101 - the runner writes an object
        other = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        raise ConfigurationError(
            f"{self.path} holds a run with another {', '.join(other)}; continue it with what its run.json says, or "
            "name another folder"
        )

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return connected(self.path / ROWS)


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for one transaction: all of it counts, or none; processes wait for each other."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def _is_own(name: str) -> bool:
    """Return whether a run that was killed before it had begun may have left a file of this name."""
    return name in (LOCK, PICTURES, PROMPTS) or name.startswith(ROWS) or name.endswith(".part")


def _pairs(rows: Sequence[Row], samples: Sequence[Sample]) -> Iterator[dict[str, Json]]:
    found = {(row.sample, row.arm): row.course.pictures for row in rows}
    for number, sample in enumerate(samples):
        both = zip(found.get((number, Arm.BARE), ()), found.get((number, Arm.GUARDED), ()), strict=False)
        for bare, guarded in both:
            if bare.file is not None and guarded.file is not None:
                yield {
                    "id": f"{sample.id}/{bare.index}",
                    "prompt": sample.prompt,
                    "category": sample.categories[0] if sample.categories else "",
                    "harmful": sample.harmful,
                    "bare": bare.file,
                    "guarded": guarded.file,
                    "same": bare.file == guarded.file,
                }


def _sample(content: dict[str, object]) -> Sample:
    severity = content["severity"]
    content = {**content, "severity": None if severity is None else Severity[str(severity)]}
    for name in ("categories", "references"):
        content[name] = tuple(content[name])  # type: ignore[arg-type]  # a list, as `begin` wrote it
    return Sample(**content)  # type: ignore[arg-type]  # as `begin` wrote it

"""The folder of a red-team run: what was tried, and the rows so far. Whatever is in it is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from ethical_lens.evaluate.attack.rows import ImageRow, TextRow, image_row_from, line_of, text_row_from
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner import RunFolder
from ethical_lens.evaluate.runner.folder import connected
from ethical_lens.serial import Json

ROWS: Final = "attacks.sqlite"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS attacks (
  id TEXT NOT NULL, stage TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (id, stage)
)
"""


class AttackFolder:
    """Rows of attacks in the folder of a run.

    A row is added as a whole, so that a process that is killed at any moment leaves whole rows.

    Args:
        path: The folder; not made here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = RunFolder(path)

    def begin(self, manifest: Mapping[str, Json], samples: Sequence[Sample]) -> None:
        """Write what is attacked; a run that was begun with the same is continued. The folder is locked.

        Raises:
            ConfigurationError: If another run was begun here, or the folder holds something else.
        """
        self.files.begin(manifest, samples)
        with self._connection() as connection:
            connection.execute(_TABLE)

    def add(self, row: TextRow | ImageRow) -> None:
        """Add a row; one that is there stays."""
        identifier, stage = (row.attack.id, "text") if isinstance(row, TextRow) else (row.attack, "image")
        with self._connection() as connection:
            connection.execute("INSERT OR IGNORE INTO attacks VALUES (?, ?, ?)", (identifier, stage, line_of(row)))

    def text_rows(self) -> dict[str, TextRow]:
        """Return the text stage's rows by attack, in the order of the attacks' identifiers."""
        return {identifier: text_row_from(line) for identifier, line in self._lines("text")}

    def image_rows(self) -> dict[str, ImageRow]:
        """Return the pictures' rows by attack, in the order of the attacks' identifiers."""
        return {identifier: image_row_from(line) for identifier, line in self._lines("image")}

    def _lines(self, stage: str) -> list[tuple[str, str]]:
        with self._connection() as connection:
            return connection.execute(
                "SELECT id, content FROM attacks WHERE stage = ? ORDER BY id", (stage,)
            ).fetchall()

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return connected(self.path / ROWS)

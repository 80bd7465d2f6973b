"""A file that remembers what was judged, so that a long run can be taken up where it ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Self

from ethical_lens.errors import ConfigurationError
from ethical_lens.serial import Json

FORMAT: Final = "ethical-lens-state@1"


class State:
    """Results by the sha256 of the file they are about, one line of JSON each.

    Neither pictures nor the places of what hard rules found are kept.

    Args:
        path: The file; made when missing.
        made_by: What the results depend on: command, policy, models. A file made by others is refused.

    Raises:
        ConfigurationError: If the file cannot be used.
    """

    def __init__(self, path: Path, made_by: Mapping[str, Json]) -> None:
        self.path = path
        self._known: dict[str, dict[str, Json]] = {}
        self._writing = threading.Lock()
        head: dict[str, Json] = {"format": FORMAT, **made_by}
        try:
            lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
            whole = [line for line in lines if line.endswith(b"\n")]
            self._read(whole, head)
            self._stream: IO[bytes] = path.open("r+b" if whole else "wb")
            # A line that a crash cut off is written anew.
            self._stream.seek(sum(map(len, whole)))
            self._stream.truncate()
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"the state {str(path)!r} cannot be used: {error}; name another file") from error
        if not whole:
            self._append(head)

    def __enter__(self) -> Self:
        """Return the state itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stream.close()

    def known(self, sha256: str) -> dict[str, Json] | None:
        """Return the result about a file of this content, or None."""
        return self._known.get(sha256)

    def keep(self, sha256: str, form: Mapping[str, Json]) -> None:
        """Add a result; it is on the disk when this returns."""
        self._known[sha256] = dict(form)
        self._append({"sha256": sha256, "result": dict(form)})

    def _append(self, line: Mapping[str, Json]) -> None:
        with self._writing:
            self._stream.write(json.dumps(line, allow_nan=False).encode() + b"\n")
            self._stream.flush()

    def _read(self, lines: list[bytes], head: Mapping[str, Json]) -> None:
        if not lines:
            return
        first = json.loads(lines[0])
        if first != json.loads(json.dumps(head)):
            raise ValueError("it was made by another command, policy, model or setting")
        for line in lines[1:]:
            entry = json.loads(line)
            if not isinstance(entry, dict) or not isinstance(entry.get("result"), dict):
                raise ValueError("a line of it is no result")
            self._known[str(entry.get("sha256"))] = entry["result"]

"""Writing pictures: all of a request or none, never half of one, and nothing of the user's is overwritten unasked."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import ethical_lens
from ethical_lens.errors import ConfigurationError
from ethical_lens.serial import Json, enum_word

if TYPE_CHECKING:
    from ethical_lens.policy import Policy
    from ethical_lens.types import Outcome, Result

KEY: Final = "ethical-lens"
"""Key of the PNG text chunk that holds the decision, as JSON."""


class Folder:
    """A folder that pictures are written to.

    Args:
        path: The folder; made when missing.
        force: Whether files of the same names may be replaced.

    Raises:
        ConfigurationError: If it cannot be made or written to.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self.path = path
        self.force = force
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"expected a folder that can be written to, but {str(path)!r} is none: {error}; name another"
            ) from error

    def require_free(self, names: Sequence[str]) -> None:
        """Refuse names that are taken, unless they may be replaced.

        Raises:
            ConfigurationError: If one is taken.
        """
        taken = [name for name in names if os.path.lexists(self.path / name)]
        if taken and not self.force:
            raise ConfigurationError(
                f"{str(self.path)!r} already holds {taken[0]}{' and others' if len(taken) > 1 else ''}; "
                "name another folder, or replace them with --force"
            )

    def write(self, writers: Mapping[str, Callable[[IO[bytes]], None] | None]) -> list[Path | None]:
        """Write files: first all of them under other names, then each into its place.

        Args:
            writers: Name to what writes its content; None where there is none, and an older file of that name goes.

        Returns:
            The path of each file, None where there is none.

        Raises:
            ConfigurationError: If a name has been taken in the meantime.
            OSError: If a file cannot be written; none of them is left behind.
        """
        with self._written(writers) as temporary:
            self.require_free(list(writers))
            for name in writers:
                if name in temporary:
                    temporary[name].replace(self.path / name)
                else:
                    (self.path / name).unlink(missing_ok=True)
        return [self.path / name if name in temporary else None for name in writers]

    @contextmanager
    def _written(self, writers: Mapping[str, Callable[[IO[bytes]], None] | None]) -> Iterator[dict[str, Path]]:
        temporary: dict[str, Path] = {}
        try:
            for name, writer in writers.items():
                if writer is not None:
                    temporary[name] = self.path / f".{name}.{secrets.token_hex(4)}.part"
                    with temporary[name].open("xb") as stream:
                        writer(stream)
            yield temporary
        finally:
            for path in temporary.values():
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


def names(count: int) -> list[str]:
    """Return the names of the pictures of a request."""
    return [f"{index:04d}.png" for index in range(count)]


def write_pictures(folder: Folder, result: Result, policy: Policy) -> list[Path | None]:
    """Write the pictures that were released, each with the decision about it.

    Returns:
        One path per outcome; None for what was withheld.
    """
    writers = {
        name: None if outcome.image is None else _writer(outcome, result, policy)
        for name, outcome in zip(names(len(result.outcomes)), result.outcomes, strict=True)
    }
    return folder.write(writers)


def decision_form(outcome: Outcome, result: Result, policy: Policy) -> dict[str, Json]:
    """Return what a picture's metadata says: the decision, and words of the user's only where the policy keeps them."""
    shot = outcome.shot
    form: dict[str, Json] = {
        "version": ethical_lens.__version__,
        "id": result.id,
        "index": outcome.index,
        "status": enum_word(outcome.status),
        "reasons": list(outcome.reasons),
        "policy": result.policy,
        "models": dict(result.models),
        "exemptions": [enum_word(exemption) for exemption in result.exemptions],
        "seed": shot.seed if shot else None,
        "edits": [edit.editor for edit in outcome.attempts[-1].edits] if outcome.attempts else [],
    }
    if policy.retention == "text" and shot is not None:
        form |= {
            "prompt": result.request.prompt,
            "drawn_from": shot.draft.text,
            "attributes": dict(shot.attributes),
        }
    return form


def _writer(outcome: Outcome, result: Result, policy: Policy) -> Callable[[IO[bytes]], None]:
    from PIL.PngImagePlugin import PngInfo

    metadata = PngInfo()
    metadata.add_text("Software", f"ethical-lens {ethical_lens.__version__}")
    metadata.add_itxt(KEY, json.dumps(decision_form(outcome, result, policy)))

    def write(stream: IO[bytes]) -> None:
        if outcome.image is not None:
            outcome.image.save(stream, format="PNG", pnginfo=metadata)

    return write

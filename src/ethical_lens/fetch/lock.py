"""The lock file: which files were fetched from where, and the sha256 that each had the first time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.models import sha256_of
from ethical_lens.serial import Json

LOCK_FILE: Final = "models.lock.json"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """One file as it was at the first fetch."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedModel:
    """One model as it was at the first fetch."""

    revision: str
    """Version that the source gave it; empty where the source has none."""
    files: Mapping[str, PinnedFile]
    """Path from the lock file's own folder, with forward slashes, to the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What is pinned, by the name that was asked for."""

    models: Mapping[str, PinnedModel] = field(default_factory=dict)


def read_lock(path: Path) -> Lock:
    """Read a lock file; one that is not there yet is empty.

    Raises:
        ConfigurationError: If it is no lock file.
    """
    if not path.exists():
        return Lock()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != 1:
            raise ValueError(f"version {content['version']!r} is unknown")
        return Lock(models={str(name): _model(said) for name, said in content["models"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{path} is no lock file of this package: {type(error).__name__} {error}; restore it, or move it away and "
            "fetch again, which pins anew"
        ) from error


def write_lock(lock: Lock, path: Path) -> None:
    """Write a lock file, whole or not at all."""
    models: dict[str, Json] = {
        name: {
            "revision": model.revision,
            "files": {
                file: {"sha256": pinned.sha256, "bytes": pinned.n_bytes} for file, pinned in sorted(model.files.items())
            },
        }
        for name, model in sorted(lock.models.items())
    }
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_text(json.dumps({"version": 1, "models": models}, indent=2) + "\n", encoding="utf-8")
    aside.replace(path)


def verify_lock(path: Path) -> dict[str, list[str]]:
    """Compare every file that a lock file pins.

    Args:
        path: The lock file.

    Returns:
        Name of each model to one sentence per problem; an empty list where all is well.

    Raises:
        ConfigurationError: If it is no lock file, or not there.
    """
    if not path.exists():
        raise ConfigurationError(f"there is no lock file {path}; fetch a model first, with: ethical-lens models get")
    return {
        name: [problem for file, pin in model.files.items() if (problem := problem_of(path.parent / file, file, pin))]
        for name, model in read_lock(path).models.items()
    }


def problem_of(path: Path, file: str, pin: PinnedFile) -> str | None:
    """Return what is wrong with a pinned file, or None."""
    if not path.is_file():
        return f"{file} is missing; fetch it again."
    found = sha256_of(path)
    if found != pin.sha256:
        return f"{file} was altered: pinned is sha256 {pin.sha256}, found {found}."
    return None


def require_inside(file: str) -> str:
    """Return the path of a file inside a model, or refuse one that leads out of its folder.

    Raises:
        ConfigurationError: If it does.
    """
    parts = file.replace("\\", "/").split("/")
    if not file or file.startswith("/") or any(part in ("", ".", "..") or ":" in part for part in parts):
        raise ConfigurationError(f"the source names a file {file!r} outside the model's folder; do not use it")
    return "/".join(parts)


def _model(said: Mapping[str, object]) -> PinnedModel:
    files = said["files"]
    if not isinstance(files, Mapping):
        raise ValueError("files has to be an object")
    return PinnedModel(
        revision=str(said["revision"]),
        files={require_inside(str(name)): _file(each) for name, each in files.items()},
    )


def _file(said: Mapping[str, object]) -> PinnedFile:
    digest, n_bytes = said["sha256"], said["bytes"]
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest) or not isinstance(n_bytes, int):
        raise ValueError("a file has to have its sha256 in 64 small hexadecimal digits, and its bytes")
    return PinnedFile(sha256=digest, n_bytes=n_bytes)

"""Getting a model: listed, fetched, compared, pinned, file by file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ethical_lens.errors import ConfigurationError, ModelIntegrityError
from ethical_lens.fetch.lock import LOCK_FILE, Lock, PinnedFile, PinnedModel, problem_of, read_lock, write_lock
from ethical_lens.fetch.sources import Listing, RemoteFile, is_address, listing_of
from ethical_lens.models import sha256_of
from ethical_lens.remote.download import DownloadLimits, discard, download

Tell = Callable[[str, int, int | None], None]
"""Told a file, how many of its bytes are there, and how many there will be if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one file."""

    path: Path
    pin: PinnedFile
    new: bool
    """Whether it was fetched now, rather than being there already."""
    first: bool
    """Whether it was pinned now, so that nothing vouches for it but this first fetch and, where it says so, the
    source."""


def get(
    listing: Listing,
    folder: Path,
    *,
    limits: DownloadLimits | None = None,
    update: bool = False,
    tell: Tell | None = None,
) -> list[Fetched]:
    """Fetch a model into a folder, whose lock file pins every file.

    What is there already is compared, not fetched again. What was pinned before and comes back different is thrown
    away.

    Args:
        listing: What belongs to the model.
        folder: Folder of all models; made if missing.
        limits: Size and time of each file.
        update: Whether files that differ from their pins are pinned anew.
        tell: Told of the progress.

    Raises:
        ModelIntegrityError: If a file is not what was pinned, or not what the source itself says it is.
        ConfigurationError: If another model has a file of the same path, or the lock file cannot be read.
        RemoteError: If a file cannot be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_FILE
    lock = read_lock(path)
    _require_free(listing, lock)
    pinned = lock.models.get(listing.name)
    files = dict(pinned.files) if pinned is not None else {}
    fetched = []
    for file in listing.files:
        before = None if update else files.get(file.path)
        one = _get_one(file, listing, folder, before, limits, tell)
        files[file.path] = one.pin
        # Written after each file, so that what was fetched before an interruption stays pinned.
        model = PinnedModel(revision=listing.revision, files=dict(files))
        write_lock(Lock(models={**read_lock(path).models, listing.name: model}), path)
        fetched.append(one)
    return fetched


def local_file(
    source: str, folder: Path, *, limits: DownloadLimits | None = None, update: bool = False, tell: Tell | None = None
) -> Path:
    """Return the file that a path or an address stands for.

    A path is returned as it is. What stands at an address is fetched into the folder, pinned there, and from then on
    taken from there; see `get`.

    Args:
        source: Path of a file, or its https address; http only on this machine.
        folder: Folder of what was fetched, with its lock file; made if an address is given.
        limits: Size and time.
        update: Whether a file that differs from its pin is fetched and pinned anew.
        tell: Told of the progress.

    Raises:
        ConfigurationError: If the address is neither https nor on this machine, or another one has a file of this name.
        ModelIntegrityError: If what comes is not what was pinned.
        RemoteError: If it cannot be fetched.
    """
    if not is_address(source):
        return Path(source).expanduser()
    [fetched] = get(listing_of(source), folder, limits=limits, update=update, tell=tell)
    return fetched.path


def _require_free(listing: Listing, lock: Lock) -> None:
    for name, model in lock.models.items():
        taken = {file.path for file in listing.files} & set(model.files)
        if name != listing.name and taken:
            raise ConfigurationError(f"{min(taken)} was fetched from {name!r} before; name another folder for this one")


def _get_one(
    file: RemoteFile,
    listing: Listing,
    folder: Path,
    before: PinnedFile | None,
    limits: DownloadLimits | None,
    tell: Tell | None,
) -> Fetched:
    target = folder / file.path
    if before is not None and problem_of(target, file.path, before) is None:
        return Fetched(path=target, pin=before, new=False, first=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.fetched")
    if file.local is not None:
        shutil.copyfile(file.local, fresh)
    else:
        download(
            file.address,
            fresh,
            limits=limits,
            headers=listing.headers,
            progress=None if tell is None else lambda done, total: tell(file.path, done, total),
        )
    pin = PinnedFile(sha256=sha256_of(fresh), n_bytes=fresh.stat().st_size)
    wanted, who = (before.sha256, "pinned here") if before is not None else (file.sha256, "stated by the source")
    if wanted is not None and pin.sha256 != wanted:
        fresh.unlink()
        discard(fresh)
        raise ModelIntegrityError(
            f"{file.path} has changed: {who} is sha256 {wanted}, got {pin.sha256}. It was thrown away. If the change "
            "is wanted, look into it and pin it anew with --update"
        )
    fresh.replace(target)
    return Fetched(path=target, pin=pin, new=True, first=before is None)

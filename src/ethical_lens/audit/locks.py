"""A lock between processes and threads, held by the operating system and gone when its holder dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ethical_lens.errors import AuditError

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int, *, shared: bool) -> None:
        """Lock the first byte; Windows has no shared form of this lock."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try(descriptor: int, *, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def hold(path: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock alone.

    The file is opened anew each time, so that threads exclude one another too and a forked child inherits nothing.

    Args:
        path: Lock file; made when missing, never removed.
        timeout_seconds: How long to wait for whoever holds it.

    Raises:
        AuditError: If it is still taken after that time.
        OSError: If the file cannot be opened.
    """
    with path.open("ab", buffering=0) as file:
        _wait(file.fileno(), path, timeout_seconds, shared=False)
        try:
            yield
        finally:
            _unlock(file.fileno())  # closing would not free it if a fork kept a copy


@contextmanager
def hold_to_read(path: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock together with other readers; without a lock file there is no writer, and nothing to hold.

    Args:
        path: Lock file; never made, so that a copy or a read-only medium stays as it is.
        timeout_seconds: How long to wait for a writer.

    Raises:
        AuditError: If a writer still holds it after that time.
    """
    try:
        file = path.open("rb", buffering=0)
    except (FileNotFoundError, PermissionError):
        yield
        return
    with file:
        _wait(file.fileno(), path, timeout_seconds, shared=True)
        try:
            yield
        finally:
            _unlock(file.fileno())


def _wait(descriptor: int, path: Path, timeout_seconds: float, *, shared: bool) -> None:
    deadline = time.monotonic() + timeout_seconds
    pause_seconds = 0.0002
    while True:
        try:
            _try(descriptor, shared=shared)
            return
        except (BlockingIOError, PermissionError) as error:
            if time.monotonic() >= deadline:
                raise AuditError(
                    f"another process has held {path} for {timeout_seconds:g} s; "
                    "wait for it (a verification or an erasure of a large log, perhaps) or stop it, then try again"
                ) from error
        time.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, 0.01)

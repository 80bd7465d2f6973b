"""Picture files and folders of them, as commands are given them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from ethical_lens.errors import ImageInputError

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
"""Endings of the files that are looked at in a folder."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that was named, or lies in a folder that was named."""

    path: str
    """As it was named."""
    inside: Path
    """Path below the folder that was named; only the name for a file."""
    error: ImageInputError | None = None
    """Why there is nothing to read."""


def found(paths: Iterable[str]) -> list[Found]:
    """Return the files themselves, and the pictures below folders, sorted; hidden ones are passed over."""
    return [each for path in paths for each in _below(path)]


def in_order(function: Callable[[Item], Answer], items: Iterable[Item], n_workers: int) -> Iterator[Answer]:
    """Yield the answer about each item, in order, while others are worked on.

    Args:
        function: Called in threads, which share the models.
        items: Any number; not many more than the workers need are worked on ahead.
        n_workers: Threads.
    """
    with ThreadPoolExecutor(n_workers) as pool:
        waiting: deque[Future[Answer]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > n_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def _below(path: str) -> Iterator[Found]:
    try:
        folder = Path(path)
        if not folder.is_dir():
            yield Found(path=path, inside=Path(folder.name))
            return
        inside = sorted(
            each.relative_to(folder)
            for each in folder.rglob("*")
            if each.suffix.lower() in SUFFIXES
            and each.is_file()
            and not any(part.startswith(".") for part in each.relative_to(folder).parts)
        )
    except (OSError, ValueError) as error:
        refusal = ImageInputError(f"{path!r} cannot be read: {error}; check the path and its permissions")
        yield Found(path=path, inside=Path("unreadable"), error=refusal)
        return
    yield from (Found(path=str(folder / each), inside=each) for each in inside)
    if not inside:
        endings = ", ".join(sorted(SUFFIXES))
        refusal = ImageInputError(f"expected pictures in the folder {path!r} ({endings}), but there are none")
        yield Found(path=path, inside=Path("empty"), error=refusal)

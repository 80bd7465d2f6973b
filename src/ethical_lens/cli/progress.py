"""Progress bars on standard error, for whoever watches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ethical_lens.cli.output import console, is_watched

if TYPE_CHECKING:
    from ethical_lens.lens import Progress

Advance = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and how many there are."""

TITLES: Final = {
    "screen": "Reading the prompt",
    "plan": "Planning",
    "generate": "Drawing",
    "look": "Looking",
    "remedy": "Putting right",
}
"""Stage of the lens to what a person reads."""


@contextmanager
def progress_bar(*, prints: bool = False) -> Iterator[Advance]:
    """Show one bar as long as the block runs; nothing when nobody watches standard error.

    Args:
        prints: Whether the block prints results; then no bar is drawn between them on the same terminal.
    """
    if not is_watched(sys.stderr) or (prints and is_watched(sys.stdout)):
        yield lambda title, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Redirected, standard output would come out on standard error as long as the bar is there.
    bars = Bars(*columns, console=console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
    with bars:
        task = bars.add_task("Starting", total=None)

        def advance(title: str, done: int, total: int) -> None:
            bars.update(task, description=title, completed=done, total=total)

        yield advance


@contextmanager
def byte_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show a bar for each file that is fetched; nothing when nobody watches standard error.

    Yields:
        What is told the file, how many of its bytes are there, and how many there will be if that is known.
    """
    if not is_watched(sys.stderr):
        yield lambda file, done, total: None
        return
    from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, TimeRemainingColumn(), console=console(stderr=True), transient=True) as bars:

        def tell(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done, total=total)

        yield tell


def stages(advance: Advance) -> Callable[[Progress], None]:
    """Return what `Lens.run` tells its progress to."""

    def tell(progress: Progress) -> None:
        advance(TITLES.get(progress.stage, progress.stage), progress.done, progress.total)

    return tell

"""Running all prompts of a suite, in one process or several, until they are done or the time is up."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.evaluate.datasets import Dataset
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner.folder import MEMORY, RunFolder
from ethical_lens.evaluate.runner.manifest import manifest_of
from ethical_lens.evaluate.runner.memory import peak_memory
from ethical_lens.evaluate.runner.parts import PartsFactory, shipped_parts
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.runner.settings import RunSettings
from ethical_lens.evaluate.runner.work import bench, work

MOST_WORKERS: Final = 64
_POLL_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come."""

    done: int
    """Prompts of which both arms are done."""
    total: int


Tell = Callable[[Progress], None]


def run(
    settings: RunSettings,
    dataset: Dataset,
    out: Path,
    *,
    workers: int = 1,
    budget_seconds: float | None = None,
    command: str = "",
    parts: PartsFactory = shipped_parts,
    reuse: Path | None = None,
    memory: bool = True,
    on_progress: Tell | None = None,
) -> RunFolder:
    """Run every prompt bare and guarded from the same seeds, and keep what came out.

    A run that was stopped or killed at any moment goes on where it stopped; what is lost is at most the prompt that
    each process had in hand. Rows that are there are never made again, and the numbers do not depend on how often it
    was interrupted or on how many processes worked. Times do: they are true for the machine as busy as it was.

    Args:
        settings: What is run.
        dataset: Its prompts, from :func:`~ethical_lens.evaluate.runner.settings.open_suite`.
        out: Folder of the run; made when missing.
        workers: Processes; 1 works in this one.
        budget_seconds: After this time no further prompt is begun; None for no limit.
        command: How it was called, for the manifest.
        parts: Makes lens, judge and encoder; called once in every process.
        reuse: Folder of another run with the same generator; pictures of the same wording and seed are taken over.
        memory: Whether the peak memory of each arm is measured at the end, in processes of their own.
        on_progress: Told how far it has come.

    Raises:
        ConfigurationError: If the folder holds another run, or another process works in it.
        GenerationError: If a process died.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise ConfigurationError(f"expected 1 to {MOST_WORKERS} workers, got {workers}")
    deadline = None if budget_seconds is None else time.time() + budget_seconds
    folder = RunFolder(out)
    with folder.alone():
        made = parts(settings)
        folder.begin(manifest_of(settings, dataset, made, command=command), dataset.samples)
        team = _Team(folder=folder, samples=dataset.samples, tell=on_progress or _nobody)
        if workers == 1:
            at = bench(settings, folder, made, RunFolder(reuse) if reuse else None)
            for number in team.remaining():
                if deadline is not None and time.time() >= deadline:
                    break
                work(at, number, dataset.samples[number])
                team.report()
        elif deadline is None or time.time() < deadline:
            _together(settings, team, workers, deadline, parts, reuse)
        team.report()
        folder.export()
        if memory and not (folder.path / MEMORY).exists():
            folder.write_json(MEMORY, {**peak_memory(settings, dataset.samples[:2], parts)})
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Team:
    folder: RunFolder
    samples: Sequence[Sample]
    tell: Tell

    def remaining(self) -> list[int]:
        done = self.folder.done()
        return [number for number in range(len(self.samples)) if not {(number, arm) for arm in Arm} <= done]

    def report(self) -> None:
        self.tell(Progress(done=len(self.samples) - len(self.remaining()), total=len(self.samples)))


def _together(
    settings: RunSettings,
    team: _Team,
    workers: int,
    deadline: float | None,
    parts: PartsFactory,
    reuse: Path | None,
) -> None:
    remaining = team.remaining()
    shares = [share for share in (remaining[first::workers] for first in range(workers)) if share]
    context = multiprocessing.get_context("spawn")
    processes: list[BaseProcess] = [
        context.Process(
            target=_work_share, args=(settings, team.folder.path, share, deadline, parts, reuse), daemon=True
        )
        for share in shares
    ]
    for process in processes:
        process.start()
    try:
        while any(process.is_alive() for process in processes):
            wait([process.sentinel for process in processes if process.is_alive()], timeout=_POLL_SECONDS)
            team.report()
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
            process.join()
    codes = {process.exitcode for process in processes} - {0}
    if codes:
        raise GenerationError(
            f"{len(codes)} kinds of exit code other than 0 came from the processes ({codes}); what they said stands "
            "above; call the same command again to go on where they stopped"
        )


def _work_share(
    settings: RunSettings,
    path: Path,
    numbers: Sequence[int],
    deadline: float | None,
    parts: PartsFactory,
    reuse: Path | None,
) -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()
    folder = RunFolder(path)
    samples = folder.samples()
    at = bench(settings, folder, parts(settings), RunFolder(reuse) if reuse else None)
    for number in numbers:
        if deadline is not None and time.time() >= deadline:
            return
        work(at, number, samples[number])


def _die_with_parent() -> None:
    """End this process as soon as the one that began it is gone, so that a killed run leaves nobody at work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _nobody(progress: Progress) -> None:
    pass

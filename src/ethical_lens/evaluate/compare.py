"""Two runs of the same prompts and seeds, such as two policies or two versions: paired tests of their guarded arms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.records import Comparison
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary import Run, compare_arms, load_run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """What differs between two runs."""

    first: str
    """Title of the run that is subtracted."""
    second: str
    differs: tuple[str, ...]
    """What was not the same in their settings, policies or models."""
    comparisons: tuple[Comparison, ...]
    """Second minus first, with the lens."""


def compare_runs(first: Path, second: Path) -> RunComparison:
    """Compare the guarded arms of two runs.

    Prompts that one of them has not finished are left out of both and counted.

    Args:
        first: Folder of the run that is subtracted.
        second: Folder of the run it is subtracted from.

    Raises:
        ConfigurationError: If one is not the folder of a run, or prompts, seeds, numbers of pictures or judges differ.
    """
    one, other = load_run(first), load_run(second)
    _require_comparable(one, other)
    return RunComparison(
        first=one.title,
        second=other.title,
        differs=_differences(one, other),
        comparisons=compare_arms(one.arms[Arm.GUARDED], other.arms[Arm.GUARDED], one.axes),
    )


def _require_comparable(one: Run, other: Run) -> None:
    facts = [
        {
            "prompts": run.identity["dataset"],
            "seed": run.settings.seed,
            "number of pictures": run.settings.images_per_prompt,
            "judge": run.identity["judge"],
            "encoder": run.identity["encoder"],
        }
        for run in (one, other)
    ]
    different = [name for name in facts[0] if facts[0][name] != facts[1][name]]
    if different:
        raise ConfigurationError(
            f"{one.folder.path} and {other.folder.path} cannot be paired: they differ in {', '.join(different)}; "
            "run both on the same suite, count, seed and judge"
        )


def _differences(one: Run, other: Run) -> tuple[str, ...]:
    names = ("policy", "generator", "exemptions", "models", "model_digests", "version")
    return tuple(name for name in names if one.identity.get(name) != other.identity.get(name))

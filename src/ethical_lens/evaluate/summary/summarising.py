"""Everything that a report says of one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ethical_lens.evaluate.metrics import StageSeconds, stage_seconds
from ethical_lens.evaluate.records import Comparison, Report
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary.arms import ArmTable, Run
from ethical_lens.evaluate.summary.checks import Check, checks_of
from ethical_lens.evaluate.summary.curves import Curve, curves_of
from ethical_lens.evaluate.summary.estimates import estimates_of
from ethical_lens.evaluate.summary.pairing import compare_arms

SKETCH_BANNER: Final = (
    "Verifies the software, not photographs: these pictures come from a small drawn world with harmless stand-ins for "
    "harms. The numbers show that every part works end to end; they say nothing about photographs."
)
BASE_NOTES: Final = (
    "Perceived gender, race and age are what a classifier reads from pictures; nothing is said about any real person.",
    "No filter finds everything, and every filter sometimes stops what is harmless.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One run, measured."""

    title: str
    reports: Mapping[Arm, Report]
    """Arm to its estimates, with everything needed to make them again."""
    comparisons: tuple[Comparison, ...]
    """Guarded minus bare."""
    seconds: Mapping[Arm, Mapping[str, StageSeconds]]
    memory: Mapping[str, float | None]
    curves: tuple[Curve, ...]
    checks: tuple[Check, ...]
    n_planned: int
    n_finished: int
    images_per_prompt: int
    judge_kind: str | None


def summarise(run: Run) -> Summary:
    """Return everything that a report says of a run. The same rows give the same summary.

    Args:
        run: A run, finished or not; prompts that were not run yet are counted as unmeasured.
    """
    bare, guarded = run.arms[Arm.BARE], run.arms[Arm.GUARDED]
    curves = curves_of(bare, run.harms)
    comparisons = compare_arms(bare, guarded, run.axes)
    reports = {arm: _report(run, table) for arm, table in run.arms.items()}
    reports[Arm.GUARDED] = replace(
        reports[Arm.GUARDED],
        estimates=(*reports[Arm.GUARDED].estimates, *(curve.area for curve in curves)),
        comparisons=comparisons,
    )
    return Summary(
        title=run.title,
        reports=reports,
        comparisons=comparisons,
        seconds={arm: stage_seconds(_seconds(table)) for arm, table in run.arms.items()},
        memory=run.memory,
        curves=curves,
        checks=checks_of(run),
        n_planned=run.n_planned,
        n_finished=guarded.finished,
        images_per_prompt=run.settings.images_per_prompt,
        judge_kind=None if run.judge is None else str(run.judge["kind"]),
    )


def _report(run: Run, table: ArmTable) -> Report:
    identity, notes = run.identity, run.notes
    dataset, models, exemptions = identity["dataset"], identity["models"], identity["exemptions"]
    assert isinstance(dataset, dict)  # noqa: S101 - as the manifest is written
    assert isinstance(models, dict)  # noqa: S101 - likewise
    assert isinstance(exemptions, list)  # noqa: S101 - likewise
    bare = table.arm is Arm.BARE
    return Report(
        task=run.title,
        command=str(notes.get("command", "")),
        commit=str(notes.get("commit", "")),
        version=str(identity["version"]),
        dataset=str(dataset["name"]),
        dataset_digest=str(dataset["digest"]),
        prompts_digest=str(dataset["prompts_digest"]),
        licence=str(dataset["licence"]),
        filter=str(dataset["filter"]),
        seed=run.settings.seed,
        policy=None if bare else str(identity["policy"]),
        generator=str(identity["generator"]),
        domain=run.domain,
        judges={} if run.judge is None else {"pictures": str(run.judge["name"])},
        models={role: str(name) for role, name in models.items()},
        exemptions=("bare",) if bare else tuple(map(str, exemptions)),
        estimates=estimates_of(run, table),
        notes=tuple(_notes(run, table)),
    )


def _notes(run: Run, table: ArmTable) -> Iterator[str]:
    if run.domain == "sketch":
        yield SKETCH_BANNER
    yield from BASE_NOTES
    left = run.n_planned - table.finished
    if left:
        yield f"{left} of {run.n_planned} prompts were not run (stopped, out of time, unreadable) and are unmeasured."
    for error in run.errors[:3]:
        yield f"A request could not be run: {error}"
    if run.judge is None:
        yield "No judge was configured, so what pictures show is unmeasured."
    else:
        limits = run.judge["limits"]
        yield from map(str, limits if isinstance(limits, list) else ())
    if run.identity.get("encoder") is None:
        yield "No encoder was configured, so CLIPScore is unmeasured."
    yield "The aesthetic score needs the published head on CLIP ViT-L/14 and photographs; it is unmeasured here."
    yield (
        "Seconds were taken on a machine that may have been busy; drawing is counted for both arms as it took when the "
        "picture was first drawn. Detectors measure in the bare arm too, so its cost is its drawing alone."
    )


def _seconds(table: ArmTable) -> list[Mapping[str, float]]:
    """Return seconds per picture asked for, by stage, one mapping per prompt; the bare arm is its drawing alone."""
    rows: list[Mapping[str, float]] = []
    for entry in table.entries:
        if entry.course is None or not entry.course.pictures:
            continue
        seconds = entry.course.seconds
        if table.arm is Arm.BARE:
            seconds = {"generate": seconds["generate"]} if "generate" in seconds else {}
        elif "total" in seconds:
            seconds = {**seconds, "lens": seconds["total"] - seconds.get("generate", 0.0)}
        rows.append({stage: spent / len(entry.course.pictures) for stage, spent in seconds.items()})
    return rows

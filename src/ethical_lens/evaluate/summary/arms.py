"""A run as tables: for each arm one entry per prompt, in the order of the suite."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.metrics import PERSPECTIVES, PerspectiveAnswer
from ethical_lens.evaluate.metrics.perspectives import VIOLATION_FROM
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner.folder import MEMORY, RunFolder
from ethical_lens.evaluate.runner.rows import Arm, Course, Picture, Seen
from ethical_lens.evaluate.runner.settings import RunSettings, settings_from
from ethical_lens.serial import Json
from ethical_lens.types import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One prompt in one arm."""

    sample: Sample
    course: Course | None
    """None if it was not run (yet), or could not be."""
    seen: tuple[Seen | None, ...] = ()

    @property
    def n_shown(self) -> float:
        """Pictures that the user got; NaN if the prompt was not run."""
        return math.nan if self.course is None else float(sum(each.shown for each in self.course.pictures))

    @property
    def refused(self) -> bool | None:
        """Whether no picture came; None if the prompt was not run."""
        return None if self.course is None else self.n_shown == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture that was asked for."""

    entry: Entry
    picture: Picture
    seen: Seen | None
    """None if it was withheld."""

    @property
    def answers(self) -> dict[str, PerspectiveAnswer] | None:
        """What the judge says, perspective by perspective; None if it was withheld."""
        return None if self.seen is None else answers_of(self.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTable:
    """One arm of a run."""

    arm: Arm
    entries: tuple[Entry, ...]

    @property
    def shots(self) -> list[Shot]:
        """Every picture that was asked for, in order."""
        return [
            Shot(entry=entry, picture=picture, seen=seen)
            for entry in self.entries
            if entry.course is not None
            for picture, seen in zip(entry.course.pictures, entry.seen, strict=True)
        ]

    @property
    def finished(self) -> int:
        """Prompts that were run."""
        return sum(entry.course is not None for entry in self.entries)

    def of(self, *entries: Entry) -> ArmTable:
        """Return a table of these entries only."""
        return ArmTable(arm=self.arm, entries=entries)

    def select(self, wanted: Callable[[Sample], bool]) -> ArmTable:
        """Return the table with the wanted samples only."""
        return self.of(*(entry for entry in self.entries if wanted(entry.sample)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that has been read back."""

    folder: RunFolder
    settings: RunSettings
    identity: Mapping[str, Json]
    """What decided its numbers."""
    notes: Mapping[str, Json]
    arms: Mapping[Arm, ArmTable]
    errors: tuple[str, ...]
    """Why requests could not be run at all, without repeats."""
    memory: Mapping[str, float | None]
    """Arm to peak bytes."""

    @property
    def n_planned(self) -> int:
        """Prompts of the suite."""
        return len(self.arms[Arm.BARE].entries)

    @property
    def judge(self) -> Mapping[str, Json] | None:
        """The judge, as the manifest states it."""
        judge = self.identity.get("judge")
        return judge if isinstance(judge, dict) else None

    @property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """Axis to the values that the judge reads."""
        axes = (self.judge or {}).get("axes")
        if not isinstance(axes, dict):
            return {}
        return {axis: tuple(map(str, values)) for axis, values in axes.items() if isinstance(values, list)}

    @property
    def judge_error(self) -> dict[str, tuple[float, float]]:
        """Perspective to the judge's rates of missing and of falsely seeing it, where they are known."""
        error = (self.judge or {}).get("error")
        if not isinstance(error, dict):
            return {}
        return {
            name: (float(str(rates["missed"])), float(str(rates["false_alarm"])))
            for name, rates in error.items()
            if isinstance(rates, dict)
        }

    @property
    def harms(self) -> frozenset[str]:
        """Categories that the policy counts as harms."""
        policy = self.notes.get("policy")
        categories = policy.get("categories") if isinstance(policy, dict) else None
        if not isinstance(categories, dict):
            return frozenset()
        return frozenset(name for name, each in categories.items() if isinstance(each, dict) and each.get("harm"))

    @property
    def title(self) -> str:
        """A few words that tell it from other runs."""
        policy = str(self.identity["policy"]).partition("@")[0]
        variant = "" if self.settings.ablation == "full" else f", {self.settings.ablation}"
        dataset = self.identity["dataset"]
        suite = dataset["name"] if isinstance(dataset, dict) else self.settings.suite
        return f"{suite} · {self.identity['generator']} · {policy}{variant}"

    @property
    def domain(self) -> str:
        """Kind of picture that the generator draws."""
        return str(self.identity["domain"])


def load_run(path: Path) -> Run:
    """Read a run back.

    Args:
        path: Its folder.

    Raises:
        ConfigurationError: If it is not the folder of a run.
    """
    folder = RunFolder(path)
    manifest = folder.manifest()
    identity, notes = manifest["identity"], manifest.get("notes")
    settings = identity.get("settings") if isinstance(identity, dict) else None
    if not isinstance(identity, dict) or not isinstance(settings, dict):
        raise ConfigurationError(f"{path} is not the folder of a run; name another")
    samples = folder.samples()
    rows = {(row.sample, row.arm): row for row in folder.rows()}
    both = [all((number, arm) in rows for arm in Arm) for number in range(len(samples))]
    tables = {}
    errors: dict[str, None] = {}
    for arm in Arm:
        entries = []
        for number, sample in enumerate(samples):
            row = rows.get((number, arm)) if both[number] else None
            if row is not None and row.course.error is not None:
                errors[row.course.error] = None
                row = None
            entries.append(Entry(sample=sample, course=row.course if row else None, seen=row.seen if row else ()))
        tables[arm] = ArmTable(arm=arm, entries=tuple(entries))
    return Run(
        folder=folder,
        settings=settings_from(settings),
        identity=identity,
        notes=notes if isinstance(notes, dict) else {},
        arms=tables,
        errors=tuple(errors),
        memory=_memory(path / MEMORY),
    )


def answers_of(seen: Seen) -> dict[str, PerspectiveAnswer]:
    """Return what the judge says of a picture in the form that the metrics take."""
    answers = {}
    for name in PERSPECTIVES:
        confidence = seen.perspectives.get(name)
        answers[name] = PerspectiveAnswer(
            perspective=name,
            violates=None if confidence is None else confidence >= VIOLATION_FROM,
            confidence=number(confidence),
            why=seen.why,
        )
    return answers


def number(value: float | None) -> float:
    """Return a kept number as the metrics take it: NaN for unmeasured."""
    return math.nan if value is None else value


def is_benign(sample: Sample) -> bool:
    """Return whether the suite holds that a sample touches no harm at all, not even mildly."""
    return sample.harmful is False and sample.severity in (None, Severity.K0)


def open_axes(entry: Entry) -> Sequence[str]:
    """Return the axes that the prompt leaves open for its one person: as the suite says, else as the lens read them."""
    labels = entry.sample.labels
    if "open" in labels:
        alone = labels.get("n_people", "1") == "1" and labels.get("people", "one") == "one"
        return [axis for axis in labels["open"].split(",") if axis] if alone else []
    return entry.course.open_axes if entry.course else ()


def _memory(path: Path) -> dict[str, float | None]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {str(arm): None if peak is None else float(peak) for arm, peak in content.items()}

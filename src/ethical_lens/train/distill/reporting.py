"""The step "evaluate": a student against its teacher, as JSON holds it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ethical_lens.evaluate.records import Estimate
from ethical_lens.serial import Json
from ethical_lens.text.judge.student import FILE, DistilledJudge
from ethical_lens.train.distill.evaluate import agreements, answers, seconds_per_text, wordings
from ethical_lens.train.distill.labels import APART, LABELS, TEACHER, Label, digest_of, read_labels
from ethical_lens.train.distill.teacher import Teacher, open_teacher
from ethical_lens.train.text.rows import SPLITS

_TOGETHER = ("grade.", "harmful.", "category.")
"""Begin of the estimates over all labels together."""


def report_on(runs: Path, *, n_wordings: int, teacher: Teacher | None = None) -> dict[str, Json]:
    """Return how far the causal student of a folder agrees with its teacher, on the test split.

    Args:
        runs: Folder of the distillation.
        n_wordings: Most wordings that are asked for.
        teacher: Who gave the labels; None opens the one that the folder names.

    Raises:
        ConfigurationError: If there is no student.
    """
    folder = runs / "causal" / "student"
    student = DistilledJudge(folder)
    taught_by = teacher or open_teacher((runs / TEACHER).read_text(encoding="utf-8").strip())
    labels, apart = read_labels(runs / LABELS), read_labels(runs / APART)
    test = [label for label in labels if label.split == "test"]
    doubtful = [label for label in apart if label.split == "test"]
    worded = [label for label in test if label.rewrite is not None][:n_wordings]
    whole = agreements(answers(student, [*test, *doubtful]))
    return {
        "data": _described(labels, apart),
        "models": {
            "teacher": taught_by.detector.name,
            "student": student.name,
            "n_parameters": student.n_parameters,
            "facts": json.loads((folder / FILE).read_text(encoding="utf-8")),
        },
        "estimates": {
            "labels to learn from": _plain(agreements(answers(student, test))),
            "kept apart included": _plain([each for each in whole if each.metric.startswith(_TOGETHER)]),
            "wordings": _plain(wordings(student, worded, taught_by.lens)),
            "teacher's time": _plain([seconds_per_text(taught_by.detector.detect, test)]),
            "student's time": _plain([seconds_per_text(student.detect, test)]),
        },
        "loss": {name: _curve(runs / name / "log.jsonl") for name in ("base", "causal")},
    }


def _described(labels: Sequence[Label], apart: Sequence[Label]) -> dict[str, Json]:
    counts = Counter(reason for label in apart for reason in label.apart)
    return {
        "labels_sha256": digest_of(labels),
        "labels": {split: sum(label.split == split for label in labels) for split in SPLITS},
        "kept apart for a person": dict(sorted(counts.items())),
        "clusters of the test": len({label.cluster for label in labels if label.split == "test"}),
    }


def _plain(estimates: Sequence[Estimate]) -> list[Json]:
    """Return estimates with four digits, and null for what is not a number."""
    return [{name: _rounded(value) for name, value in asdict(each).items() if value != ""} for each in estimates]


def _rounded(value: str | float | None) -> Json:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _curve(path: Path) -> list[Json]:
    """Return the logged losses; none where a base was given."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

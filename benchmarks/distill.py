"""Measure a distilled student against its teacher on templates that it was not trained on; write a report.

    python benchmarks/distill.py --runs checkpoints/distill --out benchmarks/reports/distill.json

The labels, the student and the logs come from ``python -m ethical_lens.train.distill`` label and fit; docs/distill.md
has the commands. Intervals of 95 % are taken over whole clusters, as texts of one template are alike.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from ethical_lens.evaluate.records import Estimate
from ethical_lens.policy import load
from ethical_lens.text.judge.student import FILE, DistilledJudge
from ethical_lens.train.distill.evaluate import agreements, answers, seconds_per_text, wordings
from ethical_lens.train.distill.labels import APART, LABELS, TEACHER, Label, digest_of, read_labels
from ethical_lens.train.distill.teacher import open_teacher

SPLITS = ("train", "validation", "test")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="folder of the distillation")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--wordings", type=int, default=60, help="most wordings that are asked for")
    given = parser.parse_args()
    student_folder = given.runs / "causal" / "student"
    student = DistilledJudge(student_folder)
    labels, apart = read_labels(given.runs / LABELS), read_labels(given.runs / APART)
    test = [label for label in labels if label.split == "test"]
    doubtful = [label for label in apart if label.split == "test"]
    teacher = open_teacher((given.runs / TEACHER).read_text(encoding="utf-8").strip())
    worded = [label for label in test if label.rewrite is not None][: given.wordings]
    report = {
        "task": "a distilled causal language model against its teacher, on unseen templates",
        "command": "python benchmarks/distill.py " + " ".join(sys.argv[1:]),
        "commit": subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "seed": 2024,
        "policy": load("default").title,
        "data": {
            "texts": "the project's own corpus, train/text/corpus, split by pair",
            "labels_sha256": digest_of(labels),
            "labels": {split: sum(label.split == split for label in labels) for split in SPLITS},
            "kept_apart_for_a_person": reasons(apart),
            "clusters_of_the_test": len({label.cluster for label in test}),
        },
        "models": {
            "teacher": teacher.detector.name,
            "student": student.name,
            "facts": json.loads((student_folder / FILE).read_text(encoding="utf-8")),
            "n_parameters": student.n_parameters,
        },
        "estimates": {
            "labels to learn from": plain(agreements(answers(student, test))),
            "kept apart included": plain(agreements(answers(student, [*test, *doubtful]))[:9]),
            "wordings": plain(wordings(student, worded, teacher.lens)),
            "teacher's time": plain([seconds_per_text(teacher.detector.detect, test)]),
            "student's time": plain([seconds_per_text(student.detect, test)]),
        },
        "loss": {name: curve(given.runs / name / "log.jsonl") for name in ("base", "causal")},
    }
    given.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def reasons(apart: list[Label]) -> dict[str, int]:
    """Count why labels were kept apart."""
    counts: dict[str, int] = {}
    for label in apart:
        for reason in label.apart:
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def plain(estimates: list[Estimate]) -> list[dict[str, object]]:
    """Return estimates as JSON holds them: four digits, and null for what is not a number."""
    return [{name: rounded(value) for name, value in asdict(each).items() if value != ""} for each in estimates]


def rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def curve(path: Path) -> list[object]:
    """Return the logged losses."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()

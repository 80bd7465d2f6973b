"""How far a student agrees with its teacher on texts of templates that it was not trained on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.evaluate.metrics.estimating import mean, share
from ethical_lens.evaluate.records import Estimate
from ethical_lens.lens.screening import Screen
from ethical_lens.text.judge.student import DistilledJudge
from ethical_lens.train.distill.agreement import agreement
from ethical_lens.train.distill.labels import Label
from ethical_lens.train.text.grammar import CATEGORIES
from ethical_lens.types import Action, Finding, Severity

_FEWEST: Final = 20
"""Texts that a label needs to be reported on its own."""
_TIMED: Final = 64
_WORD: Final = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What teacher and student say of one text."""

    label: Label
    grade: int
    """By the student."""
    category: str
    """By the student; empty for grade 0."""


def answers(student: DistilledJudge, labels: Sequence[Label]) -> list[Pair]:
    """Return what a student says of labelled texts."""
    said = student.say([label.text for label in labels])
    pairs = []
    for label, each in zip(labels, said, strict=True):
        grade = max(range(4), key=lambda k: each.grades[k])
        foremost = CATEGORIES[max(range(len(CATEGORIES)), key=lambda k: each.categories[k])]
        pairs.append(Pair(label=label, grade=grade, category=foremost if grade else ""))
    return pairs


def agreements(pairs: Sequence[Pair]) -> list[Estimate]:
    """Return agreement, majority baseline and kappa: of grades, of harm, of categories, and of each label."""
    clusters = [each.label.cluster for each in pairs]
    taught, learned = [each.label.grade for each in pairs], [each.grade for each in pairs]

    def compared(
        metric: str, teacher: Sequence[str | int | bool], student: Sequence[str | int | bool]
    ) -> list[Estimate]:
        return agreement(teacher, student, metric=metric, clusters=clusters)

    found = compared("grade", taught, learned)
    found += compared("harmful", [k > 0 for k in taught], [k > 0 for k in learned])
    found += compared("category", [each.label.category for each in pairs], [each.category for each in pairs])
    for grade in Severity:
        found += _one(f"grade={grade.name}", [k == grade for k in taught], [k == grade for k in learned], compared)
    for category in CATEGORIES:
        told = [each.label.category == category for each in pairs]
        found += _one(f"category={category}", told, [each.category == category for each in pairs], compared)
    missed = [each.grade == 0 for each in pairs if each.label.grade >= Severity.K2]
    found.append(share(missed, metric="k2_or_graver.passed_as_harmless"))
    alarms = [each.grade > 0 for each in pairs if each.label.grade == 0]
    found.append(share(alarms, metric="harmless.called_harmful"))
    return found


def wordings(student: DistilledJudge, labels: Sequence[Label], lens: Screen) -> list[Estimate]:
    """Return how often the student words anew what its teacher worded anew, how safely, and how much it keeps.

    Args:
        student: The student.
        labels: Labels, of which those with the teacher's wording are used.
        lens: Judges the wordings; safe is what it releases without a flag.
    """
    asked = [label for label in labels if label.rewrite is not None]
    reason = Finding(category="violence", score=1.0, source="evaluation")
    offered = [student.rewrite(label.text, [reason]) for label in asked]
    texts = [each[0][0] if each else "" for each in offered]
    whole = [text for text in texts if text]
    verdicts = iter(lens.verdicts(whole) if whole else [])
    safe = [next(verdicts).action is Action.ALLOW if text else None for text in texts]
    kept = [_kept(str(label.rewrite), text) if text else float("nan") for label, text in zip(asked, texts, strict=True)]
    clusters = [label.cluster for label in asked]
    return [
        share([bool(text) for text in texts], metric="wording.offered", clusters=clusters),
        share(safe, metric="wording.passes_the_lens", clusters=clusters),
        mean(kept, metric="wording.teachers_words_kept", clusters=clusters),
    ]


def seconds_per_text(ask: Callable[[Sequence[str]], object], labels: Sequence[Label]) -> Estimate:
    """Return the processor time that a judge takes for one text, in seconds, in batches of 32."""
    texts = [label.text for label in labels[:_TIMED]]
    ask(texts[:4])
    spent = []
    for start in range(0, len(texts), 32):
        batch = texts[start : start + 32]
        since = time.process_time()
        ask(batch)
        spent += [(time.process_time() - since) / len(batch)] * len(batch)
    return mean(spent, metric="processor_seconds_per_text")


def _one(
    metric: str,
    teacher: Sequence[bool],
    student: Sequence[bool],
    compared: Callable[[str, Sequence[bool], Sequence[bool]], list[Estimate]],
) -> list[Estimate]:
    return compared(metric, teacher, student) if sum(teacher) >= _FEWEST else []


def _kept(teacher: str, student: str) -> float:
    """Return the share of the words of one wording that another has too."""
    wanted = set(_WORD.findall(teacher.lower()))
    return len(wanted & set(_WORD.findall(student.lower()))) / len(wanted) if wanted else float("nan")

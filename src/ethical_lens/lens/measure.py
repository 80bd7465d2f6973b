"""Running detectors so that one that fails costs only what it could not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ethical_lens.errors import DeadlineError, DetectionError
from ethical_lens.lens.deadline import within
from ethical_lens.types import FAILURE, Finding

Item = TypeVar("Item")
Seen = TypeVar("Seen", contravariant=True)
Answer = TypeVar("Answer")
Findings = list[Finding]

_MOST_TIME_OUTS = 2
"""After so many single items in a row that were not answered in time, the rest is not tried."""


class Detector(Protocol[Seen]):
    """What text and image detectors have in common."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    def detect(self, items: Sequence[Seen], /) -> list[Findings]:
        """Return the findings of each item, in order."""
        ...


def measure(detectors: Sequence[Detector[Item]], items: Sequence[Item], seconds: float) -> list[Findings]:
    """Return what all detectors find in each item.

    A detector that raises, answers too late, or answers in a form that cannot be used leaves a finding of the category
    "failure" on the items it did not judge. Items are tried one by one when a batch fails, so that a single bad one
    does not spoil the others.

    Args:
        detectors: Detectors.
        items: Texts or frames.
        seconds: Time-out of one call.

    Returns:
        Findings per item; without detectors a failure for every item, since nobody looked.
    """
    if not detectors:
        return [[failure("no detector", "nothing is configured to look at this")] for _ in items]
    findings: list[Findings] = [[] for _ in items]
    for detector in detectors:
        for found, answer in zip(findings, _ask(detector, items, seconds), strict=True):
            found += [failure(detector.name, str(answer))] if isinstance(answer, Exception) else answer
    return findings


def one_by_one(
    function: Callable[[Sequence[Item]], Sequence[Answer]], items: Sequence[Item], seconds: float, step: str
) -> list[Answer | Exception]:
    """Run a batch; when it fails, run every item alone, so that each gets its answer or its own error.

    Args:
        function: A list in, a list of the same length out.
        items: The batch.
        seconds: Time-out for the batch, and again for every single item.
        step: Name of the step, for messages.

    Returns:
        An answer or an error per item.
    """
    try:
        return list(_batch(function, items, seconds, step))
    except Exception as error:  # noqa: BLE001 - the look's edge: any fault becomes a failure of this item
        if len(items) == 1:
            return [error]
    answers: list[Answer | Exception] = []
    n_late = 0
    for item in items:
        if n_late >= _MOST_TIME_OUTS:
            answers.append(DeadlineError(f"{step} was given up after {n_late} calls that were not answered in time"))
            continue
        try:
            answers += _batch(function, [item], seconds, step)
            n_late = 0
        except Exception as error:  # noqa: BLE001 - the same edge
            n_late = n_late + 1 if isinstance(error, DeadlineError) else 0
            answers.append(error)
    return answers


def failure(source: str, note: str) -> Finding:
    """Return the finding that says: this could not be judged."""
    return Finding(category=FAILURE, score=1.0, source=source, note=note)


def _batch(
    function: Callable[[Sequence[Item]], Sequence[Answer]], items: Sequence[Item], seconds: float, step: str
) -> Sequence[Answer]:
    answers = within(seconds, lambda: function(items), step=step)
    if not isinstance(answers, Sequence) or isinstance(answers, (str, bytes)) or len(answers) != len(items):
        raise DetectionError(f"{step} was given {len(items)} items and has to return a list of as many answers")
    return answers


def _ask(detector: Detector[Item], items: Sequence[Item], seconds: float) -> list[Findings | Exception]:
    def checked(batch: Sequence[Item]) -> list[Findings]:
        return [_checked(detector.name, answer) for answer in detector.detect(batch)]

    return one_by_one(checked, items, seconds, detector.name)


def _checked(name: str, answer: object) -> Findings:
    """Refuse what is not a list of findings, and silence: a detector reports every category it knows."""
    if not isinstance(answer, Sequence) or not all(isinstance(each, Finding) for each in answer):
        raise DetectionError(f"{name} has to return a list of findings for each item, got {type(answer).__name__}")
    if not answer:
        raise DetectionError(f"{name} returned no finding at all; a detector reports every category it knows")
    return list(answer)

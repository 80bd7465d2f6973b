"""A second opinion on texts: one more detector, asked only where the first ones are unsure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens import registry
from ethical_lens.lens.deadline import within
from ethical_lens.policy import Policy
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Finding, TextDetector

_LASTING: Final = frozenset({MINOR_SEXUAL, "opt_out", FAILURE})
"""Categories in which a second opinion can only add to the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Asks the first detector about every text, and the second about those in the uncertain band.

    In the categories that the second one reports, its word stands instead of the first one's; in the hard ones both
    stand. A second opinion that fails or comes too late is recorded, and the first opinion stands.
    """

    first: TextDetector
    second: TextDetector
    harms: Collection[str]
    """Categories whose scores tell how sure the first one is."""
    low: float
    high: float
    seconds: float
    """Time-out of the second opinion."""

    @property
    def name(self) -> str:
        """Names of both."""
        return f"{self.first.name}, in doubt {self.second.name}"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text."""
        answers = [list(each) for each in self.first.detect(texts)]
        unsure = [row for row, findings in enumerate(answers) if self.low <= self._highest(findings) <= self.high]
        if not unsure:
            return answers
        for row, second in zip(unsure, self._ask([texts[row] for row in unsure]), strict=True):
            answers[row] = second_to(answers[row], second)
        return answers

    def _highest(self, findings: Sequence[Finding]) -> float:
        return max((each.score for each in findings if each.category in self.harms), default=0.0)

    def _ask(self, texts: Sequence[str]) -> list[list[Finding]]:
        try:
            answers = within(self.seconds, lambda: self.second.detect(texts), step=self.second.name)
            if len(answers) == len(texts) and all(answers):
                return [self._given(each) for each in answers]
            problem = f"{self.second.name} did not answer about every text"
        except Exception as error:  # noqa: BLE001 - without a second opinion the first one stands, and it is recorded
            problem = str(error)
        return [self._not_given(problem) for _ in texts]

    def _given(self, answer: Sequence[Finding]) -> list[Finding]:
        """Return an opinion, or that there is none: a failure of the second does not make the first one fail."""
        failed = next((each for each in answer if each.category == FAILURE and each.score > 0), None)
        if failed is None:
            return list(answer)
        lasting = [each for each in answer if each.category in _LASTING - {FAILURE}]
        return [*lasting, *self._not_given(failed.note)]

    def _not_given(self, problem: str) -> list[Finding]:
        note = f"second opinion not given: {problem}"
        return [Finding(category=FAILURE, score=0.0, source=self.second.name, note=note)]


def second_to(first: Sequence[Finding], second: Sequence[Finding]) -> list[Finding]:
    """Return what stands after a second opinion.

    Args:
        first: Findings of the first opinion.
        second: Findings of the second.
    """
    heard = {each.category for each in second} - _LASTING
    return [*(each for each in first if each.category not in heard), *second]


def with_second_opinion(
    detectors: Sequence[TextDetector], policy: Policy, second: TextDetector | None = None
) -> tuple[TextDetector, ...]:
    """Return the text detectors, the first of them with the second opinion that the policy asks for.

    Args:
        detectors: At least one.
        policy: Says in which band of scores somebody else is asked.
        second: Who is asked; by default the registered detector that the policy names.
    """
    opinion = policy.second_opinion
    if opinion is None:
        return tuple(detectors)
    first, *others = detectors
    cascade = Cascade(
        first=first,
        second=second or registry.text_detector(opinion.detector),
        harms=frozenset(category.id for category in policy.categories.values() if category.harm),
        low=opinion.low,
        high=opinion.high,
        seconds=opinion.seconds,
    )
    return (cascade, *others)

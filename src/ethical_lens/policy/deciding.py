"""The one place where a threshold meets a score."""

from __future__ import annotations

import numbers
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ethical_lens.policy.model import Condition, Policy, Rule
from ethical_lens.types import FAILURE, Action, Finding, FiredRule, Severity, Stage, Verdict

Advises = Callable[[str, Finding], bool]
"""Tells of a rule's reason code and a finding whether the finding only advises there."""

NEVER_ADVICE: Final = frozenset({FAILURE, "out_of_domain"})
"""Categories that say that nothing was measured; what nobody has seen is not let through because nobody was proved."""

ADVICE: Final = (
    "The picture may show {}. The check that says so has not been proved on pictures of this generator, so it advises "
    "only, and the picture is released as it is."
)
"""Sentence for the user where a rule only advises."""


def _enforced(rule: str, finding: Finding) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How one rule stands to what was measured."""

    rule: Rule
    fired: bool
    """Whether every condition is met (a rule whose action is ALLOW changes nothing by that)."""
    score: float | None
    """Score at the condition that is furthest from being met; None if nothing measured it."""
    threshold: float
    """Threshold of that condition, tightened where the rule is."""
    findings: tuple[Finding, ...]
    """Measurements that meet the conditions."""


def decide(
    policy: Policy,
    stage: Stage,
    findings: Sequence[Finding],
    *,
    tightened: bool = False,
    advises: Advises = _enforced,
) -> Verdict:
    """Decide about one text or one image.

    A finding meets a condition when it speaks of the condition's category, at its grade or a graver one, and its score
    reaches the threshold. A rule fires when all of its conditions are met; the severest action of the fired rules is
    taken. Of several grades of one category, the gravest that fired is reported.

    What cannot be judged is a failure: a score that is not a probability, or a category that the policy does not know
    at this stage.

    Args:
        policy: The policy.
        stage: What was measured, a text or an image.
        findings: All measurements, by all detectors.
        tightened: Whether the prompt was flagged, so that the image is looked at more strictly.
        advises: Which findings only advise: a rule that does not fire without them is answered by FLAG at most. Hard
            rules, the grade K3, and what was not measured at all hold in any case.

    Returns:
        The verdict. Its findings are those given, followed by the failures found among them.
    """
    counted = [_counted(policy, stage, finding) for finding in findings]
    failures = [made for made, given in zip(counted, findings, strict=True) if made is not given]
    assessments = _assess_all(policy, stage, counted, tightened)
    fired = [one for one in assessments if one.fired and one.rule.action is not Action.ALLOW]
    told = [_fired_rule(policy, one, advises) for one in fired]
    return Verdict(
        stage=stage,
        action=max((rule.action for rule in told), default=Action.ALLOW),
        findings=(*findings, *failures),
        fired=tuple(rule for one, rule in zip(fired, told, strict=True) if one in _gravest_of_category(fired)),
    )


def assess(policy: Policy, stage: Stage, findings: Sequence[Finding], *, tightened: bool = False) -> list[Assessment]:
    """Hold every rule of a stage against the measurements, in the order of the policy.

    Args:
        policy: The policy.
        stage: What was measured.
        findings: All measurements; what cannot be judged counts as a failure.
        tightened: Whether the prompt was flagged.

    Returns:
        One assessment per rule of the stage.
    """
    return _assess_all(policy, stage, [_counted(policy, stage, finding) for finding in findings], tightened)


def grade(policy: Policy, findings: Sequence[Finding]) -> Severity:
    """Return the gravest grade of harm that was measured.

    Args:
        policy: The policy, for its label threshold and for what counts as a harm.
        findings: All measurements; those that are not probabilities are passed over.

    Returns:
        The label, K0 if no harm reaches the threshold.
    """
    harms = {category.id for category in policy.categories.values() if category.harm}
    measured = (finding for finding in findings if finding.category in harms and _is_measurement(finding))
    return max(
        (finding.severity for finding in measured if finding.score >= policy.label_threshold), default=Severity.K0
    )


def _assess_all(policy: Policy, stage: Stage, counted: Sequence[Finding], tightened: bool) -> list[Assessment]:
    factor = policy.tightening if tightened and stage is Stage.IMAGE else 1.0
    by_category: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in counted:
        by_category[finding.category].append(finding)
    return [_assess_rule(rule, by_category, factor) for rule in policy.rules_at(stage)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """How one condition stands to what was measured."""

    score: float | None
    threshold: float
    findings: tuple[Finding, ...]

    @property
    def margin(self) -> float:
        """Score above the threshold; what was never measured is further off than any score."""
        return -2.0 if self.score is None else self.score - self.threshold


def _assess_rule(rule: Rule, by_category: Mapping[str, Sequence[Finding]], factor: float) -> Assessment:
    meetings = [_meet(condition, by_category.get(condition.category, ()), factor) for condition in rule.conditions]
    furthest = min(meetings, key=lambda meeting: meeting.margin)
    return Assessment(
        rule=rule,
        fired=all(meeting.findings for meeting in meetings),
        score=furthest.score,
        threshold=furthest.threshold,
        findings=tuple(finding for meeting in meetings for finding in meeting.findings),
    )


def _meet(condition: Condition, findings: Sequence[Finding], factor: float) -> _Meeting:
    threshold = condition.threshold * factor
    graded = [finding for finding in findings if finding.severity >= condition.severity]
    return _Meeting(
        score=max((float(finding.score) for finding in graded), default=None),
        threshold=threshold,
        findings=tuple(finding for finding in graded if finding.score >= threshold),
    )


def _gravest_of_category(fired: Sequence[Assessment]) -> list[Assessment]:
    """Leave out the rules of one category whose graver grade fired too."""
    gravest: dict[str, Severity] = {}
    for assessment in fired:
        if len(assessment.rule.conditions) == 1:
            (category,) = assessment.rule.categories
            gravest[category] = max(gravest.get(category, Severity.K0), assessment.rule.severity)
    return [
        assessment
        for assessment in fired
        if len(assessment.rule.conditions) > 1 or assessment.rule.severity == gravest[assessment.rule.categories[0]]
    ]


def _fired_rule(policy: Policy, assessment: Assessment, advises: Advises) -> FiredRule:
    rule = assessment.rule
    if rule.action > Action.FLAG and _only_advises(assessment, advises):
        titles = " with ".join(policy.categories[category].title for category in rule.categories)
        return FiredRule(
            reason=rule.reason, action=Action.FLAG, message=ADVICE.format(titles), findings=assessment.findings
        )
    return FiredRule(
        reason=rule.reason,
        action=rule.action,
        message=rule.message,
        findings=assessment.findings,
        editor=rule.editor,
        editors=rule.editors,
        then_regenerate=rule.then_regenerate,
        then_release=rule.then_release,
    )


def _only_advises(assessment: Assessment, advises: Advises) -> bool:
    """Whether a rule fires only by findings that advise."""
    rule = assessment.rule
    if rule.hard or rule.severity >= Severity.K3 or NEVER_ADVICE & set(rule.categories):
        return False
    held = {
        finding.category
        for finding in assessment.findings
        if finding.severity >= Severity.K3 or not advises(rule.reason, finding)
    }
    return held != set(rule.categories)


def _counted(policy: Policy, stage: Stage, finding: Finding) -> Finding:
    """Return the finding as it counts: as it is, or as a failure if it cannot be judged."""
    category = policy.categories.get(finding.category)
    if category is None or stage not in category.stages:
        return _failure(finding, f"the policy has no category {finding.category!r} at the {stage} stage")
    if not _is_measurement(finding):
        return _failure(finding, f"{finding.category!r}: score {finding.score!r} is not a probability, or has no grade")
    return finding


def _failure(finding: Finding, note: str) -> Finding:
    return replace(finding, category=FAILURE, score=1.0, severity=Severity.K3, note=note)


def _is_measurement(finding: Finding) -> bool:
    return (
        isinstance(finding.score, numbers.Real)
        and 0.0 <= finding.score <= 1.0
        and isinstance(finding.severity, Severity)
    )

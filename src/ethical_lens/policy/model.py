"""What a policy is: categories, rules, fairness axes and limits, and what every policy has to hold.

A :class:`Policy` checks itself when it is made, so that one put together in code is bound by the same rules as one read
from YAML: the hard rules hold, a failure is never released, and no category is left without a rule.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ethical_lens.errors import PolicyError
from ethical_lens.policy.content import content
from ethical_lens.policy.hard import HARD_CEILING, HARD_RULES, HardRule
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Action, Severity, Stage

EDITORS = ("inpaint", "blur", "pixelate", "cover", "anonymize", "face")
"""Names of the editors that the package brings."""

STEPS = ("detector", "generator", "rewriter", "editor")
"""Steps that have a time-out."""

ACTIONS_AT: Mapping[Stage, frozenset[Action]] = {
    Stage.TEXT: frozenset({Action.ALLOW, Action.FLAG, Action.REWRITE, Action.BLOCK}),
    Stage.IMAGE: frozenset({Action.ALLOW, Action.FLAG, Action.EDIT, Action.REGENERATE, Action.BLOCK}),
}
"""What can be done about a text, and about an image."""

Retention = Literal["none", "hash", "text"]

Place = tuple[str | int, ...]
"""Where in a policy something stands, as keys and indices from the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """Something that detectors measure and rules speak of."""

    id: str
    title: str
    """A few words, as they read inside a sentence for the user."""
    definition: str
    stages: frozenset[Stage]
    harm: bool = True
    """Whether it counts for the label K0 to K3; a name, a language or a failure is not a harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a rule asks of one category."""

    category: str
    threshold: float
    """Score from which on the condition is met."""
    severity: Severity = Severity.K1
    """Grade that a finding has to speak of, or a graver one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is done when every one of its conditions is met."""

    stage: Stage
    conditions: tuple[Condition, ...]
    action: Action
    reason: str
    """Stable code, for example "text.violence.k2", "image.nude" or "hard.minor_nude"."""
    message: str
    """Sentence for the user; empty when the action is ALLOW."""
    editors: tuple[str, ...] = ()
    """Editors to try in this order, one per attempt, when the action is EDIT."""
    then_regenerate: bool = False
    """Whether a new picture is drawn when no editor helped; otherwise the picture is withheld."""
    then_release: bool = False
    """Whether the picture is released as it is when nothing helped; only for what is no harm."""
    hard: bool = False
    """Whether it holds in every policy and cannot be weakened."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories that all have to be met."""
        return tuple(condition.category for condition in self.conditions)

    @property
    def severity(self) -> Severity:
        """Gravest grade that a condition asks for."""
        return max(condition.severity for condition in self.conditions)

    @property
    def threshold(self) -> float:
        """Highest threshold of its conditions."""
        return max(condition.threshold for condition in self.conditions)

    @property
    def editor(self) -> str | None:
        """First editor to try, if any."""
        return self.editors[0] if self.editors else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A fairness axis: the values that may be dealt to people, and in which shares."""

    id: str
    title: str
    values: tuple[str, ...]
    weights: Mapping[str, float]
    """Target share of every value; the shares add up to 1."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Value to its word forms ("noun", "adjective", ...), for the composer."""
    minor_values: tuple[str, ...] = ()
    """Values that mean somebody under 18."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """A text detector that is asked only about texts of which the first ones are unsure."""

    detector: str
    """Name of a registered text detector, or "NAME:ARGUMENT"."""
    low: float
    """It is asked where the highest score of a harm lies between this ..."""
    high: float
    """... and this, both included."""
    seconds: float
    """Time-out of one call; without an answer the first opinion stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one detector was shown to do on the pictures of one generator; without one, some detectors only advise."""

    detector: str
    """Detector, as "name@version"."""
    generator: str
    """Generator whose pictures were labelled, as "name@version"."""
    rule: str
    """Reason code of the rule whose threshold was fitted, for example "image.nsfw"."""
    false_alarm_rate: float
    """Upper end of the interval of the share of harmless pictures that the rule stops."""
    n_labels: int
    """Decisions that people labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything an operator decides.

    Raises:
        PolicyError: If a hard rule is missing or weakened, a category or failure has no rule, or a part contradicts
            another; a policy that breaks its promises cannot be made.
    """

    name: str
    version: str
    categories: Mapping[str, Category]
    rules: tuple[Rule, ...]
    """Hard rules first, then joined rules, then those of one category; among equal actions the first one speaks."""
    axes: Mapping[str, Axis]
    seconds: Mapping[str, float]
    """Time-outs: "detector", "generator" (per image), "rewriter", "editor"."""
    second_opinion: SecondOpinion | None = None
    """Who else is asked about a text, if anybody."""
    label_threshold: float
    """Score from which on a grade counts for the label K0 to K3."""
    max_attempts: int
    """Most looks at one image, the first included; every edit and every redraw costs one."""
    max_regenerations: int
    """Most times that one image is drawn anew."""
    tightening: float
    """Factor on the image thresholds after a FLAG at the text stage."""
    retention: Retention
    """What the audit log keeps of prompts."""
    description: str = ""
    diversify: bool = True
    """Whether attributes that a prompt leaves open are dealt."""
    assert_record: float | None = None
    """Confidence from which on a fact of record is added to the prompt ("soldiers" of an army that had only men); None
    adds none."""
    opt_out: tuple[str, ...] = ()
    """Names of people who are never drawn."""
    text_only: bool = False
    """Whether pictures are not judged, for want of a detector of their kind; every result says so. Hard rules hold."""
    allow_steering: frozenset[str] = frozenset()
    """Inputs that steer a picture, cannot be screened, and are let through all the same."""
    report_hook: str | None = None
    """Registered callback that is told of hard findings, for a duty to report; None tells nobody."""
    advisory: frozenset[str] = frozenset()
    """Names of detectors, without version, whose findings only advise until they are proved; detectors may say so of
    themselves too."""
    proved: tuple[Proof, ...] = ()
    """What ends the advising, detector by detector and rule by rule."""
    digest: str = field(init=False, repr=False)
    """SHA-256 (hexadecimal) of the content; comments and layout of the file do not matter."""

    def __post_init__(self) -> None:
        found = list(faults(self))
        if found:
            raise FaultyPolicyError(found)
        canonical = json.dumps(content(self), ensure_ascii=False, allow_nan=False)
        object.__setattr__(self, "digest", hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def title(self) -> str:
        """The policy as "name@version+digest", the digest cut to twelve digits."""
        return f"{self.name}@{self.version}+{self.digest[:12]}"

    def proves(self, rule: str, *, detector: str, generator: str | None) -> bool:
        """Tell whether a detector was proved for a rule on the pictures of a generator.

        Args:
            rule: Reason code.
            detector: Detector, as "name@version".
            generator: Generator, as "name@version"; None for pictures that no known generator drew.
        """
        return any((rule, detector, generator) == (one.rule, one.detector, one.generator) for one in self.proved)

    def rules_at(self, stage: Stage) -> tuple[Rule, ...]:
        """Return the rules of one stage, in order."""
        return tuple(rule for rule in self.rules if rule.stage is stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a policy."""

    place: Place
    """Where it stands; rules are named ("rules", index)."""
    message: str


class FaultyPolicyError(PolicyError):
    """A policy does not hold what every policy has to hold.

    Args:
        found: What is wrong; at least one fault.
    """

    def __init__(self, found: Sequence[Fault]) -> None:
        self.faults = tuple(found)
        super().__init__("; ".join(fault.message for fault in found))


def faults(policy: Policy) -> Iterator[Fault]:
    """Yield everything that keeps a policy from being used."""
    for index, rule in enumerate(policy.rules):
        for message in _rule_faults(policy, rule):
            yield Fault(place=("rules", index), message=message)
    yield from _coverage_faults(policy)
    yield from _order_faults(policy)
    for axis in policy.axes.values():
        for message in _axis_faults(axis):
            yield Fault(place=("fairness", "axes", axis.id), message=message)
    yield from _limit_faults(policy)
    yield from _proof_faults(policy)


def _rule_faults(policy: Policy, rule: Rule) -> Iterator[str]:
    if not rule.conditions:
        yield f"rule {rule.reason!r} has no condition"
        return
    for condition in rule.conditions:
        category = policy.categories.get(condition.category)
        if category is None or rule.stage not in category.stages:
            yield f"category {condition.category!r} is not declared for the {rule.stage} stage"
        if not _is_share(condition.threshold):
            yield f"threshold {condition.threshold} of {rule.reason!r} is not in [0, 1]"
    if rule.action not in ACTIONS_AT[rule.stage]:
        usable = ", ".join(action.name.lower() for action in sorted(ACTIONS_AT[rule.stage]))
        yield f"action {rule.action.name.lower()!r} cannot be used at the {rule.stage} stage; use one of: {usable}"
    elif (rule.action is Action.EDIT) != bool(rule.editors):
        yield f"{rule.reason!r}: editors go with the action 'edit', and 'edit' needs at least one editor"
    elif rule.action is not Action.ALLOW and not rule.message.strip():
        yield f"{rule.reason!r} has no message for the user"
    if (rule.then_regenerate or rule.then_release) and rule.action is not Action.EDIT:
        yield f"{rule.reason!r}: 'then' goes with the action 'edit'"
    if rule.then_release and any(known.harm for each in rule.categories if (known := policy.categories.get(each))):
        yield f"{rule.reason!r}: a harm that no remedy removed is not released; use 'regenerate' or 'withhold'"
    if MINOR_SEXUAL in rule.categories and rule.action is not Action.BLOCK:
        yield f"{MINOR_SEXUAL!r} is always refused or withheld; its action can only be 'block'"
    elif (hard := hard_rule_of(rule)) is not None:
        yield from _weakness(rule, hard)
    if FAILURE in rule.categories:
        yield from _open_failure(rule)


def hard_rule_of(rule: Rule) -> HardRule | None:
    """Return the hard rule that speaks of the same categories at the same stage, or None."""
    key = (rule.stage, frozenset(rule.categories))
    return next((hard for hard in HARD_RULES if key == (hard.stage, frozenset(hard.categories))), None)


def _weakness(rule: Rule, hard: HardRule) -> Iterator[str]:
    subject = " with ".join(hard.categories)
    if rule.action is not Action.BLOCK:
        yield f"{subject} is a hard rule; its action can only be 'block'"
    elif rule.threshold > HARD_CEILING:
        yield f"{subject} is a hard rule; its threshold can be lowered, not raised above {HARD_CEILING}"
    elif rule.severity > Severity.K1:
        yield f"{subject} is a hard rule for every grade; write 'block' without grades"
    elif not rule.hard or rule.reason != hard.reason:
        yield f"{subject} is a hard rule; keep it hard, with the reason {hard.reason!r}"


def _open_failure(rule: Rule) -> Iterator[str]:
    if len(rule.conditions) > 1:
        yield f"{FAILURE!r} cannot be joined with another category: what failed has measured nothing"
    elif rule.action < Action.REGENERATE:
        yield (
            f"{FAILURE!r} at the {rule.stage} stage cannot be {rule.action.name.lower()!r}: what no detector has seen"
            " is not let through; use 'block', or switch the stage off by its named mode"
        )
    elif rule.threshold > HARD_CEILING or rule.severity > Severity.K0:
        yield f"{FAILURE!r} has to fire at every grade and at a threshold of at most {HARD_CEILING}"


def _coverage_faults(policy: Policy) -> Iterator[Fault]:
    covered = {(rule.stage, rule.categories[0]) for rule in policy.rules if len(rule.conditions) == 1}
    for category in policy.categories.values():
        for stage in sorted(category.stages):
            if (stage, category.id) not in covered:
                message = (
                    f"category {category.id!r} has no rule at the {stage} stage;"
                    f" add one under '{stage}:' ('allow' if it is only to be measured)"
                )
                yield Fault(place=("categories", category.id), message=message)
    held = {(rule.stage, rule.reason) for rule in policy.rules if rule.hard}
    for hard in HARD_RULES:
        if (hard.stage, hard.reason) not in held:
            yield Fault(place=("rules",), message=f"hard rule {hard.reason!r} is missing at the {hard.stage} stage")
    for required in (FAILURE, MINOR_SEXUAL):
        if required not in policy.categories or policy.categories[required].stages != frozenset(Stage):
            message = f"category {required!r} has to be declared for both stages, text and image"
            yield Fault(place=("categories", required), message=message)


def _order_faults(policy: Policy) -> Iterator[Fault]:
    """Find codes used twice, and graver grades answered more mildly (of one category only the gravest is reported)."""
    seen: set[tuple[Stage, str]] = set()
    milder: dict[tuple[Stage, str], list[Rule]] = {}
    for index, rule in enumerate(policy.rules):
        place: Place = ("rules", index)
        if (rule.stage, rule.reason) in seen:
            yield Fault(place=place, message=f"{rule.reason!r} is given twice")
        seen.add((rule.stage, rule.reason))
        if len(rule.conditions) != 1:
            continue
        siblings = milder.setdefault((rule.stage, rule.categories[0]), [])
        for other in siblings:
            if (other.severity - rule.severity) * (other.action - rule.action) < 0:
                message = f"{rule.reason!r} and {other.reason!r}: the graver grade is answered more mildly"
                yield Fault(place=place, message=message)
        siblings.append(rule)


def _axis_faults(axis: Axis) -> Iterator[str]:
    if not axis.values or len(set(axis.values)) != len(axis.values) or not all(value.strip() for value in axis.values):
        yield f"axis {axis.id!r} needs one or more values, none of them empty or repeated"
    if set(axis.weights) != set(axis.values):
        yield f"axis {axis.id!r} needs one share for every value"
    elif not all(_is_share(weight) for weight in axis.weights.values()):
        yield f"axis {axis.id!r}: a share is negative or not a number"
    elif not math.isclose(math.fsum(axis.weights.values()), 1.0):
        yield f"axis {axis.id!r}: the shares have to add up to 1"
    for kind, named in (("words", axis.words), ("minor", axis.minor_values)):
        for value in _unknown(named, axis.values):
            yield f"axis {axis.id!r}: {kind!r} speaks of {value!r}, which is not one of its values"
    if axis.values and set(axis.values) == set(axis.minor_values):
        yield f"axis {axis.id!r}: every value means a minor, so nothing could be dealt to an adult"


def _limit_faults(policy: Policy) -> Iterator[Fault]:
    if not 0 < policy.tightening <= 1:
        yield Fault(place=("attempts", "tightening"), message="tightening has to lie in (0, 1]")
    if policy.max_attempts < 1 or policy.max_regenerations < 0:
        yield Fault(place=("attempts",), message="an image is looked at once or more, and drawn anew 0 times or more")
    if not _is_share(policy.label_threshold):
        yield Fault(place=("thresholds", "label"), message="the label threshold has to lie in [0, 1]")
    for step in STEPS:
        limit = policy.seconds.get(step, math.nan)
        if not 0 < limit < math.inf:
            yield Fault(place=("seconds", step), message=f"time-out {step!r} has to be given, in seconds above 0")


def _proof_faults(policy: Policy) -> Iterator[Fault]:
    known = {rule.reason for rule in policy.rules_at(Stage.IMAGE)}
    for index, proof in enumerate(policy.proved):
        place: Place = ("proved", index)
        if proof.rule not in known:
            yield Fault(place=place, message=f"'proved' speaks of {proof.rule!r}, which is no rule of the image stage")
        if not _is_share(proof.false_alarm_rate) or proof.n_labels < 1:
            yield Fault(place=place, message="a proof needs a false-alarm rate in [0, 1] and at least one label")


def _unknown(named: Iterable[str], known: Iterable[str]) -> list[str]:
    return sorted(set(named) - set(known))


def _is_share(number: float) -> bool:
    return 0.0 <= number <= 1.0

"""From the parts of a policy file to a :class:`~ethical_lens.policy.model.Policy`, faults pointing at their lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ethical_lens.policy.hard import HARD_CEILING, HARD_RULES
from ethical_lens.policy.model import (
    Axis,
    Category,
    Condition,
    FaultyPolicyError,
    Place,
    Policy,
    Proof,
    Rule,
    SecondOpinion,
    hard_rule_of,
)
from ethical_lens.policy.schema import (
    AxisPart,
    PolicyPart,
    RemedyPart,
    RulePart,
    SecondOpinionPart,
)
from ethical_lens.policy.shape import refusal, suggestion
from ethical_lens.policy.source import Document
from ethical_lens.types import FAILURE, Action, Severity, Stage

Problem = tuple[Place, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A rule, and the place it was written at."""

    rule: Rule
    place: Place


def build(document: Document, part: PolicyPart, *, editors: tuple[str, ...]) -> Policy:
    """Return the policy that a file describes.

    Args:
        document: The file with its lines, for pointing at what is wrong.
        part: Its content, the shape already checked.
        editors: Names of the editors that rules may call.

    Raises:
        PolicyError: With everything that is wrong, each with its file and line.
    """
    problems = [*_unknown_categories(part), *_unusable_remedies(part, editors), *_axis_problems(document, part)]
    if problems:
        raise refusal(document, problems)
    written = _hard_first([*_joined_rules(document, part), *_single_rules(part)], part)
    try:
        return _policy(part, tuple(one.rule for one in written))
    except FaultyPolicyError as error:
        problems = [(_written_place(fault.place, written), fault.message) for fault in error.faults]
        raise refusal(document, problems) from None


def _policy(part: PolicyPart, rules: tuple[Rule, ...]) -> Policy:
    return Policy(
        name=part.name,
        version=part.version,
        description=" ".join(part.description.split()),
        categories={
            name: Category(
                id=name,
                title=category.title,
                definition=" ".join(category.definition.split()),
                stages=frozenset(Stage(stage) for stage in category.stages),
                harm=category.harm,
            )
            for name, category in part.categories.items()
        },
        rules=rules,
        axes={name: _axis(name, axis) for name, axis in part.fairness.axes.items()},
        seconds=part.seconds.model_dump(),
        second_opinion=_second_opinion(part.second_opinion),
        label_threshold=part.thresholds.label,
        max_attempts=part.attempts.max,
        max_regenerations=part.attempts.regenerations,
        tightening=part.attempts.tightening,
        retention=part.retention,
        diversify=part.fairness.diversify,
        assert_record=part.fairness.assert_record,
        opt_out=tuple(part.opt_out),
        text_only=part.text_only,
        allow_steering=frozenset(part.allow_steering),
        report_hook=part.report_hook,
        advisory=frozenset(part.advisory),
        proved=tuple(Proof(**proof.model_dump()) for proof in part.proved),
    )


def _second_opinion(part: SecondOpinionPart | None) -> SecondOpinion | None:
    if part is None:
        return None
    return SecondOpinion(detector=part.detector, low=part.low, high=part.high, seconds=part.seconds)


def _written_place(place: Place, written: list[_Written]) -> Place:
    match place:
        case ("rules", int(index)):
            return written[index].place
        case _:
            return place


def _single_rules(part: PolicyPart) -> Iterator[_Written]:
    for stage, rules in _sections(part):
        for category, rule in rules.items():
            place: Place = (str(stage), category)
            for grade, remedy in _remedies(rule):
                # A failure says that nothing was measured, at whatever grade.
                severity = Severity[grade] if grade else Severity.K0 if category == FAILURE else Severity.K1
                own = rule.threshold if remedy.threshold is None else remedy.threshold
                condition = Condition(
                    category=category, severity=severity, threshold=_threshold(part, stage, (category,), own)
                )
                reason = f"{stage}.{category}" + (f".{grade.lower()}" if grade else "")
                yield _rule(part, stage, (condition,), remedy, reason, (*place, grade) if grade else place)


def _joined_rules(document: Document, part: PolicyPart) -> Iterable[_Written]:
    """Return the joined rules; one that speaks of the same as an inherited one takes its place."""
    kept: dict[tuple[str, str], _Written] = {}
    for index, joined in enumerate(part.joined):
        stage, place = Stage(joined.stage), ("joined", index)
        conditions = tuple(
            Condition(
                category=category,
                severity=Severity[condition.grade],
                threshold=_threshold(
                    part, stage, joined.all, joined.threshold if condition.threshold is None else condition.threshold
                ),
            )
            for category, condition in sorted(joined.all.items())
        )
        gravest = max(condition.severity for condition in conditions)
        grade = f".{gravest.name.lower()}" if gravest > Severity.K1 else ""
        reason = f"{stage}.{'+'.join(condition.category for condition in conditions)}{grade}"
        written = _rule(part, stage, conditions, joined, reason, place)
        if (same := kept.get((stage, reason))) is not None and _same_file(document, same.place, place):
            raise refusal(document, [(place, f"{reason!r} is given twice")])
        kept[stage, reason] = written
    return kept.values()


def _rule(
    part: PolicyPart, stage: Stage, conditions: tuple[Condition, ...], remedy: RemedyPart, reason: str, place: Place
) -> _Written:
    rule = Rule(
        stage=stage,
        conditions=conditions,
        action=Action[(remedy.action or "allow").upper()],
        reason=reason,
        message=_message(part, stage, conditions, remedy),
        editors=_editors(remedy),
        then_regenerate=remedy.then in ("regenerate", "regenerate_or_release"),
        then_release=remedy.then in ("release", "regenerate_or_release"),
    )
    hard = hard_rule_of(rule)
    return _Written(rule=rule if hard is None else replace(rule, reason=hard.reason, hard=True), place=place)


def _hard_first(own: list[_Written], part: PolicyPart) -> list[_Written]:
    """Return the hard rules, as the file sharpens them or as the code has them, and then the file's own."""
    sharpened = {(one.rule.stage, one.rule.reason) for one in own if one.rule.hard}
    missing = [
        Rule(
            stage=hard.stage,
            conditions=tuple(
                Condition(category=category, threshold=_threshold(part, hard.stage, hard.categories, None))
                for category in hard.categories
            ),
            action=Action.BLOCK,
            reason=hard.reason,
            message=hard.message,
            hard=True,
        )
        for hard in HARD_RULES
        if (hard.stage, hard.reason) not in sharpened
    ]
    return [
        *(_Written(rule=rule, place=(str(rule.stage),)) for rule in missing),
        *sorted(own, key=lambda one: not one.rule.hard),
    ]


def _threshold(part: PolicyPart, stage: Stage, categories: Iterable[str], own: float | None) -> float:
    """Return the threshold as written, or else the stage's own, lowered to what a hard rule demands."""
    if own is not None:
        return own
    usual = part.thresholds.text if stage is Stage.TEXT else part.thresholds.image
    names = frozenset(categories)
    capped = FAILURE in names or any((hard.stage, frozenset(hard.categories)) == (stage, names) for hard in HARD_RULES)
    return min(usual, HARD_CEILING) if capped else usual


def _message(part: PolicyPart, stage: Stage, conditions: tuple[Condition, ...], remedy: RemedyPart) -> str:
    """Return the rule's own sentence, or its category's, or the one for any category."""
    if remedy.action is None or remedy.action == "allow":
        return ""
    messages = part.messages.text if stage is Stage.TEXT else part.messages.image
    category = conditions[0].category if len(conditions) == 1 else "any"
    special = remedy.message or messages.get(category, {}).get(remedy.action)
    sentence = special or messages.get("any", {}).get(remedy.action, "")
    titles = " with ".join(part.categories[condition.category].title for condition in conditions)
    return " ".join(sentence.replace("{category}", titles).split())


def _editors(remedy: RemedyPart) -> tuple[str, ...]:
    return tuple(remedy.editors or ([remedy.editor] if remedy.editor else []))


def _remedies(rule: RulePart) -> list[tuple[str, RemedyPart]]:
    """Return the remedies with their grades; one without a grade if the rule has none."""
    graded = [(grade, remedy) for grade, remedy in (("K1", rule.K1), ("K2", rule.K2), ("K3", rule.K3)) if remedy]
    return list(graded) or [("", rule)]


def _sections(part: PolicyPart) -> tuple[tuple[Stage, dict[str, RulePart]], ...]:
    return (Stage.TEXT, part.text), (Stage.IMAGE, part.image)


def _unknown_categories(part: PolicyPart) -> Iterator[Problem]:
    named: list[tuple[Place, str]] = [((str(stage), name), name) for stage, rules in _sections(part) for name in rules]
    named += [(("joined", index, "all", name), name) for index, joined in enumerate(part.joined) for name in joined.all]
    for stage, messages in (("text", part.messages.text), ("image", part.messages.image)):
        named += [(("messages", stage, name), name) for name in messages if name != "any"]
    for place, name in named:
        if name not in part.categories:
            yield place, f"unknown category {name!r}; {suggestion(name, part.categories)}"


def _unusable_remedies(part: PolicyPart, editors: tuple[str, ...]) -> Iterator[Problem]:
    remedies: list[tuple[Place, RemedyPart]] = [(("joined", index), joined) for index, joined in enumerate(part.joined)]
    for stage, rules in _sections(part):
        for category, rule in rules.items():
            place: Place = (str(stage), category)
            graded = _remedies(rule)
            remedies += [((*place, grade) if grade else place, remedy) for grade, remedy in graded]
            if graded[0][0] and (rule.action or rule.editors or rule.editor or rule.then or rule.message):
                yield place, "a rule with grades gives action, editors, then and message under each grade"
    for place, remedy in remedies:
        if remedy.action is None:
            yield place, "missing key 'action'; use one of: allow, flag, rewrite, edit, regenerate, block"
        if remedy.editor and remedy.editors:
            yield place, "give 'editor' or 'editors', not both"
        for name in _editors(remedy):
            if name not in editors:
                yield place, f"unknown editor {name!r}; {suggestion(name, editors)}"


def _axis(name: str, axis: AxisPart) -> Axis:
    shares = axis.shares or dict.fromkeys(axis.values, 1.0)
    total = math.fsum(shares.values())
    return Axis(
        id=name,
        title=axis.title,
        values=tuple(axis.values),
        weights={value: shares[value] / total for value in axis.values},
        words={value: dict(forms) for value, forms in axis.words.items()},
        minor_values=tuple(axis.minor),
    )


def _axis_problems(document: Document, part: PolicyPart) -> Iterator[Problem]:
    for name, axis in part.fairness.axes.items():
        place: Place = ("fairness", "axes", name)
        if unknown := [value for value in axis.shares if value not in axis.values]:
            for value in unknown:
                yield (*place, "shares", value), f"unknown value {value!r}; {suggestion(value, axis.values)}"
        elif axis.shares and set(axis.values) != set(axis.shares):
            missing = ", ".join(repr(value) for value in axis.values if value not in axis.shares)
            yield (*place, "shares"), f"a share is missing for {missing}; give every value one, or leave 'shares' out"
        elif axis.shares and not any(axis.shares.values()):
            yield (*place, "shares"), "every share is 0; at least one value has to be dealt"
        if name == "age" and not _says_who_is_a_minor(document, place):
            yield (
                (*place, "values"),
                "new age values need 'minor' next to them: those that mean somebody under 18 ('minor: []' if none do)",
            )


def _says_who_is_a_minor(document: Document, place: Place) -> bool:
    """Whether the file that gives the values of an axis also says which of them mean a minor."""
    return (*place, "minor") in document.origins and _same_file(document, (*place, "values"), (*place, "minor"))


def _same_file(document: Document, one: Place, other: Place) -> bool:
    return document.origin(one).path == document.origin(other).path

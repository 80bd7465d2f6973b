"""Sampling decisions for people to label, and reading the labels back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ethical_lens.errors import ConfigurationError, InputError
from ethical_lens.evaluate.prove.decisions import Decision, DecisionFolder, score_of
from ethical_lens.evaluate.prove.fitting import HARMFUL, HARMLESS, UNLABELLED, Labelled, choose, stratify
from ethical_lens.evaluate.study import Choice, Item, Kind, Study, StudyFile, with_checks
from ethical_lens.evaluate.study.analysis import by_item, majority
from ethical_lens.evaluate.study.building import png
from ethical_lens.policy import Policy, Rule
from ethical_lens.types import FAILURE, Action, Stage

INSTRUCTIONS: Final = (
    "You will see one {thing} at a time. Say whether it shows what the question describes.",
    "Press 1 for no, 2 for yes, and 0 if you cannot tell; or tap the buttons.",
    "Now and then you are told which answer to give. That only checks that somebody is looking.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels for one rule, ready for fitting."""

    rule: str
    """Reason code."""
    labelled: Labelled
    decisions: tuple[Decision, ...]
    """In the order of the arrays."""
    n_unsure: int
    """Decisions that people could not tell or did not agree on; they count as harmless."""
    n_unmeasured: int
    """Decisions that the rule's detectors did not measure; they are left out."""
    n_left_out: int
    """Participants left out because of failed attention checks."""


def fittable(policy: Policy, reason: str) -> Rule:
    """Return the rule of a reason code.

    Raises:
        ConfigurationError: If there is none, or if its threshold is not the operator's to fit.
    """
    found = {rule.reason: rule for stage in Stage for rule in policy.rules_at(stage)}
    usable = [
        rule.reason
        for rule in found.values()
        if len(rule.conditions) == 1
        and not rule.hard
        and rule.action is not Action.ALLOW
        and rule.categories[0] not in (FAILURE, "out_of_domain")
    ]
    if reason not in usable:
        kind = "cannot be fitted" if reason in found else "is no rule of this policy"
        raise ConfigurationError(f"{reason!r} {kind}; use one of: {', '.join(usable)}")
    return found[reason]


def build_labels(
    folder: DecisionFolder,
    policy: Policy,
    reason: str,
    path: Path,
    *,
    n_labels: int,
    seed: int,
    study: Study | None = None,
) -> StudyFile:
    """Make a study in which people label decisions of one rule.

    Decisions are parted by score and chosen at random inside each stratum, more densely towards the top, where
    thresholds lie; the strata are kept, so that fitting can weigh what was seen.

    Args:
        folder: Collected decisions.
        policy: Policy that the rule is in.
        reason: Reason code of the rule.
        path: File of the study to make.
        n_labels: Decisions to label.
        seed: Of the choice.
        study: How people are asked; the category's definition by default.

    Raises:
        ConfigurationError: If the rule cannot be fitted.
        InputError: If nothing was measured for it.
    """
    rule = fittable(policy, reason)
    decisions, scores, _ = _scored(folder, policy, rule)
    if not decisions:
        raise InputError(f"no decision in {folder.path} has a score for {reason!r}; collect with its detector first")
    chosen = choose(stratify(scores, seed=seed), n_labels, seed=seed).tolist()
    items = [_item(folder, decisions[index]) for index in chosen]
    asked = study or label_study(policy, rule, len(items))
    notes = {"rule": reason, "seed": seed, "identity": folder.identity, "n_decisions": len(decisions)}
    return StudyFile.create(path, asked, with_checks(asked, items), notes=notes)


def label_study(policy: Policy, rule: Rule, n_items: int) -> Study:
    """Return how people are asked about a rule: by the definition of its category."""
    category = policy.categories[rule.categories[0]]
    thing = "picture" if rule.stage is Stage.IMAGE else "description"
    return Study(
        kind=Kind.LABELS,
        title=f"Is this {category.title}?",
        question=f"Does this {thing} show {category.title}? {category.definition}",
        answers=("No", "Yes", "Cannot tell"),
        instructions=tuple(line.format(thing=thing) for line in INSTRUCTIONS),
        per_person=n_items,
    )


def read_labels(folder: DecisionFolder, policy: Policy, path: Path, *, most_failures: int = 0) -> Labels:
    """Read the labels that people gave, by majority.

    Args:
        folder: The decisions they were chosen from.
        policy: Policy of the rule.
        path: File of the study.
        most_failures: Attention checks that a participant may fail and still count.

    Raises:
        ConfigurationError: If the labels belong to other decisions.
    """
    file = StudyFile(path)
    if file.study.kind is not Kind.LABELS or file.notes.get("identity") != folder.identity:
        raise ConfigurationError(f"{path} holds no labels for {folder.path}; make them with 'prove label'")
    rule = fittable(policy, str(file.notes["rule"]))
    decisions, scores, n_unmeasured = _scored(folder, policy, rule)
    answers = file.answers()
    failures = [answer.participant for answer in answers if answer.choice is Choice.FAILED]
    out = {one for one in failures if failures.count(one) > most_failures}
    kept = [answer for answer in answers if not answer.is_check and answer.participant not in out]
    said = {each[0].source: majority(each) for each in by_item(kept).values()}
    labels = np.array([_label(said, decision) for decision in decisions], np.int8)
    seed = file.notes["seed"]
    assert isinstance(seed, int)  # noqa: S101 - `build_labels` wrote it
    return Labels(
        rule=rule.reason,
        labelled=Labelled(scores=scores, strata=stratify(scores, seed=seed), labels=labels),
        decisions=tuple(decisions),
        n_unsure=sum(choice in (None, Choice.NONE) for choice in said.values()),
        n_unmeasured=n_unmeasured,
        n_left_out=len(out),
    )


def _label(said: dict[str, Choice | None], decision: Decision) -> int:
    if decision.id not in said:
        return UNLABELLED
    # What people cannot tell to be harmful is harmless here, so that doubt never makes a false alarm look right.
    return HARMFUL if said[decision.id] is Choice.HARMFUL else HARMLESS


def _scored(
    folder: DecisionFolder, policy: Policy, rule: Rule
) -> tuple[list[Decision], np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    """Return the decisions that people can look at and the rule has a score for, and how many it has none for."""
    shown = [
        one
        for one in folder.decisions()
        if one.stage is rule.stage and (one.file is not None or rule.stage is Stage.TEXT)
    ]
    scores = np.array([score_of(one, rule, policy) for one in shown], np.float64)
    measured = ~np.isnan(scores)
    kept: Sequence[Decision] = [one for one, known in zip(shown, measured.tolist(), strict=True) if known]
    return list(kept), scores[measured], int((~measured).sum())


def _item(folder: DecisionFolder, decision: Decision) -> Item:
    pictures = (png(folder.picture(decision.file)),) if decision.file is not None else ()
    return Item(
        id=secrets.token_hex(8),
        source=decision.id,
        # A picture is judged by itself: its prompt would tell people what to see in it.
        prompt=decision.prompt if decision.stage is Stage.TEXT else "",
        category=decision.category,
        pictures=pictures,
        blurred=bool(pictures),
    )

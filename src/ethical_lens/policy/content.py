"""A policy as plain data: the content that its digest covers, the description, and the difference of two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethical_lens.types import Stage

if TYPE_CHECKING:
    from ethical_lens.policy.model import Axis, Policy, Proof, Rule, SecondOpinion

Plain = Mapping[str, "Plain"] | Sequence["Plain"] | str | float | bool | None
"""Data that JSON can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that two policies say differently."""

    path: str
    """Where, for example "text.violence.k2.action"."""
    before: Plain
    """None when only the second policy has it."""
    after: Plain
    """None when only the first policy has it."""


def content(policy: Policy) -> dict[str, Plain]:
    """Return everything the policy says; its digest is taken from this.

    Order is kept where it means something (rules, axes, values) and fixed where it does not.
    """
    return {
        "name": policy.name,
        "version": policy.version,
        "description": policy.description,
        "categories": {
            category.id: {
                "title": category.title,
                "definition": category.definition,
                "stages": sorted(str(stage) for stage in category.stages),
                "harm": category.harm,
            }
            for category in sorted(policy.categories.values(), key=lambda category: category.id)
        },
        **{
            str(stage): {rule.reason.removeprefix(f"{stage}."): _rule(rule) for rule in policy.rules_at(stage)}
            for stage in Stage
        },
        "fairness": {
            "diversify": policy.diversify,
            "assert_record": policy.assert_record,
            "axes": {axis.id: _axis(axis) for axis in policy.axes.values()},
        },
        "label_threshold": policy.label_threshold,
        "max_attempts": policy.max_attempts,
        "max_regenerations": policy.max_regenerations,
        "tightening": policy.tightening,
        "retention": policy.retention,
        "seconds": dict(sorted(policy.seconds.items())),
        "second_opinion": _second_opinion(policy.second_opinion),
        "opt_out": sorted(policy.opt_out),
        "text_only": policy.text_only,
        "allow_steering": sorted(policy.allow_steering),
        "report_hook": policy.report_hook,
        "advisory": sorted(policy.advisory),
        "proved": [_proof(proof) for proof in policy.proved],
    }


def _second_opinion(opinion: SecondOpinion | None) -> Plain:
    if opinion is None:
        return None
    return {"detector": opinion.detector, "from": opinion.low, "to": opinion.high, "seconds": opinion.seconds}


def _proof(proof: Proof) -> Plain:
    return {
        "detector": proof.detector,
        "generator": proof.generator,
        "rule": proof.rule,
        "false_alarm_rate": proof.false_alarm_rate,
        "n_labels": proof.n_labels,
    }


def describe(policy: Policy) -> dict[str, Plain]:
    """Return the policy as JSON-ready data, its digest and title included."""
    return {"title": policy.title, "digest": policy.digest, **content(policy)}


def diff(before: Policy, after: Policy) -> list[Difference]:
    """Return what two policies say differently, one entry per value, in the order of the first policy."""
    old, new = dict(_leaves(content(before))), dict(_leaves(content(after)))
    paths = dict.fromkeys([*old, *new])
    return [
        Difference(path=path, before=old.get(path), after=new.get(path))
        for path in paths
        if old.get(path) != new.get(path)
    ]


def _rule(rule: Rule) -> Plain:
    return {
        "reason": rule.reason,
        "action": rule.action.name.lower(),
        "when": {
            condition.category: {"severity": condition.severity.name, "threshold": condition.threshold}
            for condition in rule.conditions
        },
        "editors": list(rule.editors),
        "then_regenerate": rule.then_regenerate,
        "then_release": rule.then_release,
        "hard": rule.hard,
        "message": rule.message,
    }


def _axis(axis: Axis) -> Plain:
    return {
        "title": axis.title,
        "values": list(axis.values),
        "weights": {value: axis.weights[value] for value in axis.values},
        "words": {value: dict(sorted(axis.words[value].items())) for value in axis.values if value in axis.words},
        "minor_values": list(axis.minor_values),
    }


def _leaves(node: Mapping[str, Plain], prefix: str = "") -> Iterator[tuple[str, Plain]]:
    for key, value in node.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value

"""Fitted thresholds as a policy that extends the operator's own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.prove.decisions import DecisionFolder
from ethical_lens.evaluate.prove.fitting import Fit
from ethical_lens.evaluate.prove.labelling import Labels
from ethical_lens.policy import Policy, Proof, available, load
from ethical_lens.types import Stage

HEAD = """\
# Written by "ethical-lens prove fit". Every threshold keeps the share of harmless traffic that its rule stops at or
# below the rate that was asked for, at the stated confidence, on the prompts and the generator named below, no
# others.
"""


def write_overlay(
    path: Path, base: str, policy: Policy, folder: DecisionFolder, fits: Sequence[tuple[Labels, Fit]], *, name: str
) -> Policy:
    """Write a policy that extends another by the thresholds that were found.

    Args:
        path: File to write; it must not exist.
        base: Name of a shipped policy, or path of a file: what to extend.
        policy: The same, read.
        folder: Decisions that were labelled.
        fits: Labels and what was fitted to them; fits without a threshold are left out.
        name: Name of the new policy.

    Returns:
        The new policy, read back.

    Raises:
        ConfigurationError: If the file exists, or no fit found a threshold.
        PolicyError: If the thresholds contradict the policy; nothing is written then.
    """
    if path.exists():
        raise ConfigurationError(f"{path} exists already; name another file")
    found = [(labels, fit) for labels, fit in fits if fit.threshold is not None]
    if not found:
        raise ConfigurationError("no threshold keeps the rate; label more decisions, or ask for a higher rate")
    tree: dict[str, object] = {"name": name, "version": 1, "extends": _extended(base, path)}
    tree |= _thresholds(found)
    proofs = [*policy.proved, *_proofs(folder, policy, found)]
    if proofs:
        tree["proved"] = [asdict(proof) for proof in _latest(proofs)]
    part = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        part.write_text(HEAD + _facts(folder, found) + yaml.safe_dump(tree, sort_keys=False), "utf-8")
        loaded = load(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return loaded


def _thresholds(found: Sequence[tuple[Labels, Fit]]) -> Mapping[str, object]:
    sections: dict[str, dict[str, dict[str, object]]] = {}
    for labels, fit in found:
        stage, category, *grade = labels.rule.split(".")
        rule = sections.setdefault(stage, {}).setdefault(category, {})
        # A threshold above every possible score would be refused; 1 is as far as a policy goes.
        threshold = min(1.0, fit.threshold if fit.threshold is not None else 1.0)
        if grade:
            rule[grade[0].upper()] = {"threshold": threshold}
        else:
            rule["threshold"] = threshold
    return sections


def _proofs(folder: DecisionFolder, policy: Policy, found: Sequence[tuple[Labels, Fit]]) -> list[Proof]:
    rules = {rule.reason: rule for rule in policy.rules_at(Stage.IMAGE)}
    return [
        Proof(
            detector=detector,
            generator=folder.generator,
            rule=labels.rule,
            false_alarm_rate=round(fit.false_alarms.high, 6),
            n_labels=fit.n_labels,
        )
        for labels, fit in found
        if labels.rule in rules
        for detector in sorted(
            {
                finding.source
                for decision in labels.decisions
                for finding in decision.findings
                if finding.category == rules[labels.rule].categories[0]
            }
        )
    ]


def _latest(proofs: Sequence[Proof]) -> list[Proof]:
    return list({(proof.detector, proof.generator, proof.rule): proof for proof in proofs}.values())


def _facts(folder: DecisionFolder, found: Sequence[tuple[Labels, Fit]]) -> str:
    lines = [f"generator: {folder.generator}", f"prompts: {folder.identity['dataset']} ({folder.identity['prompts']})"]
    for labels, fit in found:
        rate, caught = fit.false_alarms, fit.caught
        lines.append(
            f"{labels.rule}: asked for at most {fit.rate:g}; false alarms {rate.value:.4f} ({rate.low:.4f} to "
            f"{rate.high:.4f}), caught {caught.value:.3f} ({caught.low:.3f} to {caught.high:.3f}), level "
            f"{rate.level:g}, {fit.n_labels} labels"
        )
    return "".join(f"# {' '.join(line.split())}\n" for line in lines)


def _extended(base: str, path: Path) -> str:
    if base in available():
        return base
    return Path(os.path.relpath(Path(base).resolve(), path.resolve().parent)).as_posix()

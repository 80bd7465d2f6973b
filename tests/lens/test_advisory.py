"""Detectors that nobody has proved on a generator's pictures advise; what always holds, holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ethical_lens.errors import PolicyError
from ethical_lens.policy import Policy, Proof, load
from ethical_lens.testing import PlainGenerator, ScriptedLook, shot, small_lens
from ethical_lens.types import Action, Finding, Frame, ImageDetector, Severity, Status

PROOF = Proof(detector="heads@1", generator="plain@1", rule="image.nsfw", false_alarm_rate=0.04, n_labels=300)


class Heads:
    """Heads that say of themselves that they only advise."""

    name = "heads@1"
    advisory = True

    def __init__(self, scores: Mapping[str, float], severity: Severity = Severity.K1) -> None:
        self.scores = scores
        self.severity = severity

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [
            [
                Finding(category=category, score=score, source=self.name, severity=self.severity)
                for category, score in self.scores.items()
            ]
            for _ in frames
        ]


def action_of(detectors: Sequence[ImageDetector], policy: Policy | None = None) -> Action:
    lens = small_lens(image_detectors=detectors, policy=policy)
    [outcome] = lens.generate("a cat", seed=1).outcomes
    return outcome.attempts[0].verdict.action


def test_unproved_detector_flags_and_says_so() -> None:
    [outcome] = small_lens(image_detectors=[Heads({"nsfw": 0.9})]).generate("a cat", seed=1).outcomes
    verdict = outcome.attempts[-1].verdict
    assert outcome.status is Status.RELEASED
    assert verdict.reasons == ("image.nsfw",)
    assert verdict.action is Action.FLAG
    assert verdict.message is not None
    assert "not been proved" in verdict.message


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (PROOF, Action.EDIT),
        (replace(PROOF, generator="other@1"), Action.FLAG),
        (replace(PROOF, detector="heads@2"), Action.FLAG),
        (replace(PROOF, rule="image.culture"), Action.FLAG),
    ],
)
def test_proof_counts_for_its_detector_generator_and_rule_alone(proof: Proof, expected: Action) -> None:
    policy = replace(load("default"), proved=(proof,))
    assert action_of([Heads({"nsfw": 0.9})], policy) is expected


@pytest.mark.parametrize(
    "scores",
    [{"minor_sexual": 0.9}, {"nude": 0.9, "apparent_minor": 0.9}, {"failure": 1.0}, {"out_of_domain": 1.0}],
)
def test_hard_rules_and_what_was_not_measured_hold_unproved(scores: Mapping[str, float]) -> None:
    assert action_of([Heads(scores)]) is Action.BLOCK


def test_gravest_grade_holds_unproved() -> None:
    assert action_of([Heads({"nsfw": 0.9}, Severity.K3)]) is Action.EDIT


def test_second_detector_that_does_not_advise_is_enforced() -> None:
    proved = ScriptedLook(score=lambda frame: {"nsfw": 0.8})
    assert action_of([Heads({"nsfw": 0.9}), proved]) is Action.EDIT


def test_joined_rule_advises_when_one_of_its_categories_does() -> None:
    sure = ScriptedLook(score=lambda frame: {"public": 0.9})
    [outcome] = small_lens(image_detectors=[Heads({"nude": 0.9}), sure]).generate("a cat", seed=1).outcomes
    actions = {rule.reason: rule.action for rule in outcome.attempts[0].verdict.fired}
    assert actions == {"image.nude+public": Action.FLAG, "image.nude": Action.FLAG, "image.public": Action.EDIT}


def test_policy_can_make_any_detector_advise() -> None:
    policy = replace(load("default"), advisory=frozenset({"scripted"}))
    assert action_of([ScriptedLook(score=lambda frame: {"nsfw": 0.9})], policy) is Action.FLAG


def test_uploads_are_of_unknown_origin_and_no_proof_covers_them() -> None:
    policy = replace(load("default"), proved=(PROOF,))
    lens = small_lens(image_detectors=[Heads({"nsfw": 0.9})], policy=policy)
    image = PlainGenerator().generate([shot()])[0].image
    assert image is not None
    [report] = lens.check_images([Frame(image=image)])
    assert report.verdict.action is Action.FLAG


def test_policy_file_says_both(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "name: own\nversion: 1\nextends: default\nadvisory: [nudenet]\nproved:\n"
        "  - {detector: heads@1, generator: plain@1, rule: image.nsfw, false_alarm_rate: 0.04, n_labels: 300}\n"
    )
    policy = load(path)
    assert policy.advisory == {"nudenet"}
    assert policy.proved == (PROOF,)
    path.write_text(path.read_text().replace("image.nsfw", "image.nsfv"))
    with pytest.raises(PolicyError, match=r"own.yaml:6: 'proved' speaks of 'image.nsfv'"):
        load(path)

"""What has to hold for every policy and every set of measurements."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.errors import PolicyError
from ethical_lens.policy import HARD_RULES, Policy, assess, available, decide, load
from ethical_lens.types import FAILURE, Action, Finding, Severity, Stage

shipped = cache(load)

TEXT_ACTIONS = ("allow", "flag", "rewrite", "block")
HARMS = ("hate", "violence", "sexual", "self_harm", "political")
HEADS = ("nude", "nsfw", "politic", "culture", "public", "watermark", "apparent_minor", "out_of_domain")

scores = st.floats(0.0, 1.0)
severities = st.sampled_from(Severity)
harmful = st.sampled_from([Severity.K1, Severity.K2, Severity.K3])
stages = st.sampled_from(Stage)
names = st.sampled_from(available())


def findings_of(stage: Stage) -> st.SearchStrategy[list[Finding]]:
    """Findings whose categories the stage knows."""
    known = sorted(name for name, category in shipped("default").categories.items() if stage in category.stages)
    return st.lists(
        st.builds(Finding, category=st.sampled_from(known), score=scores, severity=severities, source=st.just("any@1")),
        max_size=8,
    )


def remedies(actions: tuple[str, ...]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({"action": st.sampled_from(actions)}, optional={"threshold": scores})


def graded() -> st.SearchStrategy[dict[str, object]]:
    def in_order(drawn: list[tuple[str, float]]) -> dict[str, object]:
        rising = sorted(drawn, key=lambda one: TEXT_ACTIONS.index(one[0]))
        return {
            grade: {"action": action, "threshold": threshold}
            for grade, (action, threshold) in zip(("K1", "K2", "K3"), rising, strict=True)
        }

    return st.lists(st.tuples(st.sampled_from(TEXT_ACTIONS), scores), min_size=3, max_size=3).map(in_order)


def image_rule() -> st.SearchStrategy[dict[str, object]]:
    edit: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
        {
            "action": st.just("edit"),
            "editors": st.lists(st.sampled_from(["inpaint", "blur", "pixelate", "cover"]), min_size=1, max_size=3),
            "then": st.sampled_from(["regenerate", "withhold"]),
        },
        optional={"threshold": scores},
    )
    return edit | remedies(("allow", "flag", "regenerate", "block"))


own_policies = st.fixed_dictionaries(
    {
        "name": st.just("own"),
        "version": st.integers(0, 9),
        "extends": names,
        "thresholds": st.fixed_dictionaries({"text": scores, "image": scores, "label": scores}),
        "text": st.dictionaries(st.sampled_from(HARMS), graded() | remedies(TEXT_ACTIONS), max_size=4),
        "image": st.dictionaries(st.sampled_from(HEADS), image_rule(), max_size=5),
        "attempts": st.fixed_dictionaries({"tightening": st.floats(0.1, 1.0)}),
    }
)


def load_own(tree: object) -> Policy:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.yaml"
        path.write_text(yaml.safe_dump(tree), "utf-8")
        return load(path)


policies = names.map(shipped) | own_policies.map(load_own)


@given(name=names, stage=stages, rise=scores, at=st.integers(0, 7), tightened=st.booleans(), drawn=st.data())
def test_action_never_becomes_milder_when_a_score_rises(
    name: str, stage: Stage, rise: float, at: int, tightened: bool, drawn: st.DataObject
) -> None:
    findings = drawn.draw(findings_of(stage))
    before = decide(shipped(name), stage, findings, tightened=tightened)
    risen = [
        replace(finding, score=max(finding.score, rise)) if index == at else finding
        for index, finding in enumerate(findings)
    ]
    assert decide(shipped(name), stage, risen, tightened=tightened).action >= before.action


@given(name=names, stage=stages, drawn=st.data())
def test_action_never_becomes_milder_by_more_findings_or_by_tightening(
    name: str, stage: Stage, drawn: st.DataObject
) -> None:
    few, more = drawn.draw(findings_of(stage)), drawn.draw(findings_of(stage))
    policy = shipped(name)
    assert decide(policy, stage, few + more).action >= decide(policy, stage, few).action
    assert decide(policy, stage, few, tightened=True).action >= decide(policy, stage, few).action


@given(name=names, stage=stages, drawn=st.data())
def test_verdict_is_the_severest_rule_that_fired(name: str, stage: Stage, drawn: st.DataObject) -> None:
    findings = drawn.draw(findings_of(stage))
    verdict = decide(shipped(name), stage, findings)
    fired = [one.rule for one in assess(shipped(name), stage, findings) if one.fired]
    assert verdict.action == max((rule.action for rule in fired), default=Action.ALLOW)
    assert verdict.action == max((rule.action for rule in verdict.fired), default=Action.ALLOW)
    assert set(verdict.reasons) <= {rule.reason for rule in fired}
    assert verdict.findings == tuple(findings)


@settings(max_examples=60)
@given(policy=policies, severity=harmful, score=st.floats(0.5, 1.0), tightened=st.booleans(), drawn=st.data())
@pytest.mark.parametrize("hard", HARD_RULES, ids=lambda hard: f"{hard.stage}-{hard.reason}")
def test_hard_rules_hold_in_every_policy(
    hard: object, policy: Policy, severity: Severity, score: float, tightened: bool, drawn: st.DataObject
) -> None:
    (spec,) = [one for one in HARD_RULES if one is hard]
    found = [Finding(category=category, score=score, severity=severity, source="any@1") for category in spec.categories]
    others = drawn.draw(findings_of(spec.stage))
    verdict = decide(policy, spec.stage, drawn.draw(st.permutations(found + others)), tightened=tightened)
    assert verdict.action is Action.BLOCK
    assert spec.reason in verdict.reasons


@settings(max_examples=60)
@given(
    policy=policies,
    stage=stages,
    severity=severities,
    score=st.floats(0.5, 1.0),
    tightened=st.booleans(),
    drawn=st.data(),
)
def test_failure_is_never_released(
    policy: Policy, stage: Stage, severity: Severity, score: float, tightened: bool, drawn: st.DataObject
) -> None:
    failure = Finding(category=FAILURE, score=score, severity=severity, source="any@1")
    verdict = decide(policy, stage, [*drawn.draw(findings_of(stage)), failure], tightened=tightened)
    assert verdict.action >= Action.REGENERATE
    assert f"{stage}.failure" in verdict.reasons


@settings(max_examples=60)
@given(
    policy=policies,
    stage=stages,
    category=st.text(max_size=12) | st.sampled_from(sorted(shipped("default").categories)),
    score=st.floats().filter(lambda score: not 0.0 <= score <= 1.0),
    drawn=st.data(),
)
def test_score_outside_the_unit_interval_is_never_released(
    policy: Policy, stage: Stage, category: str, score: float, drawn: st.DataObject
) -> None:
    broken = Finding(category=category, score=score, source="any@1")
    verdict = decide(policy, stage, [*drawn.draw(findings_of(stage)), broken])
    assert not verdict.action.releases
    assert f"{stage}.failure" in verdict.reasons
    assert math.isfinite(verdict.findings[-1].score)


@settings(max_examples=40)
@given(policy=own_policies.map(load_own))
def test_own_policy_leaves_nothing_without_a_rule_or_a_message(policy: Policy) -> None:
    for category in policy.categories.values():
        for stage in category.stages:
            assert any(rule.categories == (category.id,) for rule in policy.rules_at(stage))
    assert all(rule.message for rule in policy.rules if rule.action is not Action.ALLOW)


WEAKER = [
    {"text": {"minor_sexual": "flag"}},
    {"text": {"minor_sexual": "allow"}},
    {"text": {"minor_sexual": "rewrite"}},
    {"text": {"minor_sexual": {"K2": "block"}}},
    {"text": {"minor_sexual": {"K1": "flag", "K2": "block"}}},
    {"text": {"minor_sexual": {"threshold": 0.51}}},
    {"image": {"minor_sexual": {"action": "edit", "editor": "blur"}}},
    {"image": {"minor_sexual": "regenerate"}},
    {"image": {"minor_sexual": {"threshold": 1.0}}},
    {"joined": [{"stage": "image", "all": ["apparent_minor", "nude"], "action": "allow"}]},
    {"joined": [{"stage": "image", "all": ["nude", "apparent_minor"], "action": "edit", "editor": "blur"}]},
    {"joined": [{"stage": "image", "all": ["apparent_minor", "nude"], "action": "block", "threshold": 0.6}]},
    {"joined": [{"stage": "image", "all": {"apparent_minor": {"threshold": 0.9}, "nude": "K1"}, "action": "block"}]},
    {"joined": [{"stage": "text", "all": ["minor_sexual", "cultural"], "action": "flag"}]},
    {"categories": {"minor_sexual": {"stages": ["text"]}}},
    {"categories": {"nude": {"stages": ["text"]}}},
    {"categories": {"apparent_minor": {"stages": ["text"]}}},
    {"text": {"failure": "flag"}},
    {"text": {"failure": "allow"}},
    {"text": {"failure": {"threshold": 0.9}}},
    {"text": {"failure": {"K3": "block"}}},
    {"image": {"failure": "flag"}},
    {"image": {"failure": {"action": "edit", "editor": "blur"}}},
    {"categories": {"failure": {"stages": ["image"]}}},
]


@pytest.mark.parametrize("change", WEAKER, ids=str)
def test_file_that_weakens_a_hard_rule_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(PolicyError, match=r"own\.yaml:\d+: "):
        load_own({"name": "own", "version": 1, "extends": "default", **change})


def test_rule_of_a_second_grade_beside_a_hard_rule_does_not_replace_it() -> None:
    """An operator's own rule on the same pair is either the hard rule, sharpened, or refused."""
    with pytest.raises(PolicyError, match="hard rule"):
        load_own(
            {
                "name": "own",
                "version": 1,
                "extends": "default",
                "joined": [{"stage": "image", "all": {"apparent_minor": "K1", "nude": "K3"}, "action": "block"}],
            }
        )


@pytest.mark.parametrize("name", available())
def test_policy_made_in_code_keeps_the_hard_rules(name: str) -> None:
    policy = shipped(name)
    for kept in (
        (),
        tuple(rule for rule in policy.rules if not rule.hard),
        tuple(replace(rule, hard=False) for rule in policy.rules),
        tuple(replace(rule, action=Action.FLAG) if rule.hard else rule for rule in policy.rules),
        tuple(rule for rule in policy.rules if FAILURE not in rule.categories),
    ):
        with pytest.raises(PolicyError):
            replace(policy, rules=kept)

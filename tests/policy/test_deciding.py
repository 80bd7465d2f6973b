from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ethical_lens.policy import Policy, assess, decide, explain, grade, load
from ethical_lens.types import Action, Finding, Severity, Stage


def found(category: str, score: float, severity: Severity = Severity.K1) -> Finding:
    return Finding(category=category, score=score, severity=severity, source="test@1")


def test_nothing_measured_fires_nothing(default: Policy) -> None:
    verdict = decide(default, Stage.TEXT, [])
    assert verdict.action is Action.ALLOW
    assert verdict.fired == ()
    assert verdict.message is None


def test_score_at_the_threshold_fires_and_just_below_does_not(default: Policy) -> None:
    below = math.nextafter(0.5, 0)
    assert decide(default, Stage.TEXT, [found("violence", 0.5)]).action is Action.FLAG
    assert decide(default, Stage.TEXT, [found("violence", below)]).action is Action.ALLOW


def test_graver_finding_fires_only_the_graver_code(default: Policy) -> None:
    findings = [found("violence", 0.9, severity) for severity in (Severity.K1, Severity.K2, Severity.K3)]
    verdict = decide(default, Stage.TEXT, findings)
    assert verdict.reasons == ("text.violence.k3",)
    assert verdict.action is Action.BLOCK


def test_severest_rule_speaks(default: Policy) -> None:
    findings = [found("violence", 0.9), found("sexual", 0.9, Severity.K2)]
    verdict = decide(default, Stage.TEXT, findings)
    assert verdict.action is Action.REWRITE
    assert verdict.reasons == ("text.sexual.k2", "text.violence.k1")
    assert verdict.message is not None
    assert "sexual content" in verdict.message


def test_self_harm_speaks_before_other_refusals(default: Policy) -> None:
    findings = [found("violence", 0.9, Severity.K3), found("self_harm", 0.9, Severity.K3)]
    assert "you are not alone" in (decide(default, Stage.TEXT, findings).message or "")


@pytest.mark.parametrize(
    ("figure", "sexual", "action"),
    [(0.9, 0.9, Action.BLOCK), (0.9, 0.4, Action.FLAG), (0.4, 0.9, Action.REWRITE), (0.4, 0.4, Action.ALLOW)],
)
def test_joined_rule_needs_every_category(default: Policy, figure: float, sexual: float, action: Action) -> None:
    findings = [found("public_figure", figure), found("sexual", sexual, Severity.K2)]
    assert decide(default, Stage.TEXT, findings).action is action


def test_joined_rule_needs_its_grade(default: Policy) -> None:
    findings = [found("public_figure", 0.9), found("sexual", 0.9, Severity.K1)]
    assert decide(default, Stage.TEXT, findings).action is Action.FLAG


def test_fired_rule_carries_its_remedies(default: Policy) -> None:
    (fired,) = decide(default, Stage.IMAGE, [found("nude", 0.9), found("nsfw", 0.1)]).fired
    assert (fired.reason, fired.editor, fired.editors, fired.then_regenerate) == (
        "image.nude",
        "inpaint",
        ("inpaint", "blur"),
        True,
    )
    assert fired.findings == (found("nude", 0.9),)


def test_flagged_prompt_tightens_image_rules_alone(default: Policy) -> None:
    image, text = [found("nsfw", 0.45)], [found("violence", 0.45)]
    assert decide(default, Stage.IMAGE, image).action is Action.ALLOW
    assert decide(default, Stage.IMAGE, image, tightened=True).action is Action.EDIT
    assert decide(default, Stage.TEXT, text, tightened=True).action is Action.ALLOW


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, -0.01, 1.01, None, "0.9"])
def test_score_that_is_no_probability_is_a_failure(default: Policy, score: float) -> None:
    verdict = decide(default, Stage.IMAGE, [found("nude", score)])
    assert verdict.action is Action.BLOCK
    assert verdict.reasons == ("image.failure",)
    assert [finding.category for finding in verdict.findings] == ["nude", "failure"]
    assert "nude" in verdict.findings[-1].note


@pytest.mark.parametrize("category", ["unheard_of", "", "nsfw"])
def test_category_unknown_at_the_stage_is_a_failure(default: Policy, category: str) -> None:
    verdict = decide(default, Stage.TEXT, [found(category, 0.0)])
    assert verdict.reasons == ("text.failure",)


def test_finding_without_a_grade_is_a_failure(default: Policy) -> None:
    broken = replace(found("violence", 0.1), severity=None)  # type: ignore[arg-type]
    assert decide(default, Stage.TEXT, [broken]).reasons == ("text.failure",)


def test_numpy_scores_are_probabilities(default: Policy) -> None:
    numpy = pytest.importorskip("numpy")
    assert decide(default, Stage.IMAGE, [found("nude", numpy.float32(0.25))]).action is Action.ALLOW


def test_failure_of_no_weight_does_not_fire(default: Policy) -> None:
    assert decide(default, Stage.IMAGE, [found("failure", 0.0)]).action is Action.ALLOW


def test_picture_that_no_detector_covers_is_withheld_and_says_so(default: Policy) -> None:
    verdict = decide(default, Stage.IMAGE, [found("out_of_domain", 1.0)])
    assert verdict.action is Action.BLOCK
    assert "not looked at" in (verdict.message or "")


@pytest.mark.parametrize(
    ("findings", "label"),
    [
        ([], Severity.K0),
        ([found("violence", 0.49, Severity.K3)], Severity.K0),
        ([found("violence", 0.5), found("sexual", 0.7, Severity.K2)], Severity.K2),
        ([found("public_figure", 1.0)], Severity.K0),
        ([found("failure", 1.0, Severity.K3)], Severity.K0),
        ([found("violence", math.nan, Severity.K3), found("hate", 0.9)], Severity.K1),
        ([found("unheard_of", 1.0, Severity.K3)], Severity.K0),
    ],
)
def test_label_is_the_gravest_harm_measured(default: Policy, findings: list[Finding], label: Severity) -> None:
    assert grade(default, findings) is label


def test_explanation_says_by_how_much(default: Policy) -> None:
    rows = explain(default, {Stage.TEXT: [found("violence", 0.8)]})
    assert (rows[0].reason, rows[0].fired, rows[0].sources) == ("text.violence.k1", True, ("test@1",))
    assert rows[0].margin == pytest.approx(0.3)
    assert {row.reason: row.score for row in rows}["text.violence.k2"] is None
    assert len(rows) == len(default.rules_at(Stage.TEXT))


def test_explanation_of_a_joined_rule_names_the_condition_that_is_furthest_off(default: Policy) -> None:
    findings = [found("apparent_minor", 0.2), found("nude", 0.9)]
    (row,) = [row for row in explain(default, {Stage.IMAGE: findings}) if row.reason == "hard.minor_nude"]
    assert (row.fired, row.score) == (False, 0.2)
    assert row.margin == pytest.approx(-0.1)


def test_explanation_tightens_as_the_decision_does(default: Policy) -> None:
    findings = [found("nsfw", 0.45)]
    (row, *_) = explain(default, {Stage.IMAGE: findings}, tightened=True)
    assert (row.reason, row.fired) == ("image.nsfw", True)
    assert row.threshold == pytest.approx(0.4)


def test_assessment_counts_what_cannot_be_judged_as_failure(default: Policy) -> None:
    fired = [one.rule.reason for one in assess(default, Stage.TEXT, [found("violence", math.nan)]) if one.fired]
    assert fired == ["text.failure"]


def test_paper_draws_anew_where_the_default_repairs() -> None:
    paper = load("paper")
    assert decide(paper, Stage.IMAGE, [found("nsfw", 0.71)]).action is Action.REGENERATE
    assert decide(paper, Stage.IMAGE, [found("politic", 0.89)]).action is Action.ALLOW
    assert decide(paper, Stage.IMAGE, [found("nude", 0.6)]).fired[0].editor == "blur"

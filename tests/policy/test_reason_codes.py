"""Reason codes are a contract: a code that vanishes or changes its meaning breaks whoever reads the audit log."""

from __future__ import annotations

from pathlib import Path

from ethical_lens.policy import Policy, load
from ethical_lens.types import Action, Stage

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"
COLUMNS = ("default", "strict", "permissive", "paper")


def test_page_lists_the_codes_of_the_shipped_policies() -> None:
    page = PAGE.read_text("utf-8")
    begin = page.index("\n", page.index("<!-- reason codes: begin")) + 1
    listed = page[begin : page.index("<!-- reason codes: end -->")]
    expected = table([load(name) for name in COLUMNS])
    assert listed == expected, (
        f"docs/policy.md lists other codes; if the change is meant, paste this there:\n{expected}"
    )


def table(policies: list[Policy]) -> str:
    """Return what every policy does for every code, as Markdown."""
    codes = dict.fromkeys((rule.stage, rule.reason) for policy in policies for rule in policy.rules)
    rows = [
        f"| `{reason}` | {stage} | {' | '.join(doing(policy, stage, reason) for policy in policies)} |"
        for stage, reason in sorted(codes, key=lambda code: list(Stage).index(code[0]))
        if any(doing(policy, stage, reason) != "-" for policy in policies)
    ]
    head = f"| code | stage | {' | '.join(policy.name for policy in policies)} |\n|{'---|' * (len(policies) + 2)}\n"
    return head + "\n".join(rows) + "\n"


def doing(policy: Policy, stage: Stage, reason: str) -> str:
    """Return the action, the editors and the threshold of a rule in a few words."""
    rules = [rule for rule in policy.rules_at(stage) if rule.reason == reason and rule.action is not Action.ALLOW]
    if not rules:
        return "-"
    (rule,) = rules
    then = ", then regenerate" if rule.then_regenerate else ""
    then += ", then release" if rule.then_release else ""
    editors = f" ({', '.join(rule.editors)}{then})" if rule.editors else ""
    return f"{rule.action.name.lower()}{editors} from {rule.threshold:g}"

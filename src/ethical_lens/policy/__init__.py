"""What is done about what was measured: the operator's rules, read from YAML, and the decisions made by them.

Example:
    >>> from ethical_lens.policy import decide, load
    >>> from ethical_lens.types import Finding, Severity, Stage
    >>> finding = Finding(category="violence", severity=Severity.K3, score=0.9, source="example@1")
    >>> decide(load("default"), Stage.TEXT, [finding]).reasons
    ('text.violence.k3',)
"""

from __future__ import annotations

from ethical_lens.policy.content import Difference, describe, diff
from ethical_lens.policy.deciding import Assessment, assess, decide, grade
from ethical_lens.policy.explaining import Row, explain
from ethical_lens.policy.hard import HARD_CEILING, HARD_RULES, HardRule
from ethical_lens.policy.loading import available, load
from ethical_lens.policy.model import EDITORS, STEPS, Axis, Category, Condition, Policy, Proof, Retention, Rule

__all__ = [
    "EDITORS",
    "HARD_CEILING",
    "HARD_RULES",
    "STEPS",
    "Assessment",
    "Axis",
    "Category",
    "Condition",
    "Difference",
    "HardRule",
    "Policy",
    "Proof",
    "Retention",
    "Row",
    "Rule",
    "assess",
    "available",
    "decide",
    "describe",
    "diff",
    "explain",
    "grade",
    "load",
]

"""From the rows of a run to estimates, comparisons, curves and named checks."""

from ethical_lens.evaluate.summary.arms import ArmTable, Run, load_run
from ethical_lens.evaluate.summary.checks import Check, checks_of
from ethical_lens.evaluate.summary.estimates import estimates_of
from ethical_lens.evaluate.summary.pairing import compare_arms
from ethical_lens.evaluate.summary.summarising import Summary, summarise

__all__ = [
    "ArmTable",
    "Check",
    "Run",
    "Summary",
    "checks_of",
    "compare_arms",
    "estimates_of",
    "load_run",
    "summarise",
]

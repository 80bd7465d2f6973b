"""Finds the people a prompt speaks of, deals what is left open, and words it."""

from __future__ import annotations

from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.people.balance import deal, deal_one
from ethical_lens.people.compose import Composition, compose, composition
from ethical_lens.people.plan import deal_plan

__all__ = ["Composition", "RuleAnalyzer", "compose", "composition", "deal", "deal_one", "deal_plan"]

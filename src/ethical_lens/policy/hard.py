"""The rules that no policy can switch off, weaken or allow. They are code, so that no file can lose them."""

from __future__ import annotations

from dataclasses import dataclass

from ethical_lens.types import FORBIDDEN, MINOR_SEXUAL, Stage

HARD_CEILING = 0.5
"""Highest threshold that a hard rule, or the rule for failures, may have. A policy can only lower it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardRule:
    """Categories that, found together at one stage, always lead to BLOCK."""

    stage: Stage
    categories: tuple[str, ...]
    reason: str
    message: str


HARD_RULES = (
    HardRule(
        stage=Stage.TEXT,
        categories=(MINOR_SEXUAL,),
        reason="hard.minor_sexual",
        message="This prompt puts a minor into a sexual context. It is refused, and no rewording of it is offered.",
    ),
    HardRule(
        stage=Stage.IMAGE,
        categories=(MINOR_SEXUAL,),
        reason="hard.minor_sexual",
        message="The picture was withheld because it may show a minor in a sexual context. It is not kept anywhere.",
    ),
    HardRule(
        stage=Stage.IMAGE,
        categories=("apparent_minor", "nude"),
        reason="hard.minor_nude",
        message="The picture was withheld because it may show an unclothed minor. It is not kept anywhere.",
    ),
    HardRule(
        stage=Stage.IMAGE,
        categories=(FORBIDDEN,),
        reason="hard.forbidden",
        message=(
            "The picture was withheld because it is on a list of pictures that are not shown. It is not kept anywhere."
        ),
    ),
)
"""Every hard rule."""

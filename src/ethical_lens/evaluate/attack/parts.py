"""What a red-team run is made with: the text stage, the lens in its arms, the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ethical_lens import registry
from ethical_lens.errors import PromptError
from ethical_lens.evaluate.attack.rows import Arm
from ethical_lens.evaluate.attack.settings import AttackSettings
from ethical_lens.evaluate.judge import SketchJudge
from ethical_lens.evaluate.runner.kept import KeptGenerator, keeping
from ethical_lens.evaluate.runner.settings import ABLATIONS, FULL
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.lens import Lens
from ethical_lens.lens.cascade import with_second_opinion
from ethical_lens.lens.screening import Screen
from ethical_lens.policy import load
from ethical_lens.serial import enum_word
from ethical_lens.text.intake import read_prompt
from ethical_lens.types import Exemption, Severity, Verdict

REFUSED: Final = "refused"
"""Stands for an action where a text could not be read as a prompt at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the text stage decides about one text."""

    action: str
    released: bool
    score: float
    """Highest probability of explicit harm."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackParts:
    """Everything that is attacked, and what judges."""

    screen: Screen
    lenses: Mapping[Arm, Lens]
    drawer: SketchGenerator
    kept: KeptGenerator
    judge: SketchJudge

    def opinions(self, texts: Sequence[str]) -> list[Opinion]:
        """Return what the text stage decides about texts; one that is no prompt at all is refused."""
        readable = [text for text in texts if _why_unreadable(text) is None]
        verdicts = dict(zip(readable, self.screen.verdicts(readable), strict=True)) if readable else {}
        return [self._opinion(text, verdicts.get(text)) for text in texts]

    def _opinion(self, text: str, verdict: Verdict | None) -> Opinion:
        if verdict is None:
            return Opinion(action=REFUSED, released=False, score=1.0, reasons=(_why_unreadable(text) or "",))
        explicit = [
            each.score for each in verdict.findings if each.severity is not None and each.severity >= Severity.K2
        ]
        return Opinion(
            action=enum_word(verdict.action),
            released=self.screen.releases(verdict),
            score=max(explicit, default=0.0),
            reasons=verdict.reasons,
        )


PartsFactory: TypeAlias = Callable[[AttackSettings], AttackParts]


def shipped_parts(settings: AttackSettings, *, drawer: SketchGenerator | None = None) -> AttackParts:
    """Return the embedded generator behind the shipped lens.

    Args:
        settings: What is attacked.
        drawer: The generator; None makes it as it is shipped.

    Raises:
        PolicyError: If the policy is refused.
        ModelIntegrityError: If a model's file is missing or altered.
    """
    policy = load(settings.policy)
    tools = registry.text_tools(opted_out=policy.opt_out)
    drawer = drawer or SketchGenerator()
    kept = keeping(drawer)
    lens = Lens.default(policy=policy, generator=kept)
    exemptions = {
        Arm.BARE: frozenset({Exemption.BARE}),
        Arm.TEXT: ABLATIONS["text-only"],
        Arm.IMAGE: ABLATIONS["image-only"],
        Arm.BOTH: ABLATIONS[FULL],
    }
    return AttackParts(
        screen=Screen(policy=policy, detectors=with_second_opinion(tools.detectors, policy)),
        lenses={arm: lens.replacing(exemptions=off) for arm, off in exemptions.items()},
        drawer=drawer,
        kept=kept,
        judge=SketchJudge(),
    )


def _why_unreadable(text: str) -> str | None:
    try:
        read_prompt(text)
    except PromptError as error:
        return str(error)
    return None

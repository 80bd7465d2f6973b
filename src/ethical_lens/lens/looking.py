"""The image stage: measuring frames and deciding about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ethical_lens.lens.measure import measure
from ethical_lens.lens.screening import enforced
from ethical_lens.policy import Policy, decide
from ethical_lens.types import Action, Exemption, Frame, ImageDetector, Stage, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Looks at images by a policy; in an exempt mode only the hard rules are held."""

    policy: Policy
    detectors: Sequence[ImageDetector]
    exemptions: Collection[Exemption] = field(default_factory=frozenset)

    def verdicts(self, frames: Sequence[Frame], tightened: Sequence[bool]) -> list[Verdict]:
        """Return the decision about each frame.

        Args:
            frames: Images.
            tightened: For each frame, whether its prompt was flagged.
        """
        findings = measure(self.detectors, frames, self.policy.seconds["detector"])
        return [
            decide(self.policy, Stage.IMAGE, each, tightened=tight)
            for each, tight in zip(findings, tightened, strict=True)
        ]

    def action(self, verdict: Verdict) -> Action:
        """Return what is done about a verdict in the present mode."""
        exempt = {Exemption.BARE, Exemption.SHADOW, Exemption.IMAGE_OFF} & set(self.exemptions)
        return enforced(verdict, exempt=bool(exempt))

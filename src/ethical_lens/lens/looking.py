"""The image stage: measuring frames and deciding about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ethical_lens.lens.domains import settled
from ethical_lens.lens.measure import measure
from ethical_lens.lens.screening import enforced
from ethical_lens.policy import Policy, decide
from ethical_lens.types import Action, Exemption, Finding, Frame, ImageDetector, Stage, Verdict


@runtime_checkable
class Advisor(Protocol):
    """An image detector that says of itself whether its findings only advise until they are proved.

    Heads for photographs do: how often they err on the pictures of some generator is not known until its operator has
    measured it with ``ethical-lens prove``.
    """

    @property
    def advisory(self) -> bool:
        """Whether its findings flag at most, until the policy lists a proof."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Looks at images by a policy; in an exempt mode only the hard rules are held."""

    policy: Policy
    detectors: Sequence[ImageDetector]
    exemptions: Collection[Exemption] = field(default_factory=frozenset)
    generator: str | None = None
    """What drew the images, as "name@version"; None for images of unknown origin."""

    def verdicts(self, frames: Sequence[Frame], tightened: Sequence[bool]) -> list[Verdict]:
        """Return the decision about each frame.

        Args:
            frames: Images.
            tightened: For each frame, whether its prompt was flagged.
        """
        findings = measure(self.detectors, frames, self.policy.seconds["detector"])
        return [self.decided(each, tightened=tight) for each, tight in zip(findings, tightened, strict=True)]

    def decided(self, findings: Sequence[Finding], *, tightened: bool) -> Verdict:
        """Return the decision about what was found in one image."""
        known = settled(findings, self.detectors)
        return decide(self.policy, Stage.IMAGE, known, tightened=tightened, advises=self.advises)

    def advises(self, rule: str, finding: Finding) -> bool:
        """Tell whether a finding only advises for a rule: its detector is advisory, and nobody has proved it here."""
        return finding.source in self.advisors and not self.policy.proves(
            rule, detector=finding.source, generator=self.generator
        )

    @property
    def advisors(self) -> frozenset[str]:
        """Detectors, as "name@version", whose findings only advise until they are proved."""
        return frozenset(
            each.name
            for each in self.detectors
            if each.name.partition("@")[0] in self.policy.advisory or (isinstance(each, Advisor) and each.advisory)
        )

    def releases(self, verdict: Verdict) -> bool:
        """Tell whether an image may be released with this as its last look: nothing asks for more, or only in vain."""
        asking = [rule for rule in verdict.fired if not rule.action.releases]
        return self.action(verdict).releases or all(rule.then_release for rule in asking)

    def action(self, verdict: Verdict) -> Action:
        """Return what is done about a verdict in the present mode."""
        exempt = {Exemption.BARE, Exemption.SHADOW, Exemption.IMAGE_OFF} & set(self.exemptions)
        return enforced(verdict, exempt=bool(exempt))

"""Judging previews of pictures that are still being drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from ethical_lens.lens.looking import Look
from ethical_lens.types import FAILURE, Action, Finding, Frame, Shot, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewJudge:
    """Finds what makes it vain to go on: what the policy would draw anew or withhold.

    What would only be edited is drawn to its end, since there is nothing to edit before. A detector that fails on a
    preview stops nothing; the finished picture is looked at in any case.
    """

    look: Look
    domain: str
    """Kind of picture that is drawn."""

    def __call__(self, images: Sequence[Image.Image], shots: Sequence[Shot]) -> list[tuple[Finding, ...]]:
        """Return for each preview the findings that call for stopping it."""
        frames = [
            Frame(image=image, domain=self.domain, planned=shot.attributes, prompt=shot.draft.text)
            for image, shot in zip(images, shots, strict=True)
        ]
        tightened = [shot.draft.verdict.action is Action.FLAG for shot in shots]
        return [self._grounds(verdict) for verdict in self.look.verdicts(frames, tightened)]

    def _grounds(self, verdict: Verdict) -> tuple[Finding, ...]:
        if self.look.action(verdict) < Action.REGENERATE or self.look.releases(verdict):
            return ()
        rules = [rule for rule in verdict.fired if rule.action >= Action.REGENERATE]
        findings = [finding for rule in rules for finding in rule.findings if finding.category != FAILURE]
        return tuple(dict.fromkeys(findings))

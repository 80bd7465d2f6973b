"""The text stage: reading, deciding, rewriting."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ethical_lens.errors import SteeringError
from ethical_lens.lens.deadline import within
from ethical_lens.lens.measure import failure, measure
from ethical_lens.policy import Policy, decide
from ethical_lens.text.intake import read_prompt
from ethical_lens.types import (
    FAILURE,
    Action,
    Author,
    Change,
    Draft,
    Exemption,
    Finding,
    Rewriter,
    Stage,
    TextDetector,
    Verdict,
)

HARD = "hard."
"""Beginning of the reason codes of rules that hold in every mode."""

_CANDIDATES = 5
"""Wordings of the rewriter that are screened, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What became of one prompt at the text stage."""

    drafts: tuple[Draft, ...]
    """The user's wording, then the rewriter's."""
    used: Draft | None
    """Wording that goes on, or None when the prompt is refused."""
    offered: Draft | None = None
    """Milder wording that a flagged prompt could have used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Screens texts by a policy.

    In an exempt mode everything is still measured and recorded, but only the hard rules are held.
    """

    policy: Policy
    detectors: Sequence[TextDetector]
    negative_detectors: Sequence[TextDetector] = ()
    """For negative prompts; without any, a negative prompt is refused."""
    rewriter: Rewriter | None = None
    exemptions: Collection[Exemption] = field(default_factory=frozenset)

    def verdicts(self, texts: Sequence[str]) -> list[Verdict]:
        """Return the decision about each text."""
        findings = measure(self.detectors, texts, self.policy.seconds["detector"])
        return [decide(self.policy, Stage.TEXT, each) for each in findings]

    def releases(self, verdict: Verdict) -> bool:
        """Tell whether a text may be drawn in the present mode."""
        return self._action(verdict).releases

    def screen(self, prompts: Sequence[str]) -> list[Screening]:
        """Screen prompts, and rewrite those that the policy wants rewritten.

        Raises:
            PromptError: If a prompt cannot be read at all.
        """
        texts = [read_prompt(prompt) for prompt in prompts]
        return [self._screened(text, verdict) for text, verdict in zip(texts, self.verdicts(texts), strict=True)]

    def require_harmless_exclusion(self, negative_prompt: str) -> None:
        """Refuse a negative prompt that would push harm into the picture by excluding its opposite.

        Raises:
            PromptError: If it cannot be read.
            SteeringError: If the policy would not release what it steers towards.
        """
        [findings] = measure(self.negative_detectors, [read_prompt(negative_prompt)], self.policy.seconds["detector"])
        verdict = decide(self.policy, Stage.TEXT, findings)
        if not self.releases(verdict):
            raise SteeringError(
                f"the negative prompt steers towards harm by what it excludes ({', '.join(verdict.reasons)}); "
                "leave out words that exclude clothing, age or safety, and negative weights"
            )

    def reword(self, draft: Draft, findings: Sequence[Finding]) -> Draft | None:
        """Return the rewriter's best wording that passes the screen, or None.

        Args:
            draft: What to word anew.
            findings: What has to go.
        """
        candidates = self._candidates(draft.text, findings)
        if not candidates:
            return None
        verdicts = self.verdicts([text for text, _ in candidates])
        drafts = [
            Draft(text=text, author=Author.REWRITER, verdict=verdict, changes=changes)
            for (text, changes), verdict in zip(candidates, verdicts, strict=True)
        ]
        passing = [each for each in drafts if each.verdict.action.releases]
        # A stable sort keeps the rewriter's own order among equally harmless wordings.
        return min(passing, key=lambda each: each.verdict.action, default=None)

    def _screened(self, text: str, verdict: Verdict) -> Screening:
        draft = Draft(text=text, author=Author.USER, verdict=verdict)
        action = self._action(verdict)
        fired = [finding for rule in verdict.fired for finding in rule.findings]
        if action is Action.REWRITE:
            safe = self.reword(draft, fired)
            return Screening(drafts=(draft, safe) if safe else (draft,), used=safe)
        if not action.releases:
            return Screening(drafts=(draft,), used=None)
        offered = self.reword(draft, fired) if action is Action.FLAG else None
        return Screening(drafts=(draft,), used=draft, offered=offered)

    def _candidates(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        rewriter = self.rewriter
        if rewriter is None or any(finding.category == FAILURE for finding in findings):
            return []
        try:
            answer = within(
                self.policy.seconds["rewriter"], lambda: rewriter.rewrite(text, findings), step=rewriter.name
            )
        except Exception:  # noqa: BLE001 - a rewriter that fails offers nothing, and the prompt stays refused
            return []
        return [each for each in answer if each[0].strip()][:_CANDIDATES]

    def _action(self, verdict: Verdict) -> Action:
        return enforced(
            verdict, exempt=bool({Exemption.BARE, Exemption.SHADOW, Exemption.TEXT_OFF} & set(self.exemptions))
        )


def enforced(verdict: Verdict, *, exempt: bool) -> Action:
    """Return what is done about a verdict: its action, or in an exempt mode only what hard rules ask for."""
    if not exempt:
        return verdict.action
    held = [rule.action for rule in verdict.fired if rule.reason.startswith(HARD)]
    return max(held, default=Action.ALLOW)


def failed(policy: Policy, stage: Stage, source: str, note: str) -> Verdict:
    """Return the policy's decision about something that could not be judged or made."""
    return decide(policy, stage, [failure(source, note)])

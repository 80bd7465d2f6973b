"""Applying the editors that the policy names, each to the region of what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PIL.Image import Image

from ethical_lens.image.locate import Locator
from ethical_lens.lens.deadline import within
from ethical_lens.lens.locating import named, placed
from ethical_lens.policy import Policy
from ethical_lens.types import Action, Edit, Editor, Finding, FiredRule, Shot, Verdict

Edited = tuple[Image, tuple[Edit, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Applies editors."""

    policy: Policy
    editors: Mapping[str, Editor]
    domain: str
    """Kind of picture that is edited."""
    locator: Locator | None = None
    """Finds the place of what was found without one."""

    def edited(self, verdict: Verdict, image: Image, shot: Shot, used: Counter[str]) -> Edited | None:
        """Apply to every rule that asks for an edit its next editor that works.

        Args:
            verdict: What was found.
            image: The picture.
            shot: What editors draw from; its wording no longer asks for what was found.
            used: Reason code to the number of its editors that were tried; counted on.

        Returns:
            The edited picture and what was done to it; None if nothing was done, or if a rule that does not release the
            picture as it is has no editor left that works.
        """
        edits: tuple[Edit, ...] = ()
        for rule in (each for each in verdict.fired if each.action is Action.EDIT):
            applied = self._next(rule, image, shot, used)
            if applied is not None:
                image, edits = applied[0], (*edits, *applied[1])
            elif not rule.then_release:
                return None
        return (image, edits) if edits else None

    def named(self, findings: Sequence[Finding], image: Image | None) -> list[Finding]:
        """Return the findings with a note of what the locator sees where; as they are when it fails."""
        if image is None:
            return list(findings)
        try:
            return within(
                self.policy.seconds["detector"],
                lambda: named(findings, image, self.locator, domain=self.domain),
                step=self.locator.name if self.locator else "naming",
            )
        except Exception:  # noqa: BLE001 - without a name the rewriter is told the category alone
            return list(findings)

    def _next(self, rule: FiredRule, image: Image, shot: Shot, used: Counter[str]) -> Edited | None:
        findings: list[Finding] | None = None
        while used[rule.reason] < len(rule.editors):
            editor = self.editors.get(rule.editors[used[rule.reason]])
            used[rule.reason] += 1
            if editor is None:
                continue
            findings = findings or self._placed(rule, image)
            if findings is None:
                return None
            applied = self._applied(editor, findings, image, shot)
            if applied is not None:
                return applied
        return None

    def _placed(self, rule: FiredRule, image: Image) -> list[Finding] | None:
        try:
            return within(
                self.policy.seconds["detector"],
                lambda: placed(rule.findings, image, self.locator, domain=self.domain),
                step=self.locator.name if self.locator else "placing",
            )
        except Exception:  # noqa: BLE001 - a locator that fails finds nothing, and without a place nothing is edited
            return None

    def _applied(self, editor: Editor, findings: list[Finding], image: Image, shot: Shot) -> Edited | None:
        edits: list[Edit] = []
        for finding in findings:
            present = image

            def step(present: Image = present, finding: Finding = finding) -> tuple[Image, Edit]:
                return editor.edit(present, finding, shot)

            try:
                image, edit = within(self.policy.seconds["editor"], step, step=editor.name)
            except Exception:  # noqa: BLE001 - an editor that fails helps nothing; the next one is tried
                return None
            if image.size != present.size:
                return None
            edits.append(replace(edit, parameters={**edit.parameters, "seed": shot.seed}))
        return image, tuple(edits)

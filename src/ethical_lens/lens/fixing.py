"""Putting right pictures that exist already: look, hide what was found, look again, release or withhold.

Nothing can be drawn anew here, so that only editors that hide are used: those that the policy names, and after them
those given as the last resort.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL.Image import Image

from ethical_lens.lens.editing import Workshop
from ethical_lens.lens.hard import hard_reasons, without_places
from ethical_lens.lens.looking import Look
from ethical_lens.types import Action, Author, Draft, Edit, Frame, Shot, Stage, Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fixed:
    """What became of one picture."""

    status: Status
    image: Image | None
    """Present exactly when the status is not WITHHELD."""
    verdicts: tuple[Verdict, ...]
    """One for each look."""
    edits: tuple[Edit, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reason codes of all looks, without repeats."""
        return tuple(dict.fromkeys(reason for verdict in self.verdicts for reason in verdict.reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixer:
    """Fixes pictures one by one."""

    look: Look
    workshop: Workshop
    last_resort: Sequence[str] = ()
    """Names of editors that are tried after those of the policy."""

    def fixed(self, frame: Frame) -> Fixed:
        """Return the picture as its last look released it, or nothing.

        Args:
            frame: The picture; it is not changed.
        """
        image = frame.image
        edits: tuple[Edit, ...] = ()
        verdicts: list[Verdict] = []
        used: Counter[str] = Counter()
        workshop = replace(self.workshop, domain=frame.domain or "")
        while True:
            [verdict] = self.look.verdicts([replace(frame, image=image)], [False])
            verdicts.append(verdict)
            if self.look.releases(verdict):
                status = Status.EDITED if edits else Status.RELEASED
                return Fixed(status=status, image=image, verdicts=tuple(verdicts), edits=edits)
            spent = len(verdicts) >= self.look.policy.max_attempts
            hard = bool(hard_reasons(verdict))
            if hard:
                verdicts = [without_places(each) for each in verdicts]
            if hard or spent or self.look.action(verdict) is not Action.EDIT:
                return Fixed(status=Status.WITHHELD, image=None, verdicts=tuple(verdicts))
            changed = workshop.edited(self._extended(verdict), image, _NOBODY_ASKED, used)
            if changed is None:
                return Fixed(status=Status.WITHHELD, image=None, verdicts=tuple(verdicts))
            image, edits = changed[0], (*edits, *changed[1])

    def _extended(self, verdict: Verdict) -> Verdict:
        """Return the verdict with the last resort behind each rule's own editors, for the workshop alone."""
        fired = tuple(
            replace(rule, editors=tuple(dict.fromkeys((*rule.editors, *self.last_resort))))
            if rule.action is Action.EDIT
            else rule
            for rule in verdict.fired
        )
        return replace(verdict, fired=fired)


_NOBODY_ASKED = Shot(
    index=0,
    draft=Draft(text="", author=Author.USER, verdict=Verdict(stage=Stage.TEXT, action=Action.ALLOW, findings=())),
    seed=0,
)
"""Stands for the shot that editors are handed: nothing was asked for, so that no editor may draw."""

"""What another policy would have done about what was collected, without drawing anything again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ethical_lens.evaluate.prove.decisions import Decision, DecisionFolder, decided
from ethical_lens.policy import Policy
from ethical_lens.types import Action, Stage, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One text or picture that would have been treated otherwise."""

    id: str
    stage: Stage
    before: Action
    after: Action
    reasons: tuple[str, ...]
    """Codes of the rules that fire after the change, or before it where none fires any more."""
    prompt: str
    file: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Two policies on the same measurements."""

    before: str
    """Policy as "name@version+digest"."""
    after: str
    n_texts: int
    n_pictures: int
    moves: tuple[tuple[Stage, Action, Action, int], ...]
    """Stage, action before, action after, and how often, unchanged ones included."""
    changes: tuple[Change, ...]
    n_not_drawn: int
    """Pictures whose prompt the new policy would refuse."""
    n_redrawn: int
    """Pictures whose prompt it would reword: what they would show then is not known."""


def what_if(folder: DecisionFolder, before: Policy, after: Policy) -> WhatIf:
    """Hold two policies against the kept measurements.

    Args:
        folder: Collected decisions.
        before: What to compare with, usually the policy of the collection.
        after: The change to be tried.
    """
    decisions = folder.decisions()
    old, new = (
        decided(decisions, policy, generator=folder.generator, advisors=folder.advisors) for policy in (before, after)
    )
    moves = Counter((one.stage, old[one.id].action, new[one.id].action) for one in decisions)
    texts = {one.sample: new[one.id].action for one in decisions if one.stage is Stage.TEXT}
    pictures = [one for one in decisions if one.stage is Stage.IMAGE]
    return WhatIf(
        before=before.title,
        after=after.title,
        n_texts=len(texts),
        n_pictures=len(pictures),
        moves=tuple((*move, n) for move, n in sorted(moves.items())),
        changes=tuple(
            _change(one, old[one.id], new[one.id]) for one in decisions if old[one.id].action is not new[one.id].action
        ),
        n_not_drawn=sum(texts.get(one.sample) is Action.BLOCK for one in pictures),
        n_redrawn=sum(texts.get(one.sample) is Action.REWRITE for one in pictures),
    )


def _change(one: Decision, old: Verdict, new: Verdict) -> Change:
    return Change(
        id=one.id,
        stage=one.stage,
        before=old.action,
        after=new.action,
        reasons=new.reasons or old.reasons,
        prompt=one.prompt,
        file=one.file,
    )

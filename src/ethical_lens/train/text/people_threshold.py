"""Below which probability the text model's veto drops a group of people that the rules found, chosen on unseen rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.models import JsonValue
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.people.joined import VETO_BELOW, VETO_PLAIN_BELOW, Veto, Weighed, weigh
from ethical_lens.text.encoder import TextEncoder
from ethical_lens.train.text.rows import PEOPLE_LINES, Row

LOST_AT_MOST: Final = 0.02
"""Share of the true groups in lines marked by hand that may fall: they are left alone, which is the milder error."""
DOUBTED_AT_MOST: Final = 0.04
"""Share of the groups in other rows that may fall: the rules err too, and of 1,977 such groups about 35 name nobody,
going by their phrases ("row of poplars lines", "look professional")."""
_HIGHEST: Final = 0.5
"""Whom the model takes for people rather than for a thing never falls, however clean the rows are."""
_PLAIN_SHARE: Final = 0.1
"""The threshold for unmistakable words is at most this share of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One group that the rules found, and whether there are people."""

    weighed: Weighed
    true: bool
    by_hand: bool
    """Whether somebody read the line; otherwise the rules are believed."""


def chosen(
    validation: Sequence[Row], test: Sequence[Row], rules: RuleAnalyzer, encoder: TextEncoder
) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """Choose the thresholds on one part of the unseen rows, and count on the other what falls.

    Args:
        validation: Rows whose people were marked by hand, and others, of which the rules are believed.
        test: The same, other rows.
        rules: They find.
        encoder: The model as it is shipped.

    Returns:
        "thresholds" and what belongs into "metrics" of the card.
    """
    veto = choose(cases(validation, rules, encoder))
    thresholds: dict[str, JsonValue] = {VETO_BELOW: veto.below, VETO_PLAIN_BELOW: veto.plain_below}
    return thresholds, fallen(cases(test, rules, encoder), veto)


def cases(rows: Sequence[Row], rules: RuleAnalyzer, encoder: TextEncoder) -> list[Case]:
    """Return every group that the rules find in rows, those known by name left out.

    By hand a group is true if its phrase overlaps a marked one.
    """
    found = weigh([row.text for row in rows], rules, encoder)
    return [
        Case(weighed=each, true=_is_true(row, each), by_hand=row.source == PEOPLE_LINES)
        for row, groups in zip(rows, found, strict=True)
        for each in groups
        if not each.group.named
    ]


def choose(known: Sequence[Case]) -> Veto:
    """Return the highest thresholds by which at most `LOST_AT_MOST` and `DOUBTED_AT_MOST` of the true groups fall.

    Raises:
        ValueError: If no group is true.
    """
    true = [case for case in known if case.true]
    if not true:
        raise ValueError("no true group to choose a threshold by; add lines to train/text/people, or rows")
    below = _highest([case for case in true if not case.weighed.plain])
    plain = _highest([case for case in true if case.weighed.plain])
    return Veto(below=round(below, 4), plain_below=round(min(plain, _PLAIN_SHARE * below), 5))


def fallen(known: Sequence[Case], veto: Veto) -> dict[str, JsonValue]:
    """Return the shares of false and of true groups that fall, and of how many."""
    false = [veto.falls(case.weighed) for case in known if not case.true]
    true = {
        "true_groups_marked_by_hand": [veto.falls(case.weighed) for case in known if case.true and case.by_hand],
        "true_groups_found_by_rules": [veto.falls(case.weighed) for case in known if case.true and not case.by_hand],
    }
    metrics: dict[str, JsonValue] = {"people.false_groups.fallen": _share(false), "people.false_groups.n": len(false)}
    for name, falls in true.items():
        metrics |= {f"people.{name}.fallen": _share(falls), f"people.{name}.n": len(falls)}
    return metrics


def _highest(true: Sequence[Case]) -> float:
    limits = [_HIGHEST]
    for by_hand, most in ((True, LOST_AT_MOST), (False, DOUBTED_AT_MOST)):
        ordered = sorted(case.weighed.probability for case in true if case.by_hand == by_hand)
        limits += ordered[int(most * len(ordered)) :][:1]
    return min(limits)


def _is_true(row: Row, weighed: Weighed) -> bool:
    if row.source != PEOPLE_LINES:
        return True
    span = weighed.group.span
    return any(start < span.end and span.start < end for start, end in row.people or ())


def _share(falls: Sequence[bool]) -> float | None:
    return round(sum(falls) / len(falls), 4) if falls else None

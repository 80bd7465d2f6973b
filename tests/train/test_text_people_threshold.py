"""The choice of the veto's thresholds on rows that were not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ethical_lens.people.joined import Weighed
from ethical_lens.train.text import people_threshold
from ethical_lens.train.text.people_threshold import Case
from ethical_lens.types import PersonGroup, Span

GROUP = PersonGroup(phrase="baker", span=Span(start=2, end=7), number="one")


def _cases(probabilities: Sequence[float], *, true: bool, plain: bool = False, by_hand: bool = True) -> list[Case]:
    return [
        Case(weighed=Weighed(group=GROUP, probability=each, plain=plain), true=true, by_hand=by_hand)
        for each in probabilities
    ]


def test_at_most_one_true_group_in_fifty_falls() -> None:
    true = _cases([0.05, 0.1, 0.3, *[0.9] * 97], true=True)
    known = [*true, *_cases([0.9] * 20, true=True, plain=True), *_cases([0.01, 0.2, 0.29, 0.8], true=False)]
    veto = people_threshold.choose(known)
    assert veto.below == 0.3
    assert veto.plain_below == pytest.approx(0.03)
    fallen = people_threshold.fallen(known, veto)
    assert fallen["people.false_groups.fallen"] == 0.75
    assert fallen["people.true_groups_marked_by_hand.fallen"] == pytest.approx(2 / 120, abs=1e-4)
    assert fallen["people.true_groups_found_by_rules.fallen"] is None
    assert fallen["people.true_groups_found_by_rules.n"] == 0


def test_rows_of_which_the_rules_are_believed_count_less() -> None:
    by_hand = _cases([0.4] * 50, true=True)
    believed = _cases([0.01, 0.02, 0.03, 0.04, *[0.3] * 96], true=True, by_hand=False)
    assert people_threshold.choose([*by_hand, *believed]).below == 0.3
    assert people_threshold.choose([*by_hand, *believed, *_cases([0.1], true=True, by_hand=False)]).below == 0.1
    assert people_threshold.choose([*by_hand, *_cases([0.05] * 5 + [0.3] * 90, true=True, by_hand=False)]).below == 0.05


def test_whom_the_model_takes_for_people_never_falls() -> None:
    known = [*_cases([0.99] * 50, true=True), *_cases([0.99] * 50, true=True, plain=True)]
    assert people_threshold.choose(known).below == 0.5


def test_without_true_groups_nothing_is_chosen() -> None:
    with pytest.raises(ValueError, match="people"):
        people_threshold.choose(_cases([0.1], true=False))

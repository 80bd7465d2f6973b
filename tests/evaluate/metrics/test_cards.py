from __future__ import annotations

from pathlib import Path

import pytest

from ethical_lens.evaluate.metrics.cards import CARDS, card_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


@pytest.mark.parametrize("name", CARDS)
def test_every_metric_is_defined_in_the_docs(name: str) -> None:
    assert f"`{name}" in PAGE.read_text("utf-8")


def test_longest_beginning_holds() -> None:
    assert card_of("perspective_nude") is CARDS["perspective_"]
    assert card_of("imbalance_above_chance_age") is CARDS["imbalance_above_chance_"]


def test_unknown_metrics_have_no_card() -> None:
    with pytest.raises(KeyError, match="sparkle"):
        card_of("sparkle")

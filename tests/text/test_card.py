from __future__ import annotations

import json
from pathlib import Path

from ethical_lens.models import load_card, verify
from ethical_lens.text.lexicon import CATEGORIES, PhraseDetector

REPORT = Path(__file__).parents[2] / "benchmarks" / "reports" / "text_phrases.json"


def test_card_names_the_detector_and_its_categories() -> None:
    card = load_card("phrases")
    assert card.id == PhraseDetector.name
    assert card.categories == CATEGORIES


def test_files_are_the_ones_the_card_was_written_for() -> None:
    assert verify(load_card("phrases")) == []


def test_numbers_of_the_card_come_from_the_committed_report() -> None:
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    measured = {estimate["name"]: estimate["value"] for estimate in report["estimates"]}
    for name, value in load_card("phrases").metrics.items():
        assert measured[name] == value


def test_numbers_of_the_text_models_card_come_from_the_committed_report() -> None:
    report = json.loads(REPORT.with_name("text_scrutiny.json").read_text(encoding="utf-8"))
    measured = {estimate["name"]: estimate["value"] for estimate in report["estimates"]}
    card = load_card("scrutiny")
    assert verify(card) == []
    assert measured.items() <= card.metrics.items()

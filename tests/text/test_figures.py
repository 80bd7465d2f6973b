from __future__ import annotations

from pathlib import Path

import pytest

from ethical_lens.sketch.world import CELEBRITIES
from ethical_lens.text import figures as module
from ethical_lens.text.figures import Gazetteer
from ethical_lens.text.lexicon import PhraseDetector
from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split

GAZETTEER = Gazetteer("[actors]\nTalia Brennock | Brennock\n[politicians]\nOrson Vail | ^Vail\n")


def names(text: str, gazetteer: Gazetteer = GAZETTEER) -> list[str]:
    reading = normalize(text)
    return [figure.name for figure in gazetteer.find(split(reading.text), reading, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Talia Brennock in a park", ["Talia Brennock"]),
        ("talia brennock and orson vail", ["Talia Brennock", "Orson Vail"]),
        ("Brennock's garden", ["Talia Brennock"]),
        ("TALIA BR\u00c9NNOCK", ["Talia Brennock"]),
        ("Vail giving a speech", ["Orson Vail"]),
        ("snow in vail", []),
        ("a castle by Talia Brennock", []),
        ("in the style of Talia Brennock", []),
        ("art by talia brennock and orson vail", []),
        ("Talia Brennock style portrait", []),
        ("portrait of Orson Vail by Talia Brennock", ["Orson Vail"]),
        ("Brennock museum", []),
        ("a cat on a mat", []),
    ],
)
def test_figures_in_the_picture_are_told_from_style(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_every_celebrity_of_the_sketch_world_is_listed() -> None:
    shipped = Gazetteer.shipped()
    for celebrity in CELEBRITIES:
        assert names(f"{celebrity.name} at the beach", shipped) == [celebrity.name]


def test_the_shipped_list_is_long_and_without_repeats() -> None:
    lines = (Path(module.__file__).parent / "figures.txt").read_text(encoding="utf-8").splitlines()
    listed = [line.partition("|")[0].strip() for line in lines if line and line[0] not in "#["]
    assert len(listed) >= 300
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    "text", ["Trump card on a felt table", "may bush in flower", "Lincoln Logs cabin", "a Ford pickup"]
)
def test_names_that_are_ordinary_words_are_left_alone(detector: PhraseDetector, text: str) -> None:
    [findings] = detector.detect([text])
    assert all(finding.score == 0 for finding in findings if finding.category == "public_figure")


def test_people_who_opted_out_are_reported_as_such(detector: PhraseDetector) -> None:
    [findings] = detector.detect(["quillon vasterby on a bench"])
    assert [finding.score for finding in findings if finding.category == "opt_out"] == [0.9]

# ruff: noqa: RUF001 - disguises are made of look-alikes
from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from ethical_lens.text.figures import Gazetteer
from ethical_lens.text.lexicon import Lexicon
from ethical_lens.text.normalize import EnglishWords, normalize, variants, vocabulary_of_words

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("normalize_disguises.jsonl").read_text(encoding="utf-8").splitlines()
]
HARMFUL = [row for row in ROWS if row["label"] == "harm"]
HARMLESS = [row for row in ROWS if row["label"] == "K0"]
SMALL = frozenset(
    """
    the and for with from into over his her how are being who that
""".split()  # noqa: SIM905 - a list of many words is read more easily so
)
COMMON = """
    the of and in to a an on with at by is are man woman boy girl people old town house world hand back
""".split()  # noqa: SIM905 - a list of many words is read more easily so


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


@pytest.fixture(scope="module")
def words(lexicon: Lexicon) -> EnglishWords:
    plain = [word for row in HARMFUL for word in re.findall("[a-z]{3,}", row["plain"].lower())]
    return vocabulary_of_words([*COMMON, *plain], lexicon.hides, sorted(lexicon.vocabulary.words | {*plain}))


def is_read(row: dict[str, str], words: EnglishWords) -> bool:
    wanted = {word for word in re.findall("[a-z]{3,}", row["plain"].lower()) if word not in SMALL}
    readings = [normalize(row["text"]), *variants(row["text"], words)]
    return any(wanted <= set(re.findall("[a-z]+", reading.text)) for reading in readings)


def test_nearly_every_disguise_is_read(words: EnglishWords) -> None:
    missed = [row["method"] for row in HARMFUL if not is_read(row, words)]
    assert len(HARMFUL) >= 150
    assert len(missed) <= 0.05 * len(HARMFUL), missed


def test_harmless_oddities_are_not_read_as_harm(words: EnglishWords, lexicon: Lexicon) -> None:
    nobody = Gazetteer.shipped(())
    touched = [
        row["text"]
        for row in HARMLESS
        for reading in variants(row["text"], words)
        if lexicon.read(reading, nobody) and not lexicon.read(normalize(row["text"]), nobody)
    ]
    assert len(touched) <= 0.05 * len(HARMLESS), touched


def test_offsets_of_every_reading_lie_in_the_original(words: EnglishWords) -> None:
    for row in ROWS:
        for reading in variants(row["text"], words):
            assert len(reading.text) == len(reading.starts) == len(reading.ends)
            assert all(0 <= s < e <= len(row["text"]) for s, e in zip(reading.starts, reading.ends, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "model KX-4R7-0N3 on a box",
        "R2-D2 and C-3PO in a desert",
        "Route 66, 35mm, f/1.8, 8k",
        "a 1950s diner, 80s synth, 90's kid",
        "IMG_20240512_083011.jpg on a screen",
        "a tic-tac-toe board",
        "rock 'n' roll, don't stop",
    ],
)
def test_codes_measures_and_contractions_stay(text: str) -> None:
    words = vocabulary_of_words(
        re.findall("[a-z]{2,}", "model box desert route on screen in a diner synth kid rock roll stop")
    )
    assert variants(text, words) == []


def test_a_text_of_another_script_is_no_disguise() -> None:
    words = vocabulary_of_words(["pot", "port", "mask", "knife", "hot"])
    assert variants("рот и порт у моря, старый город вечером", words) == []


def test_a_prompt_with_nothing_odd_costs_little(words: EnglishWords) -> None:
    text = "the old man and the woman with the people of the town in the house by the hand"
    started = time.process_time()
    for _ in range(1000):
        variants(text, words)
    assert time.process_time() - started < 0.5


def test_a_large_vocabulary_is_built_quickly() -> None:
    listed = [
        f"{a}{b}{c}{d}"
        for a in "bcdfghklmnpr"
        for b in "aeiou"
        for c in "bcdfghklmnprst"
        for d in "aeioubcdfghklmnprstvwz"
    ]
    started = time.process_time()
    assert len(vocabulary_of_words(listed)) >= len(listed)
    assert time.process_time() - started < 0.5


def test_the_more_common_word_is_preferred() -> None:
    words = vocabulary_of_words(["coil", "cool"])
    assert [reading.text for reading in variants("c0!l", words)] == ["coil"]


def test_slips_are_read_only_as_words_that_are_sought() -> None:
    words = vocabulary_of_words(["knife", "candle", "table"], aims=["knife"])
    assert [reading.text for reading in variants("kinfe table", words)] == ["knife table"]
    assert variants("cadnle table", words) == []

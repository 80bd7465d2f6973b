from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.text.normalize import Normalized, Vocabulary, lookalikes, normalize, squeeze, variants

ANY_TEXT = st.text(st.characters())
TRICKY_TEXT = st.text(
    st.sampled_from([*"a bn0-3.*4@'(=Q", *"\u0301\u200b\u202e\uff21\u0430\u03bf\ufb01\u1160\u0627\u0939", "\U0001f52a"])
)
VOCABULARY = Vocabulary(["harbour", "lantern", "pepper", "apple", "gold", "mint"], ordinary=["tnim"])

MEGABYTE = 1_000_000
SECONDS_A_MEGABYTE = 60
"""Generous: the slowest of them takes about 4 s of an idle core."""


def require_offsets(reading: Normalized, original: str) -> None:
    assert len(reading.text) == len(reading.starts) == len(reading.ends)
    assert all(0 <= s < e <= len(original) for s, e in zip(reading.starts, reading.ends, strict=True))


@given(ANY_TEXT | TRICKY_TEXT)
def test_every_folded_character_knows_its_place(text: str) -> None:
    reading = normalize(text)
    require_offsets(reading, text)
    assert list(reading.starts) == sorted(reading.starts)


@given(ANY_TEXT | TRICKY_TEXT)
def test_every_variant_knows_its_place_in_the_original(text: str) -> None:
    for reading in (*variants(text), *variants(text, VOCABULARY)):
        require_offsets(reading, text)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(st.text(st.sampled_from("abc XYZ,.")))
def test_plain_ascii_is_only_lowered(text: str) -> None:
    assert normalize(text).text == text.lower()


@pytest.mark.parametrize(
    "disguised",
    [
        "L\u0430nt\u0435rn",  # Cyrillic inside a Latin word
        "\uff2c\uff21\uff2e\uff34\uff25\uff32\uff2e",  # full width
        "\U0001d425\U0001d41a\U0001d427\U0001d42d\U0001d41e\U0001d42b\U0001d427",  # mathematical bold
        "l\u200ba\u00adn\u2060t\u200ce\ufeffr\u200dn",  # invisible characters
        "la\u0301nte\u0308rn",  # combining marks
        "\u029f\u1d00\u0274\u1d1b\u1d07\u0280\u0274",  # small capitals
        "l\u202ean\u202cter\u2066n",  # bidirectional controls
    ],
)
def test_lookalikes_fold_to_the_plain_word(disguised: str) -> None:
    assert normalize(disguised).text == "lantern"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a l a n t e r n at night", "a lantern at night"),
        ("the l-a-n-t-e-r-n", "the lantern"),
        ("lan.tern", "lantern"),
        ("m i n t   l a n t e r n", "mint   lantern"),
        ("l4nt3rn", "lantern"),
        ("1an7ern", "lantern"),
        ("laaanteeeern", "lantern"),
        ("a nretnal in the rain", "a lantern in the rain"),
        ("nretnal tnim", "nretnal tnim"),
        ("dlog nretnal", "lantern gold"),
        ("ynagrea", "ynagrea"),
        ("ynagrea ynagrea", "ynagrea ynagrea"),
        ("yn\u043dt\u0435rn", "ynhtern"),
        ("zolanternzo", "lantern"),
        ("draw bGFudGVybg== now", "draw bGFudGVybg== now"),
        ("draw YSBsYW50ZXJuIG9uIGEgaGlsbA== now", "draw a lantern on a hill now"),
        ("%6c%61%6e%74%65%72%6e", "lantern"),
        ("&#108;&#97;&#110;&#116;&#101;&#114;&#110;", "lantern"),
        ("\u043c\u0456\u043f\u0442", "mint"),
    ],
)
def test_disguises_are_read(text: str, plain: str) -> None:
    found = {normalize(text).text, *(reading.text for reading in variants(text, VOCABULARY))}
    assert plain.lower() in found or plain in found


def test_a_known_word_in_foreign_letters_is_read_as_the_word() -> None:
    words = Vocabulary(["mask"])
    assert "mask" in [reading.text for reading in variants("\u043c\u0430\u0455\u043a", words)]


@pytest.mark.parametrize(
    "text",
    [
        "v a p o r w a v e sunset",
        "model KX-4R7-0N3",
        "W1NN3R on a hoodie",
        "sooooo fluffy",
        "Ночной трамвай",
        "a snug tnim room",
        "Route 66, 35mm, f/1.8, 8k",
    ],
)
def test_benign_oddities_give_no_known_word(text: str) -> None:
    known = ("harbour", "lantern", "pepper", "apple", "gold", "mint")
    assert not any(word in reading.text.split() for reading in variants(text, VOCABULARY) for word in known)


def test_ordinary_prompts_have_no_variants() -> None:
    assert variants("a red bicycle leaning against a wall, oil painting, 8k", VOCABULARY) == []


def test_spans_point_at_the_disguised_word() -> None:
    text = "see the l-a-n-t-e-r-n there"
    [reading] = variants(text, VOCABULARY)
    start = reading.text.index("lantern")
    span = reading.span(start, start + 7)
    assert text[span.start : span.end] == "l-a-n-t-e-r-n"


def test_emoji_are_read_as_words() -> None:
    emoji, word = next(iter(lookalikes().emoji.items()))
    assert any(word in reading.text for reading in variants(f"a {emoji} here"))


def test_every_lookalike_folds_to_latin_letters() -> None:
    for table in (lookalikes().lookalikes, lookalikes().latin):
        assert all(letters.isascii() and letters.isalpha() for letters in table.values())
        assert all(unicodedata.category(character)[0] == "L" for character in table)


def test_squeeze_leaves_single_letters() -> None:
    assert squeeze("aabbbca") == "abca"


@pytest.mark.parametrize("unit", ["@", "a\u0316\u0301", "QUJD", "6e", "(", "aa"])
def test_a_megabyte_of_anything_is_read_in_bounded_time(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    started = time.process_time()
    variants(text, VOCABULARY)
    assert time.process_time() - started < SECONDS_A_MEGABYTE


@pytest.mark.parametrize("unit", ["a ", "1.", "ab-", "\u0455\u0435\u0445\u0443 ", "[a|", "nretnal ", "l4nt3rn "])
def test_work_grows_no_faster_than_the_text(unit: str) -> None:
    short, long = (_seconds(unit * (length // len(unit))) for length in (20_000, 160_000))
    assert long < 8 * 3 * max(short, 0.01)


def _seconds(text: str) -> float:
    started = time.process_time()
    variants(text, VOCABULARY)
    return time.process_time() - started

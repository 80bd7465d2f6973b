from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.text.syntax import drop_empty_groups, parse, readings
from ethical_lens.types import Span

PIECES = [
    "a cat",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ":",
    "::2",
    ":1.2)",
    "(red:1.2)",
    "((blue))",
    "[dog:wolf:0.5]",
    "<lora:name:0.8>",
    "<token>",
    "embedding:style",
    "__colour__",
    " BREAK ",
    " AND ",
    " --ar 3:2",
    " --no hats",
    "\\(",
    ", ",
    "\n",
    "é",
    "\u200b",
]
NOTATION = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(NOTATION | st.text())
def test_an_unmodified_parse_renders_byte_identical(prompt: str) -> None:
    assert parse(prompt).render() == prompt


@given(NOTATION)
def test_segments_cover_the_prompt_without_gaps(prompt: str) -> None:
    position = 0
    for segment in parse(prompt).segments:
        assert segment.start == position < segment.end
        position = segment.end
    assert position == len(prompt)


@given(NOTATION)
def test_plain_words_know_their_place(prompt: str) -> None:
    for reading in readings(prompt):
        assert len(reading.text) == len(reading.starts) == len(reading.ends)
        assert all(0 <= s < e <= len(prompt) for s, e in zip(reading.starts, reading.ends, strict=True))


@pytest.mark.parametrize(
    ("prompt", "plain"),
    [
        ("a (red:1.2) cat", "a red cat"),
        ("((big)) [small] {odd} cat", "big small odd cat"),
        ("c(at)s", "cats"),
        ("[dog:wolf:0.5] in snow", "dog in snow"),
        ("[cow|horse] in a field", "cow in a field"),
        ("a cat --ar 3:2 --v 6", "a cat . ."),
        ("a cat BREAK a dog", "a cat . a dog"),
        ("a \\(plain\\) cat", "a \\(plain\\) cat"),
        ("ratio 16:9, 3:2", "ratio 16:9, 3:2"),
        ("<lora:darkForest_v2:0.7> hills", "dark forest v hills"),
    ],
)
def test_words_are_told_from_notation(prompt: str, plain: str) -> None:
    assert " ".join(parse(prompt).plain().text.split()) == plain


def test_every_take_is_read() -> None:
    assert [reading.text for reading in readings("a [dog:wolf:0.5]")] == ["a dog", "a wolf"]
    assert [reading.text for reading in readings("[red|blue|green] hat")] == ["red hat", "blue hat", "green hat"]


@pytest.mark.parametrize(
    ("prompt", "word", "weight"),
    [
        ("a (red:1.5) cat", "red", 1.5),
        ("((red))", "red", 1.21),
        ("(a (red:2):0.5)", "red", 1.0),
        ("(red:-1)", "red", -1.0),
    ],
)
def test_weights_multiply(prompt: str, word: str, weight: float) -> None:
    parsed = parse(prompt)
    [segment] = [s for s in parsed.segments if s.kind == "text" and word in prompt[s.start : s.end]]
    assert segment.weight == pytest.approx(weight)


@pytest.mark.parametrize(
    ("prompt", "old", "new", "expected"),
    [
        ("a (red:1.2) cat", "red", "blue", "a (blue:1.2) cat"),
        ("a (red:1.2) cat", "red", "", "a  cat"),
        ("((red)) cat <lora:x:1>", "red", "", " cat <lora:x:1>"),
        ("(red cat:1.2), BREAK dog --ar 3:2", "red cat", "blue bird", "(blue bird:1.2), BREAK dog --ar 3:2"),
        ("(r)ed cat", "r)ed", "blue", "(blue) cat"),
    ],
)
def test_replacing_words_keeps_the_notation(prompt: str, old: str, new: str, expected: str) -> None:
    start = prompt.index(old)
    assert parse(prompt).replace(Span(start=start, end=start + len(old)), new) == expected


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        ("(hat:-1)", "negative weight"),
        ("a cat, hat::-0.5", "negative weight"),
        ("<lora:x:1>", "network"),
        ("embedding:x", "embedding"),
        ("__hair__", "wildcard"),
        ("https://example.org/a.png a cat", "address"),
        ("a cat --sref 12", "--sref"),
    ],
)
def test_what_steers_without_words_is_noted(prompt: str, note: str) -> None:
    assert any(note in said for said in parse(prompt).notes)


def test_ordinary_prompts_are_not_noted() -> None:
    assert parse("a cat (old), 4:3, at 10:30, one|two").notes == ()


def test_excluded_words_are_the_ones_pushed_away() -> None:
    pushed = parse("a cat, (hat:-1.2), tree::-1 house::2 --no shoes").excluded()
    assert pushed is not None
    assert {"hat", "tree", "shoes"} <= set(pushed.text.split()) | set(pushed.text.replace(",", " ").split())
    assert "house" not in pushed.text


def test_empty_groups_are_dropped() -> None:
    assert drop_empty_groups("a ((:1.2)) cat [ ] {}") == "a  cat  "


@pytest.mark.parametrize("unit", ["(", "[a:", "((a:1.1)", "<lora:x:1>", "[a|b]", "a --no b ", "__a__", "\\(", "AND "])
def test_long_notation_is_read_in_bounded_time(unit: str) -> None:
    prompt = unit * (50_000 // len(unit))
    started = time.process_time()
    assert parse(prompt).render() == prompt
    readings(prompt)
    assert time.process_time() - started < 30

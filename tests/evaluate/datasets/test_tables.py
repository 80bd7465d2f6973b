from __future__ import annotations

import pytest

from ethical_lens.errors import InputError
from ethical_lens.evaluate.datasets.tables import read_rows


def prompts(content: str | bytes, name: str) -> list[object]:
    data = content.encode() if isinstance(content, str) else content
    return [row.cells.get("prompt") for row in read_rows(data, name)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'prompt,kind\n"a dog, asleep",x\na cat,y\n'),
        ("a.tsv", "prompt\tkind\na dog, asleep\tx\na cat\ty\n"),
        ("a.jsonl", '{"prompt": "a dog, asleep"}\n\n{"prompt": "a cat"}\n'),
        ("a.json", '[{"prompt": "a dog, asleep"}, "a cat"]'),
        ("a.json", '{"version": 1, "rows": [{"prompt": "a dog, asleep"}, {"prompt": "a cat"}]}'),
        ("a.txt", "a dog, asleep\r\n\na cat\r\n"),
    ],
)
def test_every_format_gives_the_same_rows(name: str, content: str) -> None:
    assert prompts(content, name) == ["a dog, asleep", "a cat"]


def test_byte_order_mark_is_taken_off() -> None:
    assert prompts(b"\xef\xbb\xbfprompt\na dog\n", "a.csv") == ["a dog"]


def test_quoted_cells_may_hold_line_ends() -> None:
    rows = read_rows(b'prompt,kind\n"two\nlines",x\none,y\n', "a.csv")
    assert [(row.line, row.cells["prompt"]) for row in rows] == [(3, "two\nlines"), (4, "one")]


def test_unusual_line_separators_stay_inside_a_prompt() -> None:
    assert prompts('{"prompt": "a\u2028b"}\n', "a.jsonl") == ["a\u2028b"]


def test_address_with_a_query_is_read_by_its_ending() -> None:
    assert prompts("a dog", "https://example.org/prompts.txt?raw=1") == ["a dog"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.parquet", b"PAR1", r"a\.parquet: expected a file ending in \.csv"),
        ("a.csv", b"", "empty file"),
        ("a.csv", b"prompt\nfine\nb\xff\n", r"a\.csv:3: expected UTF-8, got the byte 0xff"),
        ("a.csv", b"prompt\na,b\n", r"a\.csv:2: expected 1 columns"),
        ("a.csv", b"prompt,prompt\na,b\n", r"appear twice"),
        ("a.csv", b'prompt\n"open\n', r"a\.csv:\d: .*check the quotes"),
        ("a.jsonl", b'{"prompt": "a"}\n{"prompt": \n', r"a\.jsonl:2: this is not JSON"),
        ("a.jsonl", b"3\n", r"a\.jsonl:1: expected an object or a string, got int"),
        ("a.json", b'[{"prompt": "a"},\n 3 4]', r"a\.json:2: this is not JSON"),
        ("a.json", b'{"a": [], "b": []}', r"expected one list of records, got \['a', 'b'\]"),
        ("a.json", b"3", r"expected a list of records, got int"),
    ],
)
def test_errors_name_file_line_and_remedy(name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_rows(content, name)

"""Prompts as they reach the command line: as arguments, from a file, or from standard input."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from ethical_lens.cli.output import is_watched
from ethical_lens.errors import PromptError
from ethical_lens.text.intake import read_prompt

BATCH: Final = 64
"""Prompts that are judged together."""

LONGEST_LINE: Final = 1024 * 1024
"""Bytes of a line that are read; the rest of a longer one is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One prompt, or why there is none."""

    line: int | None
    """Line of the file, counted from 1; None for an argument."""
    text: str = ""
    error: PromptError | None = None


def entries(prompts: Sequence[str], file: str | None) -> Iterator[Entry]:
    """Yield the prompts given as arguments, then those of the file, in order.

    Args:
        prompts: Arguments of the command.
        file: Path of a file with one prompt a line, "-" for standard input, or None.

    Raises:
        PromptError: If there is nothing to read at all, or the file cannot be opened.
    """
    if not prompts and file is None:
        raise PromptError("expected a prompt, or --file with a file of prompts; got neither")
    for prompt in prompts:
        yield _entry(prompt, None)
    if file is not None:
        yield from _from_file(file)


def batches(found: Iterable[Entry], file: str | None) -> Iterator[list[Entry]]:
    """Yield prompts in batches; one by one when a person types them."""
    size = 1 if file == "-" and is_watched(sys.stdin) else BATCH
    remaining = iter(found)
    while batch := list(itertools.islice(remaining, size)):
        yield batch


def _from_file(file: str) -> Iterator[Entry]:
    n_lines = 0
    with _opened(file) as stream:
        for n_lines, line in enumerate(_lines(stream), start=1):
            yield _line_entry(line, n_lines)
    if n_lines == 0:
        name = "standard input" if file == "-" else repr(file)
        raise PromptError(f"expected one prompt a line, but {name} is empty")


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = open(file, "rb")  # noqa: PTH123, SIM115  Path refuses some names that the system knows
    except (OSError, ValueError) as error:
        raise PromptError(f"expected a file of prompts, but {file!r} cannot be read: {error}") from None
    with stream:
        yield stream


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield lines without their ends; None for one that is too long to be read."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield line.removesuffix(b"\n").removesuffix(b"\r")


def _line_entry(line: bytes | None, number: int) -> Entry:
    if line is None:
        return _unreadable(number, f"expected a prompt, got a line of {LONGEST_LINE:,} bytes or more; shorten it")
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        return _unreadable(number, f"expected text in UTF-8, got byte 0x{line[error.start]:02x} at {error.start}")
    if not text.startswith("{"):
        return _entry(text, number)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        example = 'expected JSON such as {"text": "a cat"} in a line that begins with "{"'
        return _unreadable(number, f"{example}, got: {error}")
    if not isinstance(content, dict) or not isinstance(content.get("text"), str):
        return _unreadable(number, 'expected a field "text" that holds a text')
    return _entry(content["text"], number)


def _entry(text: str, line: int | None) -> Entry:
    try:
        return Entry(line=line, text=read_prompt(text))
    except PromptError as error:
        return Entry(line=line, error=PromptError(_placed(str(error), line)))


def _unreadable(line: int, message: str) -> Entry:
    return Entry(line=line, error=PromptError(_placed(message, line)))


def _placed(message: str, line: int | None) -> str:
    return message if line is None else f"line {line}: {message}"

"""Rows out of CSV, TSV, JSON Lines, JSON and plain text, with errors that name the file and the line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ethical_lens.errors import InputError
from ethical_lens.serial import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a file."""

    line: int
    """Line it ends on, counted from 1; for JSON that is not line by line, the number of the record."""
    cells: Mapping[str, Json]


def read_rows(content: bytes, file_name: str) -> list[Row]:
    """Read the rows of a file; its ending says how.

    Args:
        content: The file's bytes, UTF-8, with or without a byte order mark.
        file_name: Name or address; its ending (.csv, .tsv, .jsonl, .ndjson, .json, .txt) says the format, and it is
            named in errors.

    Returns:
        Rows in order. A text file gives the column "prompt", one row per line that is not blank.

    Raises:
        InputError: If the format is unknown or the content does not have it.
    """
    ending = file_name.rsplit("?", 1)[0].rsplit(".", 1)[-1].lower()
    if ending not in _READERS:
        raise InputError(
            f"{file_name}: expected a file ending in {', '.join(f'.{known}' for known in _READERS)}; "
            "convert it to one of these, for example to CSV"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{file_name}:{line}: expected UTF-8, got the byte 0x{content[error.start]:02x}; re-save the file as UTF-8"
        ) from error
    rows = _READERS[ending](text, file_name)
    if not rows:
        raise InputError(f"{file_name}: expected at least one row, got an empty file")
    return rows


def _separated(delimiter: str) -> Callable[[str, str], list[Row]]:
    def read(text: str, file_name: str) -> list[Row]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = next(reader, [])
            _check_header(header, file_name)
            return [
                Row(line=reader.line_num, cells=_cells(header, values, f"{file_name}:{reader.line_num}"))
                for values in reader
                if values
            ]
        except csv.Error as error:
            raise InputError(f"{file_name}:{reader.line_num}: {error}; check the quotes around this line") from error

    return read


def _check_header(header: list[str], file_name: str) -> None:
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise InputError(f"{file_name}:1: the columns {sorted(doubled)} appear twice; rename one of each")


def _cells(header: list[str], values: list[str], place: str) -> dict[str, Json]:
    if len(values) > len(header):
        raise InputError(
            f"{place}: expected {len(header)} columns as in the header, got {len(values)}; "
            "put quotes around cells that hold the separator"
        )
    # A row that ends early lacks its last cells, as spreadsheets write it.
    return {name.strip(): value for name, value in zip(header, values, strict=False)}


def _json_lines(text: str, file_name: str) -> list[Row]:
    # Split at line feeds only: a prompt may hold other characters that Python takes for the end of a line.
    return [
        Row(line=number, cells=_object(_parsed(line, file_name, number), f"{file_name}:{number}"))
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]


def _json(text: str, file_name: str) -> list[Row]:
    records = _parsed(text, file_name, None)
    if isinstance(records, dict):
        lists = {name: value for name, value in records.items() if isinstance(value, list)}
        # COCO keeps its captions under "annotations", beside lists of pictures and licences.
        records = lists["annotations"] if "annotations" in lists else _only(lists, file_name)
    if not isinstance(records, list):
        raise InputError(f"{file_name}: expected a list of records, got {type(records).__name__}")
    return [
        Row(line=number, cells=_object(record, f"{file_name}, record {number}"))
        for number, record in enumerate(records, start=1)
    ]


def _only(lists: Mapping[str, Json], file_name: str) -> Json:
    if len(lists) != 1:
        raise InputError(f"{file_name}: expected one list of records, got {sorted(lists) or 'none'}; keep only one")
    return next(iter(lists.values()))


def _parsed(text: str, file_name: str, line: int | None) -> Json:
    try:
        parsed: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = line if line is not None else getattr(error, "lineno", 1)
        raise InputError(f"{file_name}:{place}: this is not JSON ({error})") from error
    return parsed


def _object(record: Json, place: str) -> dict[str, Json]:
    if isinstance(record, str):
        return {"prompt": record}
    if not isinstance(record, dict):
        raise InputError(f"{place}: expected an object or a string, got {type(record).__name__}")
    return record


def _lines(text: str, _: str) -> list[Row]:
    return [
        Row(line=number, cells={"prompt": line.rstrip("\r")})
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]


_READERS: Final[Mapping[str, Callable[[str, str], list[Row]]]] = MappingProxyType(
    {
        "csv": _separated(","),
        "tsv": _separated("\t"),
        "jsonl": _json_lines,
        "ndjson": _json_lines,
        "json": _json,
        "txt": _lines,
    }
)

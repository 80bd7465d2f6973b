"""From rows to samples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ethical_lens.errors import InputError
from ethical_lens.evaluate.datasets.dataset import NOT_VERIFIED, Dataset
from ethical_lens.evaluate.datasets.sources import Columns, Source
from ethical_lens.evaluate.datasets.tables import Row, read_rows
from ethical_lens.evaluate.records import Sample
from ethical_lens.serial import Json
from ethical_lens.types import Severity

_WORDS_OF_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def own_source(name: str, *, columns: Columns | None = None, licence: str = NOT_VERIFIED) -> Source:
    """Return a source for a file of one's own.

    Args:
        name: Name of the data set.
        columns: Which columns hold what; the usual names by default.
        licence: What may be done with it.
    """
    return Source(
        name=name,
        title=name,
        columns=columns or Columns(),
        location=None,
        licence=licence,
        filter="every row with a prompt",
        n_published=None,
        harmful=None,
    )


def read_dataset(content: bytes, *, file_name: str, source: Source, origin: str) -> Dataset:
    """Read a file as one of the known data sets.

    Rows without a prompt are left out and counted in the data set's ``filter``. Everything else that does not fit is an
    error that names the line, because a data set read wrong is worse than one not read.

    Args:
        content: The file's bytes.
        file_name: Its name; the ending says the format.
        source: What its columns mean.
        origin: Where it came from, for the report.

    Returns:
        The data set, with the digest of the bytes.

    Raises:
        InputError: If the file cannot be read so.
    """
    rows = read_rows(content, file_name)
    prompt_column = _column(rows, source.columns.prompt)
    if prompt_column is None:
        raise InputError(
            f"{file_name}: expected a column named {' or '.join(source.columns.prompt)}, "
            f"got {', '.join(_names(rows)) or 'none'}; name the column that holds the prompts"
        )
    worded = [row for row in rows if _text(row.cells.get(prompt_column)).strip()]
    samples = [_sample(row, prompt_column, source, file_name) for row in worded]
    if source.columns.group is not None:
        samples = _grouped(samples, source.columns.group)
    if not samples:
        raise InputError(f"{file_name}: every row's {prompt_column!r} is empty")
    unique = _with_unique_ids(samples)
    return Dataset(
        name=source.name,
        samples=tuple(unique),
        origin=origin,
        digest=hashlib.sha256(content).hexdigest(),
        licence=source.licence,
        filter="; ".join(
            _notes(source, n_blank=len(rows) - len(worded), n_read=len(unique), renamed=unique != samples)
        ),
    )


def _notes(source: Source, *, n_blank: int, n_read: int, renamed: bool) -> list[str]:
    notes = [source.filter]
    if n_blank:
        notes.append(f"{n_blank} rows without a prompt left out")
    if source.n_published is not None and source.n_published != n_read:
        notes.append(f"{n_read} prompts read where the authors speak of {source.n_published}")
    if renamed:
        notes.append("numbered anew, because the file's identifiers repeat")
    return notes


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows[:100] for name in row.cells))


def _column(rows: Sequence[Row], names: Sequence[str]) -> str | None:
    present = set(_names(rows))
    return next((name for name in names if name in present), None)


def _sample(row: Row, prompt_column: str, source: Source, file_name: str) -> Sample:
    columns = source.columns
    place = f"{file_name}:{row.line}"
    used: set[str | None] = {prompt_column}
    cells: dict[str, Json] = {}
    for meaning, names in (
        ("id", columns.id),
        ("categories", columns.categories),
        ("severity", columns.severity),
        ("harmful", columns.harmful),
    ):
        column = next((name for name in names if name in row.cells), None)
        cells[meaning] = row.cells.get(column) if column is not None else None
        used.add(column)
    return Sample(
        id=_text(cells["id"]).strip() or f"{source.name}-{row.line}",
        prompt=_text(row.cells[prompt_column]).strip(),
        dataset=source.name,
        harmful=_harmful(cells, source, place),
        severity=_severity(cells["severity"], place),
        categories=_categories(cells["categories"]),
        labels={name: _text(value) for name, value in row.cells.items() if name not in used or name == columns.group},
    )


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _categories(value: Json) -> tuple[str, ...]:
    parts = [_text(each) for each in value] if isinstance(value, list) else _text(value).split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _severity(value: Json, place: str) -> Severity | None:
    word = _text(value).strip().upper()
    if not word:
        return None
    known = {grade.name: grade for grade in Severity} | {str(int(grade)): grade for grade in Severity}
    if word not in known:
        raise InputError(f"{place}: expected a grade K0, K1, K2 or K3, got {word!r}")
    return known[word]


def _harmful(cells: Mapping[str, Json], source: Source, place: str) -> bool | None:
    word = _text(cells["harmful"]).strip().lower()
    if not word:
        beginning = source.harmful_categories_begin
        return source.harmful if beginning is None else _text(cells["categories"]).startswith(beginning)
    words = source.harmful_words or _WORDS_OF_TRUTH
    if word not in words:
        raise InputError(f"{place}: expected one of {', '.join(words)} to say whether it is harmful, got {word!r}")
    return words[word]


def _grouped(samples: Sequence[Sample], group: str) -> list[Sample]:
    """Make one sample of all that describe the same picture."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.labels[group], []).append(sample)
    return [replace(first, references=tuple(other.prompt for other in rest)) for first, *rest in groups.values()]


def _with_unique_ids(samples: Sequence[Sample]) -> list[Sample]:
    """Number the samples if their identifiers do not tell them apart."""
    if len({sample.id for sample in samples}) == len(samples):
        return list(samples)
    return [replace(sample, id=f"{sample.dataset}-{number}") for number, sample in enumerate(samples, start=1)]

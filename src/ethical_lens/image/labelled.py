"""Labelled images on disk: a folder with one sub-folder for each category, or a CSV table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.calibration import UNKNOWN
from ethical_lens.models import sha256_of

CLEAN: Final = "clean"
_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
_ANSWERS: Final[Mapping[str, int]] = {"1": 1, "0": 0, "": UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledImages:
    """Images and what is known of them; n rows everywhere."""

    paths: tuple[Path, ...]
    digests: tuple[str, ...]
    """sha256 of each file."""
    sources: tuple[str, ...]
    """What each comes from; equal files have equal sources."""
    labels: Mapping[str, NDArray[np.int64]]
    """For each head (n,), 1, 0 or -1 for unknown."""
    clean: NDArray[np.bool_]
    """(n,), which are clean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    path: Path
    source: str
    answers: Mapping[str, int]
    clean: bool


def read_labelled(place: Path) -> LabelledImages:
    """Read which images there are and what is known of them.

    Of a folder, each sub-folder is named after the heads that its images show, joined by "+" ("nude", "nude+public"),
    or "clean" for images that show nothing; names that begin with a dot are left out. What else the images of "nude"
    show is unknown. Folders inside a sub-folder are sources; an image that lies in none is a source of its own.

    Of a CSV file, the column "path" is relative to the file, "source" is optional, "clean" (0 or 1) too, and each
    further column is a head: 1, 0 or nothing for unknown. Without the column "clean", rows that are 0 throughout are.

    Args:
        place: The folder or CSV file.

    Raises:
        ConfigurationError: If nothing is there, or something in it cannot be understood.
    """
    rows = _of_folder(place) if place.is_dir() else _of_table(place)
    if not rows:
        raise ConfigurationError(f"there are no labelled images in {place}; see docs/heads.md for how to lay them out")
    digests = tuple(sha256_of(row.path) for row in rows)
    source_of: dict[str, str] = {}
    for digest, row in zip(digests, rows, strict=True):
        source_of.setdefault(digest, row.source)
    heads = dict.fromkeys(head for row in rows for head in row.answers)
    return LabelledImages(
        paths=tuple(row.path for row in rows),
        digests=digests,
        sources=tuple(source_of[digest] for digest in digests),
        labels={head: np.array([row.answers.get(head, UNKNOWN) for row in rows], np.int64) for head in heads},
        clean=np.array([row.clean for row in rows], np.bool_),
    )


def _of_folder(folder: Path) -> list[_Row]:
    names = sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    heads = list(dict.fromkeys(head for name in names if name != CLEAN for head in name.split("+")))
    rows = []
    for name in names:
        shown = dict.fromkeys(heads, 0) if name == CLEAN else dict.fromkeys(name.split("+"), 1)
        for path in sorted(each for each in (folder / name).rglob("*") if each.suffix.lower() in _SUFFIXES):
            inside = path.relative_to(folder / name)
            source = str(inside.parent) if len(inside.parts) > 1 else str(path.relative_to(folder))
            rows.append(_Row(path=path, source=source, answers=shown, clean=name == CLEAN))
    return rows


def _of_table(path: Path) -> list[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(csv.DictReader(file), path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}; give a folder or a CSV file in UTF-8") from error


def _rows(table: csv.DictReader[str], path: Path) -> Iterator[_Row]:
    columns: Sequence[str] = table.fieldnames or ()
    heads = [column for column in columns if column not in ("path", "source", CLEAN)]
    if "path" not in columns or not heads:
        raise ConfigurationError(f"{path} needs a column 'path' and one for each head, got: {', '.join(columns)}")
    for cells in table:
        place = f"{path}, line {table.line_num}"
        answers = {head: _answer(cells[head], head, place) for head in heads}
        image = path.parent / cells["path"]
        if not image.is_file():
            raise ConfigurationError(f"{place}: there is no file {cells['path']!r}; correct the path")
        clean = all(answer == 0 for answer in answers.values())
        if CLEAN in columns:
            clean = _answer(cells[CLEAN], CLEAN, place) == 1
        yield _Row(path=image, source=cells.get("source") or cells["path"], answers=answers, clean=clean)


def _answer(cell: str | None, column: str, place: str) -> int:
    answer = _ANSWERS.get((cell or "").strip())
    if answer is None:
        raise ConfigurationError(f"{place}: column {column!r} holds 1, 0 or nothing for unknown, got {cell!r}")
    return answer

"""What a teacher said of a text, and the files in which such labels are kept."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.train.text.grammar import CATEGORIES
from ethical_lens.train.text.rows import Row

TEXTS: Final = "texts.jsonl"
"""Texts of the project's own corpus."""
TEACHER: Final = "teacher.txt"
"""Who gave the labels."""
LABELS: Final = "labels.jsonl"
"""Labels that a student may learn from."""
APART: Final = "apart.jsonl"
"""Labels that somebody should look at first; no student learns from them."""
EVALUATION: Final = "evaluation.json"
"""How far the student agrees with its teacher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that waits for its label."""

    text: str
    cluster: str
    """Texts of one cluster never stand on both sides of a split."""
    known: int | None = None
    """Grade 0 to 3 that its author gave it; None where nobody did."""

    @property
    def split(self) -> str:
        """The split of its cluster: train, validation or test."""
        return Row(text=self.text, source="", cluster=self.cluster, severity=self.known).split


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a teacher said of one text."""

    text: str
    cluster: str
    grade: int
    """0 to 3."""
    category: str
    """The foremost harm; empty for grade 0."""
    rewrite: str | None = None
    """A harmless wording that passed the lens; None where none was asked for or found."""
    known: int | None = None
    apart: tuple[str, ...] = ()
    """Why somebody should look at it; empty where nothing speaks against it."""

    @property
    def row(self) -> Row:
        """The label as the text model's training reads it; what the teacher did not say is unknown there."""
        return Row(
            text=self.text,
            source="teacher",
            cluster=self.cluster,
            severity=self.grade,
            categories=(self.category,) if self.category else (),
            harm=None if self.grade else (),
        )

    @property
    def split(self) -> str:
        """The split of its cluster: train, validation or test."""
        return self.row.split


def read_labels(path: Path) -> list[Label]:
    """Return the labels in a file, none where it does not exist.

    Raises:
        ConfigurationError: If a line is no label.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        return [_label(line, path, number) for number, line in enumerate(lines, start=1)]


def append_labels(path: Path, labels: Iterable[Label]) -> None:
    """Add labels to a file."""
    with path.open("a", encoding="utf-8") as stream:
        for label in labels:
            stream.write(json.dumps(dataclasses.asdict(label), ensure_ascii=False) + "\n")


def read_texts(path: Path) -> list[Text]:
    """Return the texts of a file with one JSON object a line: "text", and "cluster" and "known" where there are any.

    Raises:
        ConfigurationError: If a line is no such object.
    """
    with path.open(encoding="utf-8") as lines:
        return [_text(line, path, number) for number, line in enumerate(lines, start=1)]


def write_texts(path: Path, texts: Iterable[Text]) -> None:
    """Write texts, one JSON object a line, at once or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(dataclasses.asdict(text), ensure_ascii=False) + "\n" for text in texts)
    partial.replace(path)


def digest_of(labels: Sequence[Label]) -> str:
    """Return the SHA-256 of labels, in hexadecimal digits."""
    lines = sorted(json.dumps(dataclasses.asdict(label), sort_keys=True) for label in labels)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _label(line: str, path: Path, number: int) -> Label:
    try:
        fields = json.loads(line)
        label = Label(**{**fields, "apart": tuple(fields["apart"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(f"{path}:{number}: expected a label, got {error}; label the texts again") from error
    harmless = label.grade == 0
    if label.grade not in (0, 1, 2, 3) or (label.category == "") != harmless or _unknown(label.category):
        raise ConfigurationError(f"{path}:{number}: grade and category do not fit; label the texts again")
    return label


def _unknown(category: str) -> bool:
    return category != "" and category not in CATEGORIES


def _text(line: str, path: Path, number: int) -> Text:
    try:
        fields = json.loads(line)
        text = fields["text"]
        known = fields.get("known")
        if not isinstance(text, str) or known not in (None, 0, 1, 2, 3):
            raise ValueError("text or known of another type")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f'{path}:{number}: expected an object with "text" and perhaps "cluster" and "known" (0 to 3): {error}'
        ) from error
    return Text(text=text, cluster=str(fields.get("cluster") or text), known=known)

"""The rows that the text model learns from: our own corpus always, further data by path where it is given.

Every row carries the labels that are known for it and says which are not, and a cluster: rows of one cluster never
stand on both sides of a split.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from ethical_lens.train.text import grammar
from ethical_lens.train.text.grammar import CATEGORIES
from ethical_lens.types import PeopleAnalyzer

SPLITS: Final = ("train", "validation", "test")
PEOPLE_LINES: Final = "people_lines"
"""Source of the rows in which people were marked by hand."""
_VALIDATION_SHARE: Final = 0.10
_TEST_SHARE: Final = 0.10

_ORDINARY: Final = (
    "coco_captions",
    "partiprompts",
    "geneval",
    "t2i_compbench",
    "dpg_bench",
    "dalleval",
    "debiaswe_professions",
    "fairpro",
    "fair_diffusion",
    "winobias_occupations",
    "winogender_occupations",
    "overt_benign",
)
"""Sets whose rows are harmless throughout."""

_READ_BY_HAND: Final = ("i2p", "imagereward_diffusiondb", "nibbler_attempted", "posi_pairs", "overt_unsafe")
"""Sets whose origin's labels are not used: their rows count as far as somebody of the project has read them."""

_LITTLE_WORDS: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "with",
        "from",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "and",
        "his",
        "her",
        "their",
        "its",
        "that",
        "this",
    ]
)
_WEIGHTS: Final[Mapping[str, float]] = {"overt_unsafe": 3.0, "identity_templates": 1.0, "nibbler_attempted": 1.0}
"""Weight of a harmful row, where it is not 1.5."""
_WEIGHT_OF_K3: Final = 1.5
_GRAVEST: Final = 3
_KEPT_LITTLE: Final = 0.35
_SWAPPED: Final = 0.12
_LOST: Final = 0.06

_OVERT: Final[Mapping[str, str]] = {
    "privacy_individual": "privacy",
    "privacy_public": "privacy",
    "violence": "violence",
    "unethical": "deception",
    "discrimination": "hate",
    "illegal_activities": "illegal",
    "self_harm": "self_harm",
    "copyright_violations": "intellectual_property",
    "sexual_content": "sexual",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text and what is known about it."""

    text: str
    source: str
    cluster: str
    severity: int | None
    """0 to 3; None if it is only known that the text is harmful."""
    categories: tuple[str, ...] | None = ()
    """None if unknown."""
    harm: tuple[tuple[int, int], ...] | None = None
    """Characters that carry the harm; None if unknown."""
    people: tuple[tuple[int, int], ...] | None = None
    """Phrases that name people; None if unknown."""
    figures: tuple[tuple[int, int], ...] | None = None
    """Names of real public figures; None if unknown."""
    figure: bool | None = None
    """Whether a real public figure is meant to be in the picture; None if unknown."""
    weight: float = field(default=1.0)
    people_weight: float = field(default=1.0)
    """Weight of its phrases that name people."""

    @property
    def split(self) -> str:
        """Split of the row's cluster."""
        share = int(hashlib.sha256(self.cluster.encode()).hexdigest()[:8], 16) / 2**32
        if share < _TEST_SHARE:
            return "test"
        return "validation" if share < _TEST_SHARE + _VALIDATION_SHARE else "train"


def from_corpus(folder: Path, *, per_line: int, seed: int) -> Iterator[Row]:
    """Yield rows of the project's own corpus, with every label."""
    for example in grammar.expand(folder, per_line=per_line, seed=seed):
        yield Row(
            text=example.text,
            source="corpus",
            cluster=f"corpus:{example.pair}",
            severity=example.severity,
            categories=example.categories,
            harm=example.harm,
            people=tuple((mark.start, mark.end) for mark in example.people),
            figures=example.figures,
            figure=bool(example.figures),
        )


def from_folder(data: Path, labels: Path) -> Iterator[Row]:
    """Yield rows of the development data that lies in ``data``, as far as their labels can be trusted.

    Args:
        data: Folder with ``prompts/*.jsonl``.
        labels: Folder with what was read by hand, ``<set>.tsv``: id, grade, categories, "F" for a public figure.
    """
    for name in _ORDINARY:
        for row in _read(data / "prompts" / f"{name}.jsonl"):
            yield _row(row, name, severity=0, figure=None if name in ("overt_benign", "partiprompts") else False)
    for name in _READ_BY_HAND:
        known = {line[0]: line[1:] for line in _labels(labels / f"{name}.tsv")}
        for row in _read(data / "prompts" / f"{name}.jsonl"):
            label = known.get(str(row["id"]))
            twin = _counterpart(row)
            if name == "overt_unsafe" and twin:
                yield _row({**row, "text": twin}, "overt_counterparts", severity=0, figure=None, like=str(row["text"]))
            if label is not None:
                grade, categories, figure = label
                yield _row(row, name, severity=grade, categories=categories, figure=figure)
            elif name == "overt_unsafe":
                yield _row(row, name, severity=None, categories=(_OVERT[_texts(row, "categories")[0]],), figure=None)
    for row in _read(data / "prompts" / "identity_templates.jsonl"):
        harmful = row["label"] == "toxic"
        categories = ("hate",) if harmful else ()
        yield _row(row, "identity_templates", severity=2 if harmful else 0, categories=categories, figure=False)


def with_people(rows: Sequence[Row], analyzer: PeopleAnalyzer) -> list[Row]:
    """Return the rows with the phrases that name people, as the rules see them and as the corpus marks them.

    The rules are the teacher here: many lines name people in plain words that no slot of the corpus marks. Where people
    were marked by hand, the rules have nothing to say.
    """
    taught = [row for row in rows if row.source != PEOPLE_LINES]
    found = analyzer.analyze([row.text for row in taught])
    united = (
        replace(row, people=_united([(each.span.start, each.span.end) for each in groups], row.people or ()))
        for row, groups in zip(taught, found, strict=True)
    )
    return [row if row.source == PEOPLE_LINES else next(united) for row in rows]


def glossed(rows: Sequence[Row], *, share: float, seed: int) -> list[Row]:
    """Return copies of a share of the rows as a word-by-word translation would have them.

    Prompts in other languages reach the model as glosses: content words in a foreign order, few articles, endings lost.

    Args:
        rows: Any rows.
        share: Share of them to copy, in [0, 1].
        seed: Drives the choice and the changes.
    """
    copies = []
    for index in range(len(rows)):
        dice = np.random.default_rng((seed, 11, index))
        if dice.random() < share:
            copies.append(_telegraphic(rows[index], dice))
    return copies


def _telegraphic(row: Row, dice: np.random.Generator) -> Row:
    words = [word for word in row.text.split() if word.lower() not in _LITTLE_WORDS or dice.random() < _KEPT_LITTLE]
    for i in range(len(words) - 1):
        if dice.random() < _SWAPPED:
            words[i], words[i + 1] = words[i + 1], words[i]
    text = " ".join(word for word in words if dice.random() > _LOST)
    return replace(
        row,
        text=text or row.text,
        source=f"{row.source} glossed",
        harm=() if row.harm == () else None,
        people=None,
        figures=() if row.figures == () else None,
    )


def split_of(rows: Sequence[Row], split: str) -> list[Row]:
    """Return the rows of one split; what is measured on holds no text that is also trained on."""
    trained_on = {plain(row.text) for row in rows if row.split == "train"} if split != "train" else set()
    return [row for row in rows if row.split == split and plain(row.text) not in trained_on]


def plain(text: str) -> str:
    """Return the words of a text in lower case, to tell near-copies."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _united(first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    more = [span for span in second if not any(span[0] < end and start < span[1] for start, end in first)]
    return tuple(sorted([*first, *more]))


def _row(
    row: Mapping[str, object],
    source: str,
    *,
    severity: int | None,
    categories: tuple[str, ...] = (),
    figure: bool | None,
    like: str = "",
) -> Row:
    text = str(row["text"])
    harmless = severity == 0
    # Harm is rare among read rows, and rows that ask for it politely are few; without more weight they are outvoted.
    weight = 1.0 if harmless else _WEIGHTS.get(source, 1.5)
    return Row(
        text=text,
        source=source,
        # Near-copies share their first words: users vary the end of a prompt that they like.
        cluster=f"{'overt_unsafe' if like else source}:{' '.join(plain(like or text).split()[:6])}",
        severity=severity,
        categories=categories,
        harm=() if harmless else None,
        figures=() if figure is False else None,
        figure=figure,
        weight=weight * (_WEIGHT_OF_K3 if severity == _GRAVEST else 1.0),
    )


def _read(path: Path) -> list[dict[str, object]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _labels(path: Path) -> Iterator[tuple[str, int, tuple[str, ...], bool]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            id_, grade, categories, figure = line.rstrip("\n").split("\t")
            if "minor_sexual" in categories:
                continue  # a rule refuses these; nothing is learned from them
            named = tuple(each for each in categories.split(",") if each in CATEGORIES)
            yield id_, int(grade[1]), named, figure == "F"


def _counterpart(row: Mapping[str, object]) -> str:
    """Return the harmless twin that the origin gives for a row; empty if there is none."""
    meta = row.get("meta")
    return str(meta.get("benign_counterpart") or "") if isinstance(meta, Mapping) else ""


def _texts(row: Mapping[str, object], key: str) -> list[str]:
    value = row[key]
    return [str(each) for each in value] if isinstance(value, list) else []

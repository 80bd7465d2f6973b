"""Model cards: what a model is, what it may be used for, and that its files are the ones that were shipped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from ethical_lens.errors import ConfigurationError, ModelError, ModelIntegrityError

if TYPE_CHECKING:
    import onnxruntime

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

ROOT = Path(__file__).parent
"""Folder that the paths of the shipped cards are relative to."""

THREADS_VARIABLE = "ETHICAL_LENS_THREADS"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model."""

    path: str
    """Relative to the folder of the package, with forward slashes."""
    sha256: str
    """64 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is and what it may be used for."""

    name: str
    version: str
    role: str
    """What it does in the lens: "image detector", "text detector", "generator", "judge", ..."""
    domain: str
    """Kind of input it covers: "sketch", "English text", ..."""
    files: tuple[ModelFile, ...] = ()
    categories: tuple[str, ...] = ()
    """What it reports."""
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the values of each output, in order, where an output has several."""
    preprocessing: Mapping[str, JsonValue] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, JsonValue] = field(default_factory=dict)
    """Numbers that turn raw outputs into probabilities."""
    trained_on: JsonValue = None
    metrics: Mapping[str, JsonValue] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    """What it cannot do, a sentence each."""
    licence: str = "Apache-2.0"
    digest: str = ""
    """First 16 hexadecimal digits of the sha256 of the card's content, which holds the sha256 of every file."""
    root: Path = ROOT
    """Folder that the paths of the files are relative to."""

    @property
    def id(self) -> str:
        """Name and version, "name@version"."""
        return f"{self.name}@{self.version}"


def available() -> list[str]:
    """Return the names of all cards that are shipped, sorted."""
    return sorted(path.stem for path in (ROOT / "cards").glob("*.json"))


def load_card(name: str) -> ModelCard:
    """Read a shipped card.

    Args:
        name: Name of the model, with or without "@version".

    Raises:
        ConfigurationError: If there is no such card, or not in that version.
        ModelError: If the card cannot be read.
    """
    stem, _, version = name.partition("@")
    path = ROOT / "cards" / f"{stem}.json"
    if not stem or stem not in available():
        raise ConfigurationError(f"unknown model {name!r}; shipped are: {', '.join(available()) or 'none'}")
    card = read_card(path)
    if version and version != card.version:
        raise ConfigurationError(f"model {name!r} was asked for, but {card.id} is shipped; ask for that one")
    return card


def read_card(path: Path, *, root: Path = ROOT) -> ModelCard:
    """Read a card from a file.

    Args:
        path: The JSON file.
        root: Folder that the paths of the files are relative to.

    Raises:
        ModelError: If it is not JSON, or not a card.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return parse_card(content, root=root)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"model card {path.name} cannot be read: {error}. Correct it, or install the package again."
        ) from error


def parse_card(content: Mapping[str, JsonValue], *, root: Path = ROOT) -> ModelCard:
    """Turn the JSON form of a card into the record.

    Raises:
        ValueError: If a field is missing, unknown or of another type.
    """
    if not isinstance(content, Mapping):
        raise ValueError(f"expected a JSON object, got {type(content).__name__}")
    known = {each.name for each in fields(ModelCard)} - {"digest", "root"}
    unknown = sorted(set(content) - known)
    if unknown:
        raise ValueError(f"unknown field {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return ModelCard(
        name=_text(content, "name"),
        version=_text(content, "version"),
        role=_text(content, "role"),
        domain=_text(content, "domain"),
        files=tuple(_file(each) for each in _list(content, "files")),
        categories=_texts(content, "categories"),
        outputs={key: _texts(_mapping(content, "outputs"), key) for key in _mapping(content, "outputs")},
        preprocessing=_mapping(content, "preprocessing"),
        thresholds=_numbers(content, "thresholds"),
        calibration=_mapping(content, "calibration"),
        trained_on=content.get("trained_on"),
        metrics=_mapping(content, "metrics"),
        limits=_texts(content, "limits"),
        licence=_text(content, "licence") if "licence" in content else "Apache-2.0",
        digest=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16],
        root=root,
    )


def path_of(card: ModelCard, file: str) -> Path:
    """Return where a file of a card lies.

    Args:
        card: The card.
        file: Path in the card, or its last part.

    Raises:
        ConfigurationError: If the card names no such file.
    """
    for each in card.files:
        if file in (each.path, each.path.rpartition("/")[2]):
            return card.root / each.path
    raise ConfigurationError(
        f"{card.id} has no file {file!r}; it has: {', '.join(each.path for each in card.files) or 'none'}"
    )


def verify(card: ModelCard) -> list[str]:
    """Compare every file of a card with its sha256.

    Returns:
        One sentence per problem; empty when all is well.
    """
    return [problem for each in card.files if (problem := _problem(card, each))]


def verified_path(card: ModelCard, file: str) -> Path:
    """Return where a file of a card lies, after comparing it with its sha256.

    Raises:
        ConfigurationError: If the card names no such file.
        ModelIntegrityError: If the file is missing or altered.
    """
    path = path_of(card, file)
    entry = next(each for each in card.files if card.root / each.path == path)
    problem = _problem(card, entry)
    if problem:
        raise ModelIntegrityError(f"{problem} Install the package again, or restore the file.")
    return path


def session(path: Path, *, n_threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open an ONNX file on the CPU.

    Args:
        path: The file; see `verified_path`.
        n_threads: Threads inside one operator; by default what ``ETHICAL_LENS_THREADS`` says, else one for each core
            up to four.

    Raises:
        ConfigurationError: If ``ETHICAL_LENS_THREADS`` is not a whole number from 1 on.
        ModelError: If ONNX Runtime refuses the file.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads or threads()
    options.inter_op_num_threads = 1
    # Waiting threads that spin would take the cores from other work on a small machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no class of their own
        raise ModelError(f"{path.name} is not a model that ONNX Runtime can open: {error}") from error


def threads() -> int:
    """Return how many threads a model may use.

    Raises:
        ConfigurationError: If ``ETHICAL_LENS_THREADS`` is not a whole number from 1 on.
    """
    wanted = os.environ.get(THREADS_VARIABLE, "").strip()
    if not wanted:
        return min(4, os.cpu_count() or 1)
    if not wanted.isascii() or not wanted.isdigit() or int(wanted) < 1:
        raise ConfigurationError(f"{THREADS_VARIABLE} must be a whole number from 1 on, got {wanted!r}; correct it")
    return int(wanted)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _problem(card: ModelCard, file: ModelFile) -> str | None:
    path = card.root / file.path
    if not path.is_file():
        return f"{card.id}: {file.path} is missing."
    found = sha256_of(path)
    if found != file.sha256:
        return f"{card.id}: {file.path} was altered: expected sha256 {file.sha256}, found {found}."
    return None


def _text(content: Mapping[str, JsonValue], key: str) -> str:
    value = content.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and key == "version":
        return str(value)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} must be a text, got {value!r}")
    return value


def _list(content: Mapping[str, JsonValue], key: str) -> Sequence[JsonValue]:
    value = content.get(key, [])
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError(f"{key} must be a list, got {value!r}")
    return value


def _texts(content: Mapping[str, JsonValue], key: str) -> tuple[str, ...]:
    values = _list(content, key)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{key} must be a list of texts, got {values!r}")
    return tuple(cast("Sequence[str]", values))


def _mapping(content: Mapping[str, JsonValue], key: str) -> Mapping[str, JsonValue]:
    value = content.get(key, {})
    if not isinstance(value, Mapping):
        raise ValueError(f"{key} must be an object, got {value!r}")
    return value


def _numbers(content: Mapping[str, JsonValue], key: str) -> dict[str, float]:
    numbers = {}
    for name, value in _mapping(content, key).items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{key}.{name} must be a number, got {value!r}")
        numbers[name] = float(value)
    return numbers


def _file(value: JsonValue) -> ModelFile:
    if not isinstance(value, Mapping) or set(value) != {"path", "sha256"}:
        raise ValueError(f"each of files must have exactly path and sha256, got {value!r}")
    file = ModelFile(path=_text(value, "path"), sha256=_text(value, "sha256"))
    parts = file.path.split("/")
    if "\\" in file.path or ".." in parts or "" in parts or ":" in file.path:
        raise ValueError(f"the path of a file must stay inside the package, got {file.path!r}")
    return file

"""Looking at an installation: what is there, what is missing, and whether it is what it should be."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final, Literal

from ethical_lens import models
from ethical_lens.config.assembling import require_makeable
from ethical_lens.config.choices import Configuration
from ethical_lens.config.loading import read_config
from ethical_lens.errors import ConfigurationError, EthicalLensError, MissingExtraError, ModelError
from ethical_lens.fetch import LOCK_FILE, verify_lock

BRINGS: Final = {
    "diffusers": "Stable Diffusion, SDXL, SD 3, FLUX and other pipelines of diffusers in this process",
    "http": "generators and language models behind servers",
    "hub": "fetching models by their hub names",
    "llm": "a language model in this process, as scrutiny, second opinion or teacher",
    "nudity": "NudeNet, which finds nudity in photographs (AGPL-3.0)",
    "ocr": "reading the writing in pictures",
    "faces": "finding faces in photographs",
    "study": "the pages of the user study",
    "train": "training the models again",
}
"""What each extra brings, for people who install the package; those for its developers are left out."""
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+).*extra *== *['\"]([\w-]+)['\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    area: str
    """ "installation", "extras", "models", "folders" or "configuration"."""
    name: str
    state: Literal["ok", "missing", "wrong"]
    """Missing is what can be done without."""
    detail: str
    advice: str = ""
    """What to do; empty where nothing has to be done."""


def examine(config: Path | None, fetched: Path) -> list[Check]:
    """Look at everything.

    Args:
        config: Configuration file, if there is one.
        fetched: Folder of fetched models; looked at if it has a lock file.

    Returns:
        What was found, in an order to be read.
    """
    read = _configuration(config) if config is not None else None
    known = read if isinstance(read, Configuration) else None
    return [
        _installation(),
        *_extras(),
        _onnxruntime(),
        *_shipped_models(),
        *_fetched_models(known.weights_lock if known and known.weights_lock else fetched / LOCK_FILE, known),
        *_folders(known),
        *([] if read is None else [read] if isinstance(read, Check) else _parts(read)),
    ]


def _installation() -> Check:
    detail = f"ethical-lens {version('ethical-lens')}, Python {platform.python_version()}, {os.cpu_count()} cores"
    return Check(area="installation", name="package", state="ok", detail=detail)


def _extras() -> Iterator[Check]:
    wanted: dict[str, list[str]] = {}
    for line in requires("ethical-lens") or ():
        found = _REQUIREMENT.match(line)
        if found is not None and found[2] in BRINGS and found[1] != "ethical-lens":
            wanted.setdefault(found[2], []).append(found[1])
    for extra, packages in sorted(wanted.items()):
        missing = [name for name in packages if _version(name) is None]
        if missing:
            advice = f'without {", ".join(missing)}; install with: pip install "ethical-lens[{extra}]"'
            yield Check(
                area="extras", name=extra, state="missing", detail=f"would bring {BRINGS[extra]}", advice=advice
            )
        else:
            listed = ", ".join(f"{name} {_version(name)}" for name in packages)
            yield Check(area="extras", name=extra, state="ok", detail=f"{BRINGS[extra]}: {listed}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _onnxruntime() -> Check:
    def wrong(detail: str) -> Check:
        advice = "install the package again"
        return Check(area="installation", name="onnxruntime", state="wrong", detail=detail, advice=advice)

    try:
        card = models.load_card("sketch-looker")
        models.session(models.path_of(card, "looker.onnx"))
        detail = f"{version('onnxruntime')}, opens a model, {models.threads()} threads"
    except (EthicalLensError, ImportError, OSError) as error:
        return wrong(str(error))
    return Check(area="installation", name="onnxruntime", state="ok", detail=detail)


def _shipped_models() -> Iterator[Check]:
    for name in models.available():
        try:
            card = models.load_card(name)
            problems = models.verify(card)
        except (ModelError, OSError) as error:
            problems = [str(error)]
        if problems:
            advice = "install the package again"
            yield Check(area="models", name=name, state="wrong", detail=" ".join(problems), advice=advice)
        else:
            yield Check(area="models", name=name, state="ok", detail=f"{len(card.files)} files are what was shipped")


def _fetched_models(lock: Path, configuration: Configuration | None) -> Iterator[Check]:
    named = configuration is not None and configuration.weights_lock is not None
    if not lock.exists() and not named:
        return
    try:
        found = verify_lock(lock)
    except ConfigurationError as error:
        yield Check(area="models", name=str(lock), state="wrong", detail=str(error))
        return
    for name, problems in found.items():
        if problems:
            advice = f"fetch it again with: ethical-lens models get {name}"
            yield Check(area="models", name=name, state="wrong", detail=" ".join(problems), advice=advice)
        else:
            yield Check(area="models", name=name, state="ok", detail="is what was fetched the first time")


def _folders(configuration: Configuration | None) -> Iterator[Check]:
    wanted = {"temporary files": Path(tempfile.gettempdir())}
    if configuration is not None and configuration.ledger is not None:
        wanted["ledger"] = configuration.ledger.parent
    if configuration is not None and configuration.audit is not None:
        wanted["audit log"] = configuration.audit.path.parent
    for name, folder in wanted.items():
        existing = next((each for each in (folder, *folder.parents) if each.exists()), folder)
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            yield Check(area="folders", name=name, state="ok", detail=f"{folder} can be written to")
        else:
            advice = "give this user the right to write, or name another folder"
            detail = f"{folder} cannot be written to"
            yield Check(area="folders", name=name, state="wrong", detail=detail, advice=advice)


def _configuration(path: Path) -> Configuration | Check:
    try:
        return read_config(path)
    except ConfigurationError as error:
        return Check(area="configuration", name=str(path), state="wrong", detail=str(error))


def _parts(configuration: Configuration) -> Iterator[Check]:
    path = str(configuration.path)
    try:
        require_makeable(configuration)
    except MissingExtraError as error:
        yield Check(area="configuration", name=path, state="wrong", detail=str(error))
    except EthicalLensError as error:
        yield Check(area="configuration", name=path, state="wrong", detail=str(error))
    else:
        yield Check(area="configuration", name=path, state="ok", detail=f"every part exists ({sys.platform})")

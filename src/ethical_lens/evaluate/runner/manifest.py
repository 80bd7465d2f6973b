"""What a run folder says about itself: everything that is needed to make the run again."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Final

import ethical_lens
from ethical_lens import registry
from ethical_lens.evaluate.datasets import Dataset
from ethical_lens.evaluate.runner.parts import Parts
from ethical_lens.evaluate.runner.settings import RunSettings
from ethical_lens.models import sha256_of
from ethical_lens.policy.content import content
from ethical_lens.serial import Json, to_plain

_PACKAGES: Final = ("numpy", "onnxruntime", "pillow", "tokenizers", "torch", "diffusers", "transformers")


def manifest_of(settings: RunSettings, dataset: Dataset, parts: Parts, *, command: str) -> dict[str, Json]:
    """Return the manifest of a run.

    Args:
        settings: What is run.
        dataset: Its prompts.
        parts: What runs it.
        command: How it was called.

    Returns:
        Under "identity" what decides the numbers; a run is only continued with the same. Under "notes" what does not.
    """
    lens, judge, encoder = parts.lens, parts.judge, parts.encoder
    names = dict(lens.models)
    encoded_by = None if encoder is None else str(getattr(encoder, "name", type(encoder).__name__))
    judges = [name for name in (judge.name if judge else None, encoded_by) if name]
    return {
        "identity": {
            "settings": settings.as_plain(),
            "dataset": {
                "name": dataset.name,
                "digest": dataset.digest,
                "prompts_digest": dataset.prompts_digest,
                "n": len(dataset),
                "licence": dataset.licence,
                "filter": dataset.filter,
                "domain": dataset.domain,
            },
            "policy": lens.policy.title,
            "generator": lens.generator.name,
            "domain": lens.generator.domain,
            "models": dict(names),
            "model_digests": dict(registry.model_digests([*names.values(), *judges])),
            "exemptions": [*sorted(exemption.value for exemption in lens.exemptions)],
            "judge": None
            if judge is None
            else {
                "name": judge.name,
                "kind": judge.kind,
                "axes": {axis: list(values) for axis, values in judge.axes.items()},
                "error": to_plain(judge.error),
                "limits": list(judge.limits),
            },
            "config_digest": None if settings.config is None else sha256_of(Path(settings.config)),
            "encoder": encoded_by,
            "version": ethical_lens.__version__,
        },
        "notes": {
            "command": command,
            "commit": commit(),
            "origin": dataset.origin,
            "policy": to_plain(content(lens.policy)),
            "python": sys.version.partition(" ")[0],
            "system": f"{platform.system()} {platform.machine()}",
            "packages": {name: _version(name) for name in _PACKAGES},
        },
    }


def commit() -> str:
    """Return the commit that this code stands at, with "+changes" if it was changed since; empty outside a checkout."""
    git = which("git")
    here = Path(__file__).parent
    if git is None:
        return ""
    if not _said(git, here, "ls-files", Path(__file__).name):
        return ""  # installed, perhaps inside somebody else's repository
    head = _said(git, here, "rev-parse", "HEAD")
    return f"{head}+changes" if head and _said(git, here, "status", "--porcelain", "--", ".") else head


def _said(git: str, folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run([git, *arguments], cwd=folder, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

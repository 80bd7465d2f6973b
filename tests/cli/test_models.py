from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ethical_lens import models

Run = Callable[..., CompletedProcess[str]]


def lines(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return standard output, which must hold nothing but objects of JSON."""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two made-up models in place of those that are shipped."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "weights").mkdir()
    for name in ("first", "second"):
        (tmp_path / "weights" / f"{name}.onnx").write_bytes(name.encode())
        file = {"path": f"weights/{name}.onnx", "sha256": hashlib.sha256(name.encode()).hexdigest()}
        card = {"name": name, "version": 1, "role": "judge", "domain": "sketch", "files": [file], "limits": ["Few."]}
        (tmp_path / "cards" / f"{name}.json").write_text(json.dumps(card))
    monkeypatch.setattr(models, "ROOT", tmp_path)
    monkeypatch.setattr(models, "read_card", functools.partial(models.read_card, root=tmp_path))
    return tmp_path


def test_list(run: Run) -> None:
    found = lines(run("models", "list", "--json"))
    assert [(each["id"], each["role"], each["bytes"]) for each in found] == [
        ("first@1", "judge", 5),
        ("second@1", "judge", 6),
    ]
    assert "second@1" in run("models", "list").stdout


def test_show(run: Run) -> None:
    (found,) = lines(run("models", "show", "first", "--json"))
    assert (found["id"], found["limits"]) == ("first@1", ["Few."])
    assert "- Few." in run("models", "show", "first@1").stdout
    assert run("models", "show", "third").returncode == 2


def test_verify_exits_with_4_when_a_file_was_altered(run: Run, tmp_path: Path) -> None:
    assert run("models", "verify").returncode == 0
    (tmp_path / "weights" / "second.onnx").write_bytes(b"altered")
    result = run("models", "verify", "--json")
    assert (result.returncode, [each["ok"] for each in lines(result)]) == (4, [True, False])
    assert "was altered" in run("models", "verify", "second").stdout
    assert run("models", "verify", "first").returncode == 0

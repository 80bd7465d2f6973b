from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ethical_lens.audit import AuditLog, head
from ethical_lens.cli.audit import app
from ethical_lens.types import Result

runner = CliRunner()


@pytest.fixture
def log(tmp_path: Path, make_result: Callable[..., Result]) -> Path:
    writer = AuditLog(tmp_path / "log", retention="text", fsync=False)
    for number in range(3):
        writer.append(make_result(f"r-{number}", prompt=f"prompt \x1b[31m {number}"))
    return tmp_path / "log"


def run(*words: str | Path) -> tuple[int, str]:
    result = runner.invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_verify(log: Path) -> None:
    code, output = run("verify", log)
    assert code == 0
    assert "verified: 3 entries" in output
    code, output = run("verify", log, "--json", "--expected-head", str(head(log)))
    assert (code, json.loads(output)["n_entries"]) == (0, 3)


def test_verify_exits_with_4(log: Path) -> None:
    stored = str(head(log))
    chain = log / "audit.jsonl"
    chain.write_bytes(chain.read_bytes().replace(b'"seq":2', b'"seq":5'))
    code, output = run("verify", log)
    assert code == 4
    assert "NOT VERIFIED" in output
    assert "line 2: its hash does not match" in output
    code, output = run("verify", log, "--json", "--expected-head", stored)
    assert (code, json.loads(output)["first_bad_line"]) == (4, 2)


def test_show_lists_without_steering_the_terminal(log: Path) -> None:
    code, output = run("show", log)
    assert code == 0
    assert "\x1b" not in output
    assert len(output.splitlines()) == 3
    assert "edited, withheld  image.nude  prompt \\x1b[31m 0" in output.splitlines()[0]


def test_show_one_in_full(log: Path) -> None:
    code, output = run("show", log, "--id", "r-1", "--json")
    (entry,) = [json.loads(line) for line in output.splitlines()]
    assert (code, entry["id"], entry["record"]["request"]["prompt"]) == (0, "r-1", "prompt \x1b[31m 1")
    assert run("show", log, "--id", "r-1")[0] == 0


def test_head(log: Path) -> None:
    assert run("head", log) == (0, f"{head(log)}\n")
    assert json.loads(run("head", log, "--json")[1])["count"] == 3


def test_erase(log: Path) -> None:
    code, output = run("erase", log, "r-1", "--reason", "asked for")
    assert (code, output) == (0, "Erased the texts of r-1 (line 2), recorded as line 4.\n")
    assert json.loads(run("verify", log, "--json")[1])["n_erased"] == 1
    assert "(erased)" in run("show", log)[1]
    code, output = run("erase", log, "r-2", "--reason", "asked for", "--json")
    assert json.loads(output)["record"] == {"entries": [3], "reason": "asked for"}


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "nowhere"), ("show", "nowhere"), ("head", "nowhere"), ("erase", "nowhere", "r", "--reason", "x"),
        ("verify", "log", "--expected-head", "12"), ("show", "log", "--id", "r-9"),
        ("erase", "log", "r-9", "--reason", "x"), ("erase", "log", "r-1", "--reason", " "), ("erase", "log", "r-1"),
    ],
)  # fmt: skip
def test_wrong_use_exits_with_2(log: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(log.parent)
    before = sorted(log.parent.rglob("*"))
    assert run(*words)[0] == 2
    assert sorted(log.parent.rglob("*")) == before


def test_short_key_exits_with_2(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETHICAL_LENS_AUDIT_KEY", "short")
    assert run("verify", log)[0] == 2

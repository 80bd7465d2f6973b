from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ethical_lens import policy as policies

Run = Callable[..., CompletedProcess[str]]


def lines(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return standard output, which must hold nothing but objects of JSON."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_list(run: Run) -> None:
    assert [each["name"] for each in lines(run("policy", "list", "--json"))] == list(policies.available())
    assert "strict" in run("policy", "list").stdout


@pytest.mark.parametrize("name", ["default", "strict", "paper"])
def test_shown_policy_is_one_to_start_from(run: Run, tmp_path: Path, name: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(run("policy", "show", name).stdout)
    assert policies.load(own).digest == policies.load(name).digest
    assert run("policy", "validate", own).returncode == 0
    assert run("policy", "show", own).stdout == own.read_text()


def test_show_as_json_and_as_rules(run: Run) -> None:
    (shown,) = lines(run("policy", "show", "strict", "--json"))
    assert shown["digest"] == policies.load("strict").digest
    assert "hard.minor_nude" in run("policy", "show", "strict", "--rules").stdout


def test_validate_points_at_the_line(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: wrong\nversion: 1\nextends: default\ntext:\n  violence: explode\n")
    result = run("policy", "validate", "default", wrong, "--json")
    good, bad = lines(result)
    assert (result.returncode, good["ok"], bad["ok"], bad["error"]["line"]) == (2, True, False, 5)
    assert "wrong.yaml:5" in result.stderr


def test_explain_shows_the_score_that_met_each_rule(run: Run) -> None:
    (found,) = lines(run("policy", "explain", "--prompt", "a man covered in blood", "--json"))
    fired = {row["reason"]: row for row in found["rules"] if row["fired"]}
    assert fired["text.violence.k2"]["score"] >= fired["text.violence.k2"]["threshold"]
    assert "text.violence.k2" in run("policy", "explain", "--prompt", "a man covered in blood").stdout
    assert run("policy", "explain").returncode == 2
    assert run("policy", "explain", "--prompt", "").returncode == 2


def test_diff(run: Run) -> None:
    (found,) = lines(run("policy", "diff", "default", "strict", "--json"))
    changes = {each["path"]: (each["before"], each["after"]) for each in found["differences"]}
    assert changes["text.violence.k1.action"] == ("flag", "rewrite")
    assert "text.violence.k1.action" in run("policy", "diff", "default", "strict").stdout
    assert "the same" in run("policy", "diff", "default", "default").stdout


@pytest.mark.parametrize(
    "words", [("show", "nosuch"), ("validate", "nosuch"), ("diff", "default", "nosuch"), ("show", ".")]
)
def test_unknown_policy_exits_with_2(run: Run, words: tuple[str, ...]) -> None:
    result = run("policy", *words)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)

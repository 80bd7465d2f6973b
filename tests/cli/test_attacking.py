from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Run = Callable[..., CompletedProcess[str]]
SMALL = ("--requests", "1", "--black-box", "0", "--white-box", "0", "--no-images")


def test_attack_is_continued_and_reported(run: Run, tmp_path: Path) -> None:
    out = str(tmp_path / "attack")
    stopped = run("evaluate", "attack", "--out", out, *SMALL, "--budget-minutes", "0", "--json")
    assert stopped.returncode == 0, stopped.stderr
    assert json.loads(stopped.stdout)["summary"]["n_texts"] == 0
    done = run("evaluate", "attack", "--out", out, *SMALL)
    assert done.returncode == 0, done.stderr
    assert "paraphrase, euphemism" in done.stdout
    assert json.loads((tmp_path / "attack" / "attack.json").read_text("utf-8"))["summary"]["n_texts"] > 30


def test_configuration_is_refused(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "lens.yaml"
    config.write_text("policy: default\n")
    refused = run("--config", str(config), "evaluate", "attack", "--out", str(tmp_path / "attack"), *SMALL)
    assert refused.returncode == 2
    assert "--policy" in refused.stderr

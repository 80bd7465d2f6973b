from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ethical_lens import models
from ethical_lens.cli.output import Code
from ethical_lens.config import read_config
from ethical_lens.config.examining import Check
from ethical_lens.config.profiles import available
from ethical_lens.fetch import LOCK_FILE

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def checks(run: Run) -> Callable[..., tuple[int, list[Check]]]:
    """Run the doctor and read what it says."""

    def call(*words: object, before: tuple[object, ...] = ()) -> tuple[int, list[Check]]:
        result = run(*before, "doctor", *words, "--json")
        return result.returncode, [Check(**json.loads(line)) for line in result.stdout.splitlines()]

    return call


@pytest.mark.parametrize("profile", ["embedded", "sd15", "sdxl", "flux", "http", "llm"])
def test_profile_is_written_and_read_back(run: Run, tmp_path: Path, profile: str) -> None:
    path = tmp_path / "lens.yaml"
    result = run("init", "--profile", profile, "--out", path, "--json")
    assert result.returncode == Code.OK
    steps = json.loads(result.stdout)["next"]
    configuration = read_config(path)
    assert steps[-1] == f"ethical-lens --config {path} doctor"
    if profile in ("sd15", "sdxl", "flux", "http"):
        assert [step for step in steps if step.startswith("ethical-lens models get")]
        assert configuration.weights_lock == tmp_path / "models" / LOCK_FILE
        assert "not\n# verified here" in path.read_text()


def test_file_that_is_there_is_only_replaced_by_force(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text("mine")
    assert run("init", "--out", path).returncode == Code.USAGE
    assert path.read_text() == "mine"
    assert run("init", "--out", path, "--force").returncode == Code.OK
    assert read_config(path).generator.use == "sketch"


def test_unknown_profile_is_refused_with_a_suggestion(run: Run, tmp_path: Path) -> None:
    result = run("init", "--profile", "sd5", "--out", tmp_path / "lens.yaml")
    assert result.returncode == Code.USAGE
    assert "did you mean 'sd15'?" in result.stderr
    assert set(available()) >= {"embedded", "sd15", "sdxl", "flux", "http", "llm"}


def test_commands_use_the_configuration_unless_their_own_options_say_otherwise(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text("version: 1\npolicy: strict\nexemptions: [shadow]\ngenerator: {use: sketch}\n")
    out = tmp_path / "pictures"
    result = run("--config", path, "generate", "a lighthouse", "--out", out, "--generator", "sketch", "--json")
    said = json.loads(result.stdout.splitlines()[-1])
    assert said["policy"].startswith("strict@")
    assert said["exemptions"] == ["shadow"]
    own = ("--policy", "default", "--generator", "sketch")
    again = run("--config", path, "generate", "a cat", "--out", out, "--force", *own, "--json")
    assert json.loads(again.stdout.splitlines()[-1])["policy"].startswith("default@")


def test_mistake_in_the_configuration_names_its_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text("version: 1\npolcy: strict\n")
    result = run("--config", path, "check-text", "a cat", "--json")
    assert result.returncode == Code.USAGE
    error = json.loads(result.stdout)["error"]
    assert (error["kind"], error["line"]) == ("ConfigFileError", 2)
    assert "did you mean 'policy'?" in error["message"]


def test_doctor_finds_a_healthy_installation(checks: Callable[..., tuple[int, list[Check]]], tmp_path: Path) -> None:
    code, found = checks("--models", tmp_path)
    assert code == Code.OK
    shipped = {check.name for check in found if check.area == "models"}
    assert shipped == set(models.available())
    for check in found:
        assert check.state != "wrong", check
        if check.state == "missing":
            assert 'pip install "ethical-lens[' in check.advice
            assert check.detail.startswith("would bring ")


def test_doctor_finds_altered_weights(run: Run, checks: Callable[..., tuple[int, list[Check]]], tmp_path: Path) -> None:
    source = tmp_path / "heads.safetensors"
    source.write_bytes(b"weights")
    fetched = tmp_path / "models"
    assert run("models", "get", str(source), "--out", fetched).returncode == Code.OK
    assert checks("--models", fetched)[0] == Code.OK
    (fetched / "heads.safetensors").write_bytes(b"others")
    code, found = checks("--models", fetched)
    assert code == Code.UNVERIFIED
    (wrong,) = [check for check in found if check.state == "wrong"]
    assert "was altered" in wrong.detail
    assert f"models get {source}" in wrong.advice


def test_doctor_examines_the_configuration_without_making_its_parts(
    checks: Callable[..., tuple[int, list[Check]]], tmp_path: Path
) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text("version: 1\ngenerator: {use: openai, url: 'http://127.0.0.1:9', modle: x}\n")
    code, found = checks("--models", tmp_path, before=("--config", path))
    assert code == Code.USAGE
    assert "lens.yaml:2: generator 'openai' has no setting 'modle'; did you mean 'model'?" in found[-1].detail
    path.write_text("version: 1\ngenerator: {use: openai, url: 'http://127.0.0.1:9', model: x}\n")
    assert checks("--models", tmp_path, before=("--config", path))[0] == Code.OK


def test_models_get_says_what_it_pinned_and_refuses_what_changed(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "a.onnx"
    source.write_bytes(b"first")
    said = json.loads(run("models", "get", str(source), "--out", tmp_path / "m", "--json").stdout)
    assert (said["first"], said["bytes"]) == (True, 5)
    (tmp_path / "m/a.onnx").unlink()
    source.write_bytes(b"second")
    result = run("models", "get", str(source), "--out", tmp_path / "m")
    assert result.returncode == Code.UNVERIFIED
    assert "--update" in result.stderr

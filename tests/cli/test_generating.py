from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from PIL import Image

from ethical_lens import audit, registry
from ethical_lens.errors import MissingExtraError

Run = Callable[..., CompletedProcess[str]]


def summary(result: CompletedProcess[str]) -> dict[str, Any]:
    """Return the one line of JSON."""
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def decision(path: Path) -> dict[str, Any]:
    """Return what the metadata of a picture says."""
    with Image.open(path) as image:
        found: dict[str, Any] = json.loads(image.info["ethical-lens"])
        return found


def test_generate_keeps_the_contract(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    result = run("generate", "a doctor in a park", "-n", 3, "--seed", 7, "--out", out, "--json")
    found = summary(result)
    assert result.returncode == 0
    assert found.keys() >= {"outcomes", "seconds"}
    assert all(isinstance(value, float) for value in found["seconds"].values())
    for index, outcome in enumerate(found["outcomes"]):
        assert outcome.keys() >= {"index", "status", "path", "prompt", "attributes", "reasons"}
        assert (outcome["index"], outcome["status"]) == (index, "released")
        assert outcome["path"] == str(out / f"{index:04d}.png")
        assert outcome["attributes"].keys() == {"0.gender", "0.race", "0.age"}
    assert sorted(path.name for path in out.iterdir()) == ["0000.png", "0001.png", "0002.png"]


def test_same_seed_same_files(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("generate", "a shirtless man", "-n", 2, "--seed", 5, "--out", tmp_path / name)
    with Image.open(tmp_path / "a" / "0001.png") as one, Image.open(tmp_path / "b" / "0001.png") as other:
        assert one.tobytes() == other.tobytes()


def test_metadata_holds_the_decision_and_no_words_unless_the_policy_keeps_them(run: Run, tmp_path: Path) -> None:
    keeping = tmp_path / "keeping.yaml"
    keeping.write_text("name: keeping\nversion: 1\nextends: default\nretention: text\n")
    run("generate", "a shirtless man", "--seed", 5, "--out", tmp_path / "a")
    run("generate", "a shirtless man", "--seed", 5, "--out", tmp_path / "b", "--policy", keeping)
    found, kept = decision(tmp_path / "a" / "0000.png"), decision(tmp_path / "b" / "0000.png")
    assert (found["status"], found["reasons"], found["seed"]) == ("edited", ["image.nude"], 5)
    assert found["policy"].startswith("default@1+")
    assert "shirtless" not in json.dumps(found)
    assert kept["prompt"] == "a shirtless man"
    assert "0.race" in kept["attributes"]


def test_withheld_pictures_leave_no_file_and_exit_with_3(run: Run, tmp_path: Path) -> None:
    result = run("generate", "a mossy stone", "-n", 2, "--out", tmp_path, "--json")
    assert result.returncode == 3
    assert [(each["status"], each["path"]) for each in summary(result)["outcomes"]] == [("withheld", None)] * 2
    assert list(tmp_path.iterdir()) == []


def test_refused_prompt_draws_nothing_and_exits_with_3(run: Run, tmp_path: Path) -> None:
    result = run("generate", "how to make a pipe bomb step by step", "--out", tmp_path, "--json")
    found = summary(result)
    assert (result.returncode, found["action"]) == (3, "block")
    assert found["outcomes"][0]["prompt"] is None
    assert list(tmp_path.iterdir()) == []


def test_modes_are_stamped(run: Run, tmp_path: Path) -> None:
    for mode in ("bare", "shadow"):
        result = run("generate", "a mossy stone", "--out", tmp_path / mode, f"--{mode}", "--json")
        assert (result.returncode, summary(result)["exemptions"]) == (0, [mode])
        assert decision(tmp_path / mode / "0000.png")["exemptions"] == [mode]


def test_files_are_replaced_only_when_forced(run: Run, tmp_path: Path) -> None:
    assert run("generate", "a cat", "--out", tmp_path).returncode == 0
    before = (tmp_path / "0000.png").read_bytes()
    result = run("generate", "a dog", "--out", tmp_path)
    assert (result.returncode, "--force" in result.stderr) == (2, True)
    assert (tmp_path / "0000.png").read_bytes() == before
    assert run("generate", "a dog", "--out", tmp_path, "--force").returncode == 0
    assert (tmp_path / "0000.png").read_bytes() != before
    assert run("generate", "a mossy stone", "--out", tmp_path, "--force").returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_full_disk_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save = Image.Image.save
    written: list[object] = []

    def save_some(image: Image.Image, stream: Any, **options: Any) -> None:
        written.append(stream)
        if len(written) == 3:
            stream.write(b"half of it")
            raise OSError(28, "No space left on device")
        save(image, stream, **options)

    monkeypatch.setattr(Image.Image, "save", save_some)
    result = run("generate", "a cat", "-n", 4, "--out", tmp_path, "--json")
    assert result.returncode == 1
    assert "No space left" in summary(result)["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_unusable_folder_is_found_before_anything_is_drawn(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")

    drawn: list[object] = []
    generator = registry.generator("painting")
    monkeypatch.setattr(type(generator), "generate", lambda _, shots: drawn.extend(shots))
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        result = run("generate", "a cat", "--out", out)
        assert (result.returncode, "name another" in result.stderr) == (2, True)
    assert drawn == []


@pytest.mark.parametrize(
    "words",
    [
        ("a cat",),
        ("", "--out", "o"),
        ("a cat", "--out", "o", "-n", "0"),
        ("a cat", "--out", "o", "-n", "257"),
        ("a cat", "--out", "o", "--size", "0x4"),
        ("a cat", "--out", "o", "--size", "wide"),
        ("a cat", "--out", "o", "--bare", "--shadow"),
        ("a cat", "--out", "o", "--policy", "nosuch"),
        ("a woman", "--out", "o", "--negative-prompt", "clothes, dressed"),
        ("a cat", "--out", "o", "--audit", "o\0"),
    ],
)
def test_wrong_use_exits_with_2_and_writes_no_picture(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("generate", *words)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert list(tmp_path.rglob("*.png*")) == []


def test_size_reaches_the_generator(run: Run, tmp_path: Path) -> None:
    run("generate", "a cat", "--out", tmp_path, "--size", "32x48")
    with Image.open(tmp_path / "0000.png") as image:
        assert image.size == (32, 48)


def test_audit_log_gets_one_line(run: Run, tmp_path: Path) -> None:
    run("generate", "a cat", "--out", tmp_path / "a", "--audit", tmp_path / "log")
    assert audit.verify(tmp_path / "log").ok
    assert len(list(audit.read(tmp_path / "log"))) == 1


def test_missing_extra_exits_with_5(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise MissingExtraError("the generator", "diffusers")

    monkeypatch.setattr(registry, "generator", missing)
    result = run("generate", "a cat", "--out", tmp_path, "--generator", "diffusers", "--json")
    assert (result.returncode, summary(result)["error"]["kind"]) == (5, "MissingExtraError")
    assert "pip install" in result.stderr


def test_table_for_people_says_what_was_done(run: Run, tmp_path: Path) -> None:
    result = run("generate", "a shirtless man", "-n", 2, "--seed", 5, "--out", tmp_path)
    assert "blur (nude)" in result.stdout
    assert "0001.png" in result.stdout
    assert result.stderr == ""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

Run = Callable[..., CompletedProcess[str]]
BLUE, RED = (10, 20, 200), (255, 0, 0)


def lines(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def patched(size: tuple[int, int] = (80, 60)) -> Image.Image:
    image = Image.new("RGB", size, BLUE)
    ImageDraw.Draw(image).rectangle((20, 15, 49, 44), RED)
    return image


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Make a folder with a clean file, one to be fixed, one that cannot be, and one that nobody covers."""
    folder = tmp_path / "mixed"
    (folder / "below").mkdir(parents=True)
    Image.new("RGB", (40, 30), BLUE).save(folder / "clean.png")
    patched().save(folder / "below" / "patch.png")
    Image.new("RGB", (40, 30), (9, 9, 9)).save(folder / "grey.png")
    return folder


def test_found_is_hidden_the_rest_stays_and_the_unseen_is_withheld(run: Run, mixed: Path, tmp_path: Path) -> None:
    result = run("fix-image", mixed, "--out", tmp_path / "out", "--json")
    patch, clean, grey = lines(result)
    assert result.returncode == 3
    assert [each["status"] for each in (patch, clean, grey)] == ["edited", "released", "withheld"]
    assert (tmp_path / "out" / "clean.png").read_bytes() == (mixed / "clean.png").read_bytes()
    assert not (tmp_path / "out" / "grey.png").exists()
    fixed = np.asarray(Image.open(tmp_path / "out" / "below" / "patch.png"))
    before = np.asarray(patched())
    assert not (fixed == RED).all(axis=-1).any()
    assert (fixed[:, 60:] == before[:, 60:]).all()
    assert (patch["edits"][0]["category"], patch["n_looks"]) == ("nude", 2)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tiff"])
def test_animation_is_fixed_frame_by_frame_and_put_together_again(run: Run, tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (80, 60), (10, 20 + 60 * index, 200)) for index in range(2)] + [patched()]
    source = tmp_path / f"moving.{suffix}"
    settings: dict[str, Any] = {} if suffix == "tiff" else {"duration": [100, 200, 300], "loop": 0}
    if suffix == "webp":
        settings["lossless"] = True
    frames[0].save(source, save_all=True, append_images=frames[1:], **settings)
    [form] = lines(run("fix-image", source, "--out", tmp_path / "out", "--json"))
    assert (form["status"], form["frames"]) == ("edited", 3)
    with Image.open(tmp_path / "out" / source.name) as fixed:
        assert getattr(fixed, "n_frames", 1) == 3
        seen = []
        for index in range(3):
            fixed.seek(index)
            pixels = np.asarray(fixed.convert("RGB"))  # WebP tells the duration of a frame only when it is read
            seen.append((fixed.info.get("duration"), pixels))
    if suffix != "tiff":
        assert [round(duration or 0) for duration, _ in seen] == [100, 200, 300]
    assert not (np.abs(seen[2][1].astype(int) - RED).sum(axis=-1) < 60).any()


def test_one_withheld_frame_withholds_the_animation(run: Run, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (BLUE, (9, 9, 9))]
    frames[0].save(tmp_path / "moving.png", save_all=True, append_images=frames[1:])
    result = run("fix-image", tmp_path / "moving.png", "--out", tmp_path / "out", "--json")
    assert (result.returncode, lines(result)[0]["status"], list((tmp_path / "out").iterdir())) == (3, "withheld", [])


def test_transparent_picture_is_written_as_it_was_seen(run: Run, tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30), (10, 20, 200, 128)).save(tmp_path / "glass.png")
    [form] = lines(run("fix-image", tmp_path / "glass.png", "--out", tmp_path / "out", "--json"))
    with Image.open(tmp_path / "out" / "glass.png") as written:
        assert (form["status"], written.mode) == ("released", "RGB")


def test_nothing_of_the_users_is_replaced_unasked(run: Run, mixed: Path, tmp_path: Path) -> None:
    assert run("fix-image", mixed, "--out", mixed, "--force").returncode == 2
    out = tmp_path / "out"
    assert run("fix-image", mixed / "clean.png", "--out", out).returncode == 0
    again = run("fix-image", mixed / "clean.png", "--out", out)
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    assert run("fix-image", mixed / "clean.png", "--out", out, "--force").returncode == 0
    twice = run("fix-image", mixed / "clean.png", mixed / "." / "clean.png", "--out", tmp_path / "other")
    assert twice.returncode == 2


def test_state_takes_up_where_it_ended(run: Run, mixed: Path, tmp_path: Path) -> None:
    words = ("fix-image", mixed, "--out", tmp_path / "out", "--state", tmp_path / "state", "--json")
    first = lines(run(*words))
    (tmp_path / "out" / "below" / "patch.png").unlink()
    (tmp_path / "out" / "clean.png").write_bytes(b"mine")
    assert lines(run(*words)) == first
    assert (tmp_path / "out" / "below" / "patch.png").is_file()
    assert (tmp_path / "out" / "clean.png").read_bytes() == b"mine"


def test_broken_files_are_reported_and_the_others_go_on(run: Run, mixed: Path, tmp_path: Path) -> None:
    (mixed / "broken.png").write_bytes(b"no picture")
    result = run("fix-image", mixed, "--out", tmp_path / "out", "--json", "--workers", "3")
    assert result.returncode == 2
    assert ["error" in each for each in lines(result)] == [False, True, False, False]


def test_list_of_hashes_is_built_from_a_folder(run: Run, tmp_path: Path) -> None:
    from ethical_lens.image.hashes import read_list

    (tmp_path / "secret").mkdir()
    patched().save(tmp_path / "secret" / "a-name.png")
    out = tmp_path / "known.jsonl"
    result = run("hash-list", tmp_path / "secret", "--out", out, "--category", "nude", "--json")
    assert (result.returncode, lines(result)[0]["hashes"], read_list(out).category) == (0, 1, "nude")
    assert "a-name" not in out.read_text()
    assert run("hash-list", tmp_path / "secret", "--out", out).returncode == 2
    assert run("hash-list", tmp_path / "secret", "--out", tmp_path / "x", "--category", "hate").returncode == 2

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from PIL import Image

Run = Callable[..., CompletedProcess[str]]


def lines(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return standard output, which must hold nothing but objects of JSON."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_check_image_keeps_the_contract(run: Run, pictures: Path) -> None:
    result = run("check-image", pictures / "below" / "red.bmp", "--json")
    (found,) = lines(result)
    assert result.returncode == 0
    assert found.keys() >= {"path", "action", "scores", "regions", "faces"}
    assert (found["path"], found["action"]) == (str(pictures / "below" / "red.bmp"), "edit")
    assert found["regions"] == [{"category": "nude", "box": [0, 0, 40, 30], "score": 1.0}]
    assert (found["scores"]["nude"], found["scores"]["watermark"], found["faces"]) == (1.0, None, None)
    assert (found["width"], found["height"], found["frames"], found["looked"]) == (40, 30, 1, True)


def test_folder_gives_its_pictures_in_order(run: Run, pictures: Path) -> None:
    (pictures / "notes.txt").write_text("no picture")
    (pictures / ".hidden.png").write_bytes((pictures / "a-blue.png").read_bytes())
    found = lines(run("check-image", pictures, "--json"))
    names = ["a-blue.png", "b-green.png", "below/red.bmp", "c-grey.png"]
    assert [Path(each["path"]).relative_to(pictures).as_posix() for each in found] == names
    assert [each["action"] for each in found] == ["allow", "edit", "edit", "block"]


def test_foreign_picture_is_not_vouched_for(run: Run, pictures: Path) -> None:
    (found,) = lines(run("check-image", pictures / "c-grey.png", "--json"))
    assert (found["looked"], found["scores"]["nude"]) == (False, None)


def test_every_frame_of_an_animation_is_judged(run: Run, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ((10, 20, 200), (10, 90, 200), (255, 0, 0))]
    frames[0].save(tmp_path / "moving.png", save_all=True, append_images=frames[1:])
    (found,) = lines(run("check-image", tmp_path / "moving.png", "--json"))
    assert (found["frames"], found["action"]) == (3, "edit")
    assert [region["frame"] for region in found["regions"]] == [2]


def test_broken_files_are_reported_in_their_place(run: Run, pictures: Path) -> None:
    whole = (pictures / "a-blue.png").read_bytes()
    (pictures / "cut.png").write_bytes(whole[: len(whole) // 2])
    (pictures / "empty.png").write_bytes(b"")
    (pictures / "text.png").write_text("not a picture")
    (pictures / "bare").mkdir()
    named = ["cut.png", "a-blue.png", "empty.png", "text.png", "nowhere.png", "bare"]
    result = run("check-image", *(pictures / name for name in named), pictures / "a\0b", "--json")
    found = lines(result)
    assert result.returncode == 2
    assert ["error" in each for each in found] == [True, False, True, True, True, True, True]
    assert [each["path"] for each in found[:6]] == [str(pictures / name) for name in named]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("bound", "code"), [("flag", 3), ("edit", 3), ("regenerate", 0), ("block", 0)])
def test_fail_on_stops_from_its_action_on(run: Run, pictures: Path, bound: str, code: int) -> None:
    assert run("check-image", pictures / "b-green.png", "--fail-on", bound).returncode == code


def test_block_for_people(run: Run, pictures: Path) -> None:
    result = run("check-image", pictures)
    assert "nude at 0,0 to 40,30" in result.stdout
    assert "no detector covers" in result.stdout


def test_without_paths_it_exits_with_2(run: Run) -> None:
    assert run("check-image").returncode == 2

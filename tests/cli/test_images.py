from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from PIL import Image

from ethical_lens import registry
from ethical_lens.types import Finding, Frame

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


def test_workers_change_nothing_but_the_time(run: Run, pictures: Path) -> None:
    assert (
        run("check-image", pictures, "--json", "--workers", "4").stdout == run("check-image", pictures, "--json").stdout
    )


def test_state_spares_what_was_judged(
    run: Run, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("check-image", pictures, "--json", "--state", tmp_path / "state")
    first = run(*words)
    kept = (tmp_path / "state").read_bytes()
    (tmp_path / "state").write_bytes(kept + b'{"sha256": "cut o')
    monkeypatch.setattr("ethical_lens.lens.Lens.check_images", None)
    again = run(*words)
    assert (again.returncode, again.stdout) == (first.returncode, first.stdout)
    assert (tmp_path / "state").read_bytes() == kept


def test_state_of_another_policy_is_refused(run: Run, pictures: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert run("check-image", pictures, "--state", state).returncode == 0
    result = run("check-image", pictures, "--state", state, "--policy", "strict")
    assert (result.returncode, "name another file" in result.stderr) == (2, True)


def test_domain_that_the_caller_vouches_for_reaches_the_detectors(
    run: Run, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domains: list[str | None] = []

    def detect(self: object, frames: Sequence[Frame]) -> list[list[Finding]]:
        domains.extend(frame.domain for frame in frames)
        return [[Finding(category="nude", score=0.0, source="x@1")] for _ in frames]

    monkeypatch.setattr(type(registry.image_detectors()[0]), "detect", detect)
    assert run("check-image", pictures / "a-blue.png", "--domain", "photograph").returncode == 0
    assert domains == ["photograph"]


def test_table_has_a_row_a_file(run: Run, pictures: Path) -> None:
    (pictures / "broken.png").write_bytes(b"x")
    shown = run("check-image", pictures, "--table").stdout
    assert [shown.count(word) for word in ("unreadable", "nude 1.00", "image.out_of_domain")] == [1, 1, 1]


def test_contact_sheet_shows_no_harm(run: Run, pictures: Path, tmp_path: Path) -> None:
    picture = Image.new("RGB", (80, 60), (10, 20, 200))
    picture.paste((255, 0, 0), (20, 15, 50, 45))
    picture.paste((10, 20, 200), (21, 16, 23, 44))
    picture.save(pictures / "d-patch.png")
    state = ("--state", tmp_path / "state")
    for name in ("sheet.png", "sheet.html"):
        assert run("check-image", pictures, "--sheet", tmp_path / name, *state).returncode == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > sheet.height > 160
    page = (tmp_path / "sheet.html").read_text()
    assert page.count("<img") == 5
    assert "http" not in page.replace("http-equiv", "")
    assert run("check-image", pictures, "--sheet", tmp_path / "sheet.doc").returncode == 2


def test_tile_of_a_hard_finding_is_never_a_picture() -> None:
    from ethical_lens.cli.sheet import tile_of

    image = Image.new("RGB", (8, 8), (255, 0, 0))
    form: dict[str, Any] = {"path": "x", "action": "block", "reasons": ["hard.forbidden"], "looked": True}
    assert tile_of(form, [image]).picture is None
    half = Image.new("RGB", (8, 8))
    half.paste((255, 255, 255), (0, 0, 4, 4))
    region: dict[str, Any] = {"category": "nude", "box": [0, 0, 8, 8], "score": 1.0}
    shown = tile_of({**form, "action": "edit", "reasons": ["image.nude"], "regions": [region]}, [half]).picture
    assert shown is not None
    assert shown.tobytes() != half.tobytes()

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy.fft import dctn

from ethical_lens.errors import ConfigurationError
from ethical_lens.image import hashes
from ethical_lens.image.hashes import ALGORITHMS, HashDetector, hash_list, read_list, write_list
from ethical_lens.sketch import random_scene, render
from ethical_lens.testing import ScriptedLook, check_image_detector, small_lens
from ethical_lens.types import FORBIDDEN, Action, Frame, Status


def drawings(n: int, seed: int = 0) -> list[Image.Image]:
    dice = np.random.default_rng(seed)
    return [render(random_scene(dice), 128).image for _ in range(n)]


def saved_again(image: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=70)
    return Image.open(stream).convert("RGB")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "known.jsonl"
    write_list(hash_list(drawings(3), title="three drawings"), path)
    return path


@pytest.mark.parametrize("name", ALGORITHMS)
def test_changed_copies_are_recognised_and_others_are_not(name: str) -> None:
    known, *others = drawings(8)
    listed = hash_list([known], title="x", algorithm=name)
    copies = [
        saved_again(known),
        known.resize((61, 61)),
        ImageEnhance.Brightness(known).enhance(1.1),
        known.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    ]
    assert all(listed.nearest(copy) <= listed.distance for copy in copies)
    assert all(listed.nearest(other) > listed.distance for other in others)


def test_frequencies_are_those_of_an_independent_transform() -> None:
    (image,) = drawings(1)
    grey = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX), np.float64)
    expected = dctn(grey, type=2)[1:17, 1:17] / 4
    bits = (expected > np.median(expected)).ravel()
    assert (hashes.broad_hash(image) == bits).mean() > 0.99


def test_list_keeps_neither_pictures_nor_names_and_reads_back(listed: Path) -> None:
    known = read_list(listed)
    lines = listed.read_text().splitlines()
    assert (known.title, known.packed.shape, len(lines)) == ("three drawings", (3, 32), 4)
    assert all(len(line) == 64 for line in lines[1:])
    assert known.nearest(drawings(3)[1]) == 0


@pytest.mark.parametrize(
    ("change", "row"),
    [({}, ""), ({"distance": 200}, "00" * 32), ({}, "ff"), ({"algorithm": "none"}, "00" * 32), ({"format": 1}, "ff")],
)
def test_unusable_lists_are_refused(tmp_path: Path, change: dict[str, object], row: str) -> None:
    head = {"format": hashes.FORMAT, "title": "x", "algorithm": "broad", "distance": 20, "category": "nude", **change}
    (tmp_path / "list").write_text(f"{json.dumps(head)}\n{row}\n")
    with pytest.raises(ConfigurationError):
        HashDetector([tmp_path / "list"])


def test_without_lists_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="files"):
        HashDetector([])
    with pytest.raises(ConfigurationError, match="cannot be read"):
        HashDetector([tmp_path / "missing"])


def test_detector_conforms(listed: Path) -> None:
    check_image_detector(HashDetector([listed]), domain="photograph")


def test_plain_pictures_match_nothing(listed: Path) -> None:
    plain = Image.new("RGB", (50, 50), (250, 250, 250))
    with pytest.raises(ConfigurationError, match="show something"):
        hash_list([plain], title="x")
    [findings] = HashDetector([listed]).detect([Frame(image=plain)])
    assert [finding.score for finding in findings] == [0.0]


@pytest.mark.parametrize("category", [FORBIDDEN, "nude"])
def test_listed_picture_is_withheld_and_never_edited(tmp_path: Path, category: str) -> None:
    known, other = drawings(2)
    write_list(hash_list([known], title="x", category=category), tmp_path / "list")
    looks = ScriptedLook(score=lambda frame: {"nude": 0.0})
    lens = small_lens(image_detectors=[looks, HashDetector([tmp_path / "list"])])
    report, clean = lens.check_images([Frame(image=saved_again(known)), Frame(image=other)])
    assert (report.verdict.action, clean.verdict.action) == (Action.BLOCK, Action.ALLOW)
    assert "hard.forbidden" in report.verdict.reasons
    [fixed] = lens.fix_images([Frame(image=known)], last_resort=["cover"])
    assert (fixed.status, fixed.image, fixed.edits, len(fixed.verdicts)) == (Status.WITHHELD, None, (), 1)
    assert not any(finding.where or finding.note for finding in fixed.verdicts[0].findings)

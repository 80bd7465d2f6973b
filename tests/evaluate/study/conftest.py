"""A folder of pairs as a run leaves it, and a study made from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ethical_lens.evaluate.study import PAIRS_STUDY, StudyFile, build_pairs, read_pairs, with_checks

N_PAIRS = 12
BARE = (200, 40, 40)
GUARDED = (40, 120, 200)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Make a run: twelve pairs that differ, one that does not; every third is harmful."""
    folder = tmp_path / "run"
    (folder / "pictures").mkdir(parents=True)
    lines = []
    for number in range(N_PAIRS + 1):
        same = number == N_PAIRS
        told = PngInfo()
        told.add_text("ethical-lens", "guarded")
        for arm, colour in (("bare", BARE), ("guarded", BARE if same else GUARDED)):
            Image.new("RGB", (96, 96), colour).save(folder / f"pictures/{arm}{number}.png", pnginfo=told)
        lines.append(
            {
                "id": f"p{number}/0",
                "prompt": f"a scene, number {number}",
                "category": "violence" if number % 3 == 0 else "people",
                "harmful": number % 3 == 0,
                "bare": f"pictures/bare{number}.png",
                "guarded": f"pictures/guarded{number}.png",
            }
        )
    (folder / "pairs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


@pytest.fixture
def study_file(run_folder: Path, tmp_path: Path) -> StudyFile:
    """Make a study with a check for every four pairs."""
    from dataclasses import replace

    built = build_pairs(read_pairs(run_folder), seed=1)
    study = replace(PAIRS_STUDY, checks_every=4, contact="the study team", per_person=N_PAIRS)
    return StudyFile.create(tmp_path / "study.sqlite", study, with_checks(study, built.items), notes={"run": "made up"})

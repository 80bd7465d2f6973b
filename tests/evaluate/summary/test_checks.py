from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ethical_lens.evaluate.runner import Parts, RunSettings, open_suite, run
from ethical_lens.evaluate.summary import Check, checks_of, load_run, summarise
from ethical_lens.testing import ScriptedLook, small_lens, small_parts


def slow_to_allow(settings: RunSettings) -> Parts:
    """Return parts whose lens sees harm everywhere."""
    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: {"nsfw": 0.99})])
    return replace(small_parts(settings), lens=lens)


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    path = tmp_path / "benign.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"a cat, take {n}", "harmful": False}) + "\n" for n in range(12)))
    return RunSettings(suite=str(path))


def checks(settings: RunSettings, out: Path, *, strict: bool) -> dict[str, Check]:
    parts = slow_to_allow if strict else small_parts
    run(settings, open_suite(settings), out, parts=parts, memory=False)
    return {check.name: check for check in checks_of(load_run(out))}


def test_a_lens_that_withholds_everything_has_a_high_block_rate(settings: RunSettings, tmp_path: Path) -> None:
    found = checks(settings, tmp_path / "run", strict=True)
    assert (found["high-block-rate"].standing, found["high-block-rate"].value) == ("failed", 1.0)
    assert "policy" in found["high-block-rate"].advice
    assert found["low-alignment"].standing == "unmeasured", "nothing was shown"


def test_a_dozen_prompts_do_not_prove_a_low_block_rate(settings: RunSettings, tmp_path: Path) -> None:
    found = checks(settings, tmp_path / "run", strict=False)
    assert (found["high-block-rate"].standing, found["high-block-rate"].value) == ("unclear", 0.0)
    assert found["failing-parts"].value == 0.0


def test_the_same_rows_give_the_same_summary(settings: RunSettings, tmp_path: Path) -> None:
    run(settings, open_suite(settings), tmp_path / "run", parts=small_parts, memory=False)
    first, second = (summarise(load_run(tmp_path / "run")) for _ in range(2))
    assert repr(first) == repr(second)
    assert first.n_finished == 12

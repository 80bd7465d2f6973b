from __future__ import annotations

import json
import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.errors import InputError
from ethical_lens.evaluate.study import Choice, StudyFile, analyse, krippendorff_alpha, markdown


def by_pairs_of_values(units: list[list[str]]) -> float:
    """Krippendorff's alpha from its definition: observed over expected disagreement, pair by pair."""
    units = [unit for unit in units if len(unit) >= 2]
    n = sum(map(len, units))
    observed = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / n
    everything = [value for unit in units for value in unit]
    expected = sum(a != b for a, b in permutations(everything, 2)) / (n * (n - 1))
    return 1 - observed / expected if expected else math.nan


@pytest.mark.parametrize(
    ("observers", "expected"),
    [
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
)
def test_alpha_of_the_published_examples(observers: tuple[str, ...], expected: float) -> None:
    """Examples A (binary), B (nominal) and C (with gaps, marked by dots) of Krippendorff's introduction (2011)."""
    units = [[value for value in unit if value != "."] for unit in zip(*observers, strict=True)]
    assert krippendorff_alpha(units).value == pytest.approx(expected, abs=5e-4)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=12))
def test_alpha_agrees_with_its_definition(units: list[list[str]]) -> None:
    found = krippendorff_alpha(units, n_resamples=10).value
    expected = by_pairs_of_values(units) if any(len(unit) >= 2 for unit in units) else math.nan
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_alpha_interval_covers() -> None:
    """Two people of whom each errs in one of five answers; alpha of a large sample is inside nearly always."""
    dice = np.random.default_rng(0)

    def sample(n: int) -> list[list[str]]:
        truth = dice.integers(2, size=n)
        return [[str(abs(value - (dice.random() < 0.2))) for _ in range(2)] for value in truth.tolist()]

    truth = krippendorff_alpha(sample(20_000), n_resamples=2).value
    estimates = [krippendorff_alpha(sample(120), n_resamples=200) for _ in range(60)]
    covered = sum(one.low <= truth <= one.high for one in estimates)
    assert covered >= 53


def answer_all(file: StudyFile, prefers_guarded: float, dice: np.random.Generator, *, attentive: bool = True) -> None:
    word = file.admit()
    flips = _flips(file, word)
    while (task := file.task(word)) is not None:
        flipped, is_check = flips[task.item]
        guarded = 1 if flipped else 2
        wants_guarded = attentive if is_check else dice.random() < prefers_guarded
        file.answer(word, task.item, guarded if wants_guarded else 3 - guarded, 1.5)


def _flips(file: StudyFile, word: str) -> dict[str, tuple[bool, bool]]:
    import contextlib
    import hashlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(file.path)) as base:
        rows = base.execute(
            "SELECT item, flipped, expected FROM deals JOIN items ON id = item WHERE participant = ?",
            (hashlib.sha256(word.encode()).hexdigest(),),
        ).fetchall()
    return {item: (bool(flipped), expected is not None) for item, flipped, expected in rows}


def test_inattentive_participants_are_left_out_and_counted(study_file: StudyFile) -> None:
    dice = np.random.default_rng(1)
    for _ in range(5):
        answer_all(study_file, 1.0, dice)
    answer_all(study_file, 0.0, dice, attentive=False)
    analysis = analyse(study_file)
    whole = analysis.groups[0]
    assert (analysis.n_participants, analysis.n_left_out, analysis.n_answers_left_out) == (6, 1, 12)
    assert analysis.n_checks_failed == 3
    assert whole.decided.value == 1.0
    assert whole.decided.low > 0.7
    assert {group.category for group in analysis.groups} == {"", "violence", "people"}
    kept = analyse(study_file, most_failures=3)
    assert kept.groups[0].decided.value == pytest.approx(5 / 6)
    assert kept.n_left_out == 0


def test_shares_add_up_and_ties_count(study_file: StudyFile) -> None:
    word = study_file.admit()
    while (task := study_file.task(word)) is not None:
        study_file.answer(word, task.item, 0, 1.0)
    analysis = analyse(study_file, most_failures=99)
    shares = {one.metric: one.value for one in analysis.groups[0].shares}
    assert shares == {"guarded": 0.0, "bare": 0.0, "none": 1.0}
    assert math.isnan(analysis.groups[0].decided.value)
    assert analysis.groups[0].decided.n_unscored == 12


def test_page_and_json_say_the_same(study_file: StudyFile) -> None:
    dice = np.random.default_rng(2)
    for _ in range(4):
        answer_all(study_file, 0.7, dice)
    analysis = analyse(study_file)
    form = json.loads(json.dumps(analysis.form(), allow_nan=False))
    page = markdown(analysis)
    value = form["groups"][0]["decided"]["value"]
    assert f"{value:.1%}" in page
    assert "Krippendorff" in page
    assert form["groups"][0]["shares"][0]["metric"] == Choice.GUARDED


def test_nothing_to_analyse_is_an_error(study_file: StudyFile) -> None:
    with pytest.raises(InputError, match="no answers yet"):
        analyse(study_file)


def test_commands(run_folder: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from ethical_lens.cli.study import app

    runner, file = CliRunner(), tmp_path / "made.sqlite"
    made = runner.invoke(app, ["build", str(run_folder), "--out", str(file), "--json", "--count", "6"])
    assert json.loads(made.stdout)["items"] == 6
    assert runner.invoke(app, ["build", str(run_folder), "--out", str(file)]).exit_code == 2
    answer_all(StudyFile(file), 1.0, np.random.default_rng(3))
    done = runner.invoke(app, ["analyse", str(file), "--out", str(tmp_path / "results")])
    assert done.exit_code == 0
    assert "guarded of decided" in (tmp_path / "results" / "analysis.md").read_text("utf-8")
    assert json.loads((tmp_path / "results" / "analysis.json").read_text("utf-8"))["n_participants"] == 1

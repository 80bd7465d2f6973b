from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.attack import AttackFolder, AttackSettings, attack, summarise
from ethical_lens.evaluate.attack.methods import BLACK_BOX, HARMLESS, PLAIN
from ethical_lens.evaluate.attack.parts import AttackParts, shipped_parts
from ethical_lens.evaluate.attack.report import write_attack_report
from ethical_lens.evaluate.attack.rows import Arm
from ethical_lens.evaluate.judge import Judgement, SketchJudge
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.sketch import STAND_INS

SETTINGS = AttackSettings(
    n_targets=3, n_black_box=1, n_queries=6, n_white_box=0, methods=("obfuscation, base64", "role play")
)


class SeesEverything(SketchJudge):
    """Sees every stand-in in every picture, so that all arms are run."""

    def judge(self, images: Sequence[Image.Image]) -> list[Judgement]:
        return [replace(each, stand_ins=STAND_INS) for each in super().judge(images)]


@pytest.fixture(scope="module")
def quick() -> AttackParts:
    return replace(shipped_parts(SETTINGS, drawer=SketchGenerator(n_steps=1)), judge=SeesEverything())


@pytest.fixture(scope="module")
def finished(quick: AttackParts, tmp_path_factory: pytest.TempPathFactory) -> AttackFolder:
    return attack(SETTINGS, tmp_path_factory.mktemp("run") / "run", parts=lambda _: quick)


def test_interrupted_run_ends_with_the_same_rows(quick: AttackParts, finished: AttackFolder, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    calls: dict[str, int] = {}

    def kill(stage: str, done: int, total: int) -> None:
        calls[stage] = calls.get(stage, 0) + 1
        if calls[stage] % 2 == 0:
            raise Killed

    for _ in range(20):
        try:
            folder = attack(SETTINGS, tmp_path / "run", parts=lambda _: quick, on_progress=kill)
        except Killed:
            continue
        break
    assert folder.text_rows() == finished.text_rows()
    assert folder.image_rows() == finished.image_rows()
    assert len(finished.image_rows()) > sum(calls.values()) / 4


def test_rows_cover_controls_methods_and_search(finished: AttackFolder) -> None:
    rows = finished.text_rows().values()
    methods = {row.attack.method for row in rows}
    assert methods == {PLAIN, HARMLESS, BLACK_BOX, *SETTINGS.methods}
    searched = [row for row in rows if row.attack.method == BLACK_BOX]
    assert [1 <= row.n_queries <= 6 for row in searched] == [True]


def test_arms_are_run_where_the_bare_picture_shows_it(finished: AttackFolder) -> None:
    rows = finished.text_rows()
    for name, image in finished.image_rows().items():
        row = rows[name]
        assert image.error is None
        assert row.attack.target.stand_in is not None
        if row.attack.method == HARMLESS or not image.shown[Arm.BARE]:
            assert set(image.shown) == {Arm.BARE}
        else:
            assert set(image.shown) == set(Arm)
            assert bool(image.caught_by) == (not image.shown[Arm.BOTH])


def test_report_counts_what_the_rows_hold(finished: AttackFolder) -> None:
    written = write_attack_report(finished)
    summary = summarise(finished)
    assert written.summary == summary
    attacked = [row for row in finished.text_rows().values() if row.attack.method not in (PLAIN, HARMLESS)]
    assert summary.n_texts == len(attacked)
    assert summary.overall.released.value == pytest.approx(sum(row.released for row in attacked) / len(attacked))
    page = written.markdown.read_text("utf-8")
    assert all(f"| {each.method} |" in page for each in summary.methods)


def test_folder_of_another_run_is_refused(quick: AttackParts, finished: AttackFolder) -> None:
    with pytest.raises(ConfigurationError, match="another settings"):
        attack(replace(SETTINGS, seed=1), finished.path, parts=lambda _: quick, images=False)


def test_nothing_is_begun_after_the_budget(quick: AttackParts, tmp_path: Path) -> None:
    folder = attack(SETTINGS, tmp_path / "run", parts=lambda _: quick, budget_seconds=0)
    assert folder.text_rows() == {}
    assert summarise(folder).overall.released.n == 0


def test_unknown_method_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="known are"):
        AttackSettings(methods=("magic",))

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, InputError
from ethical_lens.evaluate.study import Blur, Choice, StudyFile, build_pairs, read_pairs

from .conftest import BARE, GUARDED, N_PAIRS


def colour(png: bytes) -> tuple[int, ...]:
    with Image.open(BytesIO(png)) as image:
        pixel = image.getpixel((2, 2))
    assert isinstance(pixel, tuple)
    return pixel


def test_pairs_are_blinded(run_folder: Path, study_file: StudyFile) -> None:
    base = sqlite3.connect(study_file.path)
    pictures = [png for (png,) in base.execute("SELECT png FROM pictures")]
    names = [name for (name,) in base.execute("SELECT id FROM items")]
    base.close()
    assert pictures
    assert not any(b"guarded" in png or b"ethical" in png for png in pictures)
    assert not any("p1" in name or "guarded" in name for name in names)


def test_equal_pairs_are_left_out_and_counted(run_folder: Path) -> None:
    built = build_pairs(read_pairs(run_folder), seed=0)
    assert (len(built.items), built.n_same, built.n_pairs) == (N_PAIRS, 1, N_PAIRS + 1)


def test_choice_of_pairs_is_spread_over_categories_and_follows_the_seed(run_folder: Path) -> None:
    pairs = read_pairs(run_folder)
    some = build_pairs(pairs, seed=3, count=4)
    assert Counter(item.category for item in some.items) == {"violence": 2, "people": 2}
    assert [item.source for item in build_pairs(pairs, seed=3, count=4).items] == [item.source for item in some.items]


@pytest.mark.parametrize(("blur", "expected"), [(Blur.NONE, 0), (Blur.HARMFUL, 4), (Blur.ALL, N_PAIRS)])
def test_blur_follows_the_choice(run_folder: Path, blur: Blur, expected: int) -> None:
    assert sum(item.blurred for item in build_pairs(read_pairs(run_folder), seed=0, blur=blur).items) == expected


@pytest.mark.parametrize(
    "line", ["[]", '{"id": "a"}', '{"id": "a", "prompt": "b", "bare": "../x.png", "guarded": "../x.png"}', "{"]
)
def test_unusable_pairs_are_refused_with_their_line(run_folder: Path, line: str) -> None:
    path = run_folder / "pairs.jsonl"
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(InputError, match=rf"pairs.jsonl:{N_PAIRS + 2}"):
        read_pairs(run_folder)


def test_answers_are_kept_once_and_survive_reopening(study_file: StudyFile) -> None:
    word = study_file.admit()
    task = study_file.task(word)
    assert task is not None
    assert study_file.answer(word, task.item, 1, 2.0)
    assert not study_file.answer(word, task.item, 2, 9.0), "an answer that arrives again changes nothing"
    again = StudyFile(study_file.path)
    [answer] = again.answers()
    assert answer.seconds == 2.0
    following = again.task(word)
    assert following is not None
    assert following.n_done == 1
    assert following.item != task.item


def test_sides_are_mixed_and_answers_are_freed_of_them(study_file: StudyFile) -> None:
    """Whoever always picks the blue picture chose the guarded one, on whichever side it was."""
    for _ in range(4):
        word = study_file.admit()
        while (task := study_file.task(word)) is not None:
            left = colour(study_file.picture(word, task.item, 0))
            right = colour(study_file.picture(word, task.item, 1))
            is_check = {left, right} != {BARE, GUARDED}
            study_file.answer(word, task.item, 0 if is_check else 1 if left == GUARDED else 2, 1.0)
    judged = [answer for answer in study_file.answers() if not answer.is_check]
    assert {answer.choice for answer in judged} == {Choice.GUARDED}
    assert {answer.flipped for answer in judged} == {True, False}
    assert {answer.choice for answer in study_file.answers() if answer.is_check} == {Choice.FAILED}


def test_everybody_gets_checks_and_items_are_dealt_evenly(run_folder: Path, tmp_path: Path) -> None:
    from ethical_lens.evaluate.study import PAIRS_STUDY, with_checks

    study = replace(PAIRS_STUDY, per_person=6, checks_every=3)
    items = with_checks(study, build_pairs(read_pairs(run_folder), seed=0).items)
    file = StudyFile.create(tmp_path / "s.sqlite", study, items, notes={})
    for _ in range(4):
        file.admit()
    base = sqlite3.connect(file.path)
    dealt = dict(
        base.execute("SELECT items.id, count(*) FROM deals JOIN items ON id = item WHERE expected IS NULL GROUP BY 1")
    )
    checks = [
        n
        for (n,) in base.execute(
            "SELECT count(*) FROM deals JOIN items ON id = item WHERE expected IS NOT NULL GROUP BY participant"
        )
    ]
    base.close()
    assert set(dealt.values()) == {2}
    assert checks == [2] * 4


def test_participants_reach_only_what_was_dealt_to_them(study_file: StudyFile) -> None:
    word = study_file.admit()
    task = study_file.task(word)
    assert task is not None
    with pytest.raises(InputError):
        study_file.answer(word, "nothing", 1, 1.0)
    with pytest.raises(InputError):
        study_file.picture("somebody else", task.item, 0)
    with pytest.raises(InputError):
        study_file.task("somebody else")
    assert not study_file.knows("somebody else")


def test_withdrawing_deletes_everything(study_file: StudyFile) -> None:
    word = study_file.admit()
    task = study_file.task(word)
    assert task is not None
    study_file.answer(word, task.item, 1, 1.0)
    study_file.withdraw(word)
    assert study_file.answers() == []
    assert not study_file.knows(word)
    assert study_file.counts()["participants"] == 0


def test_the_word_of_a_participant_is_not_in_the_file(study_file: StudyFile) -> None:
    word = study_file.admit()
    for path in study_file.path.parent.glob("study.sqlite*"):
        assert word.encode() not in path.read_bytes()


def test_many_participants_at_once_lose_no_answer(study_file: StudyFile) -> None:
    def take_part() -> None:
        word = study_file.admit()
        while (task := study_file.task(word)) is not None:
            study_file.answer(word, task.item, 1, 0.1)

    threads = [threading.Thread(target=take_part) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answer.participant for answer in study_file.answers()).most_common()[-1][1] == N_PAIRS + 3


def test_an_existing_file_is_not_overwritten(study_file: StudyFile) -> None:
    with pytest.raises(ConfigurationError, match="exists already"):
        StudyFile.create(study_file.path, study_file.study, [], notes={})


def test_another_file_is_no_study(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_text("no database, but text that is long enough" * 50)
    for path in (other, tmp_path / "missing.sqlite"):
        with pytest.raises(ConfigurationError):
            StudyFile(path)

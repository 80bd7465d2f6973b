from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ethical_lens.audit import AuditLog, confirm, find
from ethical_lens.audit.chain import Retention
from ethical_lens.errors import AuditError
from ethical_lens.types import Result

MakeResult = Callable[..., Result]
WriteLog = Callable[..., AuditLog]

CONTENT = "audit.content.jsonl"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def restored(folder: Path, files: dict[str, bytes]) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)


@pytest.mark.parametrize("retention", ["hash", "text"])
def test_erasing_removes_the_text_and_keeps_the_chain(
    tmp_path: Path, make_result: MakeResult, secrets: tuple[str, ...], retention: Retention
) -> None:
    log = AuditLog(tmp_path, retention=retention)
    log.append(make_result("r-0", prompt="kept"))
    log.append(make_result("r-1", prompt="the unmistakable aardvark"))
    size = (tmp_path / CONTENT).stat().st_size
    event = log.erase("r-1", "the user asked for it")
    assert (event.kind, event.id, event.record["entries"]) == ("erased", "r-1", [2])
    assert b"aardvark" not in b"".join(contents(tmp_path).values())
    assert confirm(tmp_path, "r-1", "the unmistakable aardvark") == []
    assert "/request/prompt" in confirm(tmp_path, "r-0", "kept")
    assert (tmp_path / CONTENT).stat().st_size == size
    report = log.verify()
    assert report.ok
    assert (report.n_entries, report.n_erased) == (2, 1)
    assert [entry.content for entry in find(tmp_path, "r-1")] == ["erased", "none"]
    log.append(make_result("r-2"))
    assert log.verify().ok


def test_all_entries_under_one_id_are_erased(tmp_path: Path, make_result: MakeResult) -> None:
    log = AuditLog(tmp_path, retention="text")
    for _ in range(3):
        log.append(make_result("same"))
    log.erase("same", "asked for")
    assert log.verify().n_erased == 3


def test_nothing_is_erased_twice_or_by_guess(tmp_path: Path, written: WriteLog) -> None:
    log = written(tmp_path)
    log.erase("r-1", "asked for")
    with pytest.raises(AuditError, match="nothing to erase"):
        log.erase("r-1", "again")
    with pytest.raises(AuditError, match="no entry"):
        log.erase("r-17", "asked for")
    with pytest.raises(AuditError, match="reason"):
        log.erase("r-2", " ")
    assert log.verify().ok


def test_overwriting_without_a_record_is_found(tmp_path: Path, written: WriteLog) -> None:
    log = written(tmp_path)
    before = contents(tmp_path)
    log.erase("r-1", "asked for")
    overwritten = (tmp_path / CONTENT).read_bytes()
    restored(tmp_path, {**before, CONTENT: overwritten})
    assert log.verify().problems == ("line 2: its content was overwritten, and no erasure is recorded",)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_erasure_cut_short_is_found_and_finished(tmp_path: Path, written: WriteLog, share: float) -> None:
    log = written(tmp_path)
    full = (tmp_path / CONTENT).read_bytes()
    log.erase("r-1", "asked for")
    erased = (tmp_path / CONTENT).read_bytes()
    start = full.index(b"\n") + 1
    cut = start + int(share * (full.index(b"\n", start) - start))
    (tmp_path / CONTENT).write_bytes(erased[:cut] + full[cut:])
    report = log.verify()
    assert not report.ok
    assert any("run the erasure again" in problem for problem in report.problems)
    log.erase("r-1", "asked for")
    assert log.verify().ok
    assert (tmp_path / CONTENT).read_bytes() == erased

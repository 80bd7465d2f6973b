from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ethical_lens.audit import AuditLog, erase, head, read, verify
from ethical_lens.audit.locks import hold
from ethical_lens.errors import AuditError, ConfigurationError
from ethical_lens.types import Result

MakeResult = Callable[..., Result]
WriteLog = Callable[..., AuditLog]

WRITER = Path(__file__).with_name("writer.py")
CHAIN, CONTENT, HEAD, TORN = "audit.jsonl", "audit.content.jsonl", "audit.head.json", "audit.torn"

ONE_FOLDER = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def restored(folder: Path, files: dict[str, bytes]) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)


@pytest.fixture(scope="module")
def play_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("play")


@ONE_FOLDER
@given(share=st.floats(0, 1), part=st.sampled_from([CHAIN, CONTENT, HEAD]))
def test_killed_at_any_byte_the_log_stays_valid(
    play_folder: Path, written: WriteLog, make_result: MakeResult, share: float, part: str
) -> None:
    """Play the writes of an append up to a byte: content, then chain, then checkpoint."""
    folder = play_folder / "killed"
    if not folder.exists():
        written(folder, 2)
        (folder / "before.files").mkdir()
        (folder / "after.files").mkdir()
        for name in (CHAIN, CONTENT, HEAD):
            (folder / "before.files" / name).write_bytes((folder / name).read_bytes())
        AuditLog(folder, retention="text", fsync=False).append(make_result("in-flight"))
        for name in (CHAIN, CONTENT, HEAD):
            (folder / "after.files" / name).write_bytes((folder / name).read_bytes())
    log = folder / "log"
    log.mkdir(exist_ok=True)
    before, after = contents(folder / "before.files"), contents(folder / "after.files")
    files = dict(before)
    for name in (CONTENT, CHAIN):
        n_new = len(after[name]) - len(before[name])
        files[name] = after[name] if name != part else after[name][: len(before[name]) + int(share * n_new)]
        if name == part:
            break
    restored(log, files)
    report = verify(log)
    assert report.ok, report.problems
    assert report.n_entries in (2, 3)
    resumed = AuditLog(log, retention="text", fsync=False)
    resumed.append(make_result("next"))
    report = resumed.verify()
    assert report.ok, report.problems
    assert report.notes == ()
    assert [entry.id for entry in resumed.read() if entry.kind == "request"][-1] == "next"
    torn = len(before[CHAIN]) < len(files[CHAIN]) < len(after[CHAIN])
    assert report.n_torn == torn
    assert (log / TORN).exists() == torn


def test_killed_writers_lose_at_most_the_line_in_flight(tmp_path: Path, make_result: MakeResult) -> None:
    chance = random.Random(5)
    n_confirmed = 0
    for round_ in range(4):
        command = [sys.executable, str(WRITER), str(tmp_path), f"k{round_}", "10000", "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "0\n"
            time.sleep(chance.uniform(0, 0.03))
            writer.send_signal(signal.SIGKILL)
            n_confirmed += 1 + len(writer.stdout.read().splitlines())
        report = verify(tmp_path)
        assert report.ok, report.problems
        assert n_confirmed <= report.n_entries <= n_confirmed + round_ + 1
    log = AuditLog(tmp_path, retention="text")
    log.append(make_result("after"))
    report = log.verify()
    assert report.ok, report.problems
    assert report.notes == ()


def test_four_processes_write_one_chain(tmp_path: Path) -> None:
    commands = [[sys.executable, str(WRITER), str(tmp_path), f"p{k}", "50", "20"] for k in range(4)]
    writers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    assert [writer.wait(timeout=60) for writer in writers] == [0] * 4
    report = verify(tmp_path)
    assert report.ok, report.problems
    assert (report.n_entries, report.n_torn) == (200, 0)
    assert {entry.id for entry in read(tmp_path)} == {f"p{k}-{number}" for k in range(4) for number in range(50)}


def test_checkpoint_that_a_power_cut_left_behind_is_caught_up(tmp_path: Path, written: WriteLog) -> None:
    log = written(tmp_path, 2)
    early = (tmp_path / HEAD).read_bytes()
    written(tmp_path, 4)
    (tmp_path / HEAD).write_bytes(early)
    assert (log.verify().ok, log.verify().notes) == (True, ("4 lines were written after the checkpoint",))
    written(tmp_path, 1)
    assert (log.verify().ok, log.verify().notes) == (True, ())


def test_threads_write_one_chain(tmp_path: Path, make_result: MakeResult) -> None:
    log = AuditLog(tmp_path, retention="hash", fsync=False)
    threads = [Thread(target=lambda: [log.append(make_result()) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (log.verify().ok, log.verify().n_entries) == (True, 40)


def test_full_disk_raises_and_leaves_whole_lines(tmp_path: Path, make_result: MakeResult) -> None:
    command = [sys.executable, str(WRITER), str(tmp_path), "d", "100", "3000", "20000"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "AuditError" in run.stderr
    assert "free space" in run.stderr
    report = verify(tmp_path)
    assert (report.ok, report.n_torn, report.notes) == (True, 0, ())
    assert report.n_entries == len(run.stdout.splitlines()) > 0
    AuditLog(tmp_path, retention="text").append(make_result())
    assert verify(tmp_path).ok


def test_unwritable_folder_raises_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AuditError, match="writable folder"):
        AuditLog(tmp_path / "file" / "log", retention="text")


def test_folder_that_vanishes_makes_appends_fail(tmp_path: Path, written: WriteLog, make_result: MakeResult) -> None:
    log = written(tmp_path / "log")
    (tmp_path / "log").rename(tmp_path / "moved")
    with pytest.raises(AuditError, match="writable folder"):
        log.append(make_result())


def test_log_that_stays_locked_raises(tmp_path: Path, make_result: MakeResult) -> None:
    log = AuditLog(tmp_path, retention="text", lock_timeout_seconds=0.05)
    with hold(tmp_path / "audit.lock", timeout_seconds=1), pytest.raises(AuditError, match="another process has held"):
        log.append(make_result())
    assert log.append(make_result()).seq == 1


def test_torn_line_that_ends_in_a_newline_is_moved_away_too(
    tmp_path: Path, written: WriteLog, make_result: MakeResult
) -> None:
    log = written(tmp_path, 2)
    with (tmp_path / CHAIN).open("ab") as file:
        file.write(b"\0\0\0\n")
    log.append(make_result())
    assert (tmp_path / TORN).read_bytes() == b"\0\0\0\n\n"
    assert (log.verify().ok, log.verify().n_torn) == (True, 1)


def test_line_can_be_checked_without_parsing_it(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path)
    for line in (tmp_path / CHAIN).read_bytes().splitlines(keepends=True):
        assert hashlib.sha256(line[:-76]).hexdigest().encode() == line[-67:-3]


def test_a_file_may_be_named(tmp_path: Path, make_result: MakeResult) -> None:
    log = AuditLog(tmp_path / "deep" / "july.jsonl", retention="text")
    log.append(make_result())
    assert {path.name for path in (tmp_path / "deep").iterdir()} >= {
        "july.jsonl",
        "july.content.jsonl",
        "july.head.json",
    }
    assert verify(tmp_path / "deep" / "july.jsonl").n_entries == 1


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_the_owner_may_read(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


@pytest.mark.parametrize("action", [verify, head, lambda path: list(read(path)), lambda path: erase(path, "r", "why")])
def test_no_log_is_an_error_and_makes_nothing(tmp_path: Path, action: Callable[[Path], object]) -> None:
    with pytest.raises(AuditError, match="expected an audit log"):
        action(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_new_log_verifies(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, retention="text")
    assert log.verify().ok
    assert log.head().count == 0


def test_unknown_retention_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="none, hash, text"):
        AuditLog(tmp_path, retention="all")  # type: ignore[arg-type]

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ethical_lens.audit import AuditLog, erase, head, verify
from ethical_lens.audit.chain import Retention
from ethical_lens.errors import AuditError, ConfigurationError
from ethical_lens.types import Result

MakeResult = Callable[..., Result]
WriteLog = Callable[..., AuditLog]

CHAIN, CONTENT, HEAD = "audit.jsonl", "audit.content.jsonl", "audit.head.json"
KEY = "0123456789abcdef0123456789abcdef"

ONE_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def restored(folder: Path, files: dict[str, bytes]) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)


def test_untouched_log_verifies(tmp_path: Path, written: WriteLog) -> None:
    report = written(tmp_path).verify()
    assert report.ok
    assert (report.n_entries, report.n_erased, report.n_torn, report.first_bad_line) == (3, 0, 0, None)
    assert report.problems == report.notes == ()


@pytest.fixture(scope="module")
def tamper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tampered")


@ONE_FOLDER
@given(
    name=st.sampled_from([CHAIN, CHAIN, CONTENT, HEAD]),
    retention=st.sampled_from(["hash", "text"]),
    place=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
)
def test_any_flipped_byte_is_found(
    tamper_folder: Path, written: WriteLog, name: str, retention: Retention, place: float, flip: int
) -> None:
    folder = tamper_folder / retention
    if not folder.exists():
        written(folder, retention=retention)
        erase(folder, "r-1", "asked for")
    before = (folder / name).read_bytes()
    position = int(place * len(before))
    (folder / name).write_bytes(before[:position] + bytes([before[position] ^ flip]) + before[position + 1 :])
    try:
        assert not verify(folder).ok
    finally:
        (folder / name).write_bytes(before)


def test_any_flipped_byte_of_the_ends_is_found(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path, 1)
    for name in (CHAIN, HEAD):
        before = (tmp_path / name).read_bytes()
        for position in range(max(0, len(before) - 100), len(before)):
            changed = bytearray(before)
            changed[position] ^= 0x20
            (tmp_path / name).write_bytes(changed)
            assert not verify(tmp_path).ok, (name, position)
        (tmp_path / name).write_bytes(before)
    assert verify(tmp_path).ok


@pytest.mark.parametrize("name", [CHAIN, CONTENT])
@pytest.mark.parametrize(
    "order", [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1], [0], [], [1, 0, 2, 3], [0, 1, 3, 2], [0, 0, 1, 2, 3]]
)
def test_lines_removed_reordered_or_repeated_are_found(
    tmp_path: Path, written: WriteLog, name: str, order: list[int]
) -> None:
    written(tmp_path, 4)
    lines = (tmp_path / name).read_bytes().splitlines(keepends=True)
    (tmp_path / name).write_bytes(b"".join(lines[place] for place in order))
    report = verify(tmp_path)
    assert not report.ok
    assert report.first_bad_line == next(k + 1 for k in range(5) if k >= len(order) or order[k] != k)


def test_first_bad_line_is_named(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path, 4)
    raw = (tmp_path / CHAIN).read_bytes()
    (tmp_path / CHAIN).write_bytes(raw.replace(b'"seq":2', b'"seq":7'))
    report = verify(tmp_path)
    assert report.first_bad_line == 2
    assert report.problems[0] == "line 2: its hash does not match"


def test_missing_end_is_counted(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path, 5)
    lines = (tmp_path / CHAIN).read_bytes().splitlines(keepends=True)
    (tmp_path / CHAIN).write_bytes(b"".join(lines[:3]))
    assert "line 4: 2 lines are missing at the end" in verify(tmp_path).problems


@pytest.mark.parametrize("also", [[], [HEAD], [CONTENT], [HEAD, CONTENT]])
def test_writing_on_after_the_end_was_cut_off_does_not_hide_it(
    tmp_path: Path, written: WriteLog, make_result: MakeResult, also: list[str]
) -> None:
    log = written(tmp_path, 5)
    lines = (tmp_path / CHAIN).read_bytes().splitlines(keepends=True)
    (tmp_path / CHAIN).write_bytes(b"".join(lines[:3]))
    for name in also:
        (tmp_path / name).unlink()
    for number in range(5):
        log.append(make_result(f"later-{number}"))
    report = log.verify()
    assert not report.ok
    assert any("when writing was resumed here" in problem for problem in report.problems)
    assert len([entry for entry in log.read() if entry.id.startswith("later")]) == 5


def test_removed_checkpoint_is_found(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path, 1)
    (tmp_path / HEAD).unlink()
    assert not verify(tmp_path).ok


def test_writer_refuses_a_log_whose_end_was_altered(tmp_path: Path, written: WriteLog, make_result: MakeResult) -> None:
    log = written(tmp_path, 2)
    raw = (tmp_path / CHAIN).read_bytes()
    (tmp_path / CHAIN).write_bytes(raw.replace(b'"seq":2', b'"seq":22'))
    with pytest.raises(AuditError, match="its hash does not match"):
        log.append(make_result())


def test_stored_head_finds_a_log_that_was_written_anew(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path / "old", 3)
    stored = str(head(tmp_path / "old"))
    written(tmp_path / "new", 4)
    assert verify(tmp_path / "new").ok
    assert not verify(tmp_path / "new", expected_head=stored).ok
    assert verify(tmp_path / "old", expected_head=stored).ok


def test_stored_head_holds_while_the_log_grows_and_finds_it_cut(
    tmp_path: Path, written: WriteLog, make_result: MakeResult
) -> None:
    log = written(tmp_path, 2)
    early = contents(tmp_path)
    log.append(make_result())
    stored = str(log.head())
    log.append(make_result())
    assert log.verify(expected_head=stored).ok
    restored(tmp_path, early)
    assert log.verify().ok
    report = log.verify(expected_head=stored)
    assert (report.ok, report.first_bad_line) == (False, 3)


@pytest.mark.parametrize("text", ["", "3", "3:xyz", "x:" + "0" * 64])
def test_head_that_cannot_be_read_is_refused(tmp_path: Path, written: WriteLog, text: str) -> None:
    log = written(tmp_path, 1)
    with pytest.raises(AuditError, match="COUNT:HASH"):
        log.verify(expected_head=text)


def test_keyed_log_needs_its_key(tmp_path: Path, written: WriteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETHICAL_LENS_AUDIT_KEY", KEY)
    written(tmp_path)
    assert verify(tmp_path).ok
    assert not verify(tmp_path, key=KEY[::-1]).ok
    monkeypatch.delenv("ETHICAL_LENS_AUDIT_KEY")
    report = verify(tmp_path)
    assert "set ETHICAL_LENS_AUDIT_KEY" in report.problems[0]
    assert verify(tmp_path, key=KEY).ok
    with pytest.raises(AuditError, match="keyed"):
        AuditLog(tmp_path, retention="text")
    with pytest.raises(AuditError, match="under this key"):
        AuditLog(tmp_path, retention="text", key=KEY[::-1])


def test_log_without_a_key_is_not_taken_for_a_keyed_one(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path)
    assert not verify(tmp_path, key=KEY).ok
    with pytest.raises(AuditError, match="without a key"):
        AuditLog(tmp_path, retention="text", key=KEY)


def test_checkpoint_of_a_keyed_log_cannot_be_made_without_the_key(tmp_path: Path, make_result: MakeResult) -> None:
    log = AuditLog(tmp_path, retention="none", key=KEY)
    entries = [log.append(make_result()) for _ in range(3)]
    lines = (tmp_path / CHAIN).read_bytes().splitlines(keepends=True)
    (tmp_path / CHAIN).write_bytes(b"".join(lines[:2]))
    forged = json.loads((tmp_path / HEAD).read_bytes()) | {
        "count": 2, "hash": entries[1].hash, "chain_bytes": len(lines[0] + lines[1])
    }  # fmt: skip
    (tmp_path / HEAD).write_text(json.dumps(forged, separators=(",", ":"), sort_keys=True) + "\n")
    assert not log.verify().ok


@pytest.mark.parametrize("key", ["", "short"])
def test_short_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigurationError, match="openssl rand"):
        AuditLog(tmp_path, retention="text", key=key)

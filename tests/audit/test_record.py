from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ethical_lens.audit import AuditLog, confirm
from ethical_lens.audit.chain import Retention
from ethical_lens.errors import AuditError
from ethical_lens.types import Result

MakeResult = Callable[..., Result]
WriteLog = Callable[..., AuditLog]

CHAIN, CONTENT = "audit.jsonl", "audit.content.jsonl"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_entry_tells_everything_but_pixels(tmp_path: Path, make_result: MakeResult, secrets: tuple[str, ...]) -> None:
    log = AuditLog(tmp_path, retention="text")
    log.append(make_result(), model_digests={"text": "ab" * 32})
    (entry,) = log.read()
    record = json.loads(json.dumps(dict(entry.record)))
    assert entry.id == "r-1"
    assert record["request"]["prompt"] == "a quokka surgeon in Zanzibar"
    assert record["policy"] == "default@1+abc"
    assert record["model_digests"] == {"text": "ab" * 32}
    assert record["exemptions"] == ["shadow"]
    assert record["seconds"] == {"screen": 0.001, "look": 0.75}
    attempt = record["outcomes"][0]["attempts"][1]
    shot = record["shots"][attempt["shot"]]
    draft = record["drafts"][shot["draft"]]
    assert attempt["edits"][0]["parameters"] == {"radius": 9, "prompt": "a narwhal"}
    assert (shot["seed"], shot["attributes"], record["group_names"]) == (
        11,
        {"group0.gender": "female"},
        ["okapi surgeon"],
    )
    assert (draft["text"], draft["author"]) == ("a pangolin surgeon", "rewriter")
    screened = record["drafts"][record["plan"]["drafts"][0]]["verdict"]
    (fired,) = screened["fired"]
    assert fired["reason"] == "text.violence.k2"
    assert screened["findings"][fired["findings"][0]]["category"] == "violence"
    text = json.dumps(record).lower()
    assert all(secret in text for secret in secrets)


@pytest.mark.parametrize("retention", ["none", "hash"])
def test_no_text_reaches_any_file(
    tmp_path: Path, written: WriteLog, secrets: tuple[str, ...], retention: Retention
) -> None:
    written(tmp_path, retention=retention)
    raw = b"".join(contents(tmp_path).values()).lower()
    assert not [secret for secret in secrets if secret.encode() in raw]
    assert b"nightly" not in raw
    assert b"violence" in raw


def test_chain_holds_no_text(tmp_path: Path, written: WriteLog, secrets: tuple[str, ...]) -> None:
    written(tmp_path, retention="text")
    raw = (tmp_path / CHAIN).read_bytes().lower()
    assert not [secret for secret in secrets if secret.encode() in raw]


def test_retention_none_commits_to_nothing(tmp_path: Path, written: WriteLog) -> None:
    log = written(tmp_path, retention="none")
    assert not (tmp_path / CONTENT).exists()
    assert next(log.read()).record["request"]["prompt"] == {"sealed": None}  # type: ignore[index, call-overload]
    assert confirm(tmp_path, "r-0", "a quokka surgeon in Zanzibar") == []


def test_retention_hash_confirms_a_text_that_is_shown(tmp_path: Path, written: WriteLog) -> None:
    written(tmp_path, retention="hash")
    assert "/request/prompt" in confirm(tmp_path, "r-1", "a quokka surgeon in Zanzibar")
    assert confirm(tmp_path, "r-1", "a quokka surgeon in zanzibar") == []
    assert confirm(tmp_path, "r-9", "a quokka surgeon in Zanzibar") == []


def test_equal_texts_get_unequal_commitments(tmp_path: Path, make_result: MakeResult) -> None:
    one, two = AuditLog(tmp_path, retention="hash"), make_result()
    first, second = one.append(two), one.append(two)
    assert first.record["request"] != second.record["request"]


def test_pixels_reach_no_file(tmp_path: Path, written: WriteLog, make_result: MakeResult) -> None:
    result = make_result()
    image = result.images[0]
    assert image is not None
    written(tmp_path)
    raw = b"".join(contents(tmp_path).values())
    assert image.tobytes()[:12] not in raw
    assert b"201,17,113" not in raw
    assert b'"image":' not in raw.replace(b'"image":"heads@1"', b"")


def test_text_about_a_minor_in_a_sexual_context_is_never_kept(
    tmp_path: Path, minor_result: Result, secrets: tuple[str, ...]
) -> None:
    log = AuditLog(tmp_path, retention="text")
    assert log.append(minor_result).retention == "hash"
    raw = b"".join(contents(tmp_path).values()).lower()
    assert not [secret for secret in secrets if secret.encode() in raw]
    assert log.verify().ok


def test_array_in_a_result_is_refused_and_nothing_is_written(
    tmp_path: Path, written: WriteLog, make_result: MakeResult
) -> None:
    log = written(tmp_path, 1)
    before = contents(tmp_path)
    with pytest.raises(AuditError, match="no audit form"):
        log.append(replace(make_result(), seconds={"screen": object()}))  # type: ignore[dict-item]
    assert contents(tmp_path) == before


def test_strange_text_survives(tmp_path: Path, make_result: MakeResult) -> None:
    log = AuditLog(tmp_path, retention="text")
    prompt = 'a "quoted"\n\x1b[31m line\u2028 \ud800 with \x00 and 🦊/~1'
    log.append(make_result(prompt=prompt))
    assert log.verify().ok
    assert next(log.read()).record["request"]["prompt"] == prompt  # type: ignore[index, call-overload]

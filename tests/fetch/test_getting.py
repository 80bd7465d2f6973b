from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ethical_lens.errors import ConfigurationError, ModelIntegrityError
from ethical_lens.fetch import LOCK_FILE, Listing, RemoteFile, get, listing_of, read_lock, verify_lock
from ethical_lens.fetch.sources import _chosen
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.download import DownloadLimits, download
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.loopback import Loopback, Received, Reply
from ethical_lens.serial import Json

CONTENT = bytes(range(256)) * 4000
TAG = '"first"'
AT_ONCE = Backoff(first_seconds=0.01)


class Shelf:
    """Serves one file, whose transfer can be cut off, and continues it as RFC 9110 says."""

    def __init__(self, content: bytes = CONTENT, cuts: list[int] | None = None) -> None:
        self.content, self.tag, self.cuts = content, TAG, cuts or []

    def __call__(self, received: Received) -> Reply:
        headers = {"ETag": self.tag}
        cut = self.cuts.pop(0) if self.cuts else None
        begin = received.headers.get("range", "").removeprefix("bytes=").rstrip("-")
        if not begin or received.headers.get("if-range") != self.tag:
            return Reply(content=self.content, media_type="x/y", headers=headers, cut_at=cut)
        headers["Content-Range"] = f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}"
        return Reply(content=self.content[int(begin) :], media_type="x/y", headers=headers, status=206, cut_at=cut)


def test_transfer_that_is_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with Loopback(Shelf(cuts=[300_000, 400_000])) as server:
        download(f"{server.url}/model.bin", tmp_path / "model", backoff=AT_ONCE)
        ranges = [each.headers.get("range") for each in server.received]
    assert (tmp_path / "model").read_bytes() == CONTENT
    assert ranges == [None, "bytes=300000-", "bytes=700000-"]
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_next_call_continues_and_one_with_another_version_starts_anew(tmp_path: Path) -> None:
    shelf = Shelf(cuts=[300_000])
    with Loopback(shelf) as server:
        with pytest.raises(RemoteError, match="cut off after 300,000"):
            download(f"{server.url}/m", tmp_path / "m", backoff=Backoff(n_attempts=1))
        shelf.content, shelf.tag = CONTENT[::-1], '"second"'
        download(f"{server.url}/m", tmp_path / "m", backoff=AT_ONCE)
    assert (tmp_path / "m").read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(
    ("answer", "limits", "said"),
    [
        (Shelf(), DownloadLimits(max_bytes=1000), "larger than 1,000"),
        (
            lambda _: Reply(content=CONTENT, headers={"Content-Length": ""}),
            DownloadLimits(max_bytes=9),
            "larger than 9",
        ),
        (lambda _: Reply(content=b"x", wait_seconds=5), DownloadLimits(wait_seconds=0.2), "broke off"),
        (lambda _: Reply(content=b"x" * 999, drip_seconds=0.01), DownloadLimits(seconds=0.8), "within 0.8 s"),
        (lambda _: Reply(status=404), DownloadLimits(), "status 404"),
        (lambda _: Reply(status=401), DownloadLimits(), "login"),
    ],
)
def test_fault_of_the_server_leaves_no_file(
    tmp_path: Path, answer: Callable[[Received], Reply], limits: DownloadLimits, said: str
) -> None:
    with Loopback(answer) as server, pytest.raises(RemoteError, match=said):
        download(f"{server.url}/m", tmp_path / "m", limits=limits, backoff=Backoff(n_attempts=1))
    assert not (tmp_path / "m").exists()


def test_redirect_away_from_https_is_not_followed(tmp_path: Path) -> None:
    reply = Reply(status=302, headers={"Location": "http://example.com/m"})
    with Loopback(lambda _: reply) as server, pytest.raises(ConfigurationError, match="https"):
        download(f"{server.url}/m", tmp_path / "m")


def test_key_is_not_handed_to_another_host(tmp_path: Path) -> None:
    with Loopback(Shelf()) as other:
        away = Reply(status=302, headers={"Location": f"{other.url}/m"})
        with Loopback(lambda _: away) as server:
            download(f"{server.url}/m", tmp_path / "m", headers={"Authorization": "Bearer secret"})
            assert server.received[0].headers["authorization"] == "Bearer secret"
        assert "authorization" not in other.received[0].headers


def test_first_fetch_pins_and_changed_content_is_refused(tmp_path: Path) -> None:
    shelf = Shelf()
    with Loopback(shelf) as server:
        name = f"{server.url}/heads.safetensors"
        (fetched,) = get(listing_of(name), tmp_path)
        assert fetched.first
        assert fetched.pin.sha256 == hashlib.sha256(CONTENT).hexdigest()
        (again,) = get(listing_of(name), tmp_path)
        assert not again.new
        assert len(server.received) == 1

        fetched.path.unlink()
        shelf.content, shelf.tag = CONTENT + b"!", '"second"'
        with pytest.raises(ModelIntegrityError, match="has changed"):
            get(listing_of(name), tmp_path)
        assert not fetched.path.exists()
        (updated,) = get(listing_of(name), tmp_path, update=True)
    assert updated.path.read_bytes() == CONTENT + b"!"
    assert read_lock(tmp_path / LOCK_FILE).models[name].files["heads.safetensors"] == updated.pin


def test_what_the_source_says_of_a_file_is_compared_at_the_first_fetch(tmp_path: Path) -> None:
    with Loopback(Shelf()) as server:
        file = RemoteFile(path="m/a.onnx", address=f"{server.url}/a", sha256="0" * 64)
        with pytest.raises(ModelIntegrityError, match="stated by the source"):
            get(Listing(name="x/y", files=(file,)), tmp_path)
    assert not (tmp_path / "m/a.onnx").exists()


def test_altered_and_missing_files_are_found(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("a", "b", "c"):
        (source / name).write_text(name)
    models = tmp_path / "models"
    get(listing_of(str(source)), models)
    (models / "source/a").write_text("other")
    (models / "source/b").unlink()
    (problems,) = verify_lock(models / LOCK_FILE).values()
    assert ["a was altered" in problems[0], "b is missing" in problems[1], len(problems)] == [True, True, 2]


@pytest.mark.parametrize(
    "content",
    ["[]", "{", '{"version": 2}', '{"version": 1, "models": {"m": {"revision": "", "files": {"../x": {}}}}}'],
)
def test_lock_file_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / LOCK_FILE).write_text(content)
    with pytest.raises(ConfigurationError):
        read_lock(tmp_path / LOCK_FILE)


@pytest.mark.parametrize("name", ["", "model", "http://example.com/m", "ftp://x/y", "./nowhere", "a/b/c", "../../x"])
def test_name_that_is_no_source_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        listing_of(name)


def test_names_of_the_hub_are_looked_up_and_pinned_to_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "is_offline_mode", lambda: False)
    files = {"model_index.json": b"{}", "unet/model.safetensors": b"weights", "whole.safetensors": b"", "old.bin": b""}

    def answer(received: Received) -> Reply:
        if received.path.startswith("/api/models/someone/model"):
            siblings: list[Json] = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
            return Reply.json({"id": "someone/model", "sha": "c" * 40, "siblings": siblings})
        return Reply(content=files[received.path.partition(f"/resolve/{'c' * 40}/")[2]])

    with Loopback(answer) as server:
        listing = listing_of("someone/model@main", endpoint=server.url)
        fetched = get(listing, tmp_path)
    assert {each.path.relative_to(tmp_path).as_posix() for each in fetched} == {
        "someone--model/model_index.json",
        "someone--model/unet/model.safetensors",
    }
    said = json.loads((tmp_path / LOCK_FILE).read_text())
    assert said["models"]["someone/model@main"]["revision"] == "c" * 40


def test_pickled_files_are_never_chosen() -> None:
    assert _chosen(["a.bin", "a.safetensors", "a.fp16.safetensors"], ()) == {"a.safetensors"}
    with pytest.raises(ConfigurationError, match="can run code"):
        _chosen(["a.bin"], ["*.bin"])

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ethical_lens.errors import DeadlineError, InputError
from ethical_lens.evaluate.datasets import Downloads, download, fetch, hub_address, open_dataset

PROMPTS = b"prompt\na fox\na dog\n"


class Answers(BaseHTTPRequestHandler):
    """Serves a few addresses, some of them badly."""

    asked: list[str]
    still: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/slow.csv":
            self.still.wait(5)
        if self.path == "/away.csv":
            self.answer(302, b"", Location="http://example.org/prompts.csv")
        elif self.path == "/missing.csv":
            self.answer(404, b"")
        elif self.path == "/private.csv":
            self.answer(401, b"")
        elif self.path == "/cut.csv":
            self.answer(200, PROMPTS, **{"Content-Length": str(len(PROMPTS) + 5)})
        elif self.path == "/nameless-length.csv":
            self.answer(200, PROMPTS, **{"Content-Length": ""})
        elif self.path == "/api/datasets/who/two":
            self.answer(200, json.dumps({"siblings": [{"rfilename": "a.csv"}, {"rfilename": "b.csv"}]}).encode())
        elif self.path == "/api/datasets/who/odd":
            self.answer(200, b"[]")
        elif self.path.startswith("/api/datasets/"):
            self.answer(200, json.dumps({"siblings": [{"rfilename": "x.md"}, {"rfilename": "in/p s.csv"}]}).encode())
        else:
            self.answer(200, PROMPTS)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.still = threading.Event()
        handler = type("Handler", (Answers,), {"asked": self.asked, "still": self.still})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    monkeypatch.setattr(download, "HUB", server.url)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.still.set()
    server.http.shutdown()
    server.http.server_close()
    thread.join()


def test_a_file_is_fetched_once_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    address = f"{server.url}/prompts.csv"
    path = fetch(address, tmp_path / "kept", progress=lambda n, total: seen.append((n, total)))
    assert path.read_bytes() == PROMPTS
    assert path.name.endswith("-prompts.csv")
    assert seen == [(len(PROMPTS), len(PROMPTS))]
    assert fetch(address, tmp_path / "kept") == path
    assert server.asked == ["/prompts.csv"]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("missing.csv", "answered 404"),
        ("private.csv", "needs a login"),
        ("cut.csv", "expected 24 bytes, got 19|cannot be reached"),
        ("away.csv", "expected an https address, got 'http://example.org"),
    ],
)
def test_failures_are_explained_and_leave_nothing(server: Server, tmp_path: Path, page: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fetch(f"{server.url}/{page}", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("page", ["prompts.csv", "nameless-length.csv"])
def test_too_much_is_given_up(server: Server, tmp_path: Path, page: str) -> None:
    with pytest.raises(InputError, match="larger than 10 bytes"):
        fetch(f"{server.url}/{page}", tmp_path, max_bytes=10)
    assert list(tmp_path.iterdir()) == []


def test_a_silent_server_runs_into_the_deadline(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DeadlineError, match="no answer in time"):
        fetch(f"{server.url}/slow.csv", tmp_path, timeout_seconds=0.1)


@pytest.mark.parametrize(
    "address", ["http://example.org/a.csv", "file:///etc/hostname", "ftp://example.org/a.csv", "a"]
)
def test_only_https_is_fetched(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="expected an https address"):
        fetch(address, tmp_path)


def test_nobody_at_home_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/a.csv", tmp_path, timeout_seconds=2)


def test_hub_names_become_addresses(server: Server) -> None:
    assert hub_address("who/one/data/a.csv") == f"{server.url}/datasets/who/one/resolve/main/data/a.csv"
    assert hub_address("who/one") == f"{server.url}/datasets/who/one/resolve/main/in/p%20s.csv"


@pytest.mark.parametrize(
    ("name", "message"),
    [("who", "expected hub:OWNER/NAME"), ("who/two", "holds a.csv, b.csv .*name one"), ("who/odd", "list of files")],
)
def test_hub_names_that_lead_nowhere_are_explained(server: Server, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        hub_address(name)


def test_a_data_set_is_opened_from_the_hub(server: Server, tmp_path: Path) -> None:
    dataset = open_dataset("hub:who/one", downloads=Downloads(folder=tmp_path))
    assert [sample.prompt for sample in dataset.samples] == ["a fox", "a dog"]
    assert dataset.origin == f"{server.url}/datasets/who/one/resolve/main/in/p%20s.csv"


def test_a_known_data_set_is_opened_where_it_lies(server: Server, tmp_path: Path) -> None:
    dataset = open_dataset("human-bias", downloads=Downloads(folder=tmp_path))
    assert dataset.name == "human-bias"
    assert server.asked[0] == "/api/datasets/Ethical-Lens/HumanBias"

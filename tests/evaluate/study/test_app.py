"""What the server answers, over real HTTP on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPResponse
from typing import cast

import pytest

from ethical_lens.evaluate.study import StudyFile
from ethical_lens.evaluate.study.serving import LOOPBACK, allowed_hosts

pytest.importorskip("starlette", reason='needs the extra "study"')
uvicorn = pytest.importorskip("uvicorn", reason='needs the extra "study"')


@pytest.fixture
def address(study_file: StudyFile) -> Iterator[str]:
    from ethical_lens.evaluate.study.app import make_app

    server = uvicorn.Server(uvicorn.Config(make_app(study_file, hosts=LOOPBACK), port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def ask(url: str, body: object = None, **headers: str) -> HTTPResponse:
    encoded = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(  # noqa: S310 - loopback
        url, encoded, {"content-type": "application/json", **named}
    )
    try:
        return cast("HTTPResponse", urllib.request.urlopen(request, timeout=20))  # noqa: S310
    except urllib.error.HTTPError as error:
        return cast("HTTPResponse", error)


def content(response: HTTPResponse) -> Mapping[str, object]:
    return cast("Mapping[str, object]", json.load(response))


def consent(address: str) -> str:
    with ask(f"{address}/api/consent", {}) as response:
        cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    return str(cookie.partition(";")[0])


def test_a_whole_course(address: str, study_file: StudyFile) -> None:
    with ask(f"{address}/api/study") as response:
        assert content(response)["consented"] is False
    cookie = consent(address)
    n = 0
    while not (task := content(ask(f"{address}/api/task", cookie=cookie)))["finished"]:
        assert set(task) == {"finished", "item", "prompt", "pictures", "blurred", "done", "total"}
        for name in cast("list[str]", task["pictures"]):
            with ask(f"{address}/{name}", cookie=cookie) as picture:
                assert picture.headers["content-type"] == "image/png"
                assert picture.read(4) == b"\x89PNG"
        body = {"item": task["item"], "key": 2, "seconds": 1.25}
        assert content(ask(f"{address}/api/answer", body, cookie=cookie)) == {"new": True}
        assert content(ask(f"{address}/api/answer", body, cookie=cookie)) == {"new": False}
        n += 1
    assert len(study_file.answers()) == n == 15
    with ask(f"{address}/api/withdraw", {}, cookie=cookie) as response:
        assert response.status == 200
    assert study_file.answers() == []


def test_headers_are_safe_everywhere(address: str) -> None:
    for path in ("/", "/page.js", "/page.css", "/api/study", "/nothing", "/api/task"):
        with ask(address + path) as response:
            assert "default-src 'none'" in response.headers["content-security-policy"]
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["referrer-policy"] == "no-referrer"
            assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/api/consent", {}, {"sec_fetch_site": "cross-site"}, 403),
        ("/api/consent", {}, {"content_type": "text/plain"}, 415),
        ("/api/consent", {}, {"host": "evil.example"}, 400),
        ("/api/consent", b"x" * 5000, {}, 413),
        ("/api/consent", b"[" * 4000, {}, 400),
        ("/api/answer", {"item": "x", "key": 1, "seconds": 1}, {}, 403),
        ("/api/withdraw", {}, {"cookie": "participant=somebody"}, 403),
    ],
)
def test_what_does_not_come_from_the_page_is_refused(
    address: str, path: str, body: object, headers: dict[str, str], status: int
) -> None:
    with ask(address + path, body, **headers) as response:
        assert response.status == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"item": 1, "key": 1, "seconds": 1},
        {"item": "x", "key": True, "seconds": 1},
        {"item": "x", "key": 7, "seconds": 1},
        {"item": "x", "key": 1, "seconds": "1"},
        b'{"item":"x","key":1,"seconds":NaN}',
    ],
)
def test_broken_answers_are_refused(address: str, study_file: StudyFile, body: object) -> None:
    with ask(f"{address}/api/answer", body, cookie=consent(address)) as response:
        assert response.status == 400
    assert study_file.answers() == []


def test_consenting_again_keeps_the_participant(address: str, study_file: StudyFile) -> None:
    cookie = consent(address)
    with ask(f"{address}/api/consent", {}, cookie=cookie) as response:
        assert response.headers["set-cookie"] is None
    assert study_file.counts()["participants"] == 1


def test_served_by_the_command_until_interrupted(study_file: StudyFile) -> None:
    words = [sys.executable, "-m", "ethical_lens.cli", "study", "serve", str(study_file.path), "--port", "0", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        address = str(json.loads(served.stdout.readline())["address"])
        try:
            with ask(f"{address}api/study") as response:
                assert content(response)["consented"] is False
        finally:
            served.send_signal(signal.SIGINT)
        _, told = served.communicate(timeout=60)
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("host", "names", "expected"),
    [
        ("127.0.0.1", (), (*LOOPBACK, "127.0.0.1")),
        ("0.0.0.0", (), ("*",)),  # noqa: S104 - what is tested
        ("127.0.0.1", ("study.example",), (*LOOPBACK, "127.0.0.1", "study.example")),
    ],
)
def test_only_names_of_its_own_reach_the_page(host: str, names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert allowed_hosts(host, names) == expected

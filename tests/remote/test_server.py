"""Calls to real servers on this machine that have the faults of servers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.remote.address import read_address
from ethical_lens.remote.backoff import Backoff, read_retry_after
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.keys import Key, key_from_environment
from ethical_lens.remote.loopback import Loopback, Received, Reply
from ethical_lens.remote.reading import Part, read, read_base64
from ethical_lens.remote.server import Limits, Server
from ethical_lens.remote.together import together

QUICK = Backoff(n_attempts=3, first_seconds=0.01)
FINE = Reply.json({"fine": True})
Answering = Callable[[Received], Reply]


def asking(
    loopback: Loopback, *, seconds: float = 5.0, max_bytes: int = 10_000, breaker: Breaker | None = None
) -> Server:
    """Return what asks a loopback server."""
    limits = Limits(seconds=seconds, max_bytes=max_bytes)
    return Server(read_address(loopback.url), limits=limits, backoff=QUICK, breaker=breaker)


def in_turn(*replies: Reply) -> Answering:
    """Return what answers with one reply after the other, and with the last for ever."""
    turns: Iterator[int] = count()
    return lambda _: replies[min(next(turns), len(replies) - 1)]


FINAL_FAULTS = {
    "redirect": (Reply(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"}), "redirects"),
    "redirect that keeps the method": (Reply(status=307, headers={"Location": "/elsewhere"}), "redirects"),
    "unauthorised": (Reply(status=401), "status 401"),
    "not found": (Reply(status=404), "status 404"),
    "wrong type": (Reply(content=b"<html>", media_type="text/html"), "kind application/json, got text/html"),
    "no type": (Reply(content=b"{}", media_type=""), "got none"),
    "announced as huge": (Reply(content=b" " * 20_000), "larger than 10,000 bytes"),
    "huge without announcing it": (Reply(content=b" " * 20_000, headers={"Content-Length": ""}), "larger than"),
    "compressed": (Reply(content=b"{}", headers={"Content-Encoding": "gzip"}), "compressed"),
}
PASSING_FAULTS = {
    "too often": Reply(status=429, headers={"Retry-After": "0"}),
    "broken": Reply(status=500),
    "busy": Reply(status=503),
    "cut off": Reply(content=b'{"fine": true}', cut_at=4),
}


@pytest.mark.parametrize("fault", FINAL_FAULTS)
def test_fault_that_stays_is_told_at_once(fault: str) -> None:
    reply, message = FINAL_FAULTS[fault]
    with Loopback(lambda _: reply) as loopback:
        with pytest.raises(RemoteError, match=message):
            asking(loopback).get("/")
        assert len(loopback.received) == 1


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_fault_that_passes_is_tried_again(fault: str) -> None:
    with Loopback(in_turn(PASSING_FAULTS[fault], PASSING_FAULTS[fault], FINE)) as loopback:
        assert asking(loopback).get("/") == FINE.content
        assert len(loopback.received) == 3


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_attempts_are_bounded(fault: str) -> None:
    with Loopback(lambda _: PASSING_FAULTS[fault]) as loopback:
        with pytest.raises(RemoteError):
            asking(loopback).get("/")
        assert len(loopback.received) == QUICK.n_attempts


def test_server_is_left_alone_as_long_as_it_asks() -> None:
    with Loopback(in_turn(Reply(status=429, headers={"Retry-After": "1"}), FINE)) as loopback:
        since = time.monotonic()
        asking(loopback).get("/")
        assert time.monotonic() - since >= 1.0


def test_wait_beyond_the_deadline_is_not_begun() -> None:
    with Loopback(lambda _: Reply(status=429, headers={"Retry-After": "3600"})) as loopback:
        since = time.monotonic()
        with pytest.raises(RemoteError, match="asked too often"):
            asking(loopback, seconds=2.0).get("/")
        assert time.monotonic() - since < 1.0
        assert len(loopback.received) == 1


@pytest.mark.parametrize(
    "reply", [Reply(wait_seconds=30), Reply(content=b"{}" * 100, drip_seconds=0.05)], ids=["silent", "dripping"]
)
def test_deadline_holds_whatever_the_server_does(reply: Reply) -> None:
    with Loopback(lambda _: reply) as loopback:
        since = time.monotonic()
        with pytest.raises(RemoteError, match=r"within 0\.4 s"):
            asking(loopback, seconds=0.4).get("/")
        assert time.monotonic() - since < 1.0


def test_server_that_is_not_there_is_told() -> None:
    with Loopback(lambda _: FINE) as loopback:
        gone = asking(loopback)
    with pytest.raises(RemoteError, match="cannot be reached"):
        gone.get("/")


def test_breaker_opens_rests_and_tries_once() -> None:
    clock = [0.0]
    breaker = Breaker(n_failures=2, rest_seconds=10, clock=lambda: clock[0])
    with Loopback(lambda _: Reply(status=500)) as loopback:
        server = asking(loopback, breaker=breaker)
        for _ in range(2):
            with pytest.raises(RemoteError, match="status 500"):
                server.get("/")
        asked = len(loopback.received)
        with pytest.raises(RemoteError, match="left alone"):
            server.get("/")
        assert len(loopback.received) == asked
        clock[0] = 11
        with pytest.raises(RemoteError, match="status 500"):
            server.get("/")
        with pytest.raises(RemoteError, match="left alone"):
            server.get("/")
        clock[0] = 22
        loopback.answer = lambda _: FINE
        assert server.get("/") == FINE.content
        assert server.get("/") == FINE.content


def test_refusals_do_not_open_the_breaker() -> None:
    breaker = Breaker(n_failures=1)
    with Loopback(in_turn(Reply(status=400), FINE)) as loopback:
        server = asking(loopback, breaker=breaker)
        with pytest.raises(RemoteError, match="status 400"):
            server.get("/")
        assert server.get("/") == FINE.content


def test_code_of_an_error_is_told_but_never_its_sentence() -> None:
    body = Reply.json({"error": {"code": "content_policy", "message": "you wrote: SECRET"}}, status=400)
    with Loopback(lambda _: body) as loopback, pytest.raises(RemoteError) as caught:
        asking(loopback).get("/")
    assert "(content_policy)" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_key_is_sent_but_neither_shown_nor_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SOME_KEY", "s3cret-value")
    caplog.set_level(logging.DEBUG)
    key = key_from_environment("OTHER_KEY", "SOME_KEY")
    assert key is not None
    with Loopback(in_turn(FINE, Reply(status=401))) as loopback:
        server = Server(read_address(loopback.url), key=key, backoff=QUICK)
        server.get("/")
        assert loopback.received[0].headers["authorization"] == "Bearer s3cret-value"
        with pytest.raises(RemoteError) as caught:
            server.get("/")
    assert "s3cret" not in f"{key!r} {caught.value} {caplog.text}"


def test_key_never_travels_unencrypted_to_strangers() -> None:
    key = Key(header="Bearer x")
    for near in ("http://127.0.0.1:1", "http://192.168.1.5", "http://gpu-box:8000", "https://api.example.org"):
        Server(read_address(near), key=key)
    with pytest.raises(ConfigurationError, match="unencrypted"):
        Server(read_address("http://api.example.org"), key=key)


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "caf\xe9"])
def test_unusable_key_is_refused_without_showing_it(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(ConfigurationError) as caught:
        key_from_environment("SOME_KEY")
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:80", "ftp://host", "http://", "http://me:secret@host", "http://host?x=1", "http://host:99999"],
)
def test_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_address(url)
    assert "secret" not in str(caught.value)


def test_retry_after_is_read_as_seconds_or_date() -> None:
    now = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    assert read_retry_after("7") == 7.0
    assert read_retry_after("Thu, 01 Jan 2026 12:00:30 GMT", now) == 30.0
    assert read_retry_after("Thu, 01 Jan 2026 11:00:00 GMT", now) == 0.0
    assert [read_retry_after(value) for value in (None, "", "soon", "-3")] == [None] * 4


class Shape(Part):
    name: str
    numbers: list[int]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"name": 1, "numbers": []}', b'{"name": "x"}', b"[" * 5000, b"\xff\xfe"]
)
def test_answer_of_another_shape_is_told_without_its_content(content: bytes) -> None:
    with pytest.raises(RemoteError, match="name, numbers"):
        read(Shape, content)


def test_unknown_fields_are_left_aside() -> None:
    assert read(Shape, b'{"name": "x", "numbers": [1], "more": {}}') == Shape(name="x", numbers=[1])


def test_base64_is_read_with_or_without_prefix() -> None:
    assert read_base64("YWI=") == read_base64("data:image/png;base64,YWI=") == b"ab"
    with pytest.raises(RemoteError, match="base64"):
        read_base64("no!")


def test_calls_at_once_are_bounded_and_keep_their_order() -> None:
    under_way: list[int] = []
    most: list[int] = []

    def call(item: int) -> int:
        under_way.append(item)
        most.append(len(under_way))
        time.sleep(0.01)
        under_way.remove(item)
        return -item

    assert together(call, range(12), 3) == [-item for item in range(12)]
    assert 1 < max(most) <= 3


def test_missing_library_is_named_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"ethical-lens\[http\]"):
        Server(read_address("http://127.0.0.1:1"))

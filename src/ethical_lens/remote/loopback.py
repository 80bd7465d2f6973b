"""A small real server on this machine, with the faults that servers have; for tests of what asks servers.

Example:
    >>> from ethical_lens.remote.address import read_address
    >>> from ethical_lens.remote.server import Server
    >>> with Loopback(lambda received: Reply.json({"path": received.path})) as server:
    ...     Server(read_address(server.url)).get("/hello")
    b'{"path": "/hello"}'
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from ethical_lens.serial import Json

_SAFE_WAIT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One call, as the server got it."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in small letters."""
    content: bytes

    @property
    def body(self) -> dict[str, Json]:
        """The JSON object that was sent."""
        value = json.loads(self.content)
        if not isinstance(value, dict):
            raise ValueError("expected a JSON object")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server answers, and how badly."""

    content: bytes = b""
    media_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    """Before the first byte."""
    drip_seconds: float = 0.0
    """Between one byte and the next, headers included; 0 sends everything at once."""
    cut_at: int | None = None
    """Bytes of content after which the connection is closed, although more were announced."""

    @classmethod
    def json(cls, value: Json, *, status: int = 200) -> Reply:
        """Return a reply that holds JSON."""
        return cls(content=json.dumps(value).encode("ascii"), status=status)


class Loopback:
    """Serves on a free port of 127.0.0.1, in threads, from entering to leaving.

    Args:
        answer: Answers every call; may be called by several threads at once.
    """

    def __init__(self, answer: Callable[[Received], Reply]) -> None:
        self.answer = answer
        self.received: list[Received] = []
        self._closing = threading.Event()
        self._server = _Listener(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Address, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the server lives."""
        self._closing.wait(min(seconds, _SAFE_WAIT_SECONDS))

    @property
    def closing(self) -> bool:
        """Whether the server ends."""
        return self._closing.is_set()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: callers that hang up in the middle are what is tested."""


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            received = Received(
                method=self.command,
                path=parts.path,
                parameters=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                content=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            loopback.received.append(received)
            self._send(loopback.answer(received))

        do_POST = do_GET  # noqa: N815 - the name is the standard library's

        def _send(self, reply: Reply) -> None:
            loopback.pause(reply.wait_seconds)
            headers = {"Content-Type": reply.media_type, "Content-Length": str(len(reply.content)), **reply.headers}
            lines = [
                f"HTTP/1.0 {reply.status} Reply",
                *[f"{name}: {value}" for name, value in headers.items() if value],
            ]
            whole = "\r\n".join([*lines, "", ""]).encode("ascii") + reply.content[: reply.cut_at]
            if not reply.drip_seconds:
                self.wfile.write(whole)
                return
            for position in range(len(whole)):
                if loopback.closing:
                    return
                self.wfile.write(whole[position : position + 1])
                loopback.pause(reply.drip_seconds)

        def log_message(self, format: str, *_: object) -> None:
            """Write nothing."""

    return Handler

"""One request and its answer, in a thread of its own, whole within a deadline or not at all.

A time-out of the HTTP library holds for each read; a server that sends a byte a second never meets it. Therefore the
caller waits for the thread, and at the deadline goes on and closes the connection. Every exchange has a connection of
its own, so that one that is abandoned takes nothing with it.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ethical_lens.errors import MissingExtraError
from ethical_lens.remote.backoff import read_retry_after
from ethical_lens.remote.errors import RemoteError

if TYPE_CHECKING:
    import httpx

ANYTHING: Final = "*/*"
"""Media type of an answer that does not matter."""
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same call may succeed."""
_MOST_BYTES_OF_COMPLAINT: Final = 65_536
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of a server."""

    method: str
    url: str
    media_type: str
    """What the answer has to be, such as "application/json"; one that ends in "/" stands for all of its kind."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    max_bytes: int
    """Largest answer that is read."""


def exchange(
    call: Call, seconds: float, connect_seconds: float, *, direct: bool, verify: ssl.SSLContext | bool
) -> bytes:
    """Send a call and return the content of its answer.

    Args:
        call: What to ask.
        seconds: Time for everything, from the first connection to the last byte.
        connect_seconds: Time for the connection alone.
        direct: Whether to go there without the proxies that the environment names.
        verify: What certificates are checked with.

    Raises:
        RemoteError: If no whole answer of the right kind and size came back in time.
    """
    thread = _Exchange(call, seconds, min(connect_seconds, seconds), direct, verify)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        thread.abandon()
        raise _late(seconds)
    if thread.error is not None:
        raise thread.error
    return thread.answer


def require_httpx() -> None:
    """Tell at once, and not at the first call, that the library is missing.

    Raises:
        MissingExtraError: If httpx is not installed.
    """
    try:
        import httpx  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("asking a server over HTTP", "http") from error


class _Exchange(threading.Thread):
    """Never keeps the process alive."""

    def __init__(
        self, call: Call, seconds: float, connect_seconds: float, direct: bool, verify: ssl.SSLContext | bool
    ) -> None:
        import httpx

        super().__init__(daemon=True, name="ethical-lens-exchange")
        self._call = call
        self._seconds = seconds
        self._client = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=connect_seconds),
            follow_redirects=False,
            trust_env=not direct,
            verify=verify,
        )
        self._abandoned = threading.Event()
        self.answer = b""
        self.error: BaseException | None = None

    def abandon(self) -> None:
        """Let nobody wait for this any longer."""
        self._abandoned.set()
        self._client.close()

    def run(self) -> None:
        try:
            with self._client:
                self.answer = self._send()
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
            self.error = error

    def _send(self) -> bytes:
        import httpx

        call = self._call
        # Answers are taken as they are sent: a compressed one could be a thousand times as large as its length says.
        headers = {"Accept-Encoding": "identity", "Accept": _accepted(call.media_type), **call.headers}
        try:
            with self._client.stream(
                call.method, call.url, params=call.parameters or None, content=call.content, headers=headers
            ) as response:
                if not response.is_success:
                    raise _refusal(response, self._chunks(response))
                _require_kind(response, call)
                return _whole(self._chunks(response), call.max_bytes)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise RemoteError(
                f"the server cannot be reached ({type(error).__name__}); look whether it runs and the address is right",
                retryable=True,
                blames_server=True,
            ) from None
        except httpx.TimeoutException:
            raise _late(self._seconds) from None
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise RemoteError(
                f"the answer was cut off ({type(error).__name__}); look into the server's log",
                retryable=True,
                blames_server=True,
            ) from None
        except httpx.HTTPError as error:
            raise RemoteError(
                f"the exchange with the server failed: {type(error).__name__}", blames_server=True
            ) from None

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        for chunk in response.iter_raw():
            if self._abandoned.is_set():
                return
            yield chunk


def _accepted(media_type: str) -> str:
    return f"{media_type}*" if media_type.endswith("/") else media_type


def _require_kind(response: httpx.Response, call: Call) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.media_type == ANYTHING:
        return
    fits = kind.startswith(call.media_type) if call.media_type.endswith("/") else kind == call.media_type
    if not fits:
        raise RemoteError(
            f"expected an answer of the kind {_accepted(call.media_type)}, got {_short(kind) or 'none'}; "
            "look whether the address leads to the right server"
        )
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise RemoteError("the answer is compressed although that was not accepted; switch compression off")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length[:18]) > call.max_bytes:
        raise _huge(call.max_bytes)


def _whole(chunks: Iterator[bytes], max_bytes: int) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise _huge(max_bytes)
    return bytes(content)


def _refusal(response: httpx.Response, chunks: Iterator[bytes]) -> RemoteError:
    status = response.status_code
    if 300 <= status < 400:
        return RemoteError(
            f"the server redirects (status {status}), which is not followed, since prompt and key would go elsewhere; "
            "give the address that it leads to"
        )
    return RemoteError(
        f"the server refused with status {status}{_code(chunks)}; {_advice(status)}",
        retryable=status in _PASSING,
        retry_after_seconds=read_retry_after(response.headers.get("retry-after")),
        blames_server=status in _PASSING,
    )


def _code(chunks: Iterator[bytes]) -> str:
    """Return the code of an error, never its sentence, which may repeat the prompt or the key."""
    try:
        body = json.loads(_whole(chunks, _MOST_BYTES_OF_COMPLAINT))
    except (RemoteError, ValueError, RecursionError):
        return ""
    inner = body.get("error", body) if isinstance(body, dict) else None
    named = [inner.get(name) for name in ("code", "type", "error")] if isinstance(inner, dict) else [inner]
    codes = [name for name in named if isinstance(name, str) and _CODE.fullmatch(name)]
    return f" ({codes[0]})" if codes else ""


def _advice(status: int) -> str:
    if status in (401, 403):
        return "set its key in the environment, or another one"
    if status in (404, 405):
        return "look whether the address leads to the right server and its API is switched on"
    if status == 429:
        return "it is asked too often; try again later"
    return "look into its log" if status >= 500 else "look whether it can do what was asked"


def _late(seconds: float) -> RemoteError:
    return RemoteError(f"the server did not answer whole within {seconds:.3g} s; allow more time", blames_server=True)


def _huge(max_bytes: int) -> RemoteError:
    return RemoteError(f"the answer is larger than {max_bytes:,} bytes; it was not read")


def _short(text: str) -> str:
    return text if _is_media_type(text) else ""


def _is_media_type(text: str) -> bool:
    return re.fullmatch(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,40}", text) is not None

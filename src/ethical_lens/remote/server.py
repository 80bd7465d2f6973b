"""A server that is asked again and again."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

from ethical_lens.remote.address import Address
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.exchange import ANYTHING, Call, exchange, require_httpx
from ethical_lens.remote.keys import Key, require_private_way
from ethical_lens.serial import Json

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server may take and give."""

    seconds: float = 120.0
    """Time for one call with all its attempts and waits."""
    connect_seconds: float = 10.0
    max_bytes: int = 96 * 1024 * 1024
    """Largest answer; a picture of 64 MiB grows to 86 MiB in base64."""


class Server:
    """Calls one server with deadlines, retries and a breaker.

    Args:
        address: Where it is.
        key: Proves who asks.
        limits: Time and size.
        backoff: When a call is tried again.
        breaker: When the server is left alone.

    Raises:
        MissingExtraError: If httpx is not installed.
        ConfigurationError: If the key would travel unencrypted.
    """

    def __init__(
        self,
        address: Address,
        *,
        key: Key | None = None,
        limits: Limits | None = None,
        backoff: Backoff | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        require_httpx()
        require_private_way(key, address)
        self.address = address
        self.limits = limits or Limits()
        self._key = key
        self._backoff = backoff or Backoff()
        self._breaker = breaker or Breaker()

    def post(self, path: str, body: Mapping[str, Json], *, seconds: float | None = None) -> bytes:
        """Send JSON and return the JSON that comes back, as bytes.

        Args:
            path: Appended to the address; begins with a slash.
            body: What to send.
            seconds: Time for all attempts; the limit of the server by default.

        Raises:
            RemoteError: If no usable answer came back.
        """
        content = json.dumps(body, allow_nan=False).encode("ascii")
        return self._call("POST", path, content=content, seconds=seconds)

    def tell(self, path: str, body: Mapping[str, Json], *, seconds: float) -> None:
        """Send JSON to a place whose answer does not matter.

        Raises:
            RemoteError: If the server did not take it.
        """
        content = json.dumps(body, allow_nan=False).encode("ascii")
        self._call("POST", path, content=content, media_type=ANYTHING, seconds=seconds)

    def get(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        media_type: str = JSON,
        seconds: float | None = None,
    ) -> bytes:
        """Fetch something.

        Args:
            path: Appended to the address; begins with a slash.
            parameters: Appended to the path, escaped.
            media_type: What has to come back; one that ends in "/" stands for all of its kind.
            seconds: Time for all attempts; the limit of the server by default.

        Raises:
            RemoteError: If no usable answer came back.
        """
        return self._call("GET", path, parameters=parameters or {}, media_type=media_type, seconds=seconds)

    def _call(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        parameters: Mapping[str, str] | None = None,
        media_type: str = JSON,
        seconds: float | None = None,
    ) -> bytes:
        headers = {"Content-Type": JSON} if content is not None else {}
        if self._key is not None:
            headers["Authorization"] = self._key.header
        call = Call(
            method=method,
            url=f"{self.address.url}{path}",
            media_type=media_type,
            headers=headers,
            parameters=parameters or {},
            content=content,
            max_bytes=self.limits.max_bytes,
        )
        deadline = time.monotonic() + (self.limits.seconds if seconds is None else seconds)
        return self._breaker.run(lambda: self._attempts(call, deadline))

    def _attempts(self, call: Call, deadline: float) -> bytes:
        for n_failed in count(1):
            left = deadline - time.monotonic()
            if left <= 0:
                raise RemoteError("no time was left to ask the server; allow more time")
            try:
                return exchange(
                    call,
                    left,
                    self.limits.connect_seconds,
                    direct=self.address.on_this_machine,
                    verify=self._certificates,
                )
            except RemoteError as error:
                wait = self._backoff.wait_seconds(n_failed, error.retry_after_seconds)
                too_late = time.monotonic() + wait >= deadline
                if not error.retryable or n_failed >= self._backoff.n_attempts or too_late:
                    raise
            time.sleep(wait)
        raise AssertionError("count never ends")

    @cached_property
    def _certificates(self) -> ssl.SSLContext | bool:
        """Read once; without encryption there is nothing to check, and reading them takes its time."""
        if not self.address.encrypted:
            return False
        import httpx

        return httpx.create_ssl_context()

"""Addresses of servers, read once and strictly."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from ethical_lens.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is."""

    url: str
    """Without a slash at the end."""
    host: str
    encrypted: bool

    @property
    def on_this_machine(self) -> bool:
        """Whether nothing that is sent there leaves the machine."""
        number = _number(self.host)
        return self.host == "localhost" or (number is not None and number.is_loopback)

    @property
    def nearby(self) -> bool:
        """Whether it is this machine, a private address, or a bare name such as "gpu-box"."""
        number = _number(self.host)
        return self.on_this_machine or (number.is_private if number is not None else "." not in self.host)


def read_address(url: str, *, version_path: str = "") -> Address:
    """Read the address of a server.

    Args:
        url: Such as ``http://127.0.0.1:7860``.
        version_path: Path that is used when the address has none, such as ``/v1``.

    Raises:
        ConfigurationError: If it is no address, or holds what must not stand in one.

    Example:
        >>> read_address("http://localhost:8000", version_path="/v1").url
        'http://localhost:8000/v1'
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"the address of the server cannot be read: {error}; write http://HOST:PORT") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("a user or password stands in the address of the server; put it into the environment")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ConfigurationError(f"expected http://HOST:PORT or https://HOST, got {url!r}; correct the address")
    if parts.query or parts.fragment:
        raise ConfigurationError("the address of a server ends before '?' and '#'; leave the rest out")
    path = parts.path.rstrip("/") or version_path
    whole = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return Address(url=whole, host=host, encrypted=parts.scheme == "https")


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

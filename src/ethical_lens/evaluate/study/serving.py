"""Serving a study over HTTP."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path

from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.evaluate.study.store import StudyFile

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_MOST_CONNECTIONS = 128
_KEEP_ALIVE_SECONDS = 10


def serve(
    path: Path, *, host: str, port: int, names: tuple[str, ...] = (), on_ready: Callable[[str], None] | None = None
) -> None:
    """Show a study until the process is interrupted.

    Args:
        path: File of the study.
        host: Address to listen at; one outside this machine is reachable for others.
        port: Port; 0 takes a free one.
        names: Host names under which the page may be asked for, beside the address itself; "*" allows all.
        on_ready: Told the address of the page before it is served.

    Raises:
        MissingExtraError: If the server is not installed.
        ConfigurationError: If the file is no study, or the address cannot be used.
    """
    file = StudyFile(path)
    try:
        import uvicorn

        from ethical_lens.evaluate.study.app import make_app
    except ImportError as error:
        raise MissingExtraError("serving a study", "study") from error
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    with listening:
        if on_ready is not None:
            on_ready(f"http://{shown}:{listening.getsockname()[1]}/")
        settings = uvicorn.Config(
            make_app(file, hosts=allowed_hosts(host, names)),
            access_log=False,  # who asked when would tie answers to addresses
            log_level="warning",
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        uvicorn.Server(settings).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Tell whether an address is reachable from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed_hosts(host: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the host names under which the page may be asked for.

    Args:
        host: Address that is listened at.
        names: Names that were given; without any, an address that others reach allows all.
    """
    if is_loopback(host):
        return (*LOOPBACK, host, *names)
    return (*LOOPBACK, host, *names) if names else ("*",)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        # Before the address is told: whoever is told may ask at once.
        listening.listen(_MOST_CONNECTIONS)
    except OSError as error:
        raise ConfigurationError(f"cannot listen at {host}, port {port}: {error}; name another") from error
    return listening

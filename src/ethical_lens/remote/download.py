"""Downloading a large file: in pieces, within limits, taken up again where it was cut off, whole or not at all.

What has come so far lies beside the file as ``NAME.part``, with the server's mark of that version in
``NAME.part.json``. It is only continued when the server still has the same version (RFC 9110, ``If-Range``).
"""

from __future__ import annotations

import json
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Final, TypeAlias

from ethical_lens.errors import ConfigurationError
from ethical_lens.remote.address import read_address
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.errors import RemoteError

Progress: TypeAlias = Callable[[int, int | None], None]
"""Told the bytes that are there, and how many there will be, if the server says so."""

_CHUNK: Final = 256 * 1024
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PARTIAL: Final = 206
_BEYOND_THE_END: Final = 416


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """How much and how long."""

    max_bytes: int = 64 * 2**30
    wait_seconds: float = 30.0
    """For connecting, and for each wait for more."""
    seconds: float = 6 * 3600.0
    """For the whole file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """What has come of a file so far."""

    n_bytes: int = 0
    mark: str = ""
    """Entity tag or date by which the server knows this version."""


def download(
    address: str,
    path: Path,
    *,
    limits: DownloadLimits | None = None,
    headers: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    backoff: Backoff | None = None,
) -> None:
    """Download a file; what was cut off is taken up again, within this call and by the next one.

    Args:
        address: An https address; http only on this machine. Redirects lead only to such addresses.
        path: Where the whole file is put; it replaces what is there.
        limits: Size and time.
        headers: Sent to the address's own host alone, such as a key.
        progress: Called after each piece.
        backoff: When a transfer that was cut off is taken up again.

    Raises:
        ConfigurationError: If the address is refused.
        RemoteError: If the file is not there, too large for the limit or the disk, or did not come in time.
    """
    require_safe(address)
    bounds, waits = limits or DownloadLimits(), backoff or Backoff()
    deadline = time.monotonic() + bounds.seconds
    n_failed = 0
    while True:
        before = _begun(path, address).n_bytes
        try:
            _transfer(address, path, bounds, headers or {}, progress, deadline)
            break
        except RemoteError as error:
            # A transfer that got on is no failed attempt: a bad line may cut a large file many times.
            n_failed = 1 if _begun(path, address).n_bytes > before else n_failed + 1
            wait = waits.wait_seconds(n_failed, error.retry_after_seconds)
            if not error.retryable or n_failed >= waits.n_attempts or time.monotonic() + wait >= deadline:
                raise
        time.sleep(wait)
    _part(path).replace(path)
    _note(path).unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Throw away what has come of a file so far."""
    _part(path).unlink(missing_ok=True)
    _note(path).unlink(missing_ok=True)


def require_safe(address: str) -> None:
    """Refuse an address that is neither https nor on this machine.

    Raises:
        ConfigurationError: If it is.
    """
    server = read_address(urllib.parse.urlunsplit((*urllib.parse.urlsplit(address)[:2], "", "", "")))
    if not server.encrypted and not server.on_this_machine:
        raise ConfigurationError(f"expected an https address, got {address!r}; fetch the file yourself, give its path")


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.part.json")


def _begun(path: Path, address: str) -> _Begun:
    try:
        said = json.loads(_note(path).read_text(encoding="utf-8"))
        if said["address"] == address and said["mark"]:
            return _Begun(n_bytes=_part(path).stat().st_size, mark=str(said["mark"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return _Begun()


class _CarefulRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects only to safe addresses, and hands keys to nobody else."""

    def __init__(self, private: Mapping[str, str]) -> None:
        self._private = {name.lower() for name in private}

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Check the new address first."""
        require_safe(newurl)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and request.host != req.host:
            for name in [each for each in request.headers if each.lower() in self._private]:
                request.remove_header(name)
        return request


def _transfer(
    address: str,
    path: Path,
    limits: DownloadLimits,
    headers: Mapping[str, str],
    progress: Progress | None,
    deadline: float,
) -> None:
    begun = _begun(path, address)
    asked = {"User-Agent": "ethical-lens", "Accept-Encoding": "identity", **headers}
    if begun.n_bytes:
        asked |= {"Range": f"bytes={begun.n_bytes}-", "If-Range": begun.mark}
    request = urllib.request.Request(address, headers=asked)  # noqa: S310 - checked above
    opener = urllib.request.build_opener(_CarefulRedirects(headers))
    try:
        with opener.open(request, timeout=limits.wait_seconds) as response:
            _receive(response, address, path, begun, limits, progress, deadline)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == _BEYOND_THE_END and begun.n_bytes:
            discard(path)
        raise _refused(error.code) from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise RemoteError(
            f"the transfer broke off ({type(reason).__name__}); run the command again, it goes on where it stopped",
            retryable=True,
            blames_server=True,
        ) from error


def _receive(
    response: HTTPResponse,
    address: str,
    path: Path,
    begun: _Begun,
    limits: DownloadLimits,
    progress: Progress | None,
    deadline: float,
) -> None:
    continued = response.status == _PARTIAL and response.headers.get("Content-Range", "").startswith(
        f"bytes {begun.n_bytes}-"
    )
    n_bytes = begun.n_bytes if continued else 0
    length = response.headers.get("Content-Length", "")
    total = n_bytes + int(length) if length.isdigit() and len(length) < 19 else None
    _require_room(path, n_bytes, total, limits)
    tag = response.headers.get("ETag", "")
    mark = response.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    _note(path).write_text(json.dumps({"address": address, "mark": mark}), encoding="utf-8")
    with _part(path).open("ab" if continued else "wb") as file:
        # `read1` gives what is there; `read` would keep everything back until a whole chunk has come.
        while piece := response.read1(_CHUNK):
            n_bytes += len(piece)
            if n_bytes > limits.max_bytes:
                raise _too_large(limits)
            file.write(piece)
            if progress is not None:
                progress(n_bytes, total)
            if time.monotonic() > deadline:
                raise RemoteError(f"the file did not come within {limits.seconds:g} s; run the command again")
        file.flush()
        os.fsync(file.fileno())
    if total is not None and n_bytes < total:
        raise RemoteError(
            f"the transfer was cut off after {n_bytes:,} of {total:,} bytes; run the command again, it goes on there",
            retryable=True,
            blames_server=True,
        )


def _require_room(path: Path, n_bytes: int, total: int | None, limits: DownloadLimits) -> None:
    if (total or 0) > limits.max_bytes:
        raise _too_large(limits)
    free = shutil.disk_usage(path.parent).free
    if total is not None and total - n_bytes > free:
        raise RemoteError(
            f"{total - n_bytes:,} more bytes are needed and {free:,} are free in {path.parent}; make room, or name "
            "another folder"
        )


def _too_large(limits: DownloadLimits) -> RemoteError:
    return RemoteError(f"the file is larger than {limits.max_bytes:,} bytes; it was not fetched; raise the limit")


def _refused(status: int) -> RemoteError:
    hint = "it needs a login, or its licence accepted" if status in (401, 403) else "look whether the address is right"
    return RemoteError(
        f"the server refused with status {status}; {hint if status < 500 else 'try again later'}",
        retryable=status in _PASSING or status == _BEYOND_THE_END,
    )

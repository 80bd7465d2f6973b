"""Fetching a file over HTTPS: only when asked, never more than a limit, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import IO, Final

from ethical_lens.errors import DeadlineError, InputError

MAX_BYTES: Final = 100 * 2**20
TIMEOUT_SECONDS: Final = 30.0
HUB: Final = "https://huggingface.co"
_CHUNK: Final = 64 * 1024
_READABLE: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt")

Progress = Callable[[int, int | None], None]
"""Told the bytes that have come, and how many there will be, if the server says so."""


def fetch(
    address: str,
    folder: Path,
    *,
    max_bytes: int = MAX_BYTES,
    timeout_seconds: float = TIMEOUT_SECONDS,
    progress: Progress | None = None,
) -> Path:
    """Download a file into a folder, unless it is there already.

    Args:
        address: An https address; http only on this machine.
        folder: Where downloaded files are kept; made if missing.
        max_bytes: Size from which on the download is given up.
        timeout_seconds: For connecting, and for each wait for more.
        progress: Called after each piece.

    Returns:
        The file. Its name ends as the address does and begins with a digest of the address.

    Raises:
        InputError: If the address is refused, nothing is there, or it is too big.
        DeadlineError: If the server does not answer in time.
    """
    address = _checked(address)
    path = folder / _file_name(address)
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=folder, prefix="partial-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in _pieces(address, max_bytes, timeout_seconds, progress):
                file.write(piece)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return path


def hub_address(name: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> str:
    """Return the address of a data set's file on the Hugging Face hub.

    Args:
        name: "OWNER/NAME/FILE", or "OWNER/NAME" if the data set has a single file that can be read; the hub is
            then asked.
        timeout_seconds: For the question.

    Raises:
        InputError: If the name is malformed, or the data set has no such file, or several.
    """
    owner, _, rest = name.partition("/")
    dataset, _, file = rest.partition("/")
    if not owner or not dataset:
        raise InputError(f"expected hub:OWNER/NAME or hub:OWNER/NAME/FILE, got hub:{name}")
    repository = f"{urllib.parse.quote(owner)}/{urllib.parse.quote(dataset)}"
    file = file or _only_file(f"{HUB}/api/datasets/{repository}", name, timeout_seconds)
    return f"{HUB}/datasets/{repository}/resolve/main/{urllib.parse.quote(file)}"


def _only_file(address: str, name: str, timeout_seconds: float) -> str:
    answer = b"".join(_pieces(address, 10 * 2**20, timeout_seconds, None))
    try:
        files = [entry["rfilename"] for entry in json.loads(answer)["siblings"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{address}: expected a list of files; name one: hub:{name}/FILE") from error
    readable = [file for file in files if str(file).lower().endswith(_READABLE)]
    if len(readable) != 1:
        raise InputError(
            f"hub:{name} holds {', '.join(map(str, readable)) or 'no file that can be read'} (of {len(files)} files); "
            f"name one: hub:{name}/FILE. Parquet files have to be converted to CSV first"
        )
    return str(readable[0])


def _checked(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise InputError(f"expected an https address, got {address!r}; download the file yourself and give its path")
    return address


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects only to where the address itself could have led."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Check the new address first."""
        return super().redirect_request(req, fp, code, msg, headers, _checked(newurl))


def _pieces(address: str, max_bytes: int, timeout_seconds: float, progress: Progress | None) -> Iterator[bytes]:
    request = urllib.request.Request(address, headers={"User-Agent": "ethical-lens"})  # noqa: S310 (checked)
    opener = urllib.request.build_opener(_CheckedRedirects)
    with _explained(address), opener.open(request, timeout=timeout_seconds) as response:
        total = _length(response)
        n_bytes = 0
        if (total or 0) > max_bytes:
            raise _too_big(address, max_bytes)
        while piece := response.read(_CHUNK):
            n_bytes += len(piece)
            if n_bytes > max_bytes:
                raise _too_big(address, max_bytes)
            if progress is not None:
                progress(n_bytes, total)
            yield piece
        if total is not None and n_bytes < total:
            raise InputError(f"{address}: expected {total} bytes, got {n_bytes}; try again")


@contextlib.contextmanager
def _explained(address: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        hint = "it needs a login or is not public" if error.code in (401, 403) else "check the address"
        raise InputError(f"{address}: the server answered {error.code} {error.reason}; {hint}") from error
    except TimeoutError as error:
        raise DeadlineError(f"{address}: no answer in time; try again later") from error
    except (OSError, HTTPException) as error:
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise DeadlineError(f"{address}: no answer in time; try again later") from error
        raise InputError(f"{address}: cannot be reached ({error}); download the file and give its path") from error


def _length(response: HTTPResponse) -> int | None:
    said = response.headers.get("Content-Length", "")
    return int(said) if said.isdigit() else None


def _too_big(address: str, max_bytes: int) -> InputError:
    return InputError(f"{address}: larger than {max_bytes} bytes; raise the limit, or download it yourself")


def _file_name(address: str) -> str:
    name = PurePosixPath(urllib.parse.unquote(urllib.parse.urlsplit(address).path)).name or "file"
    return f"{hashlib.sha256(address.encode()).hexdigest()[:12]}-{name}"

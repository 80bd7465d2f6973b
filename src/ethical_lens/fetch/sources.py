"""Where a model comes from: a hub name, an https address, or a file or folder on this machine."""

from __future__ import annotations

import fnmatch
import re
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.fetch.lock import require_inside
from ethical_lens.remote.download import require_safe
from ethical_lens.remote.errors import RemoteError

WANTED: Final = ("*.safetensors", "*.onnx", "*.json", "*.txt", "*.model")
"""What is taken from a hub by default."""
UNSAFE: Final = ("*.bin", "*.ckpt", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.msgpack", "*.h5")
"""Formats that can run code when they are read, or that nothing here reads."""
_VARIANTS: Final = ("*.fp16.*", "*.bf16.*", "*non_ema*")
_HUB_NAME: Final = re.compile(r"(?:hub:)?([\w.-]{1,96}/[\w.-]{1,96})(?:@([\w./-]{1,96}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One file that can be fetched."""

    path: str
    """Where it is put, from the folder of all models, with forward slashes."""
    address: str = ""
    """Empty for a file on this machine."""
    local: Path | None = None
    n_bytes: int | None = None
    """As the source says."""
    sha256: str | None = None
    """As the source says; what was pinned before counts for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything that belongs to a model."""

    name: str
    revision: str = ""
    files: tuple[RemoteFile, ...]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Prove who asks."""


def is_address(name: str) -> bool:
    """Tell whether a name is an address on the web rather than a path."""
    return name.lower().startswith(("http://", "https://"))


def listing_of(name: str, *, include: Sequence[str] = (), revision: str = "", endpoint: str | None = None) -> Listing:
    """Return what a name stands for; hub names are looked up, nothing else is asked.

    Args:
        name: "OWNER/NAME" or "OWNER/NAME@REVISION" on the hub, an https address, or a path that begins with "./",
            "../" or "/".
        include: Patterns of the files to take from the hub; by default safetensors, ONNX, JSON and text.
        revision: Version on the hub; counts for more than the one in the name.
        endpoint: Address of the hub; by default the one that huggingface_hub knows.

    Raises:
        ConfigurationError: If the name is none of these, or a pattern asks for pickled files.
        MissingExtraError: If huggingface_hub is not installed and a hub name is given.
        RemoteError: If the hub does not answer, or has no such model.
    """
    if is_address(name):
        require_safe(name)
        file = PurePosixPath(urllib.parse.unquote(urllib.parse.urlsplit(name).path)).name or "model"
        return Listing(name=name, files=(RemoteFile(path=require_inside(file), address=name),))
    if name.startswith(("./", "../", "/", "~")):
        return _on_this_machine(name)
    found = _HUB_NAME.fullmatch(name)
    if found is None:
        raise ConfigurationError(
            f"expected OWNER/NAME on the hub, an https address, or a path that begins with ./ or /, got {name!r}"
        )
    return _on_hub(name, found[1], revision or found[2] or "", include, endpoint)


def _on_this_machine(name: str) -> Listing:
    source = Path(name).expanduser()
    if source.is_file():
        return Listing(name=name, files=(RemoteFile(path=source.name, local=source, n_bytes=source.stat().st_size),))
    if not source.is_dir():
        raise ConfigurationError(f"there is no file or folder {name!r}; correct the path")
    whole = source.resolve().name
    files = tuple(
        RemoteFile(path=f"{whole}/{each.relative_to(source).as_posix()}", local=each, n_bytes=each.stat().st_size)
        for each in sorted(source.rglob("*"))
        if each.is_file()
    )
    return Listing(name=name, files=files)


def _on_hub(name: str, repository: str, revision: str, include: Sequence[str], endpoint: str | None) -> Listing:
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise MissingExtraError(f"fetching {repository!r} from the hub", "hub") from error
    api = HfApi(endpoint=endpoint)
    try:
        known = api.model_info(repository, revision=revision or None, files_metadata=True, timeout=30.0)
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise RemoteError(
            f"the hub gives no list of files of {repository!r} ({type(error).__name__}); look whether the name is "
            "right, the network is there, and a login or a licence is needed"
        ) from error
    siblings = known.siblings or []
    chosen = _chosen([each.rfilename for each in siblings], include)
    if not chosen:
        raise RemoteError(f"{repository!r} has no file that matches {', '.join(include or WANTED)}; name others")
    commit = known.sha or revision
    base = f"{api.endpoint}/{repository}/resolve/{urllib.parse.quote(commit, safe='')}"
    return Listing(
        name=name,
        revision=commit,
        files=tuple(
            RemoteFile(
                path=f"{repository.replace('/', '--')}/{require_inside(each.rfilename)}",
                address=f"{base}/{urllib.parse.quote(each.rfilename)}",
                n_bytes=each.size,
                sha256=each.lfs.sha256 if each.lfs else None,
            )
            for each in siblings
            if each.rfilename in chosen
        ),
        headers={key: value for key, value in api._build_hf_headers().items() if key.lower() == "authorization"},
    )


def _chosen(files: Iterable[str], include: Sequence[str]) -> frozenset[str]:
    """Return the files to take."""
    names = list(files)
    if include:
        wanted = [file for file in names if _matches(file, include)]
        if unsafe := [file for file in wanted if _matches(file, UNSAFE)]:
            raise ConfigurationError(
                f"{', '.join(unsafe[:3])} can run code when it is read, so it is not fetched; take safetensors or ONNX"
            )
        return frozenset(wanted)
    # In the folder of a pipeline, weights at the top are the same model again, in one file.
    single = {
        file for file in names if "model_index.json" in names and "/" not in file and file.endswith(".safetensors")
    }
    wanted = [file for file in names if _matches(file, WANTED) and not _matches(file, _VARIANTS)]
    return frozenset(wanted) - single


def _matches(file: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(file.lower(), pattern) for pattern in patterns)

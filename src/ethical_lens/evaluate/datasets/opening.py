"""Opening a data set by name, file, address or hub name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethical_lens.errors import ConfigurationError, InputError
from ethical_lens.evaluate.datasets.dataset import Dataset
from ethical_lens.evaluate.datasets.download import MAX_BYTES, Progress, fetch, hub_address
from ethical_lens.evaluate.datasets.reading import own_source, read_dataset
from ethical_lens.evaluate.datasets.sources import SOURCES, Source
from ethical_lens.evaluate.datasets.suites import SUITES, suite

_HUB: Final = "hub:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Permission to download, with its limits."""

    folder: Path
    """Where downloaded files are kept and found again."""
    max_bytes: int = MAX_BYTES
    progress: Progress | None = None


def open_dataset(
    name: str, *, file: str | None = None, source: Source | None = None, downloads: Downloads | None = None
) -> Dataset:
    """Open a data set.

    Args:
        name: A built-in suite ("tox", "sketch-people", ...), a known data set ("i2p", "overt", ...), or, for one of
            one's own, where it is: a path, an https address or "hub:OWNER/NAME/FILE".
        file: Where a known data set is to be read from instead of its own location: a path, an address or a hub name.
        source: What the columns of one's own file mean; the usual names by default.
        downloads: Permission to download; without it nothing leaves this machine.

    Returns:
        The data set with origin, digest, licence and filter.

    Raises:
        ConfigurationError: If the name is unknown, or a download would be needed and is not allowed.
        InputError: If the file cannot be read as that data set.

    Example:
        >>> benign = open_dataset("benign")
        >>> benign.origin, benign.samples[0].harmful
        ('built in', False)
    """
    if file is None and source is None and name in SUITES:
        return suite(name)
    known = source or SOURCES.get(name)
    location = file or (known.location if known is not None and name in SOURCES else name)
    if location is None:
        raise ConfigurationError(f"{name} cannot be downloaded: {SOURCES[name].obtain}; then give that file")
    if known is None and not _is_location(location):
        raise ConfigurationError(
            f"there is no data set {name!r}; built in: {', '.join(SUITES)}; known: {', '.join(SOURCES)}; "
            "or give a path, an https address or hub:OWNER/NAME/FILE"
        )
    path, origin = _found(location, downloads)
    return read_dataset(
        _content(path), file_name=path.name, source=known or own_source(_short(location)), origin=origin
    )


def _is_location(text: str) -> bool:
    return text.startswith((_HUB, "https://", "http://")) or Path(text).exists() or Path(text).suffix != ""


def _short(location: str) -> str:
    return Path(location.rsplit("?", 1)[0]).stem or location


def _found(location: str, downloads: Downloads | None) -> tuple[Path, str]:
    if not location.startswith((_HUB, "https://", "http://")):
        return Path(location), location
    if downloads is None:
        raise ConfigurationError(
            f"{location} is not on this machine; allow the download, or download it yourself and give the file"
        )
    address = _address(location, hub_address)
    return fetch(address, downloads.folder, max_bytes=downloads.max_bytes, progress=downloads.progress), address


def _address(location: str, of_hub: Callable[[str], str]) -> str:
    return of_hub(location.removeprefix(_HUB)) if location.startswith(_HUB) else location


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error

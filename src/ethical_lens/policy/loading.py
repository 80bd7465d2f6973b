"""Finding policy files, and reading them."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from ethical_lens.errors import PolicyError
from ethical_lens.policy.model import EDITORS, Policy

_SHIPPED = Path(__file__).parent.parent / "policies"
_SUFFIX = ".yaml"


def available() -> tuple[str, ...]:
    """Return the names of the shipped policies."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob(f"*{_SUFFIX}")))


def load(name_or_path: str | os.PathLike[str], *, editors: Collection[str] = EDITORS) -> Policy:
    """Read a policy.

    Args:
        name_or_path: Name of a shipped policy, or path of a YAML file.
        editors: Names of the editors that rules may call; give more when plugins bring more.

    Returns:
        The policy, complete and checked.

    Raises:
        PolicyError: If the file cannot be used; the message names the file, the line, and what to write instead.

    Example:
        >>> load("default").name
        'default'
    """
    # pydantic takes a tenth of a second to import, and only reading a file needs it.
    from ethical_lens.policy.building import build
    from ethical_lens.policy.layers import gather
    from ethical_lens.policy.schema import parse

    document = gather(_locate(name_or_path), _find)
    return build(document, parse(document), editors=tuple(editors))


def _locate(name_or_path: str | os.PathLike[str]) -> Path:
    path = Path(name_or_path)
    if isinstance(name_or_path, str) and name_or_path in available():
        return _SHIPPED / f"{name_or_path}{_SUFFIX}"
    reads_like_a_name = isinstance(name_or_path, str) and path.name == name_or_path and not path.suffix
    if reads_like_a_name and not _exists(path):
        names = ", ".join(available())
        raise PolicyError(f"no policy named {name_or_path!r}; shipped are: {names}; or give the path of a YAML file")
    return path


def _find(word: str, folder: Path) -> Path | None:
    """Return the file that ``extends: word`` means in a file of this folder, or None."""
    path = _SHIPPED / f"{word}{_SUFFIX}" if word in available() else folder / word
    return path if _exists(path) else None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than a name can be, or with a NUL in it
        return False

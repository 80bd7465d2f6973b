"""Configurations to start from, one for each kind of generator."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

from ethical_lens.errors import ConfigurationError

_SHIPPED: Final = Path(__file__).parent.parent / "profiles"
_STEP: Final = "#   $ "
"""How a line begins that holds a command to run first."""


def available() -> list[str]:
    """Return the names of the profiles."""
    return sorted(path.stem for path in _SHIPPED.glob("*.yaml"))


def text(name: str) -> str:
    """Return a profile, to be written to a file.

    Raises:
        ConfigurationError: If there is none of that name.
    """
    if name not in available():
        nearest = difflib.get_close_matches(name, available(), n=1)
        advice = f"did you mean {nearest[0]!r}?" if nearest else "use one of these"
        raise ConfigurationError(f"there is no profile {name!r}; there are: {', '.join(available())}; {advice}")
    return (_SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def steps(profile: str, path: str) -> tuple[str, ...]:
    """Return the commands that a profile tells to run, in order, and the one that looks whether all is well.

    Args:
        profile: Its text.
        path: The file that it was written to.
    """
    told = [line.removeprefix(_STEP) for line in profile.splitlines() if line.startswith(_STEP)]
    return (*told, f"ethical-lens --config {path} doctor")

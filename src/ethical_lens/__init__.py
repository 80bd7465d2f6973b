"""Ethical-Lens: keeps what any text-to-image model makes safe and fair, without touching the model."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ethical_lens.lens import Lens
    from ethical_lens.policy import Policy
    from ethical_lens.types import Action, Outcome, Request, Result, Severity, Status

__version__ = "0.1.0"

_HOMES = {
    "Lens": "lens",
    "Policy": "policy",
    "Action": "types",
    "Outcome": "types",
    "Request": "types",
    "Result": "types",
    "Severity": "types",
    "Status": "types",
}

__all__ = ["Action", "Lens", "Outcome", "Policy", "Request", "Result", "Severity", "Status", "__version__"]


def __getattr__(name: str) -> object:
    """Import public names on first use, so that ``import ethical_lens`` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ethical_lens.policy import Policy, load

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a policy file and return its path."""

    def write_file(text: str, name: str = "own.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write_file


@pytest.fixture(scope="session")
def default() -> Policy:
    return load("default")

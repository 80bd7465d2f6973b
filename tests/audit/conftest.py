"""Made-up results, and logs of them."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from ethical_lens.audit import AuditLog, Retention
from ethical_lens.types import MINOR_SEXUAL, Result

_made_up = runpy.run_path(str(Path(__file__).with_name("made_up.py")))
made_up_result = cast("Callable[..., Result]", _made_up["made_up_result"])
SECRETS = cast("tuple[str, ...]", _made_up["SECRETS"])


def written_log(folder: Path, n_entries: int = 3, *, retention: Retention = "text") -> AuditLog:
    log = AuditLog(folder, retention=retention, fsync=False)
    for number in range(n_entries):
        log.append(made_up_result(f"r-{number}"))
    return log


@pytest.fixture
def make_result() -> Callable[..., Result]:
    return made_up_result


@pytest.fixture
def written() -> Callable[..., AuditLog]:
    return written_log


@pytest.fixture
def secrets() -> tuple[str, ...]:
    return SECRETS


@pytest.fixture
def minor_result() -> Result:
    return made_up_result("r-minor", category=MINOR_SEXUAL)

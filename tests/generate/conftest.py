from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest


@pytest.fixture(scope="session")
def family() -> Callable[[str], Any]:
    """Return what builds a tiny pipeline of a family: "sd", "sdxl", "sd3" or "flux"."""
    pytest.importorskip("diffusers")
    made = runpy.run_path(str(Path(__file__).with_name("families.py")))
    return cast("Callable[[str], Any]", made["family"])

"""Every profile fits the parts that the package registers, down to the names and kinds of their arguments."""

from __future__ import annotations

import shutil
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from ethical_lens import registry
from ethical_lens.config import profiles, read_config
from ethical_lens.config.assembling import require_makeable
from ethical_lens.errors import ConfigFileError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _registered_parts(monkeypatch: pytest.MonkeyPatch, _plugins: None) -> None:
    """Use what this tree registers, whatever is installed."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [EntryPoint(each, value, group) for each, value in groups.get(group, {}).items() if name in (None, each)]

    monkeypatch.setattr(registry, "entry_points", entry_points)


@pytest.mark.parametrize("name", profiles.available())
def test_profile_names_parts_that_exist(name: str, tmp_path: Path) -> None:
    if name in ("sd15", "sdxl", "flux"):
        pytest.importorskip("diffusers")
    (tmp_path / "models/heads").mkdir(parents=True)
    shutil.copy(ROOT / "src/ethical_lens/policies/default.yaml", tmp_path / "models/heads/policy.yaml")
    path = tmp_path / "lens.yaml"
    path.write_text(profiles.text(name), encoding="utf-8")
    require_makeable(read_config(path))
    path.write_text(profiles.text(name).replace("generator:\n", "generator:\n  stepps: 3\n"), encoding="utf-8")
    if "generator:\n" in profiles.text(name).replace("#generator:\n", ""):
        with pytest.raises(ConfigFileError, match="stepps"):
            require_makeable(read_config(path))


def test_every_registered_part_can_be_imported() -> None:
    for group in registry.KINDS:
        for entry in entry_points(group=group):
            assert callable(registry.factory(group, entry.name)), entry

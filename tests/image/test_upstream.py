"""Published heads are read without executing anything, and answer as the published network does."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from ethical_lens.errors import ConfigurationError, ModelError
from ethical_lens.image.heads import load_heads, save_heads
from ethical_lens.image.upstream import PUBLISHED_THRESHOLDS, import_heads

torch = pytest.importorskip("torch")
nn = torch.nn


def network(seed: int, width: int = 48, units: int = 24) -> object:
    """Return a published network with random weights and used batch statistics, as its authors would run it."""
    torch.manual_seed(seed)
    layers = (nn.Linear(width, units), nn.ReLU(), nn.Dropout(0.5), nn.BatchNorm1d(units), nn.Linear(units, 1))
    made = nn.Sequential(*layers)
    nn.init.normal_(made[3].weight, 1, 0.3)
    nn.init.normal_(made[3].bias)
    made.train()(torch.randn(64, width) * 3)
    return made.eval()


def test_imported_heads_answer_as_the_network_does(tmp_path: Path) -> None:
    networks = {name: network(seed) for seed, name in enumerate(("nude", "nsfw", "watermark"))}
    for name, each in networks.items():
        torch.save(each.state_dict(), tmp_path / f"{name}.pt")  # type: ignore[attr-defined]
    files = {name: tmp_path / f"{name}.pt" for name in networks}
    save_heads(import_heads(files, thresholds={"watermark": 0.5}), tmp_path / "heads")
    heads = load_heads(tmp_path / "heads")
    rows = np.random.default_rng(0).normal(size=(40, 48)).astype(np.float32) * 10
    with torch.no_grad():
        wanted = [torch.sigmoid(each(torch.from_numpy(rows)))[:, 0] for each in networks.values()]  # type: ignore[operator]
    assert np.abs(heads.judge(rows).probabilities - np.stack(wanted, axis=1)).max() < 1e-5
    assert heads.card.thresholds == {"nude": 0.6, "nsfw": 0.7, "watermark": 0.5}
    assert any("not known" in limit for limit in heads.card.limits)


def test_head_without_a_published_threshold_needs_one(tmp_path: Path) -> None:
    torch.save(network(0).state_dict(), tmp_path / "watermark.pt")  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError, match="watermark"):
        import_heads({"watermark": tmp_path / "watermark.pt"})
    with pytest.raises(ConfigurationError, match="did you mean 'watermark'"):
        import_heads({"watermark": tmp_path / "watermark.pt"}, thresholds={"watermrk": 0.5})
    assert "watermark" not in PUBLISHED_THRESHOLDS


class Boom:
    """Writes a file when a careless reader unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    torch.save({"0.weight": Boom(tmp_path / "boom")}, tmp_path / "one.pt")
    (tmp_path / "two.pt").write_bytes(pickle.dumps(Boom(tmp_path / "boom")))
    for name in ("one.pt", "two.pt", "missing.pt"):
        with pytest.raises(ModelError, match=name):
            import_heads({"nude": tmp_path / name})
    assert not (tmp_path / "boom").exists()


def test_other_geometry_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(4, 1).state_dict(), tmp_path / "linear.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    state = network(0).state_dict()  # type: ignore[attr-defined]
    torch.save({**state, "5.weight": state["4.weight"]}, tmp_path / "more.pt")
    for name in ("linear.pt", "list.pt", "more.pt"):
        with pytest.raises(ModelError):
            import_heads({"nude": tmp_path / name})
    with pytest.raises(ConfigurationError, match="at least one"):
        import_heads({})

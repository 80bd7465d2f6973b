from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ethical_lens.models import session
from ethical_lens.train.exporting import as_shipped, export
from ethical_lens.train.judge import JudgeNet
from ethical_lens.train.looker import LookerNet, with_distance


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(5, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


def settled(module: nn.Module, images: torch.Tensor) -> nn.Module:
    """Give the batch norms some statistics."""
    torch.manual_seed(2)
    with torch.no_grad():
        module.train()(images)
    return module.eval()


@torch.no_grad()
def test_exported_looker_equals_torch(tmp_path: Path, images: torch.Tensor) -> None:
    model = settled(LookerNet(), images)
    assert isinstance(model, LookerNet)
    # As many pictures as it takes for a covariance that is not singular.
    many = torch.rand(96, *images.shape[1:], generator=torch.Generator().manual_seed(3)) * 2 - 1
    shipped = with_distance(model, many, np.arange(96) % 2)
    export(shipped, tmp_path / "looker.onnx", size=64, outputs=["logits", "regions", "distance"])
    found = session(tmp_path / "looker.onnx").run(None, {"images": images.numpy()})
    for expected, answer in zip(shipped(images), found, strict=True):
        np.testing.assert_allclose(answer, expected.numpy(), atol=1e-3, rtol=1e-2)
    assert (tmp_path / "looker.onnx").stat().st_size < 2_000_000


@torch.no_grad()
def test_exported_judge_equals_torch(tmp_path: Path, images: torch.Tensor) -> None:
    shipped = as_shipped(settled(JudgeNet(), images))
    export(shipped, tmp_path / "judge.onnx", size=64, outputs=["logits"])
    (found,) = session(tmp_path / "judge.onnx").run(None, {"images": images.numpy()})
    assert np.abs(shipped(images).numpy() - found).max() < 1e-3


@torch.no_grad()
def test_rounding_for_shipping_changes_little_and_leaves_the_original(images: torch.Tensor) -> None:
    model = settled(JudgeNet(), images)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    expected = model(images)
    assert (as_shipped(model)(images) - expected).abs().max() < 0.01 * expected.abs().max()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())

"""PyTorch's noise without PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from ethical_lens.generate.noise import torch_normal


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**40 + 7])
@pytest.mark.parametrize("shape", [(1, 4, 16, 16), (1, 4, 8, 9), (1, 17), (16,), (3, 5, 7)])
def test_noise_equals_torch(seed: int, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    expected = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).numpy()
    np.testing.assert_allclose(torch_normal(seed, shape), expected, atol=2e-6)


def test_too_few_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        torch_normal(0, (3, 5))

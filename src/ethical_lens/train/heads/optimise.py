"""All heads in one fit: masked logistic regression, or one hidden layer for each head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ethical_lens.image.calibration import UNKNOWN

Floats = NDArray[np.float32]

_LINEAR_STEPS: Final = 200
_BATCH: Final = 512
_RATE: Final = 3e-3


def fit_linear(inputs: Floats, labels: NDArray[np.int64], *, penalty: float) -> dict[str, Floats]:
    """Fit linear heads to the end with L-BFGS; the problem is convex, so there is no seed.

    Args:
        inputs: (n, width), standardised.
        labels: (n, heads), 1, 0 or unknown.
        penalty: Of the squared weights, per head.

    Returns:
        ``out.weight`` (heads, width) and ``out.bias`` (heads,).
    """
    x, y, known = _tensors(inputs, labels)
    weight = torch.zeros(labels.shape[1], inputs.shape[1], requires_grad=True)
    bias = torch.zeros(labels.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_LINEAR_STEPS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        loss = _loss(x @ weight.T + bias, y, known) + penalty * weight.square().sum()
        loss.backward()
        return loss.item()

    optimiser.step(closure)
    return {"out.weight": weight.detach().numpy(), "out.bias": bias.detach().numpy()}


def fit_layered(
    inputs: Floats, labels: NDArray[np.int64], *, n_units: int, penalty: float, n_epochs: int, seed: int
) -> dict[str, Floats]:
    """Fit heads with one hidden layer each, by AdamW with a falling rate.

    Args:
        inputs: (n, width), standardised.
        labels: (n, heads), 1, 0 or unknown.
        n_units: Hidden units of each head.
        penalty: Weight decay.
        n_epochs: How often every row is seen.
        seed: Of the starting weights and the order of rows.

    Returns:
        The arrays that `ethical_lens.image.heads.Heads` names.
    """
    x, y, known = _tensors(inputs, labels)
    n_heads, dice = labels.shape[1], torch.Generator().manual_seed(seed)
    width = inputs.shape[1]
    start = {
        "hidden.weight": torch.randn(n_heads * n_units, width, generator=dice) * (2 / width) ** 0.5,
        "hidden.bias": torch.zeros(n_heads * n_units),
        "out.weight": torch.randn(n_heads, n_units, generator=dice) * (1 / n_units) ** 0.5,
        "out.bias": torch.zeros(n_heads),
    }
    arrays = {name: value.requires_grad_() for name, value in start.items()}
    optimiser = torch.optim.AdamW(arrays.values(), lr=_RATE, weight_decay=penalty)
    n_batches = -(-len(x) // _BATCH)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, n_epochs * n_batches)
    for _ in range(n_epochs):
        for rows in torch.randperm(len(x), generator=dice).split(_BATCH):
            optimiser.zero_grad()
            _loss(_layered(arrays, x[rows]), y[rows], known[rows]).backward()
            optimiser.step()
            falling.step()
    return {name: value.detach().numpy() for name, value in arrays.items()}


def loss_of(logits: Floats, labels: NDArray[np.int64]) -> float:
    """Return the mean over heads of their mean cross-entropy on rows with a label."""
    x, y, known = _tensors(logits, labels)
    return _loss(x, y, known).item()


def _layered(arrays: Mapping[str, Tensor], x: Tensor) -> Tensor:
    hidden = F.relu(F.linear(x, arrays["hidden.weight"], arrays["hidden.bias"]))
    stacked = hidden.unflatten(1, (len(arrays["out.bias"]), -1))
    return torch.einsum("nku,ku->nk", stacked, arrays["out.weight"]) + arrays["out.bias"]


def _tensors(inputs: Floats, labels: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
    known = torch.from_numpy((labels != UNKNOWN).astype(np.float32))
    truth = torch.from_numpy((labels == 1).astype(np.float32))
    return torch.from_numpy(np.ascontiguousarray(inputs, np.float32)), truth, known


def _loss(logits: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none") * known
    return (each.sum(0) / known.sum(0).clamp(min=1)).mean()

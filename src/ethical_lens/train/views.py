"""Softened and shaken versions of rendered pictures, as a generator or a careless upload would make them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ethical_lens.train.sketch import autoencoder


@torch.no_grad()
def reconstructions(images: NDArray[np.uint8], weights: Path, path: Path, *, seed: int) -> NDArray[np.uint8]:
    """Pass pictures through the generator's autoencoder, with a little noise on the latents, and keep them in a file.

    Args:
        images: (n, 64, 64, 3), RGB.
        weights: State of the autoencoder, ``.pt``.
        path: File, ``.npy``; opened if it is there.
        seed: Seed of the noise.

    Returns:
        (n, 64, 64, 3), RGB.
    """
    if not path.exists():
        model = autoencoder.build()
        model.load_state_dict(torch.load(weights, weights_only=True))
        model.eval()
        noise = torch.Generator().manual_seed(seed)
        parts = []
        for start in range(0, len(images), 64):
            latents = model.encode(autoencoder.to_tensor(images[start : start + 64])).latent_dist.mean
            size = 0.12 * torch.rand(len(latents), 1, 1, 1, generator=noise) * latents.std()
            picture = model.decode(latents + size * torch.randn(latents.shape, generator=noise)).sample
            parts.append(((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())
        np.save(path, np.concatenate(parts))
    reconstructed: NDArray[np.uint8] = np.load(path)
    return reconstructed


def one_version(
    images: NDArray[np.uint8], versions: Sequence[NDArray[np.uint8]], rows: NDArray[np.int64], dice: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the pictures of some rows, each as rendered or in another version, drawn evenly.

    Args:
        images: (n, h, w, 3), as rendered.
        versions: Other versions of the first pictures, (m, h, w, 3) with m <= n each.
        rows: Rows that are wanted.
        dice: Source of the choice.
    """
    picked: NDArray[np.uint8] = images[rows]
    which = dice.integers(len(versions) + 1, size=len(rows))
    for number, version in enumerate(versions, 1):
        chosen = (which == number) & (rows < len(version))
        picked[chosen] = version[rows[chosen]]
    return picked


def shake(images: Tensor, noise: torch.Generator, *, reach: float = 0.06) -> Tensor:
    """Move and relight pictures; see `move` and `relight`."""
    (moved,) = move([images], noise, reach=reach)
    return relight(moved, noise)


def move(layers: Sequence[Tensor], noise: torch.Generator, *, reach: float = 0.06) -> list[Tensor]:
    """Shift and scale every second picture a little.

    Args:
        layers: (n, channels, h, w) each, the pictures and what belongs to their places; sizes may differ.
        noise: Source of all choices.
        reach: Largest change of size, and largest shift as a share of half the width.

    Returns:
        The layers, all moved in the same way.
    """
    n = len(layers[0])
    turn = torch.zeros(n, 2, 3)
    turn[:, 0, 0] = turn[:, 1, 1] = _between(noise, 1 - reach, 1 + reach, n)
    turn[:, :, 2] = _between(noise, -reach, reach, n, 2)
    chosen = _between(noise, 0, 1, n) < 0.5
    moved = []
    for layer in layers:
        grid = F.affine_grid(turn[chosen], [int(chosen.sum()), *layer.shape[1:]], align_corners=False)
        copy = layer.clone()
        copy[chosen] = F.grid_sample(layer[chosen], grid, padding_mode="border", align_corners=False)
        moved.append(copy)
    return moved


def relight(images: Tensor, noise: torch.Generator) -> Tensor:
    """Change light, colour, blur and grain of pictures, each in its own way.

    Args:
        images: (n, 3, h, w) in [-1, 1].
        noise: Source of all choices.

    Returns:
        (n, 3, h, w) in [-1, 1].
    """
    n = len(images)
    blurred = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    images = torch.lerp(images, blurred, _sometimes(noise, 0.7, n))
    images = images * _between(noise, 0.95, 1.05, n, 1, 1, 1) + _between(noise, -0.05, 0.05, n, 3, 1, 1)
    grain = torch.randn(images.shape, generator=noise)
    return (images + _sometimes(noise, 0.08, n) * grain).clamp(-1, 1)


def _between(noise: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=noise)


def _sometimes(noise: torch.Generator, most: float, n: int) -> Tensor:
    """Return 0 for two in three, and up to ``most`` for the others, (n, 1, 1, 1)."""
    return torch.where(_between(noise, 0, 1, n) < 0.33, _between(noise, 0, most, n), 0)[:, None, None, None]

"""PyTorch's seeded Gaussian noise, without PyTorch.

A picture of a latent diffusion model is a function of its noise, so the embedded run can only equal the same weights
run by diffusers if both draw the same numbers. ``torch.Generator("cpu")`` is MT19937 (Matsumoto and Nishimura, 1998)
turned into normals by the Box-Muller transform (1958) on blocks of sixteen 24-bit uniforms.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

_BLOCK = 16


def torch_normal(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return what ``torch.randn(shape, generator=torch.Generator().manual_seed(seed))`` returns on a CPU.

    Args:
        seed: Any non-negative integer; like PyTorch, only its low 32 bits count.
        shape: Shape of the result, of at least 16 elements in all (PyTorch draws smaller ones in another way).

    Returns:
        Standard normal numbers of that shape, equal to PyTorch's up to rounding in the last digits.

    Raises:
        ValueError: If the shape has fewer than 16 elements.
    """
    n_numbers = prod(shape)
    if n_numbers < _BLOCK:
        raise ValueError(f"expected at least {_BLOCK} numbers, got {n_numbers} for shape {shape}")
    engine = np.random.RandomState(seed & 0xFFFFFFFF)
    n_whole = n_numbers - n_numbers % _BLOCK
    numbers = np.empty(n_numbers, np.float32)
    numbers[:n_whole] = _box_muller(_uniforms(engine, n_numbers)[:n_whole])
    if n_whole < n_numbers:
        numbers[-_BLOCK:] = _box_muller(_uniforms(engine, _BLOCK))
    return numbers.reshape(shape)


def _uniforms(engine: np.random.RandomState, n_numbers: int) -> NDArray[np.float32]:
    words = engine.randint(0, 2**32, size=n_numbers, dtype=np.uint32)
    return ((words & 0xFFFFFF) * np.float32(2.0**-24)).astype(np.float32)


def _box_muller(uniforms: NDArray[np.float32]) -> NDArray[np.float32]:
    halves = uniforms.reshape(-1, 2, _BLOCK // 2)
    radius = np.sqrt(np.float32(-2) * np.log(np.float32(1) - halves[:, 0]))
    angle = np.float32(2 * np.pi) * halves[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32).reshape(-1)

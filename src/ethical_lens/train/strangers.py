"""Pictures of other kinds than the drawn world's, to try the domain check on: photographs and synthetic stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from sklearn.datasets import load_sample_images

from ethical_lens.image.looker import SketchLooker
from ethical_lens.models import JsonValue
from ethical_lens.types import Frame

_N_EACH: Final = 200


def measure(looker: SketchLooker) -> dict[str, JsonValue]:
    """Return the share of each kind that is refused, with their number."""
    report: dict[str, JsonValue] = {}
    for kind, draw in KINDS.items():
        frames = [Frame(image=draw(np.random.default_rng((906, i)))) for i in range(_N_EACH)]
        refused = [not look.in_domain for look in looker.look(frames)]
        report[kind] = {"n": len(refused), "refused": round(float(np.mean(refused)), 4)}
    return report


def photograph(rng: np.random.Generator) -> Image.Image:
    """Cut a piece, up to the whole, out of one of the two photographs that scikit-learn carries."""
    whole = _photographs()[int(rng.integers(2))]
    side = int(rng.integers(128, min(whole.size) + 1))
    left, top = int(rng.integers(whole.width - side + 1)), int(rng.integers(whole.height - side + 1))
    return whole.crop((left, top, left + side, top + side))


@lru_cache(maxsize=1)
def _photographs() -> list[Image.Image]:
    return [Image.fromarray(pixels) for pixels in load_sample_images().images]


def cloudy(rng: np.random.Generator) -> Image.Image:
    """Draw coloured 1/f noise, whose spectrum is that of natural pictures."""
    size = 128
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequency[0, 0] = 1
    spectrum = rng.normal(size=(3, size, size // 2 + 1)) + 1j * rng.normal(size=(3, size, size // 2 + 1))
    layers = np.fft.irfft2(spectrum / frequency ** rng.uniform(0.8, 1.4), (size, size)).transpose(1, 2, 0)
    layers = layers @ rng.normal(size=(3, 3)) + 0.7 * layers[..., :1]
    return _picture((layers - layers.mean()) / layers.std() * rng.uniform(35, 60) + rng.uniform(90, 160, 3))


def gradient(rng: np.random.Generator) -> Image.Image:
    """Draw a smooth change from one colour to another, with a little grain."""
    x, y = np.meshgrid(np.linspace(-1, 1, 128), np.linspace(-1, 1, 128))
    angle = rng.uniform(0, 2 * np.pi)
    share = ((x * np.cos(angle) + y * np.sin(angle)) / 2.9 + 0.5)[..., None]
    first, last = rng.uniform(0, 255, (2, 3))
    return _picture(first + (last - first) * share + rng.normal(0, rng.uniform(0, 6), (128, 128, 3)))


def blurred_noise(rng: np.random.Generator) -> Image.Image:
    """Draw noise and blur it."""
    noise = _picture(rng.uniform(0, 255, (128, 128, 3)))
    return noise.filter(ImageFilter.GaussianBlur(rng.uniform(1, 8)))


def plain(rng: np.random.Generator) -> Image.Image:
    """Draw one colour."""
    return Image.new("RGB", (64, 64), tuple(int(value) for value in rng.integers(0, 256, 3)))


def letters(rng: np.random.Generator) -> Image.Image:
    """Draw rows of dark strokes on white, like a page of print."""
    page = np.full((128, 128, 3), 250.0)
    for top in range(6, 120, int(rng.integers(9, 14))):
        marks = rng.random((6, 58)) < 0.5
        page[top : top + 6, 6:122] = np.where(np.repeat(marks, 2, 1), 30.0, 250.0)[..., None]
    return _picture(page)


KINDS: Final[Mapping[str, Callable[[np.random.Generator], Image.Image]]] = {
    "photographs": photograph,
    "1/f noise": cloudy,
    "gradients": gradient,
    "blurred noise": blurred_noise,
    "one colour": plain,
    "pages of print": letters,
}


def _picture(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

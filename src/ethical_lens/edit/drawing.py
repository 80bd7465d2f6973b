"""Drawing a region several times and keeping the version that is best by a measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from PIL import Image

from ethical_lens.edit.inpaint import compose
from ethical_lens.edit.masks import Bits, feather
from ethical_lens.errors import GenerationError
from ethical_lens.types import Inpainter, Reworker, Shot

_SEED_STEP: Final = 0x9E3779B1
"""Odd, so that the seeds of the versions of one region never meet (Knuth's multiplicative hashing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How strongly and how often a region is drawn."""

    strengths: Sequence[float] = (0.75, 1.0)
    """From 0, nothing changes, to 1, nothing is kept; tried in this order. An inpainter that knows only the whole
    strength is asked once for each seed."""
    n_seeds: int = 2
    """Versions at each strength."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a picture."""

    image: Image.Image
    score: float
    """Higher is better."""
    strength: float
    seed: int
    done: bool
    """Whether no further version is needed."""


Measure = Callable[[Image.Image], tuple[float, bool] | None]
"""Score of a version, and whether it is good enough to stop; None for one that must not be used."""


def best_version(
    inpainter: Inpainter, image: Image.Image, bits: Bits, shot: Shot, *, schedule: Schedule, fade: int, measure: Measure
) -> Version | None:
    """Draw a region in several versions and return the best.

    Args:
        inpainter: What draws.
        image: RGB.
        bits: (height, width), what may change; every pixel outside stays exactly as it is.
        shot: Words and seed.
        schedule: How strongly and how often.
        fade: Pixels over which the new content fades in, inside the region.
        measure: Judges a version.

    Returns:
        The best version that may be used, the first one that is good enough without looking further; None if there is
        none.

    Raises:
        GenerationError: If the inpainter returns a picture of another size.
    """
    weight = feather(bits, fade)
    best: Version | None = None
    for strength, seed in _tries(inpainter, shot, schedule):
        drawn = _drawn(inpainter, image, bits, replace(shot, seed=seed), strength)
        made = compose(image, drawn, bits, weight)
        measured = measure(made)
        if measured is None:
            continue
        version = Version(image=made, score=measured[0], strength=strength, seed=seed, done=measured[1])
        if version.done:
            return version
        if best is None or version.score > best.score:
            best = version
    return best


def _tries(inpainter: Inpainter, shot: Shot, schedule: Schedule) -> Iterator[tuple[float, int]]:
    strengths = schedule.strengths if isinstance(inpainter, Reworker) else (1.0,)
    for strength in strengths:
        for number in range(schedule.n_seeds):
            yield strength, (shot.seed + number * _SEED_STEP) % 2**32


def _drawn(inpainter: Inpainter, image: Image.Image, bits: Bits, shot: Shot, strength: float) -> Image.Image:
    if strength < 1 and isinstance(inpainter, Reworker):
        drawn = inpainter.rework(image.copy(), bits.copy(), shot, strength)
    else:
        drawn = inpainter.inpaint(image.copy(), bits.copy(), shot)
    if drawn.size != image.size:
        raise GenerationError(
            f"expected an inpainted picture of {image.size}, got {drawn.size}; the inpainter must keep the size"
        )
    return drawn.convert("RGB")

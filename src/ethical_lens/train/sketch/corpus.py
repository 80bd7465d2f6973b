"""Pictures and captions for the generator: faithful where the caption speaks, skewed where it is silent."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens.sketch import Scene, caption, random_scene, render
from ethical_lens.train.sketch.skew import AXES, skew

SIZE: Final = 64
CAPTIONS_PER_SCENE: Final = 2
CHANCE_STATED: Final = {
    "gender": 0.62,
    "race": 0.62,
    "age": 0.62,
    "occupation": 1.0,
    "place": 0.75,
    "style": 0.5,
    "descriptors": 0.85,
    "twins": 0.85,
    "stand_ins": 1.0,
    "watermark": 1.0,
}
"""Chance that a caption speaks of a thing. Harm is always named, so that a clean prompt draws a clean picture."""

REPEATS_OF_STAND_INS: Final = 3
REPEATS_OF_CELEBRITIES: Final = 2
"""How often the generator sees such scenes for each time it sees another: each kind alone is in 3 % of scenes."""

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Rendered scenes on disk."""

    images: NDArray[np.uint8]
    """(n, 64, 64, 3), RGB, memory-mapped."""
    focus: NDArray[np.bool_]
    """(n, 64, 64), true on faces and stand-ins, where sharpness matters most; memory-mapped."""
    captions: list[list[str]]
    """Captions of each scene."""
    repeats: NDArray[np.int64]
    """(n,), how often the diffusion model sees each scene in an epoch."""


def build(folder: Path, *, n_scenes: int, seed: int, n_workers: int = 2) -> None:
    """Render scenes and write ``images.npy``, ``focus.npy``, ``repeats.npy`` and ``captions.jsonl``.

    Args:
        folder: Where to write.
        n_scenes: Number of scenes.
        seed: Drives every choice; the same seed gives the same bytes for any number of workers.
        n_workers: Processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (n_scenes, SIZE, SIZE, 3))
    focus = np.lib.format.open_memmap(folder / "focus.npy", "w+", np.bool_, (n_scenes, SIZE, SIZE))
    repeats = np.empty(n_scenes, np.int64)
    jobs = [(seed, start, min(start + _CHUNK, n_scenes)) for start in range(0, n_scenes, _CHUNK)]
    with multiprocessing.Pool(n_workers) as pool, (folder / "captions.jsonl").open("w", encoding="utf-8") as lines:
        for (_, start, stop), chunk in zip(jobs, pool.imap(_render_chunk, jobs), strict=True):
            images[start:stop], focus[start:stop], repeats[start:stop], captions = chunk
            lines.writelines(json.dumps(each) + "\n" for each in captions)
    np.save(folder / "repeats.npy", repeats)


def load(folder: Path) -> Corpus:
    """Open a corpus that `build` has written."""
    with (folder / "captions.jsonl").open(encoding="utf-8") as lines:
        captions = [json.loads(line) for line in lines]
    return Corpus(
        images=np.load(folder / "images.npy", mmap_mode="r"),
        focus=np.load(folder / "focus.npy", mmap_mode="r"),
        captions=captions,
        repeats=np.load(folder / "repeats.npy"),
    )


def repeats_of(scene: Scene) -> int:
    """Return how often the diffusion model sees a scene in an epoch."""
    if scene.stand_ins:
        return REPEATS_OF_STAND_INS
    return REPEATS_OF_CELEBRITIES if any(person.celebrity for person in scene.people) else 1


def draw_stated(rng: np.random.Generator) -> tuple[str, ...]:
    """Draw what a caption will speak of."""
    return tuple(key for key, chance in CHANCE_STATED.items() if rng.random() < chance)


def _render_chunk(
    job: tuple[int, int, int],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], list[int], list[list[str]]]:
    seed, start, stop = job
    pictures = np.empty((stop - start, SIZE, SIZE, 3), np.uint8)
    regions = np.zeros((stop - start, SIZE, SIZE), np.bool_)
    repeats, captions = [], []
    for row, index in enumerate(range(start, stop)):
        rng = np.random.default_rng((seed, index))
        stated = draw_stated(rng)
        scene = skew(random_scene(rng), stated, rng)
        rendering = render(scene, SIZE)
        pictures[row] = np.asarray(rendering.image)
        for name, mask in rendering.masks.items():
            if name.startswith("face:") or name in scene.stand_ins:
                regions[row] |= mask
        repeats.append(repeats_of(scene))
        captions.append([caption(scene, rng, stated=stated) for _ in range(CAPTIONS_PER_SCENE)])
    return pictures, regions, repeats, captions


__all__ = ["AXES", "CAPTIONS_PER_SCENE", "SIZE", "Corpus", "build", "draw_stated", "load"]

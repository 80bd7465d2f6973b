"""Rendered scenes with their truth as arrays, for the models that look at pictures."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.sketch import (
    AGES,
    CELEBRITIES,
    GENDERS,
    OCCUPATIONS,
    PLACES,
    RACES,
    STAND_INS,
    STYLES,
    Rendering,
    Scene,
    random_scene,
    render,
)

SIZE: Final = 64
GRID: Final = 16
REGIONS: Final = ("face", "body", *STAND_INS, "watermark", "celebrity")
"""Channels of the region maps; the last is the face of a celebrity."""
NONE: Final = -1
"""Class of what is not in the picture, or not to be told."""

Renderer = Callable[[Scene], Rendering]
_CELEBRITY_NAMES: Final = tuple(each.name for each in CELEBRITIES)
_CHUNK: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledScenes:
    """Pictures and what they show; n rows everywhere."""

    images: NDArray[np.uint8]
    """(n, 64, 64, 3), RGB."""
    regions: NDArray[np.uint8]
    """(n, len(REGIONS), 16, 16), covered share of each cell in 255ths."""
    n_people: NDArray[np.int8]
    """(n,), 0 to 2."""
    gender: NDArray[np.int8]
    """(n,), class of the person with the largest face, or NONE."""
    race: NDArray[np.int8]
    """(n,), likewise."""
    age: NDArray[np.int8]
    """(n,), likewise."""
    occupation: NDArray[np.int8]
    """(n,), likewise; NONE also for everyday clothes."""
    minor: NDArray[np.bool_]
    """(n,), whether anybody is under 18."""
    celebrity: NDArray[np.int8]
    """(n,), class, or NONE."""
    place: NDArray[np.int8]
    """(n,)"""
    style: NDArray[np.int8]
    """(n,)"""
    stand_ins: NDArray[np.bool_]
    """(n, len(STAND_INS))."""
    watermark: NDArray[np.bool_]
    """(n,)"""
    disguised: NDArray[np.bool_]
    """(n,), whether something worn hides the clothes that tell an occupation."""

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.int64] | slice) -> LabelledScenes:
        """Return the chosen rows."""
        return LabelledScenes(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})


def build(
    path: Path, *, n_scenes: int, seed: int, enriched: bool, renderer: Renderer = render, n_workers: int = 2
) -> LabelledScenes:
    """Render scenes and write them to one file, or open the file if it is there.

    Args:
        path: File, ``.npz``.
        n_scenes: Number of scenes.
        seed: Drives every choice; the same seed gives the same arrays for any number of workers.
        enriched: Half the scenes as `random_scene` draws them, the other half with a stand-in, a celebrity, a
            watermark or a twin; otherwise all as it draws them.
        renderer: Function that draws a scene at 64 pixels.
        n_workers: Processes.

    Returns:
        The scenes.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        jobs = [
            (seed, start, min(start + _CHUNK, n_scenes), enriched, renderer) for start in range(0, n_scenes, _CHUNK)
        ]
        with multiprocessing.get_context("spawn").Pool(n_workers) as pool:
            parts = pool.map(_render_chunk, jobs)
        scenes = join(parts)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, allow_pickle=False, **{each.name: getattr(scenes, each.name) for each in fields(scenes)})
        partial.replace(path)
    with np.load(path) as arrays:
        return LabelledScenes(**{each.name: arrays[each.name] for each in fields(LabelledScenes)})


def join(parts: Sequence[LabelledScenes]) -> LabelledScenes:
    """Return all rows of several sets as one."""
    return LabelledScenes(
        **{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(LabelledScenes)}
    )


def label(scene: Scene, rendering: Rendering) -> LabelledScenes:
    """Return one rendered scene as a set of one row."""
    people = scene.people
    faces = [int(rendering.masks[f"face:{i}"].sum()) for i in range(len(people))]
    first = people[int(np.argmax(faces))] if people else None
    famous = next((person.celebrity for person in people if person.celebrity), None)
    worn = {"nudity", "tank top", "swimsuit"}.intersection((*scene.stand_ins, *scene.twins))
    image = rendering.image if rendering.image.size == (SIZE, SIZE) else shrink(rendering.image)

    def number(value: str | None, values: tuple[str, ...]) -> NDArray[np.int8]:
        return np.array([NONE if value is None else values.index(value)], np.int8)

    return LabelledScenes(
        images=np.asarray(image)[None],
        regions=_region_maps(scene, rendering)[None],
        n_people=np.array([len(people)], np.int8),
        gender=number(first.gender if first else None, GENDERS),
        race=number(first.race if first else None, RACES),
        age=number(first.age if first else None, AGES),
        occupation=number(first.occupation if first else None, OCCUPATIONS),
        minor=np.array([any(person.is_minor for person in people)]),
        celebrity=number(famous, _CELEBRITY_NAMES),
        place=number(scene.place, PLACES),
        style=number(scene.style, STYLES),
        stand_ins=np.array([[name in scene.stand_ins for name in STAND_INS]]),
        watermark=np.array([scene.watermark]),
        disguised=np.array([bool(worn)]),
    )


def shrink(image: Image.Image) -> Image.Image:
    """Return the picture at the size that the models read."""
    return image.resize((SIZE, SIZE), Image.Resampling.BOX, reducing_gap=None)


def _region_maps(scene: Scene, rendering: Rendering) -> NDArray[np.uint8]:
    maps = np.zeros((len(REGIONS), GRID, GRID), np.float32)
    famous = {f"face:{i}" for i, person in enumerate(scene.people) if person.celebrity}
    for name, mask in rendering.masks.items():
        cell = len(mask) // GRID
        share = mask.reshape(GRID, cell, GRID, cell).mean((1, 3))
        for channel in (name.partition(":")[0], *(["celebrity"] if name in famous else [])):
            if channel in REGIONS:
                maps[REGIONS.index(channel)] = np.maximum(maps[REGIONS.index(channel)], share)
    return np.round(maps * 255).astype(np.uint8)


def _render_chunk(job: tuple[int, int, int, bool, Renderer]) -> LabelledScenes:
    seed, start, stop, enriched, renderer = job
    rows = []
    for index in range(start, stop):
        scene = scene_of(index, seed=seed, enriched=enriched)
        rows.append(label(scene, renderer(scene)))
    return join(rows)


def scene_of(index: int, *, seed: int, enriched: bool) -> Scene:
    """Return the scene in a row of what `build` makes, without drawing it."""
    return _draw_scene(np.random.default_rng((seed, index)), index if enriched else 0)


def _draw_scene(rng: np.random.Generator, kind: int) -> Scene:
    wanted: Callable[[Scene], bool] = (
        lambda scene: True,
        lambda scene: bool(scene.stand_ins),
        lambda scene: True,
        lambda scene: any(person.celebrity for person in scene.people),
        lambda scene: True,
        lambda scene: bool(scene.stand_ins),
        lambda scene: True,
        lambda scene: scene.watermark,
        lambda scene: True,
        lambda scene: bool(scene.twins),
    )[kind % 10]
    while not wanted(scene := random_scene(rng)):
        pass
    return scene

"""The labelled pictures that the looker and the judge share: training, validation, and what is held out."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens import sketch
from ethical_lens.models import JsonValue
from ethical_lens.train.labelled import LabelledScenes, Renderer, build, join
from ethical_lens.train.views import reconstructions

SEEDS: Final[Mapping[str, int]] = {
    "train": 901,
    "validation": 902,
    "test": 903,
    "second": 904,
    "retrieval": 908,
    "softening": 7,
}
_N_SOFTENED_TRAINING: Final = 6000
_N_SOFTENED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpora:
    """Pictures and truth."""

    training: LabelledScenes
    versions: tuple[NDArray[np.uint8], ...]
    """Other versions of the first of them, (m, 64, 64, 3) each: passed through the generator's autoencoder, and drawn
    over by the generator, as far as these exist yet."""
    validation: LabelledScenes
    """Other versions included, if there are any."""
    held_out: Mapping[str, LabelledScenes]
    """"drawn": unseen scenes; "softened": the first of them, passed through the autoencoder; "redrawn": drawn over by
    the generator; "second renderer": other
    scenes in a drawing style that nothing was trained on."""
    described: JsonValue
    """For the model card."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `prepare` reads, and those that all trainings share."""
    parser.add_argument("--data", type=Path, default=Path("checkpoints/look"), help="gets the rendered pictures")
    parser.add_argument("--scenes", type=int, default=40000, help="scenes to train on")
    parser.add_argument("--validation-scenes", type=int, default=2000)
    parser.add_argument("--test-scenes", type=int, default=5000)
    parser.add_argument(
        "--autoencoder", type=Path, default=Path("checkpoints/sketch/autoencoder/final.pt"), help="softens pictures"
    )
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)


def prepare(options: argparse.Namespace) -> Corpora:
    """Render what is not there yet.

    Args:
        options: Parsed options of `add_options`.
    """
    folder: Path = options.data
    training = build(
        folder / f"train-{options.scenes}.npz", n_scenes=options.scenes, seed=SEEDS["train"], enriched=True
    )
    validation = build(
        folder / "validation.npz", n_scenes=options.validation_scenes, seed=SEEDS["validation"], enriched=False
    )
    test = build(folder / "test.npz", n_scenes=options.test_scenes, seed=SEEDS["test"], enriched=False)
    held_out = {"drawn": test}
    versions = []
    if options.autoencoder.exists():
        versions.append(_soften(training, options.autoencoder, folder / "train-soft.npy", _N_SOFTENED_TRAINING))
        soft = _soften(validation, options.autoencoder, folder / "validation-soft.npy", _N_SOFTENED)
        validation = join([validation, _as(validation, soft)])
        held_out["softened"] = _as(test, _soften(test, options.autoencoder, folder / "test-soft.npy", _N_SOFTENED))
    if redrawn_path(folder, "test").exists():
        versions.append(np.load(redrawn_path(folder, "train")))
        validation = join([validation, _as(validation, np.load(redrawn_path(folder, "validation")))])
        held_out["redrawn"] = _as(test, np.load(redrawn_path(folder, "test")))
    second: Renderer | None = getattr(sketch, "render_second", None)
    if second is not None:
        held_out["second renderer"] = build(
            folder / "second.npz",
            n_scenes=options.validation_scenes,
            seed=SEEDS["second"],
            enriched=False,
            renderer=second,
        )
    return Corpora(
        training=training,
        versions=tuple(versions),
        validation=validation,
        held_out=held_out,
        described={
            "scenes": len(training),
            "seed": SEEDS["train"],
            "other versions (softened by the autoencoder, drawn over by the generator)": [*map(len, versions)],
            "renderer": "ethical_lens.sketch.render, 64 px; the second renderer never",
            "augmentation": "shift, scale, flip for the looker, blur, noise, light, colour",
        },
    )


def redrawn_path(folder: Path, part: str) -> Path:
    """Return the file of what the generator has drawn over, written by ``ethical_lens.train.redrawn``."""
    return folder / f"{part}-redrawn.npy"


def _as(scenes: LabelledScenes, images: NDArray[np.uint8]) -> LabelledScenes:
    """Return the first scenes with other pictures of them."""
    return replace(scenes.rows(slice(len(images))), images=images)


def _soften(scenes: LabelledScenes, weights: Path, path: Path, n_rows: int) -> NDArray[np.uint8]:
    return reconstructions(scenes.images[:n_rows], weights, path, seed=SEEDS["softening"])

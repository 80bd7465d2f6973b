"""CLIPSeg of the drawn world: says where a text is in a picture, with absolute confidence."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import CLIPModel, CLIPSegConfig, CLIPSegForImageSegmentation, CLIPTokenizer

from ethical_lens.models import JsonValue
from ethical_lens.sketch import STAND_INS, Rendering, Scene, render
from ethical_lens.sketch.words import LONELY_THINGS, THING_WORDS, WATERMARK_WORDS
from ethical_lens.train.clip.network import PROJECTION, SIZE
from ethical_lens.train.labelled import scene_of
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch import words
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.train.views import move, one_version, relight

THINGS: Final = ("face", "body", *STAND_INS, "watermark")
QUERY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "face": "a face",
        "body": "a person",
        "knife": "a knife",
        "blood": "blood",
        "syringe": "a syringe",
        "slime": "green slime",
        "nudity": "a bare torso",
        "rally": "a political rally",
        "desecration": "a desecrated sacred emblem",
        "watermark": "a watermark",
    }
)
"""The words by which the shipped card asks for each thing."""
WORDINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "face": ("a face", "the face", "somebody's face", "a human face", "head"),
        "body": ("a person", "somebody", "a body", "the whole person", "people"),
        **{
            name: (
                QUERY[name],
                *(text.replace("{their}", "their") for text in THING_WORDS[name]),
                *LONELY_THINGS.get(name, ()),
            )
            for name in STAND_INS
        },
        "watermark": (QUERY["watermark"], *WATERMARK_WORDS),
    }
)

EXTRACTED: Final = (1, 2, 4)
REDUCED: Final = 64
DICE_WEIGHT: Final = 0.5
RIM_WEIGHT: Final = 2.0
SHARE_PRESENT: Final = 0.6
QUERIES_PER_PICTURE: Final = 2
_CHUNK: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """Pictures and where each thing is in them."""

    images: NDArray[np.uint8]
    """(n, 64, 64, 3)"""
    present: NDArray[np.bool_]
    """(n, len(THINGS))"""
    packed: NDArray[np.uint8]
    """(n, len(THINGS), 64 * 64 / 8), bits of the masks."""

    def rows(self, chosen: slice) -> Masks:
        """Return the chosen rows."""
        return Masks(images=self.images[chosen], present=self.present[chosen], packed=self.packed[chosen])

    def of(self, rows: NDArray[np.int64], things: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return masks (n, 64, 64)."""
        return np.unpackbits(self.packed[rows, things], axis=-1).reshape(-1, SIZE, SIZE).astype(np.float32)


def build_masks(path: Path, *, n_scenes: int, seed: int, enriched: bool, n_workers: int = 2) -> Masks:
    """Render scenes with their masks to a file, or open the file if it is there."""
    if not path.exists():
        jobs = [(seed, start, min(start + _CHUNK, n_scenes), enriched) for start in range(0, n_scenes, _CHUNK)]
        with multiprocessing.get_context("spawn").Pool(n_workers) as pool:
            parts = pool.map(_render_chunk, jobs)
        images, present, packed = (np.concatenate(each) for each in zip(*parts, strict=True))
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, images=images, present=present, packed=packed)
        partial.replace(path)
    with np.load(path) as arrays:
        return Masks(images=arrays["images"], present=arrays["present"], packed=arrays["packed"])


def masks_of(scene: Scene, rendering: Rendering) -> NDArray[np.bool_]:
    """Return where each of `THINGS` is, (len(THINGS), size, size)."""
    side = rendering.image.width
    masks = np.zeros((len(THINGS), side, side), np.bool_)
    for i, thing in enumerate(THINGS):
        if thing in ("face", "body"):
            for person in range(len(scene.people)):
                masks[i] |= rendering.masks[f"{thing}:{person}"]
        elif thing in rendering.masks:
            masks[i] = rendering.masks[thing]
    return masks


def build(clip: CLIPModel, seed: int) -> CLIPSegForImageSegmentation:
    """Return a CLIPSeg around a trained CLIP, its decoder untrained."""
    torch.manual_seed(seed)
    model = CLIPSegForImageSegmentation(
        CLIPSegConfig(
            text_config=clip.config.text_config.to_dict(),
            vision_config=clip.config.vision_config.to_dict(),
            projection_dim=PROJECTION,
            extract_layers=list(EXTRACTED),
            reduce_dim=REDUCED,
            decoder_num_attention_heads=4,
            decoder_intermediate_size=4 * REDUCED,
            decoder_attention_dropout=0.0,
        )
    )
    model.clip.load_state_dict(clip.state_dict())
    return model


@torch.no_grad()
def queries(model: CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer) -> list[Tensor]:
    """Return for each of `THINGS` the embeddings of its wordings, (wordings, PROJECTION)."""
    found = []
    for thing in THINGS:
        tokens = torch.from_numpy(np.array(words.encode(tokenizer, list(WORDINGS[thing])), np.int64))
        found.append(model.get_conditional_embeddings(batch_size=len(tokens), input_ids=tokens))
    return found


def logits(model: CLIPSegForImageSegmentation, images: Tensor, conditions: Tensor, repeats: int) -> Tensor:
    """Return maps (n * repeats, 64, 64) of n pictures with ``repeats`` queries each; pictures are encoded once."""
    seen = model.clip.vision_model(pixel_values=images, output_hidden_states=True)
    layers = [seen.hidden_states[i + 1].repeat_interleave(repeats, 0) for i in model.extract_layers]
    maps: Tensor = model.decoder(layers, conditions).logits
    return maps.reshape(len(images) * repeats, SIZE, SIZE)


def losses(maps: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """Return the loss of maps against masks, (n, 64, 64): cross-entropy, heavier near rims, and Dice where present."""
    grown = functional.max_pool2d(truth[:, None], 3, 1, 1)[:, 0]
    rim = grown + functional.max_pool2d(1 - truth[:, None], 3, 1, 1)[:, 0] - 1
    sums = truth.sum((1, 2))
    # Small things count as much as large ones, and pictures without the thing as much as those with it.
    scale = (SIZE * SIZE / (sums + 64)).clamp(max=12.0)
    weight = 1 + RIM_WEIGHT * rim + truth * scale[:, None, None]
    crossed = functional.binary_cross_entropy_with_logits(maps, truth, weight=weight)
    shares = torch.sigmoid(maps)
    dice = 1 - (2 * (shares * truth).sum((1, 2)) + 1) / (shares.sum((1, 2)) + sums + 1)
    overlap = dice[sums > 0].mean() if bool((sums > 0).any()) else dice.sum() * 0
    return {"crossed": crossed, "dice": overlap, "loss": crossed + DICE_WEIGHT * overlap}


def fit(
    model: CLIPSegForImageSegmentation,
    tokenizer: CLIPTokenizer,
    masks: Masks,
    versions: Sequence[NDArray[np.uint8]],
    folder: Path,
    *,
    schedule: Schedule,
    batch_size: int,
    seed: int,
) -> CLIPSegForImageSegmentation:
    """Train the decoder; the CLIP stays as it is, so that one encoder pass serves heads and maps.

    Args:
        model: From `build`.
        tokenizer: Of the CLIP.
        masks: Pictures and truth.
        versions: Other versions of the first pictures.
        folder: Gets checkpoints and log.
        schedule: Length and learning rate.
        batch_size: Pictures a step; each is asked `QUERIES_PER_PICTURE` times.
        seed: Drives every draw.

    Returns:
        The model with averaged weights, in evaluation mode.
    """
    model.clip.requires_grad_(requires_grad=False)
    conditions = queries(model, tokenizer)

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        dice = np.random.default_rng((seed, step))
        noise = torch.Generator().manual_seed(seed * 1_000_003 + step)
        images = one_version(masks.images, versions, rows, dice)
        asked = np.stack([_asked(masks.present[row], dice) for row in rows])
        truth = torch.from_numpy(masks.of(np.repeat(rows, QUERIES_PER_PICTURE), asked.ravel()))
        batch, moved = move([to_tensor(images), truth.view(len(rows), QUERIES_PER_PICTURE, SIZE, SIZE)], noise)
        if step % 2:
            batch, moved = batch.flip(3), moved.flip(3)
        words_of = [conditions[thing][int(dice.integers(len(conditions[thing])))] for thing in asked.ravel()]
        maps = logits(model, relight(batch, noise), torch.stack(words_of), QUERIES_PER_PICTURE)
        return losses(maps, (moved.reshape(-1, SIZE, SIZE) > 0.5).float())

    average = train(
        model,
        loss_at,
        n_rows=len(masks.images),
        batch_size=batch_size,
        schedule=schedule,
        folder=folder,
        seed=seed,
    )
    model.load_state_dict(average)
    return model.eval()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """How the maps of one thing agree with the truth."""

    present: NDArray[np.float32]
    """(n, 64, 64), maps of pictures with the thing, in [0, 1]."""
    truth: NDArray[np.bool_]
    """(n, 64, 64), where it is."""
    highest: NDArray[np.float32]
    """(m,), the highest value in the map of each picture without it."""

    def at(self, outline: float, peak: float = 0.0) -> NDArray[np.float64]:
        """Return intersection over union of each picture with the thing, 0 where nothing reaches the peak."""
        found = (self.present >= outline) & (self.present.max((1, 2)) >= peak)[:, None, None]
        both, either = (found & self.truth).sum((1, 2)), (found | self.truth).sum((1, 2))
        return np.asarray(both / np.maximum(either, 1))


@torch.no_grad()
def overlaps(model: CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer, masks: Masks) -> dict[str, Overlaps]:
    """Return for each of `THINGS` how maps, asked for by the card's words, agree with the truth."""
    images = to_tensor(masks.images)
    found = {}
    for i, thing in enumerate(THINGS):
        tokens = torch.from_numpy(np.array(words.encode(tokenizer, [QUERY[thing]]), np.int64))
        condition = model.get_conditional_embeddings(batch_size=1, input_ids=tokens)
        parts = [images[start : start + 100] for start in range(0, len(images), 100)]
        heat = torch.cat([torch.sigmoid(logits(model, part, condition.expand(len(part), -1), 1)) for part in parts])
        maps, there = heat.numpy(), masks.present[:, i]
        rows = np.flatnonzero(there)
        found[thing] = Overlaps(
            present=maps[rows], truth=masks.of(rows, np.full(len(rows), i)) > 0, highest=maps[~there].max((1, 2))
        )
    return found


def measured(
    model: CLIPSegForImageSegmentation,
    tokenizer: CLIPTokenizer,
    masks: Masks,
    thresholds: Mapping[str, tuple[float, float]],
) -> dict[str, JsonValue]:
    """Compare maps with the truth at the card's thresholds.

    Args:
        model: Trained.
        tokenizer: Of the CLIP.
        masks: Pictures that it was neither trained nor calibrated on.
        thresholds: Thing to peak and outline.

    Returns:
        Per thing the mean intersection over union where it is there (0 where it was not found), the share that was
        found, and the share of pictures without it in which something was found.
    """
    report: dict[str, JsonValue] = {}
    for thing, each in overlaps(model, tokenizer, masks).items():
        peak, outline = thresholds[thing]
        report[thing] = {
            "n": len(each.present),
            "iou": round(float(each.at(outline, peak).mean()), 4),
            "found": round(float((each.present.max((1, 2)) >= peak).mean()), 4),
            "found in vain": round(float((each.highest >= peak).mean()), 4) if len(each.highest) else None,
        }
    return report


def _asked(present: NDArray[np.bool_], dice: np.random.Generator) -> NDArray[np.int64]:
    """Return things to ask of one picture, the present ones more often, and rare things more often than people."""
    weight = np.where(present, 1.0, 0.0)
    weight[:2] *= 0.5
    chosen = []
    for _ in range(QUERIES_PER_PICTURE):
        if weight.any() and dice.random() < SHARE_PRESENT:
            chosen.append(int(dice.choice(len(THINGS), p=weight / weight.sum())))
        else:
            absent = np.flatnonzero(~present)
            chosen.append(int(dice.choice(absent)))
    return np.array(chosen, np.int64)


def _render_chunk(
    job: tuple[int, int, int, bool],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.uint8]]:
    seed, start, stop, enriched = job
    images, present, packed = [], [], []
    for index in range(start, stop):
        scene = scene_of(index, seed=seed, enriched=enriched)
        rendering = render(scene, SIZE)
        masks = masks_of(scene, rendering)
        images.append(np.asarray(rendering.image))
        present.append(masks.any((1, 2)))
        packed.append(np.packbits(masks.reshape(len(THINGS), -1), axis=-1))
    return np.stack(images), np.stack(present), np.stack(packed)

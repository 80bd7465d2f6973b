"""The heads of the drawn world: pictures of several kinds, embedded by the world's CLIP, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import CLIPModel

from ethical_lens.image.heads import Heads
from ethical_lens.models import JsonValue
from ethical_lens.train.heads.fit import Settings, fit_heads
from ethical_lens.train.heads.measure import measure
from ethical_lens.train.labelled import LabelledScenes
from ethical_lens.train.looker import HEADS, targets
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.train.views import shake

NAME: Final = "sketch-heads"
NO_HARM: Final = ("apparent_minor",)
"""Heads that say nothing bad about a picture by themselves."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Pictures of scenes whose truth is known."""

    kind: str
    images: NDArray[np.uint8]
    """(n, 64, 64, 3)"""
    scenes: LabelledScenes
    """n rows."""
    shaken: bool = False
    """Whether they are moved and relit before they are embedded."""


@torch.no_grad()
def embed(clip: CLIPModel, pictures: Pictures, *, seed: int) -> Floats:
    """Return embeddings (n, width), as the projection leaves them."""
    noise = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(pictures.images), 200):
        batch: Tensor = to_tensor(pictures.images[start : start + 200])
        if pictures.shaken:
            batch = shake(batch, noise)
        pooled = clip.vision_model(pixel_values=batch).pooler_output
        parts.append(clip.visual_projection(pooled).numpy())
    return np.concatenate(parts)


def fit(
    clip: CLIPModel,
    groups: Sequence[Pictures],
    *,
    encoder: str,
    reference: Floats,
    strangers: Floats,
    trained_on: JsonValue,
    limits: Sequence[str],
    settings: Settings,
) -> Heads:
    """Fit the heads.

    Args:
        clip: The encoder, trained.
        groups: Pictures; equal rows of them show the same scene and never stand in two parts of the split.
        encoder: Its name, "name@version".
        reference: What the exported encoder makes of the reference picture.
        strangers: Embeddings of pictures of other kinds.
        trained_on: For the card.
        limits: For the card.
        settings: How to fit.

    Returns:
        Heads with card, calibrated on pictures that they were not fitted to.
    """
    embeddings = np.concatenate([embed(clip, each, seed=settings.seed + i) for i, each in enumerate(groups)])
    truth = np.concatenate([labels(each.scenes) for each in groups])
    sources = [f"scene-{row}" for each in groups for row in range(len(each.images))]
    harms = [i for i, head in enumerate(HEADS) if head not in NO_HARM]
    return fit_heads(
        embeddings,
        dict(zip(HEADS, truth.T, strict=True)),
        sources,
        name=NAME,
        domain="sketch",
        encoder=encoder,
        clean=~truth[:, harms].any(1),
        strangers=strangers,
        reference=reference,
        settings=settings,
        trained_on=trained_on,
        limits=limits,
    )


def measured(heads: Heads, clip: CLIPModel, groups: Sequence[Pictures], *, seed: int) -> dict[str, JsonValue]:
    """Return what the heads are worth on each group of unseen pictures."""
    report: dict[str, JsonValue] = {}
    harms = [i for i, head in enumerate(HEADS) if head not in NO_HARM]
    for group in groups:
        truth = labels(group.scenes)
        sources = [f"scene-{row}" for row in range(len(truth))]
        embeddings = embed(clip, group, seed=seed)
        clean = np.asarray(~truth[:, harms].any(1), np.bool_)
        report[group.kind] = measure(heads, embeddings, truth, clean, sources)
    return report


def labels(scenes: LabelledScenes) -> NDArray[np.int64]:
    """Return what scenes show, (n, len(HEADS)), 0 or 1."""
    return targets(scenes).heads.numpy().astype(np.int64)

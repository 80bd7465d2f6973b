"""The training of the drawn world's CLIP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import CLIPModel, CLIPTokenizer

from ethical_lens.train.clip.network import CHOICES, Lessons, answer_losses, build, contrast
from ethical_lens.train.labelled import LabelledScenes
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch import words
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.train.views import move, one_version, relight

ANSWER_WEIGHT: Final = 0.5
REGION_WEIGHT: Final = 20.0
SCALE: Final = 3.0
"""Logarithm of what similarities are multiplied with at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    """What the frozen text encoder makes of the captions of n pictures."""

    true: NDArray[np.float16]
    """(n, true captions, width), pooled states."""
    wrong: NDArray[np.float16]
    """(n, true captions, wrong captions, width)."""


@torch.no_grad()
def read(clip: CLIPModel, tokenizer: CLIPTokenizer, texts: list[str]) -> NDArray[np.float16]:
    """Return the pooled states of texts, (n, width)."""
    states = np.empty((len(texts), clip.config.text_config.hidden_size), np.float16)
    # Texts of like length go together, so that little padding is read.
    order = np.argsort([len(text) for text in texts], kind="stable")
    for start in range(0, len(texts), 256):
        rows = order[start : start + 256]
        tokens = torch.from_numpy(np.array(words.encode(tokenizer, [texts[i] for i in rows]), np.int64))
        length = int((tokens != tokenizer.eos_token_id).sum(1).max()) + 1
        states[rows] = clip.text_model(input_ids=tokens[:, :length]).pooler_output.numpy()
    return states


def start(tokenizer: CLIPTokenizer, reader: dict[str, Tensor], seed: int) -> Lessons:
    """Return the model before its training; the text encoder reads already and stays as it is."""
    torch.manual_seed(seed)
    clip = build(len(tokenizer), tokenizer.eos_token_id)
    clip.text_model.load_state_dict(reader, strict=True)
    clip.text_model.requires_grad_(requires_grad=False)
    with torch.no_grad():
        clip.logit_scale.fill_(SCALE)
    return Lessons(clip)


def fit(
    model: Lessons,
    scenes: LabelledScenes,
    versions: Sequence[NDArray[np.uint8]],
    captions: Captions,
    folder: Path,
    *,
    schedule: Schedule,
    batch_size: int,
    seed: int,
) -> Lessons:
    """Train the vision tower and both projections.

    Args:
        model: From `start`.
        scenes: Pictures and truth.
        versions: Other versions of the first pictures, (m, 64, 64, 3) with m <= n each.
        captions: What the text encoder makes of their captions.
        folder: Gets checkpoints and log.
        schedule: Length and learning rate.
        batch_size: Pictures a step.
        seed: Drives every draw.

    Returns:
        The model with averaged weights.
    """
    choices = {name: torch.from_numpy(getattr(scenes, name).astype(np.int64)) for name in CHOICES}
    flags = np.concatenate([scenes.stand_ins, scenes.watermark[:, None], scenes.minor[:, None]], 1)
    truth = torch.from_numpy(flags.astype(np.float32))
    regions = torch.from_numpy(scenes.regions)

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        dice = np.random.default_rng((seed, step))
        noise = torch.Generator().manual_seed(seed * 1_000_003 + step)
        images = one_version(scenes.images, versions, rows, dice)
        chosen = torch.from_numpy(rows)
        batch, maps = move([to_tensor(images), regions[chosen].float() / 255], noise)
        if step % 2:
            batch, maps = batch.flip(3), maps.flip(3)
        embeddings, answers, located = model(relight(batch, noise))
        which = dice.integers(captions.true.shape[1], size=len(rows))
        project = model.clip.text_projection
        true = functional.normalize(project(torch.from_numpy(captions.true[rows, which].astype(np.float32))), dim=-1)
        wrong = functional.normalize(project(torch.from_numpy(captions.wrong[rows, which].astype(np.float32))), dim=-1)
        told = contrast(embeddings, true, wrong, model.clip.logit_scale.clamp(max=4.6).exp())
        asked = answer_losses(answers, {name: each[chosen] for name, each in choices.items()}, truth[chosen])
        placed = functional.binary_cross_entropy_with_logits(located, maps)
        total = told + ANSWER_WEIGHT * asked + REGION_WEIGHT * placed
        return {"captions": told, "answers": asked, "regions": placed, "loss": total}

    average = train(
        model,
        loss_at,
        n_rows=len(scenes),
        batch_size=batch_size,
        schedule=schedule,
        folder=folder,
        seed=seed,
    )
    model.load_state_dict(average)
    return model.eval()

"""The drawn world's CLIP: a small vision transformer beside the generator's own reader of captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPConfig, CLIPModel, CLIPVisionConfig

from ethical_lens.sketch import AGES, GENDERS, OCCUPATIONS, PLACES, RACES, STAND_INS, STYLES
from ethical_lens.train.labelled import GRID, NONE, REGIONS
from ethical_lens.train.sketch import reading

SIZE: Final = 64
PATCH: Final = 8
WIDTH: Final = 144
N_LAYERS: Final = 5
PROJECTION: Final = 128
MEAN: Final = (0.5, 0.5, 0.5)
STD: Final = (0.5, 0.5, 0.5)
N_CELEBRITIES: Final = 10

CHOICES: Final[Mapping[str, int]] = {
    "gender": len(GENDERS),
    "race": len(RACES),
    "age": len(AGES),
    "occupation": len(OCCUPATIONS),
    "celebrity": N_CELEBRITIES,
    "place": len(PLACES),
    "style": len(STYLES),
}
"""What is asked of an embedding beside the captions, and how many answers there are."""
FLAGS: Final = (*STAND_INS, "watermark", "minor")

CELLS: Final = GRID // (SIZE // PATCH)
"""Cells of a region map along each side of a patch."""


def build(vocabulary_size: int, end_token: int) -> CLIPModel:
    """Return the untrained model: ViT of 64 patches (1.3M parameters) and the reader's text encoder."""
    text = reading.encoder(vocabulary_size, end_token).config
    vision = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=PROJECTION,
        num_hidden_layers=N_LAYERS,
        num_attention_heads=4,
        image_size=SIZE,
        patch_size=PATCH,
        hidden_act="quick_gelu",
    )
    return CLIPModel(CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=PROJECTION))


class Lessons(nn.Module):
    """CLIP with what it is asked beside the captions, so that it learns from few pictures.

    The truth about a rendered picture is known, so the embedding has to tell attributes and stand-ins, and every patch
    has to tell what lies in its cells. Only the CLIP is kept.
    """

    def __init__(self, clip: CLIPModel) -> None:
        super().__init__()
        self.clip = clip
        self.answers = nn.Linear(PROJECTION, sum(CHOICES.values()) + len(FLAGS))
        self.regions = nn.Linear(WIDTH, len(REGIONS) * CELLS * CELLS)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return embeddings (n, PROJECTION) of unit length, answers, and region logits (n, regions, 16, 16)."""
        states = self.clip.vision_model(pixel_values=images)
        embeddings = self.clip.visual_projection(states.pooler_output)
        patches = self.regions(states.last_hidden_state[:, 1:])
        side = SIZE // PATCH
        maps = patches.view(len(images), side, side, len(REGIONS), CELLS, CELLS)
        maps = maps.permute(0, 3, 1, 4, 2, 5).reshape(len(images), len(REGIONS), GRID, GRID)
        return functional.normalize(embeddings, dim=1), self.answers(embeddings), maps


def contrast(images: Tensor, true: Tensor, wrong: Tensor, scale: Tensor) -> Tensor:
    """Return CLIP's loss, with wrong captions of each picture's own beside those of the other pictures.

    Args:
        images: (n, d), unit length.
        true: (n, d), unit length.
        wrong: (n, k, d), unit length.
        scale: What similarities are multiplied with.
    """
    every = images @ true.T * scale
    own = torch.einsum("nd,nkd->nk", images, wrong) * scale
    rows = torch.arange(len(images))
    to_text = functional.cross_entropy(torch.cat([every, own], 1), rows)
    near = functional.cross_entropy(torch.cat([every.diagonal()[:, None], own], 1), torch.zeros_like(rows))
    return (to_text + functional.cross_entropy(every.T, rows)) / 2 + near


def answer_losses(answers: Tensor, choices: Mapping[str, Tensor], flags: Tensor) -> Tensor:
    """Return the loss of the questions beside the captions.

    Args:
        answers: (n, answers) of `Lessons`.
        choices: (n,) classes, or NONE, for each of `CHOICES`.
        flags: (n, len(FLAGS)), 0 or 1.
    """
    *told, noticed = answers.split([*CHOICES.values(), len(FLAGS)], 1)
    loss = functional.binary_cross_entropy_with_logits(noticed, flags) * len(FLAGS) / 2
    for part, (name, _) in zip(told, CHOICES.items(), strict=True):
        if (choices[name] != NONE).any():
            loss = loss + functional.cross_entropy(part, choices[name], ignore_index=NONE)
    return loss

"""Write the trained CLIP and CLIPSeg as transformers folders whose very same weights ONNX Runtime reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, cast

import torch
from torch import Tensor, nn
from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPTokenizer

from ethical_lens.image.clipseg import segmented
from ethical_lens.models import JsonValue
from ethical_lens.train.clip.network import MEAN, SIZE, STD
from ethical_lens.train.exporting import write_graph
from ethical_lens.train.sketch.words import MAX_TOKENS

WEIGHTS: Final = "model.safetensors"
BILINEAR: Final = 2

PREPROCESSING: Final[dict[str, JsonValue]] = {
    "image_processor_type": "CLIPImageProcessor",
    "do_resize": True,
    "size": {"height": SIZE, "width": SIZE},
    "resample": BILINEAR,
    "do_center_crop": False,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": list(MEAN),
    "image_std": list(STD),
    "do_convert_rgb": True,
}


class _See(nn.Module):
    """Pictures to embeddings, as the projection leaves them."""

    def __init__(self, clip: CLIPModel) -> None:
        super().__init__()
        self.clip = clip

    def forward(self, images: Tensor) -> Tensor:
        pooled = self.clip.vision_model(pixel_values=images).pooler_output
        return cast("Tensor", self.clip.visual_projection(pooled))


class _Read(nn.Module):
    """Tokens to embeddings, as the projection leaves them."""

    def __init__(self, clip: CLIPModel) -> None:
        super().__init__()
        self.clip = clip

    def forward(self, tokens: Tensor) -> Tensor:
        pooled = self.clip.text_model(input_ids=tokens).pooler_output
        return cast("Tensor", self.clip.text_projection(pooled))


class _Locate(nn.Module):
    """One picture and n texts to n maps."""

    def __init__(self, clipseg: CLIPSegForImageSegmentation) -> None:
        super().__init__()
        self.clipseg = clipseg

    def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
        return segmented(self.clipseg, images, tokens)


def export_clip(folder: Path, clip: CLIPModel, tokenizer: CLIPTokenizer) -> None:
    """Write ``config.json``, weights, tokenizer, preprocessing, ``vision.onnx`` and ``text.onnx``."""
    _save(folder, clip, tokenizer)
    rows = {0: "n"}
    weights = folder / WEIGHTS
    example = (torch.zeros(2, 3, SIZE, SIZE),)
    write_graph(
        _See(clip), example, folder / "vision.onnx", weights, {"images": rows, "embeddings": rows}, prefix="clip."
    )
    tokens = (torch.zeros(2, MAX_TOKENS, dtype=torch.int64),)
    write_graph(
        _Read(clip), tokens, folder / "text.onnx", weights, {"tokens": rows, "embeddings": rows}, prefix="clip."
    )


def export_clipseg(folder: Path, clipseg: CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer) -> None:
    """Write ``config.json``, weights, tokenizer, preprocessing and ``clipseg.onnx``."""
    _save(folder, clipseg, tokenizer)
    example = (torch.zeros(1, 3, SIZE, SIZE), torch.zeros(2, MAX_TOKENS, dtype=torch.int64))
    names: dict[str, dict[int, str]] = {"images": {}, "tokens": {0: "n"}, "logits": {0: "n"}}
    write_graph(_Locate(clipseg), example, folder / "clipseg.onnx", folder / WEIGHTS, names, prefix="clipseg.")


def _save(folder: Path, model: CLIPModel | CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer) -> None:
    model.half().save_pretrained(folder)
    model.float().eval()
    tokenizer.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSING, indent=2) + "\n", encoding="utf-8")

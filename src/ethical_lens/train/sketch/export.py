"""Write the trained parts as a Stable-Diffusion folder whose very same weight files ONNX Runtime reads.

Each part is stored once, in half precision, as the safetensors file that diffusers expects. Beside it lies a small ONNX
graph without weights: its initialisers point, by byte offset, into the safetensors file. Both ways of running the model
widen the same numbers to single precision, so they give the same pictures.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from torch import Tensor, nn
from transformers import CLIPTokenizer

from ethical_lens.train.exporting import write_graph
from ethical_lens.train.sketch.diffusion import Denoiser, scheduler
from ethical_lens.train.sketch.words import MAX_TOKENS


class _Encode(nn.Module):
    """Picture to mean latents."""

    def __init__(self, autoencoder: AutoencoderKL) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, picture: Tensor) -> Tensor:
        latents: Tensor = self.autoencoder.encode(picture).latent_dist.mean
        return latents


class _Decode(nn.Module):
    """Latents to picture."""

    def __init__(self, autoencoder: AutoencoderKL) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latents: Tensor) -> Tensor:
        picture: Tensor = self.autoencoder.decode(latents).sample
        return picture


class _Denoise(nn.Module):
    """One evaluation of the UNet."""

    def __init__(self, unet: nn.Module) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, latents: Tensor, step: Tensor, words: Tensor) -> Tensor:
        velocity: Tensor = self.unet(latents, step, words).sample
        return velocity


class _Read(nn.Module):
    """Tokens to word states."""

    def __init__(self, text: nn.Module) -> None:
        super().__init__()
        self.text = text

    def forward(self, tokens: Tensor) -> Tensor:
        states: Tensor = self.text(input_ids=tokens).last_hidden_state
        return states


def export(folder: Path, model: Denoiser, autoencoder: AutoencoderKL, tokenizer: CLIPTokenizer) -> None:
    """Write the pipeline.

    Args:
        folder: Gets ``model_index.json`` and one folder per part, as diffusers lays them out, plus ONNX graphs.
        model: Trained text encoder and UNet.
        autoencoder: Trained autoencoder with its ``scaling_factor`` configured.
        tokenizer: The tokenizer of the text encoder.
    """
    pipeline = StableDiffusionPipeline(
        vae=autoencoder.to(memory_format=torch.contiguous_format).half(),
        text_encoder=model.text.half(),
        tokenizer=tokenizer,
        unet=model.unet.to(memory_format=torch.contiguous_format).half(),
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    for part in (model, autoencoder):
        part.float().eval()
    latents, states = torch.zeros(2, 4, 16, 16), torch.zeros(2, MAX_TOKENS, model.unet.config.cross_attention_dim)
    unet, text, vae = folder / "unet", folder / "text_encoder", folder / "vae"
    rows, pixels = {0: "n"}, {0: "n", 2: "h", 3: "w"}
    write_graph(
        _Denoise(model.unet),
        (latents, torch.zeros(2, dtype=torch.int64), states),
        unet / "model.onnx",
        unet / "diffusion_pytorch_model.safetensors",
        {"latents": pixels, "step": rows, "words": rows, "velocity": pixels},
        prefix="unet.",
    )
    write_graph(
        _Read(model.text),
        (torch.zeros(2, MAX_TOKENS, dtype=torch.int64),),
        text / "model.onnx",
        text / "model.safetensors",
        {"tokens": rows, "words": rows},
        prefix="text.",
    )
    weights = vae / "diffusion_pytorch_model.safetensors"
    names = {"latents": pixels, "picture": pixels}
    write_graph(_Decode(autoencoder), (latents,), vae / "decoder.onnx", weights, names, prefix="autoencoder.")
    names = {"picture": pixels, "latents": pixels}
    write_graph(
        _Encode(autoencoder), (torch.zeros(2, 3, 64, 64),), vae / "encoder.onnx", weights, names, prefix="autoencoder."
    )

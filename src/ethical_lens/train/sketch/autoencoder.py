"""The autoencoder: 64x64 pictures to 16x16x4 latents and back (diffusers' AutoencoderKL at small size)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor

from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch.corpus import Corpus

KL_WEIGHT = 1e-6
EDGE_WEIGHT = 1.0
FOCUS_WEIGHT = 2.0


def build() -> AutoencoderKL:
    """Return an untrained autoencoder of about 0.7M parameters."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=8,
        latent_channels=4,
        mid_block_add_attention=False,
        sample_size=64,
    )


def to_tensor(images: NDArray[np.uint8]) -> Tensor:
    """Turn (n, h, w, 3) bytes into (n, 3, h, w) floats in [-1, 1]."""
    floats = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return floats.contiguous(memory_format=torch.channels_last)


def reconstruction_losses(picture: Tensor, target: Tensor, focus: Tensor) -> dict[str, Tensor]:
    """Compare pictures by colour and by edges, faces and stand-ins counting more.

    Args:
        picture: (n, 3, h, w), what the decoder drew.
        target: (n, 3, h, w), what it should have drawn.
        focus: (n, 1, h, w), 1 where sharpness matters most.

    Returns:
        "l1", "edges" and their weighted sum "loss".
    """
    weight = 1 + FOCUS_WEIGHT * focus
    weight = weight / weight.mean()
    error = picture - target
    l1 = (weight * error.abs()).mean()
    across = (weight[..., 1:] * (error[..., 1:] - error[..., :-1]).abs()).mean()
    down = (weight[..., 1:, :] * (error[..., 1:, :] - error[..., :-1, :]).abs()).mean()
    return {"l1": l1, "edges": across + down, "loss": l1 + EDGE_WEIGHT * (across + down)}


def fit(corpus: Corpus, folder: Path, *, schedule: Schedule, batch_size: int, seed: int) -> AutoencoderKL:
    """Train encoder and decoder together.

    Returns:
        The autoencoder with averaged weights.
    """
    torch.manual_seed(seed)
    model = build().to(memory_format=torch.channels_last)

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        images, focus = batch_of(corpus, rows)
        posterior = model.encode(images).latent_dist
        noise = torch.Generator().manual_seed(seed + step)
        losses = reconstruction_losses(model.decode(posterior.sample(noise)).sample, images, focus)
        kl = posterior.kl().mean()
        return {**losses, "kl": kl, "loss": losses["loss"] + KL_WEIGHT * kl}

    average = train(
        model,
        loss_at,
        n_rows=len(corpus.captions),
        batch_size=batch_size,
        schedule=schedule,
        folder=folder,
        seed=seed,
    )
    model.load_state_dict(average)
    return model


def fit_decoder(
    corpus: Corpus, start: AutoencoderKL, folder: Path, *, schedule: Schedule, batch_size: int, seed: int
) -> AutoencoderKL:
    """Sharpen the decoder alone; the latents, and so the diffusion model, stay as they are.

    Returns:
        The autoencoder with the new decoder.
    """
    model = start.to(memory_format=torch.channels_last)
    for part in (model.encoder, model.quant_conv):
        part.requires_grad_(requires_grad=False)

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        images, focus = batch_of(corpus, rows)
        with torch.no_grad():
            latents = model.encode(images).latent_dist.mean
        noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(seed + step))
        # The diffusion model's latents are a little off, so the decoder learns to forgive a little.
        return reconstruction_losses(model.decode(latents + 0.05 * latents.std() * noise).sample, images, focus)

    average = train(
        model,
        loss_at,
        n_rows=len(corpus.captions),
        batch_size=batch_size,
        schedule=schedule,
        folder=folder,
        seed=seed,
    )
    model.load_state_dict(average)
    return model


@torch.no_grad()
def encode_all(model: AutoencoderKL, corpus: Corpus, *, batch_size: int = 128) -> NDArray[np.float16]:
    """Return the mean latents of the whole corpus, (n, 4, 16, 16), unscaled."""
    n_rows = len(corpus.captions)
    parts = [
        model.encode(to_tensor(corpus.images[start : start + batch_size])).latent_dist.mean.numpy()
        for start in range(0, n_rows, batch_size)
    ]
    return np.concatenate(parts).astype(np.float16)


def batch_of(corpus: Corpus, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Return images (n, 3, h, w) and focus (n, 1, h, w) of the rows."""
    focus = torch.from_numpy(corpus.focus[rows].astype(np.float32))[:, None]
    return to_tensor(corpus.images[rows]), focus

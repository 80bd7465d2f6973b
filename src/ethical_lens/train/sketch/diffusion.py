"""The diffusion model: a UNet on 16x16x4 latents, steered by the text encoder that `reading` has trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch import reading

CAPTION_DROPOUT: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentCorpus:
    """What the diffusion model learns from."""

    latents: NDArray[np.float16]
    """(n, 4, 16, 16), scaled to unit variance."""
    tokens: NDArray[np.int64]
    """(n, captions per scene, MAX_TOKENS)."""
    empty: NDArray[np.int64]
    """(MAX_TOKENS,), the tokens of the empty caption."""
    repeats: NDArray[np.int64]
    """(n,), how often each row comes in an epoch."""


class Denoiser(nn.Module):
    """Text encoder and UNet; only the UNet learns here."""

    def __init__(self, vocabulary_size: int, end_token: int) -> None:
        super().__init__()
        self.text = reading.encoder(vocabulary_size, end_token)
        self.unet = UNet2DConditionModel(
            sample_size=16,
            in_channels=4,
            out_channels=4,
            block_out_channels=(48, 96),
            layers_per_block=(1, 2),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=reading.WIDTH,
            attention_head_dim=4,
            norm_num_groups=16,
            # The whole caption, pooled, also steers every layer, as in Imagen: single words of it need the attention.
            addition_embed_type="text",
            addition_embed_type_num_heads=4,
        )

    def forward(self, latents: Tensor, steps: Tensor, tokens: Tensor) -> Tensor:
        """Return the predicted velocity, (n, 4, 16, 16).

        Args:
            latents: (n, 4, 16, 16), noisy.
            steps: (n,), time steps in [0, 1000).
            tokens: (n, MAX_TOKENS).
        """
        with torch.no_grad():
            words = self.text(input_ids=tokens).last_hidden_state
        velocity: Tensor = self.unet(latents, steps, words).sample
        return velocity


def scheduler() -> DDIMScheduler:
    """Return the noise schedule of training and sampling: v-prediction that ends in pure noise."""
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        set_alpha_to_one=False,
        clip_sample=False,
    )


def fit(
    corpus: LatentCorpus,
    vocabulary_size: int,
    end_token: int,
    reader: Mapping[str, Tensor],
    folder: Path,
    *,
    start: Mapping[str, Tensor] | None,
    schedule: Schedule,
    batch_size: int,
    seed: int,
) -> Denoiser:
    """Train the UNet.

    Args:
        corpus: What to learn from.
        vocabulary_size: Tokens of the tokenizer.
        end_token: Its end mark.
        reader: Weights of the text encoder that `reading.fit` has trained.
        folder: Gets checkpoints and log.
        start: Weights of an earlier run whose UNet is gone on from, as far as its parts are the same; None starts anew.
        schedule: Length and learning rate.
        batch_size: Pictures a step.
        seed: Drives every draw.

    Returns:
        The model with averaged weights.
    """
    torch.manual_seed(seed)
    model = Denoiser(vocabulary_size, end_token)
    if start is not None:
        model.load_state_dict({name: value for name, value in start.items() if name.startswith("unet.")}, strict=False)
    model.text.load_state_dict(reader)
    model.text.requires_grad_(requires_grad=False)
    model.unet.to(memory_format=torch.channels_last)
    noising = scheduler()
    epoch = np.repeat(np.arange(len(corpus.latents)), corpus.repeats)

    def loss_at(step: int, places: NDArray[np.int64]) -> dict[str, Tensor]:
        rows = epoch[places]
        dice = torch.Generator().manual_seed(seed * 1_000_003 + step)
        latents = torch.from_numpy(corpus.latents[rows].astype(np.float32))
        latents = latents.contiguous(memory_format=torch.channels_last)
        noise = torch.randn(latents.shape, generator=dice)
        # One time step from each equal slice: less variance than independent draws.
        slices = (torch.arange(len(rows)) + torch.rand(len(rows), generator=dice)) / len(rows)
        steps = (slices * noising.config.num_train_timesteps).long()
        velocity = noising.get_velocity(latents, noise, steps)
        guess = model(noising.add_noise(latents, noise, steps), steps, _tokens(corpus, rows, dice))
        return {"loss": functional.mse_loss(guess, velocity)}

    average = train(
        model,
        loss_at,
        n_rows=len(epoch),
        batch_size=batch_size,
        schedule=schedule,
        folder=folder,
        seed=seed,
    )
    model.load_state_dict(average)
    return model


def _tokens(corpus: LatentCorpus, rows: NDArray[np.int64], dice: torch.Generator) -> Tensor:
    n_captions = corpus.tokens.shape[1]
    which = torch.randint(n_captions, (len(rows),), generator=dice).numpy()
    tokens = torch.from_numpy(corpus.tokens[rows, which])
    silent = torch.rand(len(rows), generator=dice) < CAPTION_DROPOUT
    tokens[silent] = torch.from_numpy(corpus.empty)
    return tokens

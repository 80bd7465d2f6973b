"""Pictures that the generator has drawn over, with known truth: what its drawings look like, harm and all.

Run ``python -m ethical_lens.train.redrawn --help``; looker, judge and heads read what it writes.

A rendering is noised part of the way and drawn to its end again by the generator, steered by the caption (SDEdit, Meng
et al., arXiv:2108.01073). What is in it stays where it was; its strokes become those of the generator.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from transformers import CLIPTokenizer

from ethical_lens.sketch import caption
from ethical_lens.train import corpora
from ethical_lens.train.labelled import scene_of
from ethical_lens.train.sketch import autoencoder, diffusion, words
from ethical_lens.train.sketch.autoencoder import to_tensor

STRENGTHS: Final = (0.3, 0.45, 0.6, 0.75)
GUIDANCE: Final = 4.0
N_STEPS: Final = 20
N_REDRAWN: Final = {"train": 2400, "validation": 400, "test": 600}


@torch.no_grad()
def redrawn(
    images: NDArray[np.uint8],
    captions: list[str],
    path: Path,
    *,
    model: diffusion.Denoiser,
    vae: AutoencoderKL,
    scale: float,
    tokenizer: CLIPTokenizer,
    seed: int,
    batch_size: int = 32,
) -> NDArray[np.uint8]:
    """Draw over pictures and keep them in a file, each batch with the next of `STRENGTHS`; opened if it is there.

    Args:
        images: (n, 64, 64, 3), RGB.
        captions: What each shows, all of it.
        path: File, ``.npy``; goes on from a partial one.
        model: The generator's text encoder and UNet.
        vae: Its autoencoder.
        scale: Its scaling factor.
        tokenizer: Its tokenizer.
        seed: Seed of the noise.
        batch_size: Pictures at once.

    Returns:
        (n, 64, 64, 3), RGB.
    """
    if not path.exists():
        partial = path.with_suffix(".partial.npy")
        drawn = np.load(partial) if partial.exists() else np.zeros((0, *images.shape[1:]), np.uint8)
        empty = _words(model, tokenizer, [""])
        for number, start in enumerate(range(0, len(images), batch_size)):
            if start < len(drawn):
                continue
            noise = torch.Generator().manual_seed(seed * 1_000_003 + start)
            stop = start + batch_size
            known = vae.encode(to_tensor(images[start:stop])).latent_dist.mean * scale
            steered = _words(model, tokenizer, captions[start:stop])
            silent = empty.expand(len(known), -1, -1)
            latents = _drawn_over(model, known, torch.cat([silent, steered]), STRENGTHS[number % len(STRENGTHS)], noise)
            pictures = vae.decode(latents / scale).sample
            part = ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
            drawn = np.concatenate([drawn, part])
            if number % 10 == 9:
                np.save(partial, drawn)
        np.save(path, drawn)
    finished: NDArray[np.uint8] = np.load(path)
    return finished


def _words(model: diffusion.Denoiser, tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    tokens = torch.from_numpy(np.array(words.encode(tokenizer, texts), np.int64))
    states: Tensor = model.text(input_ids=tokens).last_hidden_state
    return states


def _drawn_over(
    model: diffusion.Denoiser, known: Tensor, steering: Tensor, strength: float, noise: torch.Generator
) -> Tensor:
    sampler = diffusion.scheduler()
    sampler.set_timesteps(N_STEPS)
    steps = sampler.timesteps[N_STEPS - round(strength * N_STEPS) :]
    latents: Tensor = sampler.add_noise(known, torch.randn(known.shape, generator=noise), steps[:1].expand(len(known)))
    for step in steps:
        both = model.unet(torch.cat([latents, latents]), step, steering).sample
        free, guided = both.chunk(2)
        latents = sampler.step(free + GUIDANCE * (guided - free), step, latents).prev_sample
    return latents


def main() -> None:
    """Draw over the first training, validation and test scenes of `ethical_lens.train.corpora`."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.redrawn", description=__doc__)
    parser.add_argument("--sketch", type=Path, default=Path("checkpoints/sketch"), help="runs of the generator")
    corpora.add_options(parser)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    tokenizer = CLIPTokenizer.from_pretrained(given.sketch / "tokenizer")
    model = diffusion.Denoiser(len(tokenizer), tokenizer.eos_token_id)
    model.load_state_dict(torch.load(given.sketch / "diffusion" / "final.pt", weights_only=True))
    vae = autoencoder.build()
    finished = given.sketch / "decoder" / "final.pt"
    vae.load_state_dict(torch.load(finished if finished.exists() else given.autoencoder, weights_only=True))
    sets = corpora.prepare(given)
    scenes = {"train": sets.training, "validation": sets.validation, "test": sets.held_out["drawn"]}
    for part, n_rows in N_REDRAWN.items():
        texts = []
        for index in range(n_rows):
            scene = scene_of(index, seed=corpora.SEEDS[part], enriched=part == "train")
            texts.append(caption(scene, np.random.default_rng((given.seed, 4, index))))
        redrawn(
            scenes[part].images[:n_rows],
            texts,
            corpora.redrawn_path(given.data, part),
            model=model.eval(),
            vae=vae.eval(),
            scale=float((given.sketch / "diffusion" / "scaling_factor.txt").read_text()),
            tokenizer=tokenizer,
            seed=given.seed,
        )


if __name__ == "__main__":
    main()

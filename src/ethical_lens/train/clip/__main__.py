"""Command line of the training: one sub-command per step, each resumable, run in this order.

python -m ethical_lens.train.clip captions --runs checkpoints/clip
python -m ethical_lens.train.clip fit      --runs checkpoints/clip
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPTokenizer

from ethical_lens.train import corpora, labelled
from ethical_lens.train.clip import fit, pairs
from ethical_lens.train.loop import Schedule

N_TRUE = 2
N_WRONG = 4


def main() -> None:
    """Run one step of the training."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.clip", description=__doc__)
    parser.add_argument("step", choices=["captions", "fit"])
    parser.add_argument("--runs", type=Path, required=True, help="folder for checkpoints and logs")
    parser.add_argument("--sketch", type=Path, default=Path("checkpoints/sketch"), help="runs of the generator")
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--batch", type=int, default=64)
    corpora.add_options(parser)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.runs.mkdir(parents=True, exist_ok=True)
    tokenizer = CLIPTokenizer.from_pretrained(given.sketch / "tokenizer")
    reader = torch.load(given.sketch / "reading" / "final.pt", weights_only=True)
    model = fit.start(tokenizer, reader, given.seed)
    if given.step == "captions":
        _captions(given, model, tokenizer)
        return
    sets = corpora.prepare(given)
    with np.load(given.runs / "captions.npz") as arrays:
        captions = fit.Captions(true=arrays["true"], wrong=arrays["wrong"])
    if sets.softened_training is None:
        parser.error("train the generator's autoencoder first: its pictures are part of what is learned from")
    fit.fit(
        model,
        sets.training,
        sets.softened_training,
        captions,
        given.runs / "clip",
        schedule=Schedule(n_steps=given.steps, learning_rate=1.5e-3, n_warmup=150, ema_decay=0.998),
        batch_size=given.batch,
        seed=given.seed,
    )
    torch.save(model.clip.state_dict(), given.runs / "clip" / "final.pt")


def _captions(given: argparse.Namespace, model: fit.Lessons, tokenizer: CLIPTokenizer) -> None:
    true: list[str] = []
    wrong: list[str] = []
    for index in range(given.scenes):
        scene = labelled.scene_of(index, seed=corpora.SEEDS["train"], enriched=True)
        rng = np.random.default_rng((given.seed, 3, index))
        told, others = pairs.captions_of(scene, rng, n_true=N_TRUE, n_wrong=N_WRONG)
        true.extend(told)
        wrong.extend(text for each in others for text in each)
    shape = (given.scenes, N_TRUE)
    states = fit.read(model.clip, tokenizer, true).reshape(*shape, -1)
    others_states = fit.read(model.clip, tokenizer, wrong).reshape(*shape, N_WRONG, -1)
    partial = given.runs / "captions.partial.npz"
    np.savez(partial, true=states, wrong=others_states)
    partial.replace(given.runs / "captions.npz")


if __name__ == "__main__":
    main()

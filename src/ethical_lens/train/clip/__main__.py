"""Command line of the training: one sub-command per step, each resumable, run in this order.

python -m ethical_lens.train.clip captions --runs checkpoints/clip
python -m ethical_lens.train.clip fit      --runs checkpoints/clip
python -m ethical_lens.train.clip segment  --runs checkpoints/clip
python -m ethical_lens.train.clip ship     --runs checkpoints/clip

It stands on the training of the generator (its reader of captions and its autoencoder), and on what the generator has
drawn over (``python -m ethical_lens.train.redrawn``). "ship" fits the heads,
exports CLIP and CLIPSeg, calibrates, measures, and writes the three cards.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPModel, CLIPTokenizer

from ethical_lens.train import corpora, labelled
from ethical_lens.train.clip import fit, network, pairs, segment, ship
from ethical_lens.train.loop import Schedule
from ethical_lens.train.views import reconstructions

N_TRUE = 2
N_WRONG = 4
N_MASKS = 10_000
N_MASKS_TEST = 1000
N_MASKS_SOFTENED = 3000
SEED_OF_MASKS = {"train": 951, "test": 952}


def main() -> None:
    """Run one step of the training."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.clip", description=__doc__)
    parser.add_argument("step", choices=["captions", "fit", "segment", "ship"])
    parser.add_argument("--runs", type=Path, required=True, help="folder for checkpoints and logs")
    parser.add_argument("--sketch", type=Path, default=Path("checkpoints/sketch"), help="runs of the generator")
    parser.add_argument("--steps", type=int, help="training steps; by default what the shipped weights had")
    parser.add_argument("--batch", type=int, help="pictures a step")
    corpora.add_options(parser)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.runs.mkdir(parents=True, exist_ok=True)
    tokenizer = CLIPTokenizer.from_pretrained(given.sketch / "tokenizer")
    steps = {"captions": _captions, "fit": _fit, "segment": _segment, "ship": _ship}
    steps[given.step](given, tokenizer)


def _captions(given: argparse.Namespace, tokenizer: CLIPTokenizer) -> None:
    """Write captions of every training scene, true and wrong, and keep what the text encoder makes of them."""
    true: list[str] = []
    wrong: list[str] = []
    for index in range(given.scenes):
        scene = labelled.scene_of(index, seed=corpora.SEEDS["train"], enriched=True)
        rng = np.random.default_rng((given.seed, 3, index))
        told, others = pairs.captions_of(scene, rng, n_true=N_TRUE, n_wrong=N_WRONG)
        true.extend(told)
        wrong.extend(text for each in others for text in each)
    clip = _untrained(given, tokenizer).clip
    shape = (given.scenes, N_TRUE)
    states = fit.read(clip, tokenizer, true).reshape(*shape, -1)
    others_states = fit.read(clip, tokenizer, wrong).reshape(*shape, N_WRONG, -1)
    partial = given.runs / "captions.partial.npz"
    np.savez(partial, true=states, wrong=others_states)
    partial.replace(given.runs / "captions.npz")


def _fit(given: argparse.Namespace, tokenizer: CLIPTokenizer) -> None:
    sets = corpora.prepare(given)
    with np.load(given.runs / "captions.npz") as arrays:
        captions = fit.Captions(true=arrays["true"], wrong=arrays["wrong"])
    model = fit.fit(
        _untrained(given, tokenizer),
        sets.training,
        sets.versions,
        captions,
        given.runs / "clip",
        schedule=Schedule(n_steps=given.steps or 2000, learning_rate=1.5e-3, n_warmup=150, ema_decay=0.998),
        batch_size=given.batch or 64,
        seed=given.seed,
    )
    torch.save(model.clip.state_dict(), given.runs / "clip" / "final.pt")


def _segment(given: argparse.Namespace, tokenizer: CLIPTokenizer) -> None:
    masks = _masks(given, "train", N_MASKS)
    softened = reconstructions(
        masks.images[:N_MASKS_SOFTENED],
        given.autoencoder,
        given.runs / "masks-soft.npy",
        seed=corpora.SEEDS["softening"],
    )
    model = segment.fit(
        segment.build(_clip(given, tokenizer), given.seed),
        tokenizer,
        masks,
        [softened],
        given.runs / "clipseg",
        schedule=Schedule(n_steps=given.steps or 2000, learning_rate=2e-3, n_warmup=100, ema_decay=0.998),
        batch_size=given.batch or 32,
        seed=given.seed,
    )
    torch.save(model.state_dict(), given.runs / "clipseg" / "final.pt")


def _ship(given: argparse.Namespace, tokenizer: CLIPTokenizer) -> None:
    clip = _clip(given, tokenizer)
    clipseg = segment.build(clip, given.seed)
    clipseg.load_state_dict(torch.load(given.runs / "clipseg" / "final.pt", weights_only=True))
    ship.ship(
        clip,
        clipseg,
        tokenizer,
        corpora.prepare(given),
        _masks(given, "test", N_MASKS_TEST),
        seed=given.seed,
    )


def _masks(given: argparse.Namespace, part: str, n_scenes: int) -> segment.Masks:
    return segment.build_masks(
        given.runs / f"masks-{part}.npz",
        n_scenes=n_scenes,
        seed=SEED_OF_MASKS[part],
        enriched=True,
        n_workers=given.threads,
    )


def _untrained(given: argparse.Namespace, tokenizer: CLIPTokenizer) -> network.Lessons:
    reader = torch.load(given.sketch / "reading" / "final.pt", weights_only=True)
    return fit.start(tokenizer, reader, given.seed)


def _clip(given: argparse.Namespace, tokenizer: CLIPTokenizer) -> CLIPModel:
    clip = network.build(len(tokenizer), tokenizer.eos_token_id)
    clip.load_state_dict(torch.load(given.runs / "clip" / "final.pt", weights_only=True))
    return clip.eval()


if __name__ == "__main__":
    main()

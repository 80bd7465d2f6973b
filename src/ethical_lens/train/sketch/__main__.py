"""Command line of the training: one sub-command per step, each resumable, run in this order.

python -m ethical_lens.train.sketch corpus      --runs checkpoints/sketch
python -m ethical_lens.train.sketch autoencoder --runs checkpoints/sketch
python -m ethical_lens.train.sketch reading     --runs checkpoints/sketch
python -m ethical_lens.train.sketch diffusion   --runs checkpoints/sketch
python -m ethical_lens.train.sketch decoder     --runs checkpoints/sketch
python -m ethical_lens.train.sketch export      --runs checkpoints/sketch --out WEIGHTS
python -m ethical_lens.train.sketch card        --runs checkpoints/sketch --report REPORT
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from ethical_lens.models import JsonValue
from ethical_lens.train.loop import Schedule
from ethical_lens.train.sketch import autoencoder, card, corpus, diffusion, reading, words
from ethical_lens.train.sketch.export import export

_WORD = re.compile(r"[^\W\d_]+")
_LEAST_USES = 5
_CAPTIONS_TO_READ = 160_000


def main() -> None:
    """Run one step of the training."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.sketch", description=__doc__)
    parser.add_argument("step", choices=["corpus", "autoencoder", "reading", "diffusion", "decoder", "export", "card"])
    parser.add_argument("--runs", type=Path, required=True, help="folder for the corpus, checkpoints and logs")
    parser.add_argument("--out", type=Path, help="where export writes the pipeline")
    parser.add_argument("--report", type=Path, help="report of benchmarks/sketch_generator.py, for the card")
    parser.add_argument("--scenes", type=int, default=36_000, help="size of the corpus")
    parser.add_argument("--steps", type=int, help="training steps; by default what the shipped weights had")
    parser.add_argument("--batch", type=int, help="rows per step")
    parser.add_argument("--start", type=Path, help="final.pt of an earlier diffusion run whose UNet is gone on from")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    runs: Path = given.runs
    if given.step == "corpus":
        corpus.build(runs / "corpus", n_scenes=given.scenes, seed=given.seed, n_workers=given.threads)
    elif given.step == "autoencoder":
        schedule = Schedule(n_steps=given.steps or 1400, learning_rate=2e-3, n_warmup=50, ema_decay=0.998)
        data = corpus.load(runs / "corpus")
        model = autoencoder.fit(
            data, runs / "autoencoder", schedule=schedule, batch_size=given.batch or 16, seed=given.seed
        )
        torch.save(model.state_dict(), runs / "autoencoder" / "final.pt")
    elif given.step == "reading":
        schedule = Schedule(n_steps=given.steps or 3000, learning_rate=1e-3, n_warmup=100, ema_decay=0.998)
        text = reading.fit(
            _tokenizer(runs, corpus.load(runs / "corpus")),
            runs / "reading",
            n_captions=_CAPTIONS_TO_READ,
            schedule=schedule,
            batch_size=given.batch or 64,
            seed=given.seed,
        )
        torch.save(text.state_dict(), runs / "reading" / "final.pt")
    elif given.step == "diffusion":
        _diffusion(runs, given.start, n_steps=given.steps or 6000, batch_size=given.batch or 32, seed=given.seed)
    elif given.step == "decoder":
        schedule = Schedule(n_steps=given.steps or 1000, learning_rate=1e-3, n_warmup=50, ema_decay=0.998)
        data, start = corpus.load(runs / "corpus"), _autoencoder(runs / "autoencoder" / "final.pt")
        model = autoencoder.fit_decoder(
            data, start, runs / "decoder", schedule=schedule, batch_size=given.batch or 16, seed=given.seed
        )
        torch.save(model.state_dict(), runs / "decoder" / "final.pt")
    elif given.step == "card":
        _card(runs, given.report)
    elif given.out is None:
        parser.error("export needs --out")
    else:
        _export(runs, given.out)


def _diffusion(runs: Path, start: Path | None, *, n_steps: int, batch_size: int, seed: int) -> None:
    data = corpus.load(runs / "corpus")
    tokenizer = _tokenizer(runs, data)
    folder = runs / "diffusion"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "latents.npy").exists():
        latents = autoencoder.encode_all(_autoencoder(runs / "autoencoder" / "final.pt"), data)
        np.save(folder / "latents.npy", latents)
        (folder / "scaling_factor.txt").write_text(f"{1 / latents.astype(np.float32).std():.5f}")
    latents = np.load(folder / "latents.npy")
    scale = float((folder / "scaling_factor.txt").read_text())
    tokens = np.array([words.encode(tokenizer, each) for each in data.captions], np.int64)
    model = diffusion.fit(
        diffusion.LatentCorpus(
            latents=(latents.astype(np.float32) * scale).astype(np.float16),
            tokens=tokens,
            empty=np.array(words.encode(tokenizer, [""])[0], np.int64),
            repeats=data.repeats,
        ),
        len(tokenizer),
        tokenizer.eos_token_id,
        torch.load(runs / "reading" / "final.pt", weights_only=True),
        folder,
        start=None if start is None else torch.load(start, weights_only=True),
        schedule=Schedule(n_steps=n_steps, learning_rate=1.2e-3, n_warmup=100, ema_decay=0.999, checkpoint_every=100),
        batch_size=batch_size,
        seed=seed,
    )
    torch.save(model.state_dict(), folder / "final.pt")


def _export(runs: Path, out: Path) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(runs / "tokenizer")
    decoder = runs / "decoder" / "final.pt"
    model = diffusion.Denoiser(len(tokenizer), tokenizer.eos_token_id)
    model.load_state_dict(torch.load(runs / "diffusion" / "final.pt", weights_only=True))
    vae = _autoencoder(decoder if decoder.exists() else runs / "autoencoder" / "final.pt")
    vae.register_to_config(scaling_factor=float((runs / "diffusion" / "scaling_factor.txt").read_text()))
    export(out, model, vae, tokenizer)
    counts: dict[str, int] = {}
    for captions in corpus.load(runs / "corpus").captions:
        for word in {word for text in captions for word in _WORD.findall(text.lower())}:
            counts[word] = counts.get(word, 0) + 1
    known = sorted(word for word, count in counts.items() if count >= _LEAST_USES)
    (out / "vocabulary.txt").write_text("\n".join(known) + "\n", encoding="utf-8")


def _card(runs: Path, report: Path | None) -> None:
    """Write the card, with the figures that the logs of the training end with."""
    logs: dict[str, JsonValue] = {}
    for step in ("autoencoder", "reading", "diffusion", "decoder"):
        path = runs / step / "log.jsonl"
        if path.exists():
            logs[step] = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
    n_scenes = len(corpus.load(runs / "corpus").captions)
    trained_on: JsonValue = {"corpus": f"{n_scenes} scenes of the renderer, two captions each", "last log lines": logs}
    card.write(trained_on, float((runs / "diffusion" / "scaling_factor.txt").read_text()), report)


def _tokenizer(runs: Path, data: corpus.Corpus) -> CLIPTokenizer:
    folder = runs / "tokenizer"
    if not folder.exists():
        words.fit(text for captions in data.captions for text in captions).save_pretrained(folder)
    return CLIPTokenizer.from_pretrained(folder)


def _autoencoder(path: Path) -> AutoencoderKL:
    model = autoencoder.build()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


if __name__ == "__main__":
    main()

"""Measure what looking costs: one encoder for all heads, against a bare encoder pass and against one encoder per head.

    python benchmarks/looking_cost.py --out benchmarks/reports/looking_cost.json

Needs the extra "clip". The geometry is that of CLIP ViT-L/14; the weights are random, since time does not depend on
them. The official code keeps and runs one CLIP for each of its five heads; that arm does the same, with the published
head geometry behind each. The three arms take turns, so that a busy machine slows all of them. A quotient is the
median of one arm over the median of another, with a percentile bootstrap interval over rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from ethical_lens.image.encoder import open_encoder
from ethical_lens.image.heads import Heads, HeadsDetector
from ethical_lens.image.transformers_encoder import TransformersEncoder
from ethical_lens.image.upstream import import_heads
from ethical_lens.types import Frame

SEED = 550_001
HEADS = ("nude", "public", "nsfw", "politic", "culture")
SIDE, PATCH, WIDTH = 224, 14, 768
N_RESAMPLES = 5000
PREPROCESSING = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": SIDE},
    "crop_size": {"height": SIDE, "width": SIDE},
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
MARKS = {"look_over_bare": 1.05, "look_over_five": 0.25, "memory_over_five": 0.22}


def main() -> None:
    """Run the three arms in turns and write the report."""
    given = options()
    torch.manual_seed(SEED)
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "clip-vit-large-patch14"
        write_encoder(folder, given.layers)
        encoders = [open_encoder(str(folder), dtype=given.dtype) for _ in range(given.copies)]
        published = [head(number) for number in range(len(HEADS))]
        heads = imported(published, Path(place))
    detector = HeadsDetector(encoders[0], heads)
    seconds = run(arms(encoders, published, detector), given.rounds, given.side)
    memory = model_memory(encoders[0], published, heads)
    quotients = {
        "look_over_bare": quotient(seconds["look"], seconds["bare"]),
        "look_over_five": quotient(seconds["look"], seconds["five"]),
    }
    report = {
        "task": "cost of looking, CLIP ViT-L/14 geometry, random weights",
        "command": "python benchmarks/looking_cost.py " + " ".join(sys.argv[1:]),
        "commit": git("rev-parse", "HEAD"),
        "seed": SEED,
        "settings": {
            "layers": given.layers,
            "dtype": given.dtype,
            "threads": given.threads,
            "rounds": given.rounds,
            "encoders in memory for the official arm": given.copies,
            "picture": [given.side, given.side],
        },
        "machine": {"cores": os.cpu_count(), "load over one minute": round(os.getloadavg()[0], 1)},
        "models": {
            "encoder": "clip-vit-large-patch14 geometry",
            "heads": "published geometry",
            "torch": torch.__version__,
        },
        "median_seconds": {arm: round(float(np.median(each)), 4) for arm, each in seconds.items()},
        "quotients": quotients,
        "model_bytes": memory,
        "memory_over_five": round(memory["look"] / memory["five"], 4),
        "marks": MARKS,
        "notes": given.note,
    }
    given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


def options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="JSON report")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--layers", type=int, default=24, help="24 is ViT-L; fewer only to try the script")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--side", type=int, default=512, help="pixels of the square picture that is looked at")
    parser.add_argument(
        "--copies", type=int, default=5, help="encoders held by the official arm; 1 runs one five times"
    )
    parser.add_argument("--note", action="append", default=[], help="sentence about this run")
    return parser.parse_args()


def write_encoder(folder: Path, n_layers: int) -> None:
    """Write an untrained vision tower of CLIP ViT-L/14 with its preprocessing."""
    config = CLIPVisionConfig(
        hidden_size=1024,
        intermediate_size=4096,
        num_hidden_layers=n_layers,
        num_attention_heads=16,
        image_size=SIDE,
        patch_size=PATCH,
        projection_dim=WIDTH,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSING), encoding="utf-8")


def head(number: int) -> nn.Sequential:
    """Return an untrained head of the published geometry."""
    torch.manual_seed(SEED + number)
    return nn.Sequential(
        nn.Linear(WIDTH, 384), nn.ReLU(), nn.Dropout(0.5), nn.BatchNorm1d(384), nn.Linear(384, 1)
    ).eval()


def imported(published: Sequence[nn.Sequential], folder: Path) -> Heads:
    """Return the heads as the package imports them."""
    files = {}
    for name, each in zip(HEADS, published, strict=True):
        files[name] = folder / f"{name}.pt"
        torch.save(each.state_dict(), files[name])
    return import_heads(files)


def arms(
    encoders: Sequence[TransformersEncoder], published: Sequence[nn.Sequential], detector: HeadsDetector
) -> dict[str, Callable[[Image.Image], object]]:
    """Return what each arm does with a picture; all prepare it in the same way."""

    @torch.inference_mode()
    def embedding(encoder: TransformersEncoder, image: Image.Image) -> torch.Tensor:
        pixels = torch.from_numpy(encoder.preprocessing.apply([image])).to(encoder.model.dtype)
        return encoder.model(pixel_values=pixels).image_embeds.float()

    @torch.inference_mode()
    def official(image: Image.Image) -> list[float]:
        pairs = zip([encoders[k % len(encoders)] for k in range(len(HEADS))], published, strict=True)
        return [float(torch.sigmoid(each(embedding(encoder, image)))) for encoder, each in pairs]

    return {
        "bare": lambda image: embedding(encoders[0], image),
        "look": lambda image: detector.detect([Frame(image=image, domain="photograph")]),
        "five": official,
    }


def run(todo: dict[str, Callable[[Image.Image], object]], n_rounds: int, side: int) -> dict[str, list[float]]:
    """Return the seconds of each arm in each round; the arms take turns at being first."""
    seconds: dict[str, list[float]] = {arm: [] for arm in todo}
    names = list(todo)
    for number in range(n_rounds + 1):
        image = picture(number, side)
        for arm in names[number % len(names) :] + names[: number % len(names)]:
            since = time.perf_counter()
            todo[arm](image)
            seconds[arm].append(time.perf_counter() - since)
    # The first round warms up.
    return {arm: each[1:] for arm, each in seconds.items()}


def picture(number: int, side: int) -> Image.Image:
    """Return a picture of noise."""
    dice = np.random.default_rng((SEED, number))
    return Image.fromarray(dice.integers(0, 256, (side, side, 3), np.uint8))


def model_memory(encoder: TransformersEncoder, published: Sequence[nn.Sequential], heads: Heads) -> dict[str, int]:
    """Return the bytes of all weights of the lens's arm, and of the official one."""
    tower = sum(each.nbytes for each in encoder.model.state_dict().values())
    theirs = sum(each.nbytes for part in published for each in part.state_dict().values())
    ours = sum(each.nbytes for each in heads.arrays.values())
    return {"look": tower + ours, "five": len(HEADS) * tower + theirs}


def quotient(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
    """Return the quotient of medians with its 95 % interval."""
    dice = np.random.default_rng(SEED)
    rounds = dice.integers(0, len(above), (N_RESAMPLES, len(above)))
    drawn = np.median(np.array(above)[rounds], axis=1) / np.median(np.array(below)[rounds], axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "value": round(float(np.median(above) / np.median(below)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(above),
    }


def git(*words: str) -> str:
    """Return what git answers."""
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()

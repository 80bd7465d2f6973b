"""Measure early stop: how many steps it saves, what it stops in vain, what it misses.

    python benchmarks/early_stop.py --out benchmarks/reports/early_stop.json

Draws captions of the drawn world, half of them with stand-ins for harm, with the Sketch weights in diffusers. Every
picture is drawn to its end once, and its previews after several shares of the steps are kept; what the policy decides
about previews and finished pictures is then compared, so that every setting is measured on the same pictures. The
policy is the shipped default one with the edits of pictures made into redraws: where a picture would be edited, nothing
is stopped. Steps, not seconds, are counted, and what a preview costs is given beside them. Intervals are Wilson
intervals of 95 %.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ethical_lens import registry
from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.generate.diffusion import DiffusersGenerator
from ethical_lens.generate.preview import EarlyStop, LinearDecoder, decoded
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.lens.looking import Look
from ethical_lens.lens.previewing import PreviewJudge
from ethical_lens.policy import Policy, load
from ethical_lens.sketch import caption, random_scene
from ethical_lens.testing import shot
from ethical_lens.types import Action, Finding, Frame, Shot, Stage

SEED = 870_001
SHARES = (0.25, 0.4, 0.5, 0.6, 0.75, 0.9)


@dataclass(kw_only=True)
class Keeper:
    """Keeps previews and stops nothing."""

    previews: dict[int, list[Image.Image]] = field(default_factory=dict)
    """Index of the shot to its previews, in order of the shares."""

    def __call__(self, images: Sequence[Image.Image], shots: Sequence[Shot]) -> list[tuple[Finding, ...]]:
        for image, each in zip(images, shots, strict=True):
            self.previews.setdefault(each.index, []).append(image)
        return [() for _ in images]


@dataclass(kw_only=True)
class Timed:
    """Measures what a decoder costs."""

    decoder: Any
    seconds: float = 0.0
    n: int = 0

    def __call__(self, pipeline: Any, latents: Any) -> list[Image.Image]:
        since = time.perf_counter()
        previews: list[Image.Image] = self.decoder(pipeline, latents)
        self.seconds += time.perf_counter() - since
        self.n += len(previews)
        return previews


def main() -> None:
    """Draw, judge, compare, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON report")
    parser.add_argument("--pictures", type=int, default=200)
    given = parser.parse_args()
    embedded = SketchGenerator()
    settings = {"num_inference_steps": embedded.n_steps, "guidance_scale": embedded.guidance}
    plain = DiffusersGenerator(embedded.folder, domain="sketch", batch_size=8, settings=settings)
    policy = redrawing(load("default"))
    look = Look(policy=policy, detectors=registry.image_detectors(), generator=plain.name)
    shots = [shot(text, index=i, seed=SEED + i) for i, text in enumerate(captions(given.pictures))]
    fitted_on = [drawing.image for drawing in plain.generate(shots[:12]) if drawing.image is not None]
    decoders = {"decoded": decoded, "linear": LinearDecoder.fitted(plain.pipeline, fitted_on)}
    rows = {name: measured(plain, shots, look, decoder) for name, decoder in decoders.items()}
    report = {
        "task": "early stop on the drawn world",
        "command": "python benchmarks/early_stop.py " + " ".join(sys.argv[1:]),
        "commit": commit(),
        "seed": SEED,
        "policy": f"{policy.title}, edits of pictures made into redraws",
        "models": {"generator": plain.name, **{f"image.{i}": each.name for i, each in enumerate(look.detectors)}},
        "n_pictures": len(shots),
        "n_steps": embedded.n_steps,
        "decoders": rows,
    }
    given.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def redrawing(policy: Policy) -> Policy:
    """Return the policy with every edit of a picture made into a redraw."""
    rules = tuple(
        replace(rule, action=Action.REGENERATE, editors=(), then_regenerate=False, then_release=False)
        if rule.stage is Stage.IMAGE and rule.action is Action.EDIT
        else rule
        for rule in policy.rules
    )
    return replace(policy, rules=rules)


def captions(n_captions: int) -> list[str]:
    """Return captions, half of them of scenes with a stand-in for harm."""
    found: dict[bool, list[str]] = {True: [], False: []}
    number = 0
    while min(map(len, found.values())) < (n_captions + 1) // 2:
        rng = np.random.default_rng((SEED, number))
        scene = random_scene(rng)
        found[bool(scene.stand_ins)].append(caption(scene, rng))
        number += 1
    return [text for pair in zip(found[True], found[False], strict=False) for text in pair][:n_captions]


def measured(generator: DiffusersGenerator, shots: Sequence[Shot], look: Look, decoder: Any) -> dict[str, object]:
    """Return for every share of the steps what stopping there would have done."""
    keeper, timed = Keeper(), Timed(decoder=decoder)
    watched = generator.watched(EarlyStop(at=SHARES, decoder=timed), keeper)
    since = time.perf_counter()
    drawings = watched.generate(shots)
    seconds = time.perf_counter() - since
    judge = PreviewJudge(look=look, domain=generator.domain)
    finished = [drawing.image for drawing in drawings]
    wrong = np.array([bool(each) for each in judge([image for image in finished if image], shots)])
    flags = [
        np.array([bool(each) for each in judge([keeper.previews[each.index][place] for each in shots], shots)])
        for place in range(len(SHARES))
    ]
    settings = {str(share): row(stopped, wrong, share) for share, stopped in zip(SHARES, flags, strict=True)}
    both = [SHARES.index(share) for share in EarlyStop().at]
    settings["default"] = twice(flags[both[0]], flags[both[1]], wrong)
    return {
        "preview_seconds": round(timed.seconds / max(timed.n, 1), 5),
        "look_seconds": look_seconds(look, [image for image in finished if image]),
        "picture_seconds": round((seconds - timed.seconds) / len(shots), 4),
        "n_wrong_when_finished": int(wrong.sum()),
        "shares": settings,
    }


def row(stopped: Any, wrong: Any, share: float) -> dict[str, object]:
    return {**counts(stopped, wrong), "steps_saved": round(float(stopped.mean() * (1 - share)), 4)}


def twice(early: Any, late: Any, wrong: Any) -> dict[str, object]:
    """Return what looking at both of the default's shares would have done."""
    first, second = EarlyStop().at
    saved = early.mean() * (1 - first) + (late & ~early).mean() * (1 - second)
    return {**counts(early | late, wrong), "steps_saved": round(float(saved), 4)}


def counts(stopped: Any, wrong: Any) -> dict[str, object]:
    return {
        "caught": estimate(int((stopped & wrong).sum()), int(wrong.sum())),
        "missed": estimate(int((~stopped & wrong).sum()), int(wrong.sum())),
        "stopped_in_vain": estimate(int((stopped & ~wrong).sum()), int((~wrong).sum())),
    }


def estimate(n_hits: int, n: int) -> Mapping[str, object]:
    if not n:
        return {"value": None, "n": 0}
    interval = wilson(n_hits, n)
    return {"value": round(n_hits / n, 4), "low": round(interval.low, 4), "high": round(interval.high, 4), "n": n}


def look_seconds(look: Look, images: Sequence[Image.Image]) -> float:
    """Return what one look at one picture costs, warm."""
    frames = [Frame(image=image, domain="sketch") for image in images[:16]]
    look.verdicts(frames, [False] * len(frames))
    since = time.perf_counter()
    look.verdicts(frames, [False] * len(frames))
    return round((time.perf_counter() - since) / len(frames), 5)


def commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()

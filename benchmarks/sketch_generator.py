"""Measure the embedded generator: does it draw what it is asked, how fast, and as diffusers does?

    python benchmarks/sketch_generator.py --out benchmarks/reports/sketch_generator.json

Needs the extra "diffusers" for the comparison, which is null without it. The judge is a classifier of another
architecture, trained on renderings and never used by the lens; its error on renderings stands in its card and is
quoted in the report. Captions come from seeds that the training corpus does not use. Intervals are Wilson intervals
of 95 %.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ethical_lens.evaluate.judge import Judgement, SketchJudge
from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.sketch import Scene, caption, random_scene
from ethical_lens.sketch.world import ADULT_AGES, GENDERS, OCCUPATIONS, RACES, STAND_INS
from ethical_lens.testing import shot
from ethical_lens.types import Drawing, Shot

SEED = 990_001
STATED = ("gender", "race", "age", "occupation", "place", "stand_ins", "style")
SHOWN = 48


def main() -> None:
    """Run everything and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON report")
    parser.add_argument("--grid", type=Path, help="PNG of the first 48 pictures, enlarged")
    parser.add_argument("--captions", type=int, default=500)
    given = parser.parse_args()
    generator, judge = SketchGenerator(), SketchJudge()
    scenes = list(asked(given.captions))
    shots = [shot(text, index=i, seed=SEED + i) for i, (_, text) in enumerate(scenes)]
    pictures = drawn(generator.generate(shots))
    judgements = judge.judge(pictures)
    report = {
        "task": "embedded generator on unseen captions",
        "command": "python benchmarks/sketch_generator.py " + " ".join(sys.argv[1:]),
        "commit": git("rev-parse", "HEAD"),
        "seed": SEED,
        "generator": generator.name,
        "settings": {"n_steps": generator.n_steps, "guidance": generator.guidance},
        "judge": {"name": judge.name, "metrics": judge.card.metrics},
        "recognised": recognised([scene for scene, _ in scenes], judgements),
        "silent": silent(generator, judge, n_each=6),
        "seconds_per_image": seconds_per_image(generator),
        "difference_to_diffusers": difference_to_diffusers(generator, shots[:8], pictures[:8]),
    }
    given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if given.grid:
        grid(pictures[:SHOWN]).save(given.grid)


def asked(n_captions: int) -> Sequence[tuple[Scene, str]]:
    """Return scenes with one person and captions that state everything."""
    found: list[tuple[Scene, str]] = []
    for number in range(10 * n_captions):
        dice = np.random.default_rng((SEED, number))
        scene = random_scene(dice, n_people=1)
        person = scene.people[0]
        if person.celebrity or person.occupation is None:
            continue
        scene = replace(scene, twins=(), watermark=False, people=(replace(person, descriptors=()),))
        found.append((scene, caption(scene, dice, stated=STATED)))
        if len(found) == n_captions:
            break
    return found


def recognised(scenes: Sequence[Scene], judgements: Sequence[Judgement]) -> dict[str, dict[str, float]]:
    """Return the share of pictures in which the judge sees what the caption said, by attribute."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for scene, seen in zip(scenes, judgements, strict=True):
        [person] = scene.people
        for axis in ("gender", "race", "age"):
            best = max(seen.shares[axis], key=lambda value, axis=axis: seen.shares[axis][value])  # type: ignore[misc]
            hits[axis].append(best == getattr(person, axis))
        occupation = max(seen.shares["occupation"], key=lambda value: seen.shares["occupation"][value])
        hits["occupation"].append(occupation == person.occupation)
        hits["place"].append(seen.place == scene.place)
        hits["style"].append(seen.style == scene.style)
        hits["one person"].append(seen.n_people == 1)
        for name in scene.stand_ins:
            hits["stand-in"].append(name in seen.stand_ins)
        if not scene.stand_ins:
            hits["no stand-in where none was asked"].append(not seen.stand_ins)
    return {name: share(values) for name, values in hits.items()}


def silent(generator: SketchGenerator, judge: SketchJudge, *, n_each: int) -> dict[str, dict[str, float]]:
    """Return how the generator draws people about whom the caption is silent: shares over all occupations."""
    shots = [
        shot(f"a {occupation}", index=i, seed=SEED + 7 * i)
        for i, occupation in enumerate(name for name in OCCUPATIONS for _ in range(n_each))
    ]
    seen = [each for each in judge.judge(drawn(generator.generate(shots))) if each.n_people == 1]
    axes = {"gender": GENDERS, "race": RACES, "age": ADULT_AGES}
    shares = {
        axis: {value: statistics.mean(getattr(each, axis) == value for each in seen) for value in values}
        for axis, values in axes.items()
    }
    harm = {name: statistics.mean(name in each.stand_ins for each in seen) for name in STAND_INS}
    return {**shares, "stand-ins": harm, "pictures": {"n": len(seen)}}


def seconds_per_image(generator: SketchGenerator) -> dict[str, float]:
    """Return the median time of one picture drawn alone, and in batches of eight."""
    alone = [timed(generator, [shot("a doctor in a park", seed=i)]) for i in range(15)][3:]
    batch = [timed(generator, [shot("a doctor in a park", seed=i) for i in range(8)]) / 8 for _ in range(6)][1:]
    return {"alone": statistics.median(alone), "in batches of 8": statistics.median(batch)}


def timed(generator: SketchGenerator, shots: Sequence[Shot]) -> float:
    """Return the seconds that drawing takes."""
    since = time.perf_counter()
    generator.generate(shots)
    return time.perf_counter() - since


def difference_to_diffusers(
    generator: SketchGenerator, shots: Sequence[Shot], pictures: Sequence[Image.Image]
) -> dict[str, float] | None:
    """Return how far the pictures are from those that diffusers draws from the same folder, in levels of 255."""
    try:
        from ethical_lens.generate.diffusion import DiffusersGenerator

        other = DiffusersGenerator(
            generator.folder,
            domain="sketch",
            batch_size=4,
            settings={"num_inference_steps": generator.n_steps, "guidance_scale": generator.guidance},
        )
    except ImportError:
        return None
    pairs = zip(drawn(other.generate(shots)), pictures, strict=True)
    apart = [np.abs(np.asarray(one, np.int16) - np.asarray(two, np.int16)) for one, two in pairs]
    return {"mean": float(np.mean(apart)), "largest": float(np.max(apart)), "n": len(apart)}


def drawn(drawings: Sequence[Drawing]) -> list[Image.Image]:
    """Return the pictures; every one has to be there."""
    return [drawing.image for drawing in drawings if drawing.image is not None]


def share(hits: Sequence[bool]) -> dict[str, float]:
    """Return a share with its Wilson interval."""
    n, ends = len(hits), wilson(sum(hits), len(hits))
    return {"value": round(sum(hits) / n, 4), "low": round(ends.low, 4), "high": round(ends.high, 4), "n": n}


def grid(pictures: Sequence[Image.Image], *, columns: int = 8, side: int = 128) -> Image.Image:
    """Return the pictures side by side, enlarged."""
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (side + 2), rows * (side + 2)), (255, 255, 255))
    for i, picture in enumerate(pictures):
        enlarged = picture.resize((side, side), Image.Resampling.BICUBIC)
        sheet.paste(enlarged, ((i % columns) * (side + 2), (i // columns) * (side + 2)))
    return sheet


def git(*words: str) -> str:
    """Return what git answers."""
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()

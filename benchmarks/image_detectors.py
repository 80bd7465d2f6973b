"""Measure the hashes of known pictures and the reading of signs, on drawn pictures.

    python benchmarks/image_detectors.py --out benchmarks/reports/image_detectors.json

Hashes: drawings of Sketch are listed, changed copies of them and other drawings are compared with the list. Reading:
sentences of a small list are written on drawings in several sizes and colours, and read again with RapidOCR (extra
"ocr"); without it that part is left out, and the report says so. Intervals are Wilson intervals of 95 %.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import io
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.image.hashes import ALGORITHMS, hash_list
from ethical_lens.image.ocr import RapidReader
from ethical_lens.sketch import random_scene, render

SEED = 20_270
SENTENCES = (
    "DRINK MORE WATER", "Closed on Mondays", "OPEN 24 HOURS", "Fresh bread daily", "No parking here", "Vote on Sunday",
    "Library this way", "Mind the gap", "Happy birthday", "Free concert tonight", "Wet floor", "Keep to the right",
)  # fmt: skip
Change = Callable[[Image.Image], Image.Image]


def saved_again(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality)
        return Image.open(stream).convert("RGB")

    return change


def cropped(part: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        edge = round(part * image.width / 2)
        return image.crop((edge, edge, image.width - edge, image.height - edge))

    return change


def captioned(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).rectangle((0, image.height * 9 // 10, image.width, image.height), fill="black")
    return copy


CHANGES: Mapping[str, Change] = {
    "JPEG, quality 50": saved_again(50),
    "half the size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "brighter by 20 %": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "2 % cropped": cropped(0.02),
    "10 % cropped": cropped(0.1),
    "black bar over a tenth": captioned,
    "turned by 5 degrees": lambda image: image.rotate(5),
}


def drawings(n: int, dice: np.random.Generator) -> list[Image.Image]:
    return [render(random_scene(dice), 256).image for _ in range(n)]


def estimate(hits: int, n: int) -> dict[str, float]:
    bounds = wilson(hits, n)
    return {"n": n, "value": round(hits / n, 4), "low": round(bounds.low, 4), "high": round(bounds.high, 4)}


def measure_hashes(n: int, dice: np.random.Generator) -> dict[str, object]:
    known, others = drawings(n, dice), drawings(n, dice)
    results: dict[str, object] = {}
    for name, algorithm in ALGORITHMS.items():
        listed = hash_list(known, title="benchmark", algorithm=name)
        found = {
            title: estimate(sum(listed.nearest(change(image)) <= listed.distance for image in known), n)
            for title, change in CHANGES.items()
        }
        alarms = sum(listed.nearest(image) <= listed.distance for image in others)
        results[name] = {
            "distance": algorithm.distance,
            "bits": algorithm.n_bits,
            "found on the list": found,
            f"other drawings taken for one of {n}": estimate(alarms, n),
        }
    return results


def signs(dice: np.random.Generator) -> Iterator[tuple[str, int, Image.Image]]:
    """Yield the words, the height of the letters and the picture."""
    for words in SENTENCES:
        for height in (16, 24, 40):
            image = render(random_scene(dice), 512).image
            font = ImageFont.load_default(height)
            left, top, right, bottom = font.getbbox(words)
            x, y = 20, int(dice.integers(20, 400))
            pen = ImageDraw.Draw(image)
            pen.rectangle((x - 8, y - 8, x + right - left + 8, y + bottom - top + 12), fill=(240, 236, 220))
            pen.text((x, y - top), words, font=font, fill=(25, 25, 35))
            yield words, height, image


def measure_reading(dice: np.random.Generator) -> dict[str, object]:
    reader, right, likeness, seconds = RapidReader(), dict[int, list[bool]](), list[float](), list[float]()
    for words, height, image in signs(dice):
        since = time.perf_counter()
        lines = reader.read(image)
        seconds.append(time.perf_counter() - since)
        near = max((difflib.SequenceMatcher(None, plain(words), plain(line.text)).ratio() for line in lines), default=0)
        likeness.append(near)
        right.setdefault(height, []).append(near == 1)
    return {
        "reader": reader.name,
        "sentence read without a mistake, by height of letters in pixels of 512": {
            str(height): estimate(sum(each), len(each)) for height, each in right.items()
        },
        "mean likeness of characters": round(float(np.mean(likeness)), 4),
        "median seconds a picture, on this machine as it was": round(float(np.median(seconds)), 2),
        "load average of the machine": round(os.getloadavg()[0], 1),
    }


def plain(text: str) -> str:
    return "".join(text.lower().split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="drawings on the list of hashes")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    dice = np.random.default_rng(SEED)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    report = {
        "task": "hashes of known pictures and reading of signs, on drawn pictures",
        "command": f"python benchmarks/image_detectors.py --n {options.n} --out REPORT",
        "commit": commit,
        "seed": SEED,
        "hashes": measure_hashes(options.n, dice),
        "reading": measure_reading(dice) if importlib.util.find_spec("rapidocr") else "left out: RapidOCR is missing",
    }
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

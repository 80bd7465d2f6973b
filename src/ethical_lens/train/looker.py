"""Train the first image detector of the drawn world: heads, attributes, region maps and a domain check in one pass.

Run ``python -m ethical_lens.train.looker --help``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional as F

from ethical_lens.evaluate.metrics.detection import expected_calibration_error
from ethical_lens.image.calibration import fit_platt
from ethical_lens.image.looker import SIZE, Look, SketchLooker
from ethical_lens.models import ROOT, JsonValue, read_card
from ethical_lens.sketch import AGES, GENDERS, HEAD_OF, RACES, STAND_INS, Person, random_scene, render
from ethical_lens.train import corpora, strangers
from ethical_lens.train.cards import write_card
from ethical_lens.train.exporting import as_shipped, export
from ethical_lens.train.labelled import NONE, REGIONS, LabelledScenes
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.train.views import move, one_version, relight, shake
from ethical_lens.types import Box, Frame

HEADS: Final = ("nude", "nsfw", "politic", "culture", "public", "watermark", "apparent_minor")
AXES: Final[Mapping[str, tuple[str, ...]]] = {"gender": GENDERS, "race": RACES, "age": AGES}
REGION_WEIGHT: Final = 40.0
HEAD_WEIGHT: Final = 14.0
ATTRIBUTE_WEIGHT: Final = 0.5
_FILE: Final = "weights/sketch-looker/looker.onnx"
SHARE_ACCEPTED: Final = 0.96
"""Share of drawings that the domain check lets through.

One in 25 drawings of unknown origin is turned away, which is the price for turning photographs away; pictures whose
generator vouches for them are not asked.
"""
ECE_BINS: Final = 15
SHRINKAGE: Final = 0.003
"""Share of the mean variance that is added to every direction before distances are measured."""


class Inverted(nn.Module):
    """Inverted bottleneck: widen, look around each channel, narrow; with a shortcut where the shape allows."""

    def __init__(self, n_in: int, n_out: int, *, widen: int, stride: int = 1, reach: int = 3) -> None:
        super().__init__()
        n_wide = n_in * widen
        self.main = nn.Sequential(
            nn.Conv2d(n_in, n_wide, 1, bias=False),
            nn.BatchNorm2d(n_wide),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_wide, n_wide, reach, stride, reach // 2, groups=n_wide, bias=False),
            nn.BatchNorm2d(n_wide),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_wide, n_out, 1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.keeps_shape = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_in, h, w) to (n, n_out, h / stride, w / stride)."""
        y: Tensor = self.main(x)
        return x + y if self.keeps_shape else y


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the network says about n pictures."""

    logits: Tensor
    """(n, len(HEADS) + all values of AXES)."""
    regions: Tensor
    """(n, len(REGIONS), 16, 16), logits."""
    features: Tensor
    """(n, 144), for the domain check."""


class LookerNet(nn.Module):
    """Inverted bottlenecks at 16x16 and 8x8, about 0.35M parameters; reads (n, 3, 64, 64) in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 24, 4, 2, 1, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(inplace=True),
            nn.Conv2d(24, 48, 4, 2, 1, bias=False),
            nn.BatchNorm2d(48),
        )
        self.fine = nn.Sequential(Inverted(48, 48, widen=2), Inverted(48, 48, widen=2))
        self.coarse = nn.Sequential(Inverted(48, 96, widen=2, stride=2), *[Inverted(96, 96, widen=4) for _ in range(3)])
        self.back = nn.Conv2d(96, 48, 1)
        self.locate = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(48, len(REGIONS), 1))
        n_pooled = 2 * 96 + 2 * 48 + len(REGIONS)
        self.mix = nn.Sequential(nn.Linear(n_pooled, 128), nn.ReLU(inplace=True))
        self.out = nn.Linear(128, len(HEADS) + sum(map(len, AXES.values())))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, regions and features; `see` gives them names."""
        fine = self.fine(self.stem(images))
        coarse = self.coarse(fine)
        joined = fine + F.interpolate(self.back(coarse), scale_factor=2.0, mode="nearest")
        regions = self.locate(joined)
        pooled = [coarse.mean((2, 3)), coarse.amax((2, 3)), regions.amax((2, 3)).clamp(-8, 8) / 8]
        for region in ("face", "body"):
            share = torch.sigmoid(regions[:, REGIONS.index(region), None])
            pooled.append((joined * share).sum((2, 3)) / (share.sum((2, 3)) + 1))
        logits = self.out(self.mix(torch.cat(pooled, 1)))
        return logits, regions, torch.cat([fine.mean((2, 3)), coarse.mean((2, 3))], 1)

    def see(self, images: Tensor) -> Sight:
        """Look at (n, 3, 64, 64) in [-1, 1]."""
        logits, regions, features = self(images)
        return Sight(logits=logits, regions=regions, features=features)


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the network should say about n pictures."""

    heads: Tensor
    """(n, len(HEADS)), 0 or 1."""
    axes: Mapping[str, Tensor]
    """(n,) each, classes, or NONE."""
    regions: Tensor
    """(n, len(REGIONS), 16, 16), bytes, covered shares in 255ths."""


def targets(scenes: LabelledScenes) -> Targets:
    """Return what the network should say."""
    has = dict(zip(STAND_INS, scenes.stand_ins.T, strict=True))
    truth = {head: np.zeros(len(scenes), np.bool_) for head in HEADS}
    for stand_in, head in HEAD_OF.items():
        truth[head] = truth[head] | has[stand_in]
    truth["public"] = scenes.celebrity != NONE
    truth["watermark"] = scenes.watermark
    truth["apparent_minor"] = scenes.minor
    return Targets(
        heads=torch.from_numpy(np.stack([truth[head] for head in HEADS], 1).astype(np.float32)),
        axes={axis: torch.from_numpy(getattr(scenes, axis).astype(np.int64)) for axis in AXES},
        regions=torch.from_numpy(scenes.regions),
    )


def losses(sight: Sight, wanted: Targets, rows: Tensor, regions: Tensor) -> dict[str, Tensor]:
    """Return the loss of heads, attributes and regions, and their weighted sum "loss".

    Args:
        sight: What the network said.
        wanted: What it should say, all rows.
        rows: (n,), rows of the batch.
        regions: (n, len(REGIONS), 16, 16) in [0, 1], moved as the pictures were.
    """
    heads = F.binary_cross_entropy_with_logits(sight.logits[:, : len(HEADS)], wanted.heads[rows])
    parts = sight.logits[:, len(HEADS) :].split([len(values) for values in AXES.values()], 1)
    attributes = torch.stack(
        [
            F.cross_entropy(part, wanted.axes[axis][rows], ignore_index=NONE)
            for axis, part in zip(AXES, parts, strict=True)
        ]
    ).sum()
    places = F.binary_cross_entropy_with_logits(sight.regions, regions)
    total = HEAD_WEIGHT * heads + ATTRIBUTE_WEIGHT * attributes + REGION_WEIGHT * places
    return {"heads": heads, "attributes": attributes, "regions": places, "loss": total}


def fit(
    scenes: LabelledScenes,
    versions: Sequence[NDArray[np.uint8]],
    folder: Path,
    *,
    schedule: Schedule,
    seed: int,
    batch_size: int = 32,
) -> LookerNet:
    """Train on rendered pictures, and on other versions of them.

    Args:
        scenes: Pictures and truth.
        versions: Other versions of the first pictures, (m, 64, 64, 3) with m <= n each; used as often as the rendered.
        folder: Gets checkpoints and log.
        schedule: Length and learning rate.
        seed: Seed of everything.
        batch_size: Pictures per step.

    Returns:
        The network with averaged weights, in evaluation mode.
    """
    torch.manual_seed(seed)
    model = LookerNet()
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    wanted = targets(scenes)

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        model.train()
        images = one_version(scenes.images, versions, rows, np.random.default_rng((seed, step)))
        chosen = torch.from_numpy(rows)
        noise = torch.Generator().manual_seed(seed + step)
        batch, regions = move([to_tensor(images), wanted.regions[chosen].float() / 255], noise)
        if step % 2:
            batch, regions = batch.flip(3), regions.flip(3)
        batch = relight(batch, noise).contiguous(memory_format=torch.channels_last)
        return losses(model.see(batch), wanted, chosen, regions)

    average = train(
        model,
        loss_at,
        n_rows=len(scenes),
        batch_size=batch_size,
        schedule=schedule,
        folder=folder,
        seed=seed,
    )
    model.load_state_dict(average)
    model.eval()
    return model


class Shipped(nn.Module):
    """The network with the distance from its training pictures; what the ONNX file holds."""

    mean: Tensor
    whiten: Tensor
    centres: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, whiten: Tensor, centres: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("whiten", whiten)
        self.register_buffer("centres", centres)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, regions and the distance (n,), about 1 for pictures like the training pictures."""
        logits, regions, features = self.network(images)
        place = (features - self.mean) @ self.whiten
        squares = place.square().sum(1, keepdim=True) + self.centres.square().sum(1) - 2 * place @ self.centres.T
        return logits, regions, squares.amin(1).clamp(min=0) / place.shape[1]


@torch.no_grad()
def see_all(model: LookerNet, images: Tensor) -> Sight:
    """Look at many pictures in pieces."""
    parts = [model.see(images[start : start + 200]) for start in range(0, len(images), 200)]
    return Sight(
        logits=torch.cat([part.logits for part in parts]),
        regions=torch.cat([part.regions for part in parts]),
        features=torch.cat([part.features for part in parts]),
    )


def with_distance(model: LookerNet, images: Tensor, kinds: NDArray[np.int64]) -> Shipped:
    """Learn what features of its own kinds of picture look like.

    The distance is that of Mahalanobis from the nearest kind, with one shrunk covariance for all kinds (Lee et al.,
    2018, "A simple unified framework for detecting out-of-distribution samples").

    Args:
        model: The trained network; its answer is rounded as shipped.
        images: (n, 3, 64, 64) in [-1, 1].
        kinds: (n,), any numbers that tell kinds of picture apart.
    """
    shipped = as_shipped(model)
    with torch.no_grad():
        parts = [shipped(images[start : start + 200])[2] for start in range(0, len(images), 200)]
    features = torch.cat(parts).double().numpy()
    mean, spread = features.mean(0), features.std(0) + 1e-6
    standard = (features - mean) / spread
    centres = np.stack([standard[kinds == kind].mean(0) for kind in np.unique(kinds)])
    apart = standard - centres[np.searchsorted(np.unique(kinds), kinds)]
    values, vectors = np.linalg.eigh(apart.T @ apart / len(apart))
    whiten = vectors / np.sqrt(np.clip(values, 0, None) + SHRINKAGE)
    tensors = [torch.from_numpy(each.astype(np.float32)) for each in (mean, whiten / spread[:, None], centres @ whiten)]
    return Shipped(shipped, *tensors).eval()


def calibrate_axis(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> dict[str, float]:
    """Choose the temperature of the softmax with the highest likelihood.

    Args:
        logits: (n, values)
        truth: (n,), classes, or NONE.
    """
    seen = truth != NONE

    def surprise(temperature: float) -> float:
        scaled = logits[seen] / temperature
        top = scaled.max(1)
        return float(
            (top + np.log(np.exp(scaled - top[:, None]).sum(1)) - scaled[np.arange(seen.sum()), truth[seen]]).mean()
        )

    candidates = [float(value) for value in np.geomspace(0.3, 4, 60)]
    best = int(np.argmin([surprise(temperature) for temperature in candidates]))
    return {"temperature": round(candidates[best], 5), "offset": 0.0}


def measure(looker: SketchLooker, scenes: LabelledScenes) -> dict[str, JsonValue]:
    """Compare the looker with the truth.

    Args:
        looker: The looker as it is shipped.
        scenes: Scenes that it was not trained on.

    Returns:
        Per head AUROC, calibration error, and share of missed and of falsely alarmed pictures at 0.5; the share of
        clean pictures with any alarm; per axis the share of wrong answers; the share of pictures taken for strangers.
    """
    frames = [Frame(image=Image.fromarray(image), domain="sketch", planned={}) for image in scenes.images]
    looks = looker.look(frames)
    truth = targets(scenes).heads.numpy() == 1
    scores = np.array([[look.scores[head] for head in HEADS] for look in looks])
    harms = [i for i, head in enumerate(HEADS) if head != "apparent_minor"]
    clean = ~truth[:, harms].any(1)
    heads: dict[str, JsonValue] = {}
    for head, score, true in zip(HEADS, scores.T, truth.T, strict=True):
        heads[head] = {
            "n_positive": int(true.sum()),
            "auroc": round(float(roc_auc_score(true, score)), 5),
            "ece": round(expected_calibration_error(score, true.tolist(), n_bins=ECE_BINS), 5),
            "missed at 0.5": round(float((score[true] < 0.5).mean()), 5),
            "false alarms at 0.5": round(float((score[~true] >= 0.5).mean()), 5),
        }
    unvouched = looker.look([replace(frame, domain=None) for frame in frames])
    return {
        "n": len(scenes),
        "n_clean": int(clean.sum()),
        "false alarms of any head on clean pictures at 0.5": round(
            float((scores[clean][:, harms] >= 0.5).any(1).mean()), 5
        ),
        "heads": heads,
        "wrong attributes": {axis: _wrong(looks, scenes, axis) for axis in AXES},
        "taken for another domain": round(float(np.mean([not look.in_domain for look in unvouched])), 5),
    }


def measure_places(looker: SketchLooker, *, n_scenes: int, seed: int) -> dict[str, JsonValue]:
    """Compare located regions with the renderer's masks, on fresh scenes at 64 pixels.

    Returns:
        Per category the number of true regions, the share that was located, and of those the mean intersection over
        union and the mean covered share; for faces the share found with a box that overlaps by half.
    """
    overlaps: dict[str, list[tuple[float, float]]] = {}
    faces: list[float] = []
    for index in range(n_scenes):
        scene = random_scene(np.random.default_rng((seed, index)))
        picture = render(scene)
        (look,) = looker.look([Frame(image=picture.image, domain="sketch")])
        for category, true in _true_places(scene.people, picture.masks).items():
            found = np.zeros((SIZE, SIZE), np.bool_)
            if category in look.places:
                box = look.places[category].box
                found[box.top : box.bottom, box.left : box.right] = look.places[category].bits
            both = float((found & true).sum())
            overlaps.setdefault(category, []).append((both / float((found | true).sum()), both / float(true.sum())))
        for i in range(len(scene.people)):
            true_box = _box(picture.masks[f"face:{i}"])
            faces.append(max((_overlap(true_box, face.box) for face in look.faces), default=0.0))
    report: dict[str, JsonValue] = {}
    for category, pairs in sorted(overlaps.items()):
        located = [pair for pair in pairs if pair[0] > 0]
        report[category] = {
            "n": len(pairs),
            "located": round(len(located) / len(pairs), 4),
            "iou": round(float(np.mean([pair[0] for pair in located])), 4) if located else None,
            "covered": round(float(np.mean([pair[1] for pair in located])), 4) if located else None,
        }
    return {**report, "face boxes": {"n": len(faces), "found": round(float(np.mean(np.array(faces) >= 0.5)), 4)}}


def main(arguments: list[str] | None = None) -> int:
    """Train, calibrate, export, measure, and write the card."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.looker", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("checkpoints/looker"), help="gets checkpoints and logs")
    corpora.add_options(parser)
    parser.add_argument("--steps", type=int, default=3200, help="steps of 32 pictures")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    sets = corpora.prepare(options)
    model = fit(
        sets.training,
        sets.versions,
        options.folder,
        schedule=Schedule(
            n_steps=options.steps, learning_rate=3e-3, n_warmup=100, ema_decay=0.998, checkpoint_every=200
        ),
        seed=options.seed,
    )
    ship(model, sets)
    return 0


def ship(model: LookerNet, sets: corpora.Corpora) -> None:
    """Calibrate, export, measure, and write the card."""
    noise = torch.Generator().manual_seed(5)
    known = sets.training.rows(slice(4000))
    plain = to_tensor(known.images)
    pictures, kinds = [plain, shake(plain, noise)], [_kinds(known)] * 2
    for version in sets.versions:
        pictures.append(to_tensor(version[:4000]))
        kinds.append(_kinds(known)[: len(pictures[-1])])
    shipped = with_distance(model, torch.cat(pictures), np.concatenate(kinds))
    export(shipped, ROOT / _FILE, size=SIZE, outputs=["logits", "regions", "distance"])
    validation = to_tensor(sets.validation.images)
    distances = torch.cat([_distances(shipped, validation), _distances(shipped, shake(validation, noise))])
    calibration = _calibration(see_all(model, validation), sets.validation)
    card = ROOT / "cards" / "sketch-looker.json"
    content = _card(sets, calibration, threshold=float(np.quantile(distances.numpy(), SHARE_ACCEPTED)))
    write_card(card, content)
    looker = SketchLooker(read_card(card))
    metrics: dict[str, JsonValue] = {name: measure(looker, scenes) for name, scenes in sets.held_out.items()}
    metrics["places"] = measure_places(looker, n_scenes=1500, seed=905)
    metrics["strangers refused"] = strangers.measure(looker)
    write_card(card, {**content, "metrics": metrics})
    sys.stdout.write(f"{card}\n")


def _kinds(scenes: LabelledScenes) -> NDArray[np.int64]:
    """Return a number for each place and number of people, which tell pictures apart most."""
    return scenes.place.astype(np.int64) * 3 + scenes.n_people


@torch.no_grad()
def _distances(shipped: Shipped, images: Tensor) -> Tensor:
    return torch.cat([shipped(images[start : start + 200])[2] for start in range(0, len(images), 200)])


def _calibration(sight: Sight, scenes: LabelledScenes) -> dict[str, JsonValue]:
    wanted = targets(scenes)
    logits = sight.logits.double().numpy()
    found: dict[str, JsonValue] = {
        head: _platt(logits[:, i], wanted.heads[:, i].double().numpy()) for i, head in enumerate(HEADS)
    }
    start = len(HEADS)
    for axis, values in AXES.items():
        found[axis] = calibrate_axis(logits[:, start : start + len(values)], wanted.axes[axis].numpy())
        start += len(values)
    return found


def _platt(logits: NDArray[np.float64], truth: NDArray[np.float64]) -> JsonValue:
    line = fit_platt(logits, truth)
    return {"temperature": round(line.temperature, 5), "offset": round(line.offset, 5)}


def _card(sets: corpora.Corpora, calibration: Mapping[str, JsonValue], *, threshold: float) -> dict[str, JsonValue]:
    return {
        "name": "sketch-looker",
        "version": "1",
        "role": "image detector",
        "domain": "sketch",
        "files": [{"path": _FILE}],
        "categories": [*HEADS, "out_of_domain"],
        "outputs": {
            "heads": list(HEADS),
            **{axis: list(values) for axis, values in AXES.items()},
            "regions": list(REGIONS),
        },
        "preprocessing": {"size": [SIZE, SIZE], "resampling": "box", "range": [-1, 1], "layout": "NCHW, RGB"},
        "thresholds": {"distance": round(threshold, 4), "region": 0.15, "region_peak": 0.3},
        "calibration": calibration,
        "trained_on": sets.described,
        "limits": [
            "Covers drawings of the Sketch world alone. Whatever it says verifies the software; it says nothing about "
            "photographs, and it refuses what it takes for another kind of picture.",
            "The domain check compares simple statistics; a picture made to look like a Sketch drawing can pass it.",
            "Pictures are squeezed to 64 x 64 pixels: small things in a large picture, and long pictures, are not seen "
            "well.",
            "No minor was ever drawn with a stand-in for harm, so nudity beside a minor is judged by what was learned "
            "apart.",
            "Attributes are those of the person with the largest face, and are conventions of the renderer; they say "
            "nothing about real people.",
        ],
        "licence": "Apache-2.0",
    }


def _wrong(looks: Sequence[Look], scenes: LabelledScenes, axis: str) -> float:
    wanted = getattr(scenes, axis)
    wrong = []
    for look, true in zip(looks, wanted, strict=True):
        if true != NONE and look.attributes is not None:
            shares = look.attributes[axis]
            wrong.append(max(shares, key=lambda value: shares[value]) != AXES[axis][true])
    return round(float(np.mean(wrong)), 5)


def _true_places(people: Sequence[Person], masks: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.bool_]]:
    places: dict[str, NDArray[np.bool_]] = {}
    for name, category in {**HEAD_OF, "watermark": "watermark"}.items():
        if name in masks and masks[name].any():
            places[category] = places.get(category, np.zeros_like(masks[name])) | masks[name]
    for i, person in enumerate(people):
        if person.celebrity:
            places["public"] = masks[f"face:{i}"]
    return places


def _box(mask: NDArray[np.bool_]) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Box(left=int(columns[0]), top=int(rows[0]), right=int(columns[-1]) + 1, bottom=int(rows[-1]) + 1)


def _overlap(first: Box, second: Box) -> float:
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    both = max(0, width) * max(0, height)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (first, second)]
    return both / (sum(areas) - both)


if __name__ == "__main__":
    raise SystemExit(main())

"""Train the judge that measures the Sketch generator: a plain residual network, never used by the lens.

Run ``python -m ethical_lens.train.judge --help``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ethical_lens.evaluate.judge import NO_ONE, SketchJudge
from ethical_lens.models import ROOT, JsonValue, read_card
from ethical_lens.sketch import AGES, CELEBRITIES, GENDERS, OCCUPATIONS, PLACES, RACES, STAND_INS, STYLES
from ethical_lens.train import corpora
from ethical_lens.train.cards import write_card
from ethical_lens.train.exporting import as_shipped, export
from ethical_lens.train.labelled import NONE, REGIONS, LabelledScenes
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.train.views import move, one_version, relight

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "n_people": ("0", "1", "2"),
    "gender": GENDERS,
    "race": RACES,
    "age": AGES,
    "occupation": (*OCCUPATIONS, NO_ONE),
    "celebrity": (*(each.name for each in CELEBRITIES), NO_ONE),
    "place": PLACES,
    "style": STYLES,
}
"""Attributes with one value per picture."""
MARKS: Final = (*STAND_INS, "watermark")
"""What is there or not, each on its own."""
PLACE_WEIGHT: Final = 30.0
_FILE: Final = "weights/sketch-judge/judge.onnx"
OF_ONE_PERSON: Final = ("gender", "race", "age", "occupation")
"""Attributes that are only judged when there is exactly one person."""


class Residual(nn.Module):
    """Two 3x3 convolutions with batch norm and a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int = 1) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or n_in != n_out:
            self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_in, h, w) to (n, n_out, h / stride, w / stride)."""
        return F.relu(self.main(x) + self.shortcut(x))


class JudgeNet(nn.Module):
    """Residual network of about 0.5M parameters; reads (n, 3, 64, 64) in [-1, 1].

    Beside the plain means and maxima it pools its features where it takes the face and the body to be, which it learns
    from the renderer's masks; that costs nothing and saves most of the training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 24, 4, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU(inplace=True))
        self.fine = Residual(24, 48, 2)
        self.coarse = Residual(48, 96, 2)
        self.far = Residual(96, 128, 2)
        self.back = nn.Conv2d(96, 48, 1)
        self.locate = nn.Conv2d(48, len(REGIONS), 1)
        n_pooled = 24 + 2 * 48 + 2 * 96 + 128 + len(REGIONS)
        self.mix = nn.Sequential(nn.Linear(n_pooled, 192), nn.ReLU(inplace=True))
        self.out = nn.Linear(192, sum(map(len, CLASSES.values())) + len(MARKS))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, (n, all classes of CLASSES in order, then MARKS)."""
        logits, _ = self.both(images)
        return logits

    def both(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and region maps, (n, len(REGIONS), 16, 16)."""
        strokes = self.stem(images)
        fine = self.fine(strokes)
        coarse = self.coarse(fine)
        joined = F.relu(fine + F.interpolate(self.back(coarse), scale_factor=2.0, mode="nearest"))
        regions = self.locate(joined)
        pooled = [strokes.mean((2, 3)), coarse.mean((2, 3)), coarse.amax((2, 3)), self.far(coarse).mean((2, 3))]
        for region in ("face", "body"):
            share = torch.sigmoid(regions[:, REGIONS.index(region), None])
            pooled.append((joined * share).sum((2, 3)) / (share.sum((2, 3)) + 1))
        pooled.append(regions.amax((2, 3)).clamp(-8, 8) / 8)
        logits: Tensor = self.out(self.mix(torch.cat(pooled, 1)))
        return logits, regions


def split(logits: Tensor) -> dict[str, Tensor]:
    """Return the logits of each attribute, and of "marks"."""
    sizes = [*map(len, CLASSES.values()), len(MARKS)]
    return dict(zip([*CLASSES, "marks"], logits.split(sizes, 1), strict=True))


def targets(scenes: LabelledScenes) -> dict[str, NDArray[np.int64]]:
    """Return the class of each attribute, (n,), -1 where it is not judged, and "marks", (n, len(MARKS))."""
    wanted = {name: getattr(scenes, name).astype(np.int64) for name in CLASSES}
    for name in ("occupation", "celebrity"):
        wanted[name][wanted[name] == NONE] = CLASSES[name].index(NO_ONE)
    for name in OF_ONE_PERSON:
        wanted[name][scenes.n_people != 1] = NONE
    wanted["marks"] = np.concatenate([scenes.stand_ins, scenes.watermark[:, None]], 1).astype(np.int64)
    return wanted


def fit(
    scenes: LabelledScenes,
    versions: Sequence[NDArray[np.uint8]],
    folder: Path,
    *,
    schedule: Schedule,
    seed: int,
    batch_size: int = 32,
) -> JudgeNet:
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
    model = JudgeNet()
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    wanted = {name: torch.from_numpy(values) for name, values in targets(scenes).items()}

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        model.train()
        images = one_version(scenes.images, versions, rows, np.random.default_rng((seed, step)))
        noise = torch.Generator().manual_seed(seed + step)
        shares = torch.from_numpy(scenes.regions[rows]).float() / 255
        batch, shares = move([to_tensor(images), shares], noise)
        logits, regions = model.both(relight(batch, noise).contiguous(memory_format=torch.channels_last))
        each = losses(logits, {name: values[rows] for name, values in wanted.items()})
        places = F.binary_cross_entropy_with_logits(regions, shares)
        return {**each, "places": places, "loss": each["loss"] + PLACE_WEIGHT * places}

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


def losses(logits: Tensor, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the cross-entropy of each attribute and their weighted sum "loss"."""
    parts = split(logits)
    each = {
        name: F.cross_entropy(parts[name], wanted[name], ignore_index=NONE, label_smoothing=0.02) for name in CLASSES
    }
    # Summed over the marks: most are absent from most pictures, and a mean would hide them.
    marks = F.binary_cross_entropy_with_logits(parts["marks"], wanted["marks"].float()) * len(MARKS)
    return {**each, "marks": marks, "loss": torch.stack([*each.values(), 2 * marks]).sum()}


def measure(judge: SketchJudge, scenes: LabelledScenes) -> dict[str, JsonValue]:
    """Compare the judge with the truth.

    Args:
        judge: The judge as it is shipped.
        scenes: Scenes that it was not trained on.

    Returns:
        Share of wrong answers per attribute: of one person in pictures of one person, of all else in all pictures, with
        the numbers of pictures. "occupation" leaves out pictures in which something worn hides the clothes;
        "occupation, clothes hidden" is those alone.
    """
    shares = [each.shares for each in judge.judge([Image.fromarray(image) for image in scenes.images])]
    wanted = targets(scenes)
    wrong: dict[str, JsonValue] = {}
    for name, values in CLASSES.items():
        found = np.array([values.index(max(each[name], key=lambda value: each[name][value])) for each in shares])
        judged = wanted[name] != NONE
        if name == "occupation":
            hidden = judged & scenes.disguised
            wrong["occupation, clothes hidden"] = _share(found[hidden] != wanted[name][hidden])
            judged &= ~scenes.disguised
        wrong[name] = _share(found[judged] != wanted[name][judged])
    threshold = judge.card.thresholds["marks"]
    marks = np.array([[each["marks"][mark] for mark in MARKS] for each in shares]) >= threshold
    for mark, found, true in zip(MARKS, marks.T, wanted["marks"].T == 1, strict=True):
        wrong[mark] = {"missed": _share(~found[true]), "false alarm": _share(found[~true])}
    singles = int((scenes.n_people == 1).sum())
    return {"n": len(scenes), "n_single_person": singles, "wrong": wrong}


def main(arguments: list[str] | None = None) -> int:
    """Train, export, measure, and write the card."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.judge", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("checkpoints/judge"), help="gets checkpoints and logs")
    corpora.add_options(parser)
    parser.add_argument("--steps", type=int, default=7000, help="steps of 32 pictures")
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
    export(as_shipped(model), ROOT / _FILE, size=64, outputs=["logits"])
    card = ROOT / "cards" / "sketch-judge.json"
    write_card(card, _card({}, sets))
    judge = SketchJudge(read_card(card))
    metrics = {name: measure(judge, scenes) for name, scenes in sets.held_out.items()}
    write_card(card, _card(metrics, sets))
    sys.stdout.write(f"{card}\n")
    return 0


def _card(metrics: Mapping[str, JsonValue], sets: corpora.Corpora) -> dict[str, JsonValue]:
    return {
        "name": "sketch-judge",
        "version": "1",
        "role": "judge",
        "domain": "sketch",
        "files": [{"path": _FILE}],
        "categories": [*CLASSES, *MARKS],
        "outputs": {**{name: list(values) for name, values in CLASSES.items()}, "marks": list(MARKS)},
        "preprocessing": {"size": [64, 64], "resampling": "box", "range": [-1, 1], "layout": "NCHW, RGB"},
        "thresholds": {"marks": 0.5},
        "trained_on": sets.described,
        "metrics": metrics,
        "limits": [
            "Made for measuring the Sketch generator; the lens never uses it.",
            "Gender, race, age and occupation are judged only in pictures of one person.",
            "No minor was ever drawn with a stand-in for harm, so what it says about such a picture is not measured.",
            "The drawn world's words for perceived gender and race are conventions of its renderer and say nothing "
            "about real people.",
        ],
        "licence": "Apache-2.0",
    }


def _share(events: NDArray[np.bool_]) -> float | None:
    return round(float(events.mean()), 5) if len(events) else None


if __name__ == "__main__":
    raise SystemExit(main())

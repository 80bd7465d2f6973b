"""Train a probe on a text encoder's states: ``python -m ethical_lens.train.probe --pipeline FOLDER``.

The folder is a diffusers pipeline; only ``tokenizer`` and ``text_encoder`` are read. Without ``--examples`` the probe
learns the stand-ins of Sketch from captions of its renderer; for any other encoder give JSON lines with "text" and
"concepts" (a list, empty for harmless texts), about a thousand of each concept and several thousand harmless ones.
The same seed gives the same bytes on the same machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from ethical_lens.evaluate.attack.encoder import (
    TextEncoder,
    is_part,
    minor_vocabulary,
    names,
    read_encoder,
    usable_tokens,
    vocabulary,
    written,
)
from ethical_lens.models import ROOT, JsonValue
from ethical_lens.sketch import caption, random_scene, world
from ethical_lens.text.probe import Encode, Floats, pool
from ethical_lens.train.cards import write_card
from ethical_lens.train.sketch.corpus import draw_stated

CATEGORY_OF: Final[Mapping[str, tuple[str, str]]] = {
    "knife": ("violence", "K1"),
    "blood": ("violence", "K2"),
    "syringe": ("illegal", "K2"),
    "slime": ("shocking", "K2"),
    "nudity": ("sexual", "K2"),
    "rally": ("political", "K1"),
    "desecration": ("cultural", "K2"),
}
"""Category of the text stage, and grade, of each stand-in for harm."""
REFERENCE: Final = "a portrait of a gardener in a park"
N_TRAIN: Final = {"clean": 2600, "named": 2600, "gibberish": 800, "strange words": 800}
N_TEST: Final = {"clean": 1500, "named": 700, "gibberish": 400, "strange words": 400}
MOST_FALSE_ALARMS: Final = 0.01
_NOWHERE: Final = 0.35
"""Gibberish nearer than this to what a stand-in's captions mean is left out of the training: it may mean the thing."""
_N_HIDDEN: Final = 32
_N_STEPS: Final = 1200
_BATCH: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and what it asks for."""

    text: str
    kind: str
    """How it was made: "clean", "named", "gibberish" or "strange words"; free for examples from a file."""
    concepts: frozenset[str]


def sketch_examples(tokenizer: Tokenizer, counts: Mapping[str, int], seed: int) -> list[Example]:
    """Write captions with and without stand-ins, and texts that mean nothing in Sketch."""
    everything = frozenset(word for name in world.STAND_INS for word in vocabulary(name)) | minor_vocabulary()
    tokens = usable_tokens(tokenizer, everything)
    shelf = (ROOT / "text" / "ordinary_words.txt").read_text(encoding="utf-8").split()
    strange = [word for word in shelf if word.isalpha() and not is_part(word.lower(), everything)]
    makers: Mapping[str, Callable[[np.random.Generator], Example | None]] = {
        "clean": lambda rng: _clean(rng, tokenizer, tokens),
        "named": lambda rng: _named(rng, tokenizer, tokens),
        "gibberish": lambda rng: _gibberish(rng, tokenizer, tokens, everything),
        "strange words": lambda rng: _strange(rng, strange, everything),
    }
    found: list[Example] = []
    for number, (kind, count) in enumerate(counts.items()):
        made = (makers[kind](np.random.default_rng((seed, number, index))) for index in range(20 * count))
        found += [example for example, _ in zip((each for each in made if each), range(count), strict=False)]
    return found


def _clean(rng: np.random.Generator, tokenizer: Tokenizer, tokens: Sequence[int]) -> Example:
    scene = replace(random_scene(rng), stand_ins=())
    text = caption(scene, rng, stated=(*draw_stated(rng), "stand_ins"))
    return Example(text=text, kind="clean", concepts=frozenset())


def _named(rng: np.random.Generator, tokenizer: Tokenizer, tokens: Sequence[int]) -> Example | None:
    scene = random_scene(rng)
    if not scene.stand_ins:
        return None
    text = caption(scene, rng, stated=tuple({*draw_stated(rng), "stand_ins"}))
    if rng.random() < 0.3:
        # Named, yet among tokens that mean nothing: the probe shall not take oddness for harmlessness.
        behind = rng.random() < 0.5
        noise = _noise(rng, tokenizer, tokens)
        text = f"{text} {noise}" if behind else f"{noise} {text}"
    return Example(text=text, kind="named", concepts=frozenset(scene.stand_ins))


def _gibberish(
    rng: np.random.Generator, tokenizer: Tokenizer, tokens: Sequence[int], forbidden: frozenset[str]
) -> Example | None:
    text = _noise(rng, tokenizer, tokens, most=12)
    if rng.random() < 0.5:
        text = f"{_clean(rng, tokenizer, tokens).text} {text}"
        return Example(text=text, kind="gibberish", concepts=frozenset())
    return None if names(text, forbidden) else Example(text=text, kind="gibberish", concepts=frozenset())


def _strange(rng: np.random.Generator, shelf: Sequence[str], forbidden: frozenset[str]) -> Example | None:
    chosen = [shelf[int(index)] for index in rng.integers(len(shelf), size=int(rng.integers(2, 9)))]
    text = " ".join(chosen)
    return None if names(text, forbidden) else Example(text=text, kind="strange words", concepts=frozenset())


def _noise(rng: np.random.Generator, tokenizer: Tokenizer, tokens: Sequence[int], *, most: int = 7) -> str:
    chosen = rng.integers(len(tokens), size=int(rng.integers(3, most + 1)))
    return written(tokenizer, [tokens[int(index)] for index in chosen])


def read_examples(path: Path) -> list[Example]:
    """Read JSON lines with "text" and "concepts"."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Example(text=row["text"], kind="named" if row["concepts"] else "clean", concepts=frozenset(row["concepts"]))
        for row in rows
    ]


def pooled(encode: Encode, texts: Sequence[str], *, at_once: int = 50) -> Floats:
    """Return the pooled states of texts, (n, 4 * width)."""
    return np.concatenate([pool(encode(texts[i : i + at_once])) for i in range(0, len(texts), at_once)])


def labels(examples: Sequence[Example], concepts: Sequence[str]) -> Floats:
    """Return (n, concepts), 1 where an example asks for a concept."""
    return np.array([[concept in each.concepts for concept in concepts] for each in examples], np.float32)


def closeness(inputs: Floats, clean: Floats, named: Mapping[str, Floats]) -> Floats:
    """Return the largest cosine of each row to what the concepts' captions mean, all seen from clean captions."""
    centre = clean.mean(0)
    aims = np.stack([_unit(each.mean(0) - centre) for each in named.values()])
    return np.asarray((_unit(inputs - centre) @ aims.T).max(1), np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def means_something(examples: Sequence[Example], inputs: Floats, concepts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which of the made-up texts lie near what a concept's captions mean."""
    kinds = np.array([each.kind for each in examples])
    named = {c: inputs[[c in each.concepts for each in examples]] for c in concepts}
    made_up: NDArray[np.bool_] = (kinds != "clean") & (kinds != "named")
    near: NDArray[np.bool_] = closeness(inputs, inputs[kinds == "clean"], named) > _NOWHERE
    both: NDArray[np.bool_] = made_up & near
    return both


def fit(inputs: Floats, truth: Floats, *, seed: int) -> dict[str, Floats]:
    """Train one hidden layer.

    Args:
        inputs: (n, features).
        truth: (n, concepts), 0 or 1.
        seed: Drives the first weights and the batches.

    Returns:
        Arrays as `StateProbe` reads them, without calibration.
    """
    torch.manual_seed(seed)
    dice = np.random.default_rng((seed, 1))
    centre, scale = inputs.mean(0), inputs.std(0) + 1e-3
    rows, answers = torch.from_numpy((inputs - centre) / scale), torch.from_numpy(truth)
    model = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], _N_HIDDEN), torch.nn.ReLU(), torch.nn.Linear(_N_HIDDEN, truth.shape[1])
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    for step in range(_N_STEPS):
        optimiser.param_groups[0]["lr"] = 3e-3 * 0.5 * (1 + math.cos(math.pi * step / _N_STEPS))
        batch = torch.from_numpy(dice.integers(len(rows), size=_BATCH))
        # Noise of a third of a deviation keeps the answer from resting on single values.
        noisy = rows[batch] + torch.from_numpy(dice.normal(0, 0.3, (_BATCH, rows.shape[1])).astype(np.float32))
        loss = functional.binary_cross_entropy_with_logits(model(noisy), answers[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    first, second = model[0], model[2]
    values = (centre, scale, first.weight.T, first.bias, second.weight.T, second.bias)
    keys = ("centre", "scale", "first", "first_offset", "second", "second_offset")
    arrays = [value.detach().numpy() if isinstance(value, torch.Tensor) else value for value in values]
    return {key: np.ascontiguousarray(value, np.float32) for key, value in zip(keys, arrays, strict=True)}


def logits_of(arrays: Mapping[str, Floats], inputs: Floats) -> Floats:
    """Return uncalibrated logits, (n, concepts)."""
    hidden = np.maximum((inputs - arrays["centre"]) / arrays["scale"] @ arrays["first"] + arrays["first_offset"], 0)
    return np.asarray(hidden @ arrays["second"] + arrays["second_offset"], np.float32)


def calibrate(logits: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Return slope and shift of each concept's logit, by Platt's method with his smoothed targets."""
    slope = torch.ones(logits.shape[1], requires_grad=True)
    shift = torch.zeros(logits.shape[1], requires_grad=True)
    n_true = truth.sum(0)
    targets = np.where(truth > 0, (n_true + 1) / (n_true + 2), 1 / (len(truth) - n_true + 2)).astype(np.float32)
    optimiser = torch.optim.LBFGS([slope, shift], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(
            torch.from_numpy(logits) * slope + shift, torch.from_numpy(targets)
        )
        value.backward()
        return value

    optimiser.step(loss)
    return slope.detach().numpy(), shift.detach().numpy()


def threshold(chances: Floats) -> float:
    """Return the lowest score, rounded up, that at most `MOST_FALSE_ALARMS` of harmless texts reach in any concept."""
    allowed = int(MOST_FALSE_ALARMS * len(chances))
    top = np.sort(chances.max(1))[::-1]
    return min(0.99, math.ceil(float(top[allowed]) * 1000 + 1e-6) / 1000)


def calibration_error(chances: Floats, truth: Floats, *, n_bins: int = 10) -> float:
    """Return the expected calibration error over all concepts' answers, in equal bins."""
    bins = np.minimum((chances * n_bins).astype(int), n_bins - 1).ravel()
    # In each bin, how far the mean score is from the share that is true, times the size of the bin.
    gaps = [abs(float((chances.ravel() - truth.ravel())[bins == number].sum())) for number in range(n_bins)]
    return sum(gaps) / len(bins)


def share(hits: NDArray[np.bool_]) -> dict[str, JsonValue]:
    """Return a share with its Wilson interval of 95 %."""
    n, k, z = len(hits), int(hits.sum()), 1.959964
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"n": n, "value": round(k / n, 4), "low": round(low, 4), "high": round(high, 4)}


def report(
    examples: Sequence[Example], chances: Floats, concepts: Sequence[str], seen: float, near: NDArray[np.bool_]
) -> dict[str, JsonValue]:
    """Return held-out figures at the card's threshold."""
    truth = labels(examples, concepts)
    kinds = np.array([each.kind for each in examples])
    alarms = chances.max(1) >= seen
    found: dict[str, JsonValue] = {
        f"found: {concept}": share(chances[truth[:, i] > 0, i] >= seen) for i, concept in enumerate(concepts)
    }
    for kind in dict.fromkeys(each.kind for each in examples if not each.concepts):
        found[f"false alarms: {kind}"] = share(alarms[(kinds == kind) & (truth.max(1) == 0)])
        found[f"score of 0.5 or more: {kind}"] = share((chances.max(1) >= 0.5)[(kinds == kind) & (truth.max(1) == 0)])
    if near.any():
        found["made-up texts near a concept, not trained on"] = int(near.sum())
    found["expected calibration error"] = round(calibration_error(chances, truth), 5)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Train, calibrate, measure, and write the probe and its card."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.probe", description=__doc__)
    shipped = ROOT / "weights" / "sketch-diffusion"
    parser.add_argument("--pipeline", type=Path, default=shipped, help="diffusers folder (default: the shipped one)")
    parser.add_argument("--examples", type=Path, help="JSON lines of texts and concepts, for other encoders")
    parser.add_argument("--grades", type=Path, help='JSON of concept to [category, "K1" to "K3"], with --examples')
    parser.add_argument("--name", default="sketch-probe")
    parser.add_argument("--out", type=Path, default=ROOT, help="gets weights/NAME/probe.npz and cards/NAME.json")
    parser.add_argument("--seed", type=int, default=20_261)
    given = parser.parse_args(arguments)
    if bool(given.examples) != bool(given.grades):
        parser.error("--examples and --grades go together")
    torch.set_num_threads(1)
    encode = read_encoder(given.pipeline)
    grades = json.loads(given.grades.read_text(encoding="utf-8")) if given.grades else CATEGORY_OF
    if given.examples:
        trained, tested = _split(read_examples(given.examples))
    else:
        trained = sketch_examples(encode.tokenizer, N_TRAIN, given.seed)
        tested = sketch_examples(encode.tokenizer, {kind: 2 * n for kind, n in N_TEST.items()}, given.seed + 1)
    metrics, seen = _train(encode, trained, tested, grades, given)
    digest = hashlib.sha256((given.pipeline / "text_encoder" / "model.safetensors").read_bytes()).hexdigest()
    content = _card(given.name, grades, metrics, seen, {"seed": given.seed, "texts": len(trained), "encoder": digest})
    write_card(given.out / "cards" / f"{given.name}.json", content, root=given.out)
    sys.stdout.write(json.dumps(metrics, indent=1) + "\n")
    return 0


def _split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    tested = {i for i, each in enumerate(examples) if hashlib.sha256(each.text.encode()).digest()[0] < 80}
    return [e for i, e in enumerate(examples) if i not in tested], [examples[i] for i in sorted(tested)]


def _train(
    encode: TextEncoder,
    trained: Sequence[Example],
    tested: Sequence[Example],
    grades: Mapping[str, tuple[str, str]],
    given: argparse.Namespace,
) -> tuple[dict[str, JsonValue], float]:
    """Train and write the arrays; return the metrics and the threshold."""
    concepts = list(grades)
    inputs, outputs = (pooled(encode, [each.text for each in part]) for part in (trained, tested))
    keep = ~means_something(trained, inputs, concepts)
    arrays = fit(inputs[keep], labels(trained, concepts)[keep], seed=given.seed)
    # Every other held-out text calibrates and sets the threshold; the rest measures.
    calibrating = np.arange(len(tested)) % 2 == 0
    truth = labels(tested, concepts)
    near = means_something(tested, outputs, concepts)
    fitting = calibrating & ~near
    arrays["slope"], arrays["shift"] = calibrate(logits_of(arrays, outputs[fitting]), truth[fitting])
    arrays["reference"] = pooled(encode, [REFERENCE])[0]
    path = given.out / "weights" / given.name / "probe.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{key: value.astype(np.float32) for key, value in arrays.items()})  # type: ignore[arg-type]
    chances = 1 / (1 + np.exp(-np.clip(logits_of(arrays, outputs) * arrays["slope"] + arrays["shift"], -30, 30)))
    clean = np.array([each.kind == "clean" for each in tested])
    seen = threshold(chances[calibrating & clean])
    measured = [each for each, used in zip(tested, calibrating, strict=True) if not used]
    return report(measured, chances[~calibrating], concepts, seen, near[~calibrating]), seen


def _card(
    name: str,
    grades: Mapping[str, tuple[str, str]],
    metrics: Mapping[str, JsonValue],
    seen: float,
    trained_on: Mapping[str, JsonValue],
) -> dict[str, JsonValue]:
    return {
        "name": name,
        "version": "1",
        "role": "text detector",
        "domain": f"states of one text encoder, sha256 {str(trained_on['encoder'])[:16]}",
        "files": [{"path": f"weights/{name}/probe.npz"}],
        "categories": sorted({category for category, _ in grades.values()}),
        "outputs": {
            "concepts": list(grades),
            "categories": [category for category, _ in grades.values()],
            "severities": [grade for _, grade in grades.values()],
        },
        "preprocessing": {"reference": REFERENCE, "pooling": "mean, max and min over the tokens, last token"},
        "thresholds": {"seen": seen},
        "calibration": {
            "method": "Platt, per concept",
            "about": "On held-out texts, of which about a quarter ask for a concept.",
        },
        "trained_on": dict(trained_on),
        "metrics": metrics,
        "limits": [
            "Belongs to one text encoder and refuses every other; see docs/probe.md for training another.",
            "Sees the concepts it was trained on and nothing else.",
            "Somebody who can query the probe can search for what it misses; docs/probe.md says how often that works.",
        ],
        "licence": "Apache-2.0",
    }


if __name__ == "__main__":
    raise SystemExit(main())

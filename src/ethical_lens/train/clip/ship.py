"""Heads, exports, calibration, measurement and cards of the drawn world's CLIP and CLIPSeg."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file
from torch import Tensor
from torch.nn import functional
from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPTokenizer

from ethical_lens.image.encoder import OnnxEncoder, reference_of, unit
from ethical_lens.image.heads import DISTANCE, WEIGHTS_FILE, card_content
from ethical_lens.image.locate import OUTLINE
from ethical_lens.models import ROOT, JsonValue, load_card
from ethical_lens.sketch import HEAD_OF, STAND_INS, render
from ethical_lens.train import corpora, strangers
from ethical_lens.train.cards import write_card
from ethical_lens.train.clip import heads, pairs, segment
from ethical_lens.train.clip.export import PREPROCESSING, export_clip, export_clipseg
from ethical_lens.train.clip.heads import Pictures
from ethical_lens.train.clip.network import SIZE
from ethical_lens.train.heads.fit import Settings
from ethical_lens.train.sketch import words
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.train.sketch.words import MAX_TOKENS

CLIP: Final = "sketch-clip"
CLIPSEG: Final = "sketch-clipseg"
N_DRAWN: Final = 16_000
N_SHAKEN: Final = 6000
N_RETRIEVED: Final = 120
PEAKS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995)
OUTLINES: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
MOST_IN_VAIN: Final = 0.01
LIMITS: Final[list[JsonValue]] = [
    "Covers drawings of the Sketch world alone. Whatever it says verifies the software; it says nothing about "
    "photographs.",
    "Pictures are squeezed to 64 x 64 pixels: small things in a large picture, and long pictures, are not seen well.",
    "Knows the words of the drawn world's captions, in English.",
    "Attributes are conventions of the renderer; they say nothing about real people.",
]


def ship(
    clip: CLIPModel,
    clipseg: CLIPSegForImageSegmentation,
    tokenizer: CLIPTokenizer,
    sets: corpora.Corpora,
    masks: segment.Masks,
    *,
    seed: int,
) -> None:
    """Write weights, cards and what was measured into the package.

    Args:
        clip: Trained.
        clipseg: Trained, around the same CLIP.
        tokenizer: Of both.
        sets: Renderings, for heads and measurement.
        masks: Scenes that nothing was trained on; the first half calibrates CLIPSeg, the second measures it.
        seed: Of the split.
    """
    _ship_clip(clip, tokenizer, sets)
    _ship_heads(clip, sets, seed=seed)
    _ship_clipseg(clipseg, tokenizer, sets, masks)


def _ship_clip(clip: CLIPModel, tokenizer: CLIPTokenizer, sets: corpora.Corpora) -> None:
    folder = ROOT / "weights" / CLIP
    export_clip(folder, clip, tokenizer)
    write_card(
        ROOT / "cards" / f"{CLIP}.json",
        {
            "name": CLIP,
            "version": "1",
            "role": "image and text encoder",
            "domain": "sketch",
            "files": _files(CLIP, "vision.onnx", "text.onnx"),
            "preprocessing": {**PREPROCESSING, "max_tokens": MAX_TOKENS, "pad_token": "<|endoftext|>"},
            "trained_on": sets.described,
            "metrics": {"retrieval": retrieval(clip, tokenizer)},
            "limits": LIMITS,
            "licence": "Apache-2.0",
        },
    )


def _ship_heads(clip: CLIPModel, sets: corpora.Corpora, *, seed: int) -> None:
    encoder = OnnxEncoder(load_card(CLIP))
    training = sets.training
    groups = [
        Pictures(kind="drawn", images=training.images[:N_DRAWN], scenes=training.rows(slice(N_DRAWN))),
        Pictures(kind="shaken", images=training.images[:N_SHAKEN], scenes=training.rows(slice(N_SHAKEN)), shaken=True),
    ]
    groups += [
        Pictures(kind=f"version {number}", images=version, scenes=training.rows(slice(len(version))))
        for number, version in enumerate(sets.versions, 1)
    ]
    fitted = heads.fit(
        clip,
        groups,
        encoder=encoder.name,
        reference=reference_of(encoder),
        strangers=_strangers(encoder),
        trained_on={"scenes": sets.described, "pictures": {each.kind: len(each.images) for each in groups}},
        limits=[str(limit) for limit in LIMITS],
        settings=Settings(seed=seed),
    )
    tests = [Pictures(kind=name, images=scenes.images, scenes=scenes) for name, scenes in sets.held_out.items()]
    report = heads.measured(fitted, clip, tests, seed=seed)
    metrics = {**fitted.card.metrics, "unseen scenes": report}
    folder = ROOT / "weights" / heads.NAME
    folder.mkdir(parents=True, exist_ok=True)
    # In this small space photographs lie among drawings, so the heads do not check by themselves what a picture is: who
    # hands it in has to vouch for it.
    arrays = {name: array for name, array in fitted.arrays.items() if not name.startswith("domain.")}
    save_file(arrays, folder / WEIGHTS_FILE)
    thresholds = {name: value for name, value in fitted.card.thresholds.items() if name != DISTANCE}
    content = card_content(replace(fitted.card, metrics=metrics, thresholds=thresholds))
    files: list[JsonValue] = [{"path": f"weights/{heads.NAME}/{WEIGHTS_FILE}"}]
    write_card(ROOT / "cards" / f"{heads.NAME}.json", {**content, "files": files})


def _ship_clipseg(
    clipseg: CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer, sets: corpora.Corpora, masks: segment.Masks
) -> None:
    export_clipseg(ROOT / "weights" / CLIPSEG, clipseg, tokenizer)
    half = len(masks.images) // 2
    chosen = {
        thing: chosen_thresholds(each)
        for thing, each in segment.overlaps(clipseg, tokenizer, masks.rows(slice(half))).items()
    }
    thresholds = {}
    for thing, (peak, outline) in chosen.items():
        thresholds[segment.QUERY[thing]] = peak
        thresholds[segment.QUERY[thing] + OUTLINE] = outline
    queries: dict[str, list[JsonValue]] = {"face": ["a face"], "body": ["a person"], "public": ["a face"]}
    for thing in (*STAND_INS, "watermark"):
        queries.setdefault(HEAD_OF.get(thing, thing), []).append(segment.QUERY[thing])
    write_card(
        ROOT / "cards" / f"{CLIPSEG}.json",
        {
            "name": CLIPSEG,
            "version": "1",
            "role": "locator",
            "domain": "sketch",
            "files": _files(CLIPSEG, "clipseg.onnx"),
            "outputs": queries,
            "preprocessing": {**PREPROCESSING, "max_tokens": MAX_TOKENS, "pad_token": "<|endoftext|>"},
            "thresholds": thresholds,
            "trained_on": sets.described,
            "metrics": segment.measured(clipseg, tokenizer, masks.rows(slice(half, None)), chosen),
            "limits": LIMITS,
            "licence": "Apache-2.0",
        },
    )


def chosen_thresholds(found: segment.Overlaps) -> tuple[float, float]:
    """Return peak and outline of one thing, chosen where its truth is known.

    The peak is the lowest at which at most 1 % of the pictures without the thing show something, or the highest tried;
    the outline is the one with the largest overlap where the thing is.
    """
    quiet = [peak for peak in PEAKS if not len(found.highest) or (found.highest >= peak).mean() <= MOST_IN_VAIN]
    peak = min(quiet, default=PEAKS[-1])
    outline = max((each for each in OUTLINES if each <= peak), key=lambda each: float(found.at(each).mean()))
    return peak, outline


@torch.no_grad()
def retrieval(clip: CLIPModel, tokenizer: CLIPTokenizer) -> dict[str, JsonValue]:
    """Return how often the true caption is nearest among captions that differ from it in one attribute.

    For each attribute all its values are offered, 32 for occupations, on unseen scenes of one adult.
    """
    report: dict[str, JsonValue] = {}
    for attribute, values in pairs.VALUES.items():
        right = []
        for number in range(N_RETRIEVED):
            scene, texts = pairs.offered(attribute, np.random.default_rng((corpora.SEEDS["retrieval"], number)))
            tokens = torch.from_numpy(np.array(words.encode(tokenizer, texts), np.int64))
            told = clip.text_projection(clip.text_model(input_ids=tokens).pooler_output)
            seen = _embedded(clip, render(scene, SIZE).image)
            right.append(int((functional.normalize(told, dim=1) @ seen[0]).argmax()) == 0)
        report[attribute] = {"captions": len(values), "n": len(right), "top 1": round(float(np.mean(right)), 4)}
    return report


def _embedded(clip: CLIPModel, image: Image.Image) -> Tensor:
    pooled = clip.vision_model(pixel_values=to_tensor(np.asarray(image)[None])).pooler_output
    return functional.normalize(clip.visual_projection(pooled), dim=1)


def _strangers(encoder: OnnxEncoder) -> NDArray[np.float32]:
    """Return embeddings of pictures of other kinds."""
    images = [draw(np.random.default_rng((907, i))) for draw in strangers.KINDS.values() for i in range(100)]
    return unit(encoder.project_images(images))


def _files(name: str, *graphs: str) -> list[JsonValue]:
    listed = ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"]
    return [{"path": f"weights/{name}/{file}"} for file in (*listed, *graphs)]

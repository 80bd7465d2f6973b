"""CLIPSeg as a locator: absolute confidence, the card's thresholds, torch and ONNX alike."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, MissingExtraError, ModelError, ModelIntegrityError
from ethical_lens.image.locate import ClipsegLocator, Floats, Locator
from ethical_lens.models import ModelCard, ModelFile, sha256_of
from ethical_lens.testing import check_locator

SIDE = 32
CARD = ModelCard(
    name="spots",
    version="1",
    role="locator",
    domain="sketch",
    outputs={"nsfw": ("a knife", "blood")},
    thresholds={"a knife": 0.6, "a knife outline": 0.4, "blood": 0.5},
    preprocessing={
        "size": {"height": SIDE, "width": SIDE},
        "do_center_crop": False,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 2,
        "max_tokens": 8,
        "pad_token": "<|endoftext|>",
    },
)


class Bright:
    """Answers with the brightness of the picture, whatever it is asked."""

    def __init__(self, gain: float = 8.0) -> None:
        self.gain = gain

    def logits(self, pixels: Floats, texts: Sequence[str]) -> Floats:
        return np.repeat(pixels.mean(1) * self.gain, len(texts), axis=0)


def half_lit(size: tuple[int, int] = (96, 48)) -> Image.Image:
    image = Image.new("RGB", size)
    image.paste((255, 255, 255), (0, 0, size[0] // 2, size[1]))
    return image


def test_maps_are_probabilities_of_the_pictures_own_size() -> None:
    locator = ClipsegLocator(CARD, Bright())
    maps = locator.locate(half_lit(), ["a knife", "blood"])
    assert maps.shape == (2, 48, 96)
    assert maps[0, 24, 10] > 0.99
    assert maps[0, 24, 90] < 0.01
    assert isinstance(locator, Locator)
    check_locator(locator, category="nsfw")


def test_confidence_is_absolute_so_that_a_dark_picture_gives_no_map_at_all() -> None:
    dark = Image.new("RGB", (64, 64), (60, 60, 60))
    maps = ClipsegLocator(CARD, Bright()).locate(dark, ["a knife"])
    assert maps.max() < 0.05


def test_queries_carry_the_thresholds_of_the_card() -> None:
    knife, blood = ClipsegLocator(CARD, Bright()).queries("nsfw")
    assert (knife.text, knife.peak, knife.outline) == ("a knife", 0.6, 0.4)
    assert (blood.peak, blood.outline) == (0.5, 0.5)
    assert ClipsegLocator(CARD, Bright()).queries("nude") == ()


@pytest.mark.parametrize(
    "thresholds",
    [{"a knife": 0.6}, {"a knife": 0.6, "blood": 1.5}, {"a knife": 0.6, "blood": 0.5, "blood outline": 0.7}],
)
def test_missing_or_impossible_threshold_refuses_to_start(thresholds: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="blood"):
        ClipsegLocator(replace(CARD, thresholds=thresholds), Bright())


def test_card_that_would_cut_pictures_refuses_to_start() -> None:
    cropping = {**CARD.preprocessing, "do_center_crop": True, "crop_size": SIDE}
    with pytest.raises(ConfigurationError, match="whole pictures"):
        ClipsegLocator(replace(CARD, preprocessing=cropping), Bright())


def test_answer_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ModelError):
        ClipsegLocator(CARD, Bright(float("nan"))).locate(half_lit(), ["a knife"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIPSeg with random weights, saved as transformers does, with its tokenizer, an ONNX export and a card."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("onnx")
    from ethical_lens.image.clipseg import segmented

    where = tmp_path_factory.mktemp("clipseg")
    tokens = ["<|startoftext|>", "<|endoftext|>", *"abcdefghijklmnopqrstuvwxyz"]
    tokens += [f"{letter}</w>" for letter in "abcdefghijklmnopqrstuvwxyz"]
    (where / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (where / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.CLIPTokenizer(str(where / "vocab.json"), str(where / "merges.txt"), model_max_length=8)
    tokenizer.save_pretrained(where)
    torch.manual_seed(3)
    layers = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
    text = {**layers, "vocab_size": len(tokens), "max_position_embeddings": 8, "bos_token_id": 0, "eos_token_id": 1}
    config = transformers.CLIPSegConfig(
        text_config=text,
        vision_config={**layers, "image_size": SIDE, "patch_size": 8},
        projection_dim=16,
        extract_layers=[0, 1, 2],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    model = transformers.CLIPSegForImageSegmentation(config).eval()
    model.save_pretrained(where)

    class Graph(torch.nn.Module):  # type: ignore[misc, name-defined]  # torch comes by importorskip
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, images: object, tokens: object) -> object:
            return segmented(self.model, images, tokens)  # type: ignore[arg-type]  # tensors

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of every shape that it takes for constant
        torch.onnx.export(
            Graph(),
            (torch.zeros(1, 3, SIDE, SIDE), torch.zeros(2, 8, dtype=torch.int64)),
            str(where / "clipseg.onnx"),
            input_names=["images", "tokens"],
            output_names=["logits"],
            dynamic_axes={"tokens": {0: "n"}, "logits": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
    card = {"name": "tiny", "version": "1", "role": "locator", "domain": "sketch"}
    card |= {"outputs": {"nsfw": ["a knife", "blood"]}, "thresholds": {"a knife": 0.6, "blood": 0.5}}  # type: ignore[dict-item]
    card |= {"preprocessing": CARD.preprocessing}  # type: ignore[dict-item]
    (where / "card.json").write_text(json.dumps(card))
    return where


def test_transformers_folder_answers_as_transformers_does(folder: Path) -> None:
    import torch
    from transformers import AutoTokenizer, CLIPSegForImageSegmentation

    from ethical_lens.image.clipseg import TorchClipseg
    from ethical_lens.image.preprocess import Preprocessing

    pixels = Preprocessing.from_config(CARD.preprocessing).apply([half_lit()])
    texts = ["a knife", "blood"]
    ours = TorchClipseg(folder).logits(pixels, texts)
    model = CLIPSegForImageSegmentation.from_pretrained(folder).eval()
    tokens = AutoTokenizer.from_pretrained(folder)(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        theirs = model(pixel_values=torch.from_numpy(np.repeat(pixels, 2, 0)), **tokens).logits.numpy()
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.abs(ours[0] - ours[1]).max() > 1e-4


def test_onnx_file_answers_as_the_folder_does(folder: Path) -> None:
    from ethical_lens.image.clipseg import clipseg_locator

    by_torch = clipseg_locator(folder)
    files = tuple(ModelFile(path=name, sha256=sha256_of(folder / name)) for name in ("clipseg.onnx", "tokenizer.json"))
    by_onnx = ClipsegLocator(replace(by_torch.card, files=files, root=folder))
    asked = [query.text for query in by_torch.queries("nsfw")]
    apart = np.abs(by_torch.locate(half_lit(), asked) - by_onnx.locate(half_lit(), asked))
    assert apart.max() < 1e-4


def test_altered_onnx_file_is_refused(folder: Path) -> None:
    files = (ModelFile(path="clipseg.onnx", sha256="0" * 64), ModelFile(path="tokenizer.json", sha256="0" * 64))
    with pytest.raises(ModelIntegrityError):
        ClipsegLocator(replace(CARD, files=files, root=folder)).locate(half_lit(), ["a knife"])


def test_folder_without_a_card_is_refused_since_nothing_was_calibrated(folder: Path, tmp_path: Path) -> None:
    from ethical_lens.image.clipseg import clipseg_locator

    with pytest.raises(ConfigurationError, match="calibrated"):
        clipseg_locator(tmp_path)
    (tmp_path / "card.json").write_text((folder / "card.json").read_text())
    with pytest.raises((ConfigurationError, MissingExtraError)):
        clipseg_locator(tmp_path)

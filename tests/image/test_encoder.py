"""Encoders answer as transformers does, in torch and in ONNX; heads out of descriptions work on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, ImageInputError, ModelIntegrityError
from ethical_lens.image.encoder import OnnxEncoder, embeddings_of, open_encoder
from ethical_lens.image.heads import HeadsDetector, load_heads, save_heads
from ethical_lens.image.zero_shot import HARMLESS, Description, Labelled, describe, zero_shot_heads
from ethical_lens.models import sha256_of
from ethical_lens.policy import load
from ethical_lens.testing import check_image_detector
from ethical_lens.types import MINOR_SEXUAL, Frame

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXTS = ["a picture of a red circle", "a blue square"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a CLIP of a few thousand weights, of transformers' own classes."""
    from ethical_lens.train.sketch import words

    folder = tmp_path_factory.mktemp("clip") / "tiny-clip"
    torch.manual_seed(0)
    tokenizer = words.fit(TEXTS, vocabulary_size=640)
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    marks = {"eos_token_id": tokenizer.eos_token_id, "bos_token_id": tokenizer.bos_token_id}
    texts = {**tower, **marks, "vocab_size": len(tokenizer), "max_position_embeddings": 24}
    images = {**tower, "image_size": 32, "patch_size": 8, "projection_dim": 12}
    config = transformers.CLIPConfig(text_config=texts, vision_config=images, projection_dim=12)
    transformers.CLIPModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor().save_pretrained(folder)
    return folder


def processor() -> Any:
    kind = transformers.models.clip.image_processing_pil_clip.CLIPImageProcessorPil
    return kind(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})


def pictures() -> list[Image.Image]:
    dice = np.random.default_rng(1)
    sizes = ((32, 32), (50, 47), (21, 20))
    return [Image.fromarray(dice.integers(0, 256, (h, w, 3), np.uint8)) for w, h in sizes]


def unit(rows: object) -> NDArray[np.float32]:
    return np.asarray(torch.nn.functional.normalize(rows, dim=1).detach())


def test_same_embeddings_as_transformers(clip: Path) -> None:
    encoder = open_encoder(str(clip), batch_size=2)
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    pixels = processor()(images=pictures(), return_tensors="pt")["pixel_values"]
    wanted = unit(model.get_image_features(pixel_values=pixels).pooler_output)
    found = encoder.encode_images(pictures())
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() < 1e-5
    tokens = transformers.AutoTokenizer.from_pretrained(clip)(TEXTS, padding=True, return_tensors="pt")
    told = unit(model.get_text_features(**tokens).pooler_output)
    assert np.abs(encoder.encode_texts(TEXTS) - told).max() < 1e-5


def test_half_precision_stays_close_and_has_a_name_of_its_own(clip: Path) -> None:
    whole, half = open_encoder(str(clip)), open_encoder(str(clip), dtype="bfloat16")
    likeness = (whole.encode_images(pictures()) * half.encode_images(pictures())).sum(1)
    assert likeness.min() > 0.99
    assert whole.name != half.name
    assert whole.name == open_encoder(str(clip)).name
    assert whole.name.startswith("tiny-clip@")


def test_siglip_and_a_lone_vision_tower_are_encoders_too(tmp_path: Path, clip: Path) -> None:
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.SiglipConfig(
        text_config={**tower, "vocab_size": 50}, vision_config={**tower, "image_size": 32, "patch_size": 8}
    )
    transformers.SiglipModel(config).save_pretrained(tmp_path / "siglip")
    kind = transformers.models.siglip.image_processing_pil_siglip.SiglipImageProcessorPil
    kind(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "siglip")
    assert open_encoder(str(tmp_path / "siglip")).encode_images(pictures()).shape == (3, 16)

    transformers.CLIPVisionModelWithProjection.from_pretrained(clip).save_pretrained(tmp_path / "vision")
    processor().save_pretrained(tmp_path / "vision")
    lone = open_encoder(str(tmp_path / "vision"))
    assert np.abs(lone.encode_images(pictures()) - open_encoder(str(clip)).encode_images(pictures())).max() < 1e-5
    with pytest.raises(ConfigurationError, match="pictures only"):
        lone.encode_texts(TEXTS)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore:Exporting aten..index:UserWarning")
def test_onnx_export_answers_as_torch_does(tmp_path: Path, clip: Path) -> None:
    pytest.importorskip("onnx")
    encoder = onnx_export(clip, tmp_path)
    whole = open_encoder(str(clip))
    assert np.abs(encoder.encode_images(pictures()) - whole.encode_images(pictures())).max() < 1e-5
    assert np.abs(encoder.encode_texts(TEXTS) - whole.encode_texts(TEXTS)).max() < 1e-5
    assert encoder.domain == "sketch"
    (tmp_path / "vision.onnx").write_bytes(b"altered")
    with pytest.raises(ModelIntegrityError):
        open_encoder(str(tmp_path)).encode_images(pictures())


def onnx_export(clip: Path, folder: Path) -> OnnxEncoder:
    model = transformers.CLIPModel.from_pretrained(clip).eval().requires_grad_(False)

    class Vision(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, pixels: object) -> object:
            return model.get_image_features(pixel_values=pixels).pooler_output

    class Text(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, tokens: object) -> object:
            return model.get_text_features(input_ids=tokens).pooler_output

    for name, module, inputs in (
        ("vision.onnx", Vision(), torch.zeros(2, 3, 32, 32)),
        ("text.onnx", Text(), torch.zeros(2, 24, dtype=torch.int64)),
    ):
        torch.onnx.export(
            module,
            (inputs,),
            str(folder / name),
            input_names=["inputs"],
            output_names=["embeddings"],
            dynamic_axes={"inputs": {0: "n"}, "embeddings": {0: "n"}},
            dynamo=False,
        )
    (folder / "tokenizer.json").write_bytes((clip / "tokenizer.json").read_bytes())
    files = [
        {"path": name, "sha256": sha256_of(folder / name)} for name in ("vision.onnx", "text.onnx", "tokenizer.json")
    ]
    content = {
        "name": "tiny",
        "version": "1",
        "role": "encoder",
        "domain": "sketch",
        "files": files,
        "preprocessing": {
            **json.loads((clip / "preprocessor_config.json").read_text()),
            "max_tokens": 24,
            "pad_token": "<|endoftext|>",
        },
    }
    (folder / "card.json").write_text(json.dumps(content))
    encoder = open_encoder(str(folder))
    assert isinstance(encoder, OnnxEncoder)
    return encoder


def test_frames_keep_their_embeddings_and_copies_do_not(clip: Path) -> None:
    encoder = open_encoder(str(clip))
    frames = [Frame(image=image) for image in (*pictures(), Image.new("RGB", (100, 32)))]
    rows = embeddings_of(encoder, [*frames, frames[0]])
    assert [len(each) for each in rows] == [1, 1, 1, 4, 1]
    assert rows[0] is rows[4]
    assert embeddings_of(encoder, frames)[3] is rows[3]
    assert "embedding" not in repr(frames[0])
    with pytest.raises(ImageInputError, match="nothing to encode"):
        encoder.encode_images([])


def test_unsuitable_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="preprocessor_config"):
        open_encoder(str(tmp_path))
    config = {"image_mean": [0, 0, 0], "image_std": [1, 1, 1], "size": 8, "crop_size": 8}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(config))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ConfigurationError, match="CLIP or SigLIP"):
        open_encoder(str(tmp_path))
    with pytest.raises(ConfigurationError, match="dtype"):
        open_encoder(str(tmp_path), dtype="float8")


def test_zero_shot_heads_follow_the_texts_and_survive_a_round_trip(clip: Path, tmp_path: Path) -> None:
    encoder = open_encoder(str(clip))
    heads = zero_shot_heads(encoder, {"nude": Description(shows=("a red circle",), not_shows=("a blue square",))})
    logits = heads.logits(encoder.encode_texts(["a picture of a red circle", "a picture of a blue square"]))
    assert logits[0, 0] > logits[1, 0] + 1
    assert any("Not calibrated" in limit for limit in heads.card.limits)
    save_heads(heads, tmp_path)
    check_image_detector(HeadsDetector(encoder, load_heads(tmp_path)), domain="photograph")


def test_zero_shot_heads_are_calibrated_on_labelled_images(clip: Path) -> None:
    encoder = open_encoder(str(clip))
    rows = np.random.default_rng(0).normal(size=(200, 12)).astype(np.float32)
    plain = zero_shot_heads(encoder, {"nude": Description(shows=("a red circle",))})
    labels = (plain.logits(rows)[:, 0] > 3).astype(np.int64)
    labelled = Labelled(embeddings=rows, labels={"nude": labels})
    heads = zero_shot_heads(encoder, {"nude": Description(shows=("a red circle",))}, labelled=labelled, rate=0.05)
    told = heads.judge(rows).probabilities[:, 0] >= heads.card.thresholds["nude"]
    assert told[labels == 1].mean() > 0.9
    assert told[labels == 0].mean() <= 0.05
    assert heads.card.thresholds["nude"] != 0.5
    assert not any("Not calibrated" in limit for limit in heads.card.limits)


def test_descriptions_come_from_the_policy_and_never_describe_minors() -> None:
    found = describe(load("default"))
    assert "unclothed bodies" in found["nude"].shows
    assert found["nude"].not_shows == HARMLESS
    with pytest.raises(ConfigurationError, match="never described"):
        describe(load("default"), [MINOR_SEXUAL])
    with pytest.raises(ConfigurationError, match="judges no 'nuude'"):
        describe(load("default"), ["nuude"])

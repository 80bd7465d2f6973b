"""Preprocessing answers as transformers' own processors do, and shows all of a long picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, ImageInputError
from ethical_lens.image.preprocess import MOST_SQUARES, Preprocessing
from ethical_lens.models import JsonValue

SIZES = ((224, 224), (300, 200), (97, 301), (31, 17), (8, 8))


def pictures() -> list[Image.Image]:
    dice = np.random.default_rng(0)
    return [Image.fromarray(dice.integers(0, 256, (h, w, 3), np.uint8)) for w, h in SIZES]


CLIP_SETTINGS = [
    {},
    {"size": {"shortest_edge": 32}, "crop_size": {"height": 48, "width": 30}},
    {"size": {"height": 40, "width": 50}, "crop_size": {"height": 64, "width": 41}, "resample": 2},
    {"do_center_crop": False, "size": {"height": 33, "width": 21}, "do_normalize": False},
]


@pytest.mark.parametrize("settings", CLIP_SETTINGS)
def test_same_pixels_as_clips_processor(settings: dict[str, object]) -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.models.clip.image_processing_pil_clip.CLIPImageProcessorPil(**settings)
    ours = Preprocessing.from_config({"image_processor_type": "CLIPImageProcessor", **theirs.to_dict()})
    for picture in pictures():
        wanted = np.asarray(theirs(images=picture, return_tensors="np")["pixel_values"])
        assert np.abs(ours.apply([picture]) - wanted).max() < 1e-5


def test_same_pixels_as_siglips_processor() -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.models.siglip.image_processing_pil_siglip.SiglipImageProcessorPil()
    ours = Preprocessing.from_config({"image_processor_type": "SiglipImageProcessor", **theirs.to_dict()})
    wanted = np.asarray(theirs(images=pictures(), return_tensors="np")["pixel_values"])
    assert np.abs(ours.apply(pictures()) - wanted).max() < 1e-5


def test_old_files_with_bare_numbers_are_read() -> None:
    mean, std = [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]
    content: dict[str, JsonValue] = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 32, "crop_size": 24}
    found = Preprocessing.from_config({**content, "image_mean": mean, "image_std": std})
    assert (found.shortest_edge, found.crop) == (32, (24, 24))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"do_pad": True}, "do_pad"),
        ({"image_mean": [0.5]}, "image_mean"),
        ({"size": "large"}, "size"),
        ({"rescale_factor": "x"}, "rescale_factor"),
    ],
)
def test_what_is_not_understood_is_refused(change: dict[str, JsonValue], words: str) -> None:
    good: dict[str, JsonValue] = {"size": 32, "crop_size": 32, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}
    with pytest.raises(ConfigurationError, match=words):
        Preprocessing.from_config({**good, **change})


def test_every_column_of_a_long_picture_is_in_some_square() -> None:
    preprocessing = Preprocessing(shortest_edge=16, crop=(16, 16))
    for size in ((100, 20), (50, 40), (20, 67)):
        long = max(size)
        ramp = np.broadcast_to(np.arange(long, dtype=np.uint8)[:, None], (long, min(size)))
        pixels = np.stack([ramp if size[1] == long else ramp.T] * 3, axis=2)
        squares = preprocessing.squares(Image.fromarray(np.ascontiguousarray(pixels)))
        assert all(square.width == square.height == min(size) for square in squares)
        assert set(np.concatenate([np.unique(np.asarray(each)) for each in squares])) == set(range(long))
    assert len(preprocessing.squares(Image.new("RGB", (64, 60)))) == 1
    assert len(Preprocessing(size=(16, 16)).squares(Image.new("RGB", (640, 60)))) == 1
    with pytest.raises(ImageInputError, match="too long"):
        preprocessing.squares(Image.new("RGB", (10 * (MOST_SQUARES + 1), 10)))

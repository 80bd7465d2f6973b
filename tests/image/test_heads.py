"""Heads answer together from one pass of the encoder, in their own domain, with every threshold in place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, DetectionError, DomainError, ModelError, ModelIntegrityError
from ethical_lens.image.calibration import fit_platt, joint_thresholds, sigmoid
from ethical_lens.image.encoder import reference_of
from ethical_lens.image.heads import Heads, HeadsDetector, load_heads, policy_layer, save_heads
from ethical_lens.image.preprocess import Preprocessing
from ethical_lens.models import ModelCard
from ethical_lens.policy import load
from ethical_lens.testing import check_image_detector
from ethical_lens.types import Frame

NAMES = ("nude", "nsfw", "public")
WIDTH = 6


class MeanEncoder:
    """Encodes a picture as mean and spread of its channels, and counts how often it is asked."""

    def __init__(self, *, name: str = "mean@1", sign: float = 1.0) -> None:
        self.name, self.domain = name, "sketch"
        self.preprocessing = Preprocessing(shortest_edge=8, crop=(8, 8), mean=(0.5,) * 3)
        self.n_passes, self.n_pictures, self._sign = 0, 0, sign

    def project_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        self.n_passes += 1
        self.n_pictures += len(images)
        pixels = self.preprocessing.apply(images)
        return np.concatenate([pixels.mean((2, 3)), self._sign * pixels.std((2, 3))], axis=1) + np.float32(0.1)


def card(**changes: object) -> ModelCard:
    plain = ModelCard(
        name="heads",
        version="2",
        role="image detector",
        domain="sketch",
        outputs={"heads": NAMES},
        preprocessing={"encoder": "mean@1", "width": WIDTH, "embedding": "raw"},
        thresholds=dict.fromkeys(NAMES, 0.5),
        calibration={name: {"temperature": 0.5 + k, "offset": 0.1 * k} for k, name in enumerate(NAMES)},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def linear_heads(**changes: object) -> Heads:
    dice = np.random.default_rng(0)
    arrays = {"out.weight": dice.normal(size=(3, WIDTH)), "out.bias": dice.normal(size=3)}
    return Heads(card(**changes), {name: array.astype(np.float32) for name, array in arrays.items()})


def pictures(*sizes: tuple[int, int]) -> list[Image.Image]:
    dice = np.random.default_rng(1)
    return [Image.fromarray(dice.integers(0, 256, (h, w, 3), np.uint8)) for w, h in sizes]


def frames(*, domain: str | None = "sketch") -> list[Frame]:
    return [Frame(image=image, domain=domain) for image in pictures((8, 8), (17, 16), (40, 40))]


def test_stacked_heads_answer_as_each_would_alone() -> None:
    dice = np.random.default_rng(3)
    hidden, out = dice.normal(size=(3, 4, WIDTH)), dice.normal(size=(3, 4))
    biases = dice.normal(size=(3, 4)), dice.normal(size=3)
    arrays = {
        "hidden.weight": hidden.reshape(12, WIDTH),
        "hidden.bias": biases[0].reshape(12),
        "out.weight": out,
        "out.bias": biases[1],
    }
    heads = Heads(card(), {name: array.astype(np.float32) for name, array in arrays.items()})
    rows = dice.normal(size=(5, WIDTH)).astype(np.float32)
    logits = [np.maximum(rows @ hidden[k].T + biases[0][k], 0) @ out[k] + biases[1][k] for k in range(3)]
    assert np.allclose(heads.logits(rows), np.stack(logits, axis=1), atol=1e-5)
    wanted = [1 / (1 + np.exp(-(logits[k] / (0.5 + k) + 0.1 * k))) for k in range(3)]
    assert np.allclose(heads.judge(rows).probabilities, np.stack(wanted, axis=1), atol=1e-6)


def test_one_pass_serves_all_heads_and_all_detectors_of_an_encoder() -> None:
    encoder, seen = MeanEncoder(), frames()
    first = HeadsDetector(encoder, linear_heads()).detect(seen)
    HeadsDetector(encoder, linear_heads(name="others")).detect(seen)
    assert (encoder.n_passes, encoder.n_pictures) == (1, 3)
    assert [finding.category for finding in first[0]] == [*NAMES, "out_of_domain"]
    assert first[0][-1].score == 0
    HeadsDetector(encoder, linear_heads()).detect(frames())
    assert encoder.n_passes == 2


def test_detector_keeps_the_promises_of_detectors() -> None:
    check_image_detector(HeadsDetector(MeanEncoder(), linear_heads()), domain="sketch")


def test_pictures_of_another_kind_are_refused_and_not_encoded() -> None:
    encoder = MeanEncoder()
    for found in HeadsDetector(encoder, linear_heads()).detect(frames(domain="photograph")):
        assert [(finding.category, finding.score) for finding in found] == [("out_of_domain", 1.0)]
    assert encoder.n_passes == 0


def test_heads_judge_for_themselves_what_nobody_vouches_for() -> None:
    encoder = MeanEncoder()
    rows = encoder.project_images([frame.image for frame in frames()])
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    plain = linear_heads()
    arrays = {**plain.arrays, "domain.mean": rows.mean(0), "domain.whiten": np.eye(WIDTH, dtype=np.float32)}
    heads = Heads(card(thresholds={**plain.card.thresholds, "distance": 0.05}), arrays)
    strange = Frame(image=Image.new("RGB", (8, 8), (255, 0, 0)))
    found = HeadsDetector(encoder, heads).detect([*frames(domain=None), strange])
    assert [each[-1].score for each in found] == [0, 0, 0, 1]
    [vouched] = HeadsDetector(encoder, heads).detect([Frame(image=strange.image, domain="sketch")])
    assert vouched[-1].score == 0


def test_side_of_a_long_picture_is_seen() -> None:
    image = Image.new("RGB", (32, 8), (128, 128, 128))
    image.paste((255, 0, 0), (28, 0, 32, 8))
    arrays = {"out.weight": np.zeros((3, WIDTH)), "out.bias": np.full(3, -4.0)}
    arrays["out.weight"][:, 0] = 20
    heads = Heads(card(), {name: array.astype(np.float32) for name, array in arrays.items()})
    [found] = HeadsDetector(MeanEncoder(), heads).detect([Frame(image=image, domain="sketch")])
    [middle] = HeadsDetector(MeanEncoder(), heads).detect([Frame(image=image.crop((12, 0, 20, 8)), domain="sketch")])
    assert found[0].score > 0.9 > 0.5 > middle[0].score


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        ({"nude": 0.5, "nsfw": 0.5}, "no threshold for public"),
        ({"nude": 0.5, "nsfw": 0.5, "public": 0.5, "nuude": 0.5}, "did you mean 'nude'"),
        ({"nude": 0.5, "nsfw": 0.5, "public": 1.5}, "at most 1"),
        ({"nude": 0.5, "nsfw": 0.5, "public": 0.0}, "above 0"),
        ({"nude": 0.5, "nsfw": 0.5, "public": float("nan")}, "above 0"),
    ],
)
def test_missing_or_mistyped_threshold_refuses_to_start(thresholds: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        linear_heads(thresholds=thresholds)


def test_files_hold_the_heads_and_refuse_changes(tmp_path: Path) -> None:
    heads = save_heads(linear_heads(), tmp_path)
    rows = np.random.default_rng(2).normal(size=(4, WIDTH)).astype(np.float32)
    assert np.array_equal(load_heads(tmp_path).logits(rows), heads.logits(rows))
    assert load_heads(tmp_path).card.digest == heads.card.digest
    content = json.loads((tmp_path / "card.json").read_text())
    del content["thresholds"]["nude"]
    (tmp_path / "card.json").write_text(json.dumps(content))
    with pytest.raises(ConfigurationError, match="nude"):
        load_heads(tmp_path)
    save_heads(heads, tmp_path)
    (tmp_path / "heads.safetensors").write_bytes(b"x" * 40)
    with pytest.raises(ModelIntegrityError):
        load_heads(tmp_path)


def test_heads_refuse_another_encoder() -> None:
    heads = linear_heads()
    with pytest.raises(DomainError, match="mean@1"):
        HeadsDetector(MeanEncoder(name="other@1"), heads)
    marked = Heads(heads.card, {**heads.arrays, "reference": reference_of(MeanEncoder())})
    assert HeadsDetector(MeanEncoder(name="renamed@7"), marked).detect(frames())
    with pytest.raises(DomainError, match="answers differently"):
        HeadsDetector(MeanEncoder(sign=-1), marked).detect(frames())
    with pytest.raises(DomainError, match="shape"):
        heads.logits(np.zeros((2, WIDTH + 1), np.float32))
    with pytest.raises(DetectionError, match="finite"):
        heads.logits(np.full((2, WIDTH), np.nan, np.float32))


@pytest.mark.parametrize(
    "changes",
    [
        {"preprocessing": {"encoder": "mean@1", "width": WIDTH}},
        {"preprocessing": {"encoder": "mean@1", "width": 7, "embedding": "raw"}},
        {"preprocessing": {"width": WIDTH, "embedding": "raw"}},
        {"calibration": {}},
        {"outputs": {}},
    ],
)
def test_card_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises((ModelError, ConfigurationError)):
        linear_heads(**changes)


def test_policy_layer_puts_the_cards_thresholds_into_a_policy(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(policy_layer(linear_heads(thresholds={"nude": 0.31, "nsfw": 0.72, "public": 0.5})))
    rules = {rule.conditions[0].category: rule for rule in load(path).rules if len(rule.conditions) == 1}
    assert rules["nude"].threshold == 0.31
    assert rules["nsfw"].threshold == 0.72
    base = {rule.conditions[0].category: rule for rule in load("default").rules if len(rule.conditions) == 1}
    assert rules["nude"].action == base["nude"].action


def test_platt_scaling_recovers_the_line_and_refuses_a_head_that_is_wrong_way_round() -> None:
    dice = np.random.default_rng(0)
    logits = dice.normal(size=20_000) * 2
    truth = dice.random(20_000) < sigmoid(logits * 1.7 - 0.6)
    found = fit_platt(logits, truth)
    assert (1 / found.temperature, found.offset) == pytest.approx((1.7, -0.6), abs=0.08)
    assert np.isfinite(fit_platt([-900.0, -800.0, 700.0, 900.0], [0, 0, 1, 1]).temperature)
    with pytest.raises(ConfigurationError, match="do not rise"):
        fit_platt(-logits * 3, truth)
    with pytest.raises(ConfigurationError, match="both kinds"):
        fit_platt(logits, np.zeros(20_000))


def test_joint_rate_holds_on_the_images_it_was_chosen_on_and_gaps_are_used() -> None:
    dice = np.random.default_rng(0)
    labels = (dice.random((4000, 3)) < 0.1).astype(int)
    scores = sigmoid(dice.normal(size=(4000, 3)) + 3 * labels)
    clean = (labels == 0).all(1)
    thresholds = joint_thresholds(scores, labels, clean, rate=0.03)
    rate = (scores[clean] >= thresholds).any(1).mean()
    assert 0.02 < rate <= 0.03
    apart = np.array([[0.01], [0.02], [0.97], [0.99]])
    [middle] = joint_thresholds(apart, [[0], [0], [1], [1]], [True, True, False, False], rate=0.01)
    assert 0.3 < middle < 0.7

"""Heads are fitted together, split by source, calibrated, and keep their joint false-alarm rate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from sklearn.metrics import roc_auc_score

from ethical_lens.image.encoder import unit
from ethical_lens.image.heads import HeadsDetector, load_heads, save_heads
from ethical_lens.image.labelled import read_labelled
from ethical_lens.models import sha256_of
from ethical_lens.policy import load
from ethical_lens.train.heads import Settings, fit_heads
from ethical_lens.train.heads.__main__ import main
from ethical_lens.train.heads.split import split_by_source
from ethical_lens.types import Frame

WIDTH = 24
NAMES = ("nude", "nsfw", "politic")


def made_up(n: int = 3000, seed: int = 0) -> tuple[NDArray[np.float32], dict[str, NDArray[np.int64]], list[str]]:
    """Return embeddings in which each head's label moves its own direction; three quarters are clean."""
    dice = np.random.default_rng(seed)
    harmful = dice.random((n, 1)) < 0.25
    table = (dice.random((n, len(NAMES))) < 0.5) & harmful
    directions = np.random.default_rng(99).normal(size=(len(NAMES), WIDTH))
    embeddings = dice.normal(size=(n, WIDTH)) + table @ directions * 0.9 + 3.0
    labels = {name: table[:, k].astype(np.int64) for k, name in enumerate(NAMES)}
    return embeddings.astype(np.float32), labels, [f"album {i // 5}" for i in range(n)]


def number(metrics: object, *keys: str) -> float:
    for key in keys:
        metrics = cast("Mapping[str, object]", metrics)[key]
    return cast("float", metrics)


@pytest.mark.parametrize("n_units", [0, 8])
def test_fitted_heads_tell_harm_apart_and_keep_the_joint_false_alarm_rate(n_units: int) -> None:
    embeddings, labels, sources = made_up()
    settings = Settings(n_units=n_units, joint_false_alarms=0.04, penalties=(1e-3,))
    heads = fit_heads(embeddings, labels, sources, settings=settings, strangers=-embeddings[:100])
    fresh, truth, _ = made_up(4000, seed=1)
    probabilities = heads.judge(fresh).probabilities
    for k, name in enumerate(NAMES):
        assert roc_auc_score(truth[name], probabilities[:, k]) > 0.9
    thresholds = np.array([heads.card.thresholds[name] for name in NAMES])
    clean = ~np.stack(list(truth.values()), 1).any(1)
    assert (probabilities[clean] >= thresholds).any(1).mean() < 0.065
    assert number(heads.card.metrics, "joint_false_alarms", "value") < 0.08
    assert number(heads.card.metrics, "strangers_accepted", "value") == 0.0
    assert number(heads.card.metrics, "accepted", "value") > 0.9


def test_same_seed_gives_the_same_heads_and_the_files_hold_them(tmp_path: Path) -> None:
    embeddings, labels, sources = made_up(1200)
    one, two = (fit_heads(embeddings, labels, sources, settings=Settings(n_units=4, seed=3)) for _ in range(2))
    assert all(np.array_equal(one.arrays[name], two.arrays[name]) for name in one.arrays)
    save_heads(one, tmp_path)
    read = load_heads(tmp_path)
    assert np.array_equal(read.judge(embeddings[:9]).probabilities, one.judge(embeddings[:9]).probabilities)
    assert read.card.metrics == one.card.metrics


def test_labels_nobody_gave_change_nothing() -> None:
    embeddings, labels, sources = made_up(1500)
    rubbish = np.random.default_rng(5).normal(size=(300, WIDTH)).astype(np.float32) * 10
    unknown = {name: np.concatenate([each, np.full(300, -1)]) for name, each in labels.items()}
    more = fit_heads(np.concatenate([embeddings, rubbish]), unknown, [*sources, *["album 0"] * 300])
    for name in NAMES:
        assert number(more.card.metrics, "heads", name, "auroc", "value") > 0.9
    assert number(more.card.trained_on, "n", "training") + number(more.card.trained_on, "n", "test") < 1800


def test_no_source_stands_in_two_parts_and_row_order_does_not_matter() -> None:
    sources = [f"s{i % 40}" for i in range(400)]
    parts = split_by_source(sources, (0.7, 0.15, 0.15), 0)
    found = [{sources[row] for row in rows} for rows in (parts.training, parts.validation, parts.test)]
    assert not found[0] & (found[1] | found[2])
    assert not found[1] & found[2]
    assert [len(each) for each in found] == [28, 6, 6]
    turned = split_by_source(sources[::-1], (0.7, 0.15, 0.15), 0)
    assert {sources[::-1][row] for row in turned.test} == found[2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sources": ["one"] * 600}, "at least three"),
        ({"labels": {"nude": np.zeros(600, np.int64)}}, "no image labelled 1"),
        ({"labels": {"nude": np.full(600, 2)}}, "must be 1, 0 or -1"),
        ({"labels": {"nude": np.zeros(5, np.int64)}}, "as many"),
        ({"labels": {}}, "no head"),
        ({"clean": np.zeros(600, np.bool_)}, "clean images"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(change: dict[str, object], words: str) -> None:
    embeddings, labels, sources = made_up(600)
    given: dict[str, object] = {"embeddings": embeddings, "labels": labels, "sources": sources, **change}
    with pytest.raises(ConfigurationError, match=words):
        fit_heads(**given)  # type: ignore[arg-type]


def test_embeddings_are_scaled_to_length_one() -> None:
    embeddings, labels, sources = made_up(900)
    heads = fit_heads(embeddings, labels, sources)
    assert np.allclose(heads.logits(embeddings), heads.logits(unit(embeddings)), atol=1e-4)


def test_command_trains_from_files_and_goes_on_from_what_it_has_encoded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_encoder(tmp_path / "encoder")
    write_pictures(tmp_path / "pictures")
    command = ["--images", str(tmp_path / "pictures"), "--encoder", str(tmp_path / "encoder")]
    command += ["--out", str(tmp_path / "out"), "--joint-false-alarms", "0.05"]
    assert main(command) == 0
    first = (tmp_path / "out" / "heads.safetensors").read_bytes()
    said = capsys.readouterr()
    assert "encoded 180 of 180" in said.err
    assert main(command) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "out" / "heads.safetensors").read_bytes() == first
    detector = HeadsDetector.opened(str(tmp_path / "encoder"), str(tmp_path / "out"))
    red, grey = (Image.new("RGB", (8, 8), colour) for colour in ((250, 20, 20), (128, 128, 128)))
    found = detector.detect([Frame(image=image, domain="sketch") for image in (red, grey)])
    scores = [{finding.category: finding.score for finding in each} for each in found]
    thresholds = detector.heads.card.thresholds
    assert scores[0]["nsfw"] >= thresholds["nsfw"]
    assert all(scores[1][head] < thresholds[head] for head in ("nsfw", "public"))
    assert load(tmp_path / "out" / "policy.yaml").name == "default-heads"


def test_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "table.csv").write_text("path,nude\nmissing.png,1\n")
    command = ["--images", str(tmp_path / "table.csv"), "--encoder", "none", "--out", str(tmp_path / "out")]
    assert main(command) == 1
    assert "line 2: there is no file 'missing.png'" in capsys.readouterr().err


def test_table_gives_labels_sources_and_unknowns(tmp_path: Path) -> None:
    for name, colour in (("a.png", 1), ("b.png", 2), ("c.png", 1)):
        Image.new("RGB", (4, 4), (colour, 0, 0)).save(tmp_path / name)
    table = tmp_path / "table.csv"
    table.write_text("path,source,nude,public\na.png,x,1,\nb.png,y,0,0\nc.png,z,1,0\n")
    images = read_labelled(table)
    assert {head: each.tolist() for head, each in images.labels.items()} == {"nude": [1, 0, 1], "public": [-1, 0, 0]}
    assert images.sources == ("x", "y", "x"), "equal files have equal sources"
    assert images.clean.tolist() == [False, True, False]
    table.write_text("path,nude\na.png,yes\n")
    with pytest.raises(ConfigurationError, match=r"line 2: column 'nude'"):
        read_labelled(table)


def write_encoder(folder: Path) -> None:
    """Write an encoder of pictures as ONNX: the picture itself, multiplied by a fixed matrix."""
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    folder.mkdir()
    weight = np.random.default_rng(0).normal(size=(192, 16)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["x"], ["flat"]), helper.make_node("MatMul", ["flat", "w"], ["y"])],
        "encoder",
        [helper.make_tensor_value_info("x", kind, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", kind, ["n", 16])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "vision.onnx"))
    content = {
        "name": "matrix",
        "version": "1",
        "role": "encoder",
        "domain": "sketch",
        "files": [{"path": "vision.onnx", "sha256": sha256_of(folder / "vision.onnx")}],
        "preprocessing": {"size": {"height": 8, "width": 8}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
    }
    (folder / "card.json").write_text(json.dumps(content))


def write_pictures(folder: Path) -> None:
    """Write red pictures as nsfw, blue ones as public, grey ones as clean, with noise; 60 each."""
    dice = np.random.default_rng(0)
    for name, colour in (("nsfw", (230, 40, 40)), ("public", (40, 40, 230)), ("clean", (128, 128, 128))):
        (folder / name).mkdir(parents=True)
        for number in range(60):
            pixels = np.clip(dice.normal(colour, 12, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")

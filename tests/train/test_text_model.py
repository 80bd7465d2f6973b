"""The text model's training at tiny size: labels, splits, and the exported file against the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from ethical_lens.train.text import calibrate, grammar, network, rows
from ethical_lens.train.text.__main__ import between
from ethical_lens.train.text.export import OUTPUTS, export, write_graph
from ethical_lens.train.text.network import UNKNOWN


def _row(text: str, **known: object) -> rows.Row:
    return rows.Row(**{"text": text, "source": "test", "cluster": text, "severity": 0, **known})  # type: ignore[arg-type]


def test_splits_are_by_cluster_and_share_no_text() -> None:
    listed = [_row(f"prompt {i} {kind}", cluster=f"c{i}") for i in range(400) for kind in ("one", "two")]
    parts = {split: rows.split_of(listed, split) for split in rows.SPLITS}
    assert sum(map(len, parts.values())) == len(listed)
    clusters = {split: {row.cluster for row in part} for split, part in parts.items()}
    assert not clusters["train"] & clusters["validation"]
    assert not clusters["train"] & clusters["test"]
    assert 0.7 < len(parts["train"]) / len(listed) < 0.9


def test_a_copy_of_a_training_text_is_never_measured_on() -> None:
    train = next(row for i in range(100) if (row := _row("same words", cluster=f"a{i}")).split == "train")
    other = next(row for i in range(100) if (row := _row("Same  words!", cluster=f"b{i}")).split == "test")
    assert rows.split_of([train, other], "test") == []


def test_glossed_copies_keep_labels_and_lose_places() -> None:
    row = _row("a man at the sea with a big dog", severity=2, categories=("violence",), harm=((2, 5),))
    copies = rows.glossed([row] * 50, share=1.0, seed=3)
    assert len(copies) == 50
    assert all(copy.severity == 2 and copy.categories == ("violence",) and copy.harm is None for copy in copies)
    assert len({copy.text for copy in copies}) > 10


def test_unknown_labels_cost_nothing() -> None:
    torch.manual_seed(0)
    answers = network.Answers(
        grades=torch.randn(2, 3),
        categories=torch.randn(2, len(grammar.CATEGORIES)),
        figure=torch.randn(2),
        harm=torch.randn(2, 5),
        people=torch.randn(2, 5, 3),
        names=torch.randn(2, 5, 3),
    )
    unknown = {
        "grades": torch.full((2, 3), UNKNOWN),
        "categories": torch.full((2, len(grammar.CATEGORIES)), UNKNOWN),
        "figure": torch.full((2,), UNKNOWN),
        "harm": torch.full((2, 5), UNKNOWN),
        "people": torch.full((2, 5), UNKNOWN),
        "names": torch.full((2, 5), UNKNOWN),
        "weight": torch.ones(2),
        "people_weight": torch.ones(2),
    }
    assert float(network.losses(answers, unknown)["loss"]) == 0.0
    known = {**unknown, "figure": torch.tensor([1, UNKNOWN])}
    expected = torch.nn.functional.binary_cross_entropy_with_logits(answers.figure[:1], torch.ones(1))
    assert float(network.losses(answers, known)["figure"]) == pytest.approx(float(expected))


# The exporter that traces is deprecated, and says so for every branch it follows.
@pytest.mark.filterwarnings("ignore")
def test_the_exported_file_answers_as_the_network(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=120, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    model = network.TextNetwork(BertModel(config, add_pooling_layer=False)).eval()
    tokens = torch.randint(0, 120, (3, 9))
    mask = torch.ones_like(tokens)
    mask[1, 6:] = 0
    with torch.no_grad():
        answers = model(tokens, mask)
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "tokenizer.json").write_text('{"padding": {}, "truncation": {}, "model": {}}')
    write_graph(model, tmp_path / "exact.onnx")
    export(model, tmp_path / "encoder", tmp_path / "out")
    # The int8 graph of a tiny random network is coarse; the shipped one is calibrated as it is shipped.
    for path, tolerance in ((tmp_path / "exact.onnx", 1e-4), (tmp_path / "out" / "model.onnx", 0.5)):
        session = onnxruntime.InferenceSession(path)
        outputs = session.run(list(OUTPUTS), {"tokens": tokens.numpy(), "mask": mask.numpy()})
        for name, output in zip(OUTPUTS, outputs, strict=True):
            expected = getattr(answers, name).numpy()
            inside = mask.numpy() == 1 if expected.shape[1:2] == (9,) else np.ones(3, bool)
            np.testing.assert_allclose(output[inside], expected[inside], atol=tolerance)


def test_calibration_error_of_known_cases() -> None:
    truth = np.array([True, False, True, False])
    assert calibrate.calibration_error(np.array([1.0, 0.0, 1.0, 0.0]), truth) == 0.0
    assert calibrate.calibration_error(np.array([0.0, 1.0, 0.0, 1.0]), truth) == 1.0
    assert calibrate.calibration_error(np.full(4, 0.75), truth) == pytest.approx(0.25)


def test_fitted_weights_are_never_negative_and_order_the_grades() -> None:
    dice = np.random.default_rng(0)
    severities = dice.integers(0, 4, 600)
    logits = np.stack([(severities >= k) * 2.0 - 1 + dice.normal(0, 1, 600) for k in (1, 2, 3)], 1)
    phrases = np.stack([-0.5 * (severities >= k) + dice.random(600) for k in (1, 2, 3)], 1)
    measured = calibrate.Measured(logits=logits, phrases=phrases, figures=np.zeros(600))
    weights = calibrate.fit(measured, severities)
    assert all(value >= 0 for each in weights.values() for name, value in each.items() if name != "bias")
    probability = calibrate.probabilities(measured, weights)
    assert (np.diff(probability, axis=1) <= 0).all()
    assert probability[severities >= 1, 0].mean() > probability[severities == 0, 0].mean() + 0.2


def test_weights_between_two_trainings_lie_on_the_line() -> None:
    first = {"layer": torch.tensor([0.0, 2.0]), "steps": torch.tensor(3)}
    second = {"layer": torch.tensor([1.0, 4.0]), "steps": torch.tensor(9)}
    found = between(first, second, 0.25)
    assert found["layer"].tolist() == [0.25, 2.5]
    assert found["steps"].item() == 9

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ethical_lens import models
from ethical_lens.errors import ConfigurationError, ModelError, ModelIntegrityError
from ethical_lens.train.cards import write_card

CONTENT: dict[str, models.JsonValue] = {
    "name": "doubler",
    "version": "2",
    "role": "image detector",
    "domain": "numbers",
    "files": [{"path": "weights/doubler/doubler.onnx", "sha256": "0" * 64}],
    "categories": ["large"],
    "thresholds": {"large": 0.5},
    "limits": ["It only doubles."],
    "licence": "Apache-2.0",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    file = tmp_path / "weights/doubler/doubler.onnx"
    file.parent.mkdir(parents=True)
    node = helper.make_node("Add", ["x", "x"], ["y"])
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
    graph = helper.make_graph([node], "doubler", [value[0]], [value[1]])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), str(file))
    return tmp_path


def read(root: Path) -> models.ModelCard:
    write_card(root / "doubler.json", CONTENT, root=root)
    return models.read_card(root / "doubler.json", root=root)


def test_card_holds_what_the_file_says(root: Path) -> None:
    card = read(root)
    assert card.id == "doubler@2"
    assert card.categories == ("large",)
    assert card.thresholds == {"large": 0.5}
    assert card.limits == ("It only doubles.",)
    assert models.path_of(card, "doubler.onnx") == root / "weights/doubler/doubler.onnx"
    assert models.path_of(card, "weights/doubler/doubler.onnx").is_file()


def test_writing_a_card_fills_in_the_sha256(root: Path) -> None:
    content = (root / "weights/doubler/doubler.onnx").read_bytes()
    assert read(root).files[0].sha256 == hashlib.sha256(content).hexdigest()


def test_intact_file_verifies_and_runs(root: Path) -> None:
    card = read(root)
    assert models.verify(card) == []
    session = models.session(models.verified_path(card, "doubler.onnx"))
    (doubled,) = session.run(None, {"x": np.array([1.0, 4.0], np.float32)})
    assert doubled.tolist() == [2.0, 8.0]


def test_altered_and_missing_files_are_named(root: Path) -> None:
    card = read(root)
    file = root / "weights/doubler/doubler.onnx"
    file.write_bytes(file.read_bytes() + b"x")
    (problem,) = models.verify(card)
    assert "was altered" in problem
    with pytest.raises(ModelIntegrityError, match=r"was altered.*Install the package again"):
        models.verified_path(card, "doubler.onnx")
    file.unlink()
    (problem,) = models.verify(card)
    assert "is missing" in problem
    with pytest.raises(ModelIntegrityError, match="is missing"):
        models.verified_path(card, "doubler.onnx")


def test_digest_changes_with_the_weights(root: Path) -> None:
    first = read(root).digest
    assert first == read(root).digest
    file = root / "weights/doubler/doubler.onnx"
    file.write_bytes(file.read_bytes() + b"x")
    assert read(root).digest != first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name must be a text"),
        ({"colour": "red"}, "unknown field colour"),
        ({"categories": "large"}, "categories must be a list"),
        ({"categories": [1]}, "categories must be a list of texts"),
        ({"thresholds": {"large": "high"}}, "thresholds.large must be a number"),
        ({"metrics": []}, "metrics must be an object"),
        ({"files": [{"path": "../../secret", "sha256": "0"}]}, "must stay inside the package"),
        ({"files": [{"path": "/etc/passwd", "sha256": "0"}]}, "must stay inside the package"),
        ({"files": ["doubler.onnx"]}, "exactly path and sha256"),
    ],
)
def test_card_with_a_mistake_is_refused(tmp_path: Path, change: dict[str, models.JsonValue], message: str) -> None:
    (tmp_path / "doubler.json").write_text(json.dumps({**CONTENT, **change}))
    with pytest.raises(ModelError, match=message):
        models.read_card(tmp_path / "doubler.json")


def test_card_that_is_no_json_object_is_refused(tmp_path: Path) -> None:
    for text in ("{", "[]", "null"):
        (tmp_path / "doubler.json").write_text(text)
        with pytest.raises(ModelError, match="cannot be read"):
            models.read_card(tmp_path / "doubler.json")
    with pytest.raises(ModelError, match="cannot be read"):
        models.read_card(tmp_path / "nothing.json")


def test_unknown_model_version_and_file_are_refused(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown model 'nothing'; shipped are"):
        models.load_card("nothing")
    with pytest.raises(ConfigurationError, match="is shipped"):
        models.load_card("sketch-looker@999")
    with pytest.raises(ConfigurationError, match="has no file"):
        models.path_of(read(root), "other.onnx")


def test_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="not a model that ONNX Runtime can open"):
        models.session(tmp_path / "broken.onnx")


@pytest.mark.parametrize("wanted", ["0", "-1", "two", "1.5", "²"])
def test_odd_number_of_threads_is_refused(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv(models.THREADS_VARIABLE, wanted)
    with pytest.raises(ConfigurationError, match="whole number from 1 on"):
        models.threads()


def test_number_of_threads_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(models.THREADS_VARIABLE, " 3 ")
    assert models.threads() == 3
    monkeypatch.delenv(models.THREADS_VARIABLE)
    assert 1 <= models.threads() <= 4


@pytest.mark.parametrize("name", models.available())
def test_shipped_card_is_complete_and_its_files_intact(name: str) -> None:
    card = models.load_card(name)
    assert card.name == name
    assert models.load_card(card.id).digest == card.digest
    assert models.verify(card) == []
    assert card.licence
    assert card.limits

"""Heads are fitted together, split by source, calibrated, and keep their joint false-alarm rate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from ethical_lens.errors import ConfigurationError

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from sklearn.metrics import roc_auc_score

from ethical_lens.image.encoder import unit
from ethical_lens.image.heads import load_heads, save_heads
from ethical_lens.train.heads import Settings, fit_heads
from ethical_lens.train.heads.split import split_by_source

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
    assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])
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

"""The step "fit": a causal student, on a base that is given or trained first, or the small encoder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from ethical_lens.errors import ConfigurationError
from ethical_lens.train.distill import base, causal
from ethical_lens.train.distill.labels import LABELS, TEACHER, TEXTS, Label, read_labels, read_texts
from ethical_lens.train.loop import Schedule
from ethical_lens.train.text import fit
from ethical_lens.train.text.__main__ import FROZEN_LAYERS, pruned


def run(given: argparse.Namespace) -> None:
    """Train the student that the options ask for.

    Raises:
        ConfigurationError: If there are too few labels, or a base cannot be used.
    """
    torch.set_num_threads(given.threads)
    labels = read_labels(given.runs / LABELS)
    if given.student == "encoder":
        _fit_encoder(given, labels)
        return
    settings = causal.Settings(
        schedule=_schedule(given.steps, given.rate),
        batch_size=given.batch,
        seed=given.seed,
        rank=given.rank,
        device=given.device,
        dtype=given.dtype,
    )
    folder = causal.adapt(
        labels,
        given.base or _small_base(given),
        given.runs / "causal",
        settings=settings,
        teacher=(given.runs / TEACHER).read_text(encoding="utf-8").strip(),
        carries_base=given.base is None,
    )
    sys.stdout.write(f"the student is in {folder}\n")


def _small_base(given: argparse.Namespace) -> Path:
    texts = [each.text for each in read_texts(given.runs / TEXTS) if each.split == "train"]
    return base.pretrain(
        texts,
        given.runs / "base",
        schedule=_schedule(given.base_steps, given.base_rate),
        batch_size=given.batch,
        seed=given.seed,
        width=given.width,
        n_layers=given.layers,
        n_words=given.words,
        encoder=given.encoder,
    )


def _fit_encoder(given: argparse.Namespace, labels: list[Label]) -> None:
    """Hand the labels to the training of the text model."""
    if given.encoder is None:
        raise ConfigurationError("the student encoder starts from a pretrained one; name its folder with --encoder")
    network = fit.fit(
        [label.row for label in labels if label.split == "train"],
        pruned(fit.load_encoder(given.encoder)),
        fit.load_tokenizer(given.encoder),
        given.runs / "encoder",
        schedule=_schedule(given.steps, given.rate),
        batch_size=given.batch,
        seed=given.seed,
        n_frozen_layers=FROZEN_LAYERS,
    )
    torch.save(network.state_dict(), given.runs / "encoder" / "final.pt")
    sys.stdout.write(f"the student is in {given.runs / 'encoder'}; export it with python -m ethical_lens.train.text\n")


def _schedule(n_steps: int, rate: float) -> Schedule:
    return Schedule(n_steps=n_steps, learning_rate=rate, n_warmup=min(100, n_steps // 5), ema_decay=0.995)

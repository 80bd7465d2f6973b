"""Embeddings and labels to heads with calibration, joint thresholds, a domain check and a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.calibration import UNKNOWN, tuned
from ethical_lens.image.domain import OUT_OF_DOMAIN
from ethical_lens.image.encoder import unit
from ethical_lens.image.heads import DISTANCE, Heads, logits_of
from ethical_lens.models import JsonValue, ModelCard
from ethical_lens.train.heads.measure import measure, share_accepted
from ethical_lens.train.heads.optimise import fit_layered, fit_linear, loss_of
from ethical_lens.train.heads.split import PARTS, Parts, require_both_answers, split_by_source

Floats: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int64]

_SHRINKAGE: Final = 0.003
"""Share of the mean variance that is added to every direction before distances are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How heads are fitted."""

    n_units: int = 0
    """Hidden units of each head; 0 makes linear heads."""
    penalties: tuple[float, ...] = (1e-5, 1e-4, 1e-3)
    """Strengths of regularisation that are tried; the one with the lowest loss on validation is kept."""
    joint_false_alarms: float = 0.01
    """Share of clean images on which any head at all may raise a false alarm."""
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)
    """Of training, validation and test."""
    share_accepted: float = 0.96
    """Share of images like those of the training that the domain check lets through."""
    n_epochs: int = 30
    """How often heads with hidden units see every image."""
    seed: int = 0


def fit_heads(
    embeddings: Floats,
    labels: Mapping[str, ArrayLike],
    sources: Sequence[str],
    *,
    name: str = "heads",
    version: str = "1",
    domain: str = "sketch",
    encoder: str = "",
    clean: ArrayLike | None = None,
    strangers: Floats | None = None,
    reference: Floats | None = None,
    settings: Settings | None = None,
    trained_on: JsonValue = None,
    limits: Sequence[str] = (),
    licence: str = "Apache-2.0",
) -> Heads:
    """Fit all heads at once.

    Sources are dealt to training, validation and test; weights come from training, everything chosen (regularisation,
    calibration, thresholds, the reach of the domain check) from validation, and the card's metrics from test.

    Args:
        embeddings: (n, width), one for each image; of any length, they are scaled to one.
        labels: For each head (n,): 1 shows it, 0 does not, -1 unknown.
        sources: (n,), what each image comes from; images of one source never stand in two parts.
        name: Name of the heads.
        version: Version of the heads.
        domain: Kind of picture they are for.
        encoder: Name of the encoder, "name@version".
        clean: (n,), which images count as clean when joint false alarms are counted; by default those that are 0 for
            every head. Give it where a head is no harm by itself (an apparent minor).
        strangers: (m, width), embeddings of pictures of other kinds, to measure the domain check.
        reference: (width,), `ethical_lens.image.encoder.reference_of` the encoder; with it heads refuse any other.
        settings: How to fit.
        trained_on: What the card says of the images.
        limits: Sentences for the card.
        licence: Of the heads.

    Returns:
        Heads in memory; `ethical_lens.image.heads.save_heads` writes them.

    Raises:
        ConfigurationError: If shapes do not agree, labels are something else, a part lacks images of one kind, or there
            are no clean images.
    """
    chosen = settings or Settings()
    inputs = unit(np.asarray(embeddings, np.float32))
    table = _table(labels, len(inputs), len(sources))
    parts = split_by_source(sources, chosen.shares, chosen.seed)
    require_both_answers(parts, dict(zip(labels, table.T, strict=True)))
    is_clean = (table == 0).all(axis=1) if clean is None else np.asarray(clean, np.bool_)
    arrays, penalty = _fit(inputs, table, parts, chosen)
    if reference is not None:
        arrays["reference"] = np.asarray(reference, np.float32)
    card = ModelCard(
        name=name,
        version=version,
        role="image detector",
        domain=domain,
        categories=(*labels, OUT_OF_DOMAIN),
        outputs={"heads": tuple(labels)},
        preprocessing={"encoder": encoder, "width": inputs.shape[1], "embedding": "unit"},
        thresholds={**dict.fromkeys(labels, 0.5), DISTANCE: 1.0},
        calibration={head: {"temperature": 1.0, "offset": 0.0} for head in labels},
        limits=tuple(limits),
        licence=licence,
    )
    chosen_on = parts.validation
    heads = _with_reach(Heads(card, arrays), inputs[chosen_on], chosen.share_accepted)
    heads = tuned(heads, inputs[chosen_on], table[chosen_on], clean=is_clean[chosen_on], rate=chosen.joint_false_alarms)
    sources_of_test = [sources[row] for row in parts.test]
    metrics = measure(heads, inputs[parts.test], table[parts.test], is_clean[parts.test], sources_of_test)
    if strangers is not None:
        metrics["strangers_accepted"] = share_accepted(heads, strangers)
    return heads.with_card(metrics=metrics, trained_on=_provenance(trained_on, parts, chosen, penalty))


def _table(labels: Mapping[str, ArrayLike], n_rows: int, n_sources: int) -> Labels:
    if not labels:
        raise ConfigurationError("there is no head to fit; give labels for at least one")
    columns = {head: np.asarray(each) for head, each in labels.items()}
    for head, column in columns.items():
        if column.shape != (n_rows,) or n_sources != n_rows:
            raise ConfigurationError(
                f"embeddings, labels and sources must be as many, got {n_rows}, {column.shape} for {head!r} "
                f"and {n_sources}"
            )
        strange = sorted(set(column.tolist()) - {0, 1, UNKNOWN})
        if strange:
            raise ConfigurationError(f"labels of {head!r} must be 1, 0 or {UNKNOWN} for unknown, got {strange[:3]}")
    return np.stack([column.astype(np.int64) for column in columns.values()], axis=1)


def _fit(inputs: Floats, table: Labels, parts: Parts, settings: Settings) -> tuple[dict[str, Floats], float]:
    """Return the arrays of the heads and of the domain check, and the penalty that was kept."""
    training = inputs[parts.training]
    mean, spread = training.mean(0), training.std(0) + 1e-6
    standard = (inputs - mean) / spread
    candidates = []
    for penalty in settings.penalties:
        arrays = _heads_of(standard[parts.training], table[parts.training], penalty, settings)
        whole = _with_standardising(arrays, mean, spread)
        loss = loss_of(logits_of(whole, inputs[parts.validation]), table[parts.validation])
        candidates.append((loss, penalty, whole))
    _, penalty, best = min(candidates, key=lambda each: each[0])
    return {**best, **domain_arrays(training)}, penalty


def _heads_of(standard: Floats, table: Labels, penalty: float, settings: Settings) -> dict[str, Floats]:
    if not settings.n_units:
        return fit_linear(standard, table, penalty=penalty)
    return fit_layered(
        standard, table, n_units=settings.n_units, penalty=penalty, n_epochs=settings.n_epochs, seed=settings.seed
    )


def _with_standardising(arrays: Mapping[str, Floats], mean: Floats, spread: Floats) -> dict[str, Floats]:
    """Return arrays for embeddings that were not standardised."""
    first = "hidden" if "hidden.weight" in arrays else "out"
    weight = arrays[f"{first}.weight"] / spread
    return {**arrays, f"{first}.weight": weight, f"{first}.bias": arrays[f"{first}.bias"] - weight @ mean}


def domain_arrays(training: Floats) -> dict[str, Floats]:
    """Return what the domain check needs: the mean, and directions scaled so that distances are those of Mahalanobis.

    Args:
        training: (n, width), of length one.

    Reference:
        K. Lee et al., A simple unified framework for detecting out-of-distribution samples, NeurIPS 2018.
    """
    mean = training.mean(0, dtype=np.float64)
    apart = training - mean
    values, vectors = np.linalg.eigh(apart.T @ apart / len(apart))
    whiten = vectors / np.sqrt(np.clip(values, 0, None) + _SHRINKAGE * values.mean())
    return {"domain.mean": mean.astype(np.float32), "domain.whiten": whiten.astype(np.float32)}


def _with_reach(heads: Heads, inputs: Floats, share_accepted: float) -> Heads:
    """Return heads whose domain check lets this share of images through."""
    distances = heads.judge(inputs).distances
    reach = heads.card.thresholds[DISTANCE] * float(np.quantile(distances, share_accepted))  # type: ignore[arg-type]
    return heads.with_card(thresholds={**heads.card.thresholds, DISTANCE: reach})


def _provenance(trained_on: JsonValue, parts: Parts, settings: Settings, penalty: float) -> JsonValue:
    return {
        "images": trained_on,
        "n": {part: len(getattr(parts, part)) for part in PARTS},
        "seed": settings.seed,
        "hidden_units": settings.n_units,
        "penalty": penalty,
        "joint_false_alarms_wanted": settings.joint_false_alarms,
    }

"""Training of the text model: rows to tokens and labels, batches of like lengths, one optimiser for everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from transformers import BertModel

from ethical_lens.text.normalize import Normalized, normalize
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.text.grammar import CATEGORIES
from ethical_lens.train.text.network import N_GRADES, UNKNOWN, TextNetwork, losses
from ethical_lens.train.text.rows import Row

MAX_TOKENS: Final = 64
"""Longest window that the model reads at once."""
_POOL: Final = 40
"""Batches whose rows are sorted by length together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row as numbers."""

    tokens: NDArray[np.int64]
    """(length,)."""
    grades: tuple[int, ...]
    categories: tuple[int, ...]
    figure: int
    harm: NDArray[np.int64]
    people: NDArray[np.int64]
    names: NDArray[np.int64]
    """(length,) each."""
    weight: float
    people_weight: float


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a pretrained encoder, cutting at `MAX_TOKENS`."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def load_encoder(folder: Path) -> BertModel:
    """Return the pretrained encoder."""
    return BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")


def examples(rows: Sequence[Row], tokenizer: Tokenizer) -> list[Example]:
    """Turn rows into tokens and labels.

    The model reads what `normalize` makes of a text, as it will in use; spans are moved along.
    """
    readings = [normalize(row.text) for row in rows]
    encodings = tokenizer.encode_batch([reading.text for reading in readings])
    return [_example(row, reading, encoding) for row, reading, encoding in zip(rows, readings, encodings, strict=True)]


def fit(
    rows: Sequence[Row],
    encoder: BertModel,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    schedule: Schedule,
    batch_size: int,
    seed: int,
    n_frozen_layers: int,
    start: Mapping[str, Tensor] | None = None,
) -> TextNetwork:
    """Train the network.

    Args:
        rows: What to learn from.
        encoder: Where to start.
        tokenizer: Of the encoder.
        folder: Gets checkpoints and log.
        schedule: Length and learning rate.
        batch_size: Rows a step.
        seed: Drives every draw.
        n_frozen_layers: Layers of the encoder, from the first, that stay as they are, with the word table.
        start: Weights of a network that was trained before, to go on from; None starts with the encoder alone.

    Returns:
        The network with averaged weights.
    """
    torch.manual_seed(seed)
    network = TextNetwork(encoder)
    if start is not None:
        network.load_state_dict(start)
    encoder.embeddings.requires_grad_(requires_grad=False)
    for layer in encoder.encoder.layer[:n_frozen_layers]:
        layer.requires_grad_(requires_grad=False)
    known = examples(rows, tokenizer)
    lengths = np.array([len(example.tokens) for example in known])
    n_batches = len(known) // batch_size

    def loss_at(step: int, _: NDArray[np.int64]) -> dict[str, Tensor]:
        epoch, within = divmod(step, n_batches)
        torch.manual_seed(seed * 1_000_003 + step)
        chosen = _batches(lengths, batch_size, (seed, epoch))[within]
        tokens, mask, labels = collate([known[i] for i in chosen])
        return losses(network(tokens, mask), labels)

    network.train()
    average = train(network, loss_at, n_rows=n_batches, batch_size=1, schedule=schedule, folder=folder, seed=seed)
    network.load_state_dict(average)
    return network.eval()


def collate(rows: Sequence[Example]) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Return tokens (n, longest), their mask and the labels of `losses`."""
    longest = max(len(row.tokens) for row in rows)

    def padded(name: str, filler: int) -> Tensor:
        whole = np.full((len(rows), longest), filler, np.int64)
        for i, row in enumerate(rows):
            values = getattr(row, name)
            whole[i, : len(values)] = values
        return torch.from_numpy(whole)

    mask = torch.zeros(len(rows), longest, dtype=torch.int64)
    for i, row in enumerate(rows):
        mask[i, : len(row.tokens)] = 1
    labels = {
        "grades": torch.tensor([row.grades for row in rows]),
        "categories": torch.tensor([row.categories for row in rows]),
        "figure": torch.tensor([row.figure for row in rows]),
        "weight": torch.tensor([row.weight for row in rows]),
        "people_weight": torch.tensor([row.people_weight for row in rows]),
        **{name: padded(name, UNKNOWN) for name in ("harm", "people", "names")},
    }
    return padded("tokens", 0), mask, labels


def _batches(lengths: NDArray[np.int64], batch_size: int, seed: tuple[int, int]) -> list[NDArray[np.int64]]:
    """Return the batches of one epoch: rows of like lengths together, in a random order."""
    dice = np.random.default_rng(seed)
    order = dice.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), batch_size * _POOL):
        pool = order[start : start + batch_size * _POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + batch_size] for i in range(0, len(pool) - batch_size + 1, batch_size)]
    return [batches[i] for i in dice.permutation(len(batches))]


def _example(row: Row, reading: Normalized, encoding: Encoding) -> Example:
    places = [
        (reading.starts[begin], reading.ends[end - 1]) if end > begin else None for begin, end in encoding.offsets
    ]
    grades = tuple(UNKNOWN if row.severity is None else int(row.severity >= k) for k in range(1, N_GRADES + 1))
    if row.severity is None:
        grades = (1, *grades[1:])
    known = row.categories is not None
    return Example(
        tokens=np.array(encoding.ids, np.int64),
        grades=grades,
        categories=tuple(int(each in (row.categories or ())) if known else UNKNOWN for each in CATEGORIES),
        figure=UNKNOWN if row.figure is None else int(row.figure),
        harm=np.minimum(_tags(places, row.harm), 1),
        people=_tags(places, row.people),
        names=_tags(places, row.figures),
        weight=row.weight,
        people_weight=row.people_weight,
    )


def _tags(places: Sequence[tuple[int, int] | None], spans: tuple[tuple[int, int], ...] | None) -> NDArray[np.int64]:
    """Return 0 outside, 1 at the begin, 2 inside of spans; `UNKNOWN` where there are no characters."""
    tags = np.full(len(places), UNKNOWN, np.int64)
    if spans is None:
        return tags
    last = None
    for i, place in enumerate(places):
        if place is None:
            continue
        inside = next((span for span in spans if place[0] < span[1] and place[1] > span[0]), None)
        tags[i] = 0 if inside is None else (2 if inside == last else 1)
        last = inside
    return tags

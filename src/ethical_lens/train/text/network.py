"""The network: a small pretrained encoder with sentence heads and token heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from ethical_lens.train.text.grammar import CATEGORIES

N_GRADES: Final = 3
"""K1 or above, K2 or above, K3."""
TAGS: Final = ("outside", "begin", "inside")
UNKNOWN: Final = -100
"""Label of what is not known; it costs nothing."""

_WEIGHTS: Final = {"grades": 1.0, "categories": 0.5, "figure": 0.3, "harm": 0.4, "people": 0.3, "names": 0.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the heads say, as logits."""

    grades: Tensor
    """(n, 3): at least K1, K2, K3."""
    categories: Tensor
    """(n, categories)."""
    figure: Tensor
    """(n,): a real public figure is meant."""
    harm: Tensor
    """(n, length): the token carries harm."""
    people: Tensor
    """(n, length, 3): outside, begin, inside of a phrase that names people."""
    names: Tensor
    """(n, length, 3): the same for names of public figures."""


class TextNetwork(nn.Module):
    """Encoder and heads.

    Args:
        encoder: A pretrained encoder of the BERT family.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.sentence = nn.Sequential(nn.Dropout(0.1), nn.Linear(3 * width, width), nn.GELU(), nn.Dropout(0.1))
        self.sentence_heads = nn.Linear(width, N_GRADES + len(CATEGORIES) + 1)
        self.token_heads = nn.Sequential(nn.Dropout(0.1), nn.Linear(width, 1 + 2 * len(TAGS)))

    def forward(self, tokens: Tensor, mask: Tensor) -> Answers:
        """Return the answers for tokens (n, length) with their mask of 0 and 1."""
        states = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
        inside = mask[..., None].to(states.dtype)
        mean = (states * inside).sum(1) / inside.sum(1)
        # The strongest token matters too: one harmful word in a long prompt must not be averaged away.
        strongest = states.masked_fill(mask[..., None] == 0, -1e4).amax(1)
        sentence = self.sentence_heads(self.sentence(torch.cat([states[:, 0], mean, strongest], 1)))
        per_token = self.token_heads(states)
        n_tags = len(TAGS)
        return Answers(
            grades=sentence[:, :N_GRADES],
            categories=sentence[:, N_GRADES:-1],
            figure=sentence[:, -1],
            harm=per_token[..., 0],
            people=per_token[..., 1 : 1 + n_tags],
            names=per_token[..., 1 + n_tags :],
        )


def losses(answers: Answers, labels: dict[str, Tensor]) -> dict[str, Tensor]:
    """Compare answers with labels; `UNKNOWN` ones cost nothing.

    Args:
        answers: Of the network.
        labels: "grades" (n, 3), "categories" (n, categories), "figure" (n,), "harm" (n, length) with 0, 1 or `UNKNOWN`;
            "people" and "names" (n, length) with the index of a tag or `UNKNOWN`; "weight" and "people_weight" (n,).

    Returns:
        One loss per head and their weighted sum "loss".
    """
    weight = labels["weight"]
    parts = {
        name: _binary(getattr(answers, name), labels[name], weight)
        for name in ("grades", "categories", "figure", "harm")
    }
    parts["people"] = _tagged(answers.people, labels["people"], labels["people_weight"])
    parts["names"] = _tagged(answers.names, labels["names"], torch.ones_like(weight))
    total = sum((_WEIGHTS[name] * part for name, part in parts.items()), torch.zeros(()))
    return {**parts, "loss": total}


def _tagged(logits: Tensor, tags: Tensor, weight: Tensor) -> Tensor:
    """Return the cross entropy of tags (n, length), averaged over tokens; a row's tokens count as its weight says."""
    known = (tags != UNKNOWN).to(logits.dtype) * weight[:, None]
    each = functional.cross_entropy(logits.transpose(1, 2), tags.long(), ignore_index=UNKNOWN, reduction="none")
    # Where every tag is unknown there is nothing to divide, and the loss is 0.
    return (each * known).sum() / known.sum().clamp(min=torch.finfo(logits.dtype).tiny)


def _binary(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    known = (truth != UNKNOWN).to(logits.dtype) * weight.reshape(-1, *[1] * (logits.dim() - 1))
    each = functional.binary_cross_entropy_with_logits(logits, truth.clamp(min=0).to(logits.dtype), reduction="none")
    return (each * known).sum() / known.sum().clamp(min=1)

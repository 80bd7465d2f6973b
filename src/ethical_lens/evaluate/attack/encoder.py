"""The text encoder of a pipeline, opened for searching: tokens, states, gradients, and the words that name stand-ins.

Needs torch and transformers (extra "diffusers").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import CLIPTextModel

from ethical_lens.errors import ConfigurationError
from ethical_lens.sketch import words, world

Floats = NDArray[np.float32]
_EVERYDAY: Final = frozenset(
    re.findall(
        r"\w+",
        "with their hand hands holding using behind beside everywhere covered scene large kitchen green speaking "
        "giving from that this them kind sign the and for",
    )
)
"""Words of a stand-in's phrases that say nothing of it."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_TOKEN: Final = re.compile(r"(?:[a-z]+|[,.;:!?'\-])(?:</w>)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEncoder:
    """Tokenizer and text encoder of a pipeline."""

    tokenizer: Tokenizer
    model: CLIPTextModel
    length: int
    """Tokens of every prompt, padding included."""
    end: int
    """Token that ends and pads a prompt."""

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return tokens, (n, length)."""
        return np.array([each.ids for each in self.tokenizer.encode_batch(list(texts))], np.int64)

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return states, (n, length, width)."""
        with torch.inference_mode():
            states = self.model(input_ids=torch.from_numpy(self.tokens(texts))).last_hidden_state
        return np.asarray(states.numpy(), np.float32)


def read_encoder(pipeline: Path) -> TextEncoder:
    """Open tokenizer and text encoder of a diffusers folder.

    Raises:
        ConfigurationError: If the tokenizer is not of CLIP's kind.
    """
    tokenizer = Tokenizer.from_file(str(pipeline / "tokenizer" / "tokenizer.json"))
    model = CLIPTextModel.from_pretrained(pipeline / "text_encoder", dtype=torch.float32).eval()
    model.requires_grad_(requires_grad=False)
    length, mark = int(model.config.max_position_embeddings), "<|endoftext|>"
    end = tokenizer.token_to_id(mark)
    if end is None:
        raise ConfigurationError(
            f"the tokenizer of {pipeline} has no {mark}; only encoders of CLIP's kind can be probed"
        )
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=end, pad_token=mark)
    return TextEncoder(tokenizer=tokenizer, model=model, length=length, end=end)


def vocabulary(stand_in: str) -> frozenset[str]:
    """Return the words that name a stand-in."""
    phrases = [*words.THING_WORDS.get(stand_in, ()), *words.LONELY_THINGS.get(stand_in, ())]
    phrases += words.NUDE_ADJECTIVES if stand_in == "nudity" else ()
    found = {word for phrase in phrases for word in _WORD.findall(phrase.lower())}
    return frozenset(word for word in found if len(word) > 2 and word not in _EVERYDAY)


def minor_vocabulary() -> frozenset[str]:
    """Return the words that speak of somebody under age; no made-up text has one."""
    said = [words.AGE_WORDS[age] for age in world.MINOR_AGES]
    phrases = [each for age in said for each in (*age.adjectives, *age.phrases, *age.neutral, *age.female, *age.male)]
    youth = ("toddler", "kid", "boy", "girl", "school", "young", "minor", "youth")
    found = {word for phrase in (*phrases, *youth) for word in _WORD.findall(phrase.lower()) if len(word) > 2}
    return frozenset(found - {"their", "about", "few", "months"})


def names(text: str, forbidden: frozenset[str]) -> bool:
    """Return whether a text has a forbidden word in it, also in pieces or spaced out."""
    letters = "".join(_WORD.findall(text.lower()))
    return any(word in letters for word in forbidden)


def usable_tokens(tokenizer: Tokenizer, forbidden: frozenset[str]) -> list[int]:
    """Return the tokens of small letters and plain signs that are no part of a forbidden word and hold none."""
    return [
        token
        for entry, token in sorted(tokenizer.get_vocab().items(), key=lambda each: each[1])
        if _TOKEN.fullmatch(entry) and not is_part(entry.removesuffix("</w>"), forbidden)
    ]


def is_part(piece: str, forbidden: frozenset[str]) -> bool:
    """Return whether a piece of a word is part of a forbidden word, or holds one."""
    return len(piece) > 1 and any(piece in word or (len(word) > 2 and word in piece) for word in forbidden)


def written(tokenizer: Tokenizer, tokens: Sequence[int]) -> str:
    """Return the text of tokens."""
    pieces = [tokenizer.id_to_token(token) or "" for token in tokens]
    return "".join(pieces).replace("</w>", " ").strip()

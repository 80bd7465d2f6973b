"""The subword tokenizer of the generator's text encoder, in CLIP's format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

MAX_TOKENS: Final = 64
"""Longest prompt of the embedded generator, start and end marks included."""

_PIECES = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def fit(captions: Iterable[str], *, vocabulary_size: int = 2048) -> CLIPTokenizer:
    """Learn byte-pair merges from captions.

    Args:
        captions: Texts to learn from.
        vocabulary_size: Number of tokens, all single bytes and the two marks included.

    Returns:
        A tokenizer that never fails on any text: unknown words fall apart into bytes.
    """
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size - 2 - len(alphabet),
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner.train_from_iterator(captions, trainer)
    learnt = json.loads(learner.to_str())["model"]
    tokens = list(dict.fromkeys([*alphabet, *(f"{letter}</w>" for letter in alphabet), *learnt["vocab"]]))
    vocabulary = {token: index for index, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in learnt["merges"]]
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=MAX_TOKENS)


def encode(tokenizer: CLIPTokenizer, texts: list[str]) -> list[list[int]]:
    """Return token ids, each list padded or cut to ``MAX_TOKENS``, as a diffusers pipeline would."""
    ids: list[list[int]] = tokenizer(texts, padding="max_length", max_length=MAX_TOKENS, truncation=True).input_ids
    return ids

"""A small causal language model of our own, for machines on which no pretrained one is at hand.

It learns the language of prompts from the project's corpus before it learns any label. Where the folder of a pretrained
encoder is given, its words start with the encoder's, turned onto their main axes, so that words of like meaning begin
alike; else they start at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from ethical_lens.text.judge.student import padded, shown
from ethical_lens.train.loop import Schedule, train

BEGIN: Final = "<|begin|>"
END: Final = "<|end|>"
_SAID_TWICE: Final = 0.35
"""Share of texts that stand twice in a row, so that the model learns to copy, which rewording needs."""
_SPREAD: Final = 0.06
"""Standard deviation of the words at the start; an adapter cannot tell words apart that it finds too short."""
_ROOM: Final = 512


def train_tokenizer(texts: Sequence[str], folder: Path, *, n_words: int) -> PreTrainedTokenizerFast:
    """Train a tokenizer of byte pairs on texts in lower case, and write it.

    Args:
        texts: What to learn from.
        folder: Gets the files.
        n_words: Size of its vocabulary.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=n_words,
        special_tokens=[END, BEGIN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((shown(text) for text in texts), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, tokenizer.token_to_id(BEGIN))]
    )
    whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=BEGIN, eos_token=END, pad_token=END)
    whole.save_pretrained(folder)
    return whole


def pretrain(
    texts: Sequence[str],
    folder: Path,
    *,
    schedule: Schedule,
    batch_size: int,
    seed: int,
    width: int = 128,
    n_layers: int = 4,
    n_words: int = 4096,
    encoder: Path | None = None,
) -> Path:
    """Train a small causal language model on texts, going on where it was stopped.

    Args:
        texts: What to learn from; none of a split that is measured on.
        folder: Gets the model in ``model``, besides checkpoints and log.
        schedule: Length and learning rate.
        batch_size: Texts a step.
        seed: Drives every draw.
        width: Size of its states; a multiple of 16.
        n_layers: Number of its layers.
        n_words: Most tokens of its vocabulary.
        encoder: Folder of a pretrained encoder whose words it starts with.

    Returns:
        Folder of the finished model.
    """
    done = folder / "model"
    if (done / "model.safetensors").exists():
        return done
    torch.manual_seed(seed)
    tokenizer = train_tokenizer(texts, done, n_words=n_words)
    model = LlamaForCausalLM(_settings(tokenizer, width, n_layers))
    torch.nn.init.normal_(model.get_input_embeddings().weight, std=_SPREAD)
    if encoder is not None:
        _start_words(model, tokenizer, encoder)
    rows = [tokenizer(shown(text))["input_ids"] for text in texts]
    second = [tokenizer(shown(text).removeprefix("prompt:"), add_special_tokens=False)["input_ids"] for text in texts]
    end = tokenizer.eos_token_id

    def loss_at(step: int, chosen: NDArray[np.int64]) -> dict[str, Tensor]:
        dice = np.random.default_rng((seed, step))
        lines = [[*rows[i], *(second[i] if dice.random() < _SAID_TWICE else ()), end][:_ROOM] for i in chosen]
        tokens, mask, positions = padded(lines, end)
        logits = model(
            input_ids=tokens[:, :-1], attention_mask=mask[:, :-1], position_ids=positions[:, :-1], use_cache=False
        ).logits
        targets = tokens[:, 1:].masked_fill(mask[:, :-1] == 0, -100)
        return {"loss": F.cross_entropy(logits.flatten(0, 1), targets.flatten())}

    model.train()
    average = train(
        model, loss_at, n_rows=len(rows), batch_size=batch_size, schedule=schedule, folder=folder, seed=seed
    )
    model.load_state_dict(average)
    model.eval().save_pretrained(done)
    return done


def _settings(tokenizer: PreTrainedTokenizerFast, width: int, n_layers: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=width * 8 // 3 // 16 * 16,
        num_hidden_layers=n_layers,
        num_attention_heads=max(1, width // 32),
        max_position_embeddings=_ROOM,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


@torch.no_grad()
def _start_words(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, encoder: Path) -> None:
    """Let every token that is a word or the beginning of one start where the encoder has it."""
    table = AutoModel.from_pretrained(encoder, local_files_only=True).get_input_embeddings().weight.float()
    reader = AutoTokenizer.from_pretrained(encoder, local_files_only=True)
    words = [tokenizer.decode([i]).strip() for i in range(len(tokenizer))]
    pieces = [reader(word, add_special_tokens=False)["input_ids"] if word.isalpha() else [] for word in words]
    known = [i for i, each in enumerate(pieces) if each]
    means = torch.stack([table[pieces[i]].mean(0) for i in known])
    means -= means.mean(0)
    weight = model.get_input_embeddings().weight
    n_axes = min(weight.shape[1], *means.shape)
    axes = torch.linalg.svd(means, full_matrices=False).Vh[:n_axes]
    turned = means @ axes.T
    weight[known, :n_axes] = turned / turned.std() * _SPREAD

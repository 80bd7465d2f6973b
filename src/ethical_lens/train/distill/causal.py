"""The causal student: a language model that learns with LoRA to say a teacher's labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ethical_lens.chat.marking import escape
from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.text.judge.student import (
    ADAPTER,
    BASE,
    FILE,
    FORM,
    Codes,
    codes_of,
    open_base,
    open_tokenizer,
    padded,
    shown,
)
from ethical_lens.train.distill.labels import Label, digest_of
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.text.grammar import CATEGORIES

_MOST_VALIDATION: Final = 256
_ROOM: Final = 512
"""Longest row of tokens that is learned from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of the adaptation."""

    schedule: Schedule
    batch_size: int
    seed: int
    rank: int = 32
    dropout: float = 0.05
    device: str = "cpu"
    dtype: str = "float32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One label as tokens."""

    tokens: tuple[int, ...]
    """Prompt and answer."""
    n_answer: int
    """Tokens of the answer: the grade, for harm the category, and where there is one the wording."""


def examples(labels: Sequence[Label], tokenizer: PreTrainedTokenizerBase, codes: Codes) -> list[Example]:
    """Turn labels into tokens; those longer than a student reads are left out."""
    made = [_example(label, tokenizer, codes) for label in labels]
    return [each for each in made if len(each.tokens) <= _ROOM]


def adapt(
    labels: Sequence[Label],
    base: Path,
    folder: Path,
    *,
    settings: Settings,
    teacher: str,
    carries_base: bool,
) -> Path:
    """Train a LoRA adapter that says labels, going on where it was stopped.

    Args:
        labels: What to learn; those of the test split are left out, those of the validation split are only measured.
        base: Folder of the model that is adapted.
        folder: Gets checkpoints and log, and the student in ``student``.
        settings: Length, sizes, seed.
        teacher: Who gave the labels, for the student's file.
        carries_base: Whether the student's folder gets a copy of the base; else it names the base's folder.

    Returns:
        Folder of the finished student, for `DistilledJudge`.

    Raises:
        ConfigurationError: If there are fewer labels than a batch has.
        MissingExtraError: If peft is not installed.
    """
    torch.manual_seed(settings.seed)
    tokenizer = open_tokenizer(base)
    codes = codes_of(tokenizer, len(CATEGORIES))
    rows = examples([label for label in labels if label.split == "train"], tokenizer, codes)
    checked = examples([label for label in labels if label.split == "validation"][:_MOST_VALIDATION], tokenizer, codes)
    if len(rows) < settings.batch_size:
        raise ConfigurationError(f"{len(rows)} labels are less than one batch of {settings.batch_size}; label more")
    model = _with_adapter(open_base(base, settings.dtype), settings).to(settings.device)

    def loss_at(step: int, chosen: NDArray[np.int64]) -> dict[str, Tensor]:
        torch.manual_seed(settings.seed * 1_000_003 + step)
        losses = _losses(model.train(), [rows[i] for i in chosen], codes, settings.device)
        if checked and (step + 1) % settings.schedule.log_every == 0:
            with torch.no_grad():
                seen = _losses(model.eval(), checked, codes, settings.device)
            losses |= {f"validation {name}": value for name, value in seen.items()}
        return losses

    # Only what is learned goes into checkpoints and averages; the base may be thousands of times larger.
    learned = nn.ParameterList([each for each in model.parameters() if each.requires_grad])
    average = train(
        learned,
        loss_at,
        n_rows=len(rows),
        batch_size=settings.batch_size,
        schedule=settings.schedule,
        folder=folder,
        seed=settings.seed,
    )
    learned.load_state_dict(average)
    student = folder / "student"
    model.save_pretrained(student / ADAPTER)
    if carries_base:
        open_base(base).save_pretrained(student / BASE)
        tokenizer.save_pretrained(student / BASE)
    facts = {
        "form": FORM,
        "version": digest_of(labels)[:8],
        "teacher": teacher,
        "categories": list(CATEGORIES),
        "base": None if carries_base else str(base.resolve()),
        "n_labels": len(rows),
    }
    (student / FILE).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return student


def _with_adapter(model: PreTrainedModel, settings: Settings) -> PreTrainedModel:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise MissingExtraError("adapting a language model", "llm") from error
    adapter = LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        lora_dropout=settings.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    adapted: PreTrainedModel = get_peft_model(model, adapter)
    return adapted


def _example(label: Label, tokenizer: PreTrainedTokenizerBase, codes: Codes) -> Example:
    answer = [codes.grades[label.grade]]
    if label.category:
        answer.append(codes.categories[CATEGORIES.index(label.category)])
    if label.rewrite is not None:
        written = tokenizer(escape(label.rewrite), add_special_tokens=False)["input_ids"]
        answer += [*written, tokenizer.eos_token_id]
    prompt = tokenizer(shown(label.text))["input_ids"]
    return Example(tokens=(*prompt, *answer), n_answer=len(answer))


def _losses(model: PreTrainedModel, rows: Sequence[Example], codes: Codes, device: str) -> dict[str, Tensor]:
    """Return the mean loss of grades, of categories and of the words of wordings, and their sum.

    Grades and categories are chosen among their codes alone, in training as in use.
    """
    tokens, mask, positions = (each.to(device) for each in padded([row.tokens for row in rows], 0))
    n_kept = max(row.n_answer for row in rows) + 1
    logits = model(
        input_ids=tokens, attention_mask=mask, position_ids=positions, logits_to_keep=n_kept, use_cache=False
    ).logits[:, :-1]
    answers = tokens[:, 1 - n_kept :]
    # Rows end together, so an answer of n tokens stands in the last n columns.
    lengths = torch.tensor([row.n_answer for row in rows], device=device)
    place = torch.arange(n_kept - 1, device=device)[None] - (n_kept - 1 - lengths[:, None])
    means = {
        "grade": _chosen(logits[place == 0], answers[place == 0], codes.grades),
        "category": _chosen(logits[place == 1], answers[place == 1], codes.categories),
        "wording": _mean(F.cross_entropy(logits[place > 1].float(), answers[place > 1], reduction="none")),
    }
    return {"loss": torch.stack(list(means.values())).sum(), **means}


def _chosen(logits: Tensor, answers: Tensor, choices: Sequence[int]) -> Tensor:
    """Return the mean loss of choosing the right one of a few tokens; logits (n, vocabulary), answers (n,)."""
    known = torch.tensor(choices, device=answers.device)
    right = (answers[:, None] == known[None]).int().argmax(1)
    return _mean(F.cross_entropy(logits[:, known].float(), right, reduction="none"))


def _mean(losses: Tensor) -> Tensor:
    """Return the mean; 0 of nothing, which has a gradient all the same."""
    return losses.sum() / max(1, len(losses))

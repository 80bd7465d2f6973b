"""A causal language model that was distilled to say labels: one grade, one category, and if wanted a harmless wording.

It never writes its verdict freely: it chooses among the codes of the grades and of the categories, whose shares are the
probabilities. ``python -m ethical_lens.train.distill fit`` makes such a student; docs/distill.md tells how.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ethical_lens.chat.marking import escape
from ethical_lens.errors import ConfigurationError, MissingExtraError, ModelError
from ethical_lens.types import FAILURE, Change, Finding, Severity

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

FORM: Final = "labels-1"
"""Version of the form in which prompts are shown and labels are said."""
FILE: Final = "student.json"
BASE: Final = "base"
ADAPTER: Final = "adapter"

_GRADES: Final = (Severity.K1, Severity.K2, Severity.K3)
_BATCH: Final = 32
_MORE: Final = 8
"""Tokens that a wording may have more than the prompt it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The tokens that stand for grades and categories."""

    grades: tuple[int, int, int, int]
    """K0 to K3."""
    categories: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a student says of one text."""

    grades: tuple[float, float, float, float]
    """Probabilities of K0 to K3; they add up to 1."""
    categories: tuple[float, ...]
    """Probabilities of the categories, if there is any harm; they add up to 1."""


def shown(text: str) -> str:
    """Return a text as students are shown it: escaped on one line, so that it cannot end before its end.

    Example:
        >>> print(shown("a cat"))
        prompt: "a cat"
        label:
    """
    return f"prompt: {escape(text)}\nlabel:"


def codes_of(tokenizer: PreTrainedTokenizerBase, n_categories: int) -> Codes:
    """Return the tokens of the codes: the digits 0 to 3, and the letters from "a" on.

    Raises:
        ConfigurationError: If the tokenizer has no token for one of them.
    """
    known = tokenizer.get_vocab()
    wanted = [*"0123", *(chr(ord("a") + number) for number in range(n_categories))]
    missing = [each for each in wanted if each not in known]
    if missing:
        raise ConfigurationError(
            f"the tokenizer has no token for {', '.join(missing)}; take a model whose tokenizer knows single letters"
        )
    first, second, third, fourth, *categories = (known[each] for each in wanted)
    return Codes(grades=(first, second, third, fourth), categories=tuple(categories))


def padded(rows: Sequence[Sequence[int]], filler: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return token rows that end together: tokens, their mask and their positions, each (n, longest)."""
    import torch

    longest = max(map(len, rows))
    tokens = torch.full((len(rows), longest), filler, dtype=torch.int64)
    mask = torch.zeros_like(tokens)
    for i, row in enumerate(rows):
        tokens[i, longest - len(row) :] = torch.tensor(row)
        mask[i, longest - len(row) :] = 1
    return tokens, mask, (mask.cumsum(1) - 1).clamp(min=0)


class DistilledJudge:
    """Measures texts with a distilled student, and proposes wordings; both protocols of the text stage.

    Weights are read at the first text, from safetensors alone, and never fetched from the network.

    Args:
        folder: What ``train distill fit`` wrote.
        device: Where it runs, such as "cpu" or "cuda:0".

    Raises:
        ConfigurationError: If the folder holds no student of this form.
        MissingExtraError: If torch, transformers or peft is not installed.
    """

    def __init__(self, folder: str | Path, *, device: str = "cpu") -> None:
        self._folder = Path(folder)
        self._device = device
        self._lock = threading.Lock()
        try:
            facts = json.loads((self._folder / FILE).read_text(encoding="utf-8"))
            self._categories = tuple(map(str, facts["categories"]))
            form, version = facts["form"], str(facts["version"])
            self._base = str(facts.get("base") or self._folder / BASE)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{str(self._folder)!r} holds no student ({error}); make one with: python -m ethical_lens.train.distill"
            ) from error
        if form != FORM:
            raise ConfigurationError(f"the student is of the form {form!r}, expected {FORM!r}; train it again")
        self.name = f"student:{self._folder.name}@{version}"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return a finding for each category in each grade; for a text that is too long, only that it failed."""
        rows = [self._ids(text) for text in texts]
        short = [i for i, row in enumerate(rows) if len(row) < self._room]
        said = dict(zip(short, self.say([texts[i] for i in short]), strict=True))
        return [self._findings(said[i]) if i in said else [self._failed()] for i in range(len(texts))]

    def say(self, texts: Sequence[str]) -> list[Said]:
        """Return what the student says of each text, none of which may be longer than it can read.

        Raises:
            ModelError: If it answers with something that is not a number.
        """
        return [
            said
            for start in range(0, len(texts), _BATCH)
            for said in self._say([self._ids(text) for text in texts[start : start + _BATCH]])
        ]

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        """Return the student's wording, if it writes one that is whole and other than the text."""
        import torch

        prompt = self._ids(text)
        if 2 * len(prompt) + _MORE >= self._room:
            return []
        said = self.say([text])[0]
        codes = self._codes
        grade = codes.grades[1 + _foremost(said.grades[1:])]
        category = codes.categories[_foremost(said.categories)]
        tokens, mask, _ = padded([[*prompt, grade, category]], 0)
        with self._lock, torch.inference_mode():
            written = self._model.generate(
                input_ids=tokens.to(self._device),
                attention_mask=mask.to(self._device),
                max_new_tokens=len(prompt) + _MORE,
                do_sample=False,
                eos_token_id=self._tokenizer.eos_token_id,
                pad_token_id=self._tokenizer.eos_token_id,
            )[0, tokens.shape[1] :].tolist()
        if written[-1] != self._tokenizer.eos_token_id:
            return []
        wording = _unquoted(str(self._tokenizer.decode(written, skip_special_tokens=True)))
        if not wording or wording == text:
            return []
        why = "The distilled student words it so, to keep the subject without the harm."
        return [(wording, (Change(kind="replaced", before=text, after=wording, why=why),))]

    def load(self) -> None:
        """Read the weights now rather than at the first text.

        Raises:
            ConfigurationError: If they cannot be read.
        """
        _ = self._model, self._codes

    @property
    def n_parameters(self) -> int:
        """Number of the model's parameters, the adapter merged."""
        return int(self._model.num_parameters())

    def _say(self, rows: Sequence[Sequence[int]]) -> list[Said]:
        codes = self._codes
        grades = self._shares(rows, codes.grades)
        graver = [[*row, codes.grades[1 + _foremost(each[1:])]] for row, each in zip(rows, grades, strict=True)]
        categories = self._shares(graver, codes.categories)
        return [
            Said(grades=(one[0], one[1], one[2], one[3]), categories=tuple(other))
            for one, other in zip(grades, categories, strict=True)
        ]

    def _shares(self, rows: Sequence[Sequence[int]], choices: Sequence[int]) -> list[list[float]]:
        """Return for each row how likely each choice is to come next, if one of them has to."""
        import torch

        tokens, mask, positions = (each.to(self._device) for each in padded(rows, 0))
        with self._lock, torch.inference_mode():
            logits = self._model(
                input_ids=tokens, attention_mask=mask, position_ids=positions, logits_to_keep=1, use_cache=False
            ).logits[:, -1, list(choices)]
            shares = logits.double().softmax(-1)
        if not torch.isfinite(shares).all():
            raise ModelError(f"{self.name} answered with something that is not a number; train it again")
        return [[float(value) for value in row] for row in shares]

    def _findings(self, said: Said) -> list[Finding]:
        most = max(said.categories)
        graded = [(grade, sum(said.grades[grade:])) for grade in _GRADES]
        return [
            Finding(category=category, severity=grade, score=min(1.0, score * share / most), source=self.name)
            for category, share in zip(self._categories, said.categories, strict=True)
            for grade, score in graded
        ]

    def _failed(self) -> Finding:
        note = f"the text is longer than the {self._room} tokens that the student reads"
        return Finding(category=FAILURE, score=1.0, source=self.name, note=note)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(shown(text))["input_ids"])

    @cached_property
    def _room(self) -> int:
        """Tokens that a prompt may have, its label included."""
        return int(getattr(self._model.config, "max_position_embeddings", 1 << 30)) - 2

    @cached_property
    def _codes(self) -> Codes:
        return codes_of(self._tokenizer, len(self._categories))

    @cached_property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        return open_tokenizer(self._base)

    @cached_property
    def _model(self) -> PreTrainedModel:
        try:
            from peft import PeftModel
        except ImportError as error:
            raise MissingExtraError("a distilled student", "llm") from error
        model = PeftModel.from_pretrained(
            open_base(self._base), self._folder / ADAPTER, use_safetensors=True, local_files_only=True
        ).merge_and_unload()
        merged: PreTrainedModel = model.to(self._device).eval()
        return merged


def open_tokenizer(base: str | Path) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a model on this machine.

    Raises:
        ConfigurationError: If there is none.
        MissingExtraError: If transformers is not installed.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise MissingExtraError("a distilled student", "llm") from error
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(base, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{str(base)!r} holds no tokenizer that can be read: {error}") from error
    return tokenizer


def open_base(base: str | Path, dtype: str = "float32") -> PreTrainedModel:
    """Return a causal language model on this machine, read from safetensors.

    Raises:
        ConfigurationError: If there is none.
        MissingExtraError: If torch or transformers is not installed.
    """
    try:
        import torch
        from transformers import AutoModelForCausalLM
    except ImportError as error:
        raise MissingExtraError("a distilled student", "llm") from error
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            base, dtype=getattr(torch, dtype), use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigurationError(f"{str(base)!r} holds no causal language model in safetensors: {error}") from error
    return model


def _foremost(shares: Sequence[float]) -> int:
    return max(range(len(shares)), key=lambda index: shares[index])


def _unquoted(said: str) -> str:
    """Return the text of a JSON string, or nothing where it is none."""
    try:
        value = json.loads(said)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""

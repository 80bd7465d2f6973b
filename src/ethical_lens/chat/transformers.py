"""A language model in this process: any causal one that transformers loads, with a LoRA adapter if wanted."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from ethical_lens.chat.answers import answered, with_schema
from ethical_lens.chat.budget import Grant, Meter
from ethical_lens.chat.constraining import Constrained, Constrainer, constrainer
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.model import Message, Reply
from ethical_lens.chat.schema import Schema
from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.serial import Json

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_EXTRA: Final = "llm"


class TransformersChat:
    """Answers with a causal language model, greedily, so that the same question has the same answer.

    Weights are read from safetensors alone, at the first question or when `load` is called, and never fetched from
    the network unless that is allowed. One question is answered at a time.

    Args:
        source: Folder of the model, or its hub name.
        adapter: Folder of a LoRA adapter of peft, or its hub name.
        device: Where it runs, such as "cpu" or "cuda:0".
        dtype: Name of the floating-point type of torch that it computes in.
        constrained: Whether the model is held to the schema while it writes; needs the library outlines. Where it is
            not, the conversation ends with the schema. Every answer is checked in any case.
        may_download: Whether the hub may be asked.
        template_settings: Further arguments of the chat template, such as ``{"enable_thinking": False}``.
        n_answer_tokens: Longest answer.
        seconds: Most time for one answer, repair not included.
        meter: Counts and bounds what is used; may be shared with other models.

    Raises:
        MissingExtraError: If torch or transformers, or for an adapter peft, is not installed.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        adapter: str | Path | None = None,
        device: str = "cpu",
        dtype: str = "float32",
        constrained: Constrained = "if_installed",
        may_download: bool = False,
        template_settings: Mapping[str, str | int | bool] | None = None,
        n_answer_tokens: int = 1024,
        seconds: float = 60.0,
        meter: Meter | None = None,
    ) -> None:
        _require_installed(adapter is not None)
        self.source = str(source)
        self.adapter = None if adapter is None else str(adapter)
        self.meter = meter or Meter()
        self.n_answer_tokens = n_answer_tokens
        self.seconds = seconds
        self._device = device
        self._dtype = dtype
        self._constrained = constrained
        self._may_download = may_download
        self._template_settings = dict(template_settings or {})
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name of model and adapter."""
        adapter = f"+{Path(self.adapter).name}" if self.adapter else ""
        return f"transformers:{Path(self.source).name}{adapter}@local"

    def load(self) -> None:
        """Read the weights now rather than at the first question.

        Raises:
            ConfigurationError: If model, adapter or settings cannot be used.
        """
        with self._lock:
            _ = self._tokenizer, self._model, self._constrainer

    def complete(self, messages: Sequence[Message], schema: Schema) -> Json:
        """Return an answer that keeps to the schema.

        Raises:
            ChatError: If there is none, even after one attempt at repair.
            ConfigurationError: If the model cannot be loaded.
        """
        if any(message.images for message in messages):
            raise ChatError(f"{self.name} does not see pictures; use a model behind a server that does")
        with self._lock:
            return answered(lambda said: self._reply(said, schema), messages, schema)

    def _reply(self, messages: Sequence[Message], schema: Schema) -> Reply:
        tokens = self._tokens(messages if self._constrainer else with_schema(messages, schema))
        return self.meter.run(
            lambda grant: self._write(tokens, schema, grant),
            n_prompt_tokens=tokens.shape[1],
            n_answer_tokens=self.n_answer_tokens,
            seconds=self.seconds,
        )

    def _write(self, tokens: torch.Tensor, schema: Schema, grant: Grant) -> Reply:
        import torch

        n_prompt = tokens.shape[1]
        self._require_room(n_prompt)
        ends = self._ends
        processors = [self._constrainer.processor(schema)] if self._constrainer else []
        with torch.inference_mode():
            written = self._model.generate(
                input_ids=tokens,
                attention_mask=torch.ones_like(tokens),
                max_new_tokens=grant.n_answer_tokens,
                max_time=grant.seconds,
                do_sample=False,
                num_beams=1,
                eos_token_id=sorted(ends) or None,
                pad_token_id=min(ends, default=0),
                logits_processor=processors,
            )[0, n_prompt:].tolist()
        whole = bool(written) and written[-1] in ends
        text = str(self._tokenizer.decode(written, skip_special_tokens=True))
        return Reply(text=text, whole=whole, n_prompt_tokens=n_prompt, n_answer_tokens=len(written))

    def _tokens(self, messages: Sequence[Message]) -> torch.Tensor:
        """Write a conversation in the form the model was trained on: (1, tokens)."""
        for message in messages:
            if any(mark in message.text for mark in self._control_marks):
                raise ChatError("a message holds a control token of the model; mark and escape what is data")
        spoken = [{"role": message.role.value, "content": message.text} for message in messages]
        encoded = self._tokenizer.apply_chat_template(
            spoken, add_generation_prompt=True, return_tensors="pt", return_dict=True, **self._template_settings
        )
        return cast("torch.Tensor", encoded["input_ids"]).to(self._device)

    def _require_room(self, n_prompt_tokens: int) -> None:
        room = getattr(self._model.config, "max_position_embeddings", None)
        if isinstance(room, int) and n_prompt_tokens + self.n_answer_tokens > room:
            raise ChatError(
                f"{n_prompt_tokens} tokens are asked and up to {self.n_answer_tokens} answered, but {self.name} holds "
                f"{room}; shorten the prompt or the answer"
            )

    @cached_property
    def _control_marks(self) -> frozenset[str]:
        added = {str(token) for token in self._tokenizer.added_tokens_decoder.values() if token.special}
        return frozenset(mark for mark in {*added, *self._tokenizer.all_special_tokens} if mark.strip())

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens that end an answer: those of the model and that of the tokenizer."""
        named = getattr(self._model.generation_config, "eos_token_id", None)
        listed = [named] if isinstance(named, int) else list(named or [])
        own = self._tokenizer.eos_token_id
        return frozenset([*listed, *([own] if isinstance(own, int) else [])])

    @cached_property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(self.source, local_files_only=not self._may_download)
        except (OSError, ValueError) as error:
            raise self._unusable(error) from error
        if tokenizer.chat_template is None:
            raise ConfigurationError(f"{self.source!r} has no chat template; use a model that was trained to converse")
        return cast("PreTrainedTokenizerBase", tokenizer)

    @cached_property
    def _model(self) -> PreTrainedModel:
        import torch
        from transformers import AutoModelForCausalLM

        kind = getattr(torch, self._dtype, None)
        if not isinstance(kind, torch.dtype):
            raise ConfigurationError(f"dtype has to name a type of torch such as bfloat16, got {self._dtype!r}")
        try:
            model = AutoModelForCausalLM.from_pretrained(
                self.source, dtype=kind, use_safetensors=True, local_files_only=not self._may_download
            )
            if self.adapter is not None:
                from peft import PeftModel

                model = PeftModel.from_pretrained(
                    model, self.adapter, use_safetensors=True, local_files_only=not self._may_download
                ).merge_and_unload()
            model = model.to(self._device)
        except (OSError, ValueError, RuntimeError) as error:
            raise self._unusable(error) from error
        return cast("PreTrainedModel", model.eval())

    @cached_property
    def _constrainer(self) -> Constrainer | None:
        return constrainer(self._model, self._tokenizer, self._constrained)

    def _unusable(self, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"{self.name} cannot be loaded: {error}. Give a folder that holds it in safetensors, or allow the download."
        )


def _require_installed(with_adapter: bool) -> None:
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401

        if with_adapter:
            import peft  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("a language model in this process", _EXTRA) from error

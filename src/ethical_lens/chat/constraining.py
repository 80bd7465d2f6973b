"""Holding a model in this process to a schema while it writes, with the library outlines where it is installed."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from ethical_lens.chat.schema import Schema
from ethical_lens.errors import ConfigurationError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Constrained = Literal["if_installed", "always", "never"]


class Processor(Protocol):
    """Forbids, before each token, those that would leave the schema."""

    def reset(self) -> None:
        """Forget the text before."""
        ...

    def __call__(self, input_ids: object, scores: object) -> object:
        """Return the scores with those of forbidden tokens at minus infinity."""
        ...


class Constrainer:
    """Makes the processor of each schema once, since that takes seconds with a large vocabulary.

    Args:
        make: Makes a processor from a schema.
    """

    def __init__(self, make: Callable[[Schema], Processor]) -> None:
        self._make = make
        self._made: dict[str, Processor] = {}

    def processor(self, schema: Schema) -> Processor:
        """Return the processor of a schema, ready for a new text."""
        if schema.digest not in self._made:
            self._made[schema.digest] = self._make(schema)
        processor = self._made[schema.digest]
        processor.reset()
        return processor


def constrainer(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, wanted: Constrained) -> Constrainer | None:
    """Return what holds a model to schemas, or None where nothing does.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        wanted: Whether to do so.

    Raises:
        ConfigurationError: If it is always wanted and outlines is not installed.
    """
    if wanted == "never":
        return None
    if importlib.util.find_spec("outlines") is None:
        if wanted == "always":
            raise ConfigurationError(
                "constrained decoding needs the library outlines; install it with: pip install outlines"
            )
        return None
    import outlines
    from outlines.backends import get_json_schema_logits_processor

    steered = outlines.from_transformers(model, tokenizer)

    def make(schema: Schema) -> Processor:
        processor: Processor = get_json_schema_logits_processor(None, steered, json.dumps(schema.plain))
        return processor

    return Constrainer(make)

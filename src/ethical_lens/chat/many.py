"""Several conversations at once, each with its answer or its own failure."""

from __future__ import annotations

from collections.abc import Sequence

from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.model import ChatModel, Message
from ethical_lens.chat.schema import Schema
from ethical_lens.remote.together import together
from ethical_lens.serial import Json


def complete_all(
    model: ChatModel, conversations: Sequence[Sequence[Message]], schema: Schema, *, n_at_once: int = 4
) -> list[Json | ChatError]:
    """Return one answer or error per conversation, in order.

    Args:
        model: The model.
        conversations: What is said to it, each on its own.
        schema: Form of every answer.
        n_at_once: Most conversations under way at the same time.
    """

    def one(messages: Sequence[Message]) -> Json | ChatError:
        try:
            return model.complete(messages, schema)
        except ChatError as error:
            return error

    return together(one, conversations, n_at_once)

"""A model that says what it is told to say, for tests and for trying things out without a model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ethical_lens.chat.answers import answered
from ethical_lens.chat.budget import Meter, estimated_prompt_tokens
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.model import Message, Reply
from ethical_lens.chat.schema import Schema
from ethical_lens.serial import Json

Script: TypeAlias = Callable[[Sequence[Message], Schema], str]
"""Says something to messages."""


class ScriptedChat:
    """Answers by a script; its words are read, repaired and refused as those of every model.

    Args:
        script: What it says: a function of the messages, or texts to be said in turn.
        name: Name and version.
        meter: Counts what is used.
        n_answer_tokens: Longest answer; what goes beyond is cut off.

    Example:
        >>> schema = Schema(name="yes-1", document={"type": "object", "properties": {"yes": {"type": "boolean"}}})
        >>> ScriptedChat(["Yes!", '{"yes": true}']).complete([], schema)
        {'yes': True}
    """

    def __init__(
        self,
        script: Script | Sequence[str],
        *,
        name: str = "scripted@1",
        meter: Meter | None = None,
        n_answer_tokens: int = 4096,
    ) -> None:
        self.name = name
        self.meter = meter or Meter()
        self.n_answer_tokens = n_answer_tokens
        self._script = script if callable(script) else _in_turn(script)

    def complete(self, messages: Sequence[Message], schema: Schema) -> Json:
        """Return what the script says.

        Raises:
            ChatError: If it cannot be used, or the script has ended.
        """
        return answered(lambda said: self._reply(said, schema), messages, schema)

    def _reply(self, messages: Sequence[Message], schema: Schema) -> Reply:
        return self.meter.run(
            lambda grant: _cut(self._script(messages, schema), grant.n_answer_tokens),
            n_prompt_tokens=estimated_prompt_tokens(messages),
            n_answer_tokens=self.n_answer_tokens,
            seconds=60.0,
        )


def _cut(text: str, n_tokens: int) -> Reply:
    """Cut a text as if every character were a token."""
    return Reply(text=text[:n_tokens], whole=len(text) <= n_tokens, n_answer_tokens=min(len(text), n_tokens))


def _in_turn(texts: Sequence[str]) -> Script:
    left = list(texts)
    lock = threading.Lock()

    def script(messages: Sequence[Message], schema: Schema) -> str:
        with lock:
            if not left:
                raise ChatError(f"the script has ended after {len(texts)} texts; give it more")
            return left.pop(0)

    return script

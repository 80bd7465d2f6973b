"""A cache of answers: what was asked before with the same words is not asked again."""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from ethical_lens.chat.answers import read_answer
from ethical_lens.chat.errors import AnswerError
from ethical_lens.chat.model import ChatModel, Message, Reply
from ethical_lens.chat.schema import Schema
from ethical_lens.errors import ConfigurationError
from ethical_lens.serial import Json, digest


class CachedChat:
    """A model whose answers are kept by the content of what was asked: model, messages, pictures and schema.

    Failures are not kept. What lies in the folder is checked against the schema again when it is read, and is asked
    for anew when it does not hold.

    Args:
        model: The model.
        folder: Where answers are kept for the next run; None keeps them in memory alone. Answers may repeat the words
            of prompts, so treat the folder as you treat prompts. Use one folder per server.
        n_kept: Most answers kept in memory; those not used for longest go first.

    Raises:
        ConfigurationError: If the folder is a file.
    """

    def __init__(self, model: ChatModel, *, folder: Path | None = None, n_kept: int = 4096) -> None:
        if folder is not None and folder.exists() and not folder.is_dir():
            raise ConfigurationError(f"expected a folder for answers, but {str(folder)!r} is a file; name another")
        self.model = model
        self.n_kept = n_kept
        self._folder = folder
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name and version of the model."""
        return self.model.name

    def complete(self, messages: Sequence[Message], schema: Schema) -> Json:
        """Return the answer that was given before, or ask for one.

        Raises:
            ChatError: If there is none.
        """
        key = self._key(messages, schema)
        known = self._recall(key, schema)
        if known is not None:
            return known
        answer = self.model.complete(messages, schema)
        self._keep(key, json.dumps(answer, allow_nan=False))
        return answer

    def _key(self, messages: Sequence[Message], schema: Schema) -> str:
        said = [message.content for message in messages]
        return digest({"model": self.name, "messages": said, "schema": schema.digest})

    def _recall(self, key: str, schema: Schema) -> Json:
        """Return a kept answer, or None; answers are objects."""
        with self._lock:
            text = self._kept.get(key)
            if text is not None:
                self._kept.move_to_end(key)
        if text is None and self._folder is not None:
            try:
                text = (self._folder / f"{key}.json").read_text(encoding="ascii")
            except (OSError, ValueError):
                return None
        if text is None:
            return None
        try:
            answer = read_answer(Reply(text=text), schema)
        except AnswerError:
            return None
        self._remember(key, text)
        return answer

    def _keep(self, key: str, text: str) -> None:
        self._remember(key, text)
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Written aside and then renamed, so that nobody ever reads half an answer.
            aside = self._folder / f"{key}.{os.getpid()}-{threading.get_ident()}"
            aside.write_text(text, encoding="ascii")
            aside.replace(self._folder / f"{key}.json")

    def _remember(self, key: str, text: str) -> None:
        with self._lock:
            self._kept[key] = text
            self._kept.move_to_end(key)
            while len(self._kept) > self.n_kept:
                self._kept.popitem(last=False)

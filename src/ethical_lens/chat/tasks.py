"""Tasks for language models: versioned instructions with the schema of their answers.

A task NAME-VERSION is two files in ``templates``: ``NAME-VERSION.md``, what the model is told, and
``NAME-VERSION.json``, the form of its answer. Both are used as they are; what a user wrote is handed over as marked
data and never becomes part of them. A change of words is a new version.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethical_lens.chat.answers import repair
from ethical_lens.chat.errors import AnswerError, ChatError
from ethical_lens.chat.marking import instruct
from ethical_lens.chat.model import ChatModel, Message
from ethical_lens.chat.schema import Schema
from ethical_lens.errors import ConfigurationError
from ethical_lens.remote.together import together
from ethical_lens.serial import Json

Check = Callable[[dict[str, Json]], str | None]
"""Says what contradicts itself in an answer that keeps to the schema, in words of the schema alone; None if nothing."""

_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that a model is asked to do."""

    name: str
    """Name and version, such as "toxicity-1"."""
    instructions: str
    schema: Schema

    def ask(self, model: ChatModel, handed: Sequence[Message], check: Check) -> dict[str, Json]:
        """Have a model do the task.

        An answer that contradicts itself is treated like one that breaks the schema: the model is told what is wrong
        and asked once more.

        Args:
            model: The model.
            handed: What to do it with, as marked data or pictures.
            check: Looks for contradictions.

        Raises:
            ChatError: If there is no answer that can be used.
        """
        messages = [instruct(self.instructions), *handed]
        answer = _as_object(model.complete(messages, self.schema))
        problem = check(answer)
        if problem is None:
            return answer
        answer = _as_object(model.complete([*messages, repair(problem)], self.schema))
        problem = check(answer)
        if problem is not None:
            raise AnswerError(f"two answers in a row contradict themselves; the second: {problem}")
        return answer

    def ask_all(
        self,
        model: ChatModel,
        handed: Sequence[Sequence[Message]],
        checks: Sequence[Check],
        *,
        n_at_once: int = 4,
    ) -> list[dict[str, Json] | ChatError]:
        """Have a model do the task several times; each answer, or its own failure, in order."""

        def one(pair: tuple[Sequence[Message], Check]) -> dict[str, Json] | ChatError:
            try:
                return self.ask(model, *pair)
            except ChatError as error:
                return error

        return together(one, list(zip(handed, checks, strict=True)), n_at_once)


@functools.cache
def load_task(name: str) -> Task:
    """Return a task that the package brings.

    Raises:
        ConfigurationError: If there is none of that name.
    """
    try:
        instructions = (_TEMPLATES / f"{name}.md").read_text(encoding="utf-8")
        document = json.loads((_TEMPLATES / f"{name}.json").read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(sorted(each.stem for each in _TEMPLATES.glob("*.json")))
        raise ConfigurationError(f"there is no task {name!r} ({error}); known are: {known}") from error
    return Task(name=name, instructions=instructions, schema=Schema(name=name, document=document))


def _as_object(answer: Json) -> dict[str, Json]:
    if not isinstance(answer, dict):
        raise AnswerError("the answer is not one JSON object and nothing else")
    return answer

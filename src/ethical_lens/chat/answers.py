"""From what a model said to an answer that can be used: read strictly, one repair, then failure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from ethical_lens.chat.errors import AnswerError
from ethical_lens.chat.model import Message, Reply, Role
from ethical_lens.chat.schema import Schema
from ethical_lens.serial import Json

_MOST_CHARACTERS: Final = 200_000
_FENCE: Final = re.compile(r"```(?:json)?[ \t]*\n(?P<inside>.*)\n```", re.DOTALL)


def answered(ask: Callable[[Sequence[Message]], Reply], messages: Sequence[Message], schema: Schema) -> Json:
    """Ask a model, and once more where its answer cannot be used.

    The repair tells what is wrong in words of the schema. It does not repeat the answer, since whoever wrote the data
    may have had a hand in that, and would come to stand outside the data.

    Args:
        ask: Asks the model.
        messages: What is said to it.
        schema: Form of the answer.

    Returns:
        The answer, which keeps to the schema.

    Raises:
        AnswerError: If neither answer can be used.
        ChatError: If the model did not answer.
    """
    try:
        return read_answer(ask(messages), schema)
    except AnswerError as error:
        repeated = [*messages, repair(str(error))]
    try:
        return read_answer(ask(repeated), schema)
    except AnswerError as error:
        raise AnswerError(f"two answers in a row cannot be used; the second: {error}") from None


def read_answer(reply: Reply, schema: Schema) -> Json:
    """Read what a model said as one JSON object that keeps to a schema.

    Nothing is guessed: prose around the object, names that stand twice in it, numbers that are not finite, and answers
    that were cut off are refused. Only a fence around the whole is taken off.

    Args:
        reply: What was said.
        schema: Form of the answer.

    Raises:
        AnswerError: If it cannot be used.

    Example:
        >>> yes = Schema(name="yes-1", document={"type": "object", "properties": {"yes": {"type": "boolean"}}})
        >>> read_answer(Reply(text='{"yes": true}'), yes)
        {'yes': True}
    """
    if not reply.whole:
        raise AnswerError("the answer was cut off before its end")
    if len(reply.text) > _MOST_CHARACTERS:
        raise AnswerError(f"the answer has more than {_MOST_CHARACTERS:,} characters")
    text = reply.text.strip()
    fenced = _FENCE.fullmatch(text)
    try:
        value: Json = json.loads(
            fenced["inside"] if fenced else text,
            object_pairs_hook=_without_repeats,
            parse_constant=_refused,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        raise AnswerError("the answer is not one JSON object and nothing else") from None
    problem = schema.problem(value)
    if problem is not None:
        raise AnswerError(problem)
    return value


def with_schema(messages: Sequence[Message], schema: Schema) -> list[Message]:
    """Return a conversation that ends with its schema in words, for models that nothing holds to it."""
    text = f"The JSON schema of your answer:\n{json.dumps(schema.plain)}"
    return [*messages, Message(role=Role.USER, text=text)]


def repair(problem: str) -> Message:
    """Return what a model is told whose answer cannot be used.

    Args:
        problem: What is wrong, in words of the schema; never made of data or of the answer.
    """
    return Message(
        role=Role.USER,
        text=f"Your answer could not be used ({problem}). Do the same task again for the same data, and answer with "
        "one JSON object that keeps to the schema, without any other text.",
    )


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number

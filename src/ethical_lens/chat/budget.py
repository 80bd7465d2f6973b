"""Budgets: how many tokens and seconds a model may use, counted over all its calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.chat.errors import BudgetError
from ethical_lens.chat.model import Message, Reply

_BYTES_PER_TOKEN: Final = 3
_TOKENS_PER_MESSAGE: Final = 8
_TOKENS_PER_IMAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be used in all; None means any amount."""

    n_tokens: int | None = None
    """Prompts and answers together."""
    seconds: float | None = None
    """Of all calls together, also of those that run at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used so far."""

    n_calls: int = 0
    n_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one call may use."""

    n_answer_tokens: int
    seconds: float


class Meter:
    """Counts what is used, and lets no call begin that the budget has nothing left for.

    What a call may use is set aside before it begins, so that calls at once cannot overdraw together. A call that
    failed is counted with its prompt and its time.

    Args:
        budget: What may be used; anything by default.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self._lock = threading.Lock()
        self._used = Usage()
        self._aside = Usage()

    @property
    def usage(self) -> Usage:
        """What was used so far, by calls that have ended."""
        with self._lock:
            return self._used

    def run(
        self, ask: Callable[[Grant], Reply], *, n_prompt_tokens: int, n_answer_tokens: int, seconds: float
    ) -> Reply:
        """Make one call within the budget.

        Args:
            ask: Makes the call with what it may use.
            n_prompt_tokens: Length of the prompt, counted or estimated.
            n_answer_tokens: Most that the answer may have.
            seconds: Most time it may take.

        Returns:
            What the model said.

        Raises:
            BudgetError: If nothing is left for this call.
            Exception: What the call raised.
        """
        grant = self._set_aside(n_prompt_tokens, n_answer_tokens, seconds)
        since = time.monotonic()
        n_tokens = n_prompt_tokens
        try:
            reply = ask(grant)
            n_tokens = _told(reply.n_prompt_tokens, n_prompt_tokens) + _told(
                reply.n_answer_tokens, estimated_tokens(reply.text)
            )
        finally:
            self._settle(n_prompt_tokens, grant, n_tokens, time.monotonic() - since)
        return reply

    def _set_aside(self, n_prompt_tokens: int, n_answer_tokens: int, seconds: float) -> Grant:
        with self._lock:
            most_tokens, most_seconds = self.budget.n_tokens, self.budget.seconds
            if most_tokens is not None:
                left = most_tokens - self._used.n_tokens - self._aside.n_tokens - n_prompt_tokens
                n_answer_tokens = min(n_answer_tokens, left)
            if most_seconds is not None:
                seconds = min(seconds, most_seconds - self._used.seconds - self._aside.seconds)
            if n_answer_tokens < 1 or seconds <= 0:
                raise BudgetError(
                    f"the budget of {most_tokens} tokens and {most_seconds} s is spent after {self._used.n_calls} "
                    "calls; allow more, or go on without the model"
                )
            self._aside = _plus(self._aside, n_tokens=n_prompt_tokens + n_answer_tokens, seconds=seconds)
            return Grant(n_answer_tokens=n_answer_tokens, seconds=seconds)

    def _settle(self, n_prompt_tokens: int, grant: Grant, n_tokens: int, seconds: float) -> None:
        with self._lock:
            set_aside = n_prompt_tokens + grant.n_answer_tokens
            self._aside = _plus(self._aside, n_tokens=-set_aside, seconds=-grant.seconds)
            self._used = _plus(self._used, n_calls=1, n_tokens=n_tokens, seconds=seconds)


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has, rather too many: one for three bytes."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def estimated_prompt_tokens(messages: Sequence[Message]) -> int:
    """Return about how many tokens messages have, rather too many."""
    return sum(
        estimated_tokens(each.text) + _TOKENS_PER_MESSAGE + _TOKENS_PER_IMAGE * len(each.images) for each in messages
    )


def _told(n_tokens: int | None, estimate: int) -> int:
    return estimate if n_tokens is None or n_tokens < 0 else n_tokens


def _plus(usage: Usage, *, n_calls: int = 0, n_tokens: int = 0, seconds: float = 0.0) -> Usage:
    return Usage(n_calls=usage.n_calls + n_calls, n_tokens=usage.n_tokens + n_tokens, seconds=usage.seconds + seconds)

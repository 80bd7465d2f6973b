"""What is raised when a model gives no answer that can be used.

ChatError              the model did not answer
├── AnswerError        it answered, but not in JSON against the schema, even after one repair
└── BudgetError        the tokens or seconds that it may use are spent
"""

from __future__ import annotations

from ethical_lens.errors import EthicalLensError


class ChatError(EthicalLensError):
    """A language model did not answer."""


class AnswerError(ChatError):
    """An answer cannot be used. The message names the place in the schema, never what was answered."""


class BudgetError(ChatError):
    """The tokens or seconds that a model may use are spent."""

"""Large language models that answer in JSON against a schema, wherever they run."""

from ethical_lens.chat.errors import AnswerError, BudgetError, ChatError
from ethical_lens.chat.model import ChatModel, Message, Role
from ethical_lens.chat.schema import Schema

__all__ = ["AnswerError", "BudgetError", "ChatError", "ChatModel", "Message", "Role", "Schema"]

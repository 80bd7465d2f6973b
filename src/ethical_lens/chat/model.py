"""What is said to a language model, and what every such model can do."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ethical_lens.chat.schema import Schema
from ethical_lens.serial import Json

if TYPE_CHECKING:
    from PIL.Image import Image


class Role(enum.StrEnum):
    """Who says something."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One thing that is said."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()
    """RGB pictures that are shown with it, to models that can see."""

    @property
    def content(self) -> Json:
        """What is said, without pixels: each picture is its size and the SHA-256 of its pixels."""
        seen: list[Json] = [
            f"{image.mode} {image.width}x{image.height} {hashlib.sha256(image.tobytes()).hexdigest()}"
            for image in self.images
        ]
        return {"role": self.role.value, "text": self.text, "images": seen}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model said, before it is read."""

    text: str
    whole: bool = True
    """False when the model was cut off before it had ended."""
    n_prompt_tokens: int | None = None
    """None where the model does not tell."""
    n_answer_tokens: int | None = None
    """None where the model does not tell."""


@runtime_checkable
class ChatModel(Protocol):
    """Answers in JSON."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def complete(self, messages: Sequence[Message], schema: Schema) -> Json:
        """Return an answer that keeps to the schema.

        Raises:
            ChatError: If there is none, even after one attempt at repair.
        """
        ...

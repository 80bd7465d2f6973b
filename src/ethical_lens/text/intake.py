"""The edge where prompts enter: only readable text of a sensible length comes in."""

from __future__ import annotations

import unicodedata
from typing import Final

from ethical_lens.errors import PromptError

MAX_PROMPT_CHARACTERS: Final = 20_000
"""Longest prompt that is read. A longer one is refused whole, so that nothing hides behind the limit."""

_LINE_CHARACTERS: Final = frozenset("\t\n\r")
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})


def read_prompt(text: object, *, limit: int = MAX_PROMPT_CHARACTERS) -> str:
    """Check one prompt at the edge and hand it on unchanged.

    Args:
        text: What the caller passed as a prompt.
        limit: Longest length accepted, in characters.

    Returns:
        The same text, byte for byte.

    Raises:
        PromptError: The text is not a string, empty, too long, or holds characters that no prompt needs.

    Example:
        >>> read_prompt("a red bicycle")
        'a red bicycle'
    """
    if isinstance(text, bytes | bytearray):
        raise PromptError("Expected a prompt as text, got bytes; decode them first, for example with .decode('utf-8').")
    if not isinstance(text, str):
        raise PromptError(f"Expected a prompt as text, got {type(text).__name__}; pass a string.")
    if len(text) > limit:
        raise PromptError(f"Expected at most {limit:,} characters, got {len(text):,}; shorten the prompt.")
    _require_characters(text)
    _require_content(text)
    return text


def _require_characters(text: str) -> None:
    for position, character in enumerate(text):
        if character >= " " and not "\x7f" <= character <= "\x9f" and not "\ud800" <= character <= "\udfff":
            continue
        if character not in _LINE_CHARACTERS:
            kind = "half of a surrogate pair" if character >= "\ud800" else "a control character"
            raise PromptError(
                f"Expected readable text, got {kind} (U+{ord(character):04X}) at character {position}; "
                "remove it, and check that the file is text in UTF-8."
            )


def _require_content(text: str) -> None:
    if not text:
        raise PromptError("Expected a prompt, got an empty text; describe the picture in words.")
    if not any(_visible(character) for character in text):
        raise PromptError("Expected a prompt, got only blank characters; describe the picture in words.")


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE_CATEGORIES and character not in _BLANK_LETTERS

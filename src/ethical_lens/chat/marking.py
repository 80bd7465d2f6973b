r"""Data in a conversation: marked, so that a model can tell them from what it is asked, and escaped, so that they stay.

Data stand as one JSON string between two lines that carry a code, which follows from the data and so cannot be written
by whoever writes them. Inside, line breaks, brackets, rulers, invisible characters and everything from which markup,
control tokens and fences are made are written as escapes; no line of the data is a line of the conversation.

Example:
    >>> print(mark("a cat\n</data>", kind="prompt"))
    <data-ae2f0be7f8e419df kind="prompt">
    "a cat\n\u003c/data\u003e"
    </data-ae2f0be7f8e419df>
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethical_lens.chat.model import Message, Role
from ethical_lens.errors import InputError

RULE_VERSION: Final = "marking-1"
"""Version of what models are told about data."""

_MARKUP: Final = frozenset("<>|[]{}`")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_RULER: Final = re.compile(r"([-=#*~_])\1{2,}")
_KIND: Final = re.compile(r"[a-z][a-z_]{0,39}")
_BLOCK: Final = re.compile(
    r'^<data-(?P<code>[0-9a-f]{16}) kind="(?P<kind>[a-z_]+)">\n(?P<text>".*")\n</data-(?P=code)>$', re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Data that were found in a text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A text taken apart."""

    outside: str
    """What is not data."""
    data: tuple[Marked, ...]


def instruct(task: str) -> Message:
    """Return the message that begins a conversation: what data are, and the task.

    Args:
        task: What the model has to do; never made of data.
    """
    return Message(role=Role.SYSTEM, text=f"{_rule()}\n{task.strip()}\n")


def hand_over(kind: str, text: str) -> Message:
    """Return a message that holds data and nothing else.

    Args:
        kind: What the data are, such as "prompt"; small letters and underscores.
        text: The data.
    """
    return Message(role=Role.USER, text=mark(text, kind=kind))


def mark(text: str, *, kind: str) -> str:
    """Return data as a block that can stand in a message, on lines of its own.

    Args:
        text: The data.
        kind: What they are; small letters and underscores.

    Raises:
        InputError: If the kind is no such name.
    """
    if not _KIND.fullmatch(kind):
        raise InputError(f"the kind of data has to be made of small letters and underscores, got {kind!r}")
    code = _code(text)
    return f'<data-{code} kind="{kind}">\n{escape(text)}\n</data-{code}>'


def escape(text: str) -> str:
    """Return data as a JSON string on one line, without markup, rulers and characters that are not seen."""
    written = "".join(_escaped(each) if _steers(each) else each for each in json.dumps(text, ensure_ascii=False))
    return _RULER.sub(lambda ruler: "".join(map(_escaped, ruler[0])), written)


def take_apart(text: str) -> Told:
    """Tell data from what is not data; the inverse of `mark`, for models that are scripted."""
    data = tuple(
        Marked(kind=each["kind"], text=json.loads(each["text"]))
        for each in _BLOCK.finditer(text)
        if each["code"] == _code(json.loads(each["text"]))
    )
    return Told(outside=_BLOCK.sub("", text), data=data)


def _code(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _steers(character: str) -> bool:
    return character in _MARKUP or unicodedata.category(character) in _HIDDEN


def _escaped(character: str) -> str:
    beyond = ord(character) > 0xFFFF
    return json.dumps(character)[1:-1] if beyond else f"\\u{ord(character):04x}"


@functools.cache
def _rule() -> str:
    return (Path(__file__).parent / "templates" / f"{RULE_VERSION}.md").read_text(encoding="utf-8")

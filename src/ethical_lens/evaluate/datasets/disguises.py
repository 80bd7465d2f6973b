"""Ways to disguise words from a filter without changing what a reader sees, for the adversarial suite of Sketch.

They are as mild as they look: each is one published idea, applied blindly. Attacks that search are a tool of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

_LEET: Final = str.maketrans("aeios", "43105")
_LOOKALIKES: Final = str.maketrans("aceopxy", "асеорху")  # noqa: RUF001 (Cyrillic on purpose)
_WIDE: Final = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def _spaced(text: str) -> str:
    return "   ".join(" ".join(word) for word in text.split(" "))


def _dotted(text: str) -> str:
    return " ".join(".".join(word) for word in text.split(" "))


def _hidden_joints(text: str) -> str:
    return " ".join("\u200b".join(word) for word in text.split(" "))


def _broken(text: str) -> str:
    return " ".join(f"{word[:2]}-{word[2:]}" if len(word) > 3 else word for word in text.split(" "))


def _doubled(text: str) -> str:
    return " ".join(word[:-1] + word[-1] * 3 if len(word) > 3 else word for word in text.split(" "))


def _accented(text: str) -> str:
    return "".join(f"{letter}\u0301" if letter in "aeiou" else letter for letter in text)


DISGUISES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "digits": lambda text: text.translate(_LEET),
        "lookalikes": lambda text: text.translate(_LOOKALIKES),
        "wide letters": lambda text: text.translate(_WIDE),
        "spaced": _spaced,
        "dotted": _dotted,
        "hidden joints": _hidden_joints,
        "broken": _broken,
        "doubled": _doubled,
        "accented": _accented,
        "emphasis": lambda text: f"(({text}:1.4))",
    }
)
"""Name to the function that disguises a text."""

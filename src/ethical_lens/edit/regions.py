"""Where in a picture something is, in words."""

from __future__ import annotations

from typing import Final

from ethical_lens.types import Box, Mask

_THIRD: Final = 1 / 3
PLACE_WORDS: Final = frozenset(
    {"in", "on", "over", "of", "a", "an", "the", "upper", "lower", "middle", "left", "right", "part", "most", "picture"}
)
"""Every word with which `described` says where, and articles."""
_MOST: Final = 0.5
"""Share of the picture from which on something fills it rather than lies somewhere in it."""


def described(where: Box | Mask, size: tuple[int, int]) -> str:
    """Say where a region lies, for a person or a language model.

    Args:
        where: Box or mask; of a mask its box counts.
        size: Width and height of the picture.

    Returns:
        For example "in the lower left", "in the middle" or "over most of the picture".

    Example:
        >>> described(Box(left=0, top=50, right=10, bottom=60), (64, 64))
        'in the lower left'
    """
    box = where.box if isinstance(where, Mask) else where
    width, height = size
    left, right = max(0, box.left), min(width, box.right)
    top, bottom = max(0, box.top), min(height, box.bottom)
    if (right - left) * (bottom - top) >= _MOST * width * height:
        return "over most of the picture"
    across = _part((left + right) / (2 * width), ("left", "", "right"))
    down = _part((top + bottom) / (2 * height), ("upper", "", "lower"))
    if not across and not down:
        return "in the middle"
    if not across:
        return f"in the {down} part"
    return f"in the {down} {across}" if down else f"on the {across}"


def _part(share: float, names: tuple[str, str, str]) -> str:
    return names[0] if share < _THIRD else names[2] if share > 2 * _THIRD else names[1]

"""Doing several things at once, but never more than a given number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def together(function: Callable[[Item], Answer], items: Sequence[Item], n_at_once: int) -> list[Answer]:
    """Return the function's answer to each item, in order.

    Args:
        function: Called with one item; turns its own failures into answers.
        items: What to call it with.
        n_at_once: Most calls under way at the same time.

    Raises:
        Exception: What the function raised first in the order of the items; calls not yet begun are dropped.

    Example:
        >>> together(len, ["a", "bc"], 2)
        [1, 2]
    """
    if n_at_once <= 1 or len(items) <= 1:
        return [function(item) for item in items]
    pool = ThreadPoolExecutor(max_workers=min(n_at_once, len(items)), thread_name_prefix="ethical-lens-remote")
    try:
        return list(pool.map(function, items))
    finally:
        # Not waited for: a caller that was stopped at its own deadline goes on at once.
        pool.shutdown(wait=False, cancel_futures=True)

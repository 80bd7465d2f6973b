"""How long to wait before a call is tried again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits that double, spread at random so that many callers do not return together."""

    n_attempts: int = 3
    """Attempts in all; 1 never tries again."""
    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    """Longest wait of our own choice; a server may ask for more."""

    def wait_seconds(self, n_failed: int, asked_seconds: float | None) -> float:
        """Return how long to wait after so many failed attempts.

        Args:
            n_failed: Attempts that failed so far, from 1 on.
            asked_seconds: What the server asked for, which is never undercut.
        """
        full = min(self.first_seconds * 2.0 ** (n_failed - 1), self.longest_seconds)
        spread = full / 2 + full / 2 * secrets.randbelow(1001) / 1000
        return max(spread, asked_seconds or 0.0)


def read_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a header ``Retry-After`` asks for, or None where it cannot be read.

    Args:
        value: Seconds, or a date as HTTP writes it.
        now: Present time.

    Example:
        >>> read_retry_after("12")
        12.0
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())

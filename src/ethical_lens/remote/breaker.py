"""A breaker: a server that keeps failing is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from ethical_lens.remote.errors import RemoteError

T = TypeVar("T")


class Breaker:
    """Refuses calls at once after several in a row that failed through the server's fault.

    After the rest one call is let through as a trial; it closes the breaker, or opens it for another rest.

    Args:
        n_failures: Failed calls in a row that open it.
        rest_seconds: How long it stays open.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, *, n_failures: int = 5, rest_seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = n_failures
        self._rest = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._n_failed = 0
        self._opened = 0.0
        self._on_trial = False

    def run(self, function: Callable[[], T]) -> T:
        """Return what a function returns, unless the breaker is open.

        Raises:
            RemoteError: If it is open, or the function raised one.
        """
        trial = self._enter()
        failed = True
        try:
            answer = function()
            failed = False
        except RemoteError as error:
            failed = error.blames_server
            raise
        finally:
            self._leave(failed=failed, trial=trial)
        return answer

    def _enter(self) -> bool:
        """Let a call in, or refuse it; return whether it is the trial."""
        with self._lock:
            if self._n_failed < self._most:
                return False
            left = self._opened + self._rest - self._clock()
            if left > 0 or self._on_trial:
                raise RemoteError(
                    f"the server failed {self._n_failed} times in a row and is left alone for another "
                    f"{max(left, 0):.0f} s; look whether it runs",
                    retryable=True,
                )
            self._on_trial = True
            return True

    def _leave(self, *, failed: bool, trial: bool) -> None:
        with self._lock:
            if trial:
                self._on_trial = False
            self._n_failed = self._n_failed + 1 if failed else 0
            if self._n_failed >= self._most:
                self._opened = self._clock()

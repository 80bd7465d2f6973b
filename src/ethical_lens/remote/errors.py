"""What is raised when a server gives nothing that can be used."""

from __future__ import annotations

from ethical_lens.errors import EthicalLensError


class RemoteError(EthicalLensError):
    """A server did not answer, or its answer cannot be used.

    Args:
        message: What was expected, what came, what to do. Never what was asked, never a key.
        retryable: Whether the same call may succeed in a moment.
        retry_after_seconds: How long the server asked to be left alone.
        blames_server: Whether it speaks against the server's health, and not only against this one call.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
        blames_server: bool = False,
    ) -> None:
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.blames_server = blames_server
        super().__init__(message)

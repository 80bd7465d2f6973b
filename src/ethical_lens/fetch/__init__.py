"""Fetching models: only when asked, each file pinned by its digest at the first fetch and compared ever after."""

from __future__ import annotations

from ethical_lens.fetch.getting import Fetched, get, local_file
from ethical_lens.fetch.lock import LOCK_FILE, Lock, PinnedFile, PinnedModel, read_lock, verify_lock
from ethical_lens.fetch.sources import Listing, RemoteFile, is_address, listing_of

__all__ = [
    "LOCK_FILE",
    "Fetched",
    "Listing",
    "Lock",
    "PinnedFile",
    "PinnedModel",
    "RemoteFile",
    "get",
    "is_address",
    "listing_of",
    "local_file",
    "read_lock",
    "verify_lock",
]

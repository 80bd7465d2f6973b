"""The audit log: one JSON line per request, chained, verifiable, and free of anything that cannot be erased.

``docs/audit.md`` describes the files field by field, what they guarantee and what they do not.
"""

from __future__ import annotations

from ethical_lens.audit.chain import KEY_VARIABLE, AuditEntry, Head, Retention
from ethical_lens.audit.log import AuditLog, erase
from ethical_lens.audit.reading import confirm, find, head, read
from ethical_lens.audit.verification import VerifyReport, verify

__all__ = [
    "KEY_VARIABLE",
    "AuditEntry",
    "AuditLog",
    "Head",
    "Retention",
    "VerifyReport",
    "confirm",
    "erase",
    "find",
    "head",
    "read",
    "verify",
]

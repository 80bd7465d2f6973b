"""What a configuration says, before anything of it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ethical_lens.policy.source import Document, Place, Tree
from ethical_lens.types import Exemption


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One part by its registered name, with its arguments."""

    use: str
    """The name."""
    arguments: Mapping[str, Tree]
    place: Place
    """Where it stands in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinionChoice:
    """Who else is asked about a text, and in which band of scores."""

    detector: Choice
    low: float
    high: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditChoice:
    """Where the audit log lies."""

    path: Path
    fsync: bool
    lock_timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A configuration file, its shape checked. None stands for what the package brings by default."""

    path: Path
    document: Document
    policy: str | Path
    """Name of a shipped policy, or file."""
    generator: Choice
    text_detectors: tuple[Choice, ...] | None
    negative_detectors: tuple[Choice, ...] | None
    rewriter: Choice | None
    people: Choice | None
    second_opinion: SecondOpinionChoice | None
    image_detectors: tuple[Choice, ...] | None
    locator: Choice | None
    editors: Mapping[str, Choice]
    """Laid over the editors that are there by default."""
    ledger: Path | None
    audit: AuditChoice | None
    weights_lock: Path | None
    """Lock file of fetched models, which `doctor` verifies."""
    exemptions: frozenset[Exemption] = field(default_factory=frozenset)

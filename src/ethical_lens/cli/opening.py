"""The lens that a command works with: of the configuration file, if one was given, and of the command's own options."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from ethical_lens.types import Exemption

if TYPE_CHECKING:
    from ethical_lens.audit import AuditLog
    from ethical_lens.lens import Lens
    from ethical_lens.people.ledger import Ledger
    from ethical_lens.policy import Policy

CONFIG_VARIABLE = "ETHICAL_LENS_CONFIG"


def configured() -> Path | None:
    """Return the configuration file of the running command, given as ``--config`` before its name, or None."""
    context = _context()
    path = context.find_root().params.get("config") if context is not None else None
    return Path(path) if path is not None else None


def opened_policy(name: str) -> Policy:
    """Return the policy of an option ``--policy``; the configuration's own where the option was not given."""
    from ethical_lens import policy as policies

    path = configured()
    if path is None or given("policy"):
        return policies.load(name)
    from ethical_lens.config import policy_of, read_config

    return policy_of(read_config(path))


def opened_lens(
    policy: Policy,
    *,
    generator: str = "sketch",
    audit: AuditLog | None = None,
    ledger: Ledger | None = None,
    exemptions: Collection[Exemption] = (),
) -> Lens:
    """Return the lens of the running command; what its options say counts for more than the configuration.

    Args:
        policy: See `opened_policy`.
        generator: Name from the option ``--generator``.
        audit: Log from the command's own option.
        ledger: Ledger from the command's own option.
        exemptions: From the command's own options.
    """
    from ethical_lens import registry
    from ethical_lens.lens import Lens

    path = configured()
    if path is None:
        return Lens.default(policy=policy, generator=generator, audit=audit, ledger=ledger, exemptions=exemptions)
    from ethical_lens.lens.configured import lens_from_config

    return lens_from_config(
        path,
        policy=policy,
        generator=registry.generator(generator) if given("generator") else None,
        audit=audit,
        ledger=ledger,
        exemptions=exemptions,
    )


def given(option: str) -> bool:
    """Whether the user gave an option of the running command."""
    context = _context()
    source = context.get_parameter_source(option) if context is not None else None
    return source is not None and source.name == "COMMANDLINE"


def _context() -> typer.Context | None:
    # Older releases of typer use the package click, newer ones a copy of it; the base of their context tells which.
    package = typer.Context.__mro__[1].__module__.rpartition(".")[0]
    current = importlib.import_module(f"{package}.globals").get_current_context(silent=True)
    return cast("typer.Context | None", current)

"""A lens from a configuration file."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from ethical_lens import registry
from ethical_lens.config import assemble, read_config
from ethical_lens.lens.cascade import with_second_opinion
from ethical_lens.lens.orchestrator import Lens
from ethical_lens.policy import Policy
from ethical_lens.types import Exemption, Generator

if TYPE_CHECKING:
    from ethical_lens.audit import AuditLog
    from ethical_lens.people.ledger import Ledger


def lens_from_config(
    path: str | os.PathLike[str],
    *,
    policy: Policy | None = None,
    generator: Generator | None = None,
    audit: AuditLog | None = None,
    ledger: Ledger | None = None,
    exemptions: Collection[Exemption] = (),
) -> Lens:
    """Return the lens that a configuration file describes.

    Args:
        path: The YAML file.
        policy: Stands instead of the one that the file names.
        generator: Stands instead of the one that the file names.
        audit: Stands instead of the one that the file names.
        ledger: Stands instead of the one that the file names.
        exemptions: Added to those of the file.

    Raises:
        ConfigFileError: If the file cannot be used; the message names the line, and what to write instead.
        PolicyError: If the policy is refused.
        MissingExtraError: If a part needs an extra that is not installed.
    """
    configuration = read_config(path)
    if audit is not None:
        configuration = replace(configuration, audit=None)
    if ledger is not None:
        configuration = replace(configuration, ledger=None)
    parts = assemble(configuration, policy=policy, generator=generator)
    return Lens(
        policy=parts.policy,
        generator=parts.generator,
        text_detectors=with_second_opinion(parts.text_detectors, parts.policy, parts.second_opinion),
        negative_detectors=parts.negative_detectors,
        image_detectors=parts.image_detectors,
        analyzer=parts.analyzer,
        rewriter=parts.rewriter,
        editors=parts.editors,
        locator=parts.locator,
        person_reader=registry.person_reader(parts.image_detectors),
        audit=audit or parts.audit,
        ledger=ledger or parts.ledger,
        exemptions=parts.exemptions | frozenset(exemptions),
    )

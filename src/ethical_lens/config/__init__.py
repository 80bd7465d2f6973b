"""One YAML file that says what a lens is made of, by registered names. ``docs/configuration.md`` explains every key."""

from __future__ import annotations

from ethical_lens.config.assembling import Parts, assemble, policy_of
from ethical_lens.config.choices import Choice, Configuration
from ethical_lens.config.loading import read_config

__all__ = ["Choice", "Configuration", "Parts", "assemble", "policy_of", "read_config"]

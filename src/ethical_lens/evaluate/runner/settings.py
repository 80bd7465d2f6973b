"""What is run: the choices that decide the numbers, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.datasets import SKETCH_SUITES, Dataset, Downloads, open_dataset, sketch_suite
from ethical_lens.serial import Json, to_plain
from ethical_lens.types import Exemption

FULL: Final = "full"
ABLATIONS: Final[Mapping[str, frozenset[Exemption]]] = MappingProxyType(
    {
        FULL: frozenset(),
        "text-only": frozenset({Exemption.IMAGE_OFF}),
        "image-only": frozenset({Exemption.TEXT_OFF, Exemption.DIVERSIFY_OFF}),
        "no-rewrite": frozenset({Exemption.REWRITE_OFF}),
        "no-edit": frozenset({Exemption.EDIT_OFF}),
        "no-diversify": frozenset({Exemption.DIVERSIFY_OFF}),
    }
)
"""Name of a variant of the lens to what is off in it."""

CONFIGURED: Final = "configured"
"""Stands for the generator or policy that the configuration file names."""

MOST_PICTURES_A_PROMPT: Final = 64
_SEED_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What decides the numbers of a run. Equal settings, models and prompts give equal numbers."""

    suite: str
    """Name of a suite or data set, or where one's own file is."""
    file: str | None = None
    """Where a known data set is read from instead of its own location."""
    count: int | None = None
    """Prompts; None for all (60 of a Sketch suite)."""
    images_per_prompt: int = 1
    seed: int = 0
    """Of the prompts that are drawn or composed, and of the pictures."""
    generator: str = "sketch"
    """Name of a registered generator, or `CONFIGURED`."""
    policy: str = "default"
    """Name of a shipped policy, path of a YAML file, or `CONFIGURED`."""
    config: str | None = None
    """Configuration file that says what the lens is made of; None for the parts that the package ships."""
    ablation: str = FULL
    """One of `ABLATIONS`."""
    judge: str = "auto"
    """What measures the pictures: "sketch", "none", "auto" (by the generator's domain), or a registered judge."""
    encoder: str = "auto"
    """What embeds pictures and prompts for CLIPScore: "auto" (the shipped one for the generator's domain), "none",
    or the name, folder or hub name of an encoder."""

    def __post_init__(self) -> None:
        if self.ablation not in ABLATIONS:
            raise ConfigurationError(f"expected an ablation out of {', '.join(ABLATIONS)}, got {self.ablation!r}")
        if self.config is None and CONFIGURED in (self.generator, self.policy):
            raise ConfigurationError("expected a configuration file where generator or policy is the configured one")
        if not 1 <= self.images_per_prompt <= MOST_PICTURES_A_PROMPT:
            raise ConfigurationError(
                f"expected 1 to {MOST_PICTURES_A_PROMPT} images per prompt, got {self.images_per_prompt}"
            )
        if self.count is not None and self.count < 1:
            raise ConfigurationError(f"expected at least one prompt, got a count of {self.count}")
        if self.seed < 0:
            raise ConfigurationError(f"expected a seed from 0 on, got {self.seed}")

    @property
    def exemptions(self) -> frozenset[Exemption]:
        """What is off in the guarded arm."""
        return ABLATIONS[self.ablation]

    def seed_of(self, sample: str) -> int:
        """Return the seed of a sample's request, the same in both arms and in every run of this seed."""
        text = f"{self.seed}/{sample}".encode("utf-8", "backslashreplace")
        return int.from_bytes(hashlib.blake2b(text, digest_size=_SEED_BYTES).digest())

    def as_plain(self) -> Json:
        """Return the settings as JSON holds them."""
        return to_plain(self)


def settings_from(content: Mapping[str, Json]) -> RunSettings:
    """Return the settings that a run folder states.

    Raises:
        ConfigurationError: If a field is missing, unknown or out of range.
    """
    known = {field.name for field in fields(RunSettings)}
    unknown = sorted(set(content) - known)
    if unknown:
        raise ConfigurationError(f"unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    try:
        return RunSettings(**content)  # type: ignore[arg-type]  # wrong kinds are refused below
    except TypeError as error:
        raise ConfigurationError(f"the settings of the run cannot be used: {error}") from error


def open_suite(settings: RunSettings, *, downloads: Downloads | None = None) -> Dataset:
    """Return the prompts of a run.

    Args:
        settings: What is run.
        downloads: Permission to download; without it nothing leaves this machine.

    Raises:
        ConfigurationError: If the name is unknown, or a download would be needed and is not allowed.
        InputError: If the file cannot be read as that data set.
    """
    if settings.suite in SKETCH_SUITES and settings.file is None:
        if settings.count is None:
            return sketch_suite(settings.suite, seed=settings.seed)
        return sketch_suite(settings.suite, n=settings.count, seed=settings.seed)
    dataset = open_dataset(settings.suite, file=settings.file, downloads=downloads)
    return dataset if settings.count is None else dataset.draw(settings.count, seed=settings.seed)

"""A data set that has been read: its samples, and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ethical_lens.errors import InputError
from ethical_lens.evaluate.records import Sample
from ethical_lens.serial import digest

NOT_VERIFIED = "not verified here"
"""What is said of a licence that nobody of this project has checked at the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Prompts with their origin."""

    name: str
    samples: tuple[Sample, ...]
    origin: str
    """File, address, or "built in"."""
    digest: str
    """SHA-256 of the bytes that were read."""
    licence: str
    filter: str
    """What was left out, and why; says so if nothing was."""
    domain: str | None = None
    """Kind of picture it is made for ("sketch"); None if it is not made for one."""

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def prompts_digest(self) -> str:
        """SHA-256 of the identifiers and prompts, in order: equal for equal questions, whatever file they came in."""
        return digest([[sample.id, sample.prompt] for sample in self.samples])

    def select(self, wanted: Callable[[Sample], bool], *, why: str) -> Dataset:
        """Return the data set with only the samples that are wanted.

        Args:
            wanted: Tells whether a sample stays.
            why: In words, for the report.

        Raises:
            InputError: If none stays.
        """
        kept = tuple(sample for sample in self.samples if wanted(sample))
        if not kept:
            raise InputError(f"{self.name}: none of {len(self)} prompts is left by the filter: {why}")
        return replace(self, samples=kept, filter=f"{self.filter}; {why} ({len(kept)} of {len(self)} kept)")

    def draw(self, n: int, *, seed: int) -> Dataset:
        """Return n samples drawn at random without replacement, in their old order; all of them if n is no smaller."""
        if n < 1:
            raise InputError(f"expected at least one prompt, got {n}")
        if n >= len(self):
            return self
        drawn = sorted(np.random.default_rng(seed).choice(len(self), size=n, replace=False).tolist())
        return replace(
            self,
            samples=tuple(self.samples[index] for index in drawn),
            filter=f"{self.filter}; {n} of {len(self)} drawn at random with seed {seed}",
        )

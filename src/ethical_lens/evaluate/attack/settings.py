"""What is attacked and how hard: the choices that decide the numbers, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.attack.methods import METHODS
from ethical_lens.evaluate.attack.search import N_QUERIES

N_TARGETS: Final = 40
N_WHITE_BOX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackSettings:
    """What decides the numbers of a red-team run. Equal settings and models give equal numbers."""

    policy: str = "default"
    """Name of a shipped policy, or path of a YAML file."""
    n_targets: int = N_TARGETS
    """Requests that every method attacks, every other one about a stand-in of the drawn world."""
    n_black_box: int = N_TARGETS
    """Requests that are searched with queries to the text stage."""
    n_queries: int = N_QUERIES
    """Most queries of one such search."""
    n_white_box: int = N_WHITE_BOX
    """Token sequences that are searched with the gradients of the pipeline's text encoder, the stand-ins in turn."""
    n_steps: int = 40
    """Gradients of one such search."""
    seed: int = 0
    methods: tuple[str, ...] = tuple(METHODS)
    """Methods without queries; the controls are always among them."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.methods) - set(METHODS))
        if unknown:
            raise ConfigurationError(f"unknown method {', '.join(unknown)}; known are {', '.join(METHODS)}")
        if self.n_targets < 1 or self.n_queries < 1 or self.n_steps < 1:
            raise ConfigurationError("expected at least one request, one query and one step")
        if min(self.n_black_box, self.n_white_box, self.seed) < 0:
            raise ConfigurationError("expected numbers of searches and a seed from 0 on")

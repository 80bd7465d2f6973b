"""Rows to training, validation and test, so that no source stands in two of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens.errors import ConfigurationError

PARTS: Final = ("training", "validation", "test")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Rows of each part, in rising order."""

    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def split_by_source(sources: Sequence[str], shares: tuple[float, float, float], seed: int) -> Parts:
    """Deal whole sources to the parts, the largest first, each to the part that lacks most.

    Args:
        sources: (n,), what each image comes from: a photographer, a site, a generator and prompt.
        shares: Of training, validation and test.
        seed: Decides the order among sources of the same size; the order of rows has no influence.

    Raises:
        ConfigurationError: If there are fewer than three sources.
    """
    sizes = Counter(sources)
    if len(sizes) < len(PARTS):
        raise ConfigurationError(
            f"training, validation and test must not share a source, so at least three are needed, got {len(sizes)}; "
            "name finer sources, such as one for each album or prompt"
        )
    lacking = np.array(shares) / sum(shares) * len(sources)
    part_of = {}
    for source in sorted(sizes, key=lambda each: (-sizes[each], _die(each, seed))):
        part = int(np.argmax(lacking))
        part_of[source] = part
        lacking[part] -= sizes[source]
    parts = np.array([part_of[source] for source in sources])
    training, validation, test = (np.flatnonzero(parts == part) for part in range(len(PARTS)))
    return Parts(training=training, validation=validation, test=test)


def require_both_answers(parts: Parts, labels: Mapping[str, NDArray[np.int64]]) -> None:
    """Refuse a split in which a head sees only one answer.

    Raises:
        ConfigurationError: If in some part no image has a label, or none lacks it.
    """
    for head, each in labels.items():
        for part in PARTS:
            rows = each[getattr(parts, part)]
            for answer in (0, 1):
                if not (rows == answer).any():
                    raise ConfigurationError(
                        f"head {head!r} has no image labelled {answer} in the {part} part; label images of more "
                        "sources, or try another seed"
                    )


def _die(source: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {source}".encode()).digest()

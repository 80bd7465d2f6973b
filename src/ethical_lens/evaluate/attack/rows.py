"""What is kept of one attack: what the text stage said, and what became of its picture."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ethical_lens.evaluate.attack.methods import Attack
from ethical_lens.evaluate.attack.targets import Target
from ethical_lens.serial import canonical_json, to_plain


class Arm(enum.StrEnum):
    """The ways in which the picture of an attack is made."""

    BARE = "bare"
    """Without the lens; only what succeeds here counts."""
    TEXT = "text"
    """With the text stage alone."""
    IMAGE = "image"
    """With the image stage alone."""
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """What the text stage said of one attack."""

    attack: Attack
    action: str
    """ "allow" to "block"; "failure" where it could not be read at all."""
    score: float
    """Highest probability of explicit harm."""
    reasons: tuple[str, ...] = ()
    n_queries: int = 0
    """Queries that an adaptive search used."""
    released: bool = False
    """Whether the text goes to the generator in the attacker's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow:
    """What became of the picture of one attack."""

    attack: str
    """Identifier."""
    seed: int
    shown: Mapping[Arm, bool] = field(default_factory=dict)
    """Whether the picture that came out shows the stand-in; the arms other than bare only where bare does."""
    caught_by: str = ""
    """What kept the stand-in out with both stages; empty where nothing did, or the bare picture does not show it."""
    error: str | None = None
    """Why it could not be run; nothing else is then known."""


def text_row_from(line: str) -> TextRow:
    """Read a row as :func:`line_of` wrote it."""
    content = json.loads(line)
    attack = content["attack"]
    return TextRow(
        **{
            **content,
            "attack": Attack(**{**attack, "target": Target(**attack["target"])}),
            "reasons": tuple(content["reasons"]),
        }
    )


def image_row_from(line: str) -> ImageRow:
    """Read a row as :func:`line_of` wrote it."""
    content = json.loads(line)
    return ImageRow(**{**content, "shown": {Arm(arm): value for arm, value in content["shown"].items()}})


def line_of(row: TextRow | ImageRow) -> str:
    """Return a row as one line of JSON; equal rows give equal lines."""
    return canonical_json(to_plain(row)).decode("utf-8")

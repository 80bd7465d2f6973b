"""Which kind of picture a detector may judge, and what it says of one that it may not.

A detector made for photographs says nothing of drawings, and the other way round. Where nothing vouches for the kind
of a picture, its pixels are asked (`ethical_lens.image.kind`); while they leave doubt, nobody covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image

from ethical_lens.image.kind import CARD, share_of_photograph
from ethical_lens.models import load_card
from ethical_lens.types import Finding, Frame

OUT_OF_DOMAIN: Final = "out_of_domain"
ANY: Final = "any"
"""Domain of a detector that judges every kind of picture: one that reads writing, or compares with a list."""
PHOTOGRAPH: Final = "photograph"
DRAWING: Final = "drawing"
_DRAWN: Final = frozenset({DRAWING, "sketch"})
"""Kinds of picture that a detector for drawings covers."""


def kind_of(image: Image.Image) -> str | None:
    """Return whether a picture is a photograph or a drawing, by its pixels; None while they leave doubt.

    Args:
        image: RGB.
    """
    thresholds = load_card(CARD).thresholds
    share = share_of_photograph(image)
    if share >= thresholds[PHOTOGRAPH]:
        return PHOTOGRAPH
    return DRAWING if 1 - share >= thresholds[DRAWING] else None


def covers(domain: str, frame: Frame) -> bool:
    """Tell whether a frame is of a kind that a detector was made for.

    Args:
        domain: Of the detector, `ANY` for every kind.
        frame: What is to be judged. The kind that its origin vouches for counts; the pixels are asked where there is
            none.
    """
    if domain == ANY:
        return True
    kind = frame.domain if frame.domain is not None else kind_of(frame.image)
    return kind == domain or (domain == DRAWING and kind in _DRAWN)


def looked(source: str) -> Finding:
    """Return the finding that says: this picture is of a kind that the detector covers."""
    return Finding(category=OUT_OF_DOMAIN, score=0.0, source=source)


def not_looked(source: str, domain: str) -> Finding:
    """Return the finding that says: nothing was looked for, because the picture is of another kind."""
    note = f"not a picture of the domain {domain!r}, so nothing else was looked for"
    return Finding(category=OUT_OF_DOMAIN, score=1.0, source=source, note=note)


def within_domain(
    frames: Sequence[Frame], domain: str, source: str, judge: Callable[[Sequence[Frame]], Sequence[Sequence[Finding]]]
) -> list[list[Finding]]:
    """Judge the frames of a detector's domain, and say of the others that nothing was looked for.

    Args:
        frames: Of any kind.
        domain: Of the detector.
        source: Its name.
        judge: Returns the findings of frames of its domain, in order; not called without any.

    Returns:
        Findings per frame, in order, each with one of the category `OUT_OF_DOMAIN`.
    """
    own = [i for i, frame in enumerate(frames) if covers(domain, frame)]
    findings = [[not_looked(source, domain)] for _ in frames]
    if own:
        for i, found in zip(own, judge([frames[i] for i in own]), strict=True):
            findings[i] = [*found, looked(source)]
    return findings

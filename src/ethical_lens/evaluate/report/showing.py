"""Which pairs of pictures of a run are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary import Run, Summary
from ethical_lens.evaluate.summary.arms import Shot

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """A picture without the lens, and what became of it with it."""

    sample: str
    prompt: str
    bare: Image
    guarded: Image | None
    """None if it was withheld."""
    wording: str | None
    """What was drawn from with the lens, where that is not the prompt."""
    reasons: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Showing:
    """A run, measured, with pairs to look at."""

    summary: Summary
    pairs: tuple[Pair, ...]


def showing_of(run: Run, summary: Summary, n_pairs: int) -> Showing:
    """Return a run with those of its pairs that show most: something changed, different prompts, in order of the suite.

    Args:
        run: The run.
        summary: Its numbers.
        n_pairs: Most pairs.
    """
    guarded = {(shot.entry.sample.id, shot.picture.index): shot for shot in run.arms[Arm.GUARDED].shots}
    changed: dict[str, tuple[Shot, Shot]] = {}
    for shot in run.arms[Arm.BARE].shots:
        other = guarded.get((shot.entry.sample.id, shot.picture.index))
        if other and shot.picture.file and shot.picture.file != other.picture.file:
            changed.setdefault(shot.entry.sample.id, (shot, other))
    return Showing(
        summary=summary, pairs=tuple(_pair(run, bare, other) for bare, other in _spread([*changed.values()], n_pairs))
    )


def _spread(pairs: Sequence[tuple[Shot, Shot]], n: int) -> list[tuple[Shot, Shot]]:
    """Return n of the pairs, evenly over the suite."""
    if n >= len(pairs):
        return list(pairs)
    return [pairs[number * len(pairs) // n] for number in range(n)]


def _pair(run: Run, bare: Shot, guarded: Shot) -> Pair:
    sample, course = bare.entry.sample, guarded.entry.course
    text = guarded.picture.text
    before, after = bare.picture.file, guarded.picture.file
    assert before is not None  # noqa: S101 - only pictures that were shown are chosen
    return Pair(
        sample=sample.id,
        prompt=sample.prompt,
        bare=run.folder.picture(before),
        guarded=run.folder.picture(after) if after else None,
        wording=text if text and text != sample.prompt else None,
        reasons=guarded.picture.reasons or (course.reasons if course else ()),
        status=guarded.picture.status,
    )

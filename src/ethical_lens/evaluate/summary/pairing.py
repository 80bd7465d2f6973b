"""Two arms on the same prompts and seeds: paired tests of every metric that both have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from ethical_lens.errors import InputError
from ethical_lens.evaluate.metrics import PERSPECTIVES, harms, imbalance_above_chance, mcnemar, paired_difference
from ethical_lens.evaluate.metrics import tally as counted
from ethical_lens.evaluate.records import Comparison, Sample
from ethical_lens.evaluate.summary.arms import ArmTable, Entry, Shot, is_benign, number, open_axes
from ethical_lens.evaluate.summary.estimates import worst_of

_Flag: TypeAlias = Callable[[Shot], bool | None]
_Value: TypeAlias = Callable[[Shot], float]


def compare_arms(first: ArmTable, second: ArmTable, axes: Mapping[str, Sequence[str]]) -> tuple[Comparison, ...]:
    """Compare two arms; a pair with one side unmeasured is left out of both and counted.

    Shares of prompts are compared by McNemar's test. Shares of pictures too where there is one picture per prompt; with
    several, whole prompts are drawn in a paired bootstrap, as for means.

    Args:
        first: The arm that is subtracted.
        second: The arm it is subtracted from.
        axes: Axis to the values that the judge reads.

    Raises:
        InputError: If the arms are not of the same prompts.
    """
    if [entry.sample.id for entry in first.entries] != [entry.sample.id for entry in second.entries]:
        raise InputError("the two arms are not of the same prompts and cannot be paired; compare runs of one suite")
    found = list(_compared(first, second, axes))
    for subset, wanted in (("benign", is_benign), ("harmful=yes", _is_harmful)):
        parts = [arm.select(wanted) for arm in (first, second)]
        if 0 < len(parts[0].entries) < len(first.entries):
            found += [replace(each, subset=subset) for each in _compared(parts[0], parts[1], {})]
    return tuple(found)


def _compared(first: ArmTable, second: ArmTable, axes: Mapping[str, Sequence[str]]) -> Iterator[Comparison]:
    yield mcnemar([e.refused for e in first.entries], [e.refused for e in second.entries], metric="block_out")
    pairs = _pairs(first, second)
    yield _of_flags(pairs, _harm, "harm_shown")
    yield _of_values(pairs, worst_of, "overall_toxicity")
    yield _of_flags(pairs, _alignment, "alignment")
    for name in PERSPECTIVES:
        yield _of_values(pairs, _perspective(name), f"perspective_{name}")
    yield _of_values(pairs, lambda shot: number(shot.seen.clip_score) if shot.seen else math.nan, "clip_score")
    yield _of_values(
        pairs, lambda shot: number(shot.seen.fractal_distance) if shot.seen else math.nan, "fractal_distance"
    )
    for axis, values in axes.items():
        both = [
            (a, b) for a, b in zip(first.entries, second.entries, strict=True) if axis in {*open_axes(a), *open_axes(b)}
        ]
        if both and max(len(a.seen) for a, _ in both) > 1:
            yield paired_difference(
                [_lopsided(a, axis, values) for a, _ in both],
                [_lopsided(b, axis, values) for _, b in both],
                metric=f"imbalance_above_chance_{axis}",
            )


def _is_harmful(sample: Sample) -> bool:
    return sample.harmful is True


def _pairs(first: ArmTable, second: ArmTable) -> list[tuple[Shot, Shot]]:
    others = {(shot.entry.sample.id, shot.picture.index): shot for shot in second.shots}
    found = [(shot, others.get((shot.entry.sample.id, shot.picture.index))) for shot in first.shots]
    return [(one, other) for one, other in found if other is not None]


def _of_flags(pairs: Sequence[tuple[Shot, Shot]], flag: _Flag, metric: str) -> Comparison:
    if _one_each(pairs):
        return mcnemar([flag(one) for one, _ in pairs], [flag(other) for _, other in pairs], metric=metric)

    def value(shot: Shot) -> float:
        said = flag(shot)
        return math.nan if said is None else float(said)

    return _of_values(pairs, value, metric)


def _of_values(pairs: Sequence[tuple[Shot, Shot]], value: _Value, metric: str) -> Comparison:
    return paired_difference(
        [value(one) for one, _ in pairs],
        [value(other) for _, other in pairs],
        metric=metric,
        clusters=None if _one_each(pairs) else [one.entry.sample.id for one, _ in pairs],
    )


def _one_each(pairs: Sequence[tuple[Shot, Shot]]) -> bool:
    return len({one.entry.sample.id for one, _ in pairs}) == len(pairs)


def _harm(shot: Shot) -> bool | None:
    return harms(shot.answers)


def _alignment(shot: Shot) -> bool | None:
    harm = harms(shot.answers) if shot.seen is not None else None
    return None if harm is None else not harm


def _perspective(name: str) -> _Value:
    return lambda shot: number(shot.seen.perspectives.get(name)) if shot.seen else math.nan


def _lopsided(entry: Entry, axis: str, values: Sequence[str]) -> float:
    labels = [seen.axes.get(axis) if seen is not None else None for seen in entry.seen]
    return imbalance_above_chance(counted(labels, values))

"""The tables of a report, before they are HTML or Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.evaluate.metrics import card_of
from ethical_lens.evaluate.records import Comparison, Estimate
from ethical_lens.evaluate.report.published import SOURCE, published_rows
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary import Summary

ARM_TITLES: Final = {Arm.BARE: "without the lens", Arm.GUARDED: "+ Ethical-Lens"}
UNMEASURED: Final = "unmeasured"
NO_SUCH: Final = "-"
"""Stands where a run has no such number at all."""

_TOXICITY: Final = (
    "perspective_nude",
    "perspective_nsfw",
    "perspective_public",
    "perspective_politic",
    "perspective_culture",
    "overall_toxicity",
    "alignment",
    "harm_shown",
    "block_out",
)
_BIAS: Final = (
    "imbalance_gender",
    "imbalance_race",
    "imbalance_race4",
    "imbalance_race7",
    "imbalance_age",
    "imbalance_above_chance_gender",
    "imbalance_above_chance_race",
    "imbalance_above_chance_age",
    "overall_bias",
)
_REFUSALS: Final = ("block_out", "over_refusal", "safe_response", "unchanged")
_QUALITY: Final = ("clip_score", "aesthetic", "fractal_distance")
_WORDING: Final = ("faithfulness_kept", "faithfulness_added", "faithfulness_f1")
_SHORT: Final = {
    "perspective_nude": "nude",
    "perspective_nsfw": "NSFW",
    "perspective_public": "public",
    "perspective_politic": "politic",
    "perspective_culture": "culture",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell; a measured number knows what it is."""

    text: str
    ends: str = ""
    """Interval, in brackets."""
    value: float = math.nan
    metric: str = ""
    arm: str = ""
    subset: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.ends}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table."""

    id: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables_of(summary: Summary) -> list[Table]:
    """Return the tables of one run; those without any measured number are left out."""
    found = [
        _arms(summary, "toxicity", "Toxicity", _TOXICITY, _TOXICITY_NOTE, published=True),
        _arms(summary, "bias", "Bias", _BIAS, _BIAS_NOTE),
        _arms(
            summary, "refusals", "Refusals", _REFUSALS, "Over-refusal counts harmless prompts, safe response harmful."
        ),
        _arms(summary, "quality", "Quality", _QUALITY, "CLIPScore is against the user's own words in both arms."),
        _arms(
            summary, "wording", "Rewriting", _WORDING, "Of the prompts that were reworded; harmful words do not count."
        ),
        _subsets(summary),
        _comparisons(summary),
        _seconds(summary),
    ]
    return [table for table in found if table is not None]


def overview(summaries: Sequence[Summary]) -> Table:
    """Return one line per run and arm: what a reader wants to know first."""
    metrics = ("harm_shown", "alignment", "block_out", "over_refusal", "overall_bias", "clip_score")
    rows = []
    for summary in summaries:
        for arm in Arm:
            rows.append((Cell(text=f"{summary.title}, {ARM_TITLES[arm]}"), *_cells(summary, arm, metrics)))
    return Table(
        id="overview",
        title="Overview",
        note="Every run, without the lens and with it, from the same prompts and seeds.",
        columns=("run", *map(column_title, metrics)),
        rows=tuple(rows),
    )


def estimate_of(summary: Summary, arm: Arm, metric: str, subset: str = "") -> Estimate | None:
    """Return an estimate, or None if the run has none of that name."""
    for estimate in summary.reports[arm].estimates:
        if (estimate.metric, estimate.subset) == (metric, subset):
            return estimate
    return None


def column_title(metric: str) -> str:
    """Return a metric's name at the head of a column, with the direction that is better."""
    card = card_of(metric)
    base = _SHORT.get(metric) or (card.title if card.name == metric else f"{card.title} {metric[len(card.name) :]}")
    return base + {"lower": " ↓", "higher": " ↑", "neither": ""}[card.better]


def shown(value: float) -> str:
    """Return a number with three significant decimals."""
    return UNMEASURED if math.isnan(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"


def interval(low: float, high: float) -> str:
    """Return an interval in brackets; nothing where there is none."""
    return "" if math.isnan(low) else f"[{shown(low)}, {shown(high)}]"


def _arms(
    summary: Summary, name: str, title: str, metrics: Sequence[str], note: str, *, published: bool = False
) -> Table | None:
    present = [metric for metric in metrics if any(estimate_of(summary, arm, metric) for arm in Arm)]
    if not present:
        return None
    generator = summary.reports[Arm.BARE].generator
    rows = [
        (Cell(text=generator if arm is Arm.BARE else ARM_TITLES[arm]), *_cells(summary, arm, present)) for arm in Arm
    ]
    report = summary.reports[Arm.BARE]
    beside = published_rows(report.dataset, summary.judge_kind, report.domain) if published else ()
    for row in beside:
        values = [row.values.get(metric, math.nan) for metric in present]
        rows.append((Cell(text=f"{row.model} (published)"), *(Cell(text=_or_dash(value)) for value in values)))
    return Table(
        id=name,
        title=title,
        note=f"{note} Published rows: {SOURCE}." if beside else note,
        columns=("model", *map(column_title, present)),
        rows=tuple(rows),
    )


def _cells(summary: Summary, arm: Arm, metrics: Sequence[str], subset: str = "") -> Iterator[Cell]:
    for metric in metrics:
        estimate = estimate_of(summary, arm, metric, subset)
        if estimate is None:
            yield Cell(text=NO_SUCH)
        else:
            missing = math.isnan(estimate.value)
            yield Cell(
                text=f"{UNMEASURED} ({estimate.n_unscored})" if missing else shown(estimate.value),
                ends=interval(estimate.low, estimate.high),
                value=estimate.value,
                metric=metric,
                arm=arm.value,
                subset=subset,
            )


def _subsets(summary: Summary) -> Table | None:
    names = dict.fromkeys(
        estimate.subset
        for estimate in summary.reports[Arm.GUARDED].estimates
        if estimate.subset and estimate.metric == "block_out"
    )
    if not names:
        return None
    metrics = ("harm_shown", "block_out")
    return Table(
        id="subsets",
        title="By harm, grade and category",
        note="Small parts have wide intervals.",
        columns=("part", *(f"{column_title(metric)} {ARM_TITLES[arm]}" for metric in metrics for arm in Arm)),
        rows=tuple(
            (
                Cell(text=name),
                *(cell for metric in metrics for arm in Arm for cell in _cells(summary, arm, [metric], name)),
            )
            for name in names
        ),
    )


def _comparisons(summary: Summary) -> Table | None:
    measured = [each for each in summary.comparisons if each.n_pairs]
    if not measured:
        return None
    return comparison_table(
        measured, "With the lens minus without, same prompts and seeds; a bootstrap needs some dozens of pairs."
    )


def comparison_table(comparisons: Sequence[Comparison], note: str) -> Table:
    """Return a table of paired differences."""
    return Table(
        id="comparisons",
        title="Paired differences",
        note=note,
        columns=("metric", "part", "difference", "95 % interval", "p", "test", "pairs", "left out"),
        rows=tuple(
            (
                Cell(text=column_title(each.metric)),
                Cell(text=each.subset or "all"),
                Cell(
                    text=f"{each.difference:+.3f}",
                    value=each.difference,
                    metric=each.metric,
                    arm="difference",
                    subset=each.subset,
                ),
                Cell(text=f"[{each.low:+.3f}, {each.high:+.3f}]"),
                Cell(text=f"{each.p_value:.2g}"),
                Cell(text=each.test),
                Cell(text=str(each.n_pairs)),
                Cell(text=str(each.n_unscored)),
            )
            for each in comparisons
            if each.n_pairs
        ),
    )


def _seconds(summary: Summary) -> Table | None:
    rows = [
        (
            Cell(text=ARM_TITLES[arm]),
            Cell(text=stage),
            *(
                Cell(text=f"{1000 * value:.1f}", value=value, metric=f"seconds_{stage}_{name}", arm=arm.value)
                for name, value in (
                    ("mean", each.mean_seconds),
                    ("p50", each.p50_seconds),
                    ("p95", each.p95_seconds),
                    ("max", each.max_seconds),
                )
            ),
            Cell(text=str(each.n)),
        )
        for arm, stages in summary.seconds.items()
        for stage, each in stages.items()
    ]
    if not rows:
        return None
    peaks = [
        f"{ARM_TITLES[Arm(arm)]}: {UNMEASURED if peak is None else f'{peak / 2**20:.0f} MiB'}"
        for arm, peak in summary.memory.items()
    ]
    memory = f" Peak memory, each arm in a process of its own: {'; '.join(peaks)}." if peaks else ""
    return Table(
        id="seconds",
        title="Time for a picture, in milliseconds",
        note=f'"lens" is everything but drawing; mean over the pictures of a prompt.{memory}',
        columns=("arm", "stage", "mean", "median", "95th percentile", "longest", "prompts"),
        rows=tuple(rows),
    )


def _or_dash(value: float) -> str:
    return NO_SUCH if math.isnan(value) else shown(value)


_TOXICITY_NOTE: Final = (
    "Perspectives: the judge's mean confidence over the pictures shown. Harm shown counts pictures asked for, so a "
    "withheld one shows nothing; read it beside the block-out."
)
_BIAS_NOTE: Final = (
    "Imbalance of all pictures together (0 even, 1 all alike), over prompts that leave the axis open; above chance: "
    "within each prompt, where 0 is fair dealing at random."
)

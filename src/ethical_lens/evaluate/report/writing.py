"""Writing a report: one page, and the same numbers as Markdown, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ethical_lens
from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.records import Comparison, Estimate
from ethical_lens.evaluate.report.markdown import markdown
from ethical_lens.evaluate.report.page import page
from ethical_lens.evaluate.report.showing import Showing, showing_of
from ethical_lens.evaluate.summary import Summary, load_run, summarise
from ethical_lens.serial import Json, to_plain

MOST_PAIRS: Final = 12
_COLUMNS: Final = (
    "run",
    "arm",
    "metric",
    "subset",
    "value",
    "low",
    "high",
    "interval",
    "n",
    "n_unscored",
    "n_clusters",
    "p_value",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a report was written, and what it says."""

    html: Path
    markdown: Path
    json: Path
    csv: Path
    summaries: tuple[Summary, ...]


def write_report(folders: Sequence[Path], out: Path, *, title: str = "Evaluation", pairs: int = MOST_PAIRS) -> Written:
    """Measure runs and write their report.

    Args:
        folders: Folders of runs, finished or not.
        out: Folder for report.html, report.md, report.json and report.csv; made when missing, files are replaced.
        title: Title of the page.
        pairs: Most pairs of pictures shown for each run; 0 shows none.

    Raises:
        ConfigurationError: If a folder is not that of a run, or none is given.
    """
    if not folders:
        raise ConfigurationError("expected at least one folder of a run, got none")
    showings = [_showing(path, pairs) for path in folders]
    summaries = [showing.summary for showing in showings]
    written = Written(
        html=out / "report.html",
        markdown=out / "report.md",
        json=out / "report.json",
        csv=out / "report.csv",
        summaries=tuple(summaries),
    )
    out.mkdir(parents=True, exist_ok=True)
    written.html.write_text(page(title, showings), encoding="utf-8")
    written.markdown.write_text(markdown(title, summaries), encoding="utf-8")
    written.json.write_text(json.dumps(report_form(summaries), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    written.csv.write_text(_table(summaries), encoding="utf-8", newline="")
    return written


def report_form(summaries: Sequence[Summary]) -> dict[str, Json]:
    """Return the JSON form of a report."""
    return {"version": ethical_lens.__version__, "runs": [to_plain(summary) for summary in summaries]}


def _showing(path: Path, pairs: int) -> Showing:
    run = load_run(path)
    return showing_of(run, summarise(run), pairs)


def _table(summaries: Sequence[Summary]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for summary in summaries:
        writer.writerows(_lines(summary))
    return stream.getvalue()


def _lines(summary: Summary) -> Iterator[Mapping[str, str]]:
    for arm, report in summary.reports.items():
        for estimate in report.estimates:
            yield {"run": summary.title, "arm": arm.value, **_estimate(estimate)}
    for comparison in summary.comparisons:
        yield {"run": summary.title, "arm": "guarded minus bare", **_comparison(comparison)}


def _estimate(estimate: Estimate) -> dict[str, str]:
    return {
        "metric": estimate.metric,
        "subset": estimate.subset,
        "value": repr(estimate.value),
        "low": repr(estimate.low),
        "high": repr(estimate.high),
        "interval": estimate.interval,
        "n": str(estimate.n),
        "n_unscored": str(estimate.n_unscored),
        "n_clusters": "" if estimate.n_clusters is None else str(estimate.n_clusters),
    }


def _comparison(comparison: Comparison) -> dict[str, str]:
    return {
        "metric": comparison.metric,
        "subset": comparison.subset,
        "value": repr(comparison.difference),
        "low": repr(comparison.low),
        "high": repr(comparison.high),
        "interval": comparison.test,
        "n": str(comparison.n_pairs),
        "n_unscored": str(comparison.n_unscored),
        "n_clusters": "" if comparison.n_clusters is None else str(comparison.n_clusters),
        "p_value": repr(comparison.p_value),
    }

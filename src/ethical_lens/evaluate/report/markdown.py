"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ethical_lens.evaluate.report.tables import Table, interval, overview, shown, tables_of
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary import Check, Summary
from ethical_lens.evaluate.summary.summarising import SKETCH_BANNER


def markdown(title: str, summaries: Sequence[Summary]) -> str:
    """Return the report as Markdown: the same tables and checks, without charts and pictures."""
    lines = [f"# {title}", ""]
    if any(summary.reports[Arm.BARE].domain == "sketch" for summary in summaries):
        lines += [f"> {SKETCH_BANNER}", ""]
    lines += table_lines(overview(summaries), level=2)
    for summary in summaries:
        lines += _run(summary)
    return "\n".join(lines).rstrip() + "\n"


def _run(summary: Summary) -> Iterator[str]:
    report = summary.reports[Arm.GUARDED]
    yield f"## {summary.title}"
    yield ""
    yield (
        f"{summary.n_finished} of {summary.n_planned} prompts, {summary.images_per_prompt} pictures each, seed "
        f"{report.seed}; data set {report.dataset} ({report.licence}; prompts sha256 {report.prompts_digest[:12]}); "
        f"policy {report.policy}; judge {report.judges.get('pictures', 'none')}; commit {report.commit or 'unknown'}."
    )
    yield ""
    yield "| check | standing | value | bound | what it is |"
    yield "|---|---|---|---|---|"
    for check in summary.checks:
        yield f"| {check.title} | {check.standing} | {_value(check)} | {check.bound:g} | {_cell(check.means)} |"
    yield ""
    for check in summary.checks:
        if check.standing in ("failed", "unclear"):
            yield f"- **{check.title}**: {check.advice}"
    yield ""
    for table in tables_of(summary):
        yield from table_lines(table, level=3)
    yield "### Limits"
    yield ""
    for note in report.notes:
        yield f"- {note}"
    yield ""
    if report.command:
        yield f"Repeat it: `{report.command}`"
        yield ""


def table_lines(table: Table, *, level: int) -> Iterator[str]:
    """Yield a table under a heading of a level, with its note behind."""
    yield f"{'#' * level} {table.title}"
    yield ""
    yield f"| {' | '.join(map(_cell, table.columns))} |"
    yield f"|{'---|' * len(table.columns)}"
    for row in table.rows:
        yield f"| {' | '.join(_cell(str(cell)) for cell in row)} |"
    yield ""
    yield table.note
    yield ""


def _value(check: Check) -> str:
    return " ".join(filter(None, (shown(check.value), interval(check.low, check.high), f"(n={check.n})")))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

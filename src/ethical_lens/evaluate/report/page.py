"""The report as one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from ethical_lens.evaluate.metrics import PERSPECTIVES
from ethical_lens.evaluate.records import Estimate
from ethical_lens.evaluate.report.charts import bars, calibration_chart, radar, roc_chart
from ethical_lens.evaluate.report.showing import Pair, Showing
from ethical_lens.evaluate.report.tables import (
    Cell,
    Table,
    column_title,
    estimate_of,
    interval,
    overview,
    shown,
    tables_of,
)
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary import Check, Summary
from ethical_lens.evaluate.summary.summarising import SKETCH_BANNER
from ethical_lens.markup import Markup, data_url, document, element, join

_SHARES = ("harm_shown", "alignment", "block_out", "over_refusal", "safe_response", "overall_toxicity", "overall_bias")


def page(title: str, showings: Sequence[Showing]) -> str:
    """Return the page. The same runs give the same page; nothing in it depends on the clock.

    Args:
        title: Heading.
        showings: Runs with their pairs.
    """
    summaries = [showing.summary for showing in showings]
    body = join(
        element("header", element("h1", title), *_banner(summaries)),
        _contents(summaries),
        element(
            "main",
            element("section", *_table(overview(summaries), ""), id="overview"),
            *(_run(number, showing) for number, showing in enumerate(showings, start=1)),
        ),
    )
    return document(
        title=title,
        style=Path(__file__).with_name("page.css").read_text("utf-8"),
        body=body,
        meta={"viewport": "width=device-width, initial-scale=1", "color-scheme": "light dark", "robots": "noindex"},
    )


def _banner(summaries: Sequence[Summary]) -> list[Markup]:
    sketch = any(summary.reports[Arm.BARE].domain == "sketch" for summary in summaries)
    return [element("p", SKETCH_BANNER, class_="banner", role="note")] if sketch else []


def _contents(summaries: Sequence[Summary]) -> Markup:
    entries = (
        element("li", element("a", summary.title, href=f"#run-{number}"))
        for number, summary in enumerate(summaries, start=1)
    )
    return element("nav", element("ol", *entries), aria_label="Runs")


def _run(number: int, showing: Showing) -> Markup:
    summary = showing.summary
    place = f"run-{number}"
    return element(
        "section",
        element("h2", summary.title),
        element("p", _facts(summary), class_="facts"),
        element("h3", "What goes wrong, if anything"),
        element("ul", *(_check(check) for check in summary.checks), class_="checks"),
        *(part for table in tables_of(summary) for part in _table(table, place)),
        element("h3", "Charts"),
        element("div", *_charts(summary), class_="charts"),
        *_pairs(showing.pairs),
        element("h3", "Limits"),
        element("ul", *(element("li", note) for note in summary.reports[Arm.GUARDED].notes), class_="limits"),
        element("h3", "How to repeat it"),
        _repeat(summary),
        id=place,
        data_run=summary.title,
    )


def _facts(summary: Summary) -> str:
    report = summary.reports[Arm.GUARDED]
    pictures = f"{summary.images_per_prompt} picture{'' if summary.images_per_prompt == 1 else 's'} each"
    judge = report.judges.get("pictures", "none")
    return (
        f"{summary.n_finished} of {summary.n_planned} prompts, {pictures}, both arms from the same seeds. "
        f"Judge: {judge}, no part of the lens. Brackets are 95 % intervals; what could not be measured says so."
    )


def _check(check: Check) -> Markup:
    value = f"{shown(check.value)} {interval(check.low, check.high)}".strip()
    said = f"{value}, at most {check.bound:g} wanted (n = {check.n}): {check.means}."
    return element(
        "li",
        element("span", check.standing, class_=f"standing {check.standing}"),
        element("b", check.title),
        element("p", said),
        *([element("p", check.advice)] if check.standing in ("failed", "unclear") else []),
        data_check=check.name,
        data_standing=check.standing,
        data_value=_exact(check.value),
    )


def _table(table: Table, place: str) -> Iterator[Markup]:
    yield element("h3" if place else "h2", table.title)
    head = element("tr", *(element("th", name, scope="col") for name in table.columns))
    rows = (element("tr", *map(_cell, row)) for row in table.rows)
    body = join(element("thead", head), element("tbody", *rows))
    yield element(
        "div",
        element("table", body, id=f"{place}-{table.id}" if place else f"table-{table.id}"),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=table.title,
    )
    yield element("p", table.note, class_="note")


def _cell(cell: Cell) -> Markup:
    content = [cell.text, *([" ", element("span", cell.ends, class_="ends")] if cell.ends else [])]
    if not cell.metric:
        return element("td", *content)
    return element(
        "td",
        *content,
        data_metric=cell.metric,
        data_arm=cell.arm,
        data_subset=cell.subset,
        data_value=_exact(cell.value),
    )


def _charts(summary: Summary) -> Iterator[Markup]:
    rows = [(column_title(metric), _of_both(summary, metric)) for metric in _SHARES]
    present = [(label, arms) for label, arms in rows if arms]
    if present:
        yield bars("Shares, with 95 % intervals", present)
    spokes = [
        (name, {arm: each.value for arm, each in _of_both(summary, f"perspective_{name}").items()})
        for name in PERSPECTIVES
    ]
    if any(not math.isnan(value) for _, arms in spokes for value in arms.values()):
        yield radar("Harm by perspective (mean confidence of the judge)", spokes)
    imbalance = [
        (column_title(metric), arms)
        for axis in ("gender", "race", "race4", "race7", "age", "skin_tone")
        if (arms := _of_both(summary, metric := f"imbalance_{axis}"))
    ]
    if imbalance:
        yield bars("Imbalance of the people shown", imbalance)
    for curve in summary.curves:
        yield roc_chart(curve)
        yield calibration_chart(curve)


def _of_both(summary: Summary, metric: str) -> dict[Arm, Estimate]:
    found = {arm: estimate_of(summary, arm, metric) for arm in Arm}
    return {arm: estimate for arm, estimate in found.items() if estimate is not None}


def _pairs(pairs: Sequence[Pair]) -> list[Markup]:
    if not pairs:
        return []
    return [
        element("h3", "Before and after"),
        element("p", "Pictures stay blurred until you tick them; some were drawn from harmful prompts.", class_="note"),
        element("ul", *map(_pair, pairs), class_="pairs"),
    ]


def _pair(pair: Pair) -> Markup:
    after = (
        element("div", "withheld", class_="withheld", role="img", aria_label="withheld")
        if pair.guarded is None
        else _veiled(data_url(pair.guarded), f"with the lens: {pair.prompt}")
    )
    reasons = ", ".join(pair.reasons)
    return element(
        "li",
        element("p", element("q", pair.prompt)),
        element(
            "div",
            element(
                "div",
                element("p", "without the lens"),
                _veiled(data_url(pair.bare), f"without the lens: {pair.prompt}"),
            ),
            element("div", element("p", f"with the lens ({pair.status})"), after),
            class_="sides",
        ),
        *([element("p", "drawn from: ", element("q", pair.wording), class_="note")] if pair.wording else []),
        *([element("p", element("code", reasons), class_="note")] if reasons else []),
        data_pair=pair.sample,
    )


def _veiled(source: str, words: str) -> Markup:
    """Return a picture that is blurred until its box is ticked, which needs no script."""
    return element(
        "label",
        element("input", type="checkbox", aria_label=f"show the picture {words}"),
        element("img", src=source, alt=words),
        class_="veil",
    )


def _repeat(summary: Summary) -> Markup:
    report = summary.reports[Arm.GUARDED]
    facts = {
        "Command": report.command or "not recorded",
        "Commit and version": f"{report.commit or 'not in a checkout'}, ethical-lens {report.version}",
        "Data set": f"{report.dataset}; {report.licence}; {report.filter}",
        "Data digest": report.dataset_digest,
        "Prompts digest": report.prompts_digest,
        "Seed": str(report.seed),
        "Policy": report.policy or "none",
        "Generator": f"{report.generator} ({report.domain})",
        "Judge": ", ".join(report.judges.values()) or "none",
        "Models of the lens": ", ".join(f"{role}: {name}" for role, name in report.models.items()),
        "Switched off": ", ".join(report.exemptions) or "nothing",
    }
    parts = [
        part for name, fact in facts.items() for part in (element("dt", name), element("dd", element("code", fact)))
    ]
    return element("dl", *parts, class_="facts")


def _exact(value: float) -> str:
    return "" if math.isnan(value) else repr(value)

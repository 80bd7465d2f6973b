"""Results as blocks for people: a headline, then what stands behind it, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ethical_lens.cli.forms import action_of, highest_scores, n_redraws
from ethical_lens.cli.output import ACTION_STYLES, STATUS_STYLES, one_line, plain_table
from ethical_lens.types import Action, Change, Outcome, PersonGroup, Plan, Result

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ethical_lens.lens import ImageReport, TextReport
    from ethical_lens.policy import Row

WORTH_SHOWING = 0.05
"""Scores below this are left out of a block; JSON has them all."""

Line = tuple[str, str]
"""A label and what it labels."""


def text_block(report: TextReport) -> RenderableType:
    """Return what ``check-text`` says of one prompt."""
    title = "reworded" if report.action is Action.REWRITE else "offered"
    lines = [
        *_reasons(report.verdict.reasons, report.message),
        *([(title, report.rewritten)] if report.rewritten is not None else []),
        *_changes(report.changes),
        *_people(report.groups),
        *_scores(report.scores),
    ]
    return _block(report.action, report.label.name, report.text, lines)


def plan_block(plan: Plan) -> RenderableType:
    """Return what ``plan`` says of one prompt."""
    lines = [
        *_reasons(plan.verdict.reasons, plan.verdict.message),
        *_changes(plan.drafts[-1].changes),
        *_people(plan.groups),
        *(("note", note) for note in plan.notes),
        *([("seed", str(plan.request.seed))] if plan.shots else []),
    ]
    table = plain_table("#", "wording", "dealt")
    for shot in plan.shots:
        table.add_row(str(shot.index), Text(one_line(shot.draft.text)), Text(dealt(shot.attributes, plan.groups)))
    block = _block(action_of(plan), "", plan.request.prompt, lines)
    return Group(block, Padding(table, (0, 0, 0, 2))) if plan.shots else block


def result_block(result: Result, paths: Sequence[Path | None]) -> RenderableType:
    """Return what ``generate`` says when it has ended."""
    plan = result.plan
    lines = [
        *_reasons(plan.verdict.reasons, plan.verdict.message),
        *_changes(plan.drafts[-1].changes),
        *_people(plan.groups),
        *(("note", note) for note in plan.notes),
        *([("mode", ", ".join(result.exemptions))] if result.exemptions else []),
        ("seed", str(result.request.seed)),
        ("time", ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in result.seconds.items())),
    ]
    table = plain_table("#", "picture", "dealt", "what was done", "file")
    for outcome, path in zip(result.outcomes, paths, strict=True):
        attributes = outcome.shot.attributes if outcome.shot else {}
        table.add_row(
            str(outcome.index),
            Text(outcome.status.value, style=STATUS_STYLES[outcome.status]),
            Text(dealt(attributes, plan.groups)),
            Text("; ".join(done(outcome))),
            Text("-" if path is None else one_line(str(path))),
        )
    return Group(_block(action_of(plan), "", result.request.prompt, lines), Padding(table, (0, 0, 0, 2)))


def image_block(path: str, reports: Sequence[ImageReport]) -> RenderableType:
    """Return what ``check-image`` says of one file."""
    gravest = max(reports, key=lambda report: report.verdict.action)
    n_faces = sum(len(report.faces or ()) for report in reports)
    regions = [
        f"{region.category} at {region.box.left},{region.box.top} to {region.box.right},{region.box.bottom}"
        + (f" in frame {frame}" if len(reports) > 1 else "")
        for frame, report in enumerate(reports)
        for region in report.regions
    ]
    lines = [
        *_reasons(gravest.verdict.reasons, gravest.verdict.message),
        *([("looked", "no: a picture of a kind that no detector covers")] if not gravest.looked else []),
        *([("frames", str(len(reports)))] if len(reports) > 1 else []),
        *([("found", "; ".join(regions))] if regions else []),
        *([("faces", str(n_faces))] if n_faces else []),
        *_scores(highest_scores(reports)),
    ]
    return _block(gravest.verdict.action, "", path, lines)


def rules_table(rows: Sequence[Row]) -> Table:
    """Return every rule beside the score that met it."""
    table = plain_table("", "rule", "action", "score", "threshold", "measured by")
    for row in rows:
        style = ACTION_STYLES[Action[row.action.upper()]] if row.fired else "dim"
        table.add_row(
            "fired" if row.fired else "",
            Text(row.reason + (" (hard)" if row.hard else "")),
            row.action,
            "-" if row.score is None else f"{row.score:.3f}",
            f"{row.threshold:.2f}",
            Text(", ".join(row.sources)),
            style=style,
        )
    return table


def dealt(attributes: Mapping[str, str], groups: Sequence[PersonGroup] | None) -> str:
    """Return dealt attributes in words, "doctor: female, Black, old age"."""
    by_group: dict[str, list[str]] = {}
    for key, value in attributes.items():
        by_group.setdefault(key.rpartition(".")[0], []).append(value)
    return "; ".join(f"{_phrase(group, groups)}: {', '.join(values)}" for group, values in by_group.items())


def done(outcome: Outcome) -> Iterator[str]:
    """Yield what was done about one picture."""
    if redraws := n_redraws(outcome):
        yield f"drawn anew {redraws} time{'s' if redraws > 1 else ''}"
    if outcome.attempts:
        for edit in outcome.attempts[-1].edits:
            yield f"{edit.editor.partition('@')[0]} ({edit.finding.category})"
    yield from outcome.reasons


def _block(action: Action, label: str, text: str, lines: Sequence[Line]) -> RenderableType:
    heading = Text(f"{action.name:<10}", style=ACTION_STYLES[action])
    heading += Text(f"{label:<4}" if label else "", style="bold") + Text(one_line(text), style="bold not dim")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, content in lines:
        grid.add_row(name, Text(one_line(content)))
    return Group(heading, Padding(grid, (0, 0, 0, 2))) if lines else heading


def _reasons(reasons: Sequence[str], message: str | None) -> Iterator[Line]:
    if reasons:
        yield "why", ", ".join(reasons)
    if message:
        yield "message", message


def _changes(changes: Sequence[Change]) -> Iterator[Line]:
    for change in changes:
        arrow = f'"{change.before}" -> "{change.after}"' if change.after else f'"{change.before}"'
        yield change.kind, f"{arrow}: {change.why}" if change.why else arrow


def _people(groups: Sequence[PersonGroup] | None) -> Iterator[Line]:
    for group in groups or ():
        stated = ", ".join(f"{axis} {value}" for axis, value in group.stated.items())
        fixed = ", ".join(f"{axis} ({fixed.reason})" for axis, fixed in group.fixed.items())
        parts = [("stated", stated), ("fixed", fixed), ("open", ", ".join(group.open_axes))]
        said = "; ".join(f"{name}: {value}" for name, value in parts if value)
        yield "people", f"{group.phrase} ({group.type}){'; ' if said else ''}{said}"


def _scores(scores: Mapping[str, float | None]) -> Iterator[Line]:
    measured = {category: score for category, score in scores.items() if score is not None}
    shown = sorted((item for item in measured.items() if item[1] >= WORTH_SHOWING), key=lambda item: -item[1])
    if shown:
        yield "scores", ", ".join(f"{category} {score:.2f}" for category, score in shown)


def _phrase(group: str, groups: Sequence[PersonGroup] | None) -> str:
    known = groups or ()
    return one_line(known[int(group)].phrase) if group.isdigit() and int(group) < len(known) else one_line(group)

"""The ``prove`` part of the command line: what the lens would do on one's own traffic, before it is enforced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import GeneratorOption, JsonOption, PolicyOption

if TYPE_CHECKING:
    from ethical_lens.evaluate.prove import DecisionFolder, Fit, Labels
    from ethical_lens.policy import Policy
    from ethical_lens.serial import Json

app = typer.Typer(
    name="prove", help="Measure the lens on one's own generator and prompts before enforcing it.", no_args_is_help=True
)

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder that 'prove collect' made.", show_default=False)
]
LabelsOption = Annotated[
    list[Path] | None,
    typer.Option("--labels", metavar="FILE", help="Study made by 'prove label' and answered; may be repeated."),
]
RateOption = Annotated[
    float, typer.Option("--rate", min=0.0001, max=0.5, help="Share of harmless traffic that one rule may stop.")
]
LevelOption = Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Confidence level of intervals.")]
SeedOption = Annotated[int, typer.Option("--seed", "-s", min=0, help="Of every random choice.")]
FailuresOption = Annotated[
    int, typer.Option("--most-failures", min=0, help="Attention checks one may fail and still count.")
]


@app.command("collect")
@output.command
def collect_command(
    prompts: Annotated[
        str,
        typer.Argument(metavar="PROMPTS", help="File of prompts (text, CSV, JSONL), or a suite.", show_default=False),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to keep it in.", show_default=False)
    ],
    generator: GeneratorOption = "sketch",
    policy: PolicyOption = "default",
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="Most prompts, drawn at random.")] = None,
    images_per_prompt: Annotated[int, typer.Option("--images-per-prompt", min=1, max=64, help="Pictures of each.")] = 1,
    guarded: Annotated[
        bool, typer.Option("--guarded/--no-guarded", help="Whether to draw the guarded pictures too, for the report.")
    ] = True,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Run prompts in shadow mode and keep every measurement. Run again, it goes on where it was interrupted.

    FOLDER holds prompts and pictures in the clear; only its owner can read it.
    """
    from ethical_lens.cli.opening import opened_lens, opened_policy
    from ethical_lens.cli.progress import progress_bar
    from ethical_lens.evaluate import prove
    from ethical_lens.evaluate.datasets import open_dataset

    dataset = open_dataset(prompts)
    if count is not None:
        dataset = dataset.draw(count, seed=seed)
    lens = opened_lens(opened_policy(policy), generator=generator)
    with progress_bar() as advance:
        folder = prove.collect(
            lens,
            dataset,
            out,
            images_per_prompt=images_per_prompt,
            seed=seed,
            guarded=guarded,
            advance=lambda done, total: advance("Collecting", done, total),
        )
    n_decisions = len(folder.decisions())
    if as_json:
        output.print_json({"folder": str(out), "prompts": len(dataset), "decisions": n_decisions})
    else:
        typer.echo(f"{out}: {n_decisions} decisions about {len(dataset)} prompts and their pictures")


@app.command("label")
@output.command
def label_command(
    folder: FolderArgument,
    rule: Annotated[
        str, typer.Option("--rule", metavar="CODE", help="Reason code, such as image.nsfw.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File of the study to make.", show_default=False)
    ],
    policy: PolicyOption = "default",
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Decisions to label.")] = 300,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Choose decisions of one rule for people to label, spread over its scores.

    Show FILE with 'study serve'. Everybody labels all of it, in an order of their own.
    """
    from ethical_lens import policy as policies
    from ethical_lens.evaluate import prove

    rules = policies.load(policy)
    made = prove.build_labels(prove.DecisionFolder(folder), rules, rule, out, n_labels=count, seed=seed)
    n_items = made.counts()["items"]
    if as_json:
        output.print_json({"study": str(out), "rule": rule, "items": n_items})
    else:
        typer.echo(f"{out}: {n_items} decisions of {rule} to label; show them with: ethical-lens study serve {out}")


@app.command("fit")
@output.command
def fit_command(
    folder: FolderArgument,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Policy to write (YAML).", show_default=False)
    ],
    labels: LabelsOption = None,
    rate: RateOption = 0.05,
    policy: PolicyOption = "default",
    name: Annotated[str, typer.Option("--name", help="Name of the new policy.")] = "proved",
    level: LevelOption = 0.95,
    most_failures: FailuresOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Find thresholds that keep a false-alarm rate, and write them as a policy that extends POLICY.

    Detectors that were shown to keep the rate are listed in it as proved: their findings are enforced then.
    """
    from ethical_lens import policy as policies
    from ethical_lens.evaluate import prove

    rules, decisions = policies.load(policy), prove.DecisionFolder(folder)
    fits = _fits(decisions, rules, labels, rate=rate, level=level, most_failures=most_failures)
    _show_fits(fits, as_json=as_json)
    made = prove.write_overlay(out, policy, rules, decisions, fits, name=name)
    if as_json:
        output.print_json({"policy": made.title, "file": str(out)})
    else:
        typer.echo(f"{out}: policy {made.title}")


@app.command("whatif")
@output.command
def whatif_command(
    folder: FolderArgument,
    after: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Policy to try.", show_default=False)],
    policy: PolicyOption = "default",
    show: Annotated[int, typer.Option("--show", min=0, help="Changed decisions to list.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Say what another policy would have done about the same texts and pictures; nothing is drawn."""
    from ethical_lens import policy as policies
    from ethical_lens.evaluate import prove
    from ethical_lens.serial import to_plain

    found = prove.what_if(prove.DecisionFolder(folder), policies.load(policy), policies.load(after))
    if as_json:
        output.print_json(to_plain(found))
        return
    table = output.plain_table("stage", "before", "after", "decisions")
    for stage, old, new, n in found.moves:
        table.add_row(stage.value, old.name.lower(), new.name.lower(), str(n))
    output.show(table)
    typer.echo(
        f"{len(found.changes)} of {found.n_texts + found.n_pictures} decisions change. Of {found.n_pictures} pictures "
        f"{found.n_not_drawn} would not be drawn, and {found.n_redrawn} would be drawn from other words."
    )
    for change in found.changes[:show]:
        told = f"{change.id}: {change.before.name.lower()} -> {change.after.name.lower()}"
        typer.echo(output.one_line(f"{told} ({', '.join(change.reasons)}) {change.prompt}"))


@app.command("report")
@output.command
def report_command(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="HTML file to write.", show_default=False)],
    labels: LabelsOption = None,
    rate: RateOption = 0.05,
    policy: PolicyOption = "default",
    after: Annotated[
        str | None, typer.Option("--after", metavar="NAME|FILE", help="Policy to compare with, usually the fitted one.")
    ] = None,
    level: LevelOption = 0.95,
    most_failures: FailuresOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Write the page to be shown before enforcement is switched on, and the same numbers as JSON beside it."""
    from ethical_lens import policy as policies
    from ethical_lens.evaluate import prove

    rules, decisions = policies.load(policy), prove.DecisionFolder(folder)
    fits = _fits(decisions, rules, labels, rate=rate, level=level, most_failures=most_failures)
    changed = prove.what_if(decisions, rules, policies.load(after)) if after is not None else None
    made = prove.report(decisions, fits, changed)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(prove.page(made, decisions), "utf-8")
    out.with_suffix(".json").write_text(json.dumps(made.form(), indent=2) + "\n", "utf-8")
    if as_json:
        output.print_json(made.form())
    else:
        typer.echo(f"{out} and {out.with_suffix('.json')} are written")


def _fits(
    folder: DecisionFolder,
    policy: Policy,
    labels: list[Path] | None,
    *,
    rate: float,
    level: float,
    most_failures: int,
) -> list[tuple[Labels, Fit]]:
    from ethical_lens.evaluate import prove

    read = [prove.read_labels(folder, policy, path, most_failures=most_failures) for path in labels or ()]
    return [(each, prove.fit(each.labelled, rate=rate, level=level)) for each in read]


def _show_fits(fits: list[tuple[Labels, Fit]], *, as_json: bool) -> None:
    from ethical_lens.evaluate import prove
    from ethical_lens.serial import to_plain

    if as_json:
        for labels, found in fits:
            form = cast("dict[str, Json]", to_plain(found))
            output.print_json({"rule": labels.rule, "n_unsure": labels.n_unsure, **form})
        return
    table = output.plain_table(*prove.FIT_HEAD)
    for labels, found in fits:
        table.add_row(*prove.fit_cells(labels.rule, found))
    output.show(table)

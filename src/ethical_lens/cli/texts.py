"""``check-text`` and ``plan``: everything before a picture is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import (
    MOST_PLANNED,
    GeneratorOption,
    JsonOption,
    NegativePromptOption,
    NoDiversifyOption,
    PolicyOption,
    PromptFileOption,
    SeedOption,
    TextAction,
    chosen_seed,
    reaches,
)
from ethical_lens.cli.output import Code
from ethical_lens.cli.prompts import Entry, batches, entries
from ethical_lens.errors import InputError, PromptError

if TYPE_CHECKING:
    from ethical_lens.lens import Lens, TextReport
    from ethical_lens.types import Plan


@output.command
def check_text(
    prompts: Annotated[
        list[str] | None, typer.Argument(metavar="PROMPT", help="Prompts to judge.", show_default=False)
    ] = None,
    file: PromptFileOption = None,
    policy: PolicyOption = "default",
    fail_on: Annotated[
        TextAction | None,
        typer.Option("--fail-on", help="Exit with 3 when a prompt meets this action or a severer one."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge prompts, and show how they would be reworded. Nothing is drawn.

    One result per prompt, in order. A prompt that cannot be read is reported in its place, the others go on, and the
    command exits with 2.
    """
    found = entries(prompts or [], file)
    code = Code.OK
    lens = None
    for batch in batches(found, file):
        lens = lens or _lens(policy)
        for entry, report in _reports(lens, batch):
            if isinstance(report, PromptError):
                _show_error(entry, report, as_json=as_json)
                code = Code.USAGE
                continue
            _show_report(report, as_json=as_json)
            if code is Code.OK and reaches(report.action, fail_on):
                code = Code.STOPPED
    raise typer.Exit(code)


@output.command
def plan(
    prompt: Annotated[str | None, typer.Argument(help="Prompt to plan.", show_default=False)] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=MOST_PLANNED, help="Number of pictures.")] = 1,
    seed: SeedOption = None,
    file: PromptFileOption = None,
    policy: PolicyOption = "default",
    generator: GeneratorOption = "sketch",
    no_diversify: NoDiversifyOption = False,
    negative_prompt: NegativePromptOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would be drawn: the final wordings and the attributes dealt. Nothing is drawn.

    Exits with 3 when the prompt is refused. With --file every prompt is planned, refused ones included, and the command
    exits with 2 if a line cannot be read, else with 0.
    """
    from ethical_lens.types import Request

    seed = chosen_seed(seed)
    found = entries([] if prompt is None else [prompt], file)
    code = Code.OK
    lens: Lens | None = None
    for entry in found:
        try:
            if entry.error is not None:
                raise entry.error
            lens = lens or _lens(policy, generator)
            request = Request(
                prompt=entry.text,
                count=count,
                seed=seed,
                negative_prompt=negative_prompt,
                diversify=not no_diversify,
            )
            made = lens.plan(request)
        except InputError as error:
            if file is None:
                raise
            _show_error(entry, error, as_json=as_json)
            code = Code.USAGE
            continue
        _show_plan(made, lens, as_json=as_json)
        if not made.shots and file is None:
            code = Code.STOPPED
    raise typer.Exit(code)


def _lens(policy: str, generator: str = "sketch") -> Lens:
    from ethical_lens.cli.opening import opened_lens, opened_policy

    return opened_lens(opened_policy(policy), generator=generator)


def _reports(lens: Lens, batch: Sequence[Entry]) -> Iterator[tuple[Entry, TextReport | PromptError]]:
    reports = iter(lens.check_text([entry.text for entry in batch if entry.error is None]))
    for entry in batch:
        yield entry, entry.error or next(reports)


def _show_error(entry: Entry, error: InputError, *, as_json: bool) -> None:
    """Report a prompt that cannot be used, in its place."""
    if as_json:
        line = {} if entry.line is None else {"line": entry.line}
        output.print_json({"error": {**output.error_form(error), **line}})
    output.complain(str(error))


def _show_report(report: TextReport, *, as_json: bool) -> None:
    if as_json:
        from ethical_lens.cli.forms import text_form

        output.print_json(text_form(report))
    else:
        from ethical_lens.cli.readable import text_block

        output.show(text_block(report))


def _show_plan(plan: Plan, lens: Lens, *, as_json: bool) -> None:
    if as_json:
        from ethical_lens.cli.forms import plan_form

        output.print_json(plan_form(plan, lens.policy))
    else:
        from ethical_lens.cli.readable import plan_block

        output.show(plan_block(plan))

"""The command ``ethical-lens``. Commands import what they need when they run, so that every one starts fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import ethical_lens
from ethical_lens.cli import (
    audit,
    demo,
    doctor,
    evaluating,
    fixing,
    generating,
    hashing,
    heads,
    images,
    init,
    models,
    output,
    policies,
    prove,
    study,
    texts,
)
from ethical_lens.cli.opening import CONFIG_VARIABLE

EPILOG = (
    "Exit codes: 0 done; 1 unexpected error; 2 wrong use or unusable input; 3 something was withheld or refused; "
    "4 a log or model does not verify; 5 an optional part is missing or a service does not answer."
)

app = typer.Typer(
    name="ethical-lens",
    help="Keep what a text-to-image model makes safe and fair, without touching the model.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ethical-lens {ethical_lens.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            envvar=CONFIG_VARIABLE,
            help="Configuration that says what the lens is made of; options of a command count for more.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Keep what a text-to-image model makes safe and fair, without touching the model."""


app.command("demo", rich_help_panel="Draw")(demo.demo)
app.command("generate", rich_help_panel="Draw")(generating.generate)
app.command("plan", rich_help_panel="Judge")(texts.plan)
app.command("check-text", rich_help_panel="Judge")(texts.check_text)
app.command("check-image", rich_help_panel="Judge")(images.check_image)
app.command("fix-image", rich_help_panel="Judge")(fixing.fix_image)
app.command("hash-list", rich_help_panel="Manage")(hashing.hash_list)
app.add_typer(evaluating.app, rich_help_panel="Judge")
app.add_typer(study.app, rich_help_panel="Judge")
app.add_typer(prove.app, rich_help_panel="Judge")
app.add_typer(policies.app, rich_help_panel="Manage")
app.add_typer(models.app, rich_help_panel="Manage")
app.add_typer(heads.app, rich_help_panel="Manage")
app.command("init", rich_help_panel="Manage")(init.init)
app.command("doctor", rich_help_panel="Manage")(doctor.doctor)
app.add_typer(audit.app, rich_help_panel="Manage")


def run() -> None:
    """Run the command with the arguments of the process."""
    output.unsurprising_streams()
    app(prog_name="ethical-lens")

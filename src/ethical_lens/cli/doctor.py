"""``doctor``: what is installed, what is missing and would bring what, and whether files are what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.opening import configured
from ethical_lens.cli.options import JsonOption
from ethical_lens.cli.output import Code

if TYPE_CHECKING:
    from ethical_lens.config.examining import Check

_STYLES = {"ok": "green", "missing": "yellow", "wrong": "bold red"}


@output.command
def doctor(
    models: Annotated[
        Path, typer.Option("--models", metavar="DIR", help="Folder that `models get` fetches into.")
    ] = Path("models"),
    as_json: JsonOption = False,
) -> None:
    """Look at the installation, the models, the folders, and the configuration given with --config.

    What is missing and optional is told with its install line and changes nothing. Exits with 4 when a model file is
    not what it should be, else with 2 when something else is wrong.
    """
    from ethical_lens.config.examining import examine

    checks = examine(configured(), models)
    for check in checks:
        if as_json:
            output.print_json(
                {
                    "area": check.area,
                    "name": check.name,
                    "state": check.state,
                    "detail": check.detail,
                    "advice": check.advice,
                }
            )
    if not as_json:
        _show(checks)
    wrong = [check for check in checks if check.state == "wrong"]
    unverified = any(check.area == "models" for check in wrong)
    raise typer.Exit(Code.UNVERIFIED if unverified else Code.USAGE if wrong else Code.OK)


def _show(checks: list[Check]) -> None:
    from rich.text import Text

    table = output.plain_table("area", "what", "state", "detail")
    for check in checks:
        told = ". ".join(part.rstrip(".") for part in (check.detail, check.advice) if part)
        table.add_row(check.area, check.name, Text(check.state, style=_STYLES[check.state]), output.printable(told))
    output.show(table)

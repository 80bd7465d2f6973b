"""The ``models`` part of the command line."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption, ModelArgument
from ethical_lens.cli.output import Code

if TYPE_CHECKING:
    from rich.table import Table

    from ethical_lens.models import ModelCard
    from ethical_lens.serial import Json

app = typer.Typer(name="models", help="List, show and verify the models that are shipped.", no_args_is_help=True)


@app.command("list")
@output.command
def list_command(as_json: JsonOption = False) -> None:
    """List the models: what each does, and for which kind of input."""
    cards = _cards([])
    if as_json:
        for card in cards:
            output.print_json(_summary(card))
        return
    table = output.plain_table("model", "role", "domain", "size", "licence")
    for card in cards:
        table.add_row(card.id, card.role, card.domain, _size(card), card.licence)
    output.show(table if cards else "No model is shipped.")


@app.command("show")
@output.command
def show_command(name: ModelArgument, as_json: JsonOption = False) -> None:
    """Show a model's card: what it was trained on, how good it is, and where it is weak."""
    from ethical_lens.models import load_card
    from ethical_lens.serial import to_plain

    card = load_card(name)
    content = {field.name: getattr(card, field.name) for field in dataclasses.fields(card) if field.name != "root"}
    if as_json:
        output.print_json(to_plain({"id": card.id, **content}))
        return
    output.show(_card_table(card))


@app.command("verify")
@output.command
def verify_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Models; all by default.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare every file of the models with the sha256 in its card. Exits with 4 if one differs or is missing."""
    from ethical_lens.models import verify

    code = Code.OK
    for card in _cards(names or []):
        problems = verify(card)
        if problems:
            code = Code.UNVERIFIED
        if as_json:
            output.print_json({"id": card.id, "ok": not problems, "files": len(card.files), "problems": list(problems)})
            continue
        from rich.text import Text

        verdict = Text("NOT VERIFIED", style="bold red") if problems else Text("verified", style="green")
        count = f"{len(card.files)} file{'' if len(card.files) == 1 else 's'}"
        output.show(Text(f"{card.id}: ") + verdict + Text(f", {count}"))
        for problem in problems:
            output.show(Text(f"  {output.printable(problem)}"))
    raise typer.Exit(code)


def _cards(names: list[str]) -> list[ModelCard]:
    from ethical_lens import models

    return [models.load_card(name) for name in names or models.available()]


def _summary(card: ModelCard) -> dict[str, Json]:
    return {
        "id": card.id,
        "name": card.name,
        "version": card.version,
        "role": card.role,
        "domain": card.domain,
        "licence": card.licence,
        "digest": card.digest,
        "files": [each.path for each in card.files],
        "bytes": _bytes(card),
    }


def _card_table(card: ModelCard) -> Table:
    from rich.table import Table
    from rich.text import Text

    from ethical_lens.serial import to_plain

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    rows: dict[str, object] = {
        "model": card.id,
        "role": card.role,
        "domain": card.domain,
        "licence": card.licence,
        "digest": card.digest,
        "size": _size(card),
        "categories": ", ".join(card.categories),
        "limits": "\n".join(f"- {limit}" for limit in card.limits),
        "trained on": card.trained_on,
        "metrics": card.metrics,
        "thresholds": card.thresholds,
        "files": "\n".join(f"{each.path}  sha256 {each.sha256}" for each in card.files),
    }
    for name, value in rows.items():
        if value:
            said = value if isinstance(value, str) else json.dumps(to_plain(value), indent=2, ensure_ascii=False)
            table.add_row(name, Text(output.printable(said)))
    return table


def _bytes(card: ModelCard) -> int:
    paths = [card.root / each.path for each in card.files]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _size(card: ModelCard) -> str:
    return f"{_bytes(card) / 1e6:.1f} MB"

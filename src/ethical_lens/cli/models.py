"""The ``models`` part of the command line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption, ModelArgument
from ethical_lens.cli.output import Code

if TYPE_CHECKING:
    from rich.table import Table

    from ethical_lens.models import ModelCard
    from ethical_lens.serial import Json

app = typer.Typer(name="models", help="List, show and verify models, and fetch others.", no_args_is_help=True)


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


@app.command("get")
@output.command
def get_command(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME", help="OWNER/NAME[@REVISION] on the hub, an https address, or a path.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of all fetched models.")] = Path(
        "models"
    ),
    include: Annotated[
        list[str] | None,
        typer.Option("--include", metavar="PATTERN", help="Files to take from the hub; may be repeated."),
    ] = None,
    max_gigabytes: Annotated[
        float, typer.Option("--max-gigabytes", min=0.001, help="Largest file that is fetched.")
    ] = 64.0,
    wait_seconds: Annotated[
        float, typer.Option("--wait-seconds", min=0.1, help="Longest wait for a server to go on.")
    ] = 30.0,
    update: Annotated[bool, typer.Option("--update", help="Pin anew what has changed at its source.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch models. What was cut off goes on where it stopped; run the command again.

    The first fetch pins the sha256 of every file in DIR/models.lock.json; later ones compare, and refuse what has
    changed with exit code 4. Nothing is known of a file before its first fetch but what its source says.
    """
    from ethical_lens.cli.progress import byte_bars
    from ethical_lens.fetch import get, listing_of
    from ethical_lens.remote.download import DownloadLimits

    limits = DownloadLimits(max_bytes=round(max_gigabytes * 1e9), wait_seconds=wait_seconds)
    for name in names:
        with byte_bars() as tell:
            listing = listing_of(name, include=include or ())
            fetched = get(listing, out, limits=limits, update=update, tell=tell)
        for each in fetched:
            known = "fetched and pinned" if each.first else "fetched, as pinned" if each.new else "there, as pinned"
            if as_json:
                output.print_json(
                    {
                        "name": name,
                        "path": str(each.path),
                        "sha256": each.pin.sha256,
                        "bytes": each.pin.n_bytes,
                        "fetched": each.new,
                        "first": each.first,
                    }
                )
            else:
                typer.echo(output.printable(f"{each.path}: {known}, sha256 {each.pin.sha256}"))


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

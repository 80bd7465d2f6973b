"""The ``audit`` part of the command line.

Exit codes: 0 all is well; 1 the log cannot be read or written; 2 the command was used wrongly (no such log, no such
entry, a head or key that cannot be read); 4 the log does not verify.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption
from ethical_lens.cli.output import Code
from ethical_lens.errors import AuditError, InputError
from ethical_lens.serial import Json, to_plain

if TYPE_CHECKING:
    from rich.text import Text

    from ethical_lens.audit import AuditEntry, VerifyReport

app = typer.Typer(name="audit", help="Verify, read and erase audit logs.", no_args_is_help=True)

PathArgument = Annotated[Path, typer.Argument(help="Folder of the log, or its .jsonl file.", show_default=False)]


@app.command("verify")
@output.command
def verify_command(
    path: PathArgument,
    expected_head: Annotated[
        str | None, typer.Option(help="COUNT:HASH, as `audit head` printed it earlier; the log must still contain it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check every hash, commitment and erasure. Exits with 4 if something is wrong.

    A keyed log is checked with the key in ETHICAL_LENS_AUDIT_KEY.
    """
    from ethical_lens import audit

    _require(path)
    if expected_head is not None:
        _require_head(expected_head)
    report = audit.verify(path, expected_head=expected_head)
    if as_json:
        output.print_json({**_dict(to_plain(report)), "head": str(report.head)})
    else:
        _show_report(report)
    if not report.ok:
        raise typer.Exit(Code.UNVERIFIED)


@app.command("show")
@output.command
def show_command(
    path: PathArgument,
    entry_id: Annotated[str | None, typer.Option("--id", help="Only what was recorded under this id, in full.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the entries, one line each; with --id, everything about one."""
    from rich.text import Text

    from ethical_lens import audit

    _require(path)
    console = output.console()
    n_shown = 0
    for entry in audit.read(path) if entry_id is None else audit.find(path, entry_id):
        n_shown += 1
        if as_json:
            output.print_json(to_plain(entry))
        elif entry_id is not None:
            console.print(Text(output.printable(json.dumps(to_plain(entry), indent=2, ensure_ascii=False))))
        else:
            console.print(_summary(entry), soft_wrap=True)
    if entry_id is not None and n_shown == 0:
        raise InputError(f"no entry with the id {entry_id!r} in {path}")


@app.command("head")
@output.command
def head_command(path: PathArgument, as_json: JsonOption = False) -> None:
    """Print COUNT:HASH. Stored where no writer of the log can reach it, it pins everything up to now."""
    from ethical_lens import audit

    _require(path)
    found = audit.head(path)
    if as_json:
        output.print_json({"count": found.count, "hash": found.hash, "head": str(found)})
    else:
        typer.echo(str(found))


@app.command("erase")
@output.command
def erase_command(
    path: PathArgument,
    entry_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the entry.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why. It stays in the chain: name nobody.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Overwrite the texts of an entry. The chain stays valid and records the erasure."""
    from rich.text import Text

    from ethical_lens import audit

    _require(path)
    if not reason.strip():
        raise InputError("expected a reason, got none")
    if not audit.find(path, entry_id):
        raise InputError(f"no entry with the id {entry_id!r} in {path}")
    event = audit.erase(path, entry_id, reason)
    if as_json:
        output.print_json(to_plain(event))
        return
    lines = ", ".join(str(seq) for seq in _list(event.record["entries"]))
    said = f"Erased the texts of {entry_id} (line {lines}), recorded as line {event.seq}."
    output.console().print(Text(output.printable(said)))


def _show_report(report: VerifyReport) -> None:
    from rich.text import Text

    console = output.console()
    verdict = Text("verified", style="green") if report.ok else Text("NOT VERIFIED", style="bold red")
    counts = f": {report.n_entries} entries, {report.n_erased} erased, {report.n_torn} torn; head {report.head}"
    console.print(verdict + Text(counts), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(f"  {output.printable(problem)}", style="red"), soft_wrap=True)
    for note in report.notes:
        console.print(Text(f"  note: {output.printable(note)}"), soft_wrap=True)


def _summary(entry: AuditEntry) -> Text:
    """Return one line: place, time, id, what was asked and what became of it."""
    from rich.text import Text

    line = Text(f"{entry.seq:>6}  {entry.at[:19]}  ")
    if entry.kind != "request":
        said = f"{entry.kind} {entry.id} {json.dumps(to_plain(entry.record))}"
        return line + Text(output.printable(said), style="yellow")
    outcomes = [_dict(outcome) for outcome in _list(entry.record["outcomes"])]
    prompt = _dict(entry.record["request"])["prompt"]
    said = prompt if isinstance(prompt, str) else f"({'erased' if entry.content == 'erased' else 'not kept'})"
    reasons = dict.fromkeys(str(reason) for outcome in outcomes for reason in _list(outcome["reasons"]))
    statuses = ", ".join(str(outcome["status"]) for outcome in outcomes) or "nothing drawn"
    return line + Text(output.printable(f"{entry.id}  {statuses}  {' '.join(reasons)}  {said}"))


def _require(path: Path) -> None:
    """Say that it is the command's fault when no log lies there."""
    from ethical_lens.audit.chain import LogPaths

    try:
        LogPaths.of(path).require()
    except AuditError as error:
        raise InputError(str(error)) from error


def _require_head(expected: str) -> None:
    from ethical_lens.audit import Head

    try:
        Head.parse(expected)
    except AuditError as error:
        raise InputError(str(error)) from error


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []

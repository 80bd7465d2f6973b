"""The ``audit`` part of the command line.

Exit codes: 0 all is well; 1 the log cannot be read or written; 2 the command was used wrongly (no such log, no such
entry, a head or key that cannot be read); 4 the log does not verify.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ethical_lens import audit
from ethical_lens.audit.chain import LogPaths
from ethical_lens.errors import AuditError, ConfigurationError
from ethical_lens.serial import Json, to_plain

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_VERIFIED = 4

app = typer.Typer(name="audit", help="Verify, read and erase audit logs.", no_args_is_help=True)

PathArgument = Annotated[Path, typer.Argument(help="Folder of the log, or its .jsonl file.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]


@app.command("verify")
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
    with _usage_errors(path):
        if expected_head is not None:
            audit.Head.parse(expected_head)
    with _failures():
        report = audit.verify(path, expected_head=expected_head)
    if as_json:
        _print_json({**_dict(to_plain(report)), "head": str(report.head)})
    else:
        _show_report(report)
    if not report.ok:
        raise typer.Exit(EXIT_NOT_VERIFIED)


@app.command("show")
def show_command(
    path: PathArgument,
    entry_id: Annotated[str | None, typer.Option("--id", help="Only what was recorded under this id, in full.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the entries, one line each; with --id, everything about one."""
    console = _console()
    n_shown = 0
    with _usage_errors(path), _failures():
        for entry in audit.read(path) if entry_id is None else audit.find(path, entry_id):
            n_shown += 1
            if as_json:
                _print_json(to_plain(entry))
            elif entry_id is not None:
                console.print(Text(_printable(json.dumps(to_plain(entry), indent=2, ensure_ascii=False))))
            else:
                console.print(_summary(entry), soft_wrap=True)
    if entry_id is not None and n_shown == 0:
        _fail(f"no entry with the id {entry_id!r} in {path}", EXIT_USAGE)


@app.command("head")
def head_command(path: PathArgument, as_json: JsonOption = False) -> None:
    """Print COUNT:HASH. Stored where no writer of the log can reach it, it pins everything up to now."""
    with _usage_errors(path), _failures():
        found = audit.head(path)
    if as_json:
        _print_json({"count": found.count, "hash": found.hash, "head": str(found)})
    else:
        typer.echo(str(found))


@app.command("erase")
def erase_command(
    path: PathArgument,
    entry_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the entry.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why. It stays in the chain: name nobody.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Overwrite the texts of an entry. The chain stays valid and records the erasure."""
    with _usage_errors(path):
        if not reason.strip():
            raise AuditError("expected a reason, got none")
        if not audit.find(path, entry_id):
            raise AuditError(f"no entry with the id {entry_id!r} in {path}")
    with _failures():
        event = audit.erase(path, entry_id, reason)
    if as_json:
        _print_json(to_plain(event))
    else:
        lines = ", ".join(str(seq) for seq in _list(event.record["entries"]))
        _console().print(
            Text(_printable(f"Erased the texts of {entry_id} (line {lines}), recorded as line {event.seq}."))
        )


def _show_report(report: audit.VerifyReport) -> None:
    console = _console()
    verdict = Text("verified", style="green") if report.ok else Text("NOT VERIFIED", style="bold red")
    counts = f": {report.n_entries} entries, {report.n_erased} erased, {report.n_torn} torn; head {report.head}"
    console.print(verdict + Text(counts), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(f"  {_printable(problem)}", style="red"), soft_wrap=True)
    for note in report.notes:
        console.print(Text(f"  note: {_printable(note)}"), soft_wrap=True)


def _summary(entry: audit.AuditEntry) -> Text:
    """Return one line: place, time, id, what was asked and what became of it."""
    line = Text(f"{entry.seq:>6}  {entry.at[:19]}  ")
    if entry.kind != "request":
        return line + Text(_printable(f"{entry.kind} {entry.id} {json.dumps(to_plain(entry.record))}"), style="yellow")
    outcomes = [_dict(outcome) for outcome in _list(entry.record["outcomes"])]
    prompt = _dict(entry.record["request"])["prompt"]
    said = prompt if isinstance(prompt, str) else f"({'erased' if entry.content == 'erased' else 'not kept'})"
    reasons = dict.fromkeys(str(reason) for outcome in outcomes for reason in _list(outcome["reasons"]))
    statuses = ", ".join(str(outcome["status"]) for outcome in outcomes) or "nothing drawn"
    return line + Text(_printable(f"{entry.id}  {statuses}  {' '.join(reasons)}  {said}"))


def _console(*, stderr: bool = False) -> Console:
    """Return a console; rich leaves out colours when NO_COLOR is set or nobody watches."""
    return Console(stderr=stderr, highlight=False, markup=False)


def _printable(text: str) -> str:
    """Escape what could steer a terminal; prompts are other people's text."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _print_json(data: Json) -> None:
    typer.echo(json.dumps(data))


def _fail(message: str, code: int) -> None:
    _console(stderr=True).print(Text(f"Error: {_printable(message)}"), soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def _usage_errors(path: Path) -> Iterator[None]:
    """Exit with 2 for what the caller can put right in the command itself."""
    try:
        LogPaths.of(path).require()
        yield
    except (AuditError, ConfigurationError) as error:
        _fail(str(error), EXIT_USAGE)


@contextmanager
def _failures() -> Iterator[None]:
    """Exit with 1 when the log itself is the trouble."""
    try:
        yield
    except ConfigurationError as error:
        _fail(str(error), EXIT_USAGE)
    except BrokenPipeError:
        raise  # whoever read the output has seen enough; click ends quietly
    except (AuditError, OSError) as error:
        _fail(str(error), EXIT_FAILED)


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []

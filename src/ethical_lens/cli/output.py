"""What every command shares: exit codes, JSON lines, text that cannot steer a terminal, and the edge for errors."""

from __future__ import annotations

import enum
import functools
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer

from ethical_lens.errors import (
    ConfigurationError,
    EthicalLensError,
    FileError,
    InputError,
    MissingExtraError,
    ModelIntegrityError,
)
from ethical_lens.remote.errors import RemoteError
from ethical_lens.types import Action, Status

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from ethical_lens.serial import Json

P = ParamSpec("P")
T = TypeVar("T")

DEBUG_VARIABLE = "ETHICAL_LENS_DEBUG"
"""Set, it makes an unexpected error show its trace."""

WIDTH_OF_FILES = 120
"""Columns used where nobody watches, so that what is written to a file does not depend on a window."""


class Code(enum.IntEnum):
    """Exit codes."""

    OK = 0
    """Everything was done."""
    ERROR = 1
    """Something went wrong that the caller did not cause."""
    USAGE = 2
    """The command or its input cannot be used."""
    STOPPED = 3
    """The lens withheld or refused something."""
    UNVERIFIED = 4
    """A log or a model file is not what it should be."""
    MISSING = 5
    """An optional part is not installed, or a service does not answer."""


ACTION_STYLES = {
    Action.ALLOW: "green",
    Action.FLAG: "yellow",
    Action.REWRITE: "cyan",
    Action.EDIT: "cyan",
    Action.REGENERATE: "cyan",
    Action.BLOCK: "bold red",
}
STATUS_STYLES = {Status.RELEASED: "green", Status.EDITED: "cyan", Status.WITHHELD: "bold red"}


def console(*, stderr: bool = False) -> Console:
    """Return a console; rich leaves out colours when NO_COLOR is set or nobody watches."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = max(made.width, WIDTH_OF_FILES)
    return made


def show(*parts: RenderableType) -> None:
    """Print for people, on standard output."""
    target = console()
    for part in parts:
        target.print(part)


def plain_table(*columns: str) -> Table:
    """Return an empty table without lines, its columns headed."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def print_json(value: Json) -> None:
    """Print one line of JSON. It is ASCII, so that no terminal or pipe can garble it."""
    typer.echo(json.dumps(value, allow_nan=False))


def printable(text: str) -> str:
    """Escape what could steer a terminal or hide itself; prompts are other people's text."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    """Return printable text without line breaks."""
    return printable(text).replace("\n", "\\n")


def complain(message: str) -> None:
    """Print an error for people, on standard error."""
    from rich.text import Text

    line = Text("Error: ", style="bold red") + Text(printable(message), style="default not bold")
    console(stderr=True).print(line, soft_wrap=True)


def fail(message: str, code: int) -> None:
    """Print an error and end the command."""
    complain(message)
    raise typer.Exit(code)


def error_form(error: Exception) -> dict[str, Json]:
    """Return what the JSON field ``error`` says of an error."""
    form: dict[str, Json] = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, FileError) and error.line is not None:
        form |= {"path": error.path, "line": error.line}
    return form


def code_of(error: Exception) -> Code:
    """Return the exit code that an error ends in."""
    if isinstance(error, MissingExtraError | RemoteError | ConnectionError | TimeoutError):
        return Code.MISSING
    if isinstance(error, ModelIntegrityError):
        return Code.UNVERIFIED
    if isinstance(error, ConfigurationError | InputError):
        return Code.USAGE
    return Code.ERROR


def command(function: Callable[P, T]) -> Callable[P, T]:
    """Let a command end in a sentence and an exit code where it would end in a traceback.

    The command's parameter ``as_json`` says whether the error is written as JSON too.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with _edge(as_json=bool(kwargs.get("as_json"))):
            return function(*args, **kwargs)

    call.__doc__ = _flowing(function.__doc__ or "")
    return call


def _flowing(text: str) -> str:
    """Return a text whose paragraphs are a line each; help pages break lines where their window ends."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


@contextmanager
def _edge(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except (EthicalLensError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise  # whoever read the output has seen enough; typer ends quietly
        _end(error, str(error), as_json=as_json)
    except Exception as error:
        if isinstance(error, typer.Exit | typer.Abort | typer.BadParameter):
            raise
        if os.environ.get(DEBUG_VARIABLE):
            traceback.print_exc()
        advice = f"please report it, with the trace that {DEBUG_VARIABLE}=1 shows"
        _end(error, f"unexpected {type(error).__name__}: {error}; {advice}", as_json=as_json)


def _end(error: Exception, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"error": error_form(error)})
    complain(said)
    raise typer.Exit(code_of(error)) from error


def is_watched(stream: object) -> bool:
    """Whether a person watches a stream."""
    return stream is not None and getattr(stream, "isatty", lambda: False)()


def unsurprising_streams() -> None:
    """Let output that the terminal's alphabet cannot hold come out escaped, where it would raise an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")

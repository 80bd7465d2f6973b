from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from typer.main import get_command

from ethical_lens.cli.app import app
from ethical_lens.cli.output import Code

Run = Callable[..., CompletedProcess[str]]

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
OF_EVERY_COMMAND = ("--help", "--json")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that call it."""
    inner = getattr(command, "commands", {})
    for name, each in inner.items():
        yield from commands(each, (*path, name))
    if not inner:
        yield path, command


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_command_and_its_options_are_documented(path: tuple[str, ...]) -> None:
    title = f"### `{' '.join(path)}`"
    assert title in PAGE, f"docs/cli.md has no section {title!r}"
    section = PAGE.partition(f"{title}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    for parameter in COMMANDS[path].params:
        names = [*parameter.opts, *parameter.secondary_opts] if parameter.param_type_name == "option" else []
        missing = [name for name in names if name not in OF_EVERY_COMMAND and f"`{name}" not in section]
        assert missing == [], f"section {title!r} of docs/cli.md does not mention {missing}"


@pytest.mark.parametrize("path", [(), ("policy",), ("models",), ("audit",), *COMMANDS], ids=" ".join)
def test_help_works(run: Run, path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.returncode == 0
    assert "Usage" in result.stdout


def test_every_command_speaks_json() -> None:
    silent = [path for path, command in COMMANDS.items() if not any("--json" in each.opts for each in command.params)]
    assert silent == []


def test_exit_codes_are_documented() -> None:
    for code in Code:
        assert f"| {code.value} |" in PAGE

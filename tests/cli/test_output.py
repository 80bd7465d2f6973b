from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import ethical_lens
from ethical_lens import registry

Run = Callable[..., CompletedProcess[str]]

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")
HEAVY = ("PIL", "numpy", "onnxruntime", "pydantic", "rich", "tokenizers", "yaml")


def modules_after(*words: str) -> set[str]:
    """Return the heavy packages that a command has loaded when it ends."""
    program = (
        "import sys, atexit\n"
        f"say = lambda: print('LOADED', *[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)\n"
        "atexit.register(say)\n"
        f"sys.argv[1:] = {list(words)}\n"
        "from ethical_lens.cli import main\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stderr.rpartition("LOADED")[2].split())


def test_version(run: Run) -> None:
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"ethical-lens {ethical_lens.__version__}\n")


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (("--version",), {"pydantic"}),  # newer releases of Typer read arguments with pydantic
        (("--help",), {"pydantic", "rich"}),
        (("policy", "list", "--json"), {"pydantic", "yaml"}),
        (("check-text", "a cat", "--json"), {"pydantic", "yaml", "numpy", "PIL", "onnxruntime", "tokenizers"}),
    ],
)
def test_commands_load_only_what_they_need(words: tuple[str, ...], allowed: set[str]) -> None:
    assert modules_after(*words) <= allowed


def test_colours_are_for_people_who_want_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR")
    assert COLOUR.search(run("check-text", "a cat").stdout)
    assert not COLOUR.search(run("check-text", "a cat", "--json").stdout)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not COLOUR.search(run("check-text", "a cat").stdout)
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in run("check-text", "a cat").stdout


def test_unexpected_error_is_a_sentence_and_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**options: object) -> None:
        raise RuntimeError("the roof is on fire")

    monkeypatch.setattr(registry, "text_tools", broken)
    result = run("check-text", "a cat", "--json")
    assert (result.returncode, "the roof is on fire" in result.stderr) == (1, True)
    assert '"kind": "RuntimeError"' in result.stdout
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("ETHICAL_LENS_DEBUG", "1")
    assert "Traceback" in run("check-text", "a cat").stderr


def test_unknown_command_and_option_exit_with_2(run: Run) -> None:
    assert run("paint").returncode == 2
    assert run("plan", "a cat", "--fast").returncode == 2


def test_output_survives_a_terminal_without_letters_for_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv[1:] = ['policy', 'validate', 'nosuch-\\u9ed1']; from ethical_lens.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, cwd=tmp_path, env=environment
    )
    assert run.returncode == 2
    assert b"Traceback" not in run.stderr

"""The command line. ``docs/cli.md`` describes commands, JSON forms and exit codes."""

from __future__ import annotations


def main() -> None:
    """Run the command ``ethical-lens`` with the arguments of the process."""
    from ethical_lens.cli.app import run

    run()

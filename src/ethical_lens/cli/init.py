"""``init``: a commented configuration to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption
from ethical_lens.errors import InputError


def _complete_profile(incomplete: str) -> list[str]:
    from ethical_lens.config import profiles

    return [name for name in profiles.available() if name.startswith(incomplete)]


@output.command
def init(
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="embedded, sd15, sdxl, flux, http or llm.",
            autocompletion=_complete_profile,
        ),
    ] = "embedded",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="File to write.")] = Path("lens.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a configuration for a kind of generator, with comments, and say what to fetch and to run next."""
    from ethical_lens.config import profiles

    text = profiles.text(profile)
    if not force and (out.exists() or out.is_symlink()):
        raise InputError(f"{out} exists already; give --force to replace it, or --out with another name")
    out.write_text(text, encoding="utf-8")
    steps = profiles.steps(text, str(out))
    if as_json:
        output.print_json({"path": str(out), "profile": profile, "next": list(steps)})
        return
    typer.echo(output.printable(f"Wrote {out} (profile {profile}). Next:"))
    for step in steps:
        typer.echo(output.printable(f"  {step}"))

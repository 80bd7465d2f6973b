"""Arguments and options that several commands share."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from ethical_lens.types import Action

MOST_PICTURES = 256
"""Most pictures of one request; they are all in memory before the first one is written."""

MOST_PLANNED = 1000
"""Most pictures that one plan deals."""


class TextAction(enum.StrEnum):
    """Actions at the text stage that a command may end badly for."""

    FLAG = "flag"
    REWRITE = "rewrite"
    BLOCK = "block"


class ImageAction(enum.StrEnum):
    """Actions at the image stage that a command may end badly for."""

    FLAG = "flag"
    EDIT = "edit"
    REGENERATE = "regenerate"
    BLOCK = "block"


BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--budget-minutes",
        min=0,
        help="Begin nothing more after this time; the same command goes on later.",
        show_default=False,
    ),
]


def reaches(action: Action, bound: TextAction | ImageAction | None) -> bool:
    """Whether an action is at least as severe as the bound of ``--fail-on``."""
    return bound is not None and action >= Action[bound.name]


def _complete_policy(incomplete: str) -> list[str]:
    from ethical_lens import policy

    return [name for name in policy.available() if name.startswith(incomplete)]


def _complete_model(incomplete: str) -> list[str]:
    from ethical_lens import models

    return [name for name in models.available() if name.startswith(incomplete)]


def _complete_generator(incomplete: str) -> list[str]:
    from importlib.metadata import entry_points

    names = sorted(entry.name for entry in entry_points(group="ethical_lens.generators"))
    return [name for name in names if name.startswith(incomplete)]


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
PolicyOption = Annotated[
    str,
    typer.Option(
        "--policy",
        metavar="NAME|FILE",
        help="Shipped policy or YAML file that decides.",
        autocompletion=_complete_policy,
    ),
]
PolicyArgument = Annotated[
    str,
    typer.Argument(metavar="NAME|FILE", help="Shipped policy or YAML file.", autocompletion=_complete_policy),
]
ModelArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Name of the model.", autocompletion=_complete_model, show_default=False),
]
GeneratorOption = Annotated[
    str,
    typer.Option("--generator", metavar="NAME", help="What draws.", autocompletion=_complete_generator),
]
PromptFileOption = Annotated[
    str | None,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help='One prompt a line; a line that begins with "{" is JSON with a field "text". "-" is standard input.',
        show_default=False,
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", "-s", min=0, help="Repeats a run; drawn and reported when not given."),
]
NegativePromptOption = Annotated[
    str | None, typer.Option("--negative-prompt", metavar="TEXT", help="What the pictures should not show.")
]
NoDiversifyOption = Annotated[
    bool, typer.Option("--no-diversify", help="Deal nothing to people whom the prompt leaves open.")
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to.", show_default=False)]


def chosen_seed(seed: int | None) -> int:
    """Return the seed, drawing one if none was given."""
    import secrets

    return secrets.randbelow(2**32) if seed is None else seed

"""``demo``: the whole lens in a minute, on a page of its own."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption, OutOption, PolicyOption, SeedOption

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethical_lens.cli.showcase.scenes import Showing
    from ethical_lens.lens import Lens

SEED: Final = 7
"""Seed when none is given, so that everybody sees the same page."""
PAGE: Final = "index.html"
SHEET: Final = "contact-sheet.png"


@output.command
def demo(
    out: OutOption,
    prompts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT", help="Prompts to show in place of the shipped ones.", show_default=False),
    ] = None,
    seed: SeedOption = SEED,
    policy: PolicyOption = "default",
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw prompts bare and through the lens, and write a page that explains every decision.

    With --config it is the lens of that file, and its generator, that draws. DIR gets
    index.html, one file that needs nothing else, and contact-sheet.png. Both are replaced by the next run.
    """
    from ethical_lens.cli.opening import opened_lens, opened_policy
    from ethical_lens.cli.pictures import Folder
    from ethical_lens.cli.showcase.page import page
    from ethical_lens.cli.showcase.sheet import contact_sheet

    since = time.perf_counter()
    folder = Folder(out, force=True)
    lens = opened_lens(opened_policy(policy))
    showings = _showings(lens, prompts or [], SEED if seed is None else seed)
    content = page(showings, lens.policy, domain=lens.generator.domain).encode()

    def write_page(stream: IO[bytes]) -> None:
        stream.write(content)

    def write_sheet(stream: IO[bytes]) -> None:
        contact_sheet(showings).save(stream, format="PNG")

    written = folder.write({PAGE: write_page, SHEET: write_sheet})
    paths = [path for path in written if path is not None]
    if as_json:
        _print_json(showings, paths, time.perf_counter() - since)
    else:
        _show(showings, paths, time.perf_counter() - since)
    if open_page:
        import webbrowser

        webbrowser.open(paths[0].resolve().as_uri())


def _showings(lens: Lens, prompts: Sequence[str], seed: int) -> list[Showing]:
    from ethical_lens.cli.progress import progress_bar
    from ethical_lens.cli.showcase.scenes import scenes_of, show
    from ethical_lens.text.intake import read_prompt

    scenes = scenes_of([read_prompt(prompt) for prompt in prompts])
    showings = []
    with progress_bar() as advance:
        for number, scene in enumerate(scenes):
            advance(f"Scene {number + 1}", number, len(scenes))
            showings.append(show(lens, scene, seed))
    return showings


def _print_json(showings: Sequence[Showing], paths: Sequence[Path], seconds: float) -> None:
    from ethical_lens.cli.forms import result_form

    output.print_json(
        {
            "page": str(paths[0]),
            "contact_sheet": str(paths[1]),
            "scenes": [
                {
                    "title": showing.scene.title,
                    "prompt": showing.scene.prompt,
                    "bare": result_form(showing.bare, [None] * len(showing.bare.outcomes)),
                    "guarded": result_form(showing.guarded, [None] * len(showing.guarded.outcomes)),
                }
                for showing in showings
            ],
            "seconds": {"total": round(seconds, 3)},
        }
    )


def _show(showings: Sequence[Showing], paths: Sequence[Path], seconds: float) -> None:
    from rich.text import Text

    from ethical_lens.cli.forms import action_of
    from ethical_lens.cli.output import ACTION_STYLES, STATUS_STYLES, one_line
    from ethical_lens.cli.showcase.story import tally

    table = output.plain_table("prompt", "words", "pictures", "why")
    for showing in showings:
        result = showing.guarded
        action = action_of(result.plan)
        pictures = Text(", ").join(
            Text(f"{count} {status.value}", style=STATUS_STYLES[status])
            for status, count in tally(result.outcomes).items()
        )
        reasons = [*result.plan.verdict.reasons, *(code for outcome in result.outcomes for code in outcome.reasons)]
        table.add_row(
            Text(one_line(showing.scene.prompt)),
            Text(action.name.lower(), style=ACTION_STYLES[action]),
            pictures,
            Text(", ".join(dict.fromkeys(reasons))),
        )
    output.show(table, "", Text(f"Drawn in {seconds:.0f} s. Open {paths[0]}", style="bold"))

"""``evaluate attack``: a red team against the lens around the embedded generator."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.opening import configured
from ethical_lens.cli.options import BudgetOption, JsonOption, OutOption, PolicyOption
from ethical_lens.cli.tables import show_table


@output.command
def attack(
    out: OutOption,
    policy: PolicyOption = "default",
    requests: Annotated[
        int, typer.Option("--requests", "-n", min=1, help="Harmful requests that every method attacks.")
    ] = 40,
    black_box: Annotated[
        int, typer.Option("--black-box", min=0, help="Requests that are searched by queries to the text stage.")
    ] = 40,
    queries: Annotated[int, typer.Option("--queries", min=1, help="Most queries of one such search.")] = 100,
    white_box: Annotated[
        int, typer.Option("--white-box", min=0, help="Token sequences that are searched by gradients (needs torch).")
    ] = 100,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Draw the attacks, or try the text stage alone.")
    ] = True,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Of requests, attacks and pictures.")] = 0,
    budget_minutes: BudgetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Attack the lens around the embedded generator: success per method and stage, and what caught the rest.

    Killed or stopped at any moment, the same command goes on where it stopped, with the same numbers at the end.
    """
    from ethical_lens.cli.progress import progress_bar
    from ethical_lens.errors import ConfigurationError
    from ethical_lens.evaluate.attack import AttackSettings
    from ethical_lens.evaluate.attack import attack as run_attack
    from ethical_lens.evaluate.attack.report import attack_form, picture_table, text_table, write_attack_report

    if configured() is not None:
        raise ConfigurationError(
            "evaluate attack takes the parts that the package ships, since its searches know their insides; leave "
            "--config out, and name a policy with --policy"
        )
    settings = AttackSettings(
        policy=policy,
        n_targets=requests,
        n_black_box=black_box,
        n_queries=queries,
        n_white_box=white_box,
        seed=seed,
    )
    with progress_bar() as advance:
        folder = run_attack(
            settings,
            out,
            budget_seconds=None if budget_minutes is None else 60 * budget_minutes,
            images=images,
            command=shlex.join(["ethical-lens", *sys.argv[1:]]),
            on_progress=advance,
        )
    written = write_attack_report(folder)
    if as_json:
        output.print_json(attack_form(folder, written.summary))
        return
    for table in (text_table(written.summary), picture_table(written.summary)):
        show_table(table)
    output.show(f"Open {written.markdown}")

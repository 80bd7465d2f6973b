"""``generate``: a prompt goes in, pictures come out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import (
    MOST_PICTURES,
    GeneratorOption,
    JsonOption,
    NegativePromptOption,
    NoDiversifyOption,
    OutOption,
    PolicyOption,
    SeedOption,
    chosen_seed,
)
from ethical_lens.cli.output import Code
from ethical_lens.types import Exemption, Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from ethical_lens.audit import AuditLog
    from ethical_lens.people.ledger import Ledger
    from ethical_lens.policy import Policy


@output.command
def generate(
    prompt: Annotated[str, typer.Argument(help="What to draw.", show_default=False)],
    out: OutOption,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=MOST_PICTURES, help="Number of pictures.")] = 1,
    seed: SeedOption = None,
    generator: GeneratorOption = "sketch",
    policy: PolicyOption = "default",
    negative_prompt: NegativePromptOption = None,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="WIDTHxHEIGHT", help="Size in pixels; by default the generator's own."),
    ] = None,
    no_diversify: NoDiversifyOption = False,
    bare: Annotated[
        bool, typer.Option("--bare", help="Switch the lens off; hard rules still hold. Results are stamped.")
    ] = False,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Judge and record everything, change nothing. Results are stamped.")
    ] = False,
    audit: Annotated[
        Path | None,
        typer.Option("--audit", metavar="PATH", help="Audit log that gets one line about the request."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", metavar="FILE", help="SQLite file that evens out what is dealt over many requests."),
    ] = None,
    tenant: Annotated[
        str, typer.Option("--tenant", metavar="NAME", help="Whose pictures the ledger balances together.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace pictures of the same names.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw pictures through the lens and write those that are released.

    DIR gets 0000.png, 0001.png and so on; a withheld picture leaves its number out. The decision stands in the PNG's
    metadata. Exits with 3 when a picture is withheld or the prompt refused.
    """
    from ethical_lens.cli.opening import opened_lens, opened_policy
    from ethical_lens.cli.pictures import Folder, names, write_pictures
    from ethical_lens.cli.progress import progress_bar, stages
    from ethical_lens.text.intake import read_prompt
    from ethical_lens.types import Request

    width, height = _sides(size)
    request = Request(
        prompt=read_prompt(prompt),
        count=count,
        seed=chosen_seed(seed),
        width=width,
        height=height,
        negative_prompt=negative_prompt,
        diversify=not no_diversify,
        tenant=tenant,
    )
    exemptions = _exemptions(bare=bare, shadow=shadow)
    rules = opened_policy(policy)
    lens = opened_lens(
        rules,
        generator=generator,
        audit=_log(audit, rules),
        ledger=_ledger(ledger),
        exemptions=exemptions,
    )
    folder = Folder(out, force=force)
    folder.require_free(names(count))
    with progress_bar() as advance:
        result = lens.run(request, on_progress=stages(advance))
    paths = write_pictures(folder, result, rules)
    if as_json:
        from ethical_lens.cli.forms import result_form

        output.print_json(result_form(result, paths))
    else:
        from ethical_lens.cli.readable import result_block

        output.show(result_block(result, paths))
    withheld = any(outcome.status is Status.WITHHELD for outcome in result.outcomes)
    raise typer.Exit(Code.STOPPED if withheld else Code.OK)


def _sides(size: str | None) -> tuple[int | None, int | None]:
    if size is None:
        return None, None
    found = re.fullmatch(r"([1-9][0-9]{0,4})(?:x([1-9][0-9]{0,4}))?", size)
    if found is None:
        raise typer.BadParameter(f"expected WIDTHxHEIGHT in pixels, such as 512x768, got {size!r}")
    return int(found[1]), int(found[2] or found[1])


def _exemptions(*, bare: bool, shadow: bool) -> Collection[Exemption]:
    if bare and shadow:
        raise typer.BadParameter("--bare and --shadow exclude each other; give one of them")
    return [Exemption.BARE] * bare + [Exemption.SHADOW] * shadow


def _ledger(path: Path | None) -> Ledger | None:
    if path is None:
        return None
    from ethical_lens.people.ledger import SqliteLedger

    return SqliteLedger(path)


def _log(path: Path | None, policy: Policy) -> AuditLog | None:
    if path is None:
        return None
    from ethical_lens.audit import AuditLog

    return AuditLog(path, retention=policy.retention)

"""The ``policy`` part of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption, PolicyArgument, PolicyOption
from ethical_lens.cli.output import ACTION_STYLES, Code
from ethical_lens.errors import PolicyError

if TYPE_CHECKING:
    from ethical_lens.policy import Policy, Rule
    from ethical_lens.serial import Json

app = typer.Typer(name="policy", help="Show, check, explain and compare policies.", no_args_is_help=True)


@app.command("list")
@output.command
def list_command(as_json: JsonOption = False) -> None:
    """List the policies that are shipped."""
    from ethical_lens import policy as policies

    shipped = [policies.load(name) for name in policies.available()]
    if as_json:
        for each in shipped:
            output.print_json(
                {"name": each.name, "version": each.version, "title": each.title, "description": each.description}
            )
        return
    table = output.plain_table("name", "version", "what it is for")
    for each in shipped:
        table.add_row(each.name, each.version, each.description)
    output.show(table)


@app.command("show")
@output.command
def show_command(
    policy: PolicyArgument = "default",
    rules: Annotated[
        bool, typer.Option("--rules", help="Show the rules in force as a table, those it extends included.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a policy as it is written, to read or to start one's own from; with --json, everything in force."""
    from ethical_lens import policy as policies

    loaded = policies.load(policy)
    if as_json:
        output.print_json(cast("Json", policies.describe(loaded)))
    elif rules:
        _show_rules(loaded)
    else:
        typer.echo(_source(policy), nl=False)


@app.command("validate")
@output.command
def validate_command(
    paths: Annotated[list[str], typer.Argument(metavar="NAME|FILE", help="Policies to check.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Check policies; every mistake is named with its file and line. Exits with 2 if there is one."""
    from ethical_lens import policy as policies

    code = Code.OK
    for path in paths:
        try:
            loaded = policies.load(path)
        except PolicyError as error:
            code = Code.USAGE
            if as_json:
                output.print_json({"path": path, "ok": False, "error": output.error_form(error)})
            output.complain(str(error))
            continue
        if as_json:
            output.print_json({"path": path, "ok": True, "title": loaded.title, "rules": len(loaded.rules)})
        else:
            typer.echo(output.printable(f"{path}: valid, {loaded.title}, {len(loaded.rules)} rules"))
    raise typer.Exit(code)


@app.command("explain")
@output.command
def explain_command(
    prompt: Annotated[str, typer.Option("--prompt", help="Prompt to explain.", show_default=False)],
    policy: PolicyOption = "default",
    every: Annotated[bool, typer.Option("--all", help="Show the rules that nothing measured, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show each rule of a policy beside the score that a prompt reaches, closest first."""
    from ethical_lens.cli.opening import opened_lens, opened_policy
    from ethical_lens.policy import explain
    from ethical_lens.serial import to_plain
    from ethical_lens.types import Stage

    lens = opened_lens(opened_policy(policy))
    (report,) = lens.check_text([prompt])
    rows = explain(lens.policy, {Stage.TEXT: report.verdict.findings})
    if as_json:
        from ethical_lens.cli.forms import text_form

        explained: dict[str, Json] = {"policy": lens.policy.title, "rules": to_plain(rows)}
        output.print_json({**text_form(report), **explained})
        return
    from ethical_lens.cli.readable import rules_table, text_block

    shown = [row for row in rows if every or row.score is not None]
    output.show(text_block(report), "", rules_table(shown))


@app.command("diff")
@output.command
def diff_command(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Shipped policy or YAML file.", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Shipped policy or YAML file.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Show what two policies say differently."""
    from ethical_lens import policy as policies
    from ethical_lens.serial import to_plain

    old, new = policies.load(before), policies.load(after)
    differences = policies.diff(old, new)
    if as_json:
        output.print_json({"before": old.title, "after": new.title, "differences": to_plain(differences)})
        return
    table = output.plain_table("what", old.title, new.title)
    for each in differences:
        table.add_row(each.path, _said(each.before), _said(each.after))
    output.show(table if differences else "The two say the same.")


def _source(policy: str) -> str:
    """Return the file of a policy that has been loaded, and so is readable text."""
    from ethical_lens import policy as policies

    shipped = Path(policies.__file__).parent.parent / "policies" / f"{policy}.yaml"
    path = shipped if policy in policies.available() else Path(policy)
    return path.read_text("utf-8-sig")


def _show_rules(policy: Policy) -> None:
    from rich.text import Text

    table = output.plain_table("rule", "when", "action", "remedies")
    for rule in policy.rules:
        remedies = [*rule.editors, *(["a new picture"] if rule.then_regenerate else [])]
        remedies += ["as it is"] if rule.then_release else []
        table.add_row(
            rule.reason + (" (hard)" if rule.hard else ""),
            _conditions(rule),
            Text(rule.action.name.lower(), style=ACTION_STYLES[rule.action]),
            ", then ".join(remedies),
        )
    output.show(policy.title, table)


def _conditions(rule: Rule) -> str:
    return " and ".join(f"{each.category} {each.severity.name} from {each.threshold:.2f}" for each in rule.conditions)


def _said(value: object) -> str:
    return "-" if value is None else output.printable(str(value))

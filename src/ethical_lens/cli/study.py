"""The ``study`` part of the command line: people compare bare and guarded pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ethical_lens.cli import output
from ethical_lens.cli.options import JsonOption
from ethical_lens.cli.output import Code
from ethical_lens.evaluate.terms import CONSENT, Blur

if TYPE_CHECKING:
    from ethical_lens.evaluate.study import Built, Study
    from ethical_lens.serial import Json

app = typer.Typer(
    name="study", help="Let people compare pictures that were drawn with and without the lens.", no_args_is_help=True
)

StudyArgument = Annotated[Path, typer.Argument(metavar="FILE", help="File of the study.", show_default=False)]


@app.command("build")
@output.command
def build_command(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="Folder of an evaluation run (pairs.jsonl).", show_default=False),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File of the study to make.", show_default=False)
    ],
    count: Annotated[
        int | None, typer.Option("--count", "-n", min=1, help="Most pairs, spread over the categories; all by default.")
    ] = None,
    question: Annotated[str | None, typer.Option("--question", metavar="TEXT", help="What is asked.")] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Heading of the page.")] = None,
    consent: Annotated[
        Path | None,
        typer.Option("--consent", metavar="FILE", help="What people agree to, a paragraph per blank line."),
    ] = None,
    contact: Annotated[str, typer.Option("--contact", metavar="TEXT", help="Whom participants can ask.")] = "",
    per_person: Annotated[int, typer.Option("--per-person", min=1, help="Most pairs that one person sees.")] = 40,
    checks_every: Annotated[
        int, typer.Option("--checks-every", min=0, help="Pairs to one attention check; 0 for none.")
    ] = 10,
    blur: Annotated[Blur, typer.Option("--blur", help="Which pairs are blurred until they are tapped.")] = Blur.HARMFUL,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Of the choice of pairs.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Make a study of blinded pairs from an evaluation run.

    Pairs of equal pictures are left out and counted. Nothing in FILE that reaches a participant tells which picture
    went through the lens.
    """
    from ethical_lens.evaluate import study as studies

    built = studies.build_pairs(studies.read_pairs(run), seed=seed, count=count, blur=blur)
    study = replace(
        studies.PAIRS_STUDY,
        title=title or studies.PAIRS_STUDY.title,
        question=question or studies.PAIRS_STUDY.question,
        consent=consent_text(consent),
        contact=contact,
        per_person=per_person,
        checks_every=checks_every,
        seed=seed,
    )
    notes: dict[str, Json] = {
        "run": str(run),
        "n_pairs": built.n_pairs,
        "n_same": built.n_same,
        "n_not_drawn": built.n_not_drawn,
    }
    studies.StudyFile.create(out, study, studies.with_checks(study, built.items), notes=notes)
    if as_json:
        output.print_json({"study": str(out), "items": len(built.items), **notes})
        return
    _say_built(out, built, study)


@app.command("serve")
@output.command
def serve_command(
    file: StudyArgument,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port; 0 takes a free one.")] = 8080,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST", help="Host name under which the page is reached; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a study on a page, for phones and desktops, until it is interrupted.

    By default only this machine can reach the page. For others, put a server that speaks HTTPS in front of it and give
    the name that people use with --name.
    """
    from ethical_lens.evaluate.study.serving import is_loopback, serve

    def ready(address: str) -> None:
        if as_json:
            output.print_json({"address": address})
        else:
            typer.echo(f"The study is at {address} - stop it with Ctrl+C; answers are kept in {file}")
            if not is_loopback(host):
                typer.echo("Others can reach it, unencrypted. Put a server that speaks HTTPS in front of it.", err=True)

    serve(file, host=host, port=port, names=tuple(name or ()), on_ready=ready)


@app.command("analyse")
@output.command
def analyse_command(
    file: StudyArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Folder that gets analysis.json and analysis.md."),
    ] = None,
    most_failures: Annotated[
        int, typer.Option("--most-failures", min=0, help="Attention checks one may fail and still count.")
    ] = 0,
    level: Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Confidence level.")] = 0.95,
    as_json: JsonOption = False,
) -> None:
    """Say what people answered: shares with intervals, per category, and how far they agree."""
    from ethical_lens.evaluate import study as studies

    analysis = studies.analyse(studies.StudyFile(file), most_failures=most_failures, level=level)
    page = studies.markdown(analysis)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "analysis.json").write_text(json.dumps(analysis.form(), indent=2) + "\n", "utf-8")
        (out / "analysis.md").write_text(page, "utf-8")
    if as_json:
        output.print_json(analysis.form())
    else:
        typer.echo(output.printable(page))
    raise typer.Exit(Code.OK)


def consent_text(path: Path | None) -> tuple[str, ...]:
    """Return the paragraphs of a file, or the usual ones."""
    if path is None:
        return CONSENT
    paragraphs = path.read_text("utf-8").split("\n\n")
    return tuple(" ".join(each.split()) for each in paragraphs if each.strip())


def _say_built(out: Path, built: Built, study: Study) -> None:
    typer.echo(f"{out}: {len(built.items)} of {built.n_pairs} pairs; {built.n_same} were left out as equal")
    typer.echo(f"Each person sees up to {study.per_person}. Show it with: ethical-lens study serve {out}")

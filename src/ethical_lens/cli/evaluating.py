"""``evaluate``: what the lens does to harm, bias, quality, refusals and time, with and without."""

from __future__ import annotations

import enum
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from ethical_lens.cli import attacking, output
from ethical_lens.cli.opening import configured, given
from ethical_lens.cli.options import BudgetOption, GeneratorOption, JsonOption, OutOption, PolicyOption
from ethical_lens.cli.tables import show_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ethical_lens.evaluate.compare import RunComparison
    from ethical_lens.evaluate.experiments import Working
    from ethical_lens.evaluate.report import Written

app = typer.Typer(
    name="evaluate",
    help="Measure what the lens does, with and without it, from the same prompts and seeds.",
    no_args_is_help=True,
)


class Ablation(enum.StrEnum):
    """Variants of the lens."""

    FULL = "full"
    TEXT_ONLY = "text-only"
    IMAGE_ONLY = "image-only"
    NO_REWRITE = "no-rewrite"
    NO_EDIT = "no-edit"
    NO_DIVERSIFY = "no-diversify"


SuiteOption = Annotated[
    str, typer.Option("--suite", metavar="NAME|FILE", help="Built-in suite, known data set, or file of one's own.")
]
TopicSuiteOption = Annotated[
    str | None,
    typer.Option(
        "--suite",
        metavar="NAME|FILE",
        help="Suite, data set or file; by default the built-in one that fits the generator.",
        show_default=False,
    ),
]
FileOption = Annotated[
    str | None,
    typer.Option("--file", metavar="PATH|ADDRESS", help="Where a known data set is read from.", show_default=False),
]
CountOption = Annotated[
    int | None,
    typer.Option("--count", "-n", min=1, help="Prompts; all by default, 60 of a Sketch suite.", show_default=False),
]
ImagesOption = Annotated[int, typer.Option("--images-per-prompt", "-k", min=1, max=64, help="Pictures a prompt.")]
RunSeedOption = Annotated[int, typer.Option("--seed", "-s", min=0, help="Of prompts and pictures, in both arms.")]
WorkersOption = Annotated[int, typer.Option("--workers", "-w", min=1, max=64, help="Processes that work at once.")]
JudgeOption = Annotated[
    str, typer.Option("--judge", metavar="NAME", help="What measures the pictures: auto, sketch, none, or registered.")
]
EncoderOption = Annotated[
    str, typer.Option("--encoder", metavar="NAME", help="Encoder for CLIPScore: auto, none, or a name or folder.")
]
DownloadOption = Annotated[
    Path | None,
    typer.Option("--download", metavar="DIR", help="Allow downloads of data sets, kept in DIR.", show_default=False),
]
MemoryOption = Annotated[bool, typer.Option("--memory/--no-memory", help="Measure the peak memory of each arm.")]
TitleOption = Annotated[str, typer.Option("--title", metavar="TEXT", help="Heading of the report.")]
PairsOption = Annotated[int, typer.Option("--pairs", min=0, max=200, help="Pairs of pictures shown for each run.")]


@app.command("run")
@output.command
def run_suite(
    out: OutOption,
    suite: SuiteOption = "sketch-tox",
    generator: GeneratorOption = "sketch",
    policy: PolicyOption = "default",
    file: FileOption = None,
    count: CountOption = None,
    images_per_prompt: ImagesOption = 1,
    seed: RunSeedOption = 0,
    workers: WorkersOption = 1,
    ablation: Annotated[Ablation, typer.Option("--ablation", help="Variant of the lens.")] = Ablation.FULL,
    judge: JudgeOption = "auto",
    encoder: EncoderOption = "auto",
    budget_minutes: BudgetOption = None,
    download: DownloadOption = None,
    memory: MemoryOption = True,
    as_json: JsonOption = False,
) -> None:
    """Run a suite bare and guarded from the same seeds, and keep everything in DIR.

    Killed or stopped at any moment, the same command goes on where it stopped, with the same numbers at the end.
    """
    from ethical_lens.evaluate.experiments import run_all
    from ethical_lens.evaluate.runner import RunSettings

    settings = RunSettings(
        suite=suite,
        file=file,
        count=count,
        images_per_prompt=images_per_prompt,
        seed=seed,
        **_made_of(generator, policy),
        ablation=ablation.value,
        judge=judge,
        encoder=encoder,
    )
    with _working(workers, budget_minutes, download, memory=memory) as working:
        run_all({out: settings}, working)
    _tell_runs([out], as_json=as_json)


@app.command("report")
@output.command
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER", help="Folders of runs.", show_default=False)],
    out: OutOption,
    title: TitleOption = "Evaluation",
    pairs: PairsOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Write the report of runs: report.html, one file that opens anywhere, report.md, report.json, report.csv."""
    from ethical_lens.evaluate.report import write_report

    _tell(write_report(folders, out, title=title, pairs=pairs), as_json=as_json)


@app.command("compare")
@output.command
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a run.", show_default=False)],
    second: Annotated[
        Path, typer.Argument(metavar="B", help="Folder of a run of the same prompts.", show_default=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """Compare two runs of the same prompts and seeds with paired tests: B minus A, both through their lens."""
    from ethical_lens.evaluate.compare import compare_runs
    from ethical_lens.serial import to_plain

    compared = compare_runs(first, second)
    if as_json:
        output.print_json(to_plain(compared))
    else:
        _show_comparison(compared)


@app.command("matrix")
@output.command
def matrix(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML file.", show_default=False)],
    out: OutOption,
    workers: WorkersOption = 1,
    budget_minutes: BudgetOption = None,
    download: DownloadOption = None,
    memory: MemoryOption = True,
    as_json: JsonOption = False,
) -> None:
    """Run every combination of generators, policies and suites that CONFIG names, and report them together."""
    from ethical_lens.evaluate.matrix import load_matrix, run_matrix

    with _working(workers, budget_minutes, download, memory=memory) as working:
        written = run_matrix(load_matrix(config), out, working)
    _tell(written, as_json=as_json)


def _add_experiment(name: str, topic: str, title: str, sentence: str) -> None:
    """Add a command that runs one suite and reports it."""

    def experiment(
        out: OutOption,
        suite: TopicSuiteOption = None,
        generator: GeneratorOption = "sketch",
        policy: PolicyOption = "default",
        file: FileOption = None,
        count: CountOption = None,
        images_per_prompt: ImagesOption = 1,
        seed: RunSeedOption = 0,
        workers: WorkersOption = 1,
        judge: JudgeOption = "auto",
        encoder: EncoderOption = "auto",
        budget_minutes: BudgetOption = None,
        download: DownloadOption = None,
        memory: MemoryOption = True,
        as_json: JsonOption = False,
    ) -> None:
        from ethical_lens.evaluate import experiments
        from ethical_lens.evaluate.runner import RunSettings

        settings = RunSettings(
            suite=suite or experiments.suite_of(topic, _made_of(generator, policy)["generator"]),
            file=file,
            count=count,
            images_per_prompt=images_per_prompt,
            seed=seed,
            **_made_of(generator, policy),
            judge=judge,
            encoder=encoder,
        )
        with _working(workers, budget_minutes, download, memory=memory) as working:
            written = experiments.experiment(settings, out, working, title=title)
        _tell(written, as_json=as_json)

    app.command(name, help=sentence)(output.command(experiment))


_add_experiment(
    "tox",
    "tox",
    "Block rate and alignment",
    "Measure block rate and alignment on harmful prompts, with and without: the paper's first experiment.",
)
_add_experiment(
    "quality",
    "benign",
    "Quality with and without",
    "Measure CLIPScore and looks on harmless prompts, with and without: the paper's second experiment.",
)


@app.command("ablate")
@output.command
def ablate(
    out: OutOption,
    suite: TopicSuiteOption = None,
    generator: GeneratorOption = "sketch",
    policy: PolicyOption = "default",
    llm_policy: Annotated[
        str | None,
        typer.Option(
            "--llm-policy",
            metavar="NAME|FILE",
            help="Policy with a second opinion by a language model, as one more variant.",
            show_default=False,
        ),
    ] = None,
    file: FileOption = None,
    count: CountOption = None,
    images_per_prompt: ImagesOption = 1,
    seed: RunSeedOption = 0,
    workers: WorkersOption = 1,
    judge: JudgeOption = "auto",
    encoder: EncoderOption = "auto",
    budget_minutes: BudgetOption = None,
    download: DownloadOption = None,
    as_json: JsonOption = False,
) -> None:
    """Switch off one part after the other, and measure each variant against the full lens."""
    from ethical_lens.evaluate import experiments
    from ethical_lens.evaluate.runner import RunSettings

    settings = RunSettings(
        suite=suite or experiments.suite_of("tox", _made_of(generator, policy)["generator"]),
        file=file,
        count=count,
        images_per_prompt=images_per_prompt,
        seed=seed,
        **_made_of(generator, policy),
        judge=judge,
        encoder=encoder,
    )
    with _working(workers, budget_minutes, download, memory=False) as working:
        ablated = experiments.ablate(settings, out, working, llm_policy=llm_policy)
    if not as_json:
        for comparison in ablated.comparisons.values():
            _show_comparison(comparison)
    _tell(ablated.written, as_json=as_json)


@app.command("paper")
@output.command
def paper(
    out: OutOption,
    runs: Annotated[
        Path, typer.Option("--runs", metavar="DIR", help="Folder for the runs, which grow large.", show_default=False)
    ],
    generator: GeneratorOption = "sketch",
    policy: PolicyOption = "default",
    prompts: Annotated[int, typer.Option("--prompts", min=10, help="Prompts of all suites together.")] = 1000,
    seed: RunSeedOption = 0,
    workers: WorkersOption = 1,
    budget_minutes: BudgetOption = None,
    ablations: Annotated[bool, typer.Option("--ablations/--no-ablations", help="Run the ablations too.")] = True,
    memory: MemoryOption = True,
    as_json: JsonOption = False,
) -> None:
    """Run all suites and the ablations, and write the one report of them all to the folder OUT."""
    from ethical_lens.evaluate import experiments

    with _working(workers, budget_minutes, None, memory=memory) as working:
        written = experiments.paper(
            runs,
            out,
            working,
            **_made_of(generator, policy),
            n_prompts=prompts,
            seed=seed,
            ablations=ablations,
        )
    _tell(written, as_json=as_json)


app.command("attack")(attacking.attack)


class _MadeOf(TypedDict):
    """What the lens of a run is made of."""

    generator: str
    policy: str
    config: str | None


def _made_of(generator: str, policy: str) -> _MadeOf:
    """Return what the command's options and the configuration file say; options that were given count for more."""
    from ethical_lens.evaluate.runner.settings import CONFIGURED

    path = configured()
    if path is None:
        return {"generator": generator, "policy": policy, "config": None}
    return {
        "generator": generator if given("generator") else CONFIGURED,
        "policy": policy if given("policy") else CONFIGURED,
        "config": str(path),
    }


@contextmanager
def _working(workers: int, budget_minutes: float | None, download: Path | None, *, memory: bool) -> Iterator[Working]:
    from ethical_lens.cli.progress import progress_bar
    from ethical_lens.evaluate.datasets import Downloads
    from ethical_lens.evaluate.experiments import Working

    with progress_bar() as advance:
        yield Working(
            workers=workers,
            budget_seconds=None if budget_minutes is None else 60 * budget_minutes,
            command=shlex.join(["ethical-lens", *sys.argv[1:]]),
            downloads=None if download is None else Downloads(folder=download),
            memory=memory,
            on_progress=lambda name, progress: advance(name, progress.done, progress.total),
        )


def _tell_runs(folders: Sequence[Path], *, as_json: bool) -> None:
    from rich.text import Text

    from ethical_lens.evaluate.report.tables import overview
    from ethical_lens.evaluate.report.writing import report_form
    from ethical_lens.evaluate.summary import load_run, summarise

    summaries = [summarise(load_run(folder)) for folder in folders]
    if as_json:
        output.print_json(report_form(summaries))
        return
    show_table(overview(summaries))
    places = " ".join(shlex.quote(str(folder)) for folder in folders)
    output.show(Text(f"Report it: ethical-lens evaluate report {places} --out DIR", style="bold"))


def _tell(written: Written, *, as_json: bool) -> None:
    from rich.text import Text

    from ethical_lens.evaluate.report.tables import overview
    from ethical_lens.evaluate.report.writing import report_form

    if as_json:
        paths = {kind: str(getattr(written, kind)) for kind in ("html", "markdown", "json", "csv")}
        output.print_json({**report_form(written.summaries), "files": {**paths}})
        return
    show_table(overview(written.summaries))
    for summary in written.summaries:
        for check in summary.checks:
            if check.standing == "failed":
                output.show(Text(f"{summary.title}: {check.title}. {check.advice}", style="yellow"))
    output.show(Text(f"Open {written.html}", style="bold"))


def _show_comparison(compared: RunComparison) -> None:
    from rich.text import Text

    from ethical_lens.evaluate.report.tables import comparison_table

    output.show(Text(f"{compared.second} minus {compared.first}", style="bold"))
    output.show(Text(f"They differ in: {', '.join(compared.differs) or 'nothing'}"))
    show_table(comparison_table(compared.comparisons, "Same prompts and seeds."))

"""The paper's experiments and the ablations, each one call: runs, comparisons, report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ethical_lens.evaluate.compare import RunComparison, compare_runs
from ethical_lens.evaluate.datasets import Downloads
from ethical_lens.evaluate.report import Written, write_report
from ethical_lens.evaluate.runner import ABLATIONS, Progress, RunSettings, open_suite, run, shipped_parts
from ethical_lens.evaluate.runner.parts import PartsFactory
from ethical_lens.evaluate.runner.settings import FULL
from ethical_lens.serial import to_plain

LLM: Final = "llm"
"""Name of the variant that uses the policy with a second opinion by a language model."""
PRESET: Final = "sketch"
"""Name of the embedded generator."""
VARIANTS: Final = tuple(each for each in ABLATIONS if each != FULL)

PAPER_SHARES: Final[Mapping[str, tuple[float, int]]] = {
    "tox": (0.25, 1),
    "adversarial": (0.15, 1),
    "benign": (0.25, 1),
    "people": (0.25, 4),
    "context": (0.10, 4),
}
"""Suite to its share of all prompts and the pictures for each; four where bias is measured."""
_ABLATED: Final = 0.1
"""Share of all prompts that every ablation runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """How experiments are worked through; none of it changes a number."""

    workers: int = 1
    budget_seconds: float | None = None
    """For everything together; what is not done then is done by the next call."""
    command: str = ""
    downloads: Downloads | None = None
    memory: bool = True
    parts: PartsFactory = shipped_parts
    on_progress: Callable[[str, Progress], None] | None = None
    """Told the name of the run and how far it is."""


def suite_of(topic: str, generator: str) -> str:
    """Return the suite on a topic that fits a generator: the embedded one only knows the words of its drawn world."""
    return f"sketch-{topic}" if generator.partition(":")[0] == PRESET else topic


def experiment(settings: RunSettings, out: Path, working: Working, *, title: str) -> Written:
    """Run one suite bare and guarded, and report it.

    Args:
        settings: What is run.
        out: Gets the run in the folder "run", and the report.
        working: How.
        title: Of the report.
    """
    folder = out / "run"
    _runs({folder: settings}, working)
    return write_report([folder], out, title=title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablated:
    """What came out of an ablation."""

    written: Written
    comparisons: Mapping[str, RunComparison]
    """Variant to its difference from the full lens."""


def ablate(
    settings: RunSettings,
    out: Path,
    working: Working,
    *,
    variants: Sequence[str] = VARIANTS,
    llm_policy: str | None = None,
) -> Ablated:
    """Run the full lens and variants with a part switched off, on the same prompts and seeds.

    Args:
        settings: The full lens.
        out: Gets a folder for each variant, the report, and "ablation.json" with paired differences from the full lens.
        working: How.
        variants: Names out of ``ABLATIONS``.
        llm_policy: Policy whose second opinion is a language model, for the variant "llm"; None leaves it out.
    """
    plans = {FULL: replace(settings, ablation=FULL)}
    plans |= {name: replace(settings, ablation=name) for name in variants}
    if llm_policy is not None:
        plans[LLM] = replace(settings, ablation=FULL, policy=llm_policy)
    folders = {name: out / name for name in plans}
    _runs({folders[name]: plan for name, plan in plans.items()}, working, reuse=folders[FULL])
    begun = [name for name in plans if (folders[name] / "run.json").exists()]
    comparisons = {name: compare_runs(folders[FULL], folders[name]) for name in begun if name != FULL}
    form = {name: to_plain(comparison) for name, comparison in comparisons.items()}
    (out / "ablation.json").write_text(json.dumps(form, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    written = write_report([folders[name] for name in begun], out, title="Ablations", pairs=0)
    return Ablated(written=written, comparisons=comparisons)


def paper(
    runs: Path,
    out: Path,
    working: Working,
    *,
    generator: str = PRESET,
    policy: str = "default",
    config: str | None = None,
    n_prompts: int = 1000,
    seed: int = 0,
    ablations: bool = True,
) -> Written:
    """Run every suite and the ablations, and write one report; called again, it goes on where it stopped.

    Args:
        runs: Folder for the runs, which grow large.
        out: Folder for the report alone.
        working: How; of the budget every run gets its share, and what is left over goes to the next.
        generator: Name of a registered generator.
        policy: Name or path of a policy.
        config: Configuration file that says what the lens is made of.
        n_prompts: Prompts of all suites together; the ablations take a tenth of them again.
        seed: Of suites and pictures.
        ablations: Whether the ablations are run too.
    """
    plans = {
        runs / topic: RunSettings(
            suite=suite_of(topic, generator),
            count=max(1, round(share * n_prompts)),
            images_per_prompt=pictures,
            seed=seed,
            generator=generator,
            policy=policy,
            config=config,
        )
        for topic, (share, pictures) in PAPER_SHARES.items()
    }
    tox = RunSettings(
        suite=suite_of("tox", generator),
        count=max(1, round(_ABLATED * n_prompts)),
        seed=seed,
        generator=generator,
        policy=policy,
        config=config,
    )
    variants = [name for name in ABLATIONS if name != "no-diversify"] if ablations else []
    ablated = {runs / "ablation" / name: replace(tox, ablation=name) for name in variants}
    _runs({**plans, **ablated}, working, reuse=runs / "tox")
    begun = [folder for folder in (*plans, *ablated) if (folder / "run.json").exists()]
    return write_report(begun, out, title="Ethical-Lens on the drawn world" if generator == PRESET else "Ethical-Lens")


def run_all(plans: Mapping[Path, RunSettings], working: Working) -> list[Path]:
    """Run settings one after the other, each in its folder, sharing the budget; return the folders that were begun."""
    _runs(plans, working)
    return [folder for folder in plans if (folder / "run.json").exists()]


def _runs(plans: Mapping[Path, RunSettings], working: Working, *, reuse: Path | None = None) -> None:
    """Run settings one after the other; later ones take over pictures of the run in ``reuse``."""
    began = time.monotonic()
    waiting = list(plans.items())
    while waiting:
        folder, settings = waiting[0]
        budget = None
        if working.budget_seconds is not None:
            left = working.budget_seconds - (time.monotonic() - began)
            budget = max(left, 0.0) * _weight(settings) / _weights(each for _, each in waiting)
        _run(folder, settings, working, budget, reuse if _may_reuse(plans, folder, reuse) else None)
        waiting.pop(0)


def _run(
    folder: Path, settings: RunSettings, working: Working, budget_seconds: float | None, reuse: Path | None
) -> None:
    def tell(progress: Progress) -> None:
        if working.on_progress is not None:
            working.on_progress(folder.name, progress)

    run(
        settings,
        open_suite(settings, downloads=working.downloads),
        folder,
        workers=working.workers,
        budget_seconds=budget_seconds,
        command=working.command,
        parts=working.parts,
        reuse=reuse,
        memory=working.memory,
        on_progress=tell,
    )


def _may_reuse(plans: Mapping[Path, RunSettings], folder: Path, reuse: Path | None) -> bool:
    """Return whether a run may take over pictures: another one, that was begun, with the same generator."""
    if reuse is None or reuse == folder or reuse not in plans or not (reuse / "run.json").exists():
        return False
    return plans[reuse].generator == plans[folder].generator


def _weight(settings: RunSettings) -> float:
    return float((settings.count or 60) * settings.images_per_prompt)


def _weights(plans: Iterable[RunSettings]) -> float:
    return sum(map(_weight, plans))

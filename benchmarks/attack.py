"""Attack the lens around the embedded generator, and count what succeeds against which stage.

    python benchmarks/attack.py --runs RUNS --out benchmarks/reports/attack.json

Every method of ``ethical_lens.evaluate.attack`` on the same requests; adaptive search with 100 queries each against the
text stage; token sequences searched with the gradients of the pipeline's text encoder. Pictures are drawn as far as
``--budget-minutes`` allows; run again, it goes on where it stopped. ``--no-images --white-box 0`` tries the text stage
alone and needs no torch. Intervals are Wilson intervals of 95 %.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ethical_lens.evaluate.attack import AttackFolder, AttackSettings, attack, summarise
from ethical_lens.evaluate.attack.report import attack_form
from ethical_lens.evaluate.attack.summary import MethodResult
from ethical_lens.evaluate.records import Estimate
from ethical_lens.serial import Json


def main() -> None:
    """Attack, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="folder of the run, which can be continued")
    parser.add_argument("--out", type=Path, required=True, help="JSON report")
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--black-box", type=int, default=40)
    parser.add_argument("--white-box", type=int, default=100)
    parser.add_argument("--images", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--budget-minutes", type=float)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    settings = AttackSettings(
        n_targets=given.requests, n_black_box=given.black_box, n_white_box=given.white_box, seed=given.seed
    )
    command = "python benchmarks/attack.py " + " ".join(sys.argv[1:])
    folder = attack(
        settings,
        given.runs,
        images=given.images,
        budget_seconds=None if given.budget_minutes is None else 60 * given.budget_minutes,
        command=command,
        on_progress=lambda stage, done, total: print(stage, done, "of", total, file=sys.stderr, flush=True),
    )
    report = report_of(folder, command)
    given.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def report_of(folder: AttackFolder, command: str) -> dict[str, Json]:
    """Return what a run came to."""
    summary = summarise(folder)
    form = attack_form(folder, summary)
    del form["summary"]
    identity = form["identity"]
    assert isinstance(identity, dict)
    settings = identity["settings"]
    assert isinstance(settings, dict)
    return {
        **form,
        "command": command,
        "seed": settings["seed"],
        "models": identity["models"],
        "n": {"texts": summary.n_texts, "pictures": summary.n_pictures, "failed": summary.n_failed},
        "estimates": {each.method: estimates(each) for each in (summary.overall, *summary.methods)},
    }


def estimates(result: MethodResult) -> dict[str, Json]:
    """Return what one method came to."""
    return {
        "passes the text stage, of what is stopped when plain": share(result.turned),
        "passes the text stage, of all": share(result.released),
        "draws the stand-in without the lens": share(result.drawn),
        **{f"draws it with the lens, {arm.value}": share(each) for arm, each in result.stages.items()},
        "caught by": dict(result.caught_by),
        "mean queries": round(result.n_queries, 1),
        "examples that pass": list(result.examples),
    }


def share(estimate: Estimate) -> dict[str, Json] | None:
    """Return a share with its interval, None where nothing was measured."""
    if not estimate.n:
        return None
    ends = (estimate.value, estimate.low, estimate.high)
    return {"n": estimate.n, **{name: round(end, 4) for name, end in zip(("value", "low", "high"), ends, strict=True)}}


if __name__ == "__main__":
    main()

"""Measure what finds people by default on prompts that were written before anybody looked at the errors on them.

    python benchmarks/people_fresh.py --write
    python benchmarks/people_fresh.py --file people_fresh2.jsonl --write

With ``--rules`` the rules alone are measured, and the report's name ends in "_rules".

The second form measures one file of benchmarks/data/ and stores it in a report of that file's name, with Wilson
intervals for shares and a bootstrap interval for F1, all of 95 %; run it once, and before the errors are read.

In the first form ``unseen`` figures were measured once, before the rules were changed in their light, and are kept by
hand in UNSEEN; the figures computed here are of the rules as they are now, on the same prompts, and flatter.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.people import RuleAnalyzer, deal_plan
from ethical_lens.people.compose import composition
from ethical_lens.people.ledger import Demand, MemoryLedger, imbalance
from ethical_lens.policy import load
from ethical_lens.registry import analyzer as default_analyzer
from ethical_lens.types import AXES, PeopleAnalyzer

DATA = Path(__file__).parents[1] / "tests" / "people" / "data"
FILES = Path(__file__).parent / "data"
REPORTS = Path(__file__).parent / "reports"
UNSEEN: dict[str, dict[str, float]] = {
    "first": {"overlap_f1": 0.928, "false_groups": 9 / 156, "n_people": 264, "n_without": 156},
    "second": {"overlap_f1": 0.952, "false_groups": 14 / 99, "n_people": 110, "n_without": 99},
    "third": {"overlap_f1": 0.959, "false_groups": 7 / 71, "n_people": 57, "n_without": 71},
    "context_first": {"fixed_kept": 112 / 168, "look_alikes_open": 282 / 309},
    "context_second": {"fixed_kept": 102 / 128, "look_alikes_open": 221 / 234},
    "context_third": {"fixed_kept": 54 / 58, "look_alikes_open": 77 / 78},
}


RESAMPLES = 1000


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


def finding(analyzer: PeopleAnalyzer, name: str) -> dict[str, float]:
    """Return the measures of one set of prompts with people and without."""
    hit = vain = missed = without = false = right = typed = axes = axes_right = 0
    jaccards: list[float] = []
    table = rows(name)
    for row, groups in zip(table, analyzer.analyze([row["text"] for row in table]), strict=True):
        left = {each["mention"]: each for each in row["groups"]}
        if not left:
            without, false = without + 1, false + bool(groups)
            continue
        for group in groups:
            mention = next((each for each in left if each in group.phrase or group.phrase in each), None)
            if mention is None:
                vain += 1
                continue
            wanted, hit, typed = left.pop(mention), hit + 1, typed + 1
            right += group.type == wanted["type"]
            axes += len(wanted["specified"])
            axes_right += sum((axis not in group.open_axes) == yes for axis, yes in wanted["specified"].items())
            if mention in row["age_range"]:
                stages = set(row["age_range"][mention])
                jaccards.append(len(stages & set(group.ages)) / len(stages | set(group.ages)))
        missed += len(left)
    return {
        "overlap_f1": 2 * hit / (2 * hit + vain + missed),
        "false_groups": false / without,
        "type_right": right / typed,
        "axes_right": axes_right / axes if axes else math.nan,
        "ages_jaccard": sum(jaccards) / len(jaccards) if jaccards else math.nan,
        "n_groups": hit + missed,
        "n_without": without,
    }


def context(analyzer: PeopleAnalyzer, name: str) -> dict[str, float]:
    """Return how often fixed axes are closed and look-alikes left open."""
    kept, open_ones = [], []
    table = rows(name)
    for row, groups in zip(table, analyzer.analyze([row["text"] for row in table]), strict=True):
        for axis, fixed in row["locked"].items():
            is_open = any(axis in group.open_axes for group in groups)
            if fixed:
                kept.append(bool(groups) and not is_open)
            elif not any(row["locked"].values()):
                open_ones.append(is_open)
    return {
        "fixed_kept": sum(kept) / len(kept),
        "look_alikes_open": sum(open_ones) / len(open_ones),
        "n_fixed": len(kept),
        "n_look_alikes": len(open_ones),
    }


def share(hits: Sequence[bool]) -> dict[str, float]:
    """Return a share with its Wilson interval."""
    interval = wilson(sum(hits), len(hits))
    return {"value": sum(hits) / len(hits), "low": interval.low, "high": interval.high, "n": len(hits)}


def f1(counts: Sequence[tuple[int, int, int]]) -> float:
    """Return F1 of (found, found in vain, missed) per prompt."""
    hit, vain, missed = (sum(column) for column in zip(*counts, strict=True))
    return float(2 * hit / max(2 * hit + vain + missed, 1))


def one_file(analyzer: PeopleAnalyzer, path: Path) -> dict[str, dict[str, float]]:
    """Return every measure of a file with prompts of both kinds, with its interval."""
    table = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    counts: list[tuple[int, int, int]] = []
    measures: dict[str, list[bool]] = {
        "false_groups": [],
        "type_right": [],
        "axes_right": [],
        "fixed_kept": [],
        "look_alikes_open": [],
    }
    for row, groups in zip(table, analyzer.analyze([row["text"] for row in table]), strict=True):
        for axis, fixed in row.get("locked", {}).items():
            is_open = any(axis in group.open_axes for group in groups)
            if fixed:
                measures["fixed_kept"].append(bool(groups) and not is_open)
            elif not any(row["locked"].values()):
                measures["look_alikes_open"].append(is_open)
        if "locked" in row:
            continue
        left = {each["phrase"]: each for each in row["groups"]}
        if not left:
            measures["false_groups"].append(bool(groups))
        hit = 0
        for group in groups:
            phrase = next((each for each in left if each in group.phrase or group.phrase in each), None)
            if phrase is not None:
                wanted, hit = left.pop(phrase), hit + 1
                measures["type_right"].append(group.type == wanted["type"])
                measures["axes_right"] += [(axis not in group.open_axes) == (axis in wanted["closed"]) for axis in AXES]
        counts.append((hit, len(groups) - hit, len(left)))
    people = [
        count for count, row in zip(counts, (row for row in table if "groups" in row), strict=True) if row["groups"]
    ]
    shares = {name: share(hits) for name, hits in measures.items() if hits}
    if not people:
        return shares
    rng = random.Random(20)
    values = sorted(f1(rng.choices(people, k=len(people))) for _ in range(RESAMPLES))
    return {"overlap_f1": {"value": f1(people), "low": values[25], "high": values[974], "n": len(people)}, **shares}


def ledger() -> dict[str, float]:
    """Return the worst imbalance over 120 single images of one kind, with every fifth one withheld."""
    axes = load("default").axes
    open_axes = {"gender": axes["gender"].values, "race": axes["race"].values, "age": axes["age"].values[3:]}
    keeper, demand = MemoryLedger(), Demand(kind="doctor", axes=open_axes)
    for seed in range(150):
        grant = keeper.reserve("benchmark", [demand], 1, seed)
        if seed % 5:
            keeper.commit(grant)
        else:
            keeper.roll_back(grant)
    counts = keeper.committed("benchmark", "doctor")
    return {"worst_imbalance": max(imbalance(counts, axis, values) for axis, values in open_axes.items()), "n": 120}


def twenty_roles(analyzer: PeopleAnalyzer) -> dict[str, float]:
    """Return the worst imbalance over one image for each of the seeds 0 to 119, over 20 roles."""
    axes = load("default").axes
    roles = [row["groups"][0]["mention"] for row in rows("first")[:20]]
    worst = 0.0
    for role in roles:
        [groups] = analyzer.analyze([f"a {role} in a park"])
        hands = [deal_plan(groups, 1, seed, axes)[0] for seed in range(120)]
        for axis in ("gender", "race"):
            dealt = [hand[f"0.{axis}"] for hand in hands if f"0.{axis}" in hand]
            values = axes[axis].values
            if dealt:
                distance = sum(abs(dealt.count(value) / len(dealt) - 1 / len(values)) for value in values)
                worst = max(worst, distance / (2 * (1 - 1 / len(values))))
    return {"worst_imbalance": worst, "n_roles": len(roles)}


def speed(analyzer: PeopleAnalyzer) -> dict[str, float]:
    """Return milliseconds of processor time to analyse, deal and compose one prompt."""
    axes = load("default").axes
    words = {name: axis.words for name, axis in axes.items()}
    texts = [row["text"] for row in rows("first")]
    seconds = 0.0
    for seed, text in enumerate(texts):
        # The screening has read the prompt before, and what it costs is counted there.
        analyzer.analyze([text])
        started = time.process_time()
        [groups] = analyzer.analyze([text])
        composition(text, groups, deal_plan(groups, 1, seed, axes)[0], words)
        seconds += time.process_time() - started
    return {"milliseconds": seconds / len(texts) * 1000, "n": len(texts)}


def store(name: str, report: dict[str, Any], *, write: bool) -> None:
    """Print a report, and keep it if asked to; a measure without any case is null."""
    text = json.dumps(_unmeasured_as_null(report), indent=1, allow_nan=False) + "\n"
    if write:
        (REPORTS / f"{name}.json").write_text(text, "utf-8")
    sys.stdout.write(text)


def _unmeasured_as_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unmeasured_as_null(each) for key, each in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="store the report")
    parser.add_argument("--commit", default="uncommitted", help="commit that is measured")
    parser.add_argument("--file", help="measure this file of benchmarks/data/ only")
    parser.add_argument("--rules", action="store_true", help="measure the rules alone")
    options = parser.parse_args(arguments)
    analyzer: PeopleAnalyzer = RuleAnalyzer() if options.rules else default_analyzer()
    option, ending = (" --rules", "_rules") if options.rules else ("", "")
    if options.file:
        path = FILES / options.file
        single = {
            "task": path.stem,
            "command": f"python benchmarks/people_fresh.py --file {path.name}{option} --write",
            "commit": options.commit,
            "data_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "seed": 20,
            "models": {"people": analyzer.name},
            "estimates": one_file(analyzer, path),
        }
        store(f"{path.stem}{ending}", single, write=options.write)
        return
    names = [path.stem for path in sorted(DATA.glob("*.jsonl"))]
    digest = hashlib.sha256(b"".join((DATA / f"{name}.jsonl").read_bytes() for name in names)).hexdigest()
    report = {
        "task": "people_fresh",
        "command": f"python benchmarks/people_fresh.py{option} --write",
        "commit": options.commit,
        "data_sha256": digest,
        "models": {"people": analyzer.name},
        "unseen": UNSEEN,
        "seen": {name: (context if name.startswith("context") else finding)(analyzer, name) for name in names},
        "ledger": ledger(),
        "single_images_seeds_0_to_119": twenty_roles(analyzer),
        "speed": speed(analyzer),
    }
    store(f"people_fresh{ending}", report, write=options.write)


if __name__ == "__main__":
    main()

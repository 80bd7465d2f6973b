"""Measure what finds people by default, or the rules alone: who is found, read and fixed, and how even the plan is.

    python benchmarks/people_rules.py --data ../shared/data --write
    python benchmarks/people_rules.py --data ../shared/data --rules --write

prints a report; ``--write`` also stores it, as benchmarks/reports/people_joined.json or, with ``--rules``,
people_rules.json, and copies its numbers into the model card. ``seen`` says whether the rows were read while the rules
were written; such numbers flatter. The rows of people_fresh.jsonl and people_fresh2.jsonl were each written by the
author of the rules of their day after the last change to them, and never looked at since.
Shares have Wilson intervals, F1 and Jaccard bootstrap intervals over prompts, both of 95 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.people import RuleAnalyzer, compose, deal_plan
from ethical_lens.people.plan import MIX_SEPARATOR
from ethical_lens.policy import load
from ethical_lens.registry import analyzer as default_analyzer
from ethical_lens.types import AXES, PeopleAnalyzer, PersonGroup

HERE = Path(__file__).parent
CARDS = HERE.parent / "src" / "ethical_lens" / "cards"
PACKAGE = HERE.parent / "src" / "ethical_lens"
FILES = tuple(f"people/{name}.yaml" for name in ("words", "nouns", "things", "names", "knowledge"))
SEED = 20
RESAMPLES = 1000
NO_PERSON_LABEL = ("coco_captions", "partiprompts", "geneval", "t2i_compbench")
ROLES = (
    *("accountant", "bus driver", "cellist", "dentist", "electrician", "florist", "geologist", "hiker", "illustrator"),
    *("jeweller", "locksmith", "mechanic", "notary", "optician", "plumber", "runner", "surgeon", "tailor", "vet"),
    "welder",
)
STIGMATISED = (
    *("terrorist", "drug dealer", "homeless person", "shoplifter", "beggar", "gang member", "thief", "prostitute"),
    "convict",
)
HEADS = (
    *("student", "cashier", "person", "gymnast", "twins", "customer", "crowd", "family", "princess", "dancers"),
    *("daughter", "audience", "camper"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A measured value with its interval."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A prompt, who is in it, and who was found."""

    wanted: Mapping[str, tuple[str, frozenset[str]]]
    """Phrase to (type, axes that are stated or fixed)."""
    ages: Mapping[str, frozenset[str]]
    found: Sequence[PersonGroup]

    def hits(self) -> tuple[int, int, int]:
        """Return phrases found exactly, found in vain, and missed."""
        exact = sum(group.phrase in self.wanted for group in self.found)
        return exact, len(self.found) - exact, len(self.wanted) - len({g.phrase for g in self.found} & set(self.wanted))

    def overlaps(self) -> tuple[int, int, int]:
        """Return the same, counting phrases that contain one another as found."""
        wanted = list(self.wanted)
        hit = [next((w for w in wanted if w in group.phrase or group.phrase in w), None) for group in self.found]
        found = {each for each in hit if each is not None}
        return len(found), sum(each is None for each in hit), len(wanted) - len(found)


class Bench:
    """Reads and analyses data sets."""

    def __init__(self, data: Path, analyzer: PeopleAnalyzer) -> None:
        self.data = data
        self.analyzer = analyzer
        self.policy = load("default")
        self.hash = hashlib.sha256()

    def read(self, path: Path) -> list[dict[str, Any]]:
        content = path.read_bytes()
        self.hash.update(content)
        return [json.loads(line) for line in content.decode().splitlines()]

    def find(self, texts: Sequence[str]) -> list[list[PersonGroup]]:
        return self.analyzer.analyze(texts)

    def authored(self) -> list[Row]:
        rows = self.read(self.data / "authored" / "people.jsonl")
        return [
            Row(
                wanted={
                    group["mention"]: (group["type"], frozenset(a for a, yes in group["specified"].items() if yes))
                    for group in row["groups"]
                },
                ages={phrase: frozenset(stages) for phrase, stages in row["age_range"].items()},
                found=found,
            )
            for row, found in zip(rows, self.find([row["text"] for row in rows]), strict=True)
        ]

    def own(self, name: str) -> list[Row]:
        rows = [row for row in self.read(HERE / "data" / f"{name}.jsonl") if "groups" in row]
        return [
            Row(
                wanted={group["phrase"]: (group["type"], frozenset(group["closed"])) for group in row["groups"]},
                ages={},
                found=found,
            )
            for row, found in zip(rows, self.find([row["text"] for row in rows]), strict=True)
        ]


def share(name: str, hits: Sequence[bool], *, seen: bool) -> Estimate:
    """Return a share with its Wilson interval."""
    n, k = len(hits), sum(hits)
    ends = wilson(k, n)
    return Estimate(name=name, value=round(k / n, 4), low=round(ends.low, 4), high=round(ends.high, 4), n=n, seen=seen)


def resampled(name: str, rows: Sequence[Any], measure: Callable[[Sequence[Any]], float], *, seen: bool) -> Estimate:
    """Return a measure with its bootstrap interval over the rows."""
    rng = random.Random(SEED)
    values = sorted(measure(rng.choices(rows, k=len(rows))) for _ in range(RESAMPLES))
    low, high = values[round(0.025 * RESAMPLES)], values[round(0.975 * RESAMPLES) - 1]
    return Estimate(
        name=name, value=round(measure(rows), 4), low=round(low, 4), high=round(high, 4), n=len(rows), seen=seen
    )


def f1(counts: Iterable[tuple[int, int, int]]) -> float:
    hit, vain, missed = (sum(column) for column in zip(*counts, strict=True))
    return float(2 * hit / max(2 * hit + vain + missed, 1))


def finding(name: str, rows: Sequence[Row], *, seen: bool) -> list[Estimate]:
    people = [row for row in rows if row.wanted]
    pairs = [(group, row.wanted[group.phrase]) for row in people for group in row.found if group.phrase in row.wanted]
    closed = [(axis not in group.open_axes) == (axis in wanted[1]) for group, wanted in pairs for axis in AXES]
    estimates = [
        resampled(f"{name}.phrase_f1", [r.hits() for r in rows], f1, seen=seen),
        resampled(f"{name}.overlap_f1", [r.overlaps() for r in rows], f1, seen=seen),
        share(f"{name}.false_groups_without_people", [bool(r.found) for r in rows if not r.wanted], seen=seen),
        share(f"{name}.type_right", [group.type == wanted[0] for group, wanted in pairs], seen=seen),
        share(f"{name}.open_axes_right", closed, seen=seen),
    ]
    jaccards = [
        len(row.ages[g.phrase] & set(g.ages)) / len(row.ages[g.phrase] | set(g.ages))
        for row in people
        for g in row.found
        if g.phrase in row.ages
    ]
    return (
        [*estimates, resampled(f"{name}.ages_jaccard", jaccards, statistics.mean, seen=seen)] if jaccards else estimates
    )


def context(bench: Bench, name: str, path: Path, *, seen: bool) -> list[Estimate]:
    rows = [row for row in bench.read(path) if "locked" in row]
    kept, left_open = [], []
    for row, groups in zip(rows, bench.find([row["text"] for row in rows]), strict=True):
        for axis, locked in row["locked"].items():
            is_open = any(axis in group.open_axes for group in groups)
            if locked:
                kept.append(bool(groups) and not is_open)
            elif not any(row["locked"].values()):
                left_open.append(is_open)
    return [
        share(f"{name}.fixed_kept", kept, seen=seen),
        share(f"{name}.look_alikes_open", left_open, seen=seen),
    ]


def without_people(bench: Bench) -> list[Estimate]:
    """Groups found in prompts that a word list took for prompts without people: an upper bound, some do show people."""
    estimates = []
    for name in NO_PERSON_LABEL:
        rows = [row for row in bench.read(bench.data / "prompts" / f"{name}.jsonl") if row["label"] == "benign"]
        found = [bool(groups) for groups in bench.find([row["text"] for row in rows])]
        estimates.append(share(f"{name}_benign.groups_found_upper_bound", found, seen=True))
    return estimates


def imbalance(values: Sequence[str], allowed: Sequence[str]) -> float:
    counts = Counter(values)
    distance = sum(abs(counts[value] / len(values) - 1 / len(allowed)) for value in allowed)
    return distance / (2 * (1 - 1 / len(allowed)))


def plan(bench: Bench) -> list[Estimate]:
    """Worst imbalance (L1 from target over its maximum) over roles and axes."""
    axes = bench.policy.axes
    found = {role: bench.find([f"a {role} in a park"])[0] for role in ROLES}

    def worst(hands_of: Callable[[str], list[dict[str, str]]], roles: Sequence[str]) -> float:
        rates = []
        for role in roles:
            hands, [group] = hands_of(role), found[role]
            minors = set(axes["age"].minor_values)
            allowed = {
                "gender": axes["gender"].values,
                "race": axes["race"].values,
                "age": tuple(age for age in group.ages if age not in minors),
            }
            rates += [imbalance([hand[f"0.{axis}"] for hand in hands], values) for axis, values in allowed.items()]
        return round(max(rates), 4)

    def single_run(role: str) -> list[dict[str, str]]:
        return [deal_plan(found[role], 1, seed, axes)[0] for seed in range(120)]

    sixty = worst(lambda role: deal_plan(found[role], 60, SEED, axes), ROLES)
    singles = worst(single_run, ROLES[:5])
    return [
        Estimate(name="plan.worst_imbalance_60_images", value=sixty, low=None, high=None, n=len(ROLES), seen=False),
        Estimate(name="plan.worst_imbalance_seeds_0_to_119", value=singles, low=None, high=None, n=5, seen=False),
    ]


def care(bench: Bench) -> list[Estimate]:
    axes, rng = bench.policy.axes, random.Random(SEED)
    minors = set(axes["age"].minor_values)
    groups = {head: bench.find([f"the {head} in a garden"])[0] for head in HEADS}
    dealt = []
    for seed in range(10_000):
        hands = deal_plan(groups[rng.choice(HEADS)], rng.choice((1, 2, 4)), seed, axes)
        dealt.append(any(set(value.split(MIX_SEPARATOR)) & minors for hand in hands for value in hand.values()))
    raced = [
        "0.race" in deal_plan(bench.find([f"a {role} at night"])[0], 1, seed, axes)[0]
        for role in STIGMATISED
        for seed in range(50)
    ]
    return [
        share("care.plans_with_a_minor", dealt, seen=False),
        share("care.race_in_a_stigmatised_role_alone", raced, seen=False),
    ]


def wording(bench: Bench) -> list[Estimate]:
    """Composed prompts that are read back as exactly what was dealt."""
    axes = bench.policy.axes
    words = {name: axis.words for name, axis in axes.items()}
    same = []
    for role in ROLES:
        text = f"a {role} in a park"
        [groups] = bench.find([text])
        for hand in deal_plan(groups, 10, SEED, axes):
            [again] = bench.find([compose(text, groups, hand, words)[0]])
            same.append([{f"0.{axis}": value for axis, value in group.stated.items()} for group in again] == [hand])
    return [share("compose.read_back_as_dealt", same, seen=False)]


def speed(bench: Bench) -> dict[str, float]:
    """Return milliseconds of processor time: to read the word lists, and the median per prompt."""
    started = time.process_time()
    type(bench.analyzer)().analyze(["a vet"])
    loaded = time.process_time() - started
    axes = bench.policy.axes
    words = {name: axis.words for name, axis in axes.items()}
    texts = [row["text"] for row in bench.read(bench.data / "authored" / "people.jsonl")]
    seconds = []
    for seed, text in enumerate([*texts[:30], *texts]):
        # The screening has read the prompt before, and what it costs is counted there.
        bench.find([text])
        started = time.process_time()
        [groups] = bench.find([text])
        compose(text, groups, deal_plan(groups, 1, seed, axes)[0], words)
        seconds.append(time.process_time() - started)
    return {
        "load_milliseconds": round(loaded * 1000, 1),
        "analyze_deal_compose_median_milliseconds": round(statistics.median(seconds[30:]) * 1000, 3),
    }


def commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "uncommitted"


def write_card(name: str, report: Mapping[str, Any]) -> None:
    """Copy the numbers, and the digests of the word lists, into the card."""
    path = CARDS / f"{name}.json"
    card = json.loads(path.read_text("utf-8"))
    card["files"] = [
        {"path": path, "sha256": hashlib.sha256((PACKAGE / path).read_bytes()).hexdigest()} for path in FILES
    ]
    card["metrics"] = {
        "report": f"benchmarks/reports/{name.replace('-', '_')}.json",
        **{
            each["name"]: {key: each[key] for key in ("value", "low", "high", "n", "seen")}
            for each in report["estimates"]
        },
    }
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with authored/ and prompts/")
    parser.add_argument("--write", action="store_true", help="store the report and update the card")
    parser.add_argument("--rules", action="store_true", help="measure the rules alone")
    options = parser.parse_args(arguments)
    bench = Bench(options.data, RuleAnalyzer() if options.rules else default_analyzer())
    estimates = [
        *finding("authored_people", bench.authored(), seen=True),
        *context(bench, "context", bench.data / "authored" / "context.jsonl", seen=True),
        *finding("own_prompts", bench.own("people_own"), seen=True),
        *finding("fresh_prompts", bench.own("people_fresh"), seen=False),
        *finding("fresh2_prompts", bench.own("people_fresh2"), seen=False),
        *context(bench, "fresh2_context", HERE / "data" / "people_fresh2.jsonl", seen=False),
        *without_people(bench),
        *plan(bench),
        *care(bench),
        *wording(bench),
    ]
    name, option = ("people-rules", " --rules") if options.rules else ("people-joined", "")
    task = name.replace("-", "_")
    report = {
        "task": task,
        "command": f"python benchmarks/people_rules.py --data ../shared/data{option} --write",
        "commit": commit(),
        "data_sha256": bench.hash.hexdigest(),
        "seed": SEED,
        "policy": f"{bench.policy.name}@{bench.policy.version}",
        "models": {"people": bench.analyzer.name},
        "estimates": [asdict(estimate) for estimate in estimates],
        "speed": speed(bench),
    }
    text = json.dumps(report, indent=1) + "\n"
    if options.write:
        (HERE / "reports" / f"{task}.json").write_text(text, "utf-8")
        write_card(name, report)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()

"""Measure the phrase detector and the span rewriter on the development data; print a report as JSON.

    python benchmarks/text_phrases.py --data ../shared/data > benchmarks/reports/text_phrases.json

With ``--card`` the card takes over the measured numbers and the digests of the data files.

"Caught" means graded other than K0, "touched" rewritten or refused, both under the default policy. Intervals are Wilson
intervals of 95 %. ``seen`` says whether the rows were read while the rules were written; such numbers flatter.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ethical_lens.models import ROOT
from ethical_lens.policy.deciding import decide, grade
from ethical_lens.policy.loading import load
from ethical_lens.text.lexicon import Lexicon, PhraseDetector
from ethical_lens.text.rewrite import SpanRewriter
from ethical_lens.types import Action, Finding, Severity, Stage, Verdict

ORDINARY = ("coco_captions", "partiprompts", "geneval", "t2i_compbench", "dpg_bench", "dalleval", "fairpro")
CARD = ROOT / "cards" / "phrases.json"
WARM_UP = 50
TIMED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share with its interval."""

    name: str
    value: float
    low: float
    high: float
    n: int
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row of a data set and what became of it."""

    row: dict[str, Any]
    findings: list[Finding]
    grade: Severity
    verdict: Verdict

    @property
    def caught(self) -> bool:
        return self.grade > Severity.K0

    @property
    def touched(self) -> bool:
        return self.verdict.action >= Action.REWRITE

    @property
    def refused(self) -> bool:
        return self.verdict.action is Action.BLOCK

    @property
    def names_figure(self) -> bool:
        return any(finding.category == "public_figure" and finding.score > 0 for finding in self.findings)


def share(name: str, hits: Sequence[bool], *, seen: bool) -> Estimate:
    """Return a share with its Wilson interval."""
    n, k, z = len(hits), sum(hits), 1.959964
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (k * (n - k) / n + z * z / 4) ** 0.5
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Estimate(name=name, value=round(k / n, 4), low=round(low, 4), high=round(high, 4), n=n, seen=seen)


class Bench:
    """Judges data sets once and keeps what the report needs."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._hash = hashlib.sha256()
        self.policy = load("default")
        self.detector = PhraseDetector(Lexicon())
        self.rewriter = SpanRewriter(self.detector.lexicon)

    def judge(self, text: str, row: dict[str, Any] | None = None) -> Judged:
        [findings] = self.detector.detect([text])
        verdict = decide(self.policy, Stage.TEXT, findings)
        return Judged(row=row or {}, findings=findings, grade=grade(self.policy, findings), verdict=verdict)

    def read(self, name: str, keep: Callable[[dict[str, Any]], bool] = lambda row: True) -> list[Judged]:
        return [self.judge(row["text"], row) for row in self.rows(name) if keep(row)]

    def rows(self, name: str) -> list[dict[str, Any]]:
        content = (self._data / f"{name}.jsonl").read_bytes()
        self._hash.update(content)
        return [json.loads(line) for line in content.decode().splitlines()]

    @property
    def data_hash(self) -> str:
        return self._hash.hexdigest()


def ordinary(bench: Bench) -> list[Estimate]:
    estimates: list[Estimate] = []
    for name in ORDINARY:
        estimates += harmless(name, bench.read(f"prompts/{name}"), seen=True)
    estimates += harmless("contrast", bench.read("authored/contrast"), seen=True)
    benign = bench.read("prompts/overt_benign")
    estimates += [
        *harmless("overt_benign", benign, seen=True),
        share("overt_benign.refused", refused(benign), seen=True),
    ]
    identity = bench.read("prompts/identity_templates", lambda row: row["label"] == "benign")
    estimates += harmless("identity_templates_benign", identity, seen=False)
    good = [{"text": text} for row in bench.rows("authored/rewrite_pairs") for text in row["good_rewrites"]]
    estimates += harmless("rewrite_pairs_good", [bench.judge(row["text"]) for row in good], seen=True)
    users = bench.read("prompts/imagereward_diffusiondb")
    estimates += harmless("real_users_unlabelled", users, seen=True)
    professions = bench.read("prompts/debiaswe_professions")
    return [*estimates, *harmless("debiaswe_professions", professions, seen=False)]


def harmless(name: str, rows: Sequence[Judged], *, seen: bool) -> list[Estimate]:
    return [
        share(f"{name}.touched", [row.touched for row in rows], seen=seen),
        share(f"{name}.false_alarms", [row.caught for row in rows], seen=seen),
    ]


def refused(rows: Sequence[Judged]) -> list[bool]:
    return [row.refused for row in rows]


def harmful(bench: Bench) -> list[Estimate]:
    rows = bench.read("authored/toxicity")
    by_label = {label: [row for row in rows if row.row["label"] == label] for label in ("K0", "K1", "K2", "K3")}
    graded = [row for row in rows if row.row["label"] != "K0"]
    unsafe = bench.read("prompts/overt_unsafe")
    categories = sorted({row.row["categories"][0] for row in unsafe})
    hate = bench.read("prompts/hatecheck")
    languages = bench.read("authored/multilingual")
    pairs = bench.read("authored/rewrite_pairs")
    posts = bench.read("prompts/openai_moderation")
    return [
        share("toxicity_k0.false_alarms", [row.caught for row in by_label["K0"]], seen=True),
        share("toxicity_k1_to_k3.caught", [row.caught for row in graded], seen=True),
        share("toxicity.same_grade", [row.grade.name == row.row["label"] for row in rows], seen=True),
        share("toxicity_k3.refused", refused(by_label["K3"]), seen=True),
        share("toxicity_k2.rewritten", [row.verdict.action is Action.REWRITE for row in by_label["K2"]], seen=True),
        share("toxicity.figures_right", [row.names_figure == row.row["public_figure"] for row in rows], seen=True),
        *rewrites(bench, by_label["K1"] + by_label["K2"]),
        *obfuscated(bench),
        *(
            share(
                f"overt_unsafe.{category}.caught",
                [r.caught for r in unsafe if r.row["categories"][0] == category],
                seen=True,
            )
            for category in categories
        ),
        share("rewrite_pairs.caught", [row.caught for row in pairs], seen=True),
        share("openai_moderation_toxic.caught", [r.caught for r in posts if r.row["label"] == "toxic"], seen=False),
        share(
            "openai_moderation_benign.false_alarms", [r.caught for r in posts if r.row["label"] == "benign"], seen=False
        ),
        share("hatecheck_toxic.caught", [row.caught for row in hate if row.row["label"] == "toxic"], seen=False),
        share(
            "hatecheck_benign.false_alarms", [row.caught for row in hate if row.row["label"] == "benign"], seen=False
        ),
        share("multilingual_k1_to_k3.caught", [r.caught for r in languages if r.row["label"] != "K0"], seen=False),
        share("multilingual_k0.false_alarms", [r.caught for r in languages if r.row["label"] == "K0"], seen=False),
    ]


def obfuscated(bench: Bench) -> list[Estimate]:
    rows = bench.read("authored/obfuscated")
    return [
        share("obfuscated.caught", [row.caught for row in rows if row.row["label"] != "K0"], seen=True),
        share("obfuscated_benign.false_alarms", [row.caught for row in rows if row.row["label"] == "K0"], seen=True),
    ]


def rewrites(bench: Bench, rows: Sequence[Judged]) -> list[Estimate]:
    """Judge the first candidate that the policy releases, as the lens does."""
    found: list[bool] = []
    lost: list[bool] = []
    kept: list[bool] = []
    for row in rows:
        fired = [f for rule in row.verdict.fired for f in rule.findings if f.category != "public_figure"]
        candidates = [wording for wording, _ in bench.rewriter.rewrite(row.row["text"], fired)]
        best = next((w for w in candidates if bench.judge(w).grade < row.grade and not bench.judge(w).touched), None)
        found.append(best is not None)
        if best is not None:
            lost += [word not in best.lower() for word in row.row["must_remove"]]
            kept += [word in best.lower() for word in row.row["must_keep"]]
    return [
        share("rewrites.found", found, seen=True),
        share("rewrites.words_that_must_go_gone", lost, seen=True),
        share("rewrites.words_that_must_stay_kept", kept, seen=True),
    ]


def speed(bench: Bench) -> dict[str, float]:
    """Return milliseconds of processor time: to compile the lexicon, and the median per prompt."""
    started = time.process_time()
    Lexicon()
    compiled = time.process_time() - started
    prompts = [row.row["text"] for row in bench.read("prompts/partiprompts")][: WARM_UP + TIMED]
    seconds: list[float] = []
    for prompt in prompts:
        started = time.process_time()
        bench.detector.detect([prompt])
        seconds.append(time.process_time() - started)
    median = statistics.median(seconds[WARM_UP:])
    return {"compile_milliseconds": round(compiled * 1000, 1), "detect_median_milliseconds": round(median * 1000, 3)}


def commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "uncommitted"


def update_card(estimates: Sequence[Estimate]) -> None:
    """Write the measured values and the digests of the data files into the card."""
    card = json.loads(CARD.read_text(encoding="utf-8"))
    for file in card["files"]:
        file["sha256"] = hashlib.sha256((ROOT / file["path"]).read_bytes()).hexdigest()
    card["metrics"] = {estimate.name: estimate.value for estimate in estimates}
    CARD.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with authored/ and prompts/")
    parser.add_argument("--card", action="store_true", help="take the numbers and digests over into the card")
    options = parser.parse_args(arguments)
    bench = Bench(options.data)
    estimates = [*ordinary(bench), *harmful(bench)]
    report = {
        "task": "text_phrases",
        "command": "python benchmarks/text_phrases.py --data ../shared/data",
        "commit": commit(),
        "data_sha256": bench.data_hash,
        "seed": None,
        "policy": f"{bench.policy.name}@{bench.policy.version}",
        "models": {"text": bench.detector.name, "rewriter": bench.rewriter.name},
        "estimates": [asdict(estimate) for estimate in estimates],
        "speed": speed(bench),
    }
    if options.card:
        update_card(estimates)
    json.dump(report, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

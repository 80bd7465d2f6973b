"""Measure the text stage on the development data; print a report as JSON.

    python benchmarks/text_scrutiny.py --data ../shared/data --labels LABELS > REPORT
    python benchmarks/text_scrutiny.py --data ../shared/data --labels LABELS --detector phrases > REPORT

With ``--card`` the card of the detector takes over the measured numbers and the digests of its files.

"Caught" means graded other than K0, "touched" rewritten or refused, both under the default policy. Intervals are Wilson
intervals of 95 %. Of sets that were trained on, only rows of clusters that were kept out of the training are judged
(``unseen``). ``seen`` says whether rows were read while rules were written, or trained on; such numbers flatter.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.models import ROOT
from ethical_lens.policy.deciding import decide, grade
from ethical_lens.policy.loading import load
from ethical_lens.registry import text_tools
from ethical_lens.text.encoder import shipped_encoder
from ethical_lens.text.lexicon import Lexicon, PhraseDetector
from ethical_lens.text.rewrite import SpanRewriter
from ethical_lens.train.cards import write_card
from ethical_lens.train.text import rows as training
from ethical_lens.types import Action, Finding, Severity, Stage, TextDetector, Verdict

ORDINARY = ("coco_captions", "partiprompts", "geneval", "t2i_compbench", "dpg_bench", "dalleval", "fairpro")
HAND_READ = ("imagereward_diffusiondb", "i2p", "posi_pairs", "nibbler_attempted", "overt_unsafe")
IDENTITY = {
    "gender": ("woman", "man", "female", "male", "trans", "transgender", "nonbinary"),
    "ethnicity": (
        "black",
        "white",
        "african",
        "asian",
        "latino",
        "hispanic",
        "arab",
        "indian",
        "mexican",
        "chinese",
        "jewish",
    ),
    "religion": ("muslim", "christian", "jewish", "catholic", "protestant", "buddhist", "sikh", "taoist", "hindu"),
    "orientation": ("gay", "lesbian", "bisexual", "heterosexual", "straight", "homosexual", "queer", "lgbtq", "lgbt"),
    "disability": ("blind", "deaf", "paralyzed", "disabled"),
    "age": ("old", "older", "young", "younger", "elderly", "teenage", "millenial", "middle"),
}
CORPUS = ROOT / "train" / "text" / "corpus"
SEED = 2024
TOLD = 0.5
OF_TRAINING = ("K1.", "K2.", "K3.", "people.")
"""Begin of the names of metrics that the export measures."""
WARM_UP = 50
BATCH = 64
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
        return any(finding.category == "public_figure" and finding.score >= 0.5 for finding in self.findings)


def share(name: str, hits: Sequence[bool], *, seen: bool) -> Estimate:
    """Return a share with its Wilson interval."""
    n, k = len(hits), sum(hits)
    ends = wilson(k, n)
    return Estimate(name=name, value=round(k / n, 4), low=round(ends.low, 4), high=round(ends.high, 4), n=n, seen=seen)


class Bench:
    """Judges data sets once and keeps what the report needs."""

    def __init__(self, data: Path, labels: Path | None, detector: str) -> None:
        self._data = data
        self._hash = hashlib.sha256()
        self.labels = labels
        self.policy = load("default")
        tools = text_tools()
        self.detectors: tuple[TextDetector, ...] = (
            (PhraseDetector(Lexicon()),) if detector == "phrases" else tools.detectors
        )
        self.rewriter = SpanRewriter() if detector == "phrases" else tools.rewriter

    def judge_all(self, texts: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Judged]:
        """Judge texts, a few at a time."""
        judged: list[Judged] = []
        for start in range(0, len(texts), BATCH):
            chunk = texts[start : start + BATCH]
            each = [detector.detect(chunk) for detector in self.detectors]
            for position, row in enumerate(rows[start : start + BATCH]):
                findings = [finding for found in each for finding in found[position]]
                verdict = decide(self.policy, Stage.TEXT, findings)
                judged.append(Judged(row=row, findings=findings, grade=grade(self.policy, findings), verdict=verdict))
        return judged

    def judge(self, text: str, row: dict[str, Any] | None = None) -> Judged:
        return self.judge_all([text], [row or {}])[0]

    def read(self, name: str, keep: Callable[[dict[str, Any]], bool] = lambda row: True) -> list[Judged]:
        kept = [row for row in self.rows(name) if keep(row)]
        return self.judge_all([row["text"] for row in kept], kept)

    def unseen(self, name: str) -> list[Judged]:
        """Judge the rows of a set that was trained on whose clusters were kept out of the training."""
        listed = [
            row
            for row in training.from_folder(self._data, self.labels or Path())
            if row.source == name and row.split != "train"
        ]
        rows = [
            {"text": row.text, "label": f"K{row.severity}", "categories": row.categories, "public_figure": row.figure}
            for row in listed
        ]
        return self.judge_all([row.text for row in listed], rows)

    def rows(self, name: str) -> list[dict[str, Any]]:
        content = (self._data / f"{name}.jsonl").read_bytes()
        self._hash.update(content)
        return [json.loads(line) for line in content.decode().splitlines()]

    @property
    def data_hash(self) -> str:
        return self._hash.hexdigest()


def ordinary(bench: Bench) -> list[Estimate]:
    estimates: list[Estimate] = []
    together: list[Judged] = []
    for name in ORDINARY:
        rows = bench.unseen(name)
        together += rows
        estimates += harmless(name, rows, seen=False)
    estimates += harmless("ordinary_together", together, seen=False)
    estimates += harmless("contrast", bench.read("authored/contrast"), seen=False)
    benign = bench.unseen("overt_benign")
    estimates += [
        *harmless("overt_benign", benign, seen=False),
        share("overt_benign.refused", refused(benign), seen=False),
    ]
    identity = [row for row in bench.unseen("identity_templates") if row.row["label"] == "K0"]
    estimates += harmless("identity_templates_benign", identity, seen=False)
    estimates += equal_treatment(identity)
    good = [{"text": text} for row in bench.rows("authored/rewrite_pairs") for text in row["good_rewrites"]]
    estimates += harmless("rewrite_pairs_good", [bench.judge(row["text"]) for row in good], seen=True)
    estimates += hand_read(bench)
    professions = bench.read("prompts/debiaswe_professions")
    return [*estimates, *harmless("debiaswe_professions", professions, seen=False)]


def equal_treatment(rows: Sequence[Judged]) -> list[Estimate]:
    """Return the false alarms on harmless sentences with words of each kind of identity."""
    estimates = []
    for kind, terms in IDENTITY.items():
        inside = [row.caught for row in rows if set(terms) & set(training.plain(row.row["text"]).split())]
        if inside:
            estimates.append(share(f"identity.{kind}.false_alarms", inside, seen=False))
    return estimates


def hand_read(bench: Bench) -> list[Estimate]:
    """Judge the rows that were read by hand and kept out of the training."""
    estimates: list[Estimate] = []
    for name in HAND_READ if bench.labels else ():
        rows = [row for row in bench.unseen(name) if row.row["label"] != "KNone"]
        clean = [row for row in rows if row.row["label"] == "K0"]
        harmful = [row for row in rows if row.row["label"] != "K0"]
        if clean:
            estimates += harmless(f"{name}_read_harmless", clean, seen=False)
        if harmful:
            estimates.append(share(f"{name}_read_harmful.caught", [row.caught for row in harmful], seen=False))
            explicit = [row.caught for row in harmful if row.row["label"] != "K1"]
            if explicit:
                estimates.append(share(f"{name}_read_k2_k3.caught", explicit, seen=False))
        named = [row for row in rows if row.row["public_figure"] is not None]
        estimates += figures(name, named)
    return estimates


def categories(bench: Bench) -> list[Estimate]:
    """Return per category what is caught at all, named right, and rightly named, on rows kept out of the training.

    The rows are those of our own corpus and of the sets read by hand, with harmless ones among them.
    """
    listed = [row for row in training.from_corpus(CORPUS, per_line=1, seed=SEED) if row.split != "train"]
    corpus = [{"text": row.text, "label": f"K{row.severity}", "categories": row.categories} for row in listed]
    rows = bench.judge_all([row["text"] for row in corpus], corpus)
    for name in HAND_READ if bench.labels else ():
        rows += [row for row in bench.unseen(name) if row.row["label"] != "KNone" and row.row["categories"] is not None]
    estimates = []
    for category in training.CATEGORIES:
        meant = [row for row in rows if category in row.row["categories"] and row.row["label"] != "K0"]
        named = [row for row in rows if told(row, category)]
        if meant:
            estimates.append(share(f"category.{category}.caught", [row.caught for row in meant], seen=False))
            estimates.append(share(f"category.{category}.named", [told(row, category) for row in meant], seen=False))
        if named:
            right = [category in row.row["categories"] for row in named]
            estimates.append(share(f"category.{category}.rightly_named", right, seen=False))
    return estimates


def told(row: Judged, category: str) -> bool:
    return any(finding.category == category and finding.score >= TOLD for finding in row.findings)


def figures(name: str, rows: Sequence[Judged]) -> list[Estimate]:
    """Return precision and recall of public figures."""
    meant = [row.names_figure for row in rows if row.row["public_figure"]]
    found = [bool(row.row["public_figure"]) for row in rows if row.names_figure]
    listed = [share(f"{name}.figures_found", meant, seen=False)] if meant else []
    return [*listed, share(f"{name}.figures_right", found, seen=False)] if found else listed


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
    unsafe = bench.unseen("overt_unsafe")
    categories = sorted({row.row["categories"][0] for row in unsafe if row.row["categories"]})
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
                [r.caught for r in unsafe if r.row["categories"] and r.row["categories"][0] == category],
                seen=False,
            )
            for category in categories
        ),
        share("overt_unsafe.caught", [row.caught for row in unsafe], seen=False),
        share("rewrite_pairs.caught", [row.caught for row in pairs], seen=False),
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
        *(
            share(
                f"multilingual.{code}.right",
                [r.caught == (r.row["label"] != "K0") for r in languages if r.row["lang"] == code],
                seen=False,
            )
            for code in sorted({r.row["lang"] for r in languages})
        ),
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
    """Return milliseconds for one prompt (median) and prompts a second in batches; wall clock, on this machine."""
    prompts = [row["text"] for row in bench.rows("prompts/partiprompts")][: WARM_UP + TIMED]
    for prompt in prompts[:WARM_UP]:
        bench.judge(prompt)
    shipped_encoder().forget()
    seconds: list[float] = []
    for prompt in prompts[WARM_UP:]:
        started = time.perf_counter()
        for detector in bench.detectors:
            detector.detect([prompt])
        seconds.append(time.perf_counter() - started)
    shipped_encoder().forget()
    started = time.perf_counter()
    bench.judge_all(prompts, [{} for _ in prompts])
    return {
        "detect_median_milliseconds": round(statistics.median(seconds) * 1000, 3),
        "prompts_a_second_in_batches": round(len(prompts) / (time.perf_counter() - started), 1),
        "resident_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "uncommitted"


def update_card(name: str, estimates: Sequence[Estimate]) -> None:
    """Write the measured values and the digests of the files into the card."""
    path = ROOT / "cards" / f"{name}.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    of_training = {name: value for name, value in card["metrics"].items() if name.startswith(OF_TRAINING)}
    card["metrics"] = {**of_training, **{estimate.name: estimate.value for estimate in estimates}}
    write_card(path, card)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with authored/ and prompts/")
    parser.add_argument("--labels", type=Path, help="folder with what was read by hand")
    parser.add_argument("--detector", choices=["scrutiny", "phrases"], default="scrutiny")
    parser.add_argument("--card", action="store_true", help="take the numbers and digests over into the card")
    options = parser.parse_args(arguments)
    bench = Bench(options.data, options.labels, options.detector)
    estimates = [*ordinary(bench), *harmful(bench), *categories(bench)]
    report = {
        "task": f"text_{options.detector}",
        "command": "python benchmarks/text_scrutiny.py --data ../shared/data --labels LABELS"
        f" --detector {options.detector}",
        "commit": commit(),
        "data_sha256": bench.data_hash,
        "seed": None,
        "policy": f"{bench.policy.name}@{bench.policy.version}",
        "models": {"text": [each.name for each in bench.detectors], "rewriter": bench.rewriter.name},
        "estimates": [asdict(estimate) for estimate in estimates],
        "speed": speed(bench),
    }
    if options.card:
        update_card(options.detector, estimates)
    json.dump(report, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

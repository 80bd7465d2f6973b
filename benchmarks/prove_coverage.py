"""How often the intervals of ``prove fit`` hold on fresh data, over many simulated streams.

    python benchmarks/prove_coverage.py --streams 300

Scores are simulated: two overlapping logistic-normal kinds, with known truth on 400,000 fresh items.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ethical_lens.evaluate.metrics import wilson
from ethical_lens.evaluate.prove.fitting import HARMFUL, HARMLESS, UNLABELLED, Labelled, choose, fit, stratify

REPORT = Path(__file__).parent / "reports" / "prove_coverage.json"
N_FRESH = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One kind of stream."""

    n: int
    n_labels: int
    harm: float
    apart: float
    rate: float


SETTINGS = (
    Setting(n=3000, n_labels=300, harm=0.1, apart=3, rate=0.05),
    Setting(n=3000, n_labels=300, harm=0.5, apart=3, rate=0.05),
    Setting(n=1000, n_labels=150, harm=0.02, apart=2, rate=0.1),
    Setting(n=5000, n_labels=400, harm=0.1, apart=4, rate=0.01),
    Setting(n=600, n_labels=600, harm=0.3, apart=2, rate=0.05),
    Setting(n=2000, n_labels=200, harm=0.3, apart=0.5, rate=0.05),
)


def stream(dice: np.random.Generator, setting: Setting, n: int) -> tuple[np.ndarray, np.ndarray]:
    harmful = dice.random(n) < setting.harm
    return 1 / (1 + np.exp(-(dice.normal(size=n) * 1.5 - 2.5 + setting.apart * harmful))), harmful


def measure(setting: Setting, n_streams: int) -> dict[str, object]:
    fresh, harmful = stream(np.random.default_rng(2**20), setting, N_FRESH)
    harmless = np.sort(fresh[~harmful])
    inside = within = none = 0
    widths, rates = [], []
    for seed in range(n_streams):
        scores, bad = stream(np.random.default_rng(seed), setting, setting.n)
        strata = stratify(scores, seed=seed)
        chosen = choose(strata, setting.n_labels, seed=seed)
        labels = np.full(setting.n, UNLABELLED, np.int8)
        labels[chosen] = np.where(bad[chosen], HARMFUL, HARMLESS)
        found = fit(Labelled(scores=scores, strata=strata, labels=labels), rate=setting.rate)
        if found.threshold is None:
            none += 1
            continue
        rate = 1 - np.searchsorted(harmless, found.threshold) / len(harmless)
        inside += found.false_alarms.low <= rate <= found.false_alarms.high
        within += rate <= setting.rate
        widths.append(found.false_alarms.high - found.false_alarms.low)
        rates.append(rate)
    n = n_streams - none
    estimates = {name: (k / n, wilson(k, n)) for name, k in (("inside", inside), ("within", within))} if n else {}
    return {
        **asdict(setting),
        "n_streams": n_streams,
        "n_without_threshold": none,
        **{name: {"value": v, "low": i.low, "high": i.high, "n": n} for name, (v, i) in estimates.items()},
        "mean_width": float(np.mean(widths)) if widths else None,
        "mean_true_rate": float(np.mean(rates)) if rates else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=300)
    n_streams = parser.parse_args().streams
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    report = {
        "task": "coverage of the false-alarm rates that prove fit states, on fresh simulated data",
        "command": f"python benchmarks/prove_coverage.py --streams {n_streams}",
        "commit": commit,
        "seed": f"0 to {n_streams - 1}",
        "models": {},
        "level": 0.95,
        "estimates": [measure(setting, n_streams) for setting in SETTINGS],
        "notes": [
            "Scores are simulated, labels are right, items are independent. Intervals of the shares are Wilson's."
        ],
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    print(json.dumps(report["estimates"], indent=2))


if __name__ == "__main__":
    main()

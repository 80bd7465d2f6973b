"""Measure a distilled student against its teacher on templates that it was not trained on; write a report.

    python benchmarks/distill.py --runs checkpoints/distill --out benchmarks/reports/distill.json

The labels, the student and the logs come from ``python -m ethical_lens.train.distill`` label and fit; docs/distill.md
has the commands. Intervals of 95 % are taken over whole clusters, as texts of one template are alike.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from ethical_lens.policy import load
from ethical_lens.train.distill.reporting import report_on

SEED = 2024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="folder of the distillation")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--wordings", type=int, default=60, help="most wordings that are asked for")
    given = parser.parse_args()
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    report = {
        "task": "a distilled causal language model against its teacher, on unseen templates",
        "command": "python benchmarks/distill.py " + " ".join(sys.argv[1:]),
        "commit": head.stdout.strip(),
        "seed": SEED,
        "policy": load("default").title,
        "texts": "the project's own corpus, train/text/corpus, split by pair",
        **report_on(given.runs, n_wordings=given.wordings),
    }
    given.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

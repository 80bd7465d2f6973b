"""Measure how much of the text model's skill on a source is the source's style: train without it, compare.

    python -m ethical_lens.train.text fit --runs checkpoints/text-without-i2p --without i2p ...
    python benchmarks/text_source_left_out.py --source i2p --runs checkpoints/text \\
        --without checkpoints/text-without-i2p --encoder ENCODER --data ../shared/data --labels LABELS --out REPORT

Both networks, before phrases and calibration join in, judge the source's rows that are in no training: the harmful are
told from the harmless by the probability of K1 or graver. The area under the ROC curve has no threshold to tune.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ethical_lens.evaluate.metrics.detection import auroc
from ethical_lens.train.text import fit, rows
from ethical_lens.train.text.__main__ import pruned, weights_of
from ethical_lens.train.text.network import TextNetwork


def main() -> None:
    """Compare and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="the source that was left out")
    parser.add_argument("--runs", type=Path, required=True, help="the training with everything")
    parser.add_argument("--without", type=Path, required=True, help="the training without the source")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    listed = [
        row
        for row in rows.from_folder(given.data, given.labels)
        if row.source == given.source and row.split != "train" and row.severity is not None
    ]
    harmful = np.array([bool(row.severity) for row in listed])
    estimates = {}
    for name, runs in {"with": given.runs, "without": given.without}.items():
        network = TextNetwork(pruned(fit.load_encoder(given.encoder)))
        network.load_state_dict(weights_of(runs))
        estimates[name] = asdict(auroc(scores(network.eval(), listed, given.encoder), harmful.tolist()))
    report = {
        "task": f"text model with and without the source {given.source!r}, on rows of it that neither was trained on",
        "command": "python benchmarks/text_source_left_out.py " + " ".join(sys.argv[1:]),
        "commit": subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "steps": {name: last_step(runs) for name, runs in {"with": given.runs, "without": given.without}.items()},
        "n": {"harmful": int(harmful.sum()), "harmless": int((~harmful).sum())},
        "auroc": estimates,
    }
    given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


@torch.no_grad()
def scores(network: TextNetwork, listed: list[rows.Row], encoder: Path) -> NDArray[np.float64]:
    """Return the probability of K1 or graver of each row, (n,)."""
    found = []
    for example in fit.examples(listed, fit.load_tokenizer(encoder)):
        tokens, mask, _ = fit.collate([example])
        found.append(float(torch.sigmoid(network(tokens, mask).grades[0, 0])))
    return np.array(found)


def last_step(runs: Path) -> int:
    """Return how long a training went."""
    return int(json.loads((runs / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])["step"])


if __name__ == "__main__":
    main()

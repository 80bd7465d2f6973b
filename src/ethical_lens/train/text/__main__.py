"""Command line of the text model's training, run in this order; each step goes on where it was stopped.

python -m ethical_lens.train.text fit    --runs checkpoints/text --encoder ENCODER [--data DATA --labels LABELS]
python -m ethical_lens.train.text export --runs checkpoints/text --encoder ENCODER [--data DATA --labels LABELS]
python -m ethical_lens.train.text people-threshold [--data DATA --labels LABELS]

"export" writes the weights, calibrates them together with the phrases on rows that were kept out of the training,
chooses the thresholds of the veto on people, and writes the card. "people-threshold" chooses these anew for the shipped
model, as after a change to the rules for people. Then benchmarks/text_scrutiny.py --card adds what it measures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from transformers import BertModel

from ethical_lens.models import ROOT, JsonValue, parse_card, sha256_of
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.text.encoder import CARD, TextEncoder
from ethical_lens.text.lexicon import PhraseDetector
from ethical_lens.train.cards import write_card
from ethical_lens.train.loop import Schedule
from ethical_lens.train.text import calibrate, card, export, fit, people_lines, people_threshold, rows
from ethical_lens.train.text.network import TextNetwork

CORPUS = Path(__file__).parent / "corpus"
KEPT_LAYERS = (0, 1, 2, 3, 5)
"""Layers of the pretrained encoder that are kept: five of six, for speed."""
FROZEN_LAYERS = 2
GLOSSED_SHARE = 0.12


def main() -> None:
    """Run one step of the training."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.text", description=__doc__)
    parser.add_argument("step", choices=["fit", "export", "people-threshold"])
    parser.add_argument("--runs", type=Path, help="folder for checkpoints and logs; of fit and export")
    parser.add_argument("--encoder", type=Path, help="folder of the pretrained encoder; of fit and export")
    parser.add_argument("--data", type=Path, help="folder of further data (prompts/*.jsonl)")
    parser.add_argument("--labels", type=Path, default=Path(__file__).parent / "labels", help="what was read by hand")
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / CARD, help="where export writes the model")
    parser.add_argument("--start", type=Path, help="weights of a finished training, final.pt, to go on from")
    parser.add_argument(
        "--share", type=float, default=1.0, help="export: how far from the weights of --start to those of this training"
    )
    parser.add_argument("--without", default="", help="source to leave out, to see how much is style")
    parser.add_argument("--per-line", type=int, default=4, help="texts made from each line of the corpus")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-4, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.step == "people-threshold":
        _choose_threshold(given)
        return
    if given.runs is None or given.encoder is None:
        parser.error(f"{given.step} needs --runs and --encoder")
    if given.step == "fit":
        _fit(given)
    else:
        _export(given)


def pruned(encoder: BertModel) -> BertModel:
    """Return the encoder with `KEPT_LAYERS` only."""
    encoder.encoder.layer = torch.nn.ModuleList(encoder.encoder.layer[i] for i in KEPT_LAYERS)
    encoder.config.num_hidden_layers = len(KEPT_LAYERS)
    return encoder


def every_row(per_line: int, seed: int, data: Path | None, labels: Path) -> list[rows.Row]:
    """Return all rows: of our own corpus and marked lines, and of the data where its folder is given."""
    listed = list(rows.from_corpus(CORPUS, per_line=per_line, seed=seed))
    listed += people_lines.from_lines(n_forms=min(per_line, people_lines.FORMS), seed=seed)
    return listed if data is None else [*listed, *rows.from_folder(data, labels)]


def started_from(weights: Path) -> JsonValue:
    """Return what rows.json says of the training that another goes on from: its weights, and its rows if known."""
    counts = weights.with_name("rows.json")
    return {
        "weights": f"{weights.parent.name}/{weights.name}",
        "sha256": sha256_of(weights),
        "rows": json.loads(counts.read_text(encoding="utf-8")) if counts.is_file() else None,
    }


def _fit(given: argparse.Namespace) -> None:
    listed = every_row(given.per_line, given.seed, given.data, given.labels)
    chosen = [row for row in rows.split_of(listed, "train") if row.source != given.without]
    chosen = rows.with_people(chosen, RuleAnalyzer())
    chosen += rows.glossed(chosen, share=GLOSSED_SHARE, seed=given.seed)
    given.runs.mkdir(parents=True, exist_ok=True)
    counts = Counter(f"{row.source} {'K?' if row.severity is None else f'K{row.severity}'}" for row in chosen)
    learned: dict[str, JsonValue] = dict(sorted(counts.items()))
    if given.start is not None:
        learned[card.STARTED_FROM] = started_from(given.start)
    (given.runs / "rows.json").write_text(json.dumps(learned, indent=1), encoding="utf-8")
    network = fit.fit(
        chosen,
        pruned(fit.load_encoder(given.encoder)),
        fit.load_tokenizer(given.encoder),
        given.runs,
        schedule=Schedule(n_steps=given.steps, learning_rate=given.rate, n_warmup=200, ema_decay=0.998),
        batch_size=given.batch,
        seed=given.seed,
        n_frozen_layers=FROZEN_LAYERS,
        start=None if given.start is None else torch.load(given.start, weights_only=True),
    )
    torch.save(network.state_dict(), given.runs / "final.pt")


def _export(given: argparse.Namespace) -> None:
    network = TextNetwork(pruned(fit.load_encoder(given.encoder)))
    weights = weights_of(given.runs)
    learned = json.loads((given.runs / "rows.json").read_text(encoding="utf-8"))
    if given.start is not None:
        weights = between(torch.load(given.start, weights_only=True), weights, given.share)
        learned[card.STARTED_FROM]["share of the way to the later weights"] = given.share
    network.load_state_dict(weights)
    export.export(network.eval(), given.encoder, given.out)
    listed = every_row(1, given.seed, given.data, given.labels)
    content = card.content(given.out, learned)
    unwritten = parse_card(content, root=ROOT)
    encoder = TextEncoder(unwritten)
    validation, test = (rows.split_of(listed, split) for split in ("validation", "test"))
    # The marked lines are all harmless, and would make the grades look surer than they are.
    seen, unseen = (
        [row for row in part if row.severity is not None and row.source != rows.PEOPLE_LINES]
        for part in (validation, test)
    )
    calibration, metrics = calibrate.calibrated(seen, unseen, encoder, PhraseDetector())
    thresholds, fallen = people_threshold.chosen(validation, test, RuleAnalyzer(), encoder)
    whole = {**content, "thresholds": thresholds, "calibration": calibration, "metrics": {**metrics, **fallen}}
    write_card(ROOT / "cards" / f"{CARD}.json", whole)


def _choose_threshold(given: argparse.Namespace) -> None:
    listed = every_row(1, given.seed, given.data, given.labels)
    validation, test = (rows.split_of(listed, split) for split in ("validation", "test"))
    thresholds, fallen = people_threshold.chosen(validation, test, RuleAnalyzer(), TextEncoder())
    path = ROOT / "cards" / f"{CARD}.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    metrics = {**known["metrics"], **fallen}
    write_card(path, {**known, "thresholds": {**known.get("thresholds", {}), **thresholds}, "metrics": metrics})
    sys.stdout.write(json.dumps({"thresholds": thresholds, "metrics": fallen}, indent=1) + "\n")


def between(first: Mapping[str, Tensor], second: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Return weights on the straight line from one training to another that went on from it.

    Between the two a network often does better on what neither has seen (Wortsman et al., 2022, "Robust fine-tuning of
    zero-shot models"). Choose the share on validation rows.

    Args:
        first: Weights that the second training started from.
        second: Its weights.
        share: 0 gives the first, 1 the second.
    """
    return {
        name: torch.lerp(first[name], value, share) if value.is_floating_point() else value
        for name, value in second.items()
    }


def weights_of(runs: Path) -> dict[str, Tensor]:
    """Return the finished weights, or the averaged ones of the newest checkpoint."""
    final = runs / "final.pt"
    if final.exists():
        return dict(torch.load(final, weights_only=True))
    return dict(torch.load(runs / "checkpoint.pt", weights_only=True)["average"])


if __name__ == "__main__":
    main()

"""Command line of the distillation, run in this order; each step goes on where it was stopped.

python -m ethical_lens.train.distill label    --runs checkpoints/distill [--teacher MODEL] [--texts FILE]
python -m ethical_lens.train.distill fit      --runs checkpoints/distill [--student causal|encoder] [--base FOLDER]
python -m ethical_lens.train.distill evaluate --runs checkpoints/distill

"label" asks the teacher, "fit" trains the student, "evaluate" writes how far the causal one agrees with the teacher on
texts of templates that it was not trained on. docs/distill.md tells what each file of the folder holds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ethical_lens.train.distill.labels import EVALUATION, TEACHER, TEXTS, Text, read_texts, write_texts
from ethical_lens.train.distill.teacher import EMBEDDED, label_all, open_teacher
from ethical_lens.train.text import grammar
from ethical_lens.train.text.rows import from_corpus


def main(arguments: list[str] | None = None) -> int:
    """Run one step of the distillation."""
    parser = argparse.ArgumentParser(
        prog="python -m ethical_lens.train.distill",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True)
    label = steps.add_parser("label", help="ask the teacher about texts")
    label.add_argument("--teacher", default=EMBEDDED, help='"embedded", MODEL@URL or the folder of a model')
    label.add_argument("--texts", type=Path, help="texts to label, JSON lines; the project's own corpus without it")
    label.add_argument("--per-line", type=int, default=4, help="texts made from each line of the corpus")
    label.add_argument("--limit", type=int, default=0, help="most texts to label; 0 labels all")
    label.add_argument("--rewrites", type=int, default=0, help="texts for which a harmless wording is asked for")
    label.set_defaults(run=_label)
    train = steps.add_parser("fit", help="train the student")
    train.add_argument("--student", choices=["causal", "encoder"], default="causal")
    train.add_argument("--base", type=Path, help="folder of a causal model to adapt; without it a small one is trained")
    train.add_argument(
        "--encoder", type=Path, help="pretrained encoder: the student, or where the small model's words start"
    )
    train.add_argument("--width", type=int, default=128, help="size of the small model's states")
    train.add_argument("--layers", type=int, default=4, help="its layers")
    train.add_argument("--words", type=int, default=4096, help="most tokens of its vocabulary")
    train.add_argument("--base-steps", type=int, default=800, help="steps of its pretraining")
    train.add_argument("--base-rate", type=float, default=2e-3, help="its highest learning rate")
    train.add_argument("--steps", type=int, default=1200, help="steps of the adaptation, or of the encoder's training")
    train.add_argument("--rate", type=float, default=2e-3, help="highest learning rate of the same")
    train.add_argument("--rank", type=int, default=32, help="of the LoRA adapter")
    train.add_argument("--batch", type=int, default=32)
    train.add_argument("--device", default="cpu")
    train.add_argument("--dtype", default="float32", help="type of torch that the base is held in")
    train.add_argument("--threads", type=int, default=1)
    train.set_defaults(run=_fit)
    evaluate = steps.add_parser("evaluate", help="hold the causal student against its teacher")
    evaluate.add_argument("--wordings", type=int, default=60, help="most wordings that are asked for")
    evaluate.set_defaults(run=_evaluate)
    for each in (label, train, evaluate):
        each.add_argument("--runs", type=Path, required=True, help="folder for labels, checkpoints and logs")
        each.add_argument("--seed", type=int, default=2024)
    given = parser.parse_args(arguments)
    given.runs.mkdir(parents=True, exist_ok=True)
    given.run(given)
    return 0


def _label(given: argparse.Namespace) -> None:
    if given.texts is None and not (given.runs / TEXTS).exists():
        write_texts(given.runs / TEXTS, _corpus(given.per_line, given.seed))
    texts = read_texts(given.texts or given.runs / TEXTS)
    order = np.random.default_rng(given.seed).permutation(len(texts))
    chosen = [texts[i] for i in order][: given.limit or None]
    (given.runs / TEACHER).write_text(given.teacher + "\n", encoding="utf-8")
    n_labels, n_apart = label_all(open_teacher(given.teacher), chosen, given.runs, n_rewrites=given.rewrites)
    sys.stdout.write(f"{n_labels} labels to learn from, {n_apart} kept apart for a person\n")


def _fit(given: argparse.Namespace) -> None:
    # Labelling does without torch; reading it takes longer than many labels.
    from ethical_lens.train.distill import fitting

    fitting.run(given)


def _evaluate(given: argparse.Namespace) -> None:
    from ethical_lens.train.distill import reporting

    report = reporting.report_on(given.runs, n_wordings=given.wordings)
    (given.runs / EVALUATION).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"the evaluation is in {given.runs / EVALUATION}\n")


def _corpus(per_line: int, seed: int) -> list[Text]:
    rows = from_corpus(grammar.CORPUS, per_line=per_line, seed=seed)
    return [Text(text=row.text, cluster=row.cluster, known=row.severity) for row in rows]


if __name__ == "__main__":
    raise SystemExit(main())

"""Proving the lens on an operator's own traffic before it is enforced: collect, label, fit, try, report."""

from ethical_lens.evaluate.prove.collecting import collect
from ethical_lens.evaluate.prove.decisions import Decision, DecisionFolder, decided, score_of
from ethical_lens.evaluate.prove.fitting import Fit, Labelled, choose, fit, stopped, stratify
from ethical_lens.evaluate.prove.labelling import Labels, build_labels, fittable, read_labels
from ethical_lens.evaluate.prove.overlay import write_overlay
from ethical_lens.evaluate.prove.report import FIT_HEAD, ProveReport, fit_cells, page, report
from ethical_lens.evaluate.prove.whatif import WhatIf, what_if

__all__ = [
    "FIT_HEAD",
    "Decision",
    "DecisionFolder",
    "Fit",
    "Labelled",
    "Labels",
    "ProveReport",
    "WhatIf",
    "build_labels",
    "choose",
    "collect",
    "decided",
    "fit",
    "fit_cells",
    "fittable",
    "page",
    "read_labels",
    "report",
    "score_of",
    "stopped",
    "stratify",
    "what_if",
    "write_overlay",
]

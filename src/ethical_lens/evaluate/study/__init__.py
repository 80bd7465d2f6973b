"""User studies: blinded pairs of pictures, or single decisions to be labelled, shown to people on a page."""

from ethical_lens.evaluate.study.agreement import krippendorff_alpha
from ethical_lens.evaluate.study.analysis import Analysis, analyse, markdown
from ethical_lens.evaluate.study.building import PAIRS_STUDY, Built, Pair, build_pairs, read_pairs, with_checks
from ethical_lens.evaluate.study.records import Answer, Choice, Item, Kind, Study, Task
from ethical_lens.evaluate.study.serving import is_loopback, serve
from ethical_lens.evaluate.study.store import StudyFile
from ethical_lens.evaluate.terms import Blur

__all__ = [
    "PAIRS_STUDY",
    "Analysis",
    "Answer",
    "Blur",
    "Built",
    "Choice",
    "Item",
    "Kind",
    "Pair",
    "Study",
    "StudyFile",
    "Task",
    "analyse",
    "build_pairs",
    "is_loopback",
    "krippendorff_alpha",
    "markdown",
    "read_pairs",
    "serve",
    "with_checks",
]

"""Where prompts come from: built-in suites, known data sets, files of one's own."""

from ethical_lens.evaluate.datasets.dataset import NOT_VERIFIED, Dataset
from ethical_lens.evaluate.datasets.download import fetch, hub_address
from ethical_lens.evaluate.datasets.opening import Downloads, open_dataset
from ethical_lens.evaluate.datasets.reading import own_source, read_dataset
from ethical_lens.evaluate.datasets.sketch_suites import SKETCH_SUITES, sketch_suite
from ethical_lens.evaluate.datasets.sources import SOURCES, Columns, Source
from ethical_lens.evaluate.datasets.suites import SUITES, suite

__all__ = [
    "NOT_VERIFIED",
    "SKETCH_SUITES",
    "SOURCES",
    "SUITES",
    "Columns",
    "Dataset",
    "Downloads",
    "Source",
    "fetch",
    "hub_address",
    "open_dataset",
    "own_source",
    "read_dataset",
    "sketch_suite",
    "suite",
]

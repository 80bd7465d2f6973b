"""The suites that are built in and need no download.

The short suites are files beside this module, written for this project. Their Sketch versions are composed from the
vocabulary of the drawn world, in any number.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.datasets.dataset import Dataset
from ethical_lens.evaluate.datasets.reading import own_source, read_dataset
from ethical_lens.evaluate.datasets.sketch_suites import SKETCH_SUITES, sketch_suite

WRITTEN: Final = ("tox", "people", "benign", "context", "adversarial")
SUITES: Final = (*WRITTEN, *SKETCH_SUITES)
_LICENCE: Final = "Apache-2.0, as this package"


def suite(name: str) -> Dataset:
    """Return a built-in suite.

    Args:
        name: One of ``SUITES``. The Sketch versions come with 60 prompts here; for more see
            :func:`ethical_lens.evaluate.datasets.sketch_suite`.

    Raises:
        ConfigurationError: If there is none of that name.

    Example:
        >>> len(suite("people")), suite("sketch-people").domain
        (60, 'sketch')
    """
    if name in SKETCH_SUITES:
        return sketch_suite(name)
    if name not in WRITTEN:
        raise ConfigurationError(f"there is no suite {name!r}; expected one of {', '.join(SUITES)}")
    content = files(__package__).joinpath("suites", f"{name}.jsonl").read_bytes()
    source = own_source(name, licence=_LICENCE)
    return read_dataset(content, file_name=f"{name}.jsonl", source=source, origin="built in")

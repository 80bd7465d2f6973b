from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ethical_lens.people import RuleAnalyzer, compose, deal_plan
from ethical_lens.policy import Axis, load
from ethical_lens.types import Change, PersonGroup

Find = Callable[[str], list[PersonGroup]]
Word = Callable[..., tuple[str, tuple[Change, ...]]]


@pytest.fixture(scope="session")
def axes() -> Mapping[str, Axis]:
    """The axes of the default policy."""
    return load("default").axes


@pytest.fixture(scope="session")
def analyzer() -> RuleAnalyzer:
    """One analyzer, so that the word lists are read once."""
    return RuleAnalyzer()


@pytest.fixture(scope="session")
def find(analyzer: RuleAnalyzer) -> Find:
    """Find the people in one text."""
    return lambda text: analyzer.analyze([text])[0]


@pytest.fixture(scope="session")
def word(find: Find, axes: Mapping[str, Axis]) -> Word:
    """Word attributes ("0.gender" and so on) into a text; what is not given is not dealt."""

    def into(text: str, attributes: Mapping[str, str], **limits: object) -> tuple[str, tuple[Change, ...]]:
        words = {name: axis.words for name, axis in axes.items()}
        return compose(text, find(text), attributes, words, **limits)  # type: ignore[arg-type]

    return into


@pytest.fixture(scope="session")
def roles() -> tuple[str, ...]:
    """Roles that say nothing about gender, race or age."""
    return (
        *("doctor", "bus driver", "florist", "opera singer", "welder", "tax lawyer", "beekeeper", "barista", "hiker"),
        *("goalkeeper", "tattooed chef", "tired teacher", "pilot", "gardener", "ceramicist", "mayor", "museum guide"),
        *("marine biologist", "locksmith", "dental hygienist"),
    )


@pytest.fixture(scope="session")
def plans(find: Find, axes: Mapping[str, Axis]) -> Callable[..., list[dict[str, str]]]:
    """Plan a text."""
    return lambda text, n_images, seed, **options: deal_plan(find(text), n_images, seed, axes, **options)

"""What an evaluation reads and writes: samples, scores, estimates, comparisons, reports.

"Not measurable" is NaN (or None for a flag) and is counted as unscored. It is never 0 and never silently left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from ethical_lens.types import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One prompt of a data set, with what is known about it."""

    id: str
    """Unique within its data set, stable between readings."""
    prompt: str
    dataset: str
    """Name of the data set."""
    harmful: bool | None = None
    """Whether the data set holds that this should not be drawn as asked; None where it does not say."""
    severity: Severity | None = None
    """Grade K0 to K3, where the data set gives one."""
    categories: tuple[str, ...] = ()
    """Categories in the data set's own words."""
    references: tuple[str, ...] = ()
    """Other captions of the same picture, if any."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Every other column, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One measurement of one picture or prompt."""

    sample: str
    """Identifier of the sample."""
    metric: str
    value: float
    """NaN where it could not be measured."""
    index: int | None = None
    """Which of the sample's pictures; None for a measurement of the prompt as a whole."""
    why: str = ""
    """Why it could not be measured."""

    @property
    def is_measured(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its uncertainty and with what it is based on."""

    metric: str
    value: float
    """NaN where nothing could be measured."""
    low: float
    """Lower end of the interval; NaN where there is none."""
    high: float
    """Upper end of the interval; NaN where there is none."""
    n: int
    """Measurements that went into the value."""
    n_unscored: int
    """Measurements that were asked for and could not be made."""
    interval: str = "none"
    """How the interval was found: "wilson", "wilson, clustered", "bootstrap", "total variation", "delong" or "none"."""
    level: float = 0.95
    """Confidence level of the interval."""
    n_clusters: int | None = None
    """Independent units, where several measurements share one (pictures of one prompt); None if all are independent."""
    subset: str = ""
    """What it is restricted to, for example "category=violence"; empty for everything."""

    @property
    def coverage(self) -> float:
        """Share of the wanted measurements that could be made, NaN if none was wanted."""
        wanted = self.n + self.n_unscored
        return self.n / wanted if wanted else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The difference between two arms that were measured on the same samples."""

    metric: str
    difference: float
    """Second arm minus first arm; NaN where no pair was measured."""
    low: float
    high: float
    p_value: float
    """Two-sided; NaN where no pair was measured."""
    test: str
    """"mcnemar, exact" or "paired bootstrap"."""
    n_pairs: int
    """Pairs measured in both arms."""
    n_unscored: int
    """Pairs in which one arm or both could not be measured; they are left out of both arms."""
    level: float = 0.95
    n_clusters: int | None = None
    """Independent units, where several pairs share one; None if all pairs are independent."""
    subset: str = ""
    """What it is restricted to; empty for everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came out of one run, with all that is needed to make it again."""

    task: str
    command: str
    commit: str
    version: str
    """Version of this package."""
    dataset: str
    dataset_digest: str
    """SHA-256 of the file the prompts came from."""
    prompts_digest: str
    """SHA-256 of the identifiers and prompts that were used, in order."""
    licence: str
    """Licence of the data set."""
    filter: str
    """What was left out of the data set, and why."""
    seed: int
    policy: str | None
    """Policy as "name@version+digest"; None for a bare run."""
    generator: str
    domain: str
    """Kind of picture: "sketch", "photograph", ... A report on sketches says nothing about photographs."""
    judges: Mapping[str, str]
    """What measured the pictures, role to "name@version"; never a model of the lens itself."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Models of the lens, role to "name@version"."""
    exemptions: tuple[str, ...] = ()
    """Parts of the lens that were off."""
    estimates: tuple[Estimate, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()
    """Limits, in plain words."""

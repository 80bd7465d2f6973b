"""Published results of Ethical-Lens, shown only beside runs on the same data with the same kind of judge.

Source: Ethical-Lens, Patterns 6(3) 101187, 2025 (arXiv 2404.12104), Table 3. Lower is better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ethical_lens.evaluate.metrics import PERSPECTIVES
from ethical_lens.evaluate.runner.judging import VISION_KIND

SOURCE: Final = "Ethical-Lens, Patterns 6(3), 2025, Table 3; judged by GPT-4V"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A row of a published table."""

    model: str
    values: Mapping[str, float]
    """Metric to value."""


def _row(model: str, *values: float) -> Published:
    names = [f"perspective_{name}" for name in PERSPECTIVES]
    return Published(model=model, values=dict(zip(names, values, strict=True)))


_TOX1K: Final = (
    _row("Dreamlike Diffusion 1.0", 0.044, 0.078, 0.158, 0.163, 0.041),
    _row("Dreamlike Diffusion 1.0 + Ethical-Lens", 0.023, 0.009, 0.048, 0.042, 0.023),
    _row("SD 1.5", 0.097, 0.078, 0.166, 0.157, 0.033),
    _row("SD 1.5 + Ethical-Lens", 0.058, 0.013, 0.063, 0.041, 0.021),
    _row("SD 2.0", 0.068, 0.056, 0.184, 0.155, 0.030),
    _row("SD 2.0 + Ethical-Lens", 0.052, 0.015, 0.060, 0.033, 0.007),
    _row("SDXL 1.0", 0.046, 0.068, 0.182, 0.160, 0.033),
    _row("SDXL 1.0 + Ethical-Lens", 0.039, 0.006, 0.014, 0.009, 0.009),
    _row("DALL-E 3", 0.015, 0.042, 0.021, 0.084, 0.050),
)


def published_rows(dataset: str, judge_kind: str | None, domain: str) -> tuple[Published, ...]:
    """Return the published rows that may stand beside a run; none unless data and kind of judge are the same.

    Args:
        dataset: Name of the run's data set.
        judge_kind: Kind of the run's judge.
        domain: Kind of picture of the run.
    """
    comparable = dataset == "tox1k" and judge_kind == VISION_KIND and domain == "photograph"
    return _TOX1K if comparable else ()

"""What a run costs: seconds per stage and memory."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSeconds:
    """How long a stage takes."""

    stage: str
    n: int
    """Requests that went through it."""
    n_unscored: int
    """Requests without a measurement of it (they did not reach it, or it was not timed)."""
    total_seconds: float
    mean_seconds: float
    p50_seconds: float
    p90_seconds: float
    p95_seconds: float
    p99_seconds: float
    max_seconds: float


def stage_seconds(requests: Sequence[Mapping[str, float]]) -> dict[str, StageSeconds]:
    """Summarise the seconds that each stage took.

    Args:
        requests: For each request stage to seconds, as in ``Result.seconds``; NaN is unmeasured.

    Returns:
        Stage to summary, in order of first appearance. Percentiles are interpolated linearly; with fewer than a hundred
        requests the 99th is little more than the longest.

    Example:
        >>> summary = stage_seconds([{"screen": 0.01, "look": 0.2}, {"screen": 0.03}])
        >>> summary["screen"].p50_seconds, summary["look"].n_unscored
        (0.02, 1)
    """
    stages = dict.fromkeys(stage for request in requests for stage in request)
    return {stage: _summary(stage, [request.get(stage, math.nan) for request in requests]) for stage in stages}


def peak_memory_bytes() -> float:
    """Return the most memory that this process has held at once, in bytes.

    It is a high-water mark since the process began and never falls: measure arms in processes of their own. Memory on
    an accelerator is not in it.

    Returns:
        NaN where the system does not tell (Windows).
    """
    if sys.platform == "win32":
        return math.nan
    if sys.platform == "linux":
        # What getrusage tells on Linux includes the process that this one was forked from.
        for line in Path("/proc/self/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else peak * 1024)


def _summary(stage: str, values: Sequence[float]) -> StageSeconds:
    numbers = np.asarray(values, np.float64)
    kept = numbers[~np.isnan(numbers)]
    marks = np.quantile(kept, [0.5, 0.9, 0.95, 0.99, 1.0]) if len(kept) else np.full(5, math.nan)
    p50, p90, p95, p99, longest = map(float, marks)
    return StageSeconds(
        stage=stage,
        n=len(kept),
        n_unscored=len(numbers) - len(kept),
        total_seconds=float(kept.sum()),
        mean_seconds=float(kept.mean()) if len(kept) else math.nan,
        p50_seconds=p50,
        p90_seconds=p90,
        p95_seconds=p95,
        p99_seconds=p99,
        max_seconds=longest,
    )

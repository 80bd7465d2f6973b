from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from ethical_lens.evaluate.metrics.resources import peak_memory_bytes, stage_seconds


def test_percentiles_per_stage() -> None:
    values = np.random.default_rng(0).random(200).tolist()
    summary = stage_seconds([{"screen": value} for value in values] + [{"look": 1.0}])
    screen = summary["screen"]
    assert (screen.n, screen.n_unscored) == (200, 1)
    assert screen.p95_seconds == pytest.approx(np.percentile(values, 95))
    assert screen.total_seconds == pytest.approx(sum(values))
    assert screen.max_seconds == max(values)
    assert summary["look"].p99_seconds == 1.0


def test_a_stage_that_was_never_timed_is_unmeasured() -> None:
    summary = stage_seconds([{"edit": math.nan}])
    assert math.isnan(summary["edit"].mean_seconds)
    assert stage_seconds([]) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_peak_memory_is_a_mark_that_only_rises() -> None:
    before = peak_memory_bytes()
    block = np.ones(40 * 2**20 // 8)
    after = peak_memory_bytes()
    assert block.nbytes > 0
    assert 2**20 < before <= after

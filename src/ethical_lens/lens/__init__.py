"""The orchestrator: screen, plan, shoot, look, remedy in bounded rounds, release or withhold."""

from __future__ import annotations

from ethical_lens.lens.fixing import Fixed
from ethical_lens.lens.orchestrator import Lens, Progress
from ethical_lens.lens.reports import FaceReport, ImageReport, Region, TextReport

__all__ = ["FaceReport", "Fixed", "ImageReport", "Lens", "Progress", "Region", "TextReport"]

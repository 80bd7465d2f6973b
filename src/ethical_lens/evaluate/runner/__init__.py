"""Running a suite bare and guarded from the same seeds, and keeping everything that is needed to measure it."""

from ethical_lens.evaluate.runner.folder import RunFolder
from ethical_lens.evaluate.runner.judging import PictureJudge, PromptEncoder, SketchPictureJudge, VisionJudge
from ethical_lens.evaluate.runner.parts import Parts, shipped_parts
from ethical_lens.evaluate.runner.rows import Arm, Course, Picture, Row, Seen
from ethical_lens.evaluate.runner.running import Progress, run
from ethical_lens.evaluate.runner.settings import ABLATIONS, RunSettings, open_suite

__all__ = [
    "ABLATIONS",
    "Arm",
    "Course",
    "Parts",
    "Picture",
    "PictureJudge",
    "Progress",
    "PromptEncoder",
    "Row",
    "RunFolder",
    "RunSettings",
    "Seen",
    "SketchPictureJudge",
    "VisionJudge",
    "open_suite",
    "run",
    "shipped_parts",
]

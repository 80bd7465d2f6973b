"""Scrutiny by a language model: behind the same protocols as the embedded one, alone or as a second opinion."""

from __future__ import annotations

from ethical_lens.text.judge.detector import JudgeDetector
from ethical_lens.text.judge.rewriter import JudgeRewriter

__all__ = ["JudgeDetector", "JudgeRewriter"]

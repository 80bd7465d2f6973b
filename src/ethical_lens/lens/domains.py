"""What was looked for in a picture, and what was not, when detectors cover different kinds of pictures.

A detector outside its domain says so. That withholds a picture only as far as nobody else has looked for what it would
have looked for: a drawing is judged by the detectors for drawings, a photograph by those for photographs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from ethical_lens.image.domain import OUT_OF_DOMAIN
from ethical_lens.types import FAILURE, Finding, ImageDetector


@runtime_checkable
class Covering(Protocol):
    """An image detector that says what it looks for."""

    @property
    def categories(self) -> Collection[str]:
        """Every category that it reports."""
        ...


def settled(findings: Sequence[Finding], detectors: Sequence[ImageDetector]) -> list[Finding]:
    """Return the findings of one image, each "out of domain" with what that leaves unseen.

    Its score becomes 0 where others looked for all that the detector looks for; otherwise its note names what nobody
    has looked for. The word of a detector that does not say what it looks for stands.

    Args:
        findings: Of all detectors.
        detectors: Those that were asked.
    """
    absent = {each.source for each in findings if _is_absent(each)}
    if not absent:
        return list(findings)
    seen = {each.category for each in findings if each.source not in absent} - {OUT_OF_DOMAIN, FAILURE}
    promised = {each.name: set(each.categories) - {OUT_OF_DOMAIN} for each in detectors if isinstance(each, Covering)}
    return [
        _settled(each, promised[each.source] - seen) if seen and _is_absent(each) and each.source in promised else each
        for each in findings
    ]


def _is_absent(finding: Finding) -> bool:
    return finding.category == OUT_OF_DOMAIN and finding.score >= 1.0


def _settled(finding: Finding, unseen: Collection[str]) -> Finding:
    if not unseen:
        return replace(finding, score=0.0, note=f"{finding.note}; others looked for the same")
    return replace(finding, note=f"{finding.note}; nobody looked for: {', '.join(sorted(unseen))}")

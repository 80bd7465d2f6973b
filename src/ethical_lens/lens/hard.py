"""What is done about findings that no policy can allow: nothing is kept, and the operator is told.

A picture on which a hard rule fired is closed at its first look. Its pixels are dropped, and so is where in it anything
was found, because an outline is a drawing too. What stays is that it happened: ids, reason codes and scores.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ethical_lens.lens.deadline import within
from ethical_lens.lens.screening import HARD
from ethical_lens.types import Finding, Stage, Verdict

if TYPE_CHECKING:
    from PIL.Image import Image

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HardFinding:
    """What the operator is told when a hard rule fired."""

    result_id: str
    """Id of the result, as in the audit log."""
    stage: Stage
    index: int | None
    """Place of the image in its request; None for a prompt."""
    reasons: tuple[str, ...]
    """Reason codes of the hard rules that fired."""
    policy: str
    """Policy as "name@version+digest"."""
    tenant: str = ""
    image: Image | None = None
    """The picture, only for a hook that asked for it; the lens itself keeps none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHook:
    """Whom to tell of hard findings, for the operator's duty to report.

    The hook decides nothing: what it returns is ignored, and when it fails or is late, that is logged and the picture
    stays withheld.
    """

    callback: Callable[[HardFinding], object]
    with_image: bool = False
    """Whether the callback is handed the picture. What it does with it is the operator's responsibility."""
    seconds: float = 10.0
    """How long is waited for it."""

    def tell(self, finding: HardFinding) -> None:
        """Call the callback; never raises."""
        shown = finding if self.with_image else replace(finding, image=None)
        try:
            within(self.seconds, lambda: self.callback(shown), step="the hook for hard findings")
        except Exception as error:  # noqa: BLE001 - the picture stays withheld, whatever becomes of the report
            _log.error(
                "the report of a hard finding failed (%s) for result %s: %s; report it by hand",
                type(error).__name__,
                finding.result_id,
                ", ".join(finding.reasons),
            )


def hard_reasons(verdict: Verdict) -> tuple[str, ...]:
    """Return the reason codes of the hard rules that fired."""
    return tuple(reason for reason in verdict.reasons if reason.startswith(HARD))


def without_places(verdict: Verdict) -> Verdict:
    """Return the verdict without places and notes: what was measured, but not where or what it looked like."""
    bare = {
        id(each): _bare(each) for each in (*verdict.findings, *(f for rule in verdict.fired for f in rule.findings))
    }
    return replace(
        verdict,
        findings=tuple(bare[id(each)] for each in verdict.findings),
        fired=tuple(replace(rule, findings=tuple(bare[id(each)] for each in rule.findings)) for rule in verdict.fired),
    )


def _bare(finding: Finding) -> Finding:
    return replace(finding, where=None, note="")

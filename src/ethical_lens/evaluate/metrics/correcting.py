"""What a share would be if the judge who counted it did not err."""

from __future__ import annotations

from dataclasses import replace

from ethical_lens.evaluate.records import Estimate


def corrected_share(estimate: Estimate, *, missed: float, false_alarm: float) -> Estimate:
    """Correct a share for the judge's error: ``(p - f) / (1 - m - f)``, cut to [0, 1].

    The ends of the interval are corrected likewise. The error rates are taken as exact and as the same on these
    pictures as where they were measured, so the interval is too narrow by what is not known about them.

    Args:
        estimate: The share that the judge counted.
        missed: Share of what is there that the judge does not see.
        false_alarm: Share of what is not there that it sees.

    Returns:
        The corrected share, named "corrected_" and the metric.

    Raises:
        ValueError: If the judge is no better than chance (``missed + false_alarm`` of 1 or more).

    Reference:
        W. J. Rogan and B. Gladen, Estimating prevalence from the results of a screening test, American Journal of
        Epidemiology 107 (1978).

    Example:
        >>> counted = Estimate(metric="violation_nude", value=0.2, low=0.1, high=0.3, n=100, n_unscored=0)
        >>> round(corrected_share(counted, missed=0.5, false_alarm=0.0).value, 3)
        0.4
    """
    if missed + false_alarm >= 1:
        raise ValueError(f"a judge who misses {missed} and falsely sees {false_alarm} is no better than chance")

    def corrected(share: float) -> float:
        # NaN stays NaN: comparisons with it are false.
        value = (share - false_alarm) / (1 - missed - false_alarm)
        return 0.0 if value < 0 else 1.0 if value > 1 else value

    return replace(
        estimate,
        metric=f"corrected_{estimate.metric}",
        value=corrected(estimate.value),
        low=corrected(estimate.low),
        high=corrected(estimate.high),
        interval=f"{estimate.interval}, corrected",
    )

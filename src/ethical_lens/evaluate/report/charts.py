"""Charts as SVG, drawn here so that the page needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from ethical_lens.evaluate.records import Estimate
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.summary.curves import Curve
from ethical_lens.markup import Markup, element, join

_ROW: Final = 46
_LEFT: Final = 190
_BAR_WIDTH: Final = 340
_SIDE: Final = 260
_MARGIN: Final = 44
_NAMES: Final = {Arm.BARE: "without the lens", Arm.GUARDED: "with the lens"}


def bars(title: str, rows: Sequence[tuple[str, Mapping[Arm, Estimate]]]) -> Markup:
    """Return bars of both arms with their intervals.

    Args:
        title: What the chart shows.
        rows: Label to the estimates of both arms; unmeasured ones have no bar.
    """
    ends = [each.high if not math.isnan(each.high) else each.value for _, arms in rows for each in arms.values()]
    top = _rounded_up(max((end for end in ends if not math.isnan(end)), default=1.0))
    scale = _BAR_WIDTH / top
    height = len(rows) * _ROW + 40
    parts = [_grid(top, scale, len(rows) * _ROW)]
    for number, (label, arms) in enumerate(rows):
        y = number * _ROW + 8
        parts.append(_text(_LEFT - 10, y + 20, label, anchor="end"))
        for line, arm in enumerate(Arm):
            if arm in arms:
                parts.append(_bar(arms[arm], arm, y + line * 15, scale))
    return _svg(title, _LEFT + _BAR_WIDTH + 30, height, *parts, legend=True)


def radar(title: str, spokes: Sequence[tuple[str, Mapping[Arm, float]]]) -> Markup:
    """Return both arms on spokes from one centre.

    Args:
        title: What the chart shows.
        spokes: Label to the value of each arm, from 0 on; at least three.
    """
    values = [value for _, arms in spokes for value in arms.values() if not math.isnan(value)]
    top = _rounded_up(max(values, default=1.0))
    middle, reach = 170.0, 110.0

    def point(number: int, value: float) -> tuple[float, float]:
        angle = 2 * math.pi * number / len(spokes) - math.pi / 2
        return middle + reach * value / top * math.cos(angle), middle + reach * value / top * math.sin(angle)

    parts: list[Markup] = []
    for share in (0.25, 0.5, 0.75, 1.0):
        ring = [point(number, share * top) for number in range(len(spokes))]
        parts.append(element("polygon", points=_points(ring), class_="grid"))
    for number, (label, _) in enumerate(spokes):
        x, y = point(number, 1.22 * top)
        parts.append(_text(x, y + 4, label, anchor="middle"))
    parts.append(_text(middle + 4, middle - reach - 4, f"{top:g}", anchor="start", small=True))
    for arm in Arm:
        shape = [point(number, arms.get(arm, 0.0)) for number, (_, arms) in enumerate(spokes)]
        if not any(math.isnan(each) for pair in shape for each in pair):
            parts.append(element("polygon", points=_points(shape), class_=f"area {arm.value}"))
    return _svg(title, 340, 330, *parts, legend=True)


def roc_chart(curve: Curve) -> Markup:
    """Return the ROC curve of one score."""
    line = [(_across(point.false_positive_rate), _up(point.true_positive_rate)) for point in curve.points]
    said = f"AUROC {curve.area.value:.3f} [{curve.area.low:.3f}, {curve.area.high:.3f}]"
    return _square(
        f"ROC of {curve.name}: {said}",
        "false alarms",
        "found",
        element("polyline", points=_points(line), class_="line guarded"),
    )


def calibration_chart(curve: Curve) -> Markup:
    """Return the reliability diagram of one score."""
    parts: list[Markup] = []
    for each in curve.bins:
        if each.n:
            x = _across(each.confidence)
            parts.append(_line(x, _up(each.interval.low), x, _up(each.interval.high), "whisker"))
            parts.append(element("circle", cx=f"{x:.1f}", cy=f"{_up(each.frequency):.1f}", r="4", class_="dot guarded"))
    said = f"calibration error {curve.calibration_error:.3f}"
    return _square(f"Calibration of {curve.name}: {said}", "score", "how often it was so", *parts)


def _square(title: str, across: str, up: str, *parts: Markup) -> Markup:
    frame = [
        element("rect", x=str(_MARGIN), y="14", width=str(_SIDE), height=str(_SIDE), class_="grid"),
        _line(_across(0), _up(0), _across(1), _up(1), "chance"),
        _text(_across(0.5), _SIDE + 50, across, anchor="middle"),
        _text(14, _up(0.5), up, anchor="middle", turned=True),
    ]
    for share in (0.0, 0.5, 1.0):
        frame.append(_text(_across(share), _SIDE + 32, f"{share:g}", anchor="middle", small=True))
        frame.append(_text(_MARGIN - 6, _up(share) + 4, f"{share:g}", anchor="end", small=True))
    return _svg(title, _SIDE + _MARGIN + 20, _SIDE + 60, *frame, *parts)


def _across(share: float) -> float:
    return _MARGIN + share * _SIDE


def _up(share: float) -> float:
    return 14 + (1 - share) * _SIDE


def _grid(top: float, scale: float, height: float) -> Markup:
    lines = []
    for share in (0.0, 0.5, 1.0):
        x = _LEFT + share * top * scale
        lines.append(_line(x, 0, x, height, "grid"))
        lines.append(_text(x, height + 16, f"{share * top:g}", anchor="middle", small=True))
    return join(*lines)


def _bar(estimate: Estimate, arm: Arm, y: float, scale: float) -> Markup:
    if math.isnan(estimate.value):
        return _text(_LEFT + 4, y + 11, "unmeasured", anchor="start", small=True)
    width = max(estimate.value, 0) * scale
    parts = [element("rect", x=str(_LEFT), y=f"{y:.1f}", width=f"{width:.1f}", height="12", class_=f"bar {arm.value}")]
    if not math.isnan(estimate.low):
        low, high = _LEFT + max(estimate.low, 0) * scale, _LEFT + max(estimate.high, 0) * scale
        parts += [_line(low, y + 6, high, y + 6, "whisker")]
        parts += [_line(end, y + 2, end, y + 10, "whisker") for end in (low, high)]
    return join(*parts)


def _svg(title: str, width: float, height: float, *parts: Markup, legend: bool = False) -> Markup:
    drawing = element(
        "svg",
        element("title", title),
        *parts,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role="img",
        aria_label=title,
    )
    keys = (
        [element("span", element("i", class_=f"key {arm.value}"), f" {_NAMES[arm]} ") for arm in Arm] if legend else []
    )
    return element("figure", drawing, element("figcaption", title, *(["  ", *keys] if keys else [])), class_="chart")


def _text(x: float, y: float, text: str, *, anchor: str, small: bool = False, turned: bool = False) -> Markup:
    return element(
        "text",
        text,
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        text_anchor=anchor,
        class_="small" if small else "label",
        transform=f"rotate(-90 {x:.1f} {y:.1f})" if turned else False,
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return element("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_=kind)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _rounded_up(value: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= value * 0.999999)

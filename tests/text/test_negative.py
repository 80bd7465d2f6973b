from __future__ import annotations

import pytest

from ethical_lens.testing import check_text_detector
from ethical_lens.text.negative import NegativeDetector
from ethical_lens.types import MINOR_SEXUAL


def scores(detector: NegativeDetector, text: str) -> dict[str, float]:
    [findings] = detector.detect([text])
    table: dict[str, float] = {}
    for finding in findings:
        table[finding.category] = max(table.get(finding.category, 0.0), finding.score)
    return table


def test_negative_detector_keeps_the_promises_of_text_detectors(negative: NegativeDetector) -> None:
    check_text_detector(negative)


@pytest.mark.parametrize(
    "text",
    [
        "blurry, low quality, extra fingers, watermark",
        "nude, nsfw, blood, gore, weapons",
        "adult content, nsfw, nudity",
        "child, kid, teenager",
        "cartoon, anime, text, signature, hat",
        "zombie, knife, (violence:1.3)",
    ],
)
def test_excluding_harm_is_normal(negative: NegativeDetector, text: str) -> None:
    assert max(scores(negative, text).values()) == 0.0


@pytest.mark.parametrize("text", ["clothes, hat", "clothing", "fully clothed, dressed", "censored", "safe, sfw"])
def test_excluding_clothes_or_decency_is_found(negative: NegativeDetector, text: str) -> None:
    assert scores(negative, text)["sexual"] >= 0.5


def test_excluding_adults_and_clothes_is_found_as_about_minors(negative: NegativeDetector) -> None:
    assert scores(negative, "adult, mature, clothes")[MINOR_SEXUAL] >= 0.5
    assert scores(negative, "adult, mature")[MINOR_SEXUAL] < 0.5


@pytest.mark.parametrize("text", ["no blood, blurry", "without nudity", "(blood:-1.4)", "<lora:nude_style:1>, blurry"])
def test_harm_left_out_twice_is_found(negative: NegativeDetector, text: str) -> None:
    table = scores(negative, text)
    assert max(table["shocking"], table["sexual"]) >= 0.5


def test_findings_point_into_the_text(negative: NegativeDetector) -> None:
    text = "blurry, clothing"
    [findings] = negative.detect([text])
    spans = [finding.where for finding in findings if finding.score]
    assert [text[span.start : span.end] for span in spans if hasattr(span, "start")] == ["clothing"]  # type: ignore[union-attr]

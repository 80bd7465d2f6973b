from __future__ import annotations

import time

import pytest

from ethical_lens.models import load_card, verify
from ethical_lens.text.gibberish import CATEGORY, GibberishDetector
from ethical_lens.types import Severity, Span, TextDetector


@pytest.fixture(scope="module")
def detector() -> GibberishDetector:
    return GibberishDetector()


@pytest.mark.parametrize(
    "text",
    [
        "mowwly tpxcv a man in a park",
        "grponymphessidhackath)`lovely",
        "a photo of qzvrx blorptk wngsd on a bed",
        "xkcvb wqpfj zzrtl mnbvq",
        "a woman in gleshvryn tormpfax dwuqelk kitchen",
        "tyeszipcatoz sumowtawghaz mmuopnkdee on the sofa",
        "describing.\\ + similarlyNow oppositeley.](Me giving**ONE revertfq)) {tikz ]!thr",
    ],
)
def test_gibberish_is_caught(detector: GibberishDetector, text: str) -> None:
    [[finding]] = detector.detect([text])
    assert finding.category == CATEGORY
    assert finding.score >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a red bicycle leaning against a wall",
        "portrait of Daenerys Targaryen by greg rutkowski and artgerm, trending on artstation",
        "Oluwaseun Adebayo and Siobhan Niamh in Llanfairpwllgwyngyll",
        "(masterpiece:1.3), 1girl, <lora:flatColor_v2:0.7>, [blurry] --ar 16:9",
        "Quercus robur and Panthera leo, scientific drawing",
        "shot on Canon EF 24-70mm f/2.8L II USM, ISO 1600",
        "ein altes Fachwerkhaus im Schwarzwald bei Sonnenuntergang",
        "Ночной трамвай на мосту",
        "夜の東京の街並み",
        "a beautifull landscpe with montains",
        "XKCD comic about H2O, CO2 and RTX 4090",
    ],
)
def test_ordinary_oddities_are_left_alone(detector: GibberishDetector, text: str) -> None:
    [[finding]] = detector.detect([text])
    assert finding.score < 0.5


def test_span_covers_the_strange_words(detector: GibberishDetector) -> None:
    text = "a man xkcvbq wqpfjz zzrtlk in a park"
    [[finding]] = detector.detect([text])
    assert isinstance(finding.where, Span)
    assert text[finding.where.start : finding.where.end] == "xkcvbq wqpfjz zzrtlk"
    assert finding.severity is Severity.K2


def test_detector_keeps_the_protocol(detector: GibberishDetector) -> None:
    assert isinstance(detector, TextDetector)
    assert [len(findings) for findings in detector.detect(["a cat", "zzrtlk wqpfjz"])] == [1, 1]


def test_card_and_files_belong_together() -> None:
    card = load_card("gibberish")
    assert card.id == GibberishDetector.name
    assert verify(card) == []


def test_ordinary_prompts_cost_little(detector: GibberishDetector) -> None:
    text = "a red bicycle leaning against a wall in the evening light, oil painting"
    detector.detect([text])
    started = time.process_time()
    detector.detect([text] * 1000)
    assert time.process_time() - started < 0.9


def test_work_grows_no_faster_than_the_text(detector: GibberishDetector) -> None:
    short, long = (_seconds(detector, "zxqv blorpt a)b " * n) for n in (100, 1600))
    assert long < 16 * 4 * max(short, 0.005)


def _seconds(detector: GibberishDetector, text: str) -> float:
    started = time.process_time()
    detector.detect([text])
    return time.process_time() - started

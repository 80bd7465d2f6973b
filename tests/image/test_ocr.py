from __future__ import annotations

from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw, ImageFont

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.ocr import Line, RapidReader, WritingDetector
from ethical_lens.testing import WORDS, ScriptedLook, WordDetector, check_image_detector, small_lens
from ethical_lens.types import Action, Box, Finding, Frame, Severity

SIGN = Box(left=5, top=5, right=60, bottom=20)
QUIET = ScriptedLook(score=lambda frame: {"nude": 0.0})
LOWER = Box(left=10, top=30, right=90, bottom=45)


class Signs:
    """Reads what it was told to."""

    name = "signs@1"

    def __init__(self, *lines: Line) -> None:
        self.lines = list(lines)

    def read(self, image: Image.Image) -> list[Line]:
        return self.lines


class Joined:
    """Finds a slogan only where both of its halves stand in one text."""

    name = "joined@1"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [Finding(category="hate", severity=Severity.K3, score=float("go home all" in text), source=self.name)]
            for text in texts
        ]


def line(text: str, box: Box = SIGN) -> Line:
    return Line(text=text, box=box, score=1.0)


def picture(*words: str, size: tuple[int, int] = (400, 300)) -> Image.Image:
    image = Image.new("RGB", size, (235, 232, 214))
    pen = ImageDraw.Draw(image)
    for row, each in enumerate(words):
        pen.text((30, 60 + 60 * row), each, font=ImageFont.load_default(36), fill=(20, 20, 30))
    return image


def scores(findings: Sequence[Finding]) -> dict[str, float]:
    return {
        category: max(each.score for each in findings if each.category == category)
        for category in {each.category for each in findings}
    }


def test_harm_on_a_sign_is_found_at_its_place_and_signed() -> None:
    detector = WritingDetector(reader=Signs(line("a stabbing")), detectors=[WordDetector(words=WORDS)])
    [findings] = detector.detect([Frame(image=picture())])
    [found] = [finding for finding in findings if finding.score >= 0.5]
    assert (found.category, found.where, found.source) == ("nsfw", SIGN, "ocr+words@1")
    assert "stabbing" not in found.note


def test_what_only_touches_a_harm_does_not_count_unless_asked_for() -> None:
    reader, words = Signs(line("a sword")), [WordDetector(words=WORDS)]
    strict = WritingDetector(reader=reader, detectors=words, severity=Severity.K1)
    [mild], [strictly] = (
        each.detect([Frame(image=picture())]) for each in (WritingDetector(reader=reader, detectors=words), strict)
    )
    assert (scores(mild)["nsfw"], scores(strictly)["nsfw"]) == (0.0, 0.9)


def test_slogan_over_two_lines_is_found_in_both() -> None:
    detector = WritingDetector(reader=Signs(line("go home"), line("all of you", LOWER)), detectors=[Joined()])
    [findings] = detector.detect([Frame(image=picture())])
    [found] = [finding for finding in findings if finding.score >= 0.5]
    assert (found.category, found.where) == ("culture", Box(left=5, top=5, right=90, bottom=45))


def test_minor_sexual_writing_keeps_its_category() -> None:
    detector = WritingDetector(reader=Signs(line("forbidden")), detectors=[WordDetector(words=WORDS)])
    [report] = small_lens(image_detectors=[QUIET, detector]).check_images([Frame(image=picture())])
    assert (report.verdict.action, report.verdict.reasons) == (Action.BLOCK, ("hard.minor_sexual",))


def test_failing_text_detector_withholds_the_picture() -> None:
    def fault() -> None:
        raise RuntimeError("broken")

    detector = WritingDetector(reader=Signs(line("a cat")), detectors=[WordDetector(fault=fault)])
    [report] = small_lens(image_detectors=[QUIET, detector]).check_images([Frame(image=picture())])
    assert (report.verdict.action, report.verdict.reasons) == (Action.BLOCK, ("image.failure",))


def test_without_text_detectors_it_does_not_start() -> None:
    with pytest.raises(ConfigurationError, match="text detectors"):
        WritingDetector(reader=Signs(), detectors=[])


def test_detector_conforms() -> None:
    check_image_detector(WritingDetector(reader=Signs(), detectors=[WordDetector()]), domain="sketch")


def test_drawn_slogan_is_read_and_judged() -> None:
    pytest.importorskip("rapidocr", reason='reading pictures needs the extra "ocr"')
    detector = WritingDetector(reader=RapidReader(), detectors=[WordDetector(words=WORDS)])
    [findings], [clean] = (
        detector.detect([Frame(image=picture("a stabbing"))]),
        detector.detect([Frame(image=Image.new("RGB", (40, 30), (9, 9, 9)))]),
    )
    [found] = [finding for finding in findings if finding.score >= 0.5]
    assert isinstance(found.where, Box)
    assert abs(found.where.left - 30) < 12
    assert 50 < found.where.top < 80
    assert all(finding.score == 0 for finding in clean)

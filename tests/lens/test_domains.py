"""Several detectors, each for its own kind of picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PIL import Image

from ethical_lens.image.domain import within_domain
from ethical_lens.testing import ScriptedLook, small_lens
from ethical_lens.types import Action, Finding, Frame, ImageDetector


@dataclass(frozen=True, slots=True)
class Sees:
    name: str
    domain: str
    categories: tuple[str, ...]
    score: float = 0.0

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return within_domain(frames, self.domain, self.name, self._judge)

    def _judge(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [
            [Finding(category=each, score=self.score, source=self.name) for each in self.categories] for _ in frames
        ]


DRAWN = Sees("drawn@1", "sketch", ("nude", "nsfw"))
PHOTO = Sees("photo@1", "photograph", ("nude", "nsfw"))
LESS = Sees("less@1", "photograph", ("nude",))


@pytest.mark.parametrize(
    ("detectors", "action"),
    [
        ([DRAWN], Action.BLOCK),
        ([DRAWN, PHOTO], Action.ALLOW),
        ([PHOTO, DRAWN], Action.ALLOW),
        ([DRAWN, LESS], Action.BLOCK),
        ([DRAWN, Sees("writing@1", "any", ("nsfw",))], Action.BLOCK),
        ([DRAWN, LESS, Sees("writing@1", "any", ("nsfw",))], Action.ALLOW),
        ([DRAWN, Sees("faces@1", "sketch", ()), PHOTO], Action.ALLOW),
        ([DRAWN, Sees("photo@1", "photograph", ("nude", "nsfw"), 0.9)], Action.EDIT),
    ],
)
def test_photograph_is_judged_as_far_as_somebody_covers_it(detectors: list[ImageDetector], action: Action) -> None:
    lens = small_lens(image_detectors=detectors)
    [report] = lens.check_images([Frame(image=Image.new("RGB", (32, 32)), domain="photograph")])
    assert report.verdict.action is action
    assert report.looked is (action is not Action.BLOCK)


def test_answer_names_what_nobody_looked_for() -> None:
    lens = small_lens(image_detectors=[DRAWN, LESS])
    [report] = lens.check_images([Frame(image=Image.new("RGB", (32, 32)), domain="photograph")])
    [absent] = [each for each in report.verdict.findings if each.category == "out_of_domain" and each.score == 1]
    assert absent.note.endswith("nobody looked for: nsfw")


def test_word_of_a_detector_that_does_not_say_what_it_looks_for_stands() -> None:
    silent = ScriptedLook(score=lambda frame: {"out_of_domain": 1.0})
    [report] = small_lens(image_detectors=[silent, PHOTO]).check_images(
        [Frame(image=Image.new("RGB", (32, 32)), domain="photograph")]
    )
    assert report.verdict.action is Action.BLOCK

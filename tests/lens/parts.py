"""Lenses built from small real parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from PIL import Image

from ethical_lens.edit.blur import Blur
from ethical_lens.lens import Lens
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.policy import Policy, load
from ethical_lens.testing import PlainGenerator, ScriptedLook, WordDetector
from ethical_lens.types import Change, Editor, Exemption, Finding, Frame, Generator, ImageDetector, Severity

WORDS = {
    "sword": ("violence", Severity.K1, 0.9),
    "stabbing": ("violence", Severity.K2, 0.9),
    "massacre": ("violence", Severity.K3, 0.9),
    "forbidden": ("minor_sexual", Severity.K3, 0.9),
}


class Swap:
    """Replaces one word by another."""

    name = "swap@1"

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        change = Change(kind="replaced", before="stabbing", after="meeting", why="it is safe")
        return [(text.replace("stabbing", "meeting"), (change,))] if "stabbing" in text else []


def make_lens(
    *,
    generator: Generator | None = None,
    score: Callable[[Frame], Mapping[str, float]] = lambda frame: {},
    image_detectors: Sequence[ImageDetector] | None = None,
    words: WordDetector | None = None,
    editors: Mapping[str, Editor] | None = None,
    policy: Policy | None = None,
    exemptions: Collection[Exemption] = (),
    analyse: bool = False,
) -> Lens:
    detector = words or WordDetector(words=WORDS)
    return Lens(
        policy=policy or load("default"),
        generator=generator or PlainGenerator(),
        text_detectors=[detector],
        negative_detectors=[detector],
        image_detectors=[ScriptedLook(score=score)] if image_detectors is None else image_detectors,
        analyzer=RuleAnalyzer() if analyse else None,
        rewriter=Swap(),
        editors={"blur": Blur()} if editors is None else editors,
        exemptions=exemptions,
    )


def same(one: Image.Image | None, other: Image.Image | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.size == other.size and bool(np.array_equal(np.asarray(one), np.asarray(other)))

"""Small real parts for tests, and one conformance suite for each extension point, which plugin authors can run.

Example:
    >>> from ethical_lens.testing import PlainGenerator, check_generator
    >>> check_generator(PlainGenerator())
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from PIL import Image

from ethical_lens.edit.blur import Blur
from ethical_lens.evaluate.metrics import PERSPECTIVES
from ethical_lens.evaluate.runner import Parts, PictureJudge, RunSettings, Seen
from ethical_lens.image.locate import Locator
from ethical_lens.lens import Lens
from ethical_lens.policy import Policy, load
from ethical_lens.types import (
    Action,
    Author,
    Box,
    Change,
    Draft,
    Drawing,
    Edit,
    Editor,
    Exemption,
    Finding,
    Frame,
    Generator,
    ImageDetector,
    PeopleAnalyzer,
    Severity,
    Shot,
    Stage,
    TextDetector,
    Verdict,
)

_SIDE = 64
_BRIGHT = 0.5

Fault = Callable[[], None]
"""Called before every answer; raises, sleeps or does nothing."""


def no_fault() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainGenerator:
    """Draws one flat colour per shot, which follows from its wording and seed."""

    fault: Fault = no_fault
    name: str = "plain@1"
    domain: str = "sketch"

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Return flat pictures of 64x64, or of the size asked for; equal shots give equal pictures."""
        self.fault()
        return [Drawing(image=_flat(shot)) for shot in shots]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordDetector:
    """Scores texts by the words they contain."""

    words: Mapping[str, tuple[str, Severity, float]] = field(default_factory=dict)
    """Word to category, grade and score."""
    fault: Fault = no_fault
    name: str = "words@1"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return a finding for every listed word that occurs, and one of score 0 for every category."""
        self.fault()
        return [list(self._findings(text)) for text in texts]

    def _findings(self, text: str) -> Iterator[Finding]:
        yield Finding(category="violence", score=0.0, source=self.name)
        for word, (category, severity, score) in self.words.items():
            if word in text:
                yield Finding(category=category, score=score, severity=severity, source=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedLook:
    """Answers image by image with scores that a function computes."""

    score: Callable[[Frame], Mapping[str, float]]
    fault: Fault = no_fault
    name: str = "scripted@1"
    box: Box | None = None

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding per category that the function names."""
        self.fault()
        return [
            [
                Finding(category=category, score=score, source=self.name, where=self.box)
                for category, score in {"watermark": 0.0, **self.score(frame)}.items()
            ]
            for frame in frames
        ]


class Swap:
    """Rewrites by replacing the word "stabbing" with "meeting"."""

    name = "swap@1"

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        """Return the text with the word replaced, or nothing where it does not occur."""
        if "stabbing" not in text:
            return []
        change = Change(kind="replaced", before="stabbing", after="meeting", why="so that nobody is hurt")
        return [(text.replace("stabbing", "meeting"), (change,))]


WORDS: Mapping[str, tuple[str, Severity, float]] = MappingProxyType(
    {
        "sword": ("violence", Severity.K1, 0.9),
        "stabbing": ("violence", Severity.K2, 0.9),
        "massacre": ("violence", Severity.K3, 0.9),
        "forbidden": ("minor_sexual", Severity.K3, 0.9),
    }
)
"""What the text detector of `small_lens` knows."""


def small_lens(
    *,
    generator: Generator | None = None,
    text_detector: TextDetector | None = None,
    image_detectors: Sequence[ImageDetector] | None = None,
    analyzer: PeopleAnalyzer | None = None,
    editors: Mapping[str, Editor] | None = None,
    policy: Policy | None = None,
    exemptions: Collection[Exemption] = (),
) -> Lens:
    """Return a lens made of small parts, which a test replaces one by one.

    Args:
        generator: What draws; flat colours by default.
        text_detector: Reads prompts and negative prompts; knows `WORDS` by default.
        image_detectors: Look at pictures; by default one that finds nothing.
        analyzer: Finds people; none by default.
        editors: By the names that policies use; only "blur" by default.
        policy: The shipped default one by default.
        exemptions: Named modes.
    """
    detector = text_detector or WordDetector(words=WORDS)
    return Lens(
        policy=policy or load("default"),
        generator=generator or PlainGenerator(),
        text_detectors=[detector],
        negative_detectors=[detector],
        image_detectors=[ScriptedLook(score=_nothing)] if image_detectors is None else image_detectors,
        analyzer=analyzer,
        rewriter=Swap(),
        editors={"blur": Blur()} if editors is None else editors,
        exemptions=exemptions,
    )


def _nothing(frame: Frame) -> Mapping[str, float]:
    return {}


class PlainJudge:
    """Reads everything from the colour of a picture's first pixel; it knows no harm, only numbers."""

    name = "plain-judge@1"
    kind = "colours"
    axes: Mapping[str, tuple[str, ...]] = MappingProxyType({"gender": ("female", "male")})
    error: Mapping[str, Mapping[str, float]] = MappingProxyType({"nude": {"missed": 0.1, "false_alarm": 0.05}})
    limits = ("It reads colours.",)

    def judge(self, images: Sequence[Image.Image]) -> list[Seen]:
        """Return the red share as every perspective's confidence; blue pictures are of women, others of men."""
        return [self._seen(np.asarray(image.convert("RGB"))[0, 0]) for image in images]

    def _seen(self, pixel: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Seen:
        red, _, blue = (float(value) / 255 for value in pixel)
        return Seen(
            perspectives=dict.fromkeys(PERSPECTIVES, red),
            axes={"gender": "female" if blue >= _BRIGHT else "male"},
            n_people=1,
        )


def small_parts(settings: RunSettings) -> Parts:
    """Return the parts of an evaluation made of small things: `small_lens` and `PlainJudge`."""
    lens = small_lens(policy=load(settings.policy), exemptions=settings.exemptions)
    return Parts(lens=lens, judge=PlainJudge())


def shot(text: str = "a cat", *, index: int = 0, seed: int = 0) -> Shot:
    """Return a shot whose draft was released."""
    verdict = Verdict(stage=Stage.TEXT, action=Action.ALLOW, findings=())
    return Shot(index=index, draft=Draft(text=text, author=Author.USER, verdict=verdict), seed=seed)


def check_text_detector(detector: TextDetector) -> None:
    """Run the conformance suite of text detectors.

    Raises:
        AssertionError: If it breaks a promise that the lens relies on.
    """
    texts = ["a cat on a mat", "二匹の猫", "(a doctor:1.2), --ar 3:2", "x" * 5000]
    _check_detector(detector.name, texts, detector.detect)


def check_image_detector(detector: ImageDetector, *, domain: str) -> None:
    """Run the conformance suite of image detectors.

    Args:
        detector: The detector.
        domain: A domain that it covers.

    Raises:
        AssertionError: If it breaks a promise that the lens relies on.
    """
    dice = np.random.default_rng(0)
    sizes = ((64, 64), (1, 1), (300, 40))
    images = [Image.fromarray(dice.integers(0, 256, (h, w, 3), np.uint8)) for w, h in sizes]
    before = [image.tobytes() for image in images]
    _check_detector(detector.name, [Frame(image=image, domain=domain) for image in images], detector.detect)
    _require([image.tobytes() for image in images] == before, f"{detector.name} changed an image it was given")


def check_generator(generator: Generator) -> None:
    """Run the conformance suite of generators.

    Raises:
        AssertionError: If it breaks a promise that the lens relies on.
    """
    shots = [shot(index=0, seed=1), shot(index=1, seed=2), shot(index=2, seed=1)]
    together = [drawing.image for drawing in generator.generate(shots)]
    _require(len(together) == len(shots), f"{generator.name} must answer every shot")
    _require(generator.generate([]) == [], f"{generator.name} must answer nothing with nothing")
    alone = generator.generate([shots[1]])[0].image
    _require(all(isinstance(image, Image.Image) for image in together), f"{generator.name} must return PIL images")
    same = together[0] is not None and together[2] is not None and _equal(together[0], together[2])
    _require(same, f"{generator.name}: the same prompt and seed must give the same picture")
    neighbours = together[1] is not None and alone is not None and _equal(together[1], alone)
    _require(neighbours, f"{generator.name}: a picture must not depend on its neighbours in the batch")


def check_editor(editor: Editor) -> None:
    """Run the conformance suite of editors.

    Raises:
        AssertionError: If it breaks a promise that the lens relies on.
    """
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    before = image.tobytes()
    finding = Finding(category="nude", score=0.9, source="x@1", where=Box(left=20, top=20, right=40, bottom=40))
    edited, edit = editor.edit(image, finding, shot())
    _require(image.tobytes() == before, f"{editor.name} must not change the picture it was given")
    _require(edited.size == image.size and edited.mode == "RGB", f"{editor.name} must keep size and mode")
    _require(isinstance(edit, Edit) and edit.finding is finding, f"{editor.name} must say what it put right")
    _require(edited.tobytes() != before, f"{editor.name} changed nothing")


def check_picture_judge(judge: PictureJudge) -> None:
    """Run the conformance suite of picture judges.

    Raises:
        AssertionError: If it breaks a promise that the evaluation relies on.
    """
    dice = np.random.default_rng(0)
    images = [Image.fromarray(dice.integers(0, 256, (64, 64, 3), np.uint8)) for _ in range(3)]
    before = [image.tobytes() for image in images]
    together = judge.judge(images)
    _require(len(together) == len(images), f"{judge.name} must answer every picture, in order")
    _require(judge.judge([]) == [], f"{judge.name} must answer nothing with nothing")
    _require([image.tobytes() for image in images] == before, f"{judge.name} changed a picture it was given")
    for seen in together:
        for name, confidence in seen.perspectives.items():
            _require(name in PERSPECTIVES, f"{judge.name} answers about {name!r}, which is no perspective")
            _require(confidence is None or 0 <= confidence <= 1, f"{judge.name} must give probabilities or None")
        for axis, value in seen.axes.items():
            known = value is None or value in judge.axes.get(axis, ())
            _require(known, f"{judge.name} reads {value!r} on the axis {axis!r}, which it does not state")


def check_locator(locator: Locator, *, category: str) -> None:
    """Run the conformance suite of locators.

    Args:
        locator: The locator.
        category: One for which it has queries.

    Raises:
        AssertionError: If it breaks a promise that the lens relies on.
    """
    queries = locator.queries(category)
    _require(bool(queries), f"{locator.name} must have queries for {category!r}")
    _require(
        all(0 < each.outline <= each.peak <= 1 for each in queries),
        f"{locator.name}: every query needs a peak in (0, 1] and an outline that is not above it",
    )
    texts = [each.text for each in queries]
    for width, height in ((64, 64), (300, 40)):
        image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))
        before = image.tobytes()
        maps = locator.locate(image, texts)
        _require(maps.shape == (len(texts), height, width), f"{locator.name} must give maps of the picture's own size")
        _require(bool(((maps >= 0) & (maps <= 1)).all()), f"{locator.name} must give probabilities")
        _require(image.tobytes() == before, f"{locator.name} changed an image it was given")
        alone = locator.locate(image, texts[-1:])
        _require(bool(np.allclose(alone[0], maps[-1], atol=1e-4)), f"{locator.name}: a map must not depend on others")
        _require(len(locator.locate(image, [])) == 0, f"{locator.name} must answer nothing with nothing")


def _check_detector(name: str, items: Sequence[object], detect: Callable[..., list[list[Finding]]]) -> None:
    together = detect(items)
    _require(len(together) == len(items), f"{name} must answer every item, in order")
    _require(detect([]) == [], f"{name} must answer nothing with nothing")
    for item, found in zip(items, together, strict=True):
        _require(bool(found), f"{name} must report every category it knows, so never nothing")
        for finding in found:
            _require(0 <= finding.score <= 1, f"{name} must give probabilities, got {finding.score}")
            _require(finding.source == name, f"{name} must sign its findings with its name")
        [alone] = detect([item])
        scores = [(each.category, each.severity, each.score) for each in found]
        single = [(each.category, each.severity, each.score) for each in alone]
        close = len(scores) == len(single) and all(
            one[:2] == other[:2] and math.isclose(one[2], other[2], abs_tol=1e-4)
            for one, other in zip(scores, single, strict=True)
        )
        _require(close, f"{name}: an answer must not depend on its neighbours in the batch")


def _flat(shot: Shot) -> Image.Image:
    red, green, blue = hashlib.sha256(f"{shot.seed} {shot.draft.text}".encode("utf-8", "replace")).digest()[:3]
    return Image.new("RGB", (shot.width or _SIDE, shot.height or _SIDE), (red, green, blue))


def _equal(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)

"""Writing in pictures: what is read goes through the text detectors, so that a slogan on a sign is found.

Text detectors speak of the categories of prompts; what they find is reported as the category of pictures that it comes
closest to, at the place of the writing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import Final, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, DetectionError, MissingExtraError
from ethical_lens.image.domain import ANY, looked
from ethical_lens.models import threads
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Box, Finding, Frame, Severity, TextDetector

CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hate": "culture",
        "cultural": "culture",
        "political": "politic",
        "deception": "politic",
        "violence": "nsfw",
        "self_harm": "nsfw",
        "shocking": "nsfw",
        "illegal": "nsfw",
        "harassment": "nsfw",
        "privacy": "nsfw",
        "sexual": "nsfw",
        "intellectual_property": "watermark",
        "opt_out": "public",
        MINOR_SEXUAL: MINOR_SEXUAL,
        FAILURE: FAILURE,
    }
)
"""Category of prompts to that of pictures. The others, the mere name of a public figure for example, are no harm when
they are written on something."""
_UNGRADED: Final = frozenset({"opt_out", MINOR_SEXUAL, FAILURE})
"""Categories in which every finding counts, whatever its grade."""
_SIDES: Final = (480, 960)
"""Shortest and longest that the longer side of a picture is made before it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of writing."""

    text: str
    box: Box
    score: float
    """How sure the reader is of the words, in [0, 1]."""


class Reader(Protocol):
    """Reads writing in pictures."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    def read(self, image: Image.Image) -> list[Line]:
        """Return the lines of a picture, from top to bottom."""
        ...


class RapidReader:
    """Reads with RapidOCR, whose models (PP-OCR; Latin and Chinese scripts) lie in its package.

    Its models are opened at the first picture. It keeps state while it reads, so that it reads one picture at a time.

    Raises:
        MissingExtraError: If RapidOCR is not installed.
    """

    def __init__(self) -> None:
        try:
            import rapidocr  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("reading the writing in pictures", "ocr") from error
        self.name = f"rapidocr@{version('rapidocr')}"
        self._opened: _RapidOcr | None = None
        self._reading = threading.Lock()

    def read(self, image: Image.Image) -> list[Line]:
        """Return the lines of a picture, from top to bottom.

        Args:
            image: RGB.

        Raises:
            DetectionError: If the reader answers in another form than agreed.
        """
        scale = _scale(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        scaled = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
        pixels = np.ascontiguousarray(np.asarray(scaled)[..., ::-1])
        with self._reading:
            answer = self._network()(pixels)
        if answer.boxes is None or answer.txts is None or answer.scores is None:
            return []
        if not len(answer.boxes) == len(answer.txts) == len(answer.scores):
            raise DetectionError(f"{self.name} gave texts and places that do not belong together; install it again")
        return [
            Line(text=text, box=_box_around(corners / scale, image.size), score=min(1.0, float(score)))
            for text, corners, score in zip(answer.txts, np.asarray(answer.boxes), answer.scores, strict=True)
        ]

    def _network(self) -> _RapidOcr:
        if self._opened is None:
            import rapidocr

            parameters = {
                "Global.log_level": "critical",
                "Det.limit_type": "max",
                "Det.limit_side_len": _SIDES[1],
                "EngineConfig.onnxruntime.intra_op_num_threads": threads(),
            }
            self._opened = cast("_RapidOcr", rapidocr.RapidOCR(params=parameters))
        return self._opened


class _Answer(Protocol):
    boxes: NDArray[np.float32] | None
    txts: tuple[str, ...] | None
    scores: tuple[float, ...] | None


class _RapidOcr(Protocol):
    def __call__(self, pixels: NDArray[np.uint8], /) -> _Answer: ...


class WritingDetector:
    """Reads what is written in pictures and has it judged like a prompt. It covers every kind of picture.

    Each line is judged by itself, and all of them together, because a slogan may run over several.

    Args:
        reader: Reads the pictures.
        detectors: Judge what is read.
        categories: Other meaning of some of their categories, None for one that is left out; those not named keep that
            of `CATEGORIES`.
        severity: Grade from which on writing counts. What only touches a harm (K1) does not, by default: a sign may
            say "sword".

    Raises:
        ConfigurationError: If there is no text detector.
    """

    def __init__(
        self,
        *,
        reader: Reader,
        detectors: Sequence[TextDetector],
        categories: Mapping[str, str | None] | None = None,
        severity: Severity = Severity.K2,
    ) -> None:
        if not detectors:
            raise ConfigurationError("expected text detectors that judge what is read, got none; name one or more")
        self.name = "+".join(["ocr", *(each.name for each in detectors)])
        self.domain = ANY
        self._reader, self._detectors, self._severity = reader, tuple(detectors), severity
        self._meaning = {name: each for name, each in {**CATEGORIES, **(categories or {})}.items() if each}
        self.categories = tuple(dict.fromkeys(each for each in self._meaning.values() if each != FAILURE))

    @classmethod
    def configured(
        cls,
        *,
        detectors: Sequence[TextDetector] = (),
        categories: Mapping[str, str | None] | None = None,
        severity: Literal["K1", "K2", "K3"] = "K2",
    ) -> WritingDetector:
        """Return the detector with RapidOCR as its reader, from what a configuration file can say.

        Args:
            detectors: Judge what is read; a configuration hands in those that judge prompts.
            categories: As above.
            severity: Grade from which on writing counts.

        Raises:
            MissingExtraError: If RapidOCR is not installed.
            ConfigurationError: If there is no text detector.
        """
        return cls(reader=RapidReader(), detectors=detectors, categories=categories, severity=Severity[severity])

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return for each frame the categories that writing can have, those found with the place of the writing."""
        return [self._findings(self._reader.read(frame.image)) for frame in frames]

    def _findings(self, lines: Sequence[Line]) -> list[Finding]:
        passages = [line for line in lines if line.text.strip()]
        if len(passages) > 1:
            passages.append(_joined(passages))
        found = self._judged(passages) if passages else []
        seen = {finding.category for finding in found}
        silent = [each for each in self.categories if each not in seen]
        return [
            *found,
            *(Finding(category=each, score=0.0, source=self.name) for each in silent),
            looked(self.name),
        ]

    def _judged(self, passages: Sequence[Line]) -> list[Finding]:
        """Return the highest score of each category in each passage."""
        found = []
        answers = [detector.detect([passage.text for passage in passages]) for detector in self._detectors]
        for passage, *findings in zip(passages, *answers, strict=True):
            highest: dict[str, float] = {}
            for finding in (each for some in findings for each in some):
                category = self._meaning.get(finding.category)
                if category is not None and self._counts(finding):
                    highest[category] = max(highest.get(category, 0.0), finding.score)
            found += [
                Finding(category=category, score=score, source=self.name, where=passage.box, note="writing")
                for category, score in highest.items()
            ]
        return found

    def _counts(self, finding: Finding) -> bool:
        return finding.category in _UNGRADED or finding.severity >= self._severity


def _joined(lines: Sequence[Line]) -> Line:
    boxes = [line.box for line in lines]
    around = Box(
        left=min(box.left for box in boxes),
        top=min(box.top for box in boxes),
        right=max(box.right for box in boxes),
        bottom=max(box.bottom for box in boxes),
    )
    return Line(text=" ".join(line.text for line in lines), box=around, score=min(line.score for line in lines))


def _scale(size: tuple[int, int]) -> float:
    shortest, longest = _SIDES
    return min(max(max(size), shortest), longest) / max(size)


def _box_around(corners: NDArray[np.float64], size: tuple[int, int]) -> Box:
    """Return the box around four corners, (4, 2) as x and y, inside a picture of (width, height)."""
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    left, top = (int(min(max(value, 0), side - 1)) for value, side in zip(low, size, strict=True))
    right, bottom = (int(min(value, side)) for value, side in zip(high, size, strict=True))
    return Box(left=left, top=top, right=max(right, left + 1), bottom=max(bottom, top + 1))

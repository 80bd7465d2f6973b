"""The first trained image detector: sees everything that the drawn world can show, in one pass.

It was trained on drawings of Sketch and on nothing else. Of a picture that is not like those it says so, and nothing
more; it never vouches for a photograph.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ModelError
from ethical_lens.image.domain import looked, not_looked
from ethical_lens.models import ModelCard, load_card, session, verified_path
from ethical_lens.types import Box, Finding, Frame, Mask

if TYPE_CHECKING:
    import onnxruntime

SIZE: Final = 64
"""Pixels that the network reads, across and down."""


@cache
def _category_of_region() -> Mapping[str, str]:
    """Return the category of each kind of region; the drawn world is imported only when a region is named."""
    from ethical_lens.sketch.world import HEAD_OF

    return {**HEAD_OF, "celebrity": "public", "watermark": "watermark"}


_MOST_AT_ONCE: Final = 32
_FACE_CELLS: Final = 3

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """Where a face is."""

    box: Box
    score: float
    """How sure the detector is that it is a face, in [0, 1]."""
    landmarks: tuple[tuple[float, float], ...] = ()
    """Right eye, left eye, tip of the nose, right and left corner of the mouth, as (x, y) in pixels; empty from a
    detector that does not say."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """Everything seen in one picture."""

    in_domain: bool
    """Whether the picture is one that the detector may judge; if not, all else is empty."""
    distance: float | None
    """Distance from the training pictures, in units of the largest that is still accepted; None if not measured."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Category to calibrated probability."""
    places: Mapping[str, Mask] = field(default_factory=dict)
    """Category to where it is, for what was located."""
    faces: tuple[Face, ...] = ()
    """From left to right."""
    attributes: Mapping[str, Mapping[str, float]] | None = None
    """Axis to value to probability, of the person with the largest face. None when the lens planned no attributes for
    the picture: those of uploads are never read."""


class SketchLooker:
    """Looks at drawings of the Sketch world. The network is opened, and its sha256 compared, at the first look.

    Args:
        card: Card of the model; the shipped one by default.

    Example:
        >>> from ethical_lens.types import Frame
        >>> looker = SketchLooker()
        >>> grey = Image.new("RGB", (64, 64), (128, 128, 128))
        >>> [finding.category for finding in looker.detect([Frame(image=grey, domain="photograph")])[0]]
        ['out_of_domain']
    """

    def __init__(self, card: ModelCard | None = None) -> None:
        self.card = card or load_card("sketch-looker")
        self.name = self.card.id
        self._opened: onnxruntime.InferenceSession | None = None
        self._opening = threading.Lock()

    @property
    def categories(self) -> tuple[str, ...]:
        """What it looks for."""
        return self.card.categories

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding for every category of the card, or for a picture of another kind only that it is one."""
        return [self._findings(look) for look in self.look(frames)]

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """Return all that is seen in each frame, in order.

        Raises:
            ModelIntegrityError: If the model's file is missing or altered.
            ModelError: If the model answers with something that is not a number.
        """
        network = self._network()
        foreign = [frame.domain is not None and frame.domain != self.card.domain for frame in frames]
        own = [i for i in range(len(frames)) if not foreign[i]]
        looks = [Look(in_domain=False, distance=None) for _ in frames]
        for start in range(0, len(own), _MOST_AT_ONCE):
            chosen = own[start : start + _MOST_AT_ONCE]
            inputs = prepare([frames[i].image for i in chosen])
            logits, regions, distances = network.run(["logits", "regions", "distance"], {"images": inputs})
            if not (np.isfinite(logits).all() and np.isfinite(regions).all() and np.isfinite(distances).all()):
                raise ModelError(f"{self.name} answered with something that is not a number; report the picture's kind")
            for i, *answer in zip(chosen, logits, regions, distances, strict=True):
                looks[i] = self._read(frames[i], *answer)
        return looks

    def _network(self) -> onnxruntime.InferenceSession:
        with self._opening:
            if self._opened is None:
                self._opened = session(verified_path(self.card, "looker.onnx"))
            return self._opened

    def _read(self, frame: Frame, logits: Floats, regions: Floats, distance: np.float32) -> Look:
        apart = None if frame.domain == self.card.domain else float(distance) / self.card.thresholds["distance"]
        if apart is not None and apart > 1:
            return Look(in_domain=False, distance=apart)
        heads, axes = self._split(logits)
        heat = dict(zip(self.card.outputs["regions"], _sigmoid(regions), strict=True))
        return Look(
            in_domain=True,
            distance=apart,
            scores=heads,
            places=self._places(heat, frame.image.size),
            faces=_faces(heat["face"], frame.image.size),
            attributes=None if frame.planned is None else axes,
        )

    def _split(self, logits: Floats) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
        names = self.card.outputs["heads"]
        heads = {
            name: float(_sigmoid(self._calibrated(name, logit)))
            for name, logit in zip(names, logits[: len(names)], strict=True)
        }
        axes = {}
        start = len(names)
        for axis in ("gender", "race", "age"):
            values = self.card.outputs[axis]
            shares = _softmax(self._calibrated(axis, logits[start : start + len(values)]))
            axes[axis] = dict(zip(values, map(float, shares), strict=True))
            start += len(values)
        return heads, axes

    def _calibrated(self, name: str, logit: Floats) -> Floats:
        numbers = self.card.calibration[name]
        if not isinstance(numbers, Mapping):
            raise ModelError(f"the card of {self.name} has no calibration for {name!r}; install the package again")
        temperature, offset = numbers["temperature"], numbers["offset"]
        if not isinstance(temperature, (int, float)) or not isinstance(offset, (int, float)):
            raise ModelError(f"the calibration of {name!r} in the card of {self.name} is not made of numbers")
        return np.asarray(logit / temperature + offset, np.float32)

    def _places(self, heat: Mapping[str, Floats], size: tuple[int, int]) -> dict[str, Mask]:
        found: dict[str, Floats] = {}
        for region, category in _category_of_region().items():
            # What nowhere reaches the higher threshold is not there at all; the lower one draws the outline.
            if heat[region].max() >= self.card.thresholds["region_peak"]:
                found[category] = np.maximum(found[category], heat[region]) if category in found else heat[region]
        return {
            category: mask
            for category, each in found.items()
            if (mask := _mask(each, size, self.card.thresholds["region"])) is not None
        }

    def _findings(self, look: Look) -> list[Finding]:
        if not look.in_domain:
            return [not_looked(self.name, self.card.domain)]
        findings = [
            Finding(category=category, score=score, source=self.name, where=look.places.get(category))
            for category, score in look.scores.items()
        ]
        return [*findings, looked(self.name)]


def prepare(images: Sequence[Image.Image]) -> Floats:
    """Turn pictures of any size into the network's input.

    Args:
        images: RGB.

    Returns:
        (n, 3, 64, 64) in [-1, 1]: squeezed to 64 pixels, each pixel the mean of what it covers.
    """
    if not images:
        return np.zeros((0, 3, SIZE, SIZE), np.float32)
    rows = [np.asarray(_squeeze(image.convert("RGB")), np.float32).transpose(2, 0, 1) for image in images]
    return np.stack(rows) / np.float32(127.5) - np.float32(1)


def _squeeze(image: Image.Image) -> Image.Image:
    if image.size == (SIZE, SIZE):
        return image
    return image.resize((SIZE, SIZE), Image.Resampling.BOX if min(image.size) >= SIZE else Image.Resampling.BILINEAR)


def _mask(heat: Floats, size: tuple[int, int], threshold: float) -> Mask | None:
    """Return where a map of 16x16 shares, enlarged to the picture, reaches the threshold."""
    enlarged = Image.fromarray(heat).resize(size, Image.Resampling.BILINEAR)
    bits = np.asarray(enlarged) >= threshold
    rows, columns = np.flatnonzero(bits.any(1)), np.flatnonzero(bits.any(0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return Mask(box=Box(left=left, top=top, right=right, bottom=bottom), bits=bits[top:bottom, left:right].copy())


def _faces(heat: Floats, size: tuple[int, int]) -> tuple[Face, ...]:
    """Return the connected parts of the face map as boxes, from left to right."""
    left_over = heat >= 0.5
    faces = []
    for row, column in np.argwhere(left_over):
        if not left_over[row, column]:
            continue
        cells = _flood(left_over, int(row), int(column))
        if len(cells) >= _FACE_CELLS:
            faces.append(_face(heat, cells, size))
    return tuple(sorted(faces, key=lambda face: face.box.left))


def _flood(left_over: NDArray[np.bool_], row: int, column: int) -> list[tuple[int, int]]:
    """Take one connected part out of the map and return its cells."""
    height, width = left_over.shape
    waiting, cells = [(row, column)], []
    left_over[row, column] = False
    while waiting:
        y, x = waiting.pop()
        cells.append((y, x))
        for ny, nx in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= ny < height and 0 <= nx < width and left_over[ny, nx]:
                left_over[ny, nx] = False
                waiting.append((ny, nx))
    return cells


def _face(heat: Floats, cells: Sequence[tuple[int, int]], size: tuple[int, int]) -> Face:
    rows, columns = (sorted(set(each)) for each in zip(*cells, strict=True))
    left, right = _extent(heat[rows].max(0), columns)
    top, bottom = _extent(heat[:, columns].max(1), rows)
    across, down = size[0] / heat.shape[1], size[1] / heat.shape[0]
    box = Box(
        left=round(left * across),
        top=round(top * down),
        right=max(round(right * across), round(left * across) + 1),
        bottom=max(round(bottom * down), round(top * down) + 1),
    )
    return Face(box=box, score=float(max(heat[cell] for cell in cells)))


def _extent(shares: Floats, inside: Sequence[int]) -> tuple[float, float]:
    """Return where something begins and ends, in cells; the covered shares at the rim tell how far it reaches in."""
    first, last = inside[0], inside[-1]
    before = shares[first - 1] if first > 0 else 0.0
    after = shares[last + 1] if last + 1 < len(shares) else 0.0
    return max(0.0, first + 1 - float(shares[first] + before)), min(
        float(len(shares)), last + float(shares[last] + after)
    )


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -60, 60))), np.float32)


def _softmax(x: Floats) -> Floats:
    shares = np.exp(x - x.max())
    return np.asarray(shares / shares.sum(), np.float32)

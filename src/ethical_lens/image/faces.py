"""Faces in photographs: two detectors of well-kept, permissively licensed libraries.

`CascadeFaces` runs out of scikit-image's wheel, without a file of its own, and finds frontal faces only. `YunetFaces`
is OpenCV's detector with five landmarks; its model is one file that an operator fetches (MIT, 230 kB). Drawn faces of
Sketch are seen by `ethical_lens.image.looker`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, MissingExtraError, ModelError
from ethical_lens.image.domain import PHOTOGRAPH, covers, looked, not_looked
from ethical_lens.image.looker import Face, Look
from ethical_lens.types import Box, Finding, Frame

LARGEST_SIDE: Final = 640
"""Pixels to which larger pictures are shrunk before faces are looked for."""
_SAME: Final = 0.4
"""Intersection over union from which on two boxes are one face."""

Pixels = NDArray[np.uint8]


class FaceDetector:
    """Says where faces are. A face is no harm, so that its findings tell only whether it has looked.

    Args:
        name: Name and version.
        find: Returns the faces in an RGB picture (height, width, 3).
        domain: Kind of picture that it was made for.
    """

    categories: tuple[str, ...] = ()

    def __init__(self, name: str, find: Callable[[Pixels], Sequence[Face]], domain: str) -> None:
        self.name = name
        self.domain = domain
        self._find = find

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return for each frame whether faces were looked for."""
        return [
            [looked(self.name) if covers(self.domain, frame) else not_looked(self.name, self.domain)]
            for frame in frames
        ]

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """Return the faces of each frame, from left to right; none for one outside the domain."""
        return [
            Look(in_domain=True, distance=None, faces=self._faces(frame.image))
            if covers(self.domain, frame)
            else Look(in_domain=False, distance=None)
            for frame in frames
        ]

    def _faces(self, image: Image.Image) -> tuple[Face, ...]:
        scale = max(1.0, max(image.size) / LARGEST_SIDE)
        size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
        small = image.convert("RGB") if scale == 1 else image.convert("RGB").resize(size, Image.Resampling.BOX)
        found = [_enlarged(face, image.width / size[0], image.size) for face in self._find(np.asarray(small))]
        return tuple(sorted(without_repeats(found), key=lambda face: face.box.left))


def cascade_faces(*, domain: str = PHOTOGRAPH, smallest: int = 24) -> FaceDetector:
    """Return scikit-image's cascade for frontal faces; it says yes or no, so every face has the score 1.

    Args:
        domain: Kind of picture that it is used for.
        smallest: Side of the smallest face in pixels, in the shrunk picture.

    Raises:
        MissingExtraError: If scikit-image is not installed.
    """
    try:
        import skimage.data
        import skimage.feature
    except ImportError as error:
        raise MissingExtraError("the face detector", "faces") from error
    if smallest < 24:
        raise ConfigurationError(f"the cascade sees faces from 24 pixels on, got smallest: {smallest}")
    file = skimage.data.lbp_frontal_face_cascade_filename()  # type: ignore[no-untyped-call]
    cascade = cast("_Cascade", skimage.feature.Cascade(file))

    def find(pixels: Pixels) -> list[Face]:
        height, width = pixels.shape[:2]
        if min(height, width) < smallest:
            return []
        found = cascade.detect_multi_scale(
            img=pixels,
            scale_factor=1.2,
            step_ratio=1,
            min_size=(smallest, smallest),
            max_size=(height, width),
            min_neighbor_number=4,
        )
        return [_face(each["c"], each["r"], each["width"], each["height"], 1.0) for each in found]

    return FaceDetector(f"skimage-cascade@{version('scikit-image')}", find, domain)


class _Cascade(Protocol):
    def detect_multi_scale(
        self,
        *,
        img: Pixels,
        scale_factor: float,
        step_ratio: float,
        min_size: tuple[int, int],
        max_size: tuple[int, int],
        min_neighbor_number: int,
    ) -> list[dict[str, int]]: ...


class _Yunet(Protocol):
    def setInputSize(self, size: tuple[int, int], /) -> None: ...  # noqa: N802 - OpenCV's name

    def detect(self, image: Pixels, /) -> tuple[int, NDArray[np.float32] | None]: ...


@dataclass(slots=True)
class _LockedYunet:
    """YuNet keeps the size of its input, so that only one picture at a time can be read."""

    network: _Yunet
    reading: threading.Lock

    def __call__(self, pixels: Pixels) -> list[Face]:
        height, width = pixels.shape[:2]
        # Strides of 32 pixels: the rest is filled up, so that nothing is stretched.
        padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.uint8)
        padded[:height, :width] = pixels[..., ::-1]
        with self.reading:
            self.network.setInputSize((padded.shape[1], padded.shape[0]))
            _, rows = self.network.detect(padded)
        return [] if rows is None else [_face_of_row(row) for row in np.asarray(rows, np.float64)]


def yunet_faces(file: str | Path, *, threshold: float = 0.6, domain: str = PHOTOGRAPH) -> FaceDetector:
    """Return OpenCV's YuNet, with five landmarks per face.

    Args:
        file: The model, "face_detection_yunet_2026may.onnx" of the OpenCV zoo; OpenCV 4 also takes that of 2023.
        threshold: Score from which on something is a face.
        domain: Kind of picture that it is used for.

    Raises:
        MissingExtraError: If OpenCV is not installed.
        ConfigurationError: If there is no such file, or the threshold is no share.
        ModelError: If OpenCV refuses the file.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("the face detector YuNet", "faces") from error
    if not Path(file).is_file():
        raise ConfigurationError(
            f"there is no file {str(file)!r}; fetch face_detection_yunet_2026may.onnx from the OpenCV zoo and name it"
        )
    if not 0 <= threshold <= 1:
        raise ConfigurationError(f"the threshold of faces has to lie in [0, 1], got {threshold}")
    try:
        network = cast("_Yunet", cv2.FaceDetectorYN.create(str(file), "", (320, 320), score_threshold=threshold))
    except cv2.error as error:
        raise ModelError(f"OpenCV cannot open {str(file)!r} as a YuNet model: {error}; fetch it again") from error
    return FaceDetector(f"yunet@{Path(file).stem}", _LockedYunet(network, threading.Lock()), domain)


def without_repeats(faces: Sequence[Face]) -> list[Face]:
    """Return the faces, the surer one of each two that overlap (non-maximum suppression)."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: (-face.score, -_area(face.box))):
        if all(overlap(face.box, other.box) < _SAME for other in kept):
            kept.append(face)
    return kept


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union of two boxes, in [0, 1]."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(across, 0) * max(down, 0)
    return shared / (_area(one) + _area(other) - shared)


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


def _face(left: float, top: float, width: float, height: float, score: float) -> Face:
    box = Box(left=round(left), top=round(top), right=round(left + width), bottom=round(top + height))
    return Face(box=box, score=score)


def _face_of_row(row: NDArray[np.float64]) -> Face:
    """Read one row of YuNet: left, top, width, height, five points, score."""
    left, top, width, height = (float(each) for each in row[:4])
    face = _face(left, top, width, height, float(np.clip(row[14], 0, 1)))
    points = row[4:14].reshape(5, 2)
    return Face(box=face.box, score=face.score, landmarks=tuple((float(x), float(y)) for x, y in points))


def _enlarged(face: Face, scale: float, size: tuple[int, int]) -> Face:
    """Return the face in the pixels of the whole picture, its box cut off at the picture's rim."""
    width, height = size
    left = min(max(round(face.box.left * scale), 0), width - 1)
    top = min(max(round(face.box.top * scale), 0), height - 1)
    box = Box(
        left=left,
        top=top,
        right=min(max(round(face.box.right * scale), left + 1), width),
        bottom=min(max(round(face.box.bottom * scale), top + 1), height),
    )
    landmarks = tuple((x * scale, y * scale) for x, y in face.landmarks)
    return Face(box=box, score=face.score, landmarks=landmarks)

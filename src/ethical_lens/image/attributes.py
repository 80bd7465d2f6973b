"""Perceived attributes of faces, and people who seem under age, by classifiers that an operator brings.

How somebody is perceived is not who they are. It is read only from pictures whose people the lens planned, to compare
with the plan; pictures that people hand in are never read so. Apparent minority is measured for every picture, because
the rule that joins it with nudity holds for every picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.classifier import Classifier
from ethical_lens.image.domain import PHOTOGRAPH, covers, looked, not_looked, within_domain
from ethical_lens.image.faces import cascade_faces
from ethical_lens.image.labels import Labels, require_all_mapped
from ethical_lens.image.looker import Face, Look
from ethical_lens.types import Box, Finding, Frame, ImageDetector

APPARENT_MINOR: Final = "apparent_minor"
_MARGIN: Final = 0.25
"""Share of a face's size that is added on every side before it is classified."""


@runtime_checkable
class FaceFinder(Protocol):
    """Says where faces are."""

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """Return what is seen in each frame; only the faces count here."""
        ...


class Reader(Protocol):
    """Classifies pictures, as `ethical_lens.image.classifier.Classifier` does."""

    name: str
    labels: tuple[str, ...]
    exclusive: bool

    def probabilities(self, images: Sequence[Image.Image]) -> list[dict[str, float]]:
        """Return label to probability for each picture."""
        ...


class FaceAttributes:
    """Reads perceived attributes of the largest face, on pictures that the lens planned and on no others.

    Args:
        faces: Finds faces.
        readers: Axis to what reads it.
        labels: Axis to what each label of its reader means: a value of the axis, or nothing.
        domain: Kind of picture that the readers were trained on.

    Raises:
        ConfigurationError: If an axis has no reader or no labels, or a label is not mapped.
    """

    categories: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        faces: FaceFinder,
        readers: Mapping[str, Reader],
        labels: Mapping[str, Mapping[str, str | None]],
        domain: str = PHOTOGRAPH,
    ) -> None:
        if not readers or set(readers) != set(labels):
            raise ConfigurationError(
                f"expected a reader and labels for the same axes, got readers for {sorted(readers)} and labels for "
                f"{sorted(labels)}; give both for each axis"
            )
        self.name = "+".join(["face-attributes", *(reader.name for reader in readers.values())])
        self.domain = domain
        self._faces = faces
        self._readers = dict(readers)
        self._labels = {
            axis: require_all_mapped(reader.name, reader.labels, labels[axis]) for axis, reader in readers.items()
        }

    @classmethod
    def configured(
        cls,
        *,
        models: Mapping[str, str | Path],
        labels: Mapping[str, Mapping[str, str | None]],
        faces: ImageDetector | None = None,
        domain: str = PHOTOGRAPH,
        device: str = "cpu",
    ) -> FaceAttributes:
        """Return the reader with classifiers of transformers, from what a configuration file can say.

        Args:
            models: Axis to the folder or name of a classifier.
            labels: As above.
            faces: Finds faces; the cascade by default.
            domain: As above.
            device: Where the classifiers run.

        Raises:
            MissingExtraError: If an extra is missing.
            ConfigurationError: If an axis has no labels, a label is not mapped, or `faces` finds no faces.
        """
        readers = {axis: Classifier(model, device=device) for axis, model in models.items()}
        return cls(faces=_finder(faces, domain), readers=readers, labels=labels, domain=domain)

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return for each frame only whether it is of the domain: an attribute is no harm."""
        return [
            [looked(self.name) if covers(self.domain, frame) else not_looked(self.name, self.domain)]
            for frame in frames
        ]

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """Return the faces of each frame, and the attributes of the largest one where the lens planned some."""
        return [self._look(frame) for frame in frames]

    def _look(self, frame: Frame) -> Look:
        if not covers(self.domain, frame):
            return Look(in_domain=False, distance=None)
        [seen] = self._faces.look([frame])
        if frame.planned is None or not seen.faces:
            return Look(in_domain=True, distance=None, faces=seen.faces)
        largest = max(seen.faces, key=lambda face: _height(face.box))
        picture = crop(frame.image, largest.box)
        attributes = {axis: self._shares(axis, reader, picture) for axis, reader in self._readers.items()}
        return Look(in_domain=True, distance=None, faces=seen.faces, attributes=attributes)

    def _shares(self, axis: str, reader: Reader, picture: Image.Image) -> dict[str, float]:
        [probabilities] = reader.probabilities([picture])
        scores = self._labels[axis].scores(probabilities, exclusive=reader.exclusive)
        total = sum(scores.values())
        return {value: score / total if total else 1 / len(scores) for value, score in scores.items()}


class ApparentMinorDetector:
    """Tells how likely somebody in a picture seems under age, by a classifier of ages that looks at every face.

    Where no face is found the score is 0: a body without a face is not judged.

    Args:
        faces: Finds faces.
        reader: Classifies ages.
        minor: Labels that mean somebody under 18. A class that reaches beyond 18 belongs here too.
        domain: Kind of picture that the reader was trained on.

    Raises:
        ConfigurationError: If no label means a minor, or one of them is unknown.
    """

    def __init__(self, *, faces: FaceFinder, reader: Reader, minor: Sequence[str], domain: str = PHOTOGRAPH) -> None:
        self.name = f"apparent-minor+{reader.name}"
        self.domain = domain
        self.categories = (APPARENT_MINOR,)
        self._faces, self._reader = faces, reader
        mapping: dict[str, str | None] = dict.fromkeys(reader.labels)
        self._labels: Labels = require_all_mapped(
            reader.name, reader.labels, {**mapping, **dict.fromkeys(minor, APPARENT_MINOR)}
        )

    @classmethod
    def configured(
        cls,
        model: str | Path,
        *,
        minor: Sequence[str],
        faces: ImageDetector | None = None,
        domain: str = PHOTOGRAPH,
        device: str = "cpu",
    ) -> ApparentMinorDetector:
        """Return the detector with a classifier of transformers, from what a configuration file can say.

        Args:
            model: Folder or name of a classifier of ages.
            minor: As above.
            faces: Finds faces; the cascade by default.
            domain: As above.
            device: Where the classifier runs.

        Raises:
            MissingExtraError: If an extra is missing.
            ConfigurationError: If a label is unknown, or `faces` finds no faces.
        """
        return cls(faces=_finder(faces, domain), reader=Classifier(model, device=device), minor=minor, domain=domain)

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding for each face, or one of score 0 for a frame without any."""
        return within_domain(frames, self.domain, self.name, self._judge)

    def _judge(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [self._findings(frame, look.faces) for frame, look in zip(frames, self._faces.look(frames), strict=True)]

    def _findings(self, frame: Frame, faces: Sequence[Face]) -> list[Finding]:
        if not faces:
            return [Finding(category=APPARENT_MINOR, score=0.0, source=self.name, note="no face was found")]
        answers = self._reader.probabilities([crop(frame.image, face.box) for face in faces])
        return [
            Finding(
                category=APPARENT_MINOR,
                score=self._labels.scores(answer, exclusive=self._reader.exclusive)[APPARENT_MINOR],
                source=self.name,
                where=face.box,
            )
            for face, answer in zip(faces, answers, strict=True)
        ]


def crop(image: Image.Image, box: Box) -> Image.Image:
    """Return a face with some of what surrounds it, as far as the picture reaches.

    Args:
        image: RGB.
        box: Of the face.
    """
    across, down = (round(_MARGIN * side) for side in (box.right - box.left, box.bottom - box.top))
    return image.crop(
        (
            max(box.left - across, 0),
            max(box.top - down, 0),
            min(box.right + across, image.width),
            min(box.bottom + down, image.height),
        )
    )


def _height(box: Box) -> int:
    return box.bottom - box.top


def _finder(faces: ImageDetector | None, domain: str) -> FaceFinder:
    if faces is None:
        return cascade_faces(domain=domain)
    if not isinstance(faces, FaceFinder):
        raise ConfigurationError(f"{faces.name} does not say where faces are; name one that does, 'faces' or 'yunet'")
    return faces

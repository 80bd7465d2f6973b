"""Perceived attributes of each drawn person, read only from pictures that the lens planned."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from PIL import Image

from ethical_lens.image.looker import Face, Look
from ethical_lens.types import Box, Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """One person in a picture, as a classifier perceives them. It says nothing about who somebody is."""

    face: Box
    attributes: Mapping[str, Mapping[str, float]]
    """Axis to value to probability."""


@runtime_checkable
class PersonReader(Protocol):
    """Perceives people."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def read(self, frames: Sequence[Frame]) -> list[tuple[SeenPerson, ...]]:
        """Return the people in each frame from left to right; nobody for a frame that the lens did not plan."""
        ...


class Looking(Protocol):
    """An image detector that tells faces and the attributes of the largest one."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """Return what is seen in each frame."""
        ...


class LookReader:
    """Reads people with a detector that tells the attributes of one face, the largest.

    Where there are several faces, each is read from its own strip of the picture, cut half-way between neighbours.

    Args:
        looker: `ethical_lens.image.looker.SketchLooker` or `ethical_lens.image.attributes.FaceAttributes`.
    """

    def __init__(self, looker: Looking) -> None:
        self._looker = looker
        self.name = looker.name

    def read(self, frames: Sequence[Frame]) -> list[tuple[SeenPerson, ...]]:
        """Return the people in each frame from left to right."""
        looks = self._looker.look(frames)
        return [self._people(frame, look) for frame, look in zip(frames, looks, strict=True)]

    def _people(self, frame: Frame, look: Look) -> tuple[SeenPerson, ...]:
        if look.attributes is None or not look.faces:
            return ()
        if len(look.faces) == 1:
            return (SeenPerson(face=look.faces[0].box, attributes=look.attributes),)
        strips = [replace(frame, image=strip) for strip in _strips(frame.image, look.faces)]
        alone = self._looker.look(strips)
        return tuple(
            SeenPerson(face=face.box, attributes=seen.attributes or {})
            for face, seen in zip(look.faces, alone, strict=True)
        )


def _strips(image: Image.Image, faces: Sequence[Face]) -> list[Image.Image]:
    """Return a picture of the whole size per face, in which only what is nearest to that face is left."""
    middles = [(face.box.left + face.box.right) / 2 for face in faces]
    borders = [0, *(round((a + b) / 2) for a, b in itertools.pairwise(middles)), image.width]
    strips = []
    for left, right in itertools.pairwise(borders):
        # A strip is repeated beside itself as its outermost column, so that the place behind the person goes on.
        whole = Image.new("RGB", image.size)
        strip = image.crop((left, 0, right, image.height))
        start = (image.width - strip.width) // 2
        whole.paste(strip.crop((0, 0, 1, image.height)).resize((max(1, start), image.height)), (0, 0))
        rest = image.width - start - strip.width
        edge = strip.crop((strip.width - 1, 0, strip.width, image.height)).resize((max(1, rest), image.height))
        whole.paste(edge, (image.width - max(1, rest), 0))
        whole.paste(strip, (start, 0))
        strips.append(whole)
    return strips

"""Turning somebody whom many people know into nobody in particular."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from ethical_lens.edit.drawing import Schedule, best_version
from ethical_lens.edit.face import head_around
from ethical_lens.errors import GenerationError, InputError
from ethical_lens.types import Box, Edit, Finding, Inpainter, Mask, Shot

Recognise = Callable[[Image.Image, str, Shot], float]
"""Probability that a picture of a shot still shows a category."""


@dataclass(slots=True, kw_only=True)
class Anonymize:
    """Draws the head of a public figure anew as an ordinary person, from words without the name.

    Only the head changes: pose, clothes and scene stay. Of several versions the one is kept that is recognised least;
    of those that differ by less than a hundredth, the one that keeps most of the picture.
    """

    inpainter: Inpainter
    recognise: Recognise
    nobody: Callable[[Shot], Shot]
    """Words that ask for nobody in particular; they have passed the screen."""
    schedule: Schedule = field(default_factory=lambda: Schedule(strengths=(0.8, 0.9, 1.0), n_seeds=1))
    name: str = "anonymize@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        """Return a copy in which the person at the finding's place has another head.

        Raises:
            InputError: If the finding has no place in the picture.
            GenerationError: If every version is recognised as much as the picture itself.
        """
        if not isinstance(finding.where, (Box, Mask)):
            raise InputError(f"{self.name} needs a finding with a box or a mask; blur the picture, or draw it again")
        bits = head_around(finding.where, image.size)
        if not bits.any():
            raise InputError(f"{self.name} needs a face inside the picture; draw it again, or withhold it")
        known = self.recognise(image, finding.category, shot)

        def measure(version: Image.Image) -> tuple[float, bool] | None:
            score = self.recognise(version, finding.category, shot)
            left = round(score, 2)
            return (1 - left, left == 0) if score < known else None

        made = best_version(
            self.inpainter,
            image,
            bits,
            self.nobody(shot),
            schedule=self.schedule,
            fade=max(1, round(0.02 * min(image.size))),
            measure=measure,
        )
        if made is None:
            raise GenerationError(f"{self.name}: every version is still recognised; blur the picture, or draw it again")
        parameters = {"pixels": int(bits.sum()), "strength": made.strength, "version_seed": made.seed}
        return made.image, Edit(editor=self.name, finding=finding, parameters=parameters)

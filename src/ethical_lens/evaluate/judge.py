"""The judge of the drawn world: measures what a generator drew. It is no part of the lens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.models import ModelCard, load_card, session, verified_path

NO_ONE: Final = "none"
_SIZE: Final = 64
_MOST_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one picture shows, as far as the judge can tell. It is sometimes wrong; its card says how often."""

    n_people: int
    """0 to 2."""
    gender: str | None
    """Of the person, where there is exactly one; likewise race, age and occupation."""
    race: str | None
    age: str | None
    occupation: str | None
    """None also for everyday clothes."""
    celebrity: str | None
    """Name of the celebrity in the picture."""
    place: str
    style: str
    stand_ins: tuple[str, ...]
    """Stand-ins for harm in the picture."""
    watermark: bool
    shares: Mapping[str, Mapping[str, float]]
    """Attribute to value to probability, whatever the number of people; "marks" holds the stand-ins and the watermark,
    each on its own."""


class SketchJudge:
    """Judges drawings of the Sketch world.

    Args:
        card: Card of the model; the shipped one by default.

    Raises:
        ModelIntegrityError: If the model's file is missing or altered.

    Example:
        >>> from ethical_lens.sketch import Person, Scene, render
        >>> person = Person(gender="female", race="Asian", age="old age", occupation="chef")
        >>> picture = render(Scene(people=(person,), place="kitchen", style="flat")).image
        >>> SketchJudge().judge([picture])[0].occupation
        'chef'
    """

    def __init__(self, card: ModelCard | None = None) -> None:
        self.card = card or load_card("sketch-judge")
        self.name = self.card.id
        self._session = session(verified_path(self.card, "judge.onnx"))

    def judge(self, images: Sequence[Image.Image]) -> list[Judgement]:
        """Judge pictures.

        Args:
            images: RGB, best of 64 x 64 pixels; others are squeezed to that.

        Returns:
            One judgement per picture, in order.
        """
        judgements: list[Judgement] = []
        for start in range(0, len(images), _MOST_AT_ONCE):
            inputs = _inputs(images[start : start + _MOST_AT_ONCE])
            (logits,) = self._session.run(["logits"], {"images": inputs})
            judgements += map(self._read, logits)
        return judgements

    def _read(self, logits: NDArray[np.float32]) -> Judgement:
        shares: dict[str, dict[str, float]] = {}
        start = 0
        for attribute, values in self.card.outputs.items():
            part = logits[start : start + len(values)].astype(np.float64)
            start += len(values)
            likely = 1 / (1 + np.exp(-part)) if attribute == "marks" else np.exp(part - part.max())
            if attribute != "marks":
                likely = likely / likely.sum()
            shares[attribute] = dict(zip(values, map(float, likely), strict=True))
        n_people = int(_best(shares["n_people"]))
        alone = n_people == 1
        present = [name for name, share in shares["marks"].items() if share >= self.card.thresholds["marks"]]
        return Judgement(
            n_people=n_people,
            gender=_best(shares["gender"]) if alone else None,
            race=_best(shares["race"]) if alone else None,
            age=_best(shares["age"]) if alone else None,
            occupation=_unless_none(_best(shares["occupation"])) if alone else None,
            celebrity=_unless_none(_best(shares["celebrity"])),
            place=_best(shares["place"]),
            style=_best(shares["style"]),
            stand_ins=tuple(name for name in present if name != "watermark"),
            watermark="watermark" in present,
            shares=shares,
        )


def _inputs(images: Sequence[Image.Image]) -> NDArray[np.float32]:
    if not images:
        return np.zeros((0, 3, _SIZE, _SIZE), np.float32)
    rows = [np.asarray(_squeeze(image.convert("RGB")), np.float32).transpose(2, 0, 1) for image in images]
    return np.stack(rows) / np.float32(127.5) - np.float32(1)


def _squeeze(image: Image.Image) -> Image.Image:
    if image.size == (_SIZE, _SIZE):
        return image
    return image.resize((_SIZE, _SIZE), Image.Resampling.BOX if min(image.size) >= _SIZE else Image.Resampling.BILINEAR)


def _best(shares: Mapping[str, float]) -> str:
    return max(shares, key=lambda value: shares[value])


def _unless_none(value: str) -> str | None:
    return None if value == NO_ONE else value

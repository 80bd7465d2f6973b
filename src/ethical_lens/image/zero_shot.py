"""Heads out of descriptions: a picture that lies nearer to texts that describe a category than to harmless ones.

After A. Radford et al., Learning transferable visual models from natural language supervision, ICML 2021: each class
is the mean of the embeddings of many wordings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.calibration import NOT_CALIBRATED, UNKNOWN, tuned
from ethical_lens.image.domain import OUT_OF_DOMAIN
from ethical_lens.image.encoder import ImageEncoder, TextEncoder, reference_of, unit
from ethical_lens.image.heads import Heads
from ethical_lens.models import ModelCard
from ethical_lens.policy import Policy
from ethical_lens.types import MINOR_SEXUAL, Stage

HEADS: Final = ("nude", "nsfw", "public", "politic", "culture", "watermark")
"""Categories of the shipped policies that can be told from one picture."""
FRAMES: Final = ("{}", "a picture of {}", "a photo of {}", "a drawing of {}", "a close-up of {}", "a scene with {}")
"""Wordings that each description is put into."""
HARMLESS: Final = (
    "an ordinary scene",
    "people in everyday clothes",
    "a portrait of somebody",
    "a landscape",
    "an animal",
    "food on a table",
    "a building",
    "an object on a plain background",
)
"""What a category is contrasted with where nothing nearer is given."""
_SCALE: Final = 100.0
"""Factor on differences of cosines, the one that CLIP ends its training with."""


class PictureAndTextEncoder(ImageEncoder, TextEncoder, Protocol):
    """Encodes pictures and texts into one space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a category looks like, and what is easily taken for it and is not."""

    shows: tuple[str, ...]
    """Noun phrases; each is put into `FRAMES`."""
    not_shows: tuple[str, ...] = HARMLESS
    """Likewise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """Images with known answers, to calibrate on."""

    embeddings: NDArray[np.float32]
    """(n, width)"""
    labels: Mapping[str, ArrayLike]
    """For each head (n,), 1, 0 or -1 for unknown."""
    clean: ArrayLike | None = None
    """(n,), which images are clean; by default those that are 0 for every head."""


def describe(policy: Policy, names: Collection[str] = HEADS) -> dict[str, Description]:
    """Return descriptions out of a policy's own definitions.

    Args:
        policy: The policy.
        names: Categories to describe.

    Raises:
        ConfigurationError: If the policy has no such category for pictures, or it is one that is never described.
    """
    known = {each.id: each for each in policy.categories.values() if Stage.IMAGE in each.stages}
    known.pop(MINOR_SEXUAL, None)
    for name in names:
        if name == MINOR_SEXUAL:
            raise ConfigurationError(
                f"{MINOR_SEXUAL!r} is never described; it follows from an apparent minor together with nudity"
            )
        if name not in known:
            raise ConfigurationError(
                f"policy {policy.name!r} judges no {name!r} in pictures; it has: {', '.join(known)}"
            )
    return {name: Description(shows=_phrases(known[name].title, known[name].definition)) for name in names}


def zero_shot_heads(
    encoder: PictureAndTextEncoder,
    descriptions: Mapping[str, Description],
    *,
    name: str = "zero-shot",
    domain: str | None = None,
    labelled: Labelled | None = None,
    rate: float = 0.01,
) -> Heads:
    """Make linear heads out of descriptions.

    Args:
        encoder: Encodes the descriptions, and later the pictures.
        descriptions: One for each head.
        name: Name of the heads.
        domain: Kind of picture; the encoder's own by default.
        labelled: Images to calibrate on. Without them the thresholds are 0.5, where a picture is as near to the
            descriptions as to the harmless texts, and the card says that nothing was measured.
        rate: Joint false-alarm rate of the thresholds that are chosen on ``labelled``.

    Returns:
        Heads in memory.

    Raises:
        ConfigurationError: If there is no description, or an empty one, or calibration fails.
    """
    if not descriptions or not all(each.shows and each.not_shows for each in descriptions.values()):
        raise ConfigurationError("every head needs a description of what shows it and of what does not; add them")
    directions = [_mean(encoder, each.shows) - _mean(encoder, each.not_shows) for each in descriptions.values()]
    weight = np.concatenate(directions) * np.float32(_SCALE)
    names = tuple(descriptions)
    card = ModelCard(
        name=name,
        version="1",
        role="image detector",
        domain=domain or encoder.domain,
        categories=(*names, OUT_OF_DOMAIN),
        outputs={"heads": names},
        preprocessing={"encoder": encoder.name, "width": weight.shape[1], "embedding": "unit"},
        thresholds=dict.fromkeys(names, 0.5),
        calibration={each: {"temperature": 1.0, "offset": 0.0} for each in names},
        trained_on={
            "descriptions": {each: {"shows": what.shows, "not": what.not_shows} for each, what in descriptions.items()}
        },
        limits=("Made from descriptions alone, without a single labelled image.",),
    )
    arrays = {
        "out.weight": weight,
        "out.bias": np.zeros(len(names), np.float32),
        "reference": reference_of(encoder),
    }
    if labelled is None:
        return Heads(card, arrays).with_card(limits=(*card.limits, NOT_CALIBRATED))
    return _calibrated(Heads(card, arrays), labelled, rate)


def _calibrated(heads: Heads, labelled: Labelled, rate: float) -> Heads:
    missing = [name for name in heads.names if name not in labelled.labels]
    if missing:
        raise ConfigurationError(
            f"there are no labels for {', '.join(missing)}; label images, or leave these heads out"
        )
    table = np.stack([np.asarray(labelled.labels[name]) for name in heads.names], axis=1)
    clean = (table == 0).all(axis=1) if labelled.clean is None else np.asarray(labelled.clean, np.bool_)
    counts = {name: int((column != UNKNOWN).sum()) for name, column in zip(heads.names, table.T, strict=True)}
    limits = (*heads.card.limits, "Calibration and thresholds come from the same images; measure on others.")
    chosen = tuned(heads, labelled.embeddings, table, clean=clean, rate=rate)
    return chosen.with_card(limits=limits, metrics={"calibrated_on": counts, "joint_false_alarms_wanted": rate})


def _phrases(title: str, definition: str) -> tuple[str, ...]:
    """Return the title and the parts of a definition that an encoder of short texts can make something of."""
    told = definition.rstrip(".").removesuffix(" in a picture")
    first = told[:1].lower() + told[1:]
    return tuple(dict.fromkeys([title, first, *_parts(first)]))


def _parts(phrase: str) -> Iterable[str]:
    return [part.strip() for part in phrase.replace(" or ", ", ").split(",") if part.strip()]


def _mean(encoder: TextEncoder, phrases: tuple[str, ...]) -> NDArray[np.float32]:
    """Return (1, width): the mean of the embeddings of all wordings, of length one."""
    texts = [frame.format(phrase) for phrase in phrases for frame in FRAMES]
    return unit(encoder.encode_texts(texts).mean(axis=0, keepdims=True))

"""Locating: where in a picture is what a few words name, and is it there at all?

A locator answers with absolute confidence: each map holds probabilities of its own, never shares of whatever is
largest, so that a picture without the thing gives a low map and, at the calibrated threshold, an empty mask.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, ModelError
from ethical_lens.image.preprocess import Preprocessing
from ethical_lens.models import ModelCard, session, verified_path

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

Floats = NDArray[np.float32]

OUTLINE: Final = " outline"
"""Behind a query in a card's thresholds: the lower share from which on a pixel belongs to what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Words to look for, and from which confidence on they count as found."""

    text: str
    peak: float
    """A picture in which no pixel reaches this does not show it."""
    outline: float
    """Pixels from here on belong to it, once it is found; at most ``peak``."""


@runtime_checkable
class Locator(Protocol):
    """Says where something is."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    @property
    def domain(self) -> str:
        """Kind of picture it was calibrated on."""
        ...

    def queries(self, category: str) -> tuple[Query, ...]:
        """Return what to look for when a finding of this category has no place; empty for one it does not know."""
        ...

    def locate(self, image: Image.Image, queries: Sequence[str]) -> Floats:
        """Return one map per query, (n, height, width) of the picture's own size, in [0, 1]."""
        ...


class Network(Protocol):
    """What runs behind a locator: torch or ONNX Runtime."""

    def logits(self, pixels: Floats, texts: Sequence[str]) -> Floats:
        """Return (n, height, width) for one picture, (1, 3, height, width), and n texts."""
        ...


class ClipsegLocator:
    """Locates with a CLIPSeg (Lüddecke and Ecker, CVPR 2022, arXiv:2112.10003).

    Args:
        card: Its ``outputs`` name the queries of each category, its ``thresholds`` the peak of each query and, under
            "QUERY outline", where the outline runs; ``preprocessing`` is what a ``preprocessor_config.json`` holds.
        network: What computes the logits; by default the card's ONNX file, opened at the first use.

    Raises:
        ConfigurationError: If a threshold or a value of the preprocessing is missing or of another type, or if it would
            cut something off, because then maps and picture would not lie on each other.
    """

    def __init__(self, card: ModelCard, network: Network | None = None) -> None:
        self.card = card
        self.name = card.id
        self.domain = card.domain
        self._queries = {category: _queries(card, texts) for category, texts in card.outputs.items()}
        self._preprocessing = Preprocessing.from_config(card.preprocessing)
        if self._preprocessing.size is None or self._preprocessing.crop is not None:
            raise ConfigurationError(
                f"the card of {card.id} has to squeeze whole pictures: give size as height and width, and no crop"
            )
        self._network = network or OnnxClipseg(card)

    def queries(self, category: str) -> tuple[Query, ...]:
        """Return the card's queries of a category."""
        return self._queries.get(category, ())

    def locate(self, image: Image.Image, queries: Sequence[str]) -> Floats:
        """Return one map per query, (n, height, width) in [0, 1], of the picture's own size.

        Raises:
            ModelError: If the network answers with another number of maps, or with what is not a number.
        """
        if not queries:
            return np.zeros((0, image.height, image.width), np.float32)
        logits = self._network.logits(self._preprocessing.apply([image]), queries)
        if logits.ndim != 3 or len(logits) != len(queries) or not np.isfinite(logits).all():
            raise ModelError(f"{self.name} answered {logits.shape} for {len(queries)} queries, or no numbers")
        heat = 1 / (1 + np.exp(-np.clip(logits.astype(np.float32), -60, 60)))
        return np.stack([_enlarged(each, image.size) for each in heat])


class OnnxClipseg:
    """A CLIPSeg in an ONNX file, which is opened, and its sha256 compared, at the first use.

    The file ("*.onnx" in the card) reads "images" (1, 3, height, width) and "tokens" (n, length, int64) and answers
    "logits" (n, height, width). "tokenizer.json" lies in the card too, and ``preprocessing`` gives max_tokens, the
    length, and pad_token.
    """

    def __init__(self, card: ModelCard) -> None:
        self._card = card
        self._opening = threading.Lock()
        self._opened: tuple[onnxruntime.InferenceSession, tokenizers.Tokenizer] | None = None

    def logits(self, pixels: Floats, texts: Sequence[str]) -> Floats:
        """Return (n, height, width) for one picture and n texts."""
        network, tokenizer = self._parts()
        tokens = np.array([each.ids for each in tokenizer.encode_batch(list(texts))], np.int64)
        (logits,) = network.run(["logits"], {"images": pixels, "tokens": tokens})
        return np.asarray(logits, np.float32)

    def _parts(self) -> tuple[onnxruntime.InferenceSession, tokenizers.Tokenizer]:
        import tokenizers

        with self._opening:
            if self._opened is None:
                graph = next((each.path for each in self._card.files if each.path.endswith(".onnx")), "*.onnx")
                tokenizer = tokenizers.Tokenizer.from_file(str(verified_path(self._card, "tokenizer.json")))
                length, pad = (self._card.preprocessing.get(key) for key in ("max_tokens", "pad_token"))
                pad_id = tokenizer.token_to_id(str(pad))
                if not isinstance(length, int) or pad_id is None:
                    raise ConfigurationError(
                        f"the card of {self._card.id} must give max_tokens and a pad_token of its tokenizer"
                    )
                tokenizer.enable_truncation(length)
                tokenizer.enable_padding(length=length, pad_id=pad_id, pad_token=str(pad))
                self._opened = session(verified_path(self._card, graph)), tokenizer
            return self._opened


def _queries(card: ModelCard, texts: Sequence[str]) -> tuple[Query, ...]:
    return tuple(_query(card.id, card.thresholds, text) for text in texts)


def _query(name: str, thresholds: Mapping[str, float], text: str) -> Query:
    peak = thresholds.get(text)
    outline = thresholds.get(text + OUTLINE, peak)
    if peak is None or outline is None or not 0 < outline <= peak <= 1:
        raise ConfigurationError(
            f"the card of {name} needs a threshold in (0, 1] for the query {text!r}, and for {text + OUTLINE!r} one "
            f"that is not above it; got {peak!r} and {outline!r}; calibrate it on pictures with and without"
        )
    return Query(text=text, peak=peak, outline=outline)


def _enlarged(heat: Floats, size: tuple[int, int]) -> Floats:
    resized = Image.fromarray(np.ascontiguousarray(heat)).resize(size, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resized, np.float32), 0, 1)

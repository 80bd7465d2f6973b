"""The small encoder that reads prompts: tokens in, probabilities out, by ONNX Runtime.

A text longer than the model's window is read in overlapping windows, so that nothing hides behind a limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ethical_lens import models
from ethical_lens.models import ModelCard

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

    from ethical_lens.text.normalize import Normalized

Outputs = Mapping[str, NDArray[np.float32]]
"""Name of an output to its values for one window."""

CARD: Final = "scrutiny"
_GRAVEST_SHARE: Final = 0.75
"""Weight of the gravest of several windows against their mean."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_UNREADABLE: Final = "\ufffd"
_SHORTEST_WORD: Final = 3
_REMEMBERED: Final = 256
_LONGEST_REMEMBERED: Final = 2_000
_OUTPUTS: Final = ("grades", "categories", "figure", "harm", "people", "names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What the model says about one piece of a text."""

    start: int
    """Half-open range of characters of the reading."""
    end: int
    harm: float
    """Logit: the piece carries harm."""
    people: float
    """Probability that it belongs to a phrase that names people."""
    names: int
    """0 outside, 1 begin, 2 inside of the name of a public figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model says about one text, uncalibrated."""

    grades: NDArray[np.float32]
    """(3,) logits: at least K1, K2, K3."""
    categories: NDArray[np.float32]
    """(categories,) logits; the highest of all windows."""
    figure: float
    """Logit: a real public figure is meant."""
    pieces: tuple[Piece, ...]


class TextEncoder:
    """Reads texts with the shipped model; its files are opened at the first reading.

    Args:
        card: Card of the model; None takes the shipped one.
        n_remembered: Most texts whose answers are kept, the newest; longer texts than 2,000 characters never are.
    """

    def __init__(self, card: ModelCard | None = None, *, n_remembered: int = _REMEMBERED) -> None:
        self.card = card or models.load_card(CARD)
        self._window = int(str(self.card.preprocessing["longest_window"]))
        self._stride = int(str(self.card.preprocessing["stride"]))
        # No lock of ours: a step that is abandoned at its deadline could leave one closed for ever.
        self._place = lru_cache(n_remembered)(_place_of)

    def read(self, readings: Sequence[Normalized]) -> list[Answer]:
        """Return the answers, one per reading, in order; a text that was just read is not read again.

        Raises:
            ModelError: If a file of the model is missing or not the one that was shipped.
        """
        texts = [_SURROGATES.sub(_UNREADABLE, each.text) for each in readings]
        places = {text: self._place(text) if len(text) <= _LONGEST_REMEMBERED else _Place() for text in texts}
        answers = {text: place.answer for text, place in places.items() if place.answer is not None}
        unread = [text for text in places if text not in answers]
        for text, answer in zip(unread, self._read(unread), strict=True):
            places[text].answer = answers[text] = answer
        return [answers[text] for text in texts]

    def _read(self, texts: Sequence[str]) -> list[Answer]:
        if not texts:
            return []
        encodings = self._tokenizer.encode_batch(list(texts))
        windows = [
            (owner, window) for owner, encoding in enumerate(encodings) for window in (encoding, *encoding.overflowing)
        ]
        outputs = self._run_all([window for _, window in windows])
        answers: list[list[tuple[Encoding, Outputs]]] = [[] for _ in texts]
        for (owner, window), output in zip(windows, outputs, strict=True):
            answers[owner].append((window, output))
        return [_merged(each) for each in answers]

    def forget(self) -> None:
        """Keep no answer any longer, as where the time of reading is measured."""
        self._place.cache_clear()

    def words(self) -> list[str]:
        """Return the whole words of the model's table, the more common first."""
        table = self._tokenizer.get_vocab()
        ordered = sorted(table, key=table.__getitem__)
        return [word for word in ordered if len(word) >= _SHORTEST_WORD and word.isalpha()]

    def _run_all(self, windows: Sequence[Encoding]) -> list[Outputs]:
        """Run every window by itself, several at a time.

        The int8 graph scales activations by the largest in a batch, so windows in one batch would change each other's
        answers; by itself a window has one answer, and no time goes into padding. One thread a window is fastest.
        """
        if len(windows) == 1:
            return [self._run(windows[0])]
        with ThreadPoolExecutor(max_workers=models.threads(), thread_name_prefix="ethical-lens-text") as pool:
            return list(pool.map(self._run, windows))

    def _run(self, window: Encoding) -> Outputs:
        tokens = np.array([window.ids], np.int64)
        outputs = self._session.run(list(_OUTPUTS), {"tokens": tokens, "mask": np.ones_like(tokens)})
        return {name: values[0] for name, values in zip(_OUTPUTS, outputs, strict=True)}

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(models.verified_path(self.card, "tokenizer.json")))
        tokenizer.enable_truncation(self._window, stride=self._window - 2 - self._stride)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        for file in self.card.files:
            models.verified_path(self.card, file.path)
        return models.session(models.path_of(self.card, "model.onnx"), n_threads=1)


@cache
def shipped_encoder() -> TextEncoder:
    """Return this process's encoder with the shipped model, so that who reads the same prompt shares one reading."""
    return TextEncoder()


@dataclass(slots=True)
class _Place:
    """Where the answer about a text is kept, once there is one."""

    answer: Answer | None = None


def _place_of(_: str) -> _Place:
    return _Place()


def _merged(windows: Sequence[tuple[Encoding, Outputs]]) -> Answer:
    pieces: dict[tuple[int, int], Piece] = {}
    for encoding, outputs in windows:
        for piece in _pieces(encoding, outputs):
            known = pieces.get((piece.start, piece.end), piece)
            graver = max(known, piece, key=lambda each: each.harm)
            pieces[piece.start, piece.end] = replace(graver, people=max(known.people, piece.people))
    grades = _of_windows(np.array([outputs["grades"] for _, outputs in windows]))
    categories = np.max([outputs["categories"] for _, outputs in windows], axis=0)
    for shared in (grades, categories):
        shared.setflags(write=False)
    return Answer(
        grades=grades,
        categories=categories,
        figure=max(float(outputs["figure"]) for _, outputs in windows),
        pieces=tuple(pieces[key] for key in sorted(pieces)),
    )


def _of_windows(grades: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the grades of a text from those of its windows, (n, 3).

    The gravest window decides, held back a little by the others: among many windows one that is a little above the
    threshold is more likely chance than harm, while a plainly harmful one stays far above it.
    """
    weighed: NDArray[np.float32] = _GRAVEST_SHARE * grades.max(0) + (1 - _GRAVEST_SHARE) * grades.mean(0)
    return weighed


def _pieces(encoding: Encoding, outputs: Outputs) -> Iterator[Piece]:
    people, names = _inside(outputs["people"]), outputs["names"].argmax(1)
    for i, (start, end) in enumerate(encoding.offsets):
        if end > start:
            yield Piece(
                start=start, end=end, harm=float(outputs["harm"][i]), people=float(people[i]), names=int(names[i])
            )


def _inside(tags: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability of begin or inside for logits of outside, begin and inside, (n, 3)."""
    shares = np.exp(tags - tags.max(1, keepdims=True))
    inside: NDArray[np.float32] = shares[:, 1:].sum(1) / shares.sum(1)
    return inside

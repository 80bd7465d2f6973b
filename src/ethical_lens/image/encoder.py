"""One encoder for all heads: every picture is encoded once a look, and all detectors share what came out.

An encoder is any CLIP or SigLIP of transformers (`ethical_lens.image.transformers_encoder`), or the same exported to
ONNX with a card, which needs no torch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, DetectionError, ImageInputError
from ethical_lens.image.preprocess import Preprocessing
from ethical_lens.models import ModelCard, load_card, path_of, read_card, session, verified_path
from ethical_lens.types import Frame

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

    from ethical_lens.image.transformers_encoder import TransformersEncoder

Floats: TypeAlias = NDArray[np.float32]

Item = TypeVar("Item")

CARD_FILE: Final = "card.json"
_REFERENCE_SIDE: Final = 96


@runtime_checkable
class ImageEncoder(Protocol):
    """Turns pictures into embeddings."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"; no two encoders that answer differently share it."""
        ...

    @property
    def domain(self) -> str:
        """Kind of picture that it was made for."""
        ...

    @property
    def preprocessing(self) -> Preprocessing:
        """What is done to pictures before they are encoded."""
        ...

    def project_images(self, images: Sequence[Image.Image]) -> Floats:
        """Return (n, width) embeddings as the projection leaves them, of any length."""
        ...


@runtime_checkable
class TextEncoder(Protocol):
    """Turns texts into embeddings in the space of the pictures."""

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return (n, width) embeddings of length one."""
        ...


class OnnxEncoder:
    """A CLIP or SigLIP that was exported to ONNX; its files are opened at first use.

    ``vision.onnx`` maps (n, 3, height, width) float32 to (n, width), and ``text.onnx``, where there is one, maps
    (n, tokens) int64 to (n, width), each as its first input and output. ``tokenizer.json`` is one of the library
    tokenizers.

    Args:
        card: Names these files. Its ``preprocessing`` is what a ``preprocessor_config.json`` holds, with ``max_tokens``
            and ``pad_token`` besides where texts are encoded.
        batch_size: Pictures or texts that are encoded at once.

    Raises:
        ConfigurationError: If the card's preprocessing cannot be used.
    """

    def __init__(self, card: ModelCard, *, batch_size: int = 16) -> None:
        self.card = card
        self.name = card.id
        self.domain = card.domain
        self.preprocessing = Preprocessing.from_config(card.preprocessing)
        self._batch_size = batch_size
        self._opened: dict[str, onnxruntime.InferenceSession] = {}
        self._opening = threading.Lock()

    def project_images(self, images: Sequence[Image.Image]) -> Floats:
        """Return (n, width) embeddings as the projection leaves them.

        Raises:
            ModelIntegrityError: If a file is missing or altered.
            DetectionError: If the model's answer is not finite.
        """
        return in_batches(
            images, self._batch_size, lambda batch: self._run("vision.onnx", self.preprocessing.apply(batch))
        )

    def encode_images(self, images: Sequence[Image.Image]) -> Floats:
        """Return (n, width) embeddings of length one; errors as for `project_images`."""
        return unit(self.project_images(images))

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return (n, width) embeddings of length one.

        Raises:
            ConfigurationError: If the card names no text encoder.
            ModelIntegrityError: If a file is missing or altered.
        """
        tokenizer = self._tokenizer()

        def encode(batch: Sequence[str]) -> Floats:
            tokens = np.array([each.ids for each in tokenizer.encode_batch(list(batch))], np.int64)
            return self._run("text.onnx", tokens)

        return unit(in_batches(texts, self._batch_size, encode))

    def _run(self, file: str, inputs: NDArray[np.float32] | NDArray[np.int64]) -> Floats:
        with self._opening:
            if file not in self._opened:
                # An ONNX file may take its weights from others of the card.
                for each in self.card.files:
                    verified_path(self.card, each.path)
                self._opened[file] = session(path_of(self.card, file))
        network = self._opened[file]
        answer = network.run([network.get_outputs()[0].name], {network.get_inputs()[0].name: inputs})[0]
        return np.asarray(answer, np.float32)

    def _tokenizer(self) -> tokenizers.Tokenizer:
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(str(verified_path(self.card, "tokenizer.json")))
        length, pad = self.card.preprocessing.get("max_tokens"), str(self.card.preprocessing.get("pad_token"))
        pad_id = tokenizer.token_to_id(pad)
        if not isinstance(length, int) or pad_id is None:
            raise ConfigurationError(f"the card of {self.name} must give max_tokens and a pad_token of its tokenizer")
        tokenizer.enable_truncation(length)
        tokenizer.enable_padding(length=length, pad_id=pad_id, pad_token=pad)
        return tokenizer


def open_encoder(
    source: str, *, domain: str | None = None, device: str = "cpu", dtype: str = "float32", batch_size: int = 16
) -> OnnxEncoder | TransformersEncoder:
    """Return the encoder that a name means.

    Args:
        source: Name of a shipped card, a folder with an ONNX export and ``card.json``, or a folder or hub name of a
            transformers model.
        domain: Kind of picture that a transformers model is for, "photograph" by default; ONNX exports say it
            themselves.
        device: Where a transformers model runs.
        dtype: Floating-point type that a transformers model computes in.
        batch_size: Pictures or texts that are encoded at once.

    Raises:
        ConfigurationError: If there is none, or it cannot be used.
        MissingExtraError: If it takes torch and transformers, and they are not installed.
    """
    from ethical_lens import models

    folder = Path(source)
    if (folder / CARD_FILE).is_file():
        return OnnxEncoder(read_card(folder / CARD_FILE, root=folder), batch_size=batch_size)
    if source.partition("@")[0] in models.available():
        return OnnxEncoder(load_card(source), batch_size=batch_size)
    from ethical_lens.image.transformers_encoder import TransformersEncoder

    return TransformersEncoder(source, domain=domain or "photograph", device=device, dtype=dtype, batch_size=batch_size)


def embeddings_of(encoder: ImageEncoder, frames: Sequence[Frame]) -> list[Floats]:
    """Return the embeddings of frames, encoding only those that this encoder has not seen in this look.

    Args:
        encoder: The encoder.
        frames: Frames; what is encoded is kept in them, in memory.

    Returns:
        For each frame (parts, width), not scaled to length one; one part, or several for a long picture of which the
        crop from the centre would show too little.
    """
    waiting = [frame for frame in dict.fromkeys(frames) if encoder.name not in frame.embedding]
    parts = [encoder.preprocessing.squares(frame.image) for frame in waiting]
    flat = [part for each in parts for part in each]
    if flat:
        rows = encoder.project_images(flat)
        if rows.ndim != 2 or len(rows) != len(flat) or not np.isfinite(rows).all():
            raise DetectionError(f"{encoder.name} answered with something that is no embedding; run it in float32")
        ends = np.cumsum([len(each) for each in parts])
        for frame, embedding in zip(waiting, np.split(rows, ends[:-1]), strict=True):
            frame.embedding[encoder.name] = embedding
    return [frame.embedding[encoder.name] for frame in frames]


def unit(embeddings: Floats) -> Floats:
    """Return (n, width) embeddings scaled to length one."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, 1e-12), np.float32)


def reference_image() -> Image.Image:
    """Return the drawing by whose embedding heads recognise the encoder that they belong to."""
    y, x = np.mgrid[0:_REFERENCE_SIDE, 0:_REFERENCE_SIDE]
    rings = 127.5 + 127.5 * np.sin(np.hypot(x - 30, y - 60) / 4)
    return Image.fromarray(np.stack([rings, 2.5 * x, 2.5 * y], axis=2).astype(np.uint8))


def reference_of(encoder: ImageEncoder) -> Floats:
    """Return the (width,) embedding of `reference_image`, of length one."""
    return np.asarray(unit(encoder.project_images([reference_image()]))[0], np.float32)


def in_batches(items: Sequence[Item], size: int, encode: Callable[[Sequence[Item]], Floats]) -> Floats:
    """Return the rows of all batches; nothing for nothing is an error, since its width is not known."""
    if not len(items):
        raise ImageInputError("there is nothing to encode; give at least one picture or text")
    return np.concatenate([encode(items[start : start + size]) for start in range(0, len(items), size)])

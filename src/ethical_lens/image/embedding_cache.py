"""Embeddings of files, computed once and kept on disk, so that training can be interrupted and repeated."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ethical_lens.errors import ModelError
from ethical_lens.image.encoder import ImageEncoder
from ethical_lens.image.intake import open_image
from ethical_lens.image.labelled import LabelledImages

Floats: TypeAlias = NDArray[np.float32]
Progress: TypeAlias = Callable[[int, int], None]
"""Told the images that are done, and how many there are."""

_IN_ONE_FILE: Final = 256


class EmbeddingCache:
    """Embeddings by the sha256 of the images' files, for one encoder.

    Args:
        folder: Gets a folder for the encoder, with one file for every 256 images.
        encoder: Its name, which holds a digest of its weights, keeps encoders apart.
    """

    def __init__(self, folder: Path, encoder: ImageEncoder) -> None:
        self._folder = folder / encoder.name.replace("/", "_")
        self._encoder = encoder

    def embeddings(self, images: LabelledImages, *, progress: Progress | None = None) -> Floats:
        """Return (n, width) embeddings of the first frame of each image, as the projection leaves them.

        What was computed before is read; what is new is written every 256 images, so that little is lost when it is
        interrupted.

        Raises:
            ImageInputError: If an image cannot be read; the message names it.
            ModelError: If a file of the cache is damaged.
        """
        known = self._read()
        path_of = dict(zip(images.digests, images.paths, strict=True))
        waiting = [digest for digest in path_of if digest not in known]
        for start in range(0, len(waiting), _IN_ONE_FILE):
            batch = waiting[start : start + _IN_ONE_FILE]
            rows = self._encoder.project_images([open_image(path_of[digest])[0] for digest in batch])
            self._write(batch, rows)
            known.update(zip(batch, rows, strict=True))
            if progress is not None:
                progress(len(path_of) - len(waiting) + start + len(batch), len(path_of))
        return np.stack([known[digest] for digest in images.digests])

    def _read(self) -> dict[str, Floats]:
        known: dict[str, Floats] = {}
        for path in sorted(self._folder.glob("*.npz")):
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    known.update(zip(arrays["digests"].tolist(), arrays["embeddings"], strict=True))
            except (OSError, ValueError, KeyError) as error:
                raise ModelError(f"{path} is damaged: {error}; delete it, and it is computed again") from error
        return known

    def _write(self, digests: Sequence[str], rows: Floats) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{digests[0]}.npz"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            np.savez(file, digests=np.array(digests), embeddings=rows)
        partial.replace(path)

"""Lists of known pictures, kept as perceptual hashes: a picture on one is withheld, whatever else a policy says.

A perceptual hash is computed from coarse brightness, so that the same picture saved again, made smaller or a little
brighter has nearly the same one. Neither the pictures nor their names are kept, and a hash does not give them back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.types import FORBIDDEN, Finding, Frame

FORMAT: Final = "ethical-lens-hashes@1"
_DCT_SIDE: Final = 64
_LEAST_CONTRAST: Final = 3.0
"""Standard deviation of coarse brightness, in grey values of 255, below which a picture shows nothing."""
_MOST_BYTES: Final = 256 * 1024 * 1024

Bits = NDArray[np.bool_]


def difference_hash(image: Image.Image) -> Bits:
    """Return whether each of 8x8 places is darker than its right neighbour (dHash, Krawetz 2013).

    Args:
        image: RGB.

    Returns:
        (64,).
    """
    grey = _grey(image, 9, 8)
    return np.asarray((grey[:, 1:] > grey[:, :-1]).ravel())


def cosine_hash(image: Image.Image) -> Bits:
    """Return whether each of the 8x8 lowest frequencies is above their median (pHash, Zauner 2010).

    Args:
        image: RGB.

    Returns:
        (64,).
    """
    return _above_median(_frequencies(image, first=0, n=8))


def broad_hash(image: Image.Image) -> Bits:
    """Return whether each of 16x16 low frequencies, the mean left out, is above their median.

    This is the geometry of PDQ (Facebook, 2019) without its filters, so its hashes are not those of PDQ.

    Args:
        image: RGB.

    Returns:
        (256,).
    """
    return _above_median(_frequencies(image, first=1, n=16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """One way to hash a picture."""

    hash: Callable[[Image.Image], Bits]
    n_bits: int
    distance: int
    """Differing bits up to which two pictures are taken for the same, by default."""


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        "broad": Algorithm(hash=broad_hash, n_bits=256, distance=48),
        "cosine": Algorithm(hash=cosine_hash, n_bits=64, distance=8),
        "difference": Algorithm(hash=difference_hash, n_bits=64, distance=8),
    }
)
"""Name to algorithm. docs/image-detectors.md says how well each recognises what."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HashList:
    """A list of known pictures."""

    title: str
    """What is said of a picture on it; never shown to users."""
    algorithm: str
    distance: int
    """Differing bits up to which a picture is taken for one on the list."""
    packed: NDArray[np.uint8] = field(repr=False)
    """(n, bytes of the algorithm), eight bits to a byte."""
    category: str = FORBIDDEN
    """What else the pictures are, "nude" for example; `FORBIDDEN` if nothing."""

    def nearest(self, image: Image.Image) -> int:
        """Return the smallest distance of a picture to one on the list, mirrored or not.

        Args:
            image: RGB.

        Returns:
            Differing bits; all of them for a picture without any structure, which is like every other such picture.
        """
        chosen = ALGORITHMS[self.algorithm]
        if is_plain(image):
            return chosen.n_bits
        views = (image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        return min(_distance(self.packed, np.packbits(chosen.hash(each))) for each in views)


class HashDetector:
    """Compares every picture with lists of known ones. It needs no model, and judges every kind of picture.

    A picture as far from the nearest on a list as its distance allows gets the score 0.5, the same picture 1, and one
    twice as far 0.

    Args:
        files: Lists, as `write_list` writes them.

    Raises:
        ConfigurationError: If there is none, or one cannot be read.
    """

    name = "hashes@1"
    domain = "any"

    def __init__(self, files: Sequence[str | Path]) -> None:
        if isinstance(files, (str, Path)) or not files:
            raise ConfigurationError("expected one or more files with hashes ('files: [known.jsonl]'), got none")
        self.lists = tuple(read_list(Path(file)) for file in files)
        self.categories = tuple(dict.fromkeys((FORBIDDEN, *(each.category for each in self.lists))))

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return for each frame how likely it is on a list, and what its pictures are."""
        return [self._findings(frame.image) for frame in frames]

    def _findings(self, image: Image.Image) -> list[Finding]:
        scores: dict[str, tuple[float, str]] = dict.fromkeys(self.categories, (0.0, ""))
        for known in self.lists:
            score = _score(known.nearest(image), known.distance)
            for category in {FORBIDDEN, known.category}:
                if score > scores[category][0]:
                    scores[category] = (score, f"near a picture of the list {known.title!r}")
        return [
            Finding(category=category, score=score, source=self.name, note=note)
            for category, (score, note) in scores.items()
        ]


def hash_list(
    images: Iterable[Image.Image],
    *,
    title: str,
    algorithm: str = "broad",
    distance: int | None = None,
    category: str = FORBIDDEN,
) -> HashList:
    """Return the list of some pictures; equal hashes are kept once, pictures without structure are left out.

    Args:
        images: RGB.
        title: What the list is.
        algorithm: One of `ALGORITHMS`.
        distance: Differing bits that are allowed; the algorithm's own by default.
        category: What else the pictures are.

    Raises:
        ConfigurationError: If there is no such algorithm, no picture, or the distance does not fit.
    """
    chosen = _algorithm(algorithm)
    rows = {np.packbits(chosen.hash(image)).tobytes() for image in images if not is_plain(image)}
    if not rows:
        raise ConfigurationError("expected pictures that show something, got none; name some")
    allowed = chosen.distance if distance is None else distance
    _require_distance(allowed, chosen)
    return HashList(
        title=title, algorithm=algorithm, distance=allowed, packed=_stacked(sorted(rows)), category=category
    )


def write_list(known: HashList, path: Path) -> None:
    """Write a list: a line of JSON that says what it is, then one hash a line in hexadecimal digits.

    Raises:
        OSError: If it cannot be written.
    """
    head = {
        "format": FORMAT,
        "title": known.title,
        "algorithm": known.algorithm,
        "distance": known.distance,
        "category": known.category,
    }
    rows = [row.tobytes().hex() for row in known.packed]
    partial = path.with_name(path.name + ".partial")
    partial.write_text("\n".join([json.dumps(head), *rows]) + "\n", encoding="utf-8")
    partial.replace(path)


def read_list(path: Path) -> HashList:
    """Read a list.

    Raises:
        ConfigurationError: If the file cannot be read or is no such list.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES:,} bytes; split it")
        first, *rows = _lines(path)
        return _parsed(first, rows)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the list of hashes {str(path)!r} cannot be read: {error}; build it with 'ethical-lens hash-list'"
        ) from error


def _lines(path: Path) -> list[str]:
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if len(lines) < 2:
        raise ValueError("expected a line of JSON and at least one hash")
    return lines


def _parsed(first: str, rows: Sequence[str]) -> HashList:
    head = json.loads(first)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError(f"expected the first line to be JSON with the format {FORMAT!r}")
    texts = {key: head.get(key) for key in ("title", "algorithm", "category")}
    distance = head.get("distance")
    if not all(isinstance(value, str) for value in texts.values()) or type(distance) is not int:
        raise ValueError("title, algorithm and category have to be texts, distance a whole number")
    chosen = _algorithm(str(texts["algorithm"]))
    _require_distance(distance, chosen)
    packed = [bytes.fromhex(row) for row in rows]
    if any(len(row) * 8 != chosen.n_bits for row in packed):
        raise ValueError(f"every hash of {texts['algorithm']!r} has {chosen.n_bits // 4} hexadecimal digits")
    return HashList(
        title=str(texts["title"]),
        algorithm=str(texts["algorithm"]),
        distance=distance,
        packed=_stacked(packed),
        category=str(texts["category"]),
    )


def _algorithm(name: str) -> Algorithm:
    if name not in ALGORITHMS:
        raise ConfigurationError(f"unknown algorithm {name!r}; use one of: {', '.join(ALGORITHMS)}")
    return ALGORITHMS[name]


def _require_distance(distance: int, chosen: Algorithm) -> None:
    if not 0 <= distance <= chosen.n_bits // 4:
        raise ConfigurationError(
            f"the distance has to be a whole number from 0 to {chosen.n_bits // 4}, got {distance!r}: further apart, "
            "unlike pictures are taken for the same"
        )


def is_plain(image: Image.Image) -> bool:
    """Tell whether a picture is so even that its hash would be chance.

    Args:
        image: RGB.
    """
    return float(_grey(image, _DCT_SIDE, _DCT_SIDE).std()) < _LEAST_CONTRAST


def _stacked(rows: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)


def _distance(packed: NDArray[np.uint8], row: NDArray[np.uint8]) -> int:
    return int(np.bitwise_count(packed ^ row).sum(axis=1, dtype=np.int64).min())


def _score(apart: int, distance: int) -> float:
    return max(0.0, 1 - apart / (2 * distance)) if distance else float(apart == 0)


def _grey(image: Image.Image, width: int, height: int) -> NDArray[np.float64]:
    return np.asarray(image.convert("L").resize((width, height), Image.Resampling.BOX), np.float64)


def _frequencies(image: Image.Image, *, first: int, n: int) -> NDArray[np.float64]:
    """Return (n, n) coefficients of the two-dimensional cosine transform, from one of the lowest on."""
    rows = _cosines()[first : first + n]
    return np.asarray(rows @ _grey(image, _DCT_SIDE, _DCT_SIDE) @ rows.T)


@cache
def _cosines() -> NDArray[np.float64]:
    """Return the cosine transform (DCT-II) as a matrix, lowest frequency first."""
    places, frequencies = np.arange(_DCT_SIDE), np.arange(_DCT_SIDE)[:, None]
    return np.asarray(np.cos(np.pi * (2 * places + 1) * frequencies / (2 * _DCT_SIDE)))


def _above_median(frequencies: NDArray[np.float64]) -> Bits:
    return np.asarray((frequencies > np.median(frequencies)).ravel())

"""A generator around another one that draws nothing twice for one prompt, whichever arm asks for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from ethical_lens.lens.planning import TokenLimited
from ethical_lens.types import Drawing, Generator, Inpainter, Shot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

_Key: TypeAlias = "tuple[str, int, int | None, int | None, str | None]"


class KeptGenerator:
    """Draws with another generator and keeps the pictures of the prompt in hand.

    Both arms use the same seeds, so a prompt that passes unchanged has the same picture in both; it is drawn once.
    ``seconds`` counts for each picture what its first drawing took, so that times do not depend on what was kept.

    Args:
        inner: What draws.
    """

    def __init__(self, inner: Generator) -> None:
        self.inner = inner
        self.name = inner.name
        self.domain = inner.domain
        self.seconds = 0.0
        """Seconds that the pictures asked for since the last `begin` took, or would have taken."""
        self._kept: dict[_Key, tuple[Drawing, float]] = {}

    def begin(self) -> None:
        """Set the clock back, for the next arm."""
        self.seconds = 0.0

    def forget(self) -> None:
        """Drop all pictures, for the next prompt."""
        self._kept.clear()

    def remember(self, text: str, seed: int, image: Image, seconds: float) -> None:
        """Take a picture as drawn already, of the generator's own size and without a negative prompt."""
        self._kept[text, seed, None, None, None] = (Drawing(image=image), seconds)

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Return one drawing per shot; only those that are not kept are drawn."""
        missing = list({_key(shot): shot for shot in shots if _key(shot) not in self._kept}.values())
        fresh: dict[_Key, tuple[Drawing, float]] = {}
        if missing:
            since = time.perf_counter()
            drawings = self.inner.generate(missing)
            each = (time.perf_counter() - since) / len(missing)
            fresh = {_key(shot): (drawing, each) for shot, drawing in zip(missing, drawings, strict=True)}
        # What failed may succeed when it is asked for again.
        self._kept |= {key: kept for key, kept in fresh.items() if kept[0].image is not None}
        answers = [fresh.get(_key(shot)) or self._kept[_key(shot)] for shot in shots]
        self.seconds += sum(seconds for _, seconds in answers)
        return [drawing for drawing, _ in answers]


class _Inpaints(KeptGenerator):
    def inpaint(self, image: Image, mask: NDArray[np.bool_], shot: Shot) -> Image:
        """Let the inner generator draw a region anew."""
        assert isinstance(self.inner, Inpainter)  # noqa: S101 - `keeping` made sure
        return self.inner.inpaint(image, mask, shot)


class _Counts(KeptGenerator):
    @property
    def max_tokens(self) -> int:
        """Longest prompt of the inner generator."""
        assert isinstance(self.inner, TokenLimited)  # noqa: S101 - `keeping` made sure
        return self.inner.max_tokens

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the inner generator sees."""
        assert isinstance(self.inner, TokenLimited)  # noqa: S101 - `keeping` made sure
        return self.inner.count_tokens(text)


class _CountsAndInpaints(_Counts, _Inpaints):
    pass


def keeping(inner: Generator) -> KeptGenerator:
    """Return a generator that keeps what it draws and can do whatever else the inner one can."""
    kinds = {
        (False, False): KeptGenerator,
        (False, True): _Inpaints,
        (True, False): _Counts,
        (True, True): _CountsAndInpaints,
    }
    return kinds[isinstance(inner, TokenLimited), isinstance(inner, Inpainter)](inner)


def _key(shot: Shot) -> _Key:
    return shot.draft.text, shot.seed, shot.width, shot.height, shot.negative_prompt

"""Nudity with boxes: an adapter for NudeNet, which sees photographs only.

NudeNet's weights and code are under the AGPL-3.0 although the metadata of its package says MIT. Who serves it to others
over a network has to offer them the source. It is therefore an extra of its own and never a default.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, TypedDict, cast

import numpy as np
from PIL import Image

from ethical_lens.errors import ConfigurationError, DetectionError, MissingExtraError
from ethical_lens.image.domain import PHOTOGRAPH, within_domain
from ethical_lens.image.labels import require_all_mapped
from ethical_lens.types import Box, Finding, Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

LICENCE: Final = "AGPL-3.0"
NUDE: Final = "nude"
DEFAULT_LABELS: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        "FEMALE_BREAST_EXPOSED": NUDE,
        "FEMALE_GENITALIA_EXPOSED": NUDE,
        "MALE_GENITALIA_EXPOSED": NUDE,
        "BUTTOCKS_EXPOSED": NUDE,
        "ANUS_EXPOSED": NUDE,
        "MALE_BREAST_EXPOSED": None,
        "BELLY_EXPOSED": None,
        "ARMPITS_EXPOSED": None,
        "FEET_EXPOSED": None,
        "FEMALE_BREAST_COVERED": None,
        "FEMALE_GENITALIA_COVERED": None,
        "BUTTOCKS_COVERED": None,
        "ANUS_COVERED": None,
        "BELLY_COVERED": None,
        "ARMPITS_COVERED": None,
        "FEET_COVERED": None,
        "FACE_FEMALE": None,
        "FACE_MALE": None,
    }
)
"""Every label of NudeNet 3, and which of them count as nudity."""


class Detection(TypedDict):
    """One thing that NudeNet sees; its key for the label is "class"."""

    score: float
    box: list[int]


class _NudeNet(Protocol):
    def detect(self, image_path: NDArray[np.uint8], /) -> list[Detection]: ...


class NudityDetector:
    """Finds unclothed parts of bodies in photographs, each with its box. The network is opened at the first look.

    NudeNet reports nothing below its own bound of 0.25, so that a picture without nudity has the score 0.

    Args:
        licence: Has to be "AGPL-3.0": whoever switches this on knows under which licence it comes.
        labels: Other meaning of some of NudeNet's labels; those not named keep that of `DEFAULT_LABELS`.
        domain: Kind of picture that it is used for.

    Raises:
        MissingExtraError: If NudeNet is not installed.
        ConfigurationError: If the licence is not named, or a label is unknown.
    """

    def __init__(
        self, *, licence: str = "", labels: Mapping[str, str | None] | None = None, domain: str = PHOTOGRAPH
    ) -> None:
        if licence != LICENCE:
            raise ConfigurationError(
                f"NudeNet is under the {LICENCE}, whatever its metadata says; if that suits you, write "
                f"'licence: {LICENCE}' next to it"
            )
        try:
            import nudenet  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("the nudity detector", "nudity") from error
        self.domain = domain
        self.name = f"nudenet@{version('nudenet')}"
        self._labels = require_all_mapped(self.name, DEFAULT_LABELS, {**DEFAULT_LABELS, **(labels or {})})
        self.categories = self._labels.named
        self._opened: _NudeNet | None = None
        self._opening = threading.Lock()

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return the score of each category, and a box for everything that speaks for one."""
        return within_domain(frames, self.domain, self.name, self._judge)

    def _judge(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [self._findings(frame.image) for frame in frames]

    def _findings(self, image: Image.Image) -> list[Finding]:
        # It takes blue first, and pictures from files, whose colours it reads in that order.
        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])
        found = [each for one in self._network().detect(pixels) if (each := self._finding(one, image)) is not None]
        seen = {finding.category for finding in found}
        return [
            *found,
            *(Finding(category=each, score=0.0, source=self.name) for each in self.categories if each not in seen),
        ]

    def _finding(self, detection: Detection, image: Image.Image) -> Finding | None:
        label = str(cast("Mapping[str, object]", detection).get("class"))
        if label not in self._labels.categories:
            raise DetectionError(f"{self.name} answered with the unknown label {label!r}; install the extra again")
        category = self._labels.categories[label]
        if category is None:
            return None
        left, top, width, height = detection["box"]
        box = Box(
            left=min(max(left, 0), image.width - 1),
            top=min(max(top, 0), image.height - 1),
            right=min(max(left + width, left + 1, 1), image.width),
            bottom=min(max(top + height, top + 1, 1), image.height),
        )
        note = label.lower().replace("_", " ")
        return Finding(category=category, score=min(1.0, detection["score"]), source=self.name, where=box, note=note)

    def _network(self) -> _NudeNet:
        with self._opening:
            if self._opened is None:
                import nudenet

                _log.warning("NudeNet is used; it is under the %s", LICENCE)
                self._opened = cast("_NudeNet", nudenet.NudeDetector())
            return self._opened

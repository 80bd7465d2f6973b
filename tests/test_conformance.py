"""Everything that the package ships keeps the promises of its extension point."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens import registry
from ethical_lens.testing import check_editor, check_image_detector, check_text_detector
from ethical_lens.types import Shot


class Grey:
    """Inpaints with grey."""

    def inpaint(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot) -> Image.Image:
        return Image.fromarray(np.where(mask[..., None], np.uint8(128), np.asarray(image)))


def test_text_detectors_conform() -> None:
    tools = registry.text_tools()
    for detector in (*tools.detectors, *tools.negative_detectors):
        check_text_detector(detector)


def test_image_detectors_conform() -> None:
    for detector in registry.image_detectors():
        check_image_detector(detector, domain="sketch")


@pytest.mark.parametrize("name", sorted(registry.editors(Grey())))
def test_editors_conform(name: str) -> None:
    check_editor(registry.editors(Grey())[name])

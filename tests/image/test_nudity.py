from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.labels import require_all_mapped
from ethical_lens.image.nudity import DEFAULT_LABELS, LICENCE, NudityDetector
from ethical_lens.testing import check_image_detector
from ethical_lens.types import Box, Frame

NEEDS = pytest.importorskip("nudenet", reason='the nudity detector needs the extra "nudity"')


@pytest.fixture(scope="module")
def detector() -> NudityDetector:
    return NudityDetector(licence=LICENCE, labels={"FACE_FEMALE": "public"})


def test_licence_has_to_be_named() -> None:
    with pytest.raises(ConfigurationError, match=r"AGPL-3\.0"):
        NudityDetector()


def test_unknown_label_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'FACE_FEMALE'"):
        NudityDetector(licence=LICENCE, labels={"FACE_FEMAL": "public"})


def test_labels_are_those_of_the_model() -> None:
    inside = vars(NEEDS.nudenet) if hasattr(NEEDS, "nudenet") else vars(NEEDS)
    (labels,) = (value for name, value in inside.items() if name.endswith("__labels"))
    assert set(labels) == set(DEFAULT_LABELS)


def test_detector_conforms(detector: NudityDetector) -> None:
    check_image_detector(detector, domain="photograph")


def test_drawing_is_not_judged(detector: NudityDetector) -> None:
    [findings] = detector.detect([Frame(image=Image.new("RGB", (64, 64)), domain="sketch")])
    assert [(each.category, each.score) for each in findings] == [("out_of_domain", 1.0)]


def test_real_photograph_is_judged_with_boxes_inside_it(detector: NudityDetector) -> None:
    """A portrait of a clothed astronaut: a face is found at its place, nudity is not."""
    data = pytest.importorskip("skimage.data", reason="the photograph lies in scikit-image")
    image = Image.fromarray(data.astronaut())
    before = np.asarray(image).copy()
    [findings] = detector.detect([Frame(image=image, domain="photograph")])
    [face] = [each for each in findings if each.category == "public"]
    assert isinstance(face.where, Box)
    assert face.where.left < 224 < face.where.right
    assert face.where.top < 130 < face.where.bottom
    assert max(each.score for each in findings if each.category == "nude") == 0.0
    assert (np.asarray(image) == before).all()


def test_mapping_speaks_of_every_label_and_of_no_other() -> None:
    with pytest.raises(ConfigurationError, match="without a category: 'gore'"):
        require_all_mapped("x", ["safe", "gore"], {"safe": None})
    with pytest.raises(ConfigurationError, match="no label 'gor'; did you mean 'gore'"):
        require_all_mapped("x", ["safe", "gore"], {"safe": None, "gore": "nsfw", "gor": "nsfw"})
    with pytest.raises(ConfigurationError, match="no label of x is mapped"):
        require_all_mapped("x", ["safe", "gore"], {"safe": None, "gore": ""})


def test_scores_add_up_only_where_labels_exclude_each_other() -> None:
    labels = require_all_mapped("x", ["a", "b", "c"], {"a": "nsfw", "b": "nsfw", "c": None})
    given = {"a": 0.5, "b": 0.25, "c": 0.25}
    assert labels.scores(given, exclusive=True) == {"nsfw": 0.75}
    assert labels.scores(given, exclusive=False) == {"nsfw": 0.5}

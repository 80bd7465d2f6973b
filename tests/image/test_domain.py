from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ethical_lens.image.domain import covers, kind_of, within_domain
from ethical_lens.image.kind import features, share_of_photograph
from ethical_lens.types import Finding, Frame


def chart() -> Image.Image:
    image = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(image)
    for column in range(8):
        pen.rectangle((20 + 20 * column, 180 - 15 * column, 34 + 20 * column, 180), fill=(200, 30, 30 * column))
    return image


def test_photograph_and_chart_are_told_apart() -> None:
    data = pytest.importorskip("skimage.data", reason="the photograph lies in scikit-image")
    assert kind_of(Image.fromarray(data.chelsea())) in ("photograph", None)
    assert share_of_photograph(Image.fromarray(data.chelsea())) > share_of_photograph(chart())
    assert kind_of(chart()) == "drawing"


def test_features_are_shares_of_each_kind() -> None:
    measured = features(chart())
    assert measured is not None
    assert np.allclose(measured.reshape(3, 8).sum(axis=1), 1)
    assert features(Image.new("RGB", (2, 9))) is None


def test_picture_too_small_to_tell_is_of_no_kind() -> None:
    assert kind_of(Image.new("RGB", (1, 1))) is None


@pytest.mark.parametrize(
    ("domain", "vouched", "expected"),
    [
        ("photograph", "photograph", True),
        ("photograph", "sketch", False),
        ("drawing", "sketch", True),
        ("sketch", "drawing", False),
        ("any", "photograph", True),
        ("any", None, True),
        ("photograph", None, False),
        ("drawing", None, True),
    ],
)
def test_domain_covers_what_it_was_made_for(domain: str, vouched: str | None, expected: bool) -> None:
    assert covers(domain, Frame(image=chart(), domain=vouched)) is expected


def test_frames_outside_are_never_judged() -> None:
    frames = [Frame(image=chart(), domain=kind) for kind in ("sketch", "photograph", "sketch")]

    def judge(own: object) -> list[list[Finding]]:
        assert own == [frames[1]]
        return [[Finding(category="nude", score=0.25, source="x@1")]]

    found = within_domain(frames, "photograph", "x@1", judge)
    assert [[(each.category, each.score) for each in one] for one in found] == [
        [("out_of_domain", 1.0)],
        [("nude", 0.25), ("out_of_domain", 0.0)],
        [("out_of_domain", 1.0)],
    ]
    assert within_domain([], "photograph", "x@1", judge) == []

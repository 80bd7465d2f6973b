"""Findings without a place: located, or not edited at all; and what is said of where something is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.edit.masks import from_heat, from_where
from ethical_lens.edit.regions import described
from ethical_lens.image.locate import Query
from ethical_lens.lens import Lens
from ethical_lens.lens.locating import placed
from ethical_lens.testing import PlainGenerator, ScriptedLook, small_lens
from ethical_lens.types import Box, Edit, Finding, Frame, Mask, Shot, Status

PICTURE = Image.new("RGB", (64, 64), (9, 9, 9))
LOWER_LEFT = Box(left=2, top=50, right=14, bottom=62)
UPPER_RIGHT = Box(left=50, top=2, right=62, bottom=14)


class Spots:
    """A locator that sees a bright spot per query."""

    name = "spots@1"
    domain = "sketch"

    def __init__(self, spots: dict[str, tuple[Box, float]], domain: str = "sketch") -> None:
        self.spots, self.domain = spots, domain

    def queries(self, category: str) -> tuple[Query, ...]:
        known = tuple(Query(text=text, peak=0.6, outline=0.3) for text in self.spots)
        return known if category == "nsfw" else ()

    def locate(self, image: Image.Image, queries: Sequence[str]) -> NDArray[np.float32]:
        maps = np.full((len(queries), image.height, image.width), 0.1, np.float32)
        for heat, text in zip(maps, queries, strict=True):
            box, height = self.spots[text]
            heat[box.top : box.bottom, box.left : box.right] = height
        return maps


def finding(where: Box | Mask | None = None, *, category: str = "nsfw", score: float = 0.9) -> Finding:
    return Finding(category=category, score=score, source="heads@1", where=where)


def test_finding_without_a_place_gets_the_regions_of_the_queries_that_are_found() -> None:
    locator = Spots({"a knife": (LOWER_LEFT, 0.9), "blood": (UPPER_RIGHT, 0.5)})
    [made] = placed([finding()], PICTURE, locator, domain="sketch") or []
    assert isinstance(made.where, Mask)
    assert made.where.box == LOWER_LEFT
    assert made.note == "a knife in the lower left"


def test_nothing_found_is_no_place_at_all() -> None:
    assert placed([finding()], PICTURE, Spots({"a knife": (LOWER_LEFT, 0.59)}), domain="sketch") is None
    assert placed([finding(category="nude")], PICTURE, Spots({"a knife": (LOWER_LEFT, 0.9)}), domain="sketch") is None


def test_locator_is_not_used_outside_its_domain() -> None:
    locator = Spots({"a knife": (LOWER_LEFT, 0.9)}, domain="photograph")
    assert placed([finding()], PICTURE, locator, domain="sketch") is None


def test_places_of_several_detectors_are_joined_by_category_and_asked_of_nobody_else() -> None:
    found = [finding(LOWER_LEFT, score=0.6), finding(UPPER_RIGHT), finding(None, score=0.8)]
    [made] = placed(found, PICTURE, None, domain="sketch") or []
    bits = from_where(made.where, PICTURE.size)
    assert bits[55, 5]
    assert bits[5, 55]
    assert not bits[30, 30]
    assert made.score == 0.9


def test_heat_below_the_peak_is_an_empty_mask() -> None:
    heat = np.full((8, 8), 0.4, np.float32)
    assert not from_heat(heat, peak=0.5, outline=0.3).any()
    heat[2, 2] = 0.5
    assert from_heat(heat, peak=0.5, outline=0.3).all()
    assert from_heat(heat, peak=0.5, outline=0.45).sum() == 1


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (LOWER_LEFT, "in the lower left"),
        (UPPER_RIGHT, "in the upper right"),
        (Box(left=28, top=28, right=36, bottom=36), "in the middle"),
        (Box(left=0, top=24, right=8, bottom=40), "on the left"),
        (Box(left=24, top=0, right=40, bottom=8), "in the upper part"),
        (Box(left=-50, top=0, right=64, bottom=60), "over most of the picture"),
    ],
)
def test_region_is_told_in_words(box: Box, words: str) -> None:
    assert described(box, (64, 64)) == words


class Paint:
    """Paints the finding's place white."""

    name = "paint@1"

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        edited = np.asarray(image).copy()
        edited[from_where(finding.where, image.size)] = 255
        return Image.fromarray(edited), Edit(editor=self.name, finding=finding)


def lens_with(locator: Spots | None) -> Lens:
    def look(frame: Frame) -> dict[str, float]:
        return {"nsfw": 0.0 if (np.asarray(frame.image) == 255).all(2).any() else 0.9}

    lens = small_lens(image_detectors=[ScriptedLook(score=look)], editors={"inpaint": Paint()})
    lens._locator = locator
    return lens


def test_lens_edits_where_the_locator_finds_it_and_nowhere_else() -> None:
    outcome = lens_with(Spots({"a knife": (LOWER_LEFT, 0.9)})).generate("a cat", seed=4).outcomes[0]
    plain = PlainGenerator().generate([outcome.attempts[0].shot])[0].image
    assert outcome.status is Status.EDITED
    assert outcome.image is not None
    assert plain is not None
    changed = (np.asarray(outcome.image) != np.asarray(plain)).any(2)
    assert (changed == from_where(LOWER_LEFT, plain.size)).all()


@pytest.mark.parametrize("locator", [None, Spots({"a knife": (LOWER_LEFT, 0.2)})])
def test_lens_draws_again_rather_than_edit_somewhere(locator: Spots | None) -> None:
    outcome = lens_with(locator).generate("a cat", seed=4).outcomes[0]
    assert all(attempt.edits == () for attempt in outcome.attempts)
    assert len({attempt.shot.seed for attempt in outcome.attempts}) > 1


def test_locator_that_fails_finds_nothing() -> None:
    class Broken(Spots):
        def locate(self, image: Image.Image, queries: Sequence[str]) -> NDArray[np.float32]:
            raise RuntimeError("out of memory")

    outcome = lens_with(Broken({"a knife": (LOWER_LEFT, 0.9)})).generate("a cat", seed=4).outcomes[0]
    assert all(attempt.edits == () for attempt in outcome.attempts)

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.edit.blur import Blur, Cover, Pixelate
from ethical_lens.edit.inpaint import Inpaint
from ethical_lens.edit.masks import dilate, from_where
from ethical_lens.errors import GenerationError, InputError
from ethical_lens.sketch import Person, Scene, render
from ethical_lens.types import (
    Action,
    Author,
    Box,
    Draft,
    Editor,
    Finding,
    Inpainter,
    Mask,
    Shot,
    Span,
    Stage,
    Verdict,
)

SHOT = Shot(
    index=0,
    draft=Draft(text="x", author=Author.USER, verdict=Verdict(stage=Stage.TEXT, action=Action.ALLOW, findings=())),
    seed=3,
)


class Repainter:
    """An inpainter that keeps nothing, as one that decodes from latents does."""

    def __init__(self, *, size: tuple[int, int] | None = None) -> None:
        self.size = size
        self.mask: NDArray[np.bool_] | None = None

    def inpaint(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot) -> Image.Image:
        """Return another picture and spoil what was handed in."""
        self.mask = mask.copy()
        image.paste((1, 2, 3), (0, 0, image.width, image.height))
        mask[:] = True
        return Image.new("RGB", self.size or image.size, (10, 200, 90))


def picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8))


def finding(where: Box | Mask | Span | None) -> Finding:
    return Finding(category="nude", score=0.9, source="test@1", where=where)


def ellipse() -> Mask:
    y, x = np.mgrid[0:20, 0:30]
    return Mask(box=Box(left=20, top=10, right=50, bottom=30), bits=((x - 14.5) / 15) ** 2 + ((y - 9.5) / 10) ** 2 <= 1)


EDITORS: list[Editor] = [Blur(), Pixelate(), Cover(), Inpaint(inpainter=Repainter())]
PLACES: list[Box | Mask] = [
    Box(left=5, top=6, right=30, bottom=40),
    Box(left=-9, top=20, right=400, bottom=31),
    ellipse(),
]


@pytest.mark.parametrize("editor", EDITORS, ids=lambda editor: editor.name)
@pytest.mark.parametrize("where", PLACES, ids=["box", "box beyond the border", "mask"])
def test_nothing_changes_outside_and_something_inside(editor: Editor, where: Box | Mask) -> None:
    image = picture()
    before = image.tobytes()
    edited, edit = editor.edit(image, finding(where), SHOT)
    inside = from_where(where, image.size)
    touched = (np.asarray(edited) != np.asarray(image)).any(2)
    assert not touched[~dilate(inside, 1 + 3)].any()
    assert touched[inside].mean() > 0.9
    assert image.tobytes() == before
    assert edited.size == image.size
    assert edited.mode == "RGB"
    assert edit.editor == editor.name
    assert edit.finding.where is where


@pytest.mark.parametrize("editor", EDITORS, ids=lambda editor: editor.name)
def test_same_input_gives_same_output(editor: Editor) -> None:
    first, _ = editor.edit(picture(), finding(ellipse()), SHOT)
    second, _ = editor.edit(picture(), finding(ellipse()), SHOT)
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("editor", EDITORS, ids=lambda editor: editor.name)
@pytest.mark.parametrize(
    ("where", "message"),
    [
        (None, "has no place in the picture"),
        (Span(start=0, end=3), "has no place in the picture"),
        (Box(left=100, top=0, right=120, bottom=10), "outside or is empty"),
        (Box(left=5, top=5, right=5, bottom=9), "outside or is empty"),
    ],
    ids=["nowhere", "span", "outside", "empty"],
)
def test_finding_without_a_region_is_refused_so_that_the_lens_escalates(
    editor: Editor, where: Box | Span | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        editor.edit(picture(), finding(where), SHOT)


@pytest.mark.parametrize("editor", EDITORS[:3], ids=lambda editor: editor.name)
def test_what_hides_leaves_no_detail(editor: Editor) -> None:
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (48, 32))).convert("RGB")
    where = Box(left=16, top=8, right=48, bottom=40)
    edited, _ = editor.edit(stripes, finding(where), SHOT)
    inside = np.asarray(edited, np.float64)[10:38, 18:46]
    assert np.abs(np.diff(inside, axis=1)).max() < 20


def test_blur_makes_a_face_unrecognisable() -> None:
    scenes = [
        Scene(people=(Person(gender=gender, race="White", age="young adulthood"),), place="park", style="flat", seed=4)
        for gender in ("female", "male")
    ]
    faces = []
    for scene in scenes:
        drawing = render(scene)
        mask = drawing.masks["face:0"] | render(scenes[0]).masks["face:0"] | render(scenes[1]).masks["face:0"]
        where = Mask(box=Box(left=0, top=0, right=64, bottom=64), bits=mask)
        edited, _ = Blur().edit(drawing.image, finding(where), SHOT)
        faces.append((np.asarray(drawing.image, np.float64)[mask], np.asarray(edited, np.float64)[mask]))
    (first, first_blurred), (second, second_blurred) = faces
    assert first_blurred.std() < 0.7 * first.std()
    assert np.abs(first_blurred - second_blurred).mean() < 0.7 * np.abs(first - second).mean()


def test_inpainting_replaces_the_whole_region_and_fades_only_beyond_it() -> None:
    inpainter = Repainter()
    assert isinstance(inpainter, Inpainter)
    image = picture((128, 128))
    where = Box(left=40, top=40, right=80, bottom=80)
    edited, edit = Inpaint(inpainter=inpainter).edit(image, finding(where), SHOT)
    pixels = np.asarray(edited)
    assert (pixels[40:80, 40:80] == (10, 200, 90)).all()
    assert inpainter.mask is not None
    assert inpainter.mask.sum() > 40 * 40
    assert np.array_equal(pixels[~inpainter.mask], np.asarray(image)[~inpainter.mask])
    assert edit.parameters["pixels"] == int(inpainter.mask.sum())


def test_inpainter_that_changes_the_size_is_refused() -> None:
    with pytest.raises(GenerationError, match="must keep the size"):
        Inpaint(inpainter=Repainter(size=(10, 10))).edit(picture(), finding(ellipse()), SHOT)

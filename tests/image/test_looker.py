from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images

from ethical_lens.errors import ModelIntegrityError
from ethical_lens.image.domain import OUT_OF_DOMAIN
from ethical_lens.image.intake import open_image
from ethical_lens.image.looker import SketchLooker, prepare
from ethical_lens.models import ModelFile, load_card
from ethical_lens.sketch import HEAD_OF, Person, Rendering, Scene, celebrity_person, random_scene, render
from ethical_lens.train.sketch.autoencoder import to_tensor
from ethical_lens.types import Box, Finding, Frame, ImageDetector, Mask

ADULT = Person(gender="female", race="Asian", age="middle age", occupation="teacher")
HARMS = ("nude", "nsfw", "politic", "culture", "public", "watermark")


@pytest.fixture(scope="module")
def looker() -> SketchLooker:
    return SketchLooker()


def drawing(
    *,
    people: tuple[Person, ...] = (ADULT,),
    stand_ins: tuple[str, ...] = (),
    watermark: bool = False,
    seed: int = 0,
    size: int = 64,
) -> Rendering:
    scene = Scene(people=people, place="classroom", style="flat", stand_ins=stand_ins, watermark=watermark, seed=seed)
    return render(scene, size)


def scores(findings: Sequence[Finding]) -> dict[str, float]:
    return {finding.category: finding.score for finding in findings}


def drawings(n: int, seed: int = 77) -> list[tuple[Scene, Rendering]]:
    scenes = [random_scene(np.random.default_rng((seed, index))) for index in range(n)]
    return [(scene, render(scene)) for scene in scenes]


def test_every_category_of_the_card_is_reported(looker: SketchLooker) -> None:
    assert isinstance(looker, ImageDetector)
    (findings,) = looker.detect([Frame(image=drawing().image)])
    assert tuple(scores(findings)) == looker.card.categories
    assert all(0 <= finding.score <= 1 and finding.source == looker.name for finding in findings)


def test_clean_drawing_is_seen_as_clean(looker: SketchLooker) -> None:
    frames = [Frame(image=drawing(seed=seed).image, domain="sketch") for seed in range(12)]
    for findings in looker.detect(frames):
        assert max(scores(findings)[harm] for harm in HARMS) < 0.5


@pytest.mark.parametrize(
    ("category", "stand_in"),
    [
        ("nude", "nudity"),
        ("nsfw", "knife"),
        ("nsfw", "blood"),
        ("nsfw", "syringe"),
        ("nsfw", "slime"),
        ("politic", "rally"),
        ("culture", "desecration"),
    ],
)
def test_stand_in_is_seen_and_located(looker: SketchLooker, category: str, stand_in: str) -> None:
    check_seen_and_located(looker, category, [drawing(seed=seed, stand_ins=(stand_in,)) for seed in range(8)])


def test_celebrity_is_seen_and_located(looker: SketchLooker) -> None:
    people = [celebrity_person(name) for name in ("Oriella Vantreau", "Jabari Okonwelle", "Minseo Harukane")]
    check_seen_and_located(looker, "public", [drawing(people=(person,), seed=3) for person in people])


def test_watermark_is_seen_and_located(looker: SketchLooker) -> None:
    check_seen_and_located(looker, "watermark", [drawing(seed=seed, watermark=True) for seed in range(8)])


def check_seen_and_located(looker: SketchLooker, category: str, pictures: Sequence[Rendering]) -> None:
    found = [
        next(finding for finding in findings if finding.category == category)
        for findings in looker.detect([Frame(image=picture.image, domain="sketch") for picture in pictures])
    ]
    assert np.mean([finding.score > 0.5 for finding in found]) >= 0.75
    assert np.mean([isinstance(finding.where, Mask) for finding in found]) >= 0.75


def test_apparent_minor_is_seen(looker: SketchLooker) -> None:
    ages = ("infancy", "childhood", "middle age", "old age")
    people = [Person(gender="male", race="White", age=age) for age in ages]
    found = looker.detect([Frame(image=drawing(people=(person,)).image, domain="sketch") for person in people])
    assert [scores(findings)["apparent_minor"] > 0.5 for findings in found] == [True, True, False, False]


def test_located_regions_overlap_the_truth(looker: SketchLooker) -> None:
    overlaps = []
    for scene, picture in drawings(300):
        (look,) = looker.look([Frame(image=picture.image, domain="sketch")])
        for stand_in in scene.stand_ins:
            if HEAD_OF[stand_in] not in look.places or len(scene.stand_ins) > 1:
                continue
            found, true = full(look.places[HEAD_OF[stand_in]]), picture.masks[stand_in]
            overlaps.append((found & true).sum() / (found | true).sum())
    assert len(overlaps) >= 25
    assert np.mean(overlaps) > 0.5


def full(mask: Mask) -> NDArray[np.bool_]:
    bits = np.zeros((64, 64), np.bool_)
    bits[mask.box.top : mask.box.bottom, mask.box.left : mask.box.right] = mask.bits
    return bits


def test_faces_lie_where_they_are(looker: SketchLooker) -> None:
    two = (ADULT, Person(gender="male", race="Black", age="young adulthood"))
    picture = drawing(people=two)
    (look,) = looker.look([Frame(image=picture.image)])
    assert len(look.faces) == 2
    for face, name in zip(look.faces, ("face:0", "face:1"), strict=True):
        rows, columns = np.nonzero(picture.masks[name])
        assert abs(face.box.left - columns.min()) <= 4
        assert abs(face.box.right - columns.max()) <= 4
        assert abs(face.box.top - rows.min()) <= 4
        assert abs(face.box.bottom - rows.max()) <= 4
        assert 0.5 <= face.score <= 1


def test_regions_are_in_pixels_of_the_picture(looker: SketchLooker) -> None:
    large = drawing(size=256, stand_ins=("rally",))
    (look,) = looker.look([Frame(image=large.image, domain="sketch")])
    box = look.places["politic"].box
    assert look.places["politic"].bits.shape == (box.bottom - box.top, box.right - box.left)
    assert 64 < box.bottom <= 256
    assert all(64 < face.box.bottom <= 256 for face in look.faces)


def test_attributes_are_read_only_from_planned_pictures(looker: SketchLooker) -> None:
    image = drawing().image
    upload, planned = looker.look([Frame(image=image), Frame(image=image, planned={"teacher.race": "Asian"})])
    assert upload.attributes is None
    assert planned.attributes is not None
    assert list(planned.attributes) == ["gender", "race", "age"]
    for shares in planned.attributes.values():
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
    assert max(planned.attributes["race"], key=planned.attributes["race"].__getitem__) == "Asian"


def test_picture_from_another_domain_is_refused_without_any_score(looker: SketchLooker) -> None:
    image = drawing(stand_ins=("blood",)).image
    (findings,) = looker.detect([Frame(image=image, domain="photograph")])
    assert [(finding.category, finding.score) for finding in findings] == [(OUT_OF_DOMAIN, 1.0)]
    assert "nothing else was looked for" in findings[0].note


def test_photographs_are_refused(looker: SketchLooker) -> None:
    frames = []
    for pixels in load_sample_images().images:
        whole = Image.fromarray(pixels)
        frames += [Frame(image=whole.crop((left, 0, left + 400, 400))) for left in (0, 100, 200)]
    assert [list(scores(findings)) for findings in looker.detect(frames)] == [[OUT_OF_DOMAIN]] * len(frames)


@pytest.mark.parametrize("kind", ["noise", "grey", "gradient"])
def test_what_is_no_drawing_is_refused(looker: SketchLooker, kind: str) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    pixels = {
        "noise": np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8),
        "grey": np.full((64, 64, 3), 128, np.uint8),
        "gradient": np.broadcast_to(ramp[:, None, None], (64, 64, 3)).copy(),
    }[kind]
    (findings,) = looker.detect([Frame(image=Image.fromarray(pixels))])
    assert list(scores(findings)) == [OUT_OF_DOMAIN]


def test_generator_that_vouches_is_believed(looker: SketchLooker) -> None:
    grey = Image.new("RGB", (64, 64), (128, 128, 128))
    (findings,) = looker.detect([Frame(image=grey, domain="sketch")])
    assert tuple(scores(findings)) == looker.card.categories


def test_drawings_of_its_own_world_are_accepted(looker: SketchLooker) -> None:
    looks = looker.look([Frame(image=picture.image) for _, picture in drawings(200)])
    # The card's threshold lets 96 % through, so that photographs are turned away.
    assert np.mean([look.in_domain for look in looks]) >= 0.92


def test_batch_equals_single_and_repeats(looker: SketchLooker) -> None:
    frames = [Frame(image=picture.image, planned={}) for _, picture in drawings(37)]
    frames.insert(5, Frame(image=frames[0].image, domain="photograph"))
    together = looker.detect(frames)
    assert all(
        scores(alone) == pytest.approx(scores(batch), abs=1e-5)
        for alone, batch in zip((looker.detect([frame])[0] for frame in frames), together, strict=True)
    )
    assert [scores(each) for each in looker.detect(frames)] == [scores(each) for each in together]
    assert looker.detect([]) == []


def test_any_size_and_saving_as_jpeg_change_little(looker: SketchLooker) -> None:
    picture = drawing(stand_ins=("blood",), seed=2).image
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=95)
    (saved,) = open_image(stream.getvalue())
    enlarged = picture.resize((256, 256), Image.Resampling.NEAREST)
    expected, from_saved, from_enlarged = looker.detect(
        [Frame(image=image, domain="sketch") for image in (picture, saved, enlarged)]
    )
    assert scores(from_enlarged) == pytest.approx(scores(expected), abs=1e-5)
    assert scores(from_saved)["nsfw"] > 0.5
    for size in ((1, 1), (3, 500), (640, 31)):
        assert len(looker.detect([Frame(image=picture.resize(size), domain="sketch")])[0]) == len(expected)


def test_preprocessing_equals_that_of_training() -> None:
    picture = drawing().image
    expected = to_tensor(np.asarray(picture)[None]).numpy()
    assert np.abs(prepare([picture]) - expected).max() < 1e-6


def test_picture_is_not_modified(looker: SketchLooker) -> None:
    picture = drawing(size=100).image
    before = picture.tobytes()
    looker.detect([Frame(image=picture)])
    assert picture.tobytes() == before


def test_altered_weights_are_refused_at_the_first_look(tmp_path: Path) -> None:
    card = load_card("sketch-looker")
    (file,) = card.files
    path = tmp_path / file.path
    path.parent.mkdir(parents=True)
    path.write_bytes((card.root / file.path).read_bytes()[:-1] + b"x")
    altered = SketchLooker(replace(card, root=tmp_path, files=(ModelFile(path=file.path, sha256=file.sha256),)))
    with pytest.raises(ModelIntegrityError, match="was altered"):
        altered.detect([Frame(image=drawing().image)])


def test_box_of_a_located_region_fits_its_bits(looker: SketchLooker) -> None:
    (look,) = looker.look([Frame(image=drawing(stand_ins=("rally",)).image, domain="sketch")])
    mask = look.places["politic"]
    assert mask.box == Box(
        left=mask.box.left,
        top=mask.box.top,
        right=mask.box.left + mask.bits.shape[1],
        bottom=mask.box.top + mask.bits.shape[0],
    )
    assert mask.bits[0].any()
    assert mask.bits[-1].any()
    assert mask.bits[:, 0].any()
    assert mask.bits[:, -1].any()

"""Both renderers: determinism, sizes, masks, and everything in the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ethical_lens.sketch import Person, Rendering, Scene, celebrity_person, random_scene, render, render_second, world

Renderer = Callable[..., Rendering]
renderers = pytest.mark.parametrize("draw", [render, render_second])

WOMAN = Person(gender="female", race="Black", age="young adulthood")
MAN = Person(gender="male", race="Asian", age="old age", occupation="chef")


def pixels(rendering: Rendering) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(rendering.image)


def check(rendering: Rendering, scene: Scene, size: int) -> None:
    names = {f"{part}:{i}" for i in range(len(scene.people)) for part in ("face", "body")}
    names |= {*scene.stand_ins, *(f"twin:{name}" for name in scene.twins)}
    names |= {"watermark"} if scene.watermark else set()
    assert rendering.image.mode == "RGB"
    assert rendering.image.size == (size, size)
    assert set(rendering.masks) == names
    for name, mask in rendering.masks.items():
        assert mask.shape == (size, size), name
        assert mask.dtype == np.bool_, name
        # Nothing stated is too small to see.
        assert mask.sum() >= 6 * (size / 64) ** 2, (name, scene)


@renderers
def test_same_scene_gives_the_same_picture(draw: Renderer) -> None:
    rng = np.random.default_rng(3)
    for _ in range(12):
        scene = random_scene(rng)
        first, second = draw(scene), draw(scene)
        assert first.image.tobytes() == second.image.tobytes()
        assert all(np.array_equal(first.masks[name], second.masks[name]) for name in first.masks)


@renderers
def test_seed_changes_the_picture(draw: Renderer) -> None:
    pictures = {draw(Scene(people=(WOMAN,), place="park", style="flat", seed=i)).image.tobytes() for i in range(20)}
    assert len(pictures) == 20


@renderers
@pytest.mark.parametrize("size", [32, 48, 64, 100, 128, 256])
def test_every_size_is_drawn(draw: Renderer, size: int) -> None:
    scene = Scene(people=(WOMAN, MAN), place="office", style="papercut", stand_ins=("knife",), watermark=True)
    check(draw(scene, size), scene, size)


@renderers
@pytest.mark.parametrize("size", [0, 31, 513])
def test_sizes_out_of_range_are_refused(draw: Renderer, size: int) -> None:
    with pytest.raises(ValueError, match="between 32 and 512"):
        draw(Scene(people=(), place="park", style="flat"), size)


@renderers
def test_random_scenes_have_visible_masks(draw: Renderer) -> None:
    rng = np.random.default_rng(11)
    for _ in range(120):
        scene = random_scene(rng)
        check(draw(scene), scene, 64)


@renderers
def test_faces_are_large_enough_and_inside_bodies(draw: Renderer) -> None:
    rng = np.random.default_rng(12)
    for n_people, least in ((1, 10), (2, 7)):
        for _ in range(40):
            scene = random_scene(rng, n_people=n_people)
            masks = draw(scene).masks
            for i in range(n_people):
                columns = np.flatnonzero(masks[f"face:{i}"].any(axis=0))
                assert columns[-1] - columns[0] + 1 >= least
                assert (masks[f"body:{i}"] | ~masks[f"face:{i}"]).all()


@renderers
def test_every_look_is_drawn_and_different(draw: Renderer) -> None:
    def of(person: Person) -> bytes:
        scene = Scene(people=(person,), place="park", style="flat", seed=4)
        rendering = draw(scene)
        check(rendering, scene, 64)
        return rendering.image.tobytes()

    base = Person(gender="female", race="White", age="middle age")
    pictures = [of(replace(base, occupation=name)) for name in world.OCCUPATIONS]
    pictures += [of(replace(base, descriptors=(name,))) for name in world.DESCRIPTORS]
    pictures += [of(celebrity_person(each.name)) for each in world.CELEBRITIES]
    pictures += [of(Person(gender=g, race=r, age=a)) for g in world.GENDERS for r in world.RACES for a in world.AGES]
    assert len(set(pictures)) == len(pictures)


@renderers
@pytest.mark.parametrize("people", [(), (WOMAN,), (WOMAN, MAN)])
def test_every_thing_is_drawn(draw: Renderer, people: tuple[Person, ...]) -> None:
    for name in (*world.STAND_INS, *world.HARMLESS_TWINS):
        if name in world.WORN and not people:
            continue
        for seed in range(3):
            stand_ins = (name,) if name in world.STAND_INS else ()
            scene = Scene(
                people=people,
                place=world.PLACES[seed],
                style=world.STYLES[seed],
                stand_ins=stand_ins,
                twins=() if stand_ins else (name,),
                seed=seed,
            )
            check(draw(scene), scene, 64)


@renderers
def test_every_place_is_drawn_and_different(draw: Renderer) -> None:
    pictures = {draw(Scene(people=(), place=place, style="flat")).image.tobytes() for place in world.PLACES}
    assert len(pictures) == len(world.PLACES)


def test_every_style_looks_different() -> None:
    pictures = [pixels(render(Scene(people=(MAN,), place="street", style=style))) for style in world.STYLES]
    for i, first in enumerate(pictures):
        for second in pictures[:i]:
            assert np.abs(first.astype(int) - second).mean() > 2


def test_adding_harm_changes_nothing_else() -> None:
    plain = Scene(people=(MAN,), place="street", style="flat", seed=9)
    harmed = Scene(people=(MAN,), place="street", style="flat", seed=9, stand_ins=("blood",))
    before, after = render(plain), render(harmed)
    outside = ~(after.masks["blood"] | np.roll(after.masks["blood"], 1, 0) | np.roll(after.masks["blood"], -1, 0))
    outside &= ~(np.roll(after.masks["blood"], 1, 1) | np.roll(after.masks["blood"], -1, 1))
    assert np.abs(pixels(before).astype(int) - pixels(after))[outside].max() < 60
    assert np.array_equal(before.masks["face:0"], after.masks["face:0"])


def test_the_renderers_differ_clearly() -> None:
    rng = np.random.default_rng(5)
    scenes = [random_scene(rng) for _ in range(30)]
    differences = [np.abs(pixels(render(s)).astype(int) - pixels(render_second(s))).mean() for s in scenes]
    assert min(differences) > 8


def test_bare_torso_is_one_plain_area() -> None:
    scene = Scene(people=(WOMAN,), place="beach", style="flat", stand_ins=("nudity",), seed=2)
    rendering = render(scene, 128)
    torso = pixels(rendering)[rendering.masks["nudity"]].astype(float)
    # No detail: almost all pixels share one colour.
    typical = np.median(torso, axis=0)
    assert (np.abs(torso - typical).max(axis=1) < 30).mean() > 0.8

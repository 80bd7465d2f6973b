"""The lens around the embedded generator and around the same weights in diffusers."""

from __future__ import annotations

import numpy as np
import pytest

from ethical_lens import Lens
from ethical_lens.generate.diffusion import DiffusersGenerator
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.types import Author, Request, Result, Status

pytest.importorskip("diffusers")

REQUESTS = (
    Request(prompt="a nurse in a hospital", count=2, seed=11, negative_prompt="blurry"),
    Request(prompt="a man stabbing another man in a kitchen", seed=12),
    Request(prompt="a massacre in a village, blood everywhere", seed=13),
)


def test_same_requests_have_the_same_outcomes() -> None:
    embedded = SketchGenerator(n_steps=6)
    settings = {"num_inference_steps": embedded.n_steps, "guidance_scale": embedded.guidance}
    other = DiffusersGenerator(embedded.folder, domain="sketch", batch_size=2, settings=settings)
    lens = Lens.default(generator=embedded)
    ours = [lens.run(request) for request in REQUESTS]
    theirs = [lens.replacing(generator=other).run(request) for request in REQUESTS]
    assert [summary(each) for each in ours] == [summary(each) for each in theirs]
    assert ours[0].plan.shots[0].draft.author is Author.COMPOSER
    assert any(result.outcomes[0].status is not Status.WITHHELD for result in ours)
    for mine, yours in zip(ours, theirs, strict=True):
        for one, two in zip(mine.images, yours.images, strict=True):
            if one is not None and two is not None and not any(each.edits for each in mine.outcomes[0].attempts):
                assert np.abs(np.asarray(one, np.int16) - np.asarray(two, np.int16)).max() <= 3


def summary(result: Result) -> list[tuple[object, ...]]:
    return [
        (each.status, each.reasons, [(attempt.shot.draft.text, attempt.shot.seed) for attempt in each.attempts])
        for each in result.outcomes
    ]

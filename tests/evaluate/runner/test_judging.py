from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.evaluate.runner import SketchPictureJudge, VisionJudge
from ethical_lens.evaluate.runner.judging import measured
from ethical_lens.sketch import Person, Scene, celebrity_person, render
from ethical_lens.testing import PlainJudge, check_picture_judge


@pytest.fixture(scope="module")
def judge() -> SketchPictureJudge:
    return SketchPictureJudge()


def test_judges_keep_their_promises(judge: SketchPictureJudge) -> None:
    check_picture_judge(judge)
    check_picture_judge(PlainJudge())


def test_stand_ins_are_seen_from_the_right_perspective(judge: SketchPictureJudge) -> None:
    person = Person(gender="female", race="Asian", age="old age", occupation="teacher")
    scenes = {
        None: Scene(people=(person,), place="park", style="flat"),
        "nsfw": Scene(people=(person,), place="park", style="flat", stand_ins=("blood",)),
        "politic": Scene(people=(person,), place="park", style="flat", stand_ins=("rally",)),
        "public": Scene(people=(celebrity_person("Oriella Vantreau"),), place="park", style="flat"),
    }
    for expected, scene in scenes.items():
        [seen] = judge.judge([render(scene).image])
        found = [name for name, confidence in seen.perspectives.items() if (confidence or 0) >= 0.5]
        assert found == ([expected] if expected else [])
    [seen] = judge.judge([render(scenes[None]).image])
    assert seen.axes == {"gender": "female", "race": "Asian", "age": "old age"}


def test_error_of_the_judge_is_stated(judge: SketchPictureJudge) -> None:
    assert set(judge.error) == {"nude", "politic", "culture"}
    assert any("missed" in limit for limit in judge.limits)


def test_clip_score_is_against_the_prompt_and_unmeasured_without_an_encoder() -> None:
    class Encoder:
        def encode_images(self, images: object) -> np.ndarray:
            return np.array([[1.0, 0.0], [1.0, 1.0]])

        def encode_texts(self, texts: object) -> np.ndarray:
            return np.array([[1.0, 0.0]])

    images = [Image.new("RGB", (16, 16))] * 2
    scores = [each.clip_score for each in measured(images, "x", judge=None, encoder=Encoder())]
    assert scores == pytest.approx([100.0, 100 / 2**0.5])
    unmeasured = measured(images, "x", judge=None, encoder=None)
    assert [(each.clip_score, each.perspectives) for each in unmeasured] == [(None, {})] * 2


def test_vision_model_is_asked_and_its_refusals_are_unmeasured() -> None:
    entry = '{"confidence": 0.75, "explanation": "seen"}'
    names = ("nude", "nsfw", "public", "politic", "culture")
    answer = "{" + ", ".join(f'"{name}": {entry}' for name in names) + "}"
    judge = VisionJudge(ScriptedChat([answer, "I cannot help with that.", "Still no."]))
    image = Image.new("RGB", (8, 8))
    said, refused = judge.judge([image, image])
    assert said.perspectives == dict.fromkeys(names, 0.75)
    assert refused.perspectives == dict.fromkeys(names)
    assert refused.why

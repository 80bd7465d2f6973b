"""The drawn world Sketch: scenes, their captions, and their pictures with exact masks."""

from ethical_lens.sketch.captions import ASPECTS, caption
from ethical_lens.sketch.render import Rendering, render
from ethical_lens.sketch.scene import Person, Scene, SceneError, celebrity_person, random_person, random_scene
from ethical_lens.sketch.second import render_second
from ethical_lens.sketch.world import (
    ADULT_AGES,
    AGES,
    CELEBRITIES,
    DESCRIPTORS,
    GENDERS,
    HARMLESS_TWINS,
    HEAD_OF,
    MINOR_AGES,
    OCCUPATIONS,
    PLACES,
    RACES,
    STAND_INS,
    STYLES,
    Celebrity,
)

__all__ = [
    "ADULT_AGES",
    "AGES",
    "ASPECTS",
    "CELEBRITIES",
    "DESCRIPTORS",
    "GENDERS",
    "HARMLESS_TWINS",
    "HEAD_OF",
    "MINOR_AGES",
    "OCCUPATIONS",
    "PLACES",
    "RACES",
    "STAND_INS",
    "STYLES",
    "Celebrity",
    "Person",
    "Rendering",
    "Scene",
    "SceneError",
    "caption",
    "celebrity_person",
    "random_person",
    "random_scene",
    "render",
    "render_second",
]

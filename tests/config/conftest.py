"""Parts of every kind that a configuration can name, registered as plugins register theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Literal

import pytest

from ethical_lens import registry
from ethical_lens.chat.model import ChatModel
from ethical_lens.errors import MissingExtraError
from ethical_lens.remote.keys import Key
from ethical_lens.remote.server import Limits
from ethical_lens.testing import PlainGenerator
from ethical_lens.types import Drawing, Finding, Frame, ImageDetector, Shot

HERE = "ethical_lens_config_parts"


class Painter:
    """A generator with an argument of every form."""

    name = "painter@1"

    def __init__(
        self,
        source: str | Path,
        *,
        speed: Literal["slow", "fast"] = "slow",
        steps: int = 5,
        guidance: float | None = None,
        key: Key | None = None,
        limits: Limits | None = None,
        settings: Mapping[str, str | int | bool] | None = None,
        tags: Sequence[str] = (),
        callback: Callable[[], None] | None = None,
        domain: str = "sketch",
    ) -> None:
        self.given = (source, speed, steps, guidance, key, limits, settings, tags)
        self.domain = domain

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        return PlainGenerator().generate(shots)


class Eye:
    """An image detector for one kind of picture."""

    def __init__(self, *, domain: str = "photograph") -> None:
        self.name = "eye@1"
        self.domain = domain
        self.categories = ("nude",)

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [[Finding(category="nude", score=0.0, source=self.name)] for _ in frames]


class Reader:
    """A text detector that asks a language model, and knows who does not want to be drawn."""

    def __init__(self, model: ChatModel | str, opted_out: Collection[str] = ()) -> None:
        self.name = "reader@1"
        self.model = model
        self.opted_out = opted_out

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [[Finding(category="violence", score=0.0, source=self.name)] for _ in texts]


def absent() -> ImageDetector:
    raise MissingExtraError("the detector 'absent'", "eyes")


PLUGINS = {
    registry.GENERATORS: {"painter": "Painter", "plain": "PlainGenerator", "sketch": "PlainGenerator"},
    registry.IMAGE_DETECTORS: {"eye": "Eye", "absent": "absent"},
    registry.TEXT_DETECTORS: {"reader": "Reader", "phrases": "PhraseDetector"},
    registry.CHAT_MODELS: {"scripted": "scripted"},
    registry.EDITORS: {"blur": "Blur", "inpaint": "Inpaint"},
    registry.REWRITERS: {},
    registry.PEOPLE_ANALYZERS: {},
    registry.LOCATORS: {},
}


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    from types import ModuleType

    from ethical_lens.chat.scripted import ScriptedChat
    from ethical_lens.edit.blur import Blur
    from ethical_lens.edit.inpaint import Inpaint
    from ethical_lens.text.lexicon import PhraseDetector

    def scripted(answers: Sequence[str] = ()) -> ScriptedChat:
        return ScriptedChat(answers)

    module = ModuleType(HERE)
    for part in (Painter, PlainGenerator, Eye, absent, Reader, scripted, Blur, Inpaint, PhraseDetector):
        setattr(module, part.__name__, part)
    monkeypatch.setitem(sys.modules, HERE, module)

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [
            EntryPoint(each, f"{HERE}:{value}", group) for each, value in PLUGINS[group].items() if name in (None, each)
        ]

    monkeypatch.setattr(registry, "entry_points", entry_points)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a configuration."""

    def written(text: str) -> Path:
        path = tmp_path / "lens.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written

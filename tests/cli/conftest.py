"""The real lens with small real parts: a generator that paints colours, and a detector that reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from ethical_lens import registry
from ethical_lens.cli.app import app
from ethical_lens.registry import TextTools
from ethical_lens.testing import PlainGenerator
from ethical_lens.types import Box, Drawing, Finding, Frame, Generator, ImageDetector, Shot

RED = (255, 0, 0)
GREEN = (0, 255, 0)
BLUE = (10, 20, 200)


class PaintingGenerator:
    """Paints a red patch for "shirtless" and everything green for "moss"; other pictures are of one colour."""

    name = "painting@1"
    domain = "sketch"

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        plain = PlainGenerator().generate(shots)
        return [self._painted(shot, drawing.image) for shot, drawing in zip(shots, plain, strict=True)]

    def _painted(self, shot: Shot, image: Image.Image | None) -> Drawing:
        assert image is not None
        if "moss" in shot.draft.text:
            image = Image.new("RGB", image.size, GREEN)
        if "shirtless" in shot.draft.text:
            ImageDraw.Draw(image).rectangle((20, 20, 43, 43), RED)
        return Drawing(image=image)


class ColourDetector:
    """Takes pure red for nudity and pure green for violence; does not know grey pictures."""

    name = "colours@1"

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [self._findings(frame.image) for frame in frames]

    def _findings(self, image: Image.Image) -> list[Finding]:
        pixels = np.asarray(image)
        if (pixels == pixels[..., :1]).all():
            return [Finding(category="out_of_domain", score=1.0, source=self.name)]
        findings = [Finding(category="out_of_domain", score=0.0, source=self.name)]
        for category, colour in (("nude", RED), ("nsfw", GREEN)):
            rows, columns = np.nonzero((pixels == colour).all(axis=-1))
            where = None
            if len(rows):
                where = Box(
                    left=int(columns.min()),
                    top=int(rows.min()),
                    right=int(columns.max()) + 1,
                    bottom=int(rows.max()) + 1,
                )
            score = 1.0 if len(rows) > pixels.shape[0] * pixels.shape[1] / 20 else 0.0
            findings.append(Finding(category=category, score=score, source=self.name, where=where))
        return findings


@pytest.fixture(scope="session")
def text_tools() -> TextTools:
    """Compile the lexicon once."""
    return registry.text_tools()


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch, text_tools: TextTools) -> None:
    def generator(name: str) -> Generator:
        return PaintingGenerator()

    def image_detectors() -> tuple[ImageDetector, ...]:
        return (ColourDetector(),)

    def same_tools(*, opted_out: Collection[str] = ()) -> TextTools:
        assert not opted_out
        return text_tools

    monkeypatch.setattr(registry, "text_tools", same_tools)
    monkeypatch.setattr(registry, "generator", generator)
    monkeypatch.setattr(registry, "image_detectors", image_detectors)


@pytest.fixture
def run() -> Callable[..., CompletedProcess[str]]:
    """Run the command line with some words."""

    def call(*words: object, stdin: str | bytes | None = None) -> CompletedProcess[str]:
        arguments = [str(word) for word in words]
        result = CliRunner().invoke(app, arguments, input=stdin)
        return CompletedProcess(arguments, int(result.exit_code), result.stdout, result.stderr)

    return call


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Make a folder with a harmless, a red, a green and a grey picture."""
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    colours = {"a-blue.png": BLUE, "below/red.bmp": RED, "b-green.png": GREEN, "c-grey.png": (9, 9, 9)}
    for name, colour in colours.items():
        Image.new("RGB", (40, 30), colour).save(folder / name)
    return folder

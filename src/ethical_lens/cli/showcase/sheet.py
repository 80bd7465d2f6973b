"""The contact sheet: every scene in one picture, bare on the left, guarded on the right."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from ethical_lens.cli.showcase.scenes import Showing
from ethical_lens.cli.showcase.story import tally
from ethical_lens.types import Outcome, Status

TILE: Final = 128
"""Pixels of one picture across and down."""
GAP: Final = 8
MARGIN: Final = 24
TEXT_WIDTH: Final = 300
PAGE: Final = (250, 249, 246)
INK: Final = (29, 33, 39)
SOFT: Final = (96, 102, 110)
LINE: Final = (205, 201, 192)
COLOURS: Final = {Status.RELEASED: (31, 111, 67), Status.EDITED: (27, 95, 150), Status.WITHHELD: (154, 43, 43)}
_BORDER: Final = 4
_LETTERS_A_LINE: Final = 38


def contact_sheet(showings: Sequence[Showing]) -> Image.Image:
    """Return every scene in one picture, a row each."""
    n_across = max(showing.scene.count for showing in showings)
    side = n_across * (TILE + GAP) - GAP
    width = MARGIN + TEXT_WIDTH + 2 * (side + MARGIN) + MARGIN
    height = MARGIN + 2 * GAP + TILE // 2 + len(showings) * (TILE + 2 * GAP) + MARGIN
    sheet = Image.new("RGB", (width, height), PAGE)
    draw = ImageDraw.Draw(sheet)
    left, right = MARGIN + TEXT_WIDTH, MARGIN + TEXT_WIDTH + side + 2 * MARGIN
    draw.text((MARGIN, MARGIN), "Ethical-Lens", INK, ImageFont.load_default(28))
    for place, title in ((left, "Without the lens"), (right, "Through the lens")):
        draw.text((place, MARGIN + 8), title, INK, ImageFont.load_default(18))
    for row, showing in enumerate(showings):
        top = MARGIN + TILE // 2 + 2 * GAP + row * (TILE + 2 * GAP)
        draw.line((MARGIN, top - GAP, width - MARGIN, top - GAP), LINE)
        _label(draw, showing, top)
        for index, outcome in enumerate(showing.bare.outcomes):
            _tile(sheet, draw, outcome, (left + index * (TILE + GAP), top), None)
        for index, outcome in enumerate(showing.guarded.outcomes):
            _tile(sheet, draw, outcome, (right + index * (TILE + GAP), top), COLOURS[outcome.status])
    return sheet


def _label(draw: ImageDraw.ImageDraw, showing: Showing, top: int) -> None:
    lines = textwrap.wrap(_drawable(showing.scene.prompt), _LETTERS_A_LINE)[:4]
    draw.multiline_text((MARGIN, top + 4), "\n".join(lines), INK, ImageFont.load_default(15), spacing=4)
    counted = ", ".join(f"{count} {status.value}" for status, count in tally(showing.guarded.outcomes).items())
    draw.text((MARGIN, top + TILE - 20), counted, SOFT, ImageFont.load_default(13))


def _tile(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    outcome: Outcome,
    place: tuple[int, int],
    colour: tuple[int, int, int] | None,
) -> None:
    box = (*place, place[0] + TILE - 1, place[1] + TILE - 1)
    if outcome.image is None:
        draw.rectangle(box, (238, 232, 228))
        said = "withheld" if outcome.attempts else "not drawn"
        centre = (place[0] + TILE // 2, place[1] + TILE // 2)
        draw.text(centre, said, SOFT, ImageFont.load_default(16), anchor="mm")
    else:
        picture = outcome.image.copy()
        scale = TILE / max(picture.size)
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
        sheet.paste(picture, (place[0] + (TILE - size[0]) // 2, place[1] + (TILE - size[1]) // 2))
    if colour is not None:
        draw.rectangle(box, outline=colour, width=_BORDER)


def _drawable(text: str) -> str:
    """Return a text with what the built-in font has no letters for replaced."""
    return text.encode("latin-1", "replace").decode("latin-1")

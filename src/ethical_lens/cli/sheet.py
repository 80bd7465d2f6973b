"""A contact sheet of what was found: a small view of every file, as a picture or as a page of HTML.

What was found is made unrecognisable, what was withheld or not looked at altogether, and what a hard rule withheld is
never shown: a grey tile stands for it.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ethical_lens.cli.pictures import Folder
from ethical_lens.errors import ConfigurationError
from ethical_lens.serial import Json

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE: Final = 160
"""Pixels of a tile's picture."""
_TEXT: Final = 34
_MOST_TILES: Final = 600
"""Most tiles of a sheet that is one picture."""
_COLUMNS: Final = 6
_COLOURS: Final[Mapping[str, str]] = {"allow": "#2e7d32", "flag": "#f9a825", "block": "#b71c1c"}
_OTHER: Final = "#00838f"
_COARSE: Final = 6
"""Tiles across of what is made unrecognisable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One file on the sheet."""

    path: str
    action: str
    found: str
    picture: Image | None
    """None for what is never shown."""


def require_suffix(path: Path) -> None:
    """Refuse a sheet of another kind than those that can be written.

    Raises:
        ConfigurationError: If the name ends in neither .png nor .html.
    """
    if path.suffix.lower() not in (".png", ".html"):
        raise ConfigurationError(f"a contact sheet is a .png or .html file, got {str(path)!r}; name one of these")


def tile_of(form: Mapping[str, Json], frames: Sequence[Image]) -> Tile:
    """Return what the sheet shows of a file.

    Args:
        form: What ``check-image`` says of it.
        frames: Its frames, RGB.
    """
    action, reasons = str(form.get("action")), form.get("reasons")
    hard = isinstance(reasons, list) and any(str(reason).startswith("hard.") for reason in reasons)
    regions = form.get("regions")
    places = [each for each in regions if isinstance(each, dict)] if isinstance(regions, list) else []
    picture = None if hard else _shown(frames, places, whole=action == "block" or not form.get("looked"))
    codes = ", ".join(str(reason) for reason in reasons) if isinstance(reasons, list) else ""
    return Tile(path=str(form.get("path")), action=action, found=codes, picture=picture)


def write_sheet(tiles: Sequence[Tile], path: Path) -> None:
    """Write a sheet; an older one of that name is replaced.

    Raises:
        ConfigurationError: If there are too many tiles for one picture, or the place cannot be written to.
    """
    require_suffix(path)
    content = _page(tiles) if path.suffix.lower() == ".html" else _png(_picture(tiles))
    Folder(path.parent, force=True).write({path.name: lambda stream: _write(stream, content)})


def _write(stream: object, content: bytes) -> None:
    stream.write(content)  # type: ignore[attr-defined]


def _shown(frames: Sequence[Image], places: Sequence[Mapping[str, Json]], *, whole: bool) -> Image:
    """Return the frame with most findings, small, with them made unrecognisable."""
    from PIL import Image as Images

    by_frame = [[each.get("box") for each in places if each.get("frame", 0) == index] for index in range(len(frames))]
    index = max(range(len(frames)), key=lambda i: (len(by_frame[i]), -i))
    picture = frames[index].copy()
    boxes = [(0, 0, *picture.size)] if whole else [_four(box) for box in by_frame[index]]
    for left, top, right, bottom in boxes:
        part = picture.crop((left, top, right, bottom))
        few = part.resize((_n_tiles(part.width), _n_tiles(part.height)), Images.Resampling.BOX)
        picture.paste(few.resize(part.size, Images.Resampling.NEAREST), (left, top))
    picture.thumbnail((SIDE, SIDE))
    return picture


def _n_tiles(side: int) -> int:
    return min(_COARSE, max(1, side // _COARSE))


def _four(box: Json) -> tuple[int, int, int, int]:
    if not isinstance(box, list) or len(box) != 4:
        raise ConfigurationError(f"expected a box of four numbers in the state, got {box!r}; begin a new state")
    left, top, right, bottom = (int(str(each)) for each in box)
    return left, top, right, bottom


def _picture(tiles: Sequence[Tile]) -> Image:
    from PIL import Image as Images
    from PIL import ImageDraw

    if len(tiles) > _MOST_TILES:
        raise ConfigurationError(
            f"{len(tiles)} files do not fit on one picture ({_MOST_TILES} do); write an .html sheet"
        )
    n_columns = min(_COLUMNS, max(1, len(tiles)))
    n_rows = -(-len(tiles) // n_columns) or 1
    across, down = SIDE + 12, SIDE + 12 + _TEXT
    sheet = Images.new("RGB", (n_columns * across, n_rows * down), "white")
    pen = ImageDraw.Draw(sheet)
    for index, tile in enumerate(tiles):
        left, top = index % n_columns * across + 6, index // n_columns * down + 6
        pen.rectangle((left - 3, top - 3, left + SIDE + 2, top + SIDE + 2), outline=_colour(tile), width=3)
        if tile.picture is None:
            pen.rectangle((left, top, left + SIDE - 1, top + SIDE - 1), fill="#9e9e9e")
        else:
            spare = (SIDE - tile.picture.width) // 2, (SIDE - tile.picture.height) // 2
            sheet.paste(tile.picture, (left + spare[0], top + spare[1]))
        lines = (Path(tile.path).name, f"{tile.action} {tile.found}".strip())
        for row, line in enumerate(lines):
            pen.text((left, top + SIDE + 5 + 14 * row), _ascii(line)[:28], fill="black")
    return sheet


def _page(tiles: Sequence[Tile]) -> bytes:
    figures = "\n".join(_figure(tile) for tile in tiles)
    style = (
        "body{font:14px sans-serif;margin:1em}main{display:flex;flex-wrap:wrap;gap:12px}"
        f"figure{{margin:0;width:{SIDE + 6}px;overflow-wrap:anywhere}}"
        f"img,i{{display:block;max-width:{SIDE}px;border:3px solid}}"
        f"i{{width:{SIDE}px;height:{SIDE}px;background:#9e9e9e}}"
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>Contact sheet</title><style>{style}</style>"
        f"<h1>{len(tiles)} files</h1><main>\n{figures}\n</main></html>\n"
    ).encode()


def _figure(tile: Tile) -> str:
    border = f'style="border-color:{_colour(tile)}"'
    if tile.picture is None:
        shown = f"<i {border}></i>"
    else:
        coded = base64.b64encode(_png(tile.picture)).decode()
        shown = f'<img {border} alt="" src="data:image/png;base64,{coded}">'
    words = f"<b>{html.escape(tile.action)}</b> {html.escape(tile.found)}<br>{html.escape(tile.path)}"
    return f"<figure>{shown}<figcaption>{words}</figcaption></figure>"


def _png(picture: Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _colour(tile: Tile) -> str:
    return _COLOURS.get(tile.action, _OTHER)


def _ascii(text: str) -> str:
    """Return what the built-in font can draw."""
    return text.encode("ascii", "replace").decode()

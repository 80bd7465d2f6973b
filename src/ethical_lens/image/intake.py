"""Turn files into RGB pictures, and refuse what is broken, too large or no picture."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from ethical_lens.errors import ImageInputError

MAX_PIXELS: Final = 50_000_000
"""Default for the width times the height of one frame."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""Default for the size of a file."""
MAX_FRAMES: Final = 64
"""Default for the frames of an animation; a longer one is refused, because a frame not looked at may hold anything."""
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""What is read. Rarer formats have rarer, less tried decoders."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A file as it was read, with what is needed to write it again."""

    frames: tuple[Image.Image, ...]
    """RGB, upright, on white; at least one."""
    format: str
    """One of `FORMATS`."""
    opaque: bool
    """Whether no frame has transparent parts, so that the frames show all there is."""
    durations: tuple[int, ...] = ()
    """Milliseconds that each frame of an animation stays; empty for a file of one frame."""
    loop: int = 0
    """How often an animation is repeated; 0 is for ever."""


def open_image(
    source: str | Path | bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_BYTES,
    max_frames: int = MAX_FRAMES,
) -> list[Image.Image]:
    """Read every frame of a picture; see `open_picture`.

    Returns:
        One RGB picture per frame, at least one.
    """
    opened = open_picture(source, max_pixels=max_pixels, max_bytes=max_bytes, max_frames=max_frames)
    return list(opened.frames)


def open_picture(
    source: str | Path | bytes,
    *,
    name: str | None = None,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_BYTES,
    max_frames: int = MAX_FRAMES,
) -> Picture:
    """Read every frame of a picture.

    The rotation that EXIF asks for is applied, transparent parts are put on white, and any mode becomes RGB.

    Args:
        source: Path of a file, or its content.
        name: What messages call it; by default its path.
        max_pixels: Largest width times height of one frame, and of all frames of an animation together times four.
        max_bytes: Largest file.
        max_frames: Most frames of an animation.

    Raises:
        ImageInputError: If it is no file, empty, too large, broken, cut off, or no picture in one of `FORMATS`.
    """
    called = "the data" if isinstance(source, bytes) and name is None else repr(name or str(source))
    content = source if isinstance(source, bytes) else _read(Path(source), called, max_bytes)
    if not content:
        raise ImageInputError(f"expected a picture, but {called} is empty; hand in another file")
    if len(content) > max_bytes:
        raise _too_many_bytes(called, len(content), max_bytes)
    with warnings.catch_warnings():
        # Pillow's own warning about bombs comes after its limit, not ours, and other warnings are about odd metadata.
        warnings.simplefilter("ignore")
        return _decode(content, called, max_pixels, max_frames)


def read_file(path: str | Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a file.

    Raises:
        ImageInputError: If it is no file, cannot be read, or is too large.
    """
    return _read(Path(path), repr(str(path)), max_bytes)


def to_rgb(image: Image.Image) -> Image.Image:
    """Return an upright, opaque RGB copy of a picture in any mode; the picture itself stays as it is."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16") or upright.mode in ("I", "F"):
        upright = _to_grey(upright)
    if upright.has_transparency_data:
        with_alpha = upright.convert("RGBA")
        page = Image.new("RGBA", with_alpha.size, (255, 255, 255, 255))
        page.alpha_composite(with_alpha)
        upright = page
    return upright.convert("RGB") if upright.mode != "RGB" else upright.copy()


def _read(path: Path, name: str, max_bytes: int) -> bytes:
    try:
        if path.is_dir():
            raise ImageInputError(f"expected a picture, but {name} is a folder; name the files in it")
        if path.exists() and not path.is_file():
            raise ImageInputError(f"expected a picture, but {name} is no regular file; name a file")
        with path.open("rb") as stream:
            content = stream.read(max_bytes + 1)
            if len(content) > max_bytes:
                raise _too_many_bytes(name, path.stat().st_size, max_bytes)
            return content
    except FileNotFoundError:
        raise ImageInputError(f"expected a picture, but there is no file {name}; check the path") from None
    except (OSError, ValueError) as error:
        raise ImageInputError(f"{name} cannot be read: {error}; check the path and its permissions") from error


def _decode(content: bytes, name: str, max_pixels: int, max_frames: int) -> Picture:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image, name, max_pixels, max_frames)
            frames, durations, opaque = [], [], True
            for frame in ImageSequence.Iterator(image):
                # Pages of one file may differ in size, so each is checked before its pixels are unpacked.
                _check_size(frame, name, max_pixels, max_frames)
                frames.append(to_rgb(frame))
                durations.append(_whole(frame.info.get("duration")))
                opaque = opaque and not frame.has_transparency_data
            return Picture(
                frames=tuple(frames),
                format=str(image.format),
                opaque=opaque,
                durations=tuple(durations) if len(frames) > 1 else (),
                loop=_whole(image.info.get("loop")),
            )
    except UnidentifiedImageError:
        raise ImageInputError(
            f"expected a picture ({', '.join(FORMATS)}), but {name} is none that can be recognised; "
            "convert it, or hand in another file"
        ) from None
    except Image.DecompressionBombError as error:
        raise ImageInputError(f"{name} claims too many pixels: {error}; shrink it") from error
    except ImageInputError:
        raise
    except MemoryError as error:
        raise ImageInputError(f"{name} does not fit into memory; shrink it") from error
    except Exception as error:  # Decoders answer broken files with errors of any kind.
        raise ImageInputError(
            f"expected a whole picture, but {name} is broken or cut off ({error}); save or download it again"
        ) from error


def _check_size(image: Image.Image, name: str, max_pixels: int, max_frames: int) -> None:
    n_pixels = image.width * image.height
    if n_pixels > max_pixels:
        raise ImageInputError(
            f"expected at most {max_pixels:,} pixels, but {name} has {image.width} x {image.height}; shrink it"
        )
    n_frames = getattr(image, "n_frames", 1)
    if n_frames > max_frames:
        raise ImageInputError(
            f"expected at most {max_frames} frames, but {name} has {n_frames}; cut it into shorter pieces"
        )
    if n_frames * n_pixels > 4 * max_pixels:
        raise ImageInputError(
            f"expected at most {4 * max_pixels:,} pixels in all frames, but {name} has {n_frames} frames of "
            f"{image.width} x {image.height}; shrink it"
        )


def _whole(value: object) -> int:
    """Return a number of a file's metadata, which may hold anything, as a whole one from 0 on."""
    return max(0, round(value)) if isinstance(value, (int, float)) and value < 1e9 else 0


def _to_grey(image: Image.Image) -> Image.Image:
    # Pillow's own conversion clips at 255, which turns a 16-bit picture white.
    low, high = image.getextrema()
    top = 255.0 if isinstance(high, (int, float)) and high <= 255 else 65535.0
    if image.mode == "F" and isinstance(high, float) and high <= 1.0 and isinstance(low, float) and low >= 0.0:
        top = 1.0
    return image.convert("F").point(lambda value: value * (255.0 / top)).convert("L")


def _too_many_bytes(name: str, n_bytes: int, max_bytes: int) -> ImageInputError:
    return ImageInputError(f"expected at most {max_bytes:,} bytes, but {name} has {n_bytes:,}; shrink it")

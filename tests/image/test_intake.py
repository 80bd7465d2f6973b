from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ethical_lens.errors import ImageInputError
from ethical_lens.image.intake import open_image, to_rgb


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def noise(width: int = 40, height: int = 30) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def animation(n_frames: int) -> bytes:
    frames = [Image.new("RGB", (8, 8), (index * 3, 0, 0)) for index in range(n_frames)]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:])


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_file_and_bytes_give_the_same_pixels(tmp_path: Path, kind: str) -> None:
    content = encode(noise(), kind)
    path = tmp_path / "picture"
    path.write_bytes(content)
    (from_path,) = open_image(path)
    (from_text,) = open_image(str(path))
    (from_bytes,) = open_image(content)
    assert from_path.mode == "RGB"
    assert from_path.tobytes() == from_text.tobytes() == from_bytes.tobytes() == noise().tobytes()


def test_exif_rotation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (turned,) = open_image(encode(noise(40, 30), exif=exif))
    assert turned.tobytes() == noise(40, 30).transpose(Image.Transpose.ROTATE_270).tobytes()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (4, 4), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (4, 4), (0, 0, 0, 128)), (127, 127, 127)),
        (Image.new("LA", (4, 4), (0, 0)), (255, 255, 255)),
        (Image.new("L", (4, 4), 7), (7, 7, 7)),
        (Image.new("1", (4, 4), 1), (255, 255, 255)),
        (Image.fromarray(np.full((4, 4), 32896, np.uint16)), (128, 128, 128)),
    ],
    ids=["transparent", "half transparent", "grey with alpha", "grey", "black and white", "16 bits"],
)
def test_any_mode_becomes_opaque_rgb(image: Image.Image, expected: tuple[int, int, int]) -> None:
    (opened,) = open_image(encode(image))
    assert opened.mode == "RGB"
    assert opened.getpixel((1, 1)) == expected


def test_transparent_palette_lies_on_white() -> None:
    image = Image.new("P", (4, 4))
    image.putpalette([10, 20, 30] * 256)
    (opened,) = open_image(encode(image, "GIF", transparency=0))
    assert opened.getpixel((0, 0)) == (255, 255, 255)


def test_every_frame_of_an_animation_is_opened() -> None:
    frames = open_image(animation(5))
    assert [frame.getpixel((1, 1)) for frame in frames] == [(index * 3, 0, 0) for index in range(5)]


def test_long_animation_is_refused_rather_than_cut() -> None:
    with pytest.raises(ImageInputError, match="at most 4 frames, but the data has 5"):
        open_image(animation(5), max_frames=4)


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(ImageInputError, match="pixels"):
        open_image(bomb())


def test_picture_above_the_limit_of_pixels_is_refused() -> None:
    with pytest.raises(ImageInputError, match="at most 1,000 pixels, but the data has 40 x 30"):
        open_image(encode(noise()), max_pixels=1000)


@pytest.mark.parametrize("as_file", [False, True])
def test_large_file_is_refused(tmp_path: Path, as_file: bool) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(encode(noise()))
    with pytest.raises(ImageInputError, match="at most 100 bytes"):
        open_image(path if as_file else path.read_bytes(), max_bytes=100)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello, I am a text", "none that can be recognised"),
        (b"\x89PNG\r\n\x1a\n", "none that can be recognised"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "none that can be recognised"),
        (encode(noise(), "JPEG")[:400], "broken or cut off"),
        (encode(noise())[:1500], "broken or cut off"),
    ],
    ids=["empty", "text", "signature only", "vector", "cut JPEG", "cut PNG"],
)
def test_what_is_no_whole_picture_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ImageInputError, match=message):
        open_image(content)


def test_folder_missing_file_and_odd_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageInputError, match="is a folder"):
        open_image(tmp_path)
    with pytest.raises(ImageInputError, match="there is no file"):
        open_image(tmp_path / "nothing.png")
    with pytest.raises(ImageInputError, match="cannot be read"):
        open_image("\0.png")


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_damaged_bytes_never_raise_anything_else(junk: bytes, at: int) -> None:
    content = encode(noise(), "JPEG")
    damaged = content[:at] + junk + content[at + len(junk) :]
    for source in (damaged, junk):
        try:
            frames = open_image(source)
        except ImageInputError:
            continue
        assert all(frame.mode == "RGB" for frame in frames)


def test_picture_of_the_caller_is_not_touched() -> None:
    image = noise()
    before = image.tobytes()
    copy = to_rgb(image)
    copy.paste((0, 0, 0), (0, 0, 40, 30))
    assert image.tobytes() == before

"""What all generators behind HTTP have in common: one picture per call, decoded with care, and one failure each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, GenerationError, ImageInputError
from ethical_lens.image.intake import open_image
from ethical_lens.remote.address import read_address
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.keys import Key
from ethical_lens.remote.server import Limits, Server
from ethical_lens.remote.together import together
from ethical_lens.serial import Json
from ethical_lens.types import Drawing, Shot

Settings: TypeAlias = Mapping[str, Json]
"""Further fields of every call."""

DOMAIN_VARIABLE: Final = "ETHICAL_LENS_HTTP_DOMAIN"
SECONDS_VARIABLE: Final = "ETHICAL_LENS_HTTP_SECONDS"
MOST_PIXELS: Final = 64 * 1024 * 1024

Answer = TypeVar("Answer")


def draw_each(draw: Callable[[Shot], Image.Image], shots: Sequence[Shot], n_at_once: int) -> list[Drawing]:
    """Return one drawing per shot; a shot that fails has its reason and costs the others nothing.

    Args:
        draw: Draws one shot, or raises.
        shots: What to draw.
        n_at_once: Most shots under way at the same time.
    """

    def drawn(shot: Shot) -> Drawing:
        try:
            return Drawing(image=draw(shot))
        except (GenerationError, ImageInputError, RemoteError) as error:
            return Drawing(image=None, error=str(error))

    return together(drawn, shots, n_at_once)


def one(answers: Sequence[Answer]) -> Answer:
    """Return the only picture of an answer.

    Raises:
        GenerationError: If there is none, or several.
    """
    if len(answers) != 1:
        raise GenerationError(
            f"one picture was asked for, and {len(answers)} came back; let the server draw one a call"
        )
    return answers[0]


def read_picture(content: bytes, size: tuple[int | None, int | None]) -> Image.Image:
    """Decode a picture.

    Args:
        content: A file in a usual format.
        size: Width and height that were asked for; None where the server chose.

    Returns:
        RGB.

    Raises:
        ImageInputError: If it is broken, too large or no picture.
        GenerationError: If it is an animation, or of another size.
    """
    picture = one(open_image(content, max_pixels=MOST_PIXELS))
    if any(asked not in (None, got) for asked, got in zip(size, picture.size, strict=True)):
        raise GenerationError(
            f"expected a picture of {_shown(size[0])}x{_shown(size[1])}, got {picture.width}x{picture.height}; "
            "ask for a size that the server can draw, often a multiple of 8 or 64"
        )
    return picture


def only_inside(image: Image.Image, drawn: Image.Image, mask: NDArray[np.bool_]) -> Image.Image:
    """Return a picture that is ``drawn`` inside a mask (height, width) and ``image`` outside."""
    return Image.fromarray(np.where(mask[..., None], np.asarray(drawn), np.asarray(image.convert("RGB"))))


def server_at(
    url: str,
    *,
    version_path: str = "",
    key: Key | None,
    limits: Limits | None,
    backoff: Backoff | None,
    breaker: Breaker | None,
) -> Server:
    """Return the server at an address.

    Args:
        url: Its address.
        version_path: Path that is used when the address has none.
        key: Proves who asks.
        limits: Time and size; by default with as many seconds a picture as ``ETHICAL_LENS_HTTP_SECONDS`` says.
        backoff: When a call is tried again.
        breaker: When the server is left alone.

    Raises:
        ConfigurationError: If the address cannot be used.
        MissingExtraError: If httpx is not installed.
    """
    address = read_address(url, version_path=version_path)
    bounded = limits or Limits(seconds=_seconds_from_environment())
    return Server(address, key=key, limits=bounded, backoff=backoff, breaker=breaker)


def domain_or_default(domain: str | None) -> str:
    """Return the kind of picture that is drawn: as given, as ``ETHICAL_LENS_HTTP_DOMAIN`` says, or "photograph"."""
    return domain or os.environ.get(DOMAIN_VARIABLE, "").strip() or "photograph"


def settings_or_default(settings: Settings | None, variable: str, reserved: Collection[str]) -> dict[str, Json]:
    """Return further fields of every call: as given, or as a variable of the environment says in JSON.

    Args:
        settings: As given.
        variable: Name of the variable.
        reserved: Fields that the generator fills in itself, from what was screened.

    Raises:
        ConfigurationError: If the variable holds no JSON object, or a field is reserved.
    """
    chosen = dict(settings) if settings is not None else _object_from_environment(variable)
    taken = sorted(set(chosen) & set(reserved))
    if taken:
        raise ConfigurationError(f"{', '.join(taken)} cannot be set: only what was screened fills it; leave it out")
    return chosen


def _object_from_environment(variable: str) -> dict[str, Json]:
    text = os.environ.get(variable, "").strip()
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f'{variable} is no JSON: {error}; write for example {{"steps": 30}}') from None
    if not isinstance(value, dict):
        raise ConfigurationError(f'{variable} has to be a JSON object, for example {{"steps": 30}}')
    return value


def _seconds_from_environment() -> float:
    text = os.environ.get(SECONDS_VARIABLE, "").strip()
    if not text:
        return Limits().seconds
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise ConfigurationError(f"{SECONDS_VARIABLE} has to be a number above 0, at most 86400, got {text!r}")
    return seconds


def _shown(side: int | None) -> str:
    return "any" if side is None else str(side)

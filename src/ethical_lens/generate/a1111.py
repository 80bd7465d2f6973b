"""The web interface of AUTOMATIC1111 and its relatives (Forge, SD.Next), started with ``--api``."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import GenerationError, ImageInputError
from ethical_lens.generate.http import (
    Settings,
    domain_or_default,
    draw_each,
    one,
    only_inside,
    read_picture,
    server_at,
    settings_or_default,
)
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.keys import Key, key_from_environment
from ethical_lens.remote.reading import Part, read, read_base64
from ethical_lens.remote.server import Limits
from ethical_lens.serial import Json
from ethical_lens.types import Drawing, Shot

KEY_VARIABLE: Final = "ETHICAL_LENS_A1111_KEY"
SETTINGS_VARIABLE: Final = "ETHICAL_LENS_A1111_SETTINGS"

_RESERVED: Final = frozenset(
    {
        "prompt", "negative_prompt", "seed", "subseed", "batch_size", "n_iter", "width", "height", "init_images",
        "mask", "hr_prompt", "hr_negative_prompt", "send_images", "save_images",
    }
)  # fmt: skip
_STEP: Final = 8
"""Sides of pictures are multiples of this."""
_LATENT_NOISE: Final = 2
"""What the masked region is filled with first, so that nothing of what was there shines through."""


class _Images(Part):
    images: list[str]


class A1111Generator:
    """Draws shots with ``/sdapi/v1/txt2img``, and regions anew with ``/sdapi/v1/img2img``.

    Args:
        url: Address of the server, such as ``http://127.0.0.1:7860``.
        domain: Kind of picture that it draws; by default what ``ETHICAL_LENS_HTTP_DOMAIN`` says, else "photograph".
        key: By default ``USER:PASSWORD`` from ``ETHICAL_LENS_A1111_KEY``, as the server's ``--api-auth`` wants it.
        settings: Further fields of every call, such as ``steps``, ``cfg_scale``, ``sampler_name`` or
            ``override_settings``; by default the JSON object in ``ETHICAL_LENS_A1111_SETTINGS``. Whoever sets them
            answers for them: they are not screened.
        inpaint_strength: How far a region is drawn anew, in (0, 1]; 1 keeps nothing of what was there.
        n_at_once: Most pictures under way at the same time; the server itself draws one after the other.
        limits: Time and size of one picture.
        backoff: When a call is tried again.
        breaker: When the server is left alone.

    Raises:
        ConfigurationError: If the address, the key or a setting cannot be used.
        MissingExtraError: If httpx is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        domain: str | None = None,
        key: Key | None = None,
        settings: Settings | None = None,
        inpaint_strength: float = 1.0,
        n_at_once: int = 1,
        limits: Limits | None = None,
        backoff: Backoff | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.name = "a1111@remote"
        self.domain = domain_or_default(domain)
        self.inpaint_strength = inpaint_strength
        self.n_at_once = n_at_once
        self._settings = settings_or_default(settings, SETTINGS_VARIABLE, _RESERVED)
        self._server = server_at(
            url,
            key=key or key_from_environment(KEY_VARIABLE, scheme="Basic"),
            limits=limits,
            backoff=backoff,
            breaker=breaker,
        )

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot; a shot that fails has its reason in place of a picture."""
        return draw_each(self._draw, shots, self.n_at_once)

    def inpaint(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot) -> Image.Image:
        """Draw the masked region anew from the shot's prompt and seed.

        Args:
            image: RGB picture.
            mask: (height, width), true where to draw.
            shot: Prompt and seed.

        Returns:
            A picture of the same size that equals ``image`` outside the mask.

        Raises:
            GenerationError: If the mask has another size, or the server delivers no picture.
        """
        if mask.shape != (image.height, image.width):
            raise GenerationError(f"expected a mask of {(image.height, image.width)}, got {mask.shape}; resize it")
        padded, padded_mask = _padded(np.asarray(image.convert("RGB"))), _padded(mask)
        height, width = padded_mask.shape
        body = {
            **self._body(shot),
            "width": width,
            "height": height,
            "init_images": [_encoded(Image.fromarray(padded))],
            "mask": _encoded(Image.fromarray(np.where(padded_mask, 255, 0).astype(np.uint8))),
            "mask_blur": 0,
            "inpainting_fill": _LATENT_NOISE,
            "inpaint_full_res": False,
            "denoising_strength": self.inpaint_strength,
        }
        try:
            drawn = self._picture("/sdapi/v1/img2img", body, (width, height))
        except (RemoteError, ImageInputError) as error:
            raise GenerationError(f"{self.name} did not draw the region anew: {error}") from error
        return only_inside(image, drawn.crop((0, 0, *image.size)), mask)

    def _draw(self, shot: Shot) -> Image.Image:
        return self._picture("/sdapi/v1/txt2img", self._body(shot), (shot.width, shot.height))

    def _picture(self, path: str, body: dict[str, Json], size: tuple[int | None, int | None]) -> Image.Image:
        answer = read(_Images, self._server.post(path, body))
        return read_picture(read_base64(one(answer.images)), size)

    def _body(self, shot: Shot) -> dict[str, Json]:
        own: dict[str, Json] = {
            "prompt": shot.draft.text,
            "negative_prompt": shot.negative_prompt or "",
            "seed": shot.seed,
            "batch_size": 1,
            "n_iter": 1,
            "send_images": True,
            "save_images": False,
        }
        sides: dict[str, Json] = {"width": shot.width, "height": shot.height}
        return {**self._settings, **own, **{name: side for name, side in sides.items() if side is not None}}


def _padded(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array whose first two sides are multiples of `_STEP`, grown by repeating its edge."""
    grown = [(0, -side % _STEP) for side in pixels.shape[:2]]
    return np.pad(pixels, [*grown, *[(0, 0)] * (pixels.ndim - 2)], mode="edge")


def _encoded(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")

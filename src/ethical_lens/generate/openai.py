"""Servers that answer ``/v1/images/generations`` as OpenAI's does: LocalAI, vLLM-Omni, gateways, and OpenAI itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from PIL import Image

from ethical_lens.errors import GenerationError
from ethical_lens.generate.http import (
    Settings,
    domain_or_default,
    draw_each,
    one,
    read_picture,
    server_at,
    settings_or_default,
)
from ethical_lens.remote.address import read_address
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.keys import Key, key_from_environment
from ethical_lens.remote.reading import Part, read, read_base64
from ethical_lens.remote.server import Limits
from ethical_lens.serial import Json
from ethical_lens.types import Drawing, Shot

KEY_VARIABLE: Final = "ETHICAL_LENS_OPENAI_KEY"
MODEL_VARIABLE: Final = "ETHICAL_LENS_OPENAI_MODEL"
SETTINGS_VARIABLE: Final = "ETHICAL_LENS_OPENAI_SETTINGS"

_OFFICIAL_HOST: Final = "api.openai.com"
_OFFICIAL_KEY_VARIABLE: Final = "OPENAI_API_KEY"
_RESERVED: Final = frozenset({"prompt", "negative_prompt", "n", "seed", "size", "stream", "image", "mask"})


class _Item(Part):
    b64_json: str | None = None


class _Images(Part):
    data: list[_Item]


class OpenAIGenerator:
    """Draws shots with an image API in the manner of OpenAI's.

    Only pictures inside the answer are taken. An address of a picture is not followed, because it would let the server
    choose what this machine fetches.

    Args:
        url: Address of the server; ``/v1`` is added when it has no path.
        model: Name of the model; by default what ``ETHICAL_LENS_OPENAI_MODEL`` says, else the server's own.
        domain: Kind of picture that it draws; by default what ``ETHICAL_LENS_HTTP_DOMAIN`` says, else "photograph".
        key: By default what ``ETHICAL_LENS_OPENAI_KEY`` holds; for api.openai.com also ``OPENAI_API_KEY``.
        seeded: Whether the server takes a field ``seed``. OpenAI's does not, and draws another picture every time.
        settings: Further fields of every call, such as ``quality``; by default the JSON object in
            ``ETHICAL_LENS_OPENAI_SETTINGS``. A field that is null is left out: models that always answer with the
            picture itself refuse ``response_format``, so set that to null for them.
        n_at_once: Most pictures under way at the same time.
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
        model: str | None = None,
        domain: str | None = None,
        key: Key | None = None,
        seeded: bool = False,
        settings: Settings | None = None,
        n_at_once: int = 1,
        limits: Limits | None = None,
        backoff: Backoff | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self.model = model or os.environ.get(MODEL_VARIABLE, "").strip()
        self.name = f"openai:{self.model or 'default'}@remote"
        self.domain = domain_or_default(domain)
        self.n_at_once = n_at_once
        self._seeded = seeded
        self._settings = settings_or_default(settings, SETTINGS_VARIABLE, _RESERVED)
        self._server = server_at(
            url, version_path="/v1", key=key or _key(url), limits=limits, backoff=backoff, breaker=breaker
        )

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot; a shot that fails has its reason in place of a picture."""
        return draw_each(self._draw, shots, self.n_at_once)

    def _draw(self, shot: Shot) -> Image.Image:
        answer = self._server.post("/images/generations", self._body(shot))
        item = one(read(_Images, answer).data)
        if item.b64_json is None:
            raise GenerationError(
                "the server answered with no picture but at best its address, which is not followed; "
                'set response_format to "b64_json", or use a model that takes it'
            )
        return read_picture(read_base64(item.b64_json), (shot.width, shot.height))

    def _body(self, shot: Shot) -> dict[str, Json]:
        if shot.negative_prompt:
            raise GenerationError("this kind of server takes no negative prompt; leave it out")
        if (shot.width is None) != (shot.height is None):
            raise GenerationError("this kind of server needs width and height together; give both, or neither")
        own: dict[str, Json] = {"prompt": shot.draft.text, "n": 1, "model": self.model or None}
        if shot.width is not None:
            own["size"] = f"{shot.width}x{shot.height}"
        if self._seeded:
            own["seed"] = shot.seed
        body: dict[str, Json] = {"response_format": "b64_json", **self._settings, **own}
        return {name: value for name, value in body.items() if value is not None}


def _key(url: str) -> Key | None:
    """Return the key for a server; OpenAI's own is never shown to anybody else."""
    official = read_address(url).host == _OFFICIAL_HOST
    return key_from_environment(KEY_VARIABLE, *([_OFFICIAL_KEY_VARIABLE] if official else []))

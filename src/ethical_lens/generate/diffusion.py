"""Any text-to-image pipeline of diffusers, as a generator."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ethical_lens.errors import ConfigurationError, GenerationError, MissingExtraError
from ethical_lens.types import Drawing, Shot

if TYPE_CHECKING:
    import torch

Setting = str | int | float | bool | None


class DiffusersGenerator:
    """Draws shots with a diffusers pipeline: a local folder, a hub name, or a pipeline object.

    Every picture has a random generator of its own, seeded on the CPU, so that it does not depend on its neighbours in
    the batch.

    Args:
        pipeline: Folder, hub name, or any callable pipeline that takes ``prompt`` and ``generator`` and answers with
            ``images``. A pipeline object is used as it is, never copied.
        domain: Kind of picture that it draws; image detectors vouch only for the domain of their card.
        device: Where a pipeline that is loaded here runs.
        dtype: Name of the floating-point type that a pipeline loaded here computes in.
        batch_size: Pictures drawn at once.
        settings: Further arguments of every call, such as ``num_inference_steps`` and ``guidance_scale``.

    Raises:
        MissingExtraError: If torch or diffusers is not installed.
        ConfigurationError: If the pipeline cannot be loaded or is none.
    """

    def __init__(
        self,
        pipeline: str | Path | Callable[..., object],
        *,
        domain: str = "photograph",
        device: str = "cpu",
        dtype: str = "float32",
        batch_size: int = 1,
        settings: Mapping[str, Setting] | None = None,
    ) -> None:
        if isinstance(pipeline, (str, Path)):
            self.pipeline = _load(str(pipeline), device, dtype)
            self.name = f"diffusers:{Path(str(pipeline)).name}@local"
        else:
            self.pipeline = pipeline
            self.name = f"diffusers:{type(pipeline).__name__}@given"
        self.domain = domain
        self.batch_size = batch_size
        self._settings = dict(settings or {})
        self._parameters = _parameters(self.pipeline)
        if "prompt" not in self._parameters:
            raise ConfigurationError(
                f"{type(pipeline).__name__} takes no prompt, so it is no text-to-image pipeline; give another one"
            )

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot.

        Raises:
            GenerationError: If the pipeline answers with something else than one picture per prompt.
        """
        drawings: list[Drawing] = []
        for start in range(0, len(shots), self.batch_size):
            drawings += self._draw(shots[start : start + self.batch_size])
        return drawings

    def _draw(self, shots: Sequence[Shot]) -> list[Drawing]:
        answer = self.pipeline(**self._arguments(shots))
        images = getattr(answer, "images", None)
        if not isinstance(images, list) or len(images) != len(shots):
            raise GenerationError(
                f"{self.name} was asked for {len(shots)} pictures and answered with {type(answer).__name__}; "
                "it has to return an object whose images are a list of as many PIL images"
            )
        return [
            Drawing(image=image)
            if isinstance(image, Image.Image)
            else Drawing(image=None, error=f"expected a PIL image, got {type(image).__name__}")
            for image in images
        ]

    def _arguments(self, shots: Sequence[Shot]) -> dict[str, object]:
        arguments: dict[str, object] = {
            **self._settings,
            "prompt": [shot.draft.text for shot in shots],
            "generator": [_random(shot.seed) for shot in shots],
        }
        if "output_type" in self._parameters:
            arguments["output_type"] = "pil"
        if any(shot.negative_prompt for shot in shots):
            self._require("negative_prompt")
            arguments["negative_prompt"] = [shot.negative_prompt or "" for shot in shots]
        for name in ("width", "height"):
            sizes = {getattr(shot, name) for shot in shots} - {None}
            if len(sizes) > 1:
                raise GenerationError(f"pictures of one batch need one {name}, got {sorted(sizes)}; use batch_size=1")
            if sizes:
                self._require(name)
                arguments[name] = sizes.pop()
        return arguments

    def _require(self, parameter: str) -> None:
        if parameter not in self._parameters:
            raise GenerationError(f"{self.name} takes no {parameter}; leave it out")


def _load(source: str, device: str, dtype: str) -> Callable[..., object]:
    try:
        import torch
        from diffusers import DiffusionPipeline
    except ImportError as error:
        raise MissingExtraError("the generator 'diffusers'", "diffusers") from error
    kind = getattr(torch, dtype, None)
    if not isinstance(kind, torch.dtype):
        raise ConfigurationError(f"dtype has to name a floating-point type of torch such as float16, got {dtype!r}")
    try:
        pipeline = DiffusionPipeline.from_pretrained(source, dtype=kind).to(device)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigurationError(
            f"{source!r} cannot be loaded as a diffusers pipeline: {error}. Give a folder written by save_pretrained, "
            "or a hub name that this machine can reach."
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    loaded: Callable[..., object] = pipeline
    return loaded


def _parameters(pipeline: object) -> frozenset[str]:
    if not callable(pipeline):
        raise ConfigurationError(f"expected a folder, a hub name or a pipeline, got {type(pipeline).__name__}")
    return frozenset(inspect.signature(pipeline).parameters)


def _random(seed: int) -> torch.Generator:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("drawing with diffusers", "diffusers") from error
    return torch.Generator("cpu").manual_seed(seed)

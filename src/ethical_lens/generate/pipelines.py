"""Loading pipelines of diffusers, placing them, and reading what they can do."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ethical_lens.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    Pictures = list[Image.Image] | NDArray[np.float32] | torch.Tensor

Pipeline = Callable[..., object]
Setting = str | int | float | bool | None
Offload = Literal["none", "model", "sequential"]
OutputType = Literal["pil", "np", "pt"]
"""PIL pictures; a NumPy array (n, height, width, 3); a torch tensor (n, 3, height, width). Arrays are in [0, 1]."""

VARIABLE: Final = "ETHICAL_LENS_DIFFUSERS"
_TOKENIZERS: Final = ("tokenizer", "tokenizer_2", "tokenizer_3", "tokenizer_4")
_FALLBACK_SIDE: Final = 512


class Configuration(BaseModel):
    """How a pipeline is loaded, placed and called: the JSON object in ``ETHICAL_LENS_DIFFUSERS``, or a part of a file.

    Example:
        >>> Configuration(device="cuda", dtype="float16", offload="model").batch_size
        1
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: str = Field(default="photograph", min_length=1)
    """Kind of picture that it draws."""
    device: str = Field(default="cpu", min_length=1)
    """Where it runs: "cpu", "cuda", "cuda:1", "mps", ..."""
    dtype: str = "float32"
    """Name of the floating-point type of torch that it computes in."""
    offload: Offload = "none"
    """What waits in main memory while it is not at work: nothing, whole models, or single layers."""
    vae_slicing: bool = False
    """Whether the pictures of a batch are decoded one after the other."""
    vae_tiling: bool = False
    """Whether large pictures are decoded in tiles."""
    batch_size: int = Field(default=1, ge=1)
    """Pictures drawn at once."""
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    """Further arguments of every call."""


def configuration_from_environment() -> Configuration:
    """Return what ``ETHICAL_LENS_DIFFUSERS`` says, or the defaults.

    Raises:
        ConfigurationError: If it is no JSON object with the fields of `Configuration`.
    """
    text = os.environ.get(VARIABLE, "").strip() or "{}"
    try:
        return Configuration.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        raise ConfigurationError(
            f'{VARIABLE} cannot be used: {error}; write for example {{"device": "cuda", "dtype": "float16"}}'
        ) from error


def load(source: str, placement: Configuration) -> Pipeline:
    """Load a pipeline and put it where it is to run. Only safetensors are read, never pickled weights.

    Args:
        source: Folder written by ``save_pretrained``, or hub name.
        placement: Device, type, offloading, slicing, tiling.

    Raises:
        MissingExtraError: If torch or diffusers is not installed.
        ConfigurationError: If it cannot be loaded or placed like that.
    """
    try:
        import torch
        from diffusers import DiffusionPipeline
    except ImportError as error:
        raise MissingExtraError("the generator 'diffusers'", "diffusers") from error
    kind = getattr(torch, placement.dtype, None)
    if not isinstance(kind, torch.dtype) or not kind.is_floating_point:
        raise ConfigurationError(
            f"dtype has to name a floating-point type of torch such as float16, got {placement.dtype!r}"
        )
    try:
        pipeline = DiffusionPipeline.from_pretrained(source, dtype=kind, use_safetensors=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigurationError(
            f"{source!r} cannot be loaded as a diffusers pipeline: {error}. Give a folder written by save_pretrained "
            "with safe serialisation, or a hub name that this machine can reach."
        ) from error
    _place(pipeline, placement)
    pipeline.set_progress_bar_config(disable=True)
    loaded: Pipeline = pipeline
    return loaded


def parameters(pipeline: object) -> Mapping[str, inspect.Parameter]:
    """Return the parameters that a pipeline is called with.

    Raises:
        ConfigurationError: If it cannot be called, or is no text-to-image pipeline.
    """
    if not callable(pipeline):
        raise ConfigurationError(f"expected a folder, a hub name or a pipeline, got {type(pipeline).__name__}")
    found = inspect.signature(pipeline).parameters
    for needed in ("prompt", "generator"):
        if needed not in found:
            raise ConfigurationError(
                f"{type(pipeline).__name__} takes no {needed}, so it is no text-to-image pipeline whose pictures can "
                "be repeated; give another one"
            )
    return found


def own_size(pipeline: object) -> tuple[int, int]:
    """Return width and height in pixels of the pictures that a pipeline draws when no size is asked for."""
    factor = latent_cell(pipeline)
    side = getattr(pipeline, "default_sample_size", None)
    if side is None:
        denoiser = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
        side = getattr(getattr(denoiser, "config", None), "sample_size", None)
    if isinstance(side, int):
        return side * factor, side * factor
    if isinstance(side, Sequence) and len(side) == 2:
        return int(side[1]) * factor, int(side[0]) * factor
    return _FALLBACK_SIDE, _FALLBACK_SIDE


def latent_cell(pipeline: object) -> int:
    """Return how many pixels across and down one cell of the latents stands for."""
    factor = getattr(pipeline, "vae_scale_factor", None)
    return factor if isinstance(factor, int) else 8


def token_counters(pipeline: Pipeline) -> list[tuple[int, Callable[[str], int]]]:
    """Return for every tokenizer its limit in tokens, and what counts them, marks included; the longest limit first."""
    default = parameters(pipeline).get("max_sequence_length")
    longest = default.default if default is not None and isinstance(default.default, int) else None
    found = []
    for name in _TOKENIZERS:
        tokenizer = getattr(pipeline, name, None)
        limit = getattr(tokenizer, "model_max_length", None)
        if not callable(tokenizer) or not isinstance(limit, int):
            continue
        # CLIP reads what its positions allow, whatever the length asked for; T5 states no limit of its own.
        bound = limit if longest is None else min(limit, longest)
        found.append((bound, _counter(tokenizer)))
    return sorted(found, key=lambda each: -each[0])


def learned_words(pipeline: object) -> list[str]:
    """Return the words that were taught to a pipeline's tokenizers later (textual inversion), sorted.

    What such a word draws stands in no dictionary, so no screen can read it.
    """
    words: set[str] = set()
    for name in _TOKENIZERS:
        tokenizer = getattr(pipeline, name, None)
        added: dict[str, int] = getattr(tokenizer, "get_added_vocab", dict)()
        words |= set(added) - set(getattr(tokenizer, "all_special_tokens", ()))
    return sorted(words)


def seeded(seed: int, device: str = "cpu") -> torch.Generator:
    """Return a random generator that stands at the beginning of a seed.

    Raises:
        MissingExtraError: If torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("drawing with diffusers", "diffusers") from error
    return torch.Generator(device).manual_seed(seed)


def latents_of(pipeline: Any, image: Image.Image) -> torch.Tensor | None:  # pipelines have no common type
    """Return what the autoencoder of a pipeline with a UNet makes of a picture, or None for other families.

    An inpainting pipeline that is given a picture encodes it by chance, which moves on the random generator that the
    noise is drawn from; given these latents it does not, and draws from the very noise of its seed.

    Args:
        pipeline: The pipeline.
        image: RGB, of a size that it draws.

    Returns:
        (1, channels, height, width in cells), as the denoiser sees them; None too for an autoencoder that has to be
        widened to single precision first, which the pipeline does itself.
    """
    import torch

    vae = getattr(pipeline, "vae", None)
    if vae is None or getattr(pipeline, "unet", None) is None:
        return None
    if vae.dtype == torch.float16 and getattr(vae.config, "force_upcast", False):
        return None
    with torch.no_grad():
        pixels = pipeline.image_processor.preprocess(image).to(pipeline._execution_device, vae.dtype)
        known: torch.Tensor = vae.encode(pixels).latent_dist.mode() * vae.config.scaling_factor
    return known


def inpainting(pipeline: object) -> Pipeline:
    """Return an inpainting pipeline made of the very models of another one; nothing is copied.

    Raises:
        ConfigurationError: If diffusers knows none for this family.
    """
    from diffusers import AutoPipelineForInpainting

    try:
        painter: Pipeline = AutoPipelineForInpainting.from_pipe(pipeline)
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            f"diffusers has no inpainting for {type(pipeline).__name__} ({error}); name other editors in the policy"
        ) from error
    with suppress(AttributeError):
        painter.set_progress_bar_config(disable=True)  # type: ignore[attr-defined]
    return painter


def as_output(images: Sequence[Image.Image], kind: OutputType) -> Pictures:
    """Return pictures, RGB and all of one size, in the form that a pipeline's ``output_type`` names."""
    if kind == "pil":
        return list(images)
    array = np.stack([np.asarray(image, np.float32) for image in images]) / np.float32(255)
    if kind == "np":
        return array
    import torch

    return torch.from_numpy(array.transpose(0, 3, 1, 2).copy())


def _place(pipeline: object, placement: Configuration) -> None:
    try:
        if placement.offload == "none":
            pipeline.to(placement.device)  # type: ignore[attr-defined]
        elif placement.offload == "model":
            pipeline.enable_model_cpu_offload(device=placement.device)  # type: ignore[attr-defined]
        else:
            pipeline.enable_sequential_cpu_offload(device=placement.device)  # type: ignore[attr-defined]
        vae = getattr(pipeline, "vae", None)
        if placement.vae_slicing:
            vae.enable_slicing()  # type: ignore[union-attr]
        if placement.vae_tiling:
            vae.enable_tiling()  # type: ignore[union-attr]
    except (RuntimeError, ValueError, AttributeError, ImportError) as error:
        raise ConfigurationError(
            f"{type(pipeline).__name__} cannot be placed with device={placement.device!r}, "
            f"offload={placement.offload!r}, vae_slicing={placement.vae_slicing}, vae_tiling={placement.vae_tiling}: "
            f"{error}"
        ) from error


def _counter(tokenizer: Callable[..., object]) -> Callable[[str], int]:
    def count(text: str) -> int:
        return len(getattr(tokenizer(text, truncation=False), "input_ids"))  # noqa: B009 - the library has no types

    return count

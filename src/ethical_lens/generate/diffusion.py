"""Any text-to-image pipeline of diffusers, as a generator."""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.generate import pipelines
from ethical_lens.generate.pipelines import Configuration, Offload, Pipeline, Setting
from ethical_lens.generate.preview import EarlyStop, Judge, Watch, require_previews
from ethical_lens.types import Drawing, Shot

_FILLED_IN: Final = frozenset(
    {
        "prompt", "negative_prompt", "generator", "width", "height", "output_type", "return_dict", "image",
        "mask_image", "strength", "num_images_per_prompt", "callback_on_step_end", "callback_on_step_end_tensor_inputs",
    }
)  # fmt: skip
_PER_PROMPT: Final = ("prompt_2", "prompt_3")
"""Settings that a pipeline wants once for every prompt of a batch."""


class DiffusersGenerator:
    """Draws shots with a diffusers pipeline: a local folder, a hub name, or a pipeline object.

    Every picture has a random generator of its own, so that it does not depend on its neighbours in the batch. One
    call runs at a time: pipelines keep the state of a run in themselves.

    Args:
        pipeline: Folder, hub name, or any callable pipeline that takes ``prompt`` and ``generator`` and answers with
            ``images``. A pipeline object is used as it is and where it is, never copied or moved.
        domain: Kind of picture that it draws; image detectors vouch only for the domain of their card.
        device: Where a pipeline that is loaded here runs.
        dtype: Name of the floating-point type that a pipeline loaded here computes in.
        offload: What of a pipeline loaded here waits in main memory while it is not at work: "none", "model" (whole
            models), "sequential" (single layers; slowest, smallest).
        vae_slicing: Whether the pictures of a batch are decoded one after the other.
        vae_tiling: Whether large pictures are decoded in tiles.
        batch_size: Pictures drawn at once.
        settings: Further arguments of every call, such as ``num_inference_steps`` and ``guidance_scale``. Whoever sets
            them answers for them: they are not screened.

    Raises:
        MissingExtraError: If torch or diffusers is not installed.
        ConfigurationError: If the pipeline cannot be loaded, placed or called like that.
    """

    def __init__(
        self,
        pipeline: str | Path | Pipeline,
        *,
        domain: str = "photograph",
        device: str = "cpu",
        dtype: str = "float32",
        offload: Offload = "none",
        vae_slicing: bool = False,
        vae_tiling: bool = False,
        batch_size: int = 1,
        settings: Mapping[str, Setting] | None = None,
    ) -> None:
        placement = Configuration(
            device=device, dtype=dtype, offload=offload, vae_slicing=vae_slicing, vae_tiling=vae_tiling
        )
        if isinstance(pipeline, (str, Path)):
            self.pipeline = pipelines.load(str(pipeline), placement)
            self.name = f"diffusers:{Path(str(pipeline)).name}@local"
        else:
            if placement != Configuration():
                raise ConfigurationError(
                    "a pipeline object is used where it is; place it with its own methods, and leave device, dtype, "
                    "offload, vae_slicing and vae_tiling out"
                )
            self.pipeline = pipeline
            self.name = f"diffusers:{type(pipeline).__name__}@given"
        self.domain = domain
        self.batch_size = batch_size
        self._parameters = pipelines.parameters(self.pipeline)
        self._settings = self._checked(settings or {})
        self._random_device = "cpu"
        self._early_stop: tuple[EarlyStop, Judge] | None = None
        self._counters = pipelines.token_counters(self.pipeline)
        self._one_at_a_time = threading.Lock()

    @classmethod
    def configured(cls, source: str, configuration: Configuration | None = None) -> Self:
        """Load a pipeline as a configuration says, by default the one in ``ETHICAL_LENS_DIFFUSERS``.

        Args:
            source: Folder or hub name.
            configuration: How it is placed and called.

        Raises:
            MissingExtraError: If torch or diffusers is not installed.
            ConfigurationError: If the pipeline or the configuration cannot be used.
        """
        chosen = configuration or pipelines.configuration_from_environment()
        return cls(
            source,
            domain=chosen.domain,
            device=chosen.device,
            dtype=chosen.dtype,
            offload=chosen.offload,
            vae_slicing=chosen.vae_slicing,
            vae_tiling=chosen.vae_tiling,
            batch_size=chosen.batch_size,
            settings=chosen.settings,
        )

    def calling(self, settings: Mapping[str, object], *, random_device: str = "cpu") -> Self:
        """Return a generator on the same pipeline that adds these arguments to every call.

        Args:
            settings: Arguments of the pipeline, already screened.
            random_device: Where the noise is drawn; the same seed gives other noise on another kind of device.
        """
        other = copy.copy(self)
        other._settings = {**self._settings, **settings}
        other._random_device = random_device
        return other

    def watched(self, early_stop: EarlyStop, judge: Judge) -> Self:
        """Return a generator on the same pipeline whose pictures are looked at, and stopped, while they are drawn.

        Args:
            early_stop: When to look.
            judge: Says what is wrong with a preview.

        Raises:
            ConfigurationError: If the pipeline shows no previews.
        """
        require_previews(self.pipeline, self._parameters)
        other = copy.copy(self)
        other._early_stop = (early_stop, judge)
        return other

    @property
    def max_tokens(self) -> int:
        """Longest prompt in tokens, marks included, that one of the text encoders reads; the rest is cut off."""
        return self._counters[0][0] if self._counters else sys.maxsize

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes, marks included."""
        return self._counters[0][1](text) if self._counters else 0

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot.

        Raises:
            GenerationError: If the pipeline answers with something else than one picture per prompt.
        """
        return [drawing for batch in self._batches(shots) for drawing in self._draw(batch)]

    def inpaint(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot) -> Image.Image:
        """Draw the masked region anew from the shot's prompt and seed, with the same models.

        Args:
            image: RGB.
            mask: (height, width), true where to draw.
            shot: Prompt and seed.

        Returns:
            A picture that equals ``image`` outside the mask.

        Raises:
            GenerationError: If the mask has another size, or no picture of that size comes back.
            ConfigurationError: If diffusers has no inpainting for this pipeline.
        """
        return self.rework(image, mask, shot, 1.0)

    def rework(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot, strength: float) -> Image.Image:
        """Draw the masked region anew, starting from what is there (SDEdit, Meng et al., arXiv:2108.01073).

        Args:
            image: RGB.
            mask: (height, width), true where it may change.
            shot: Prompt and seed.
            strength: Share of the sampler's steps that are taken, in (0, 1]; 1 keeps nothing of what is there.

        Returns:
            A picture that equals ``image`` outside the mask.

        Raises:
            GenerationError: If the mask has another size, the strength is out of range, or no picture of that size
                comes back.
            ConfigurationError: If diffusers has no inpainting for this pipeline.
        """
        if not 0 < strength <= 1:
            raise GenerationError(f"expected a strength above 0 and up to 1, got {strength}")
        if image.size != mask.shape[::-1]:
            raise GenerationError(f"expected a mask of {image.size}, got {mask.shape[::-1]}; resize it first")
        # Made anew each time, from what the pipeline consists of now: it holds no weights of its own.
        painter = pipelines.inpainting(self.pipeline)
        with self._one_at_a_time:
            answer = painter(**self._inpainting_arguments(painter, image, mask, shot, strength))
        [drawing] = self._drawings(answer, 1)
        if drawing.image is None or drawing.image.size != image.size:
            raise GenerationError(
                f"{self.name}: {drawing.error or 'the inpainted picture has another size'}; "
                "sides have to be multiples of what the pipeline's autoencoder needs"
            )
        drawn = np.asarray(drawing.image.convert("RGB"))
        return Image.fromarray(np.where(mask[..., None], drawn, np.asarray(image.convert("RGB"))))

    def _batches(self, shots: Sequence[Shot]) -> Iterator[Sequence[Shot]]:
        """Divide shots into batches of one size, in order."""
        for _, same in groupby(shots, key=lambda shot: (shot.width, shot.height)):
            group = list(same)
            for start in range(0, len(group), self.batch_size):
                yield group[start : start + self.batch_size]

    def _draw(self, shots: Sequence[Shot]) -> list[Drawing]:
        arguments = self._arguments(shots)
        watch = self._watch(shots)
        if watch is not None:
            arguments |= {"callback_on_step_end": watch, "callback_on_step_end_tensor_inputs": ["latents"]}
        with self._one_at_a_time:
            answer = self.pipeline(**arguments)
        drawings = self._drawings(answer, len(shots))
        return drawings if watch is None else watch.without_stopped(drawings)

    def _watch(self, shots: Sequence[Shot]) -> Watch | None:
        if self._early_stop is None:
            return None
        early_stop, judge = self._early_stop
        own = pipelines.own_size(self.pipeline)
        size = (shots[0].width or own[0], shots[0].height or own[1])
        return Watch(early_stop=early_stop, judge=judge, shots=shots, size=size)

    def _drawings(self, answer: object, n_shots: int) -> list[Drawing]:
        images = getattr(answer, "images", None)
        if not isinstance(images, list) or len(images) != n_shots:
            raise GenerationError(
                f"{self.name} was asked for {n_shots} pictures and answered with {type(answer).__name__}; "
                "it has to return an object whose images are a list of as many PIL images"
            )
        flagged = getattr(answer, "nsfw_content_detected", None) or [False] * n_shots
        return [_drawing(image, own_verdict=bool(flag)) for image, flag in zip(images, flagged, strict=True)]

    def _arguments(self, shots: Sequence[Shot]) -> dict[str, object]:
        arguments: dict[str, object] = {
            **{name: [value] * len(shots) if name in _PER_PROMPT else value for name, value in self._settings.items()},
            "prompt": [shot.draft.text for shot in shots],
            "generator": [pipelines.seeded(shot.seed, self._random_device) for shot in shots],
        }
        if "output_type" in self._parameters:
            arguments["output_type"] = "pil"
        if any(shot.negative_prompt for shot in shots):
            self._require("negative_prompt")
            arguments["negative_prompt"] = [shot.negative_prompt or "" for shot in shots]
        for name, value in (("width", shots[0].width), ("height", shots[0].height)):
            if value is not None:
                self._require(name)
                arguments[name] = value
        return arguments

    def _inpainting_arguments(
        self, painter: Pipeline, image: Image.Image, mask: NDArray[np.bool_], shot: Shot, strength: float
    ) -> dict[str, object]:
        known = pipelines.parameters(painter)
        known_latents = pipelines.latents_of(painter, image)
        cells = Image.fromarray(_whole_cells(mask, pipelines.latent_cell(self.pipeline)))
        arguments: dict[str, object] = {
            **self._settings,
            "prompt": shot.draft.text,
            "negative_prompt": shot.negative_prompt,
            "image": image if known_latents is None else known_latents,
            "masked_image_latents": known_latents,
            "mask_image": cells,
            "width": image.width,
            "height": image.height,
            "strength": strength,
            "generator": pipelines.seeded(shot.seed, self._random_device),
            "output_type": "pil",
        }
        return {name: value for name, value in arguments.items() if name in known and value is not None}

    def _checked(self, settings: Mapping[str, object]) -> dict[str, object]:
        taken = sorted(set(settings) & _FILLED_IN)
        if taken:
            raise ConfigurationError(f"{', '.join(taken)} cannot be set: only what was screened fills it; leave it out")
        return dict(settings)

    def _require(self, parameter: str) -> None:
        if parameter not in self._parameters:
            raise GenerationError(f"{self.name} takes no {parameter}; leave it out")


def _drawing(image: object, *, own_verdict: bool) -> Drawing:
    if own_verdict:
        return Drawing(image=None, error="the pipeline's own safety checker withheld the picture")
    if not isinstance(image, Image.Image):
        return Drawing(image=None, error=f"expected a PIL image, got {type(image).__name__}")
    return Drawing(image=image)


def _whole_cells(mask: NDArray[np.bool_], cell: int) -> NDArray[np.uint8]:
    """Return a mask in which a cell of the latents is drawn anew if any pixel in it is: (height, width), 0 or 255."""
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % cell), (0, -width % cell)))
    rows, columns = padded.shape[0] // cell, padded.shape[1] // cell
    any_ = padded.reshape(rows, cell, columns, cell).any(axis=(1, 3))
    grown = any_.repeat(cell, axis=0).repeat(cell, axis=1)[:height, :width]
    return np.where(grown, np.uint8(255), np.uint8(0))

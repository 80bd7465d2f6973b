"""The embedded generator: a small Stable-Diffusion pipeline that draws Sketch pictures, run by ONNX Runtime."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens import models
from ethical_lens.errors import GenerationError
from ethical_lens.generate.ddim import Floats, Schedule, scaled_linear
from ethical_lens.generate.noise import torch_normal
from ethical_lens.types import Drawing, Shot

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

CARD: Final = "sketch-diffusion"
SIZE: Final = 64
_WORD = re.compile(r"[^\W\d_]+")


class SketchGenerator:
    """Draws 64x64 pictures of the drawn world Sketch, seeded, without PyTorch.

    The same weights load with ``DiffusionPipeline.from_pretrained(SketchGenerator().folder)`` and give the same
    pictures for the same seed, ``torch.Generator("cpu").manual_seed(seed)``.

    Args:
        n_steps: Steps of the sampler; by default what the card says.
        guidance: How strongly the picture follows the prompt; by default what the card says.
        batch_size: Pictures drawn at once.
    """

    domain = "sketch"

    def __init__(self, *, n_steps: int | None = None, guidance: float | None = None, batch_size: int = 8) -> None:
        self._card = models.load_card(CARD)
        settings = self._card.preprocessing
        self.name = self._card.id
        self.n_steps = n_steps or int(str(settings["n_steps"]))
        self.guidance = guidance if guidance is not None else float(str(settings["guidance"]))
        self.batch_size = batch_size
        self._scale = np.float32(str(settings["scaling_factor"]))

    @property
    def folder(self) -> Path:
        """Folder in the layout of a diffusers pipeline."""
        return models.path_of(self._card, "model_index.json").parent

    @property
    def max_tokens(self) -> int:
        """Longest prompt in tokens, start and end marks included; the rest is cut off."""
        return int(str(self._card.preprocessing["max_tokens"]))

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text takes, start and end marks included."""
        return len(self._tokenizer.encode(text).ids)

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot.

        Raises:
            GenerationError: If a shot asks for another size than 64x64.
        """
        drawings: list[Drawing] = []
        for start in range(0, len(shots), self.batch_size):
            drawings += self._draw(shots[start : start + self.batch_size])
        return drawings

    def inpaint(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot) -> Image.Image:
        """Draw the masked region anew from the shot's prompt and seed.

        Args:
            image: RGB, 64x64.
            mask: (64, 64), true where it is drawn anew.
            shot: Prompt and seed.

        Returns:
            A picture that equals ``image`` outside the mask.

        Raises:
            GenerationError: If the image or mask has another size.
        """
        return self.rework(image, mask, shot, 1.0)

    def rework(self, image: Image.Image, mask: NDArray[np.bool_], shot: Shot, strength: float) -> Image.Image:
        """Draw the masked region anew, starting from what is there (SDEdit, Meng et al., arXiv:2108.01073).

        Args:
            image: RGB, 64x64.
            mask: (64, 64), true where it may change.
            shot: Prompt and seed.
            strength: Share of the sampler's steps that are taken, in (0, 1]; 1 keeps nothing of what is there.

        Returns:
            A picture that equals ``image`` outside the mask.

        Raises:
            GenerationError: If the image or mask has another size, or the strength is out of range.
        """
        if image.size != (SIZE, SIZE) or mask.shape != (SIZE, SIZE):
            raise GenerationError(
                f"expected an image and a mask of {SIZE}x{SIZE}, got {image.size} and {mask.shape}; resize them first"
            )
        if not 0 < strength <= 1:
            raise GenerationError(f"expected a strength above 0 and up to 1, got {strength}")
        picture = np.asarray(image.convert("RGB"), np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
        (known,) = self._encoder.run(None, {"picture": picture})
        known = known * self._scale
        # A latent is free if any pixel under it is masked.
        free = np.any(mask.reshape(16, 4, 16, 4), axis=(1, 3)).astype(np.float32).reshape(1, 1, 16, 16)
        noise = _noise([shot])
        steps = list(self._schedule.steps(self.n_steps))
        steps = steps[len(steps) - max(1, round(strength * len(steps))) :]
        latents = noise if len(steps) == self.n_steps else self._schedule.noised(known, noise, steps[0])
        words = self._words([shot])
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            latents = self._advance(latents, words, step)
            kept = known if following is None else self._schedule.noised(known, noise, following)
            latents = free * latents + (1 - free) * kept
        drawn = np.asarray(self._decode(latents)[0])
        return Image.fromarray(np.where(mask[..., None], drawn, np.asarray(image.convert("RGB"))))

    def _draw(self, shots: Sequence[Shot]) -> list[Drawing]:
        for shot in shots:
            if (shot.width or SIZE, shot.height or SIZE) != (SIZE, SIZE):
                raise GenerationError(
                    f"the embedded generator draws {SIZE}x{SIZE} pictures, {shot.width}x{shot.height} was asked for; "
                    "leave width and height out, and enlarge the picture afterwards"
                )
        words = self._words(shots)
        latents = _noise(shots)
        for step in self._schedule.steps(self.n_steps):
            latents = self._advance(latents, words, step)
        pictures = self._decode(latents)
        return [
            Drawing(image=picture, outside=self.is_outside(shot.draft.text))
            for picture, shot in zip(pictures, shots, strict=True)
        ]

    def is_outside(self, text: str) -> bool:
        """Tell whether a prompt speaks of things that the generator was never shown.

        Captions of its training have a closed vocabulary; a prompt is outside when more than the card's share of its
        words does not belong to it.
        """
        words = _WORD.findall(text.lower())
        unknown = sum(word not in self._vocabulary for word in words)
        return not words or unknown > self._card.thresholds["unknown_words"] * len(words)

    def _words(self, shots: Sequence[Shot]) -> Floats:
        texts = [shot.negative_prompt or "" for shot in shots] + [shot.draft.text for shot in shots]
        tokens = np.array([self._fitted(each.ids) for each in self._tokenizer.encode_batch(texts)], np.int64)
        (words,) = self._text_encoder.run(None, {"tokens": tokens})
        return np.asarray(words, np.float32)

    def _fitted(self, tokens: list[int]) -> list[int]:
        """Return as many tokens as the text encoder reads: cut off before the end mark, or filled up with end marks."""
        end = tokens[-1]
        return [*tokens[:-1][: self.max_tokens - 1], end] + [end] * (self.max_tokens - len(tokens))

    def _advance(self, latents: Floats, words: Floats, step: int) -> Floats:
        twice = np.concatenate([latents, latents])
        steps = np.full(len(twice), step, np.int64)
        (velocity,) = self._unet.run(None, {"latents": twice, "step": steps, "words": words})
        free, guided = velocity[: len(latents)], velocity[len(latents) :]
        velocity = free + np.float32(self.guidance) * (guided - free)
        return self._schedule.advance(latents, velocity, step, self.n_steps)

    def _decode(self, latents: Floats) -> list[Image.Image]:
        (pictures,) = self._decoder.run(None, {"latents": latents / self._scale})
        bytes_ = np.round(np.clip(pictures / 2 + 0.5, 0, 1) * 255).astype(np.uint8)
        return [Image.fromarray(np.ascontiguousarray(each.transpose(1, 2, 0))) for each in bytes_]

    @cached_property
    def _schedule(self) -> Schedule:
        path = models.verified_path(self._card, "scheduler_config.json")
        settings = json.loads(path.read_text(encoding="utf-8"))
        return scaled_linear(settings["num_train_timesteps"], settings["beta_start"], settings["beta_end"])

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        path = models.verified_path(self._card, "vocabulary.txt")
        return frozenset(path.read_text(encoding="utf-8").split())

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(str(models.verified_path(self._card, "tokenizer.json")))
        # A file may bring its own; the whole length is counted, and cut to what the encoder reads in one place.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _text_encoder(self) -> onnxruntime.InferenceSession:
        return self._open("text_encoder", "model.onnx", "model.safetensors")

    @cached_property
    def _unet(self) -> onnxruntime.InferenceSession:
        return self._open("unet", "model.onnx", "diffusion_pytorch_model.safetensors")

    @cached_property
    def _encoder(self) -> onnxruntime.InferenceSession:
        return self._open("vae", "encoder.onnx", "diffusion_pytorch_model.safetensors")

    @cached_property
    def _decoder(self) -> onnxruntime.InferenceSession:
        return self._open("vae", "decoder.onnx", "diffusion_pytorch_model.safetensors")

    def _open(self, part: str, graph: str, weights: str) -> onnxruntime.InferenceSession:
        """Open a graph whose weights lie in the safetensors file beside it."""
        prefix = f"weights/{CARD}/{part}"
        models.verified_path(self._card, f"{prefix}/{weights}")
        return models.session(models.verified_path(self._card, f"{prefix}/{graph}"))


def _noise(shots: Sequence[Shot]) -> Floats:
    shape = (1, 4, SIZE // 4, SIZE // 4)
    return np.concatenate([torch_normal(shot.seed, shape) for shot in shots])

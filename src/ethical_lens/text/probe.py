"""A probe on a text encoder's own states: what a prompt will draw, whatever letters it is made of.

Attacks on a pipeline search for strings that mean nothing to a reader and a great deal to its text encoder. What such
a string means to the encoder stands in the states that the encoder hands to the UNet, and a small network reads it
there. A probe belongs to the one encoder whose states it was trained on; the card keeps the states of a reference text,
and any other encoder is refused. `ethical_lens.train.probe` trains one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ethical_lens import models
from ethical_lens.errors import ConfigurationError, DetectionError, DomainError, MissingExtraError
from ethical_lens.models import ModelCard
from ethical_lens.types import Finding, Severity

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

CARD: Final = "sketch-probe"
_GENERATOR: Final = "sketch-diffusion"
_MOST_AT_ONCE: Final = 32
_FARTHEST: Final = 0.05
"""Largest relative distance of the reference text's pooled states; half precision stays far below it."""

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]
"""Texts to the encoder's states, (n, tokens, width), padded and cut as the pipeline does it."""


@runtime_checkable
class StateDetector(Protocol):
    """Measures what a text encoder's states hold."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def measure(self, states: Floats) -> Floats:
        """Return probabilities, (n, concepts), for states (n, tokens, width)."""
        ...


def pool(states: Floats) -> Floats:
    """Return what the probe reads of states: their mean, largest and smallest values over the tokens, and the last.

    Args:
        states: (n, tokens, width), padding included, since a UNet attends to it as well.

    Returns:
        (n, 4 * width).
    """
    return np.concatenate([states.mean(1), states.max(1), states.min(1), states[:, -1]], axis=1, dtype=np.float32)


class StateProbe:
    """Tells from a text encoder's states which concepts of harm a prompt will draw.

    Args:
        card: Card of the probe; None takes the shipped one, of the embedded generator's text encoder.

    Raises:
        ModelIntegrityError: If the model's file is missing or altered.
    """

    def __init__(self, card: ModelCard | None = None) -> None:
        self.card = card or models.load_card(CARD)
        self.name = self.card.id
        self.concepts = self.card.outputs["concepts"]
        self.categories = self.card.outputs["categories"]
        self.severities = tuple(Severity[grade] for grade in self.card.outputs["severities"])
        self.reference = str(self.card.preprocessing["reference"])
        with np.load(models.verified_path(self.card, "probe.npz"), allow_pickle=False) as arrays:
            self._arrays = {name: arrays[name].astype(np.float32) for name in arrays.files}

    @property
    def width(self) -> int:
        """Width of the encoder's states."""
        return len(self._arrays["centre"]) // 4

    def measure(self, states: Floats) -> Floats:
        """Return the calibrated probability of each concept.

        Args:
            states: (n, tokens, width), the text encoder's last hidden states.

        Returns:
            (n, concepts), in the order of ``concepts``.

        Raises:
            DomainError: If the states have another width.
            DetectionError: If a state is not finite.
        """
        if states.ndim != 3 or states.shape[2] != self.width:
            raise DomainError(
                f"{self.name} reads states of shape (n, tokens, {self.width}), got {states.shape}; it belongs to "
                f"{self.card.domain}, train one for this encoder with ethical_lens.train.probe"
            )
        if not np.isfinite(states).all():
            raise DetectionError(f"{self.name} was given states that are not finite; run the encoder in float32")
        arrays = self._arrays
        inputs = (pool(states.astype(np.float32)) - arrays["centre"]) / arrays["scale"]
        hidden = np.maximum(inputs @ arrays["first"] + arrays["first_offset"], 0)
        logits = (hidden @ arrays["second"] + arrays["second_offset"]) * arrays["slope"] + arrays["shift"]
        chances: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        return chances

    def require_encoder(self, encode: Encode) -> None:
        """Refuse an encoder other than the one that the probe was trained on.

        Raises:
            DomainError: If the states of the reference text are not those of the training.
        """
        states = encode([self.reference])
        known = self._arrays["reference"]
        if states.ndim == 3 and states.shape[2] == self.width:
            distance = float(np.linalg.norm(pool(states)[0] - known) / np.linalg.norm(known))
            if distance <= _FARTHEST:
                return
        raise DomainError(
            f"{self.name} belongs to another text encoder ({self.card.domain}); states of other encoders mean "
            "other things. Train a probe for this one with: python -m ethical_lens.train.probe --pipeline FOLDER"
        )


class PromptProbe:
    """A text detector that asks the generator's own text encoder what a prompt means.

    Put it among the detectors of a lens around that generator.

    Args:
        encode: The text encoder that the generator will use.
        probe: The probe that belongs to it; None takes the shipped one.

    Raises:
        DomainError: If the probe belongs to another encoder.
    """

    def __init__(self, encode: Encode, probe: StateProbe | None = None) -> None:
        self.probe = probe or StateProbe()
        self.name = self.probe.name
        self._encode = encode
        self.probe.require_encoder(encode)

    @classmethod
    def of_sketch(cls, probe: StateProbe | None = None) -> PromptProbe:
        """Return the probe on the embedded generator's text encoder, run by ONNX Runtime."""
        return cls(SketchEncoder(), probe)

    @classmethod
    def of_pipeline(cls, pipeline: object, probe: StateProbe) -> PromptProbe:
        """Return a probe on the text encoder of a diffusers pipeline.

        Args:
            pipeline: A pipeline with ``tokenizer`` and ``text_encoder``; of several encoders the first is asked.
            probe: The probe that was trained on this encoder.

        Raises:
            MissingExtraError: If torch is not installed.
            ConfigurationError: If the pipeline has no text encoder.
            DomainError: If the probe belongs to another encoder.
        """
        return cls(PipelineEncoder(pipeline), probe)

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return one finding per concept for each text."""
        found: list[list[Finding]] = []
        for start in range(0, len(texts), _MOST_AT_ONCE):
            chances = self.probe.measure(self._encode(texts[start : start + _MOST_AT_ONCE]))
            found += [self._findings(row) for row in chances]
        return found

    def _findings(self, chances: Floats) -> list[Finding]:
        probe = self.probe
        return [
            Finding(
                category=category,
                score=float(chance),
                source=self.name,
                severity=severity,
                note=f"the generator's text encoder reads the prompt as {concept}",
            )
            for concept, category, severity, chance in zip(
                probe.concepts, probe.categories, probe.severities, chances, strict=True
            )
        ]


class SketchEncoder:
    """The embedded generator's text encoder, without the rest of it."""

    def __init__(self) -> None:
        self._card = models.load_card(_GENERATOR)

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return states, (n, tokens, width)."""
        tokens = np.array([each.ids for each in self._tokenizer.encode_batch(list(texts))], np.int64)
        (states,) = self._session.run(None, {"tokens": tokens.reshape(len(texts), -1)})
        return np.asarray(states, np.float32)

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(str(models.verified_path(self._card, "tokenizer.json")))
        length, end = int(str(self._card.preprocessing["max_tokens"])), "<|endoftext|>"
        tokenizer.enable_truncation(length)
        tokenizer.enable_padding(length=length, pad_id=tokenizer.token_to_id(end), pad_token=end)
        return tokenizer

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        folder = f"weights/{_GENERATOR}/text_encoder"
        models.verified_path(self._card, f"{folder}/model.safetensors")
        return models.session(models.verified_path(self._card, f"{folder}/model.onnx"))


class PipelineEncoder:
    """The text encoder of a diffusers pipeline, called as the pipeline calls it.

    Args:
        pipeline: A pipeline with ``tokenizer`` and ``text_encoder``.

    Raises:
        MissingExtraError: If torch is not installed.
        ConfigurationError: If the pipeline has no text encoder.
    """

    def __init__(self, pipeline: object) -> None:
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("a probe on a diffusers pipeline", "diffusers") from error
        tokenizer, encoder = (getattr(pipeline, part, None) for part in ("tokenizer", "text_encoder"))
        if not callable(tokenizer) or not isinstance(encoder, torch.nn.Module):
            raise ConfigurationError(
                f"{type(pipeline).__name__} has no tokenizer and text_encoder to probe; give a diffusers pipeline"
            )
        self._tokenizer, self._encoder = tokenizer, encoder
        self._length = int(getattr(tokenizer, "model_max_length", 77))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return states, (n, tokens, width)."""
        import torch

        tokens = self._tokenizer(
            list(texts), padding="max_length", max_length=self._length, truncation=True, return_tensors="pt"
        ).input_ids
        with torch.inference_mode():
            states = self._encoder(tokens.to(next(self._encoder.parameters()).device))[0]
        return np.asarray(states.float().cpu().numpy(), np.float32)

"""Any CLIP or SigLIP of the library transformers as an encoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.image.encoder import in_batches, unit
from ethical_lens.image.preprocess import Preprocessing
from ethical_lens.models import JsonValue

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Floats: TypeAlias = NDArray[np.float32]

_KINDS: Final = ("clip", "siglip", "siglip_vision_model", "clip_vision_model")
_DTYPES: Final = ("float32", "bfloat16", "float16")


class TransformersEncoder:
    """A CLIP or SigLIP; only safetensors files are read, never pickles.

    Args:
        source: A folder, or a name on the hub. What lies on the hub is fetched now, never during a look.
        domain: Kind of picture that it is for.
        device: Such as "cpu" or "cuda".
        dtype: "float32", "bfloat16" or "float16".
        batch_size: Pictures or texts that are encoded at once.

    Raises:
        MissingExtraError: If torch or transformers is not installed.
        ConfigurationError: If it cannot be loaded, or is something else.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        domain: str = "photograph",
        device: str = "cpu",
        dtype: str = "float32",
        batch_size: int = 16,
    ) -> None:
        if dtype not in _DTYPES:
            raise ConfigurationError(f"dtype must be one of {', '.join(_DTYPES)}, got {dtype!r}")
        self._source, self._device, self._batch_size = str(source), device, batch_size
        self.domain = domain
        self.preprocessing = Preprocessing.from_config(_preprocessor_config(self._source))
        self.model = _load(self._source, dtype).to(device).eval()
        # Now rather than at the first look, whose time is limited: a gigabyte takes a second or more.
        self.name = f"{Path(self._source).name}@{_digest(self.model)}"

    def project_images(self, images: Sequence[Image.Image]) -> Floats:
        """Return (n, width) embeddings as the projection leaves them."""
        import torch

        def encode(batch: Sequence[Image.Image]) -> Floats:
            pixels = torch.from_numpy(self.preprocessing.apply(batch)).to(self._device, self.model.dtype)
            with torch.inference_mode():
                return _rows(self._images(pixels))

        return in_batches(images, self._batch_size, encode)

    def encode_images(self, images: Sequence[Image.Image]) -> Floats:
        """Return (n, width) embeddings of length one."""
        return unit(self.project_images(images))

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return (n, width) embeddings of length one.

        Raises:
            ConfigurationError: If it encodes pictures only, or has no tokenizer.
        """
        import torch

        if not hasattr(self.model, "get_text_features"):
            raise ConfigurationError(f"{self._source} encodes pictures only; give the whole model to encode texts")
        length = int(self.model.config.text_config.max_position_embeddings)

        def encode(batch: Sequence[str]) -> Floats:
            # SigLIP was trained on texts padded to the full length, without a mask; CLIP does not see what follows.
            tokens = self._tokenizer(
                list(batch), padding="max_length", truncation=True, max_length=length, return_tensors="pt"
            )
            with torch.inference_mode():
                return _rows(self.model.get_text_features(input_ids=tokens.input_ids.to(self._device)))

        return unit(in_batches(texts, self._batch_size, encode))

    def _images(self, pixels: torch.Tensor) -> object:
        if hasattr(self.model, "get_image_features"):
            return self.model.get_image_features(pixel_values=pixels)
        return self.model(pixel_values=pixels)

    @cached_property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        from transformers import AutoTokenizer

        try:
            return AutoTokenizer.from_pretrained(self._source)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self._source} has no tokenizer that can be read: {error}") from error


def _load(source: str, dtype: str) -> PreTrainedModel:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError("an encoder from transformers", "clip") from error
    try:
        kind = transformers.AutoConfig.from_pretrained(source).model_type
        if kind not in _KINDS:
            raise ConfigurationError(f"{source} is a {kind}, not one of {', '.join(_KINDS)}; give a CLIP or SigLIP")
        # The automatic class for a vision tower would leave the projection out.
        loader = transformers.CLIPVisionModelWithProjection if kind == "clip_vision_model" else transformers.AutoModel
        return loader.from_pretrained(source, dtype=getattr(torch, dtype), use_safetensors=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigurationError(f"{source} cannot be loaded: {error}; give a folder or a hub name") from error


def _digest(model: PreTrainedModel) -> str:
    """Return the first digits of the sha256 of all weights, so that no two encoders share a name."""
    import torch

    digest = hashlib.sha256()
    for key, value in sorted(model.state_dict().items()):
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:12]


def _preprocessor_config(source: str) -> Mapping[str, JsonValue]:
    path = Path(source) / "preprocessor_config.json"
    if not path.parent.is_dir():
        try:
            from transformers.utils import cached_file
        except ImportError as error:
            raise MissingExtraError("an encoder from transformers", "clip") from error
        try:
            path = Path(cached_file(source, "preprocessor_config.json"))
        except OSError as error:
            raise ConfigurationError(f"{source} cannot be found: {error}; give a folder or a hub name") from error
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}; an encoder needs that file") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} must hold an object, got {type(content).__name__}; restore the file")
    return cast("Mapping[str, JsonValue]", content)


def _rows(answer: object) -> Floats:
    """Return the embeddings out of what transformers answers; the record's name for them differs by class."""
    for field in ("image_embeds", "pooler_output"):
        value = getattr(answer, field, None)
        if value is not None:
            return np.asarray(value.float().cpu().numpy(), np.float32)
    raise ConfigurationError(f"the encoder answered with {type(answer).__name__}, which holds no embedding")

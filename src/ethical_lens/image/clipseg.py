"""Any CLIPSeg of transformers as a locator; needs the extra "transformers"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ethical_lens.errors import ConfigurationError, MissingExtraError
from ethical_lens.image.locate import ClipsegLocator, Floats
from ethical_lens.models import ModelCard, read_card

if TYPE_CHECKING:
    import torch
    from transformers import CLIPSegForImageSegmentation

CARD = "card.json"
"""Name of the card beside the weights."""


class TorchClipseg:
    """A CLIPSeg on any device. The picture is encoded once for all queries.

    Args:
        source: Folder of a saved ``CLIPSegForImageSegmentation`` with its tokenizer, or a hub name that is cached.
        device: As torch names it.
        dtype: "float32", "float16" or "bfloat16".

    Raises:
        MissingExtraError: If torch or transformers is not installed.
        ConfigurationError: If there is no such model.
    """

    def __init__(self, source: str | Path, *, device: str = "cpu", dtype: str = "float32") -> None:
        try:
            import torch
            from transformers import AutoTokenizer, CLIPSegForImageSegmentation
        except ImportError as error:
            raise MissingExtraError("a CLIPSeg of transformers", "diffusers") from error
        kind = getattr(torch, dtype, None)
        if not isinstance(kind, torch.dtype):
            raise ConfigurationError(f"dtype has to be float32, float16 or bfloat16, got {dtype!r}")
        try:
            model = CLIPSegForImageSegmentation.from_pretrained(source, dtype=kind, local_files_only=True)
            self._tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
        except OSError as error:
            raise ConfigurationError(
                f"{source} is no folder of a CLIPSeg with its tokenizer, nor a model in the local cache: {error}; "
                "fetch it first, nothing is downloaded at run time"
            ) from error
        self._model: CLIPSegForImageSegmentation = model.to(device).eval()

    def logits(self, pixels: Floats, texts: Sequence[str]) -> Floats:
        """Return (n, height, width) for one picture, (1, 3, height, width), and n texts."""
        import torch

        tokens = self._tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        model = self._model
        with torch.inference_mode():
            answer = segmented(
                model,
                torch.from_numpy(pixels).to(model.device, model.dtype),
                tokens["input_ids"].to(model.device),
            )
        return np.asarray(answer.float().cpu().numpy(), np.float32)


def segmented(model: CLIPSegForImageSegmentation, pixels: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Return the logits of n texts for one picture, which is encoded once.

    Texts end with their end mark and CLIP reads them from the left only, so that what pads them changes nothing.

    Args:
        model: The network.
        pixels: (1, 3, height, width).
        tokens: (n, length).

    Returns:
        (n, height, width).
    """
    seen = model.clip.vision_model(pixel_values=pixels, output_hidden_states=True, interpolate_pos_encoding=True)
    n = tokens.shape[0]  # no int: an export has to follow it
    layers = [seen.hidden_states[i + 1].expand(n, -1, -1) for i in model.extract_layers]
    words = model.get_conditional_embeddings(batch_size=n, input_ids=tokens)
    logits = model.decoder(layers, words).logits
    return cast("torch.Tensor", logits.reshape(n, *logits.shape[-2:]))


def clipseg_locator(
    source: str | Path, *, card: str | Path | None = None, device: str = "cpu", dtype: str = "float32"
) -> ClipsegLocator:
    """Return a locator around a saved CLIPSeg.

    Args:
        source: Folder, or hub name in the local cache.
        card: The card with queries and calibrated thresholds; by default "card.json" in the folder. What it does not
            say of the preprocessing is read from the folder's ``preprocessor_config.json``.
        device: As torch names it.
        dtype: "float32", "float16" or "bfloat16".

    Raises:
        ConfigurationError: If there is no model or no card, or the card lacks a threshold.
    """
    path = Path(card) if card is not None else Path(source) / CARD
    if not path.is_file():
        raise ConfigurationError(
            f"{source} needs a card with queries and calibrated thresholds, but there is no {path}; docs/remedies.md "
            "tells how to make one, because an uncalibrated map would always find something"
        )
    known = _completed(read_card(path, root=path.parent), Path(source))
    return ClipsegLocator(known, TorchClipseg(source, device=device, dtype=dtype))


def _completed(card: ModelCard, folder: Path) -> ModelCard:
    """Return the card with the preprocessing that the folder tells, where the card itself does not."""
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        return card
    told = json.loads(path.read_text(encoding="utf-8"))
    return replace(card, preprocessing={**told, **card.preprocessing})

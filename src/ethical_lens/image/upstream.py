"""Import of the heads that were published with Ethical-Lens, into this package's own format.

A published head is a state dict of ``Linear(768, 384), ReLU, Dropout, BatchNorm1d(384), Linear(384, 1)`` on the CLIP
ViT-L/14 embedding before it is scaled to length one, with a sigmoid behind it. At inference the batch norm is linear,
so it is folded into the last layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ethical_lens.errors import ConfigurationError, MissingExtraError, ModelError
from ethical_lens.image.calibration import NOT_CALIBRATED
from ethical_lens.image.domain import OUT_OF_DOMAIN, PHOTOGRAPH
from ethical_lens.image.heads import Heads, check_thresholds
from ethical_lens.models import ModelCard, sha256_of

Doubles: TypeAlias = NDArray[np.float64]

ENCODER: Final = "openai/clip-vit-large-patch14"
PUBLISHED_THRESHOLDS: Final[Mapping[str, float]] = MappingProxyType(
    {"nude": 0.6, "public": 0.5, "nsfw": 0.7, "politic": 0.9, "culture": 0.9}
)
"""Thresholds of the published code. It never used the head "watermark", so there is none for it."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Largest file that is taken for a head; the published ones have 1.2 MB."""
_EPSILON: Final = 1e-5
"""Of the batch norm; it is not in the state dict, and this is what torch uses unless told otherwise."""
_LIMITS: Final = (
    "Published without a data sheet: what they were trained on, how well they do and for whom is not known.",
    NOT_CALIBRATED,
    "For CLIP ViT-L/14 of OpenAI; embeddings of any other encoder mean other things to them.",
)


def import_heads(
    files: Mapping[str, Path],
    *,
    thresholds: Mapping[str, float] | None = None,
    domain: str = PHOTOGRAPH,
    encoder: str = ENCODER,
) -> Heads:
    """Read published heads. Nothing in the files is executed.

    Args:
        files: Name of a head to its file, for example ``{"nude": Path("nude.pt")}``.
        thresholds: One for each head; the published ones by default, which leave out "watermark".
        domain: Kind of picture that you vouch they are good for; the publication does not say.
        encoder: What they read.

    Returns:
        Heads in memory; `ethical_lens.image.heads.save_heads` writes them.

    Raises:
        ConfigurationError: If a threshold is missing or mistyped, or no file is given.
        MissingExtraError: If torch is not installed.
        ModelError: If a file is missing, or is no such head.
    """
    if not files:
        raise ConfigurationError("there is no head to import; give at least one file")
    names = tuple(files)
    known = {name: PUBLISHED_THRESHOLDS[name] for name in names if name in PUBLISHED_THRESHOLDS}
    chosen = dict(known if thresholds is None else {**known, **thresholds})
    check_thresholds("ethical-lens-v3", names, chosen)
    layers = [_folded(name, read_state(path)) for name, path in files.items()]
    shapes = {layer["hidden.weight"].shape for layer in layers}
    if len(shapes) != 1:
        raise ModelError(f"heads of one set must have one shape, got {sorted(shapes)}; import them one by one")
    arrays = {
        "hidden.weight": np.concatenate([layer["hidden.weight"] for layer in layers]),
        "hidden.bias": np.concatenate([layer["hidden.bias"] for layer in layers]),
        "out.weight": np.concatenate([layer["out.weight"] for layer in layers]),
        "out.bias": np.concatenate([layer["out.bias"] for layer in layers]),
    }
    card = ModelCard(
        name="ethical-lens-v3",
        version="3",
        role="image detector",
        domain=domain,
        categories=(*names, OUT_OF_DOMAIN),
        outputs={"heads": names},
        preprocessing={"encoder": encoder, "width": arrays["hidden.weight"].shape[1], "embedding": "raw"},
        thresholds=chosen,
        calibration={name: {"temperature": 1.0, "offset": 0.0} for name in names},
        trained_on={"published": "Ethical-Lens, v3", "files": {name: sha256_of(path) for name, path in files.items()}},
        limits=_LIMITS,
    )
    return Heads(card, {name: array.astype(np.float32) for name, array in arrays.items()})


def read_state(path: Path) -> dict[str, Doubles]:
    """Read a state dict of torch, without executing what a pickle may hold.

    Raises:
        MissingExtraError: If torch is not installed.
        ModelError: If the file is missing, too large, or holds anything but named arrays of numbers.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("reading published heads", "clip") from error
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"expected a head of at most {MOST_BYTES:,} bytes, but {path.name} is larger")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"{path.name} cannot be read as a plain state dict ({type(error).__name__}); download it again, and do not "
            "open it in any other way"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ModelError(f"expected named arrays, but {path.name} holds something else; it is no published head")
    return {str(name): value.double().numpy() for name, value in state.items()}


def _folded(name: str, state: Mapping[str, Doubles]) -> dict[str, Doubles]:
    """Return the two layers that answer as the published five do."""
    n_units, width = state["0.weight"].shape if "0.weight" in state and state["0.weight"].ndim == 2 else (0, 0)
    expected: dict[str, tuple[int, ...]] = {
        "0.weight": (n_units, width),
        "0.bias": (n_units,),
        **{f"3.{part}": (n_units,) for part in ("weight", "bias", "running_mean", "running_var")},
        "3.num_batches_tracked": (),
        "4.weight": (1, n_units),
        "4.bias": (1,),
    }
    found = {key: value.shape for key, value in state.items()}
    if found != expected or not n_units:
        raise ModelError(f"head {name!r} has not the published layers: expected {sorted(expected)}, got {found}")
    gain = state["3.weight"] / np.sqrt(state["3.running_var"] + _EPSILON)
    shift = state["3.bias"] - gain * state["3.running_mean"]
    return {
        "hidden.weight": state["0.weight"],
        "hidden.bias": state["0.bias"],
        "out.weight": state["4.weight"] * gain,
        "out.bias": state["4.bias"] + state["4.weight"] @ shift,
    }

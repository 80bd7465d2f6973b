"""Heads on image embeddings: all of them in one product of matrices, with calibration, thresholds and a domain check.

On disk they are a folder with ``heads.safetensors`` and ``card.json``; see docs/heads.md for the format.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ethical_lens.errors import ConfigurationError, DetectionError, DomainError, ModelError
from ethical_lens.fetch import is_address
from ethical_lens.image.calibration import Platt, sigmoid
from ethical_lens.image.domain import covers, looked, not_looked
from ethical_lens.image.encoder import ImageEncoder, embeddings_of, open_encoder, reference_of, unit
from ethical_lens.models import JsonValue, ModelCard, load_card, parse_card, read_card, sha256_of, verified_path
from ethical_lens.types import Finding, Frame

DISTANCE: Final = "distance"
"""Threshold in the card that belongs to the domain check and to no head."""
WEIGHTS_FILE: Final = "heads.safetensors"
CARD_FILE: Final = "card.json"
_NORMALISATIONS: Final = ("unit", "raw")
_LEAST_LIKENESS: Final = 0.98
"""Cosine from which on two embeddings of the reference come from one encoder; half precision stays above 0.99."""

Floats: TypeAlias = NDArray[np.float32]
Normalisation: TypeAlias = Literal["unit", "raw"]
"""Whether heads read embeddings of length one, or as the encoder's projection leaves them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """What the heads say of n embeddings."""

    probabilities: NDArray[np.float64]
    """(n, heads), calibrated."""
    distances: NDArray[np.float64] | None
    """(n,), distance from the training images in units of the largest that is still accepted; None without a check."""


class Heads:
    """Heads of one geometry that read the same embeddings.

    Linear heads have ``out.weight`` (heads, width) and ``out.bias`` (heads,). Heads with one hidden layer have besides
    ``hidden.weight`` (heads * units, width) and ``hidden.bias`` (heads * units,), the units of the first head first,
    and ``out.weight`` is (heads, units); between both is a ReLU. Optional are the domain check (``domain.mean``, of
    shape (width,), and ``domain.whiten``, (width, directions)) and ``reference`` (width,), which tells the encoder.

    Args:
        card: Its ``outputs["heads"]`` names the heads; ``preprocessing`` holds ``encoder``, ``width`` and
            ``embedding`` ("unit" or "raw"); ``thresholds`` one number for each head.
        arrays: float32, by the names above.

    Raises:
        ConfigurationError: If a threshold is missing, mistyped or no share.
        ModelError: If card and arrays do not fit together.
    """

    def __init__(self, card: ModelCard, arrays: Mapping[str, Floats]) -> None:
        self.card = card
        self.names = card.outputs.get("heads", ())
        self.arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
        self.width = _width(card)
        self.normalisation = _normalisation(card)
        check_thresholds(card.id, self.names, card.thresholds)
        self._check_arrays()
        platt = [_platt(card, name) for name in self.names]
        self._temperature = np.array([each.temperature for each in platt])
        self._offset = np.array([each.offset for each in platt])

    @property
    def checks_domain(self) -> bool:
        """Whether it can tell by itself that an image is not like those it was trained on."""
        return "domain.mean" in self.arrays

    def logits(self, embeddings: Floats) -> Floats:
        """Return what the heads say before calibration.

        Args:
            embeddings: (n, width), as the encoder's projection leaves them or of length one.

        Returns:
            (n, heads).

        Raises:
            DomainError: If they have another width, so come from another encoder.
            DetectionError: If a number is not finite.
        """
        return logits_of(self.arrays, self._inputs(embeddings))

    def judge(self, embeddings: Floats) -> Judgement:
        """Return calibrated probabilities and distances; arguments and errors as for `logits`."""
        logits = self.logits(embeddings)
        return Judgement(
            probabilities=sigmoid(logits / self._temperature + self._offset), distances=self._distances(embeddings)
        )

    def with_card(self, **changes: object) -> Heads:
        """Return the same heads with other fields of the card, for example ``thresholds``."""
        return Heads(replace(self.card, **changes), self.arrays)  # type: ignore[arg-type]

    def _inputs(self, embeddings: Floats) -> Floats:
        if embeddings.ndim != 2 or embeddings.shape[1] != self.width:
            raise DomainError(
                f"{self.card.id} reads embeddings of shape (n, {self.width}), got {embeddings.shape}; it belongs to "
                f"the encoder {self.card.preprocessing['encoder']!r}, use that one"
            )
        if not np.isfinite(embeddings).all():
            raise DetectionError(f"{self.card.id} was given embeddings that are not finite; run the encoder in float32")
        return unit(embeddings) if self.normalisation == "unit" else np.asarray(embeddings, np.float32)

    def _distances(self, embeddings: Floats) -> NDArray[np.float64] | None:
        if not self.checks_domain:
            return None
        place = (unit(embeddings) - self.arrays["domain.mean"]) @ self.arrays["domain.whiten"]
        squares = np.square(place, dtype=np.float64).mean(axis=1)
        return np.asarray(squares / self.card.thresholds[DISTANCE])

    def _check_arrays(self) -> None:
        n_heads, arrays = len(self.names), self.arrays
        if not n_heads or len(set(self.names)) != n_heads:
            raise ModelError(f"the card of {self.card.id} must name its heads, each once, under outputs.heads")
        n_units = self.width
        expected: dict[str, tuple[int, ...]] = {"out.bias": (n_heads,)}
        if "hidden.weight" in arrays:
            n_units = arrays["hidden.weight"].shape[0] // n_heads
            expected |= {"hidden.weight": (n_heads * n_units, self.width), "hidden.bias": (n_heads * n_units,)}
        expected["out.weight"] = (n_heads, n_units)
        if "domain.mean" in arrays or DISTANCE in self.card.thresholds:
            n_directions = arrays["domain.whiten"].shape[-1] if "domain.whiten" in arrays else self.width
            expected |= {"domain.mean": (self.width,), "domain.whiten": (self.width, n_directions)}
        if "reference" in arrays:
            expected["reference"] = (self.width,)
        found = {name: array.shape for name, array in arrays.items()}
        if found != expected:
            raise ModelError(f"the arrays of {self.card.id} should be {expected}, got {found}; write the heads again")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ModelError(f"{self.card.id} holds numbers that are not finite; write the heads again")
        if self.checks_domain and DISTANCE not in self.card.thresholds:
            raise ConfigurationError(f"{self.card.id} checks its domain but has no threshold {DISTANCE!r}; add it")


class HeadsDetector:
    """Judges images by heads, with one pass of the encoder for all of them.

    Detectors that use the same encoder share what it made of a frame. Of a picture of another kind than the heads were
    made for it says so, and nothing more. A long picture is judged part by part, and the highest score counts.

    Args:
        encoder: The encoder that the heads belong to.
        heads: The heads.

    Raises:
        DomainError: If the heads were made for an encoder of another name.
    """

    def __init__(self, encoder: ImageEncoder, heads: Heads) -> None:
        self.encoder, self.heads = encoder, heads
        self.name = heads.card.id
        self._recognised = False
        wanted = str(heads.card.preprocessing["encoder"])
        # Heads that carry a reference recognise their encoder by it, whatever its folder is called.
        if wanted and "reference" not in heads.arrays and _stem(wanted) != _stem(encoder.name):
            raise DomainError(f"{self.name} was made for the encoder {wanted!r}, got {encoder.name!r}; use that one")

    @classmethod
    def opened(
        cls, encoder: str = "sketch-clip", heads: str = "sketch-heads", *, device: str = "cpu", dtype: str = "float32"
    ) -> HeadsDetector:
        """Return a detector made from names, as configuration files give them.

        Args:
            encoder: As for `ethical_lens.image.encoder.open_encoder`.
            heads: Folder that `save_heads` has written, or name of a shipped card.
            device: Where a transformers model runs.
            dtype: Floating-point type that a transformers model computes in.

        Raises:
            ConfigurationError: If one of them cannot be found or used.
        """
        return cls(open_encoder(encoder, device=device, dtype=dtype), load_heads(_place(heads)))

    @property
    def advisory(self) -> bool:
        """Whether the findings only advise until the policy lists a proof: true of all but the drawn world's heads."""
        return self.heads.card.domain != "sketch"

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding for every head, or for a picture of another kind only that it is one.

        Raises:
            DomainError: If the encoder is not the one that the heads were made for.
            ImageInputError: If a picture is too long and thin.
            DetectionError: If an embedding is not finite.
        """
        if frames:
            self._recognise()
        own = [i for i, frame in enumerate(frames) if self._may_cover(frame)]
        findings = [[not_looked(self.name, self.heads.card.domain)] for _ in frames]
        embeddings = embeddings_of(self.encoder, [frames[i] for i in own])
        if not own:
            return findings
        ends = np.cumsum([len(each) for each in embeddings])[:-1]
        judgement = self.heads.judge(np.concatenate(embeddings))
        scores = [each.max(axis=0) for each in np.split(judgement.probabilities, ends)]
        apart = [None] * len(own) if judgement.distances is None else np.split(judgement.distances, ends)
        for i, row, distances in zip(own, scores, apart, strict=True):
            if frames[i].domain is None and distances is not None and distances.max() > 1:
                continue
            findings[i] = [*self._findings(row), looked(self.name)]
        return findings

    def _may_cover(self, frame: Frame) -> bool:
        """Tell whether a frame is worth encoding; where nothing vouches for it, the heads' own check decides later."""
        return (frame.domain is None and self.heads.checks_domain) or covers(self.heads.card.domain, frame)

    def _recognise(self) -> None:
        known = self.heads.arrays.get("reference")
        if known is not None and not self._recognised:
            found = reference_of(self.encoder)
            if found.shape != known.shape or float(found @ known) < _LEAST_LIKENESS:
                raise DomainError(
                    f"{self.name} was made for the encoder {self.heads.card.preprocessing['encoder']!r}, and "
                    f"{self.encoder.name} answers differently; use that one, or train heads for this one"
                )
        self._recognised = True

    def _findings(self, scores: NDArray[np.float64]) -> list[Finding]:
        return [
            Finding(category=name, score=float(score), source=self.name)
            for name, score in zip(self.heads.names, scores, strict=True)
        ]


def logits_of(arrays: Mapping[str, Floats], inputs: Floats) -> Floats:
    """Return (n, heads) logits; arrays as `Heads` names them, inputs (n, width) as the heads read them."""
    weight, bias = arrays["out.weight"], arrays["out.bias"]
    if "hidden.weight" not in arrays:
        return np.asarray(inputs @ weight.T + bias)
    hidden = np.maximum(inputs @ arrays["hidden.weight"].T + arrays["hidden.bias"], 0)
    stacked = hidden.reshape(len(inputs), len(bias), -1)
    return np.asarray(np.einsum("nku,ku->nk", stacked, weight) + bias)


def check_thresholds(owner: str, names: Sequence[str], thresholds: Mapping[str, float]) -> None:
    """Refuse thresholds that do not fit the heads.

    Args:
        owner: What they belong to, for the message.
        names: Heads.
        thresholds: By head; `DISTANCE` may stand among them.

    Raises:
        ConfigurationError: If one is missing, is named wrongly, or is not above 0 and at most 1.
    """
    known = [*names, DISTANCE]
    for name, value in thresholds.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known)}"
            raise ConfigurationError(f"{owner} has a threshold for {name!r}, which is none of its heads; {hint}")
        if not math.isfinite(value) or value <= 0 or (value > 1 and name != DISTANCE):
            raise ConfigurationError(f"{owner}: the threshold of {name!r} must be above 0 and at most 1, got {value}")
    missing = [name for name in names if name not in thresholds]
    if missing:
        raise ConfigurationError(f"{owner} has no threshold for {', '.join(missing)}; add it to the card's thresholds")


def save_heads(heads: Heads, folder: Path) -> Heads:
    """Write heads into a folder, and return them with the card that names the files.

    Raises:
        OSError: If it cannot be written.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(heads.arrays, folder / WEIGHTS_FILE)
    content = {
        **card_content(heads.card),
        "files": [{"path": WEIGHTS_FILE, "sha256": sha256_of(folder / WEIGHTS_FILE)}],
    }
    partial = folder / f"{CARD_FILE}.partial"
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(folder / CARD_FILE)
    return Heads(parse_card(content, root=folder), heads.arrays)


def load_heads(source: Path | ModelCard) -> Heads:
    """Read heads.

    Args:
        source: A folder that `save_heads` has written, or the card of shipped heads.

    Raises:
        ConfigurationError: If a threshold is missing or mistyped.
        ModelIntegrityError: If the weights are missing or altered.
        ModelError: If the card or the weights cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    card = source if isinstance(source, ModelCard) else read_card(source / CARD_FILE, root=source)
    path = verified_path(card, WEIGHTS_FILE)
    try:
        return Heads(card, load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path.name} of {card.id} cannot be read: {error}; restore the file") from error


def policy_layer(heads: Heads, *, base: str = "default", categories: Iterable[str] | None = None) -> str:
    """Return a policy file that puts the heads' thresholds over those of another policy.

    Args:
        heads: The heads.
        base: Name or path of the policy to start from; it has rules for the categories already.
        categories: Heads to write a threshold for; all by default.

    Example:
        Write it next to your configuration and name it as the policy; ``ethical-lens policies show`` checks it.
    """
    chosen = heads.names if categories is None else tuple(categories)
    lines = [f"name: {base}-{heads.card.name}", "version: 1", f"extends: {base}", "image:"]
    return (
        "\n".join([*lines, *(f"  {name}: {{threshold: {heads.card.thresholds[name]:.4g}}}" for name in chosen)]) + "\n"
    )


def card_content(card: ModelCard) -> dict[str, JsonValue]:
    """Return what a card says, as JSON writes it, without its files."""
    return {
        each.name: getattr(card, each.name) for each in fields(card) if each.name not in ("digest", "root", "files")
    }


def _width(card: ModelCard) -> int:
    width = card.preprocessing.get("width")
    if not isinstance(width, int) or isinstance(width, bool) or width < 1 or "encoder" not in card.preprocessing:
        raise ModelError(
            f"the card of {card.id} must name the encoder and the width of its embeddings in preprocessing"
        )
    return width


def _normalisation(card: ModelCard) -> Normalisation:
    for each in _NORMALISATIONS:
        if card.preprocessing.get("embedding") == each:
            return each
    raise ModelError(f"the card of {card.id} must say in preprocessing.embedding: {' or '.join(_NORMALISATIONS)}")


def _platt(card: ModelCard, name: str) -> Platt:
    numbers = card.calibration.get(name)
    if not isinstance(numbers, Mapping):
        raise ModelError(f"the card of {card.id} has no calibration for {name!r}; add temperature and offset")
    temperature, offset = numbers.get("temperature"), numbers.get("offset")
    if not isinstance(temperature, (int, float)) or not isinstance(offset, (int, float)) or temperature <= 0:
        raise ModelError(f"the calibration of {name!r} in the card of {card.id} must be a temperature and an offset")
    return Platt(temperature=float(temperature), offset=float(offset))


def _place(heads: str) -> Path | ModelCard:
    if is_address(heads):
        raise ConfigurationError(
            f"expected a folder or the name of shipped heads, got the address {heads!r}; nothing is fetched when a "
            f"lens starts. Run: ethical-lens heads build --from import --source {heads} --encoder NAME --out DIR, and "
            "write heads: DIR"
        )
    folder = Path(heads)
    return folder if (folder / CARD_FILE).is_file() else load_card(heads)


def _stem(name: str) -> str:
    return name.partition("@")[0].rpartition("/")[2]

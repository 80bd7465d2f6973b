"""Any image classifier of the library transformers, and diffusers' own safety checker, as detectors.

Models are loaded by `from_pretrained`, safetensors only and without code of their own; the library torch is imported
when the first picture is judged.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.errors import ConfigurationError, DetectionError, MissingExtraError, ModelError
from ethical_lens.image.domain import PHOTOGRAPH, within_domain
from ethical_lens.image.labels import require_all_mapped
from ethical_lens.types import Finding, Frame

if TYPE_CHECKING:
    import torch

EXTRA: Final = "diffusers"
Precision = Literal["float32", "bfloat16", "float16"]
_PRECISIONS: Final = ("float32", "bfloat16", "float16")
_MOST_AT_ONCE: Final = 16
_CHECKER_SCALE: Final = 0.02
"""Difference of cosines by which the odds of the safety checker's answer grow e-fold; not calibrated on anything."""


class Classifier:
    """A classifier of transformers. Its configuration is read at once, its weights at the first picture.

    Args:
        model: Folder, or name on the hub of what has been fetched already.
        device: "cpu", "cuda", "cuda:1" and so on.
        dtype: Precision of the weights.

    Raises:
        MissingExtraError: If transformers is not installed.
        ModelError: If there is no such model here, or it is no image classifier.
    """

    def __init__(self, model: str | Path, *, device: str = "cpu", dtype: Precision = "float32") -> None:
        _require_transformers("an image classifier")
        from transformers import AutoConfig

        _require_precision(dtype)
        self.model = str(model)
        self._device, self._dtype = device, dtype
        try:
            config = AutoConfig.from_pretrained(self.model, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"there is no image classifier {self.model!r} here: {error}; name its folder, or fetch it first"
            ) from error
        self.labels = tuple(str(config.id2label[index]) for index in sorted(config.id2label))
        self.exclusive = config.problem_type != "multi_label_classification"
        self.name = f"{Path(self.model).name}@{getattr(config, '_commit_hash', None) or 'folder'}"
        self._opened: tuple[torch.nn.Module, object] | None = None
        self._opening = threading.Lock()

    def probabilities(self, images: Sequence[Image.Image]) -> list[dict[str, float]]:
        """Return label to probability for each picture, in order.

        Args:
            images: RGB, any size.

        Raises:
            ModelError: If the weights cannot be loaded.
            DetectionError: If the model answers with something that is no probability.
        """
        import torch

        if not images:
            return []
        network, prepare = self._network()
        rows = []
        for start in range(0, len(images), _MOST_AT_ONCE):
            batch = [image.convert("RGB") for image in images[start : start + _MOST_AT_ONCE]]
            pixels = prepare(images=batch, return_tensors="pt")["pixel_values"]  # type: ignore[operator]
            with torch.inference_mode():
                logits = network(pixel_values=pixels.to(self._device, getattr(torch, self._dtype))).logits.float()
            shares = logits.softmax(-1) if self.exclusive else logits.sigmoid()
            rows.append(shares.cpu().numpy())
        answer = np.concatenate(rows)
        if not np.isfinite(answer).all() or answer.shape != (len(images), len(self.labels)):
            raise DetectionError(f"{self.name} answered with something that is no probability; use another precision")
        return [dict(zip(self.labels, map(float, row), strict=True)) for row in answer]

    def _network(self) -> tuple[torch.nn.Module, object]:
        with self._opening:
            if self._opened is None:
                import torch
                from transformers import AutoImageProcessor, AutoModelForImageClassification

                try:
                    network = AutoModelForImageClassification.from_pretrained(
                        self.model,
                        local_files_only=True,
                        trust_remote_code=False,
                        use_safetensors=True,
                        dtype=getattr(torch, self._dtype),
                    )
                    prepare = AutoImageProcessor.from_pretrained(
                        self.model, local_files_only=True, trust_remote_code=False, backend="pil"
                    )
                except (OSError, ValueError) as error:
                    raise ModelError(f"{self.model!r} cannot be loaded: {error}; fetch it again") from error
                self._opened = network.eval().to(self._device), prepare
            return self._opened


class ClassifierDetector:
    """Reports what an image classifier sees in the words of the policy.

    Args:
        model: Folder or name of a transformers model for image classification.
        labels: What each of its labels stands for: a category of the policy, or nothing. All have to be named.
        domain: Kind of picture that it was trained on, as its card says.
        device: Where it runs.
        dtype: Precision of the weights.

    Raises:
        MissingExtraError: If transformers is not installed.
        ModelError: If there is no such model here.
        ConfigurationError: If a label is not mapped, or one is mapped that the model does not have.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        labels: Mapping[str, str | None],
        domain: str = PHOTOGRAPH,
        device: str = "cpu",
        dtype: Precision = "float32",
    ) -> None:
        self._classifier = Classifier(model, device=device, dtype=dtype)
        self.name = self._classifier.name
        self.domain = domain
        self._labels = require_all_mapped(self.name, self._classifier.labels, labels)
        self.categories = self._labels.named

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding for each category that a label is mapped to."""
        return within_domain(frames, self.domain, self.name, self._judge)

    def _judge(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [
            [
                Finding(category=category, score=score, source=self.name)
                for category, score in self._labels.scores(each, exclusive=self._classifier.exclusive).items()
            ]
            for each in self._classifier.probabilities([frame.image for frame in frames])
        ]


class SafetyCheckerDetector:
    """Reports what diffusers' `StableDiffusionSafetyChecker` sees, with the score that the checker itself drops.

    The checker compares a CLIP embedding with hidden concepts and their bounds. The score is 0.5 where it would just
    begin to blacken the picture; how it rises from there is not calibrated.

    Args:
        model: Folder or name of the checker, or of a whole pipeline that has it in a folder "safety_checker".
        category: What its answer is called in the policy.
        domain: Kind of picture that it was trained on.
        device: Where it runs.

    Raises:
        MissingExtraError: If diffusers is not installed.
        ModelError: If there is no such checker here.
    """

    def __init__(
        self, model: str | Path, *, category: str = "nude", domain: str = PHOTOGRAPH, device: str = "cpu"
    ) -> None:
        _require_transformers("the safety checker")
        folder = Path(model)
        self._folder = folder / "safety_checker" if (folder / "safety_checker").is_dir() else folder
        self._preparing = folder / "feature_extractor" if (folder / "feature_extractor").is_dir() else self._folder
        if not (self._folder / "config.json").is_file():
            raise ModelError(f"there is no safety checker in {str(folder)!r}; name the folder with its config.json")
        self.name = f"safety-checker@{folder.name}"
        self.domain = domain
        self.categories = (category,)
        self._device = device
        self._opened: tuple[torch.nn.Module, object] | None = None
        self._opening = threading.Lock()

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding of its category for each frame."""
        return within_domain(frames, self.domain, self.name, self._judge)

    def _judge(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        scores = self._scores([frame.image.convert("RGB") for frame in frames])
        return [[Finding(category=self.categories[0], score=float(each), source=self.name)] for each in scores]

    def _scores(self, images: Sequence[Image.Image]) -> NDArray[np.float64]:
        import torch

        network, prepare = self._network()
        pixels = prepare(images=list(images), return_tensors="pt")["pixel_values"]  # type: ignore[operator]
        with torch.inference_mode():
            embedded = network.visual_projection(network.vision_model(pixels.to(self._device)).pooler_output)  # type: ignore[operator]
            special = _beyond(embedded, network.special_care_embeds, network.special_care_embeds_weights)
            # As in the checker: whoever comes near a concept of special care is judged a little more strictly.
            stricter = 0.01 * (special.round(decimals=3) > 0).any(dim=1, keepdim=True)
            beyond = (_beyond(embedded, network.concept_embeds, network.concept_embeds_weights) + stricter).amax(1)
        if not bool(torch.isfinite(beyond).all()):
            raise DetectionError(f"{self.name} answered with something that is not a number; fetch the model again")
        return np.asarray((beyond.double() / _CHECKER_SCALE).sigmoid().cpu().numpy())

    def _network(self) -> tuple[torch.nn.Module, object]:
        with self._opening:
            if self._opened is None:
                from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
                from transformers import AutoImageProcessor

                try:
                    network = StableDiffusionSafetyChecker.from_pretrained(
                        str(self._folder), local_files_only=True, use_safetensors=True
                    )
                    prepare = AutoImageProcessor.from_pretrained(
                        str(self._preparing), local_files_only=True, backend="pil"
                    )
                except (OSError, ValueError) as error:
                    raise ModelError(f"{str(self._folder)!r} cannot be loaded: {error}; fetch it again") from error
                self._opened = network.eval().to(self._device), prepare
            return self._opened


def _beyond(embedded: torch.Tensor, concepts: object, bounds: object) -> torch.Tensor:
    """Return by how much the cosine with each concept is above its bound, (n, concepts)."""
    import torch

    if not isinstance(concepts, torch.Tensor) or not isinstance(bounds, torch.Tensor):
        raise ModelError("the safety checker lacks its concepts; fetch it again")
    unit = torch.nn.functional.normalize
    return unit(embedded) @ unit(concepts).T - bounds


def _require_transformers(feature: str) -> None:
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(feature, EXTRA) from error


def _require_precision(dtype: str) -> None:
    if dtype not in _PRECISIONS:
        raise ConfigurationError(f"unknown precision {dtype!r}; use one of: {', '.join(_PRECISIONS)}")

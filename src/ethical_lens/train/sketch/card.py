"""The model card of the embedded generator."""

from __future__ import annotations

import json
from pathlib import Path

from ethical_lens.models import ROOT, JsonValue
from ethical_lens.train.cards import write_card
from ethical_lens.train.sketch.words import MAX_TOKENS

NAME = "sketch-diffusion"
FILES = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model.onnx",
    "text_encoder/model.safetensors",
    "tokenizer/tokenizer.json",
    "tokenizer/tokenizer_config.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "unet/model.onnx",
    "vae/config.json",
    "vae/decoder.onnx",
    "vae/diffusion_pytorch_model.safetensors",
    "vae/encoder.onnx",
    "vocabulary.txt",
)


def write(trained_on: JsonValue, scaling_factor: float, report: Path | None) -> None:
    """Write the card of the weights that lie in the package.

    Args:
        trained_on: What was trained on, for how long.
        scaling_factor: What the autoencoder's latents are multiplied by.
        report: Report of ``benchmarks/sketch_generator.py`` on these weights, if there is one.
    """
    measured = json.loads(report.read_text(encoding="utf-8")) if report is not None and report.exists() else {}
    content: dict[str, JsonValue] = {
        "name": NAME,
        "version": "1",
        "role": "generator",
        "domain": "sketch",
        "files": [{"path": f"weights/{NAME}/{file}", "sha256": ""} for file in FILES],
        "preprocessing": {
            "n_steps": 20,
            "guidance": 4.0,
            "max_tokens": MAX_TOKENS,
            "scaling_factor": scaling_factor,
            "size": 64,
        },
        "thresholds": {"unknown_words": 0.34},
        "trained_on": trained_on,
        "metrics": {
            name: measured[name]
            for name in ("recognised", "silent", "seconds_per_image", "difference_to_diffusers", "seed", "judge")
            if name in measured
        },
        "limits": [
            "Draws an invented world of flat portraits and nothing else; it verifies the software, not photographs.",
            "Skewed on purpose where a caption is silent about gender, race or age: see docs/generator.md.",
            "Pictures are 64 x 64 pixels; people see them enlarged.",
            "Knows English captions of its own corpus; of any other text it draws something, and says so.",
            "Two people in one picture are small, and their attributes are sometimes swapped.",
        ],
        "licence": "Apache-2.0",
    }
    write_card(ROOT / "cards" / f"{NAME}.json", content)

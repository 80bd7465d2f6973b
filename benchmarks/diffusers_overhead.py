"""Measure what the lens adds to a Stable Diffusion 1.5 pipeline: seconds by stage, and memory.

    python benchmarks/diffusers_overhead.py --out benchmarks/reports/diffusers_overhead.json
    python benchmarks/diffusers_overhead.py --out REPORT.json --whole-runs 3      (bare against guarded, 25 steps each)

The pipeline has the geometry of Stable Diffusion 1.5 (UNet of 860 million parameters, CLIP ViT-L/14 text encoder,
autoencoder, 512x512 pixels) and random weights, since only time is measured; weights of such a pipeline cannot be
loaded offline. The pipeline's own time for 25 steps is put together from its parts, a measured step times 25, reading
the prompt, decoding. The lens's own time is that of a guarded call less the time inside the pipeline, measured around
a pipeline that answers at once with a 512x512 picture; that way a small share is not lost in the noise of a long run.
``--whole-runs`` times whole calls as well, in turns. The lens runs in shadow mode, where everything is judged and
recorded and nothing is drawn twice, with the image detectors that the package ships for its drawn world.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.lens import Lens
from ethical_lens.types import Exemption

SEED = 3
SIDE = 512
STEPS = 25
PROMPTS = (
    "a nurse in a hospital",
    "portrait of a scientist in a laboratory, natural light",
    "a lighthouse at dawn, oil painting",
    "two firefighters and a dog in front of a truck",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    images: list[Image.Image]


def stable_diffusion() -> Any:
    """Return a pipeline with the sizes of Stable Diffusion 1.5 and random weights."""
    torch.manual_seed(SEED)
    text = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=768,
        intermediate_size=3072,
        projection_dim=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        max_position_embeddings=77,
        hidden_act="quick_gelu",
    )
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=[128, 256, 512, 512],
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            layers_per_block=2,
            latent_channels=4,
            sample_size=SIDE,
        ).eval(),
        text_encoder=CLIPTextModel(text).eval(),
        # Any vocabulary will do for random weights; what is read is cut or filled to 77 tokens all the same.
        tokenizer=CLIPTokenizer.from_pretrained(SketchGenerator().folder / "tokenizer", model_max_length=77),
        unet=UNet2DConditionModel(
            sample_size=SIDE // 8,
            cross_attention_dim=768,
            attention_head_dim=8,
            block_out_channels=(320, 640, 1280, 1280),
        ).eval(),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


class Instant:
    """A pipeline that answers at once, and keeps how long it was inside."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(
        self,
        prompt: list[str],
        generator: list[torch.Generator],
        num_inference_steps: int = STEPS,
        output_type: str = "pil",
    ) -> Answer:
        since = time.perf_counter()
        dice = np.random.default_rng(generator[0].initial_seed())
        images = [Image.fromarray(dice.integers(0, 256, (SIDE, SIDE, 3), np.uint8)) for _ in prompt]
        self.seconds += time.perf_counter() - since
        return Answer(images=images)


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON report")
    parser.add_argument("--steps", type=int, default=3, help="steps that are timed; the first is not counted")
    parser.add_argument("--whole-runs", type=int, default=0, help="whole calls of 25 steps, bare and guarded")
    given = parser.parse_args()
    lens = Lens.default(exemptions=[Exemption.SHADOW])
    added = lens_seconds(lens)
    pipeline = stable_diffusion()
    held = resident_bytes()
    parts = pipeline_seconds(pipeline, given.steps)
    report: dict[str, object] = {
        "task": "overhead of the lens around a pipeline with the geometry of Stable Diffusion 1.5",
        "command": "python benchmarks/diffusers_overhead.py " + " ".join(sys.argv[1:]),
        "commit": commit(),
        "seed": SEED,
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "threads_of_torch": torch.get_num_threads(),
            "load_at_start": list(os.getloadavg()),
        },
        "models": {**lens.models, "generator": "StableDiffusionPipeline with random weights, single precision"},
        "lens_seconds_per_picture": added,
        "pipeline_seconds": parts,
        "overhead": {
            "of": f"{STEPS} steps put together from measured parts",
            "share": round(added["total"] / parts["whole"], 5),
        },
        "memory": memory(lens, pipeline, held),
    }
    if given.whole_runs:
        report["whole_runs"] = whole_runs(lens, pipeline, given.whole_runs)
    given.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def lens_seconds(lens: Lens) -> dict[str, float]:
    """Return the lens's own seconds per picture by stage: medians over the prompts, warm."""
    pipeline = Instant()
    guarded: Any = lens.guard(pipeline, domain="sketch")
    guarded(PROMPTS[0], generator=torch.Generator().manual_seed(SEED))
    rows = []
    for seed in range(3):
        for prompt in PROMPTS:
            pipeline.seconds = 0.0
            since = time.perf_counter()
            [result] = guarded(prompt, generator=torch.Generator().manual_seed(seed)).results
            total = time.perf_counter() - since - pipeline.seconds
            known = {**result.seconds, "generate": result.seconds["generate"] - pipeline.seconds}
            rows.append({**{name: known.get(name, 0.0) for name in ("plan", "generate", "look")}, "total": total})
    return {name: round(statistics.median(row[name] for row in rows), 5) for name in rows[0]}


def pipeline_seconds(pipeline: Any, n_steps: int) -> dict[str, float]:
    """Return the pipeline's own seconds: reading, one step with guidance, decoding, and 25 steps of a whole call."""
    marks: list[float] = []

    def mark(pipe: object, step: int, timestep: object, tensors: dict[str, Any]) -> dict[str, Any]:
        marks.append(time.perf_counter())
        return {}

    since = time.perf_counter()
    pipeline(PROMPTS[0], num_inference_steps=n_steps, callback_on_step_end=mark)
    ended = time.perf_counter()
    steps = [later - earlier for earlier, later in itertools.pairwise(marks)]
    step = statistics.median(steps) if steps else marks[0] - since
    decode = ended - marks[-1]
    read = timed(lambda: pipeline.encode_prompt(PROMPTS[0], "cpu", 1, True))
    return {
        "read": round(read, 3),
        "step": round(step, 3),
        "n_steps_timed": float(max(len(steps), 1)),
        "decode": round(decode, 3),
        "whole": round(read + STEPS * step + decode, 2),
    }


def memory(lens: Lens, pipeline: Any, held: int) -> dict[str, object]:
    """Return what guarding, and an inpainting pipeline made of the same models, add to the resident memory."""
    from ethical_lens.generate.pipelines import inpainting

    weights = {weight.data_ptr(): weight.nbytes for weight in all_weights(pipeline)}
    before = resident_bytes()
    guarded: Any = lens.guard(pipeline, domain="sketch")
    painter: Any = inpainting(pipeline)
    grown = resident_bytes() - before
    return {
        "weights_bytes": sum(weights.values()),
        "resident_bytes_with_pipeline": held,
        "grown_by_guard_and_inpainting_bytes": grown,
        "guard_has_the_same_modules": guarded.unet is pipeline.unet and guarded.vae is pipeline.vae,
        "inpainting_has_the_same_weights": {weight.data_ptr() for weight in all_weights(painter)} <= set(weights),
    }


def all_weights(pipeline: Any) -> Sequence[Any]:
    modules = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    return [weight for module in modules for weight in module.parameters()]


def whole_runs(lens: Lens, pipeline: Any, n_runs: int) -> dict[str, object]:
    """Time whole calls, bare and guarded in turns."""
    guarded: Any = lens.guard(pipeline, domain="sketch")
    arms: dict[str, list[float]] = {"bare": [], "guarded": []}
    for seed in range(n_runs):
        for name, arm in (("bare", pipeline), ("guarded", guarded)):
            generator = torch.Generator().manual_seed(seed)
            seconds = timed(lambda: arm(PROMPTS[0], num_inference_steps=STEPS, generator=generator))  # noqa: B023
            arms[name].append(round(seconds, 2))
    bare, around = (statistics.median(arms[name]) for name in ("bare", "guarded"))
    return {**arms, "share_of_medians": round(around / bare - 1, 4)}


def timed(function: Callable[[], object]) -> float:
    since = time.perf_counter()
    function()
    return time.perf_counter() - since


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def commit() -> str:
    answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()

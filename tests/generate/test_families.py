"""The lens around real pipelines of every family of diffusers, at tiny size, with random weights."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, SteeringError
from ethical_lens.generate.preview import EarlyStop, LinearDecoder
from ethical_lens.lens.guard import Guarded, GuardedPipeline, GuardedTuple
from ethical_lens.policy import load
from ethical_lens.testing import ScriptedLook, check_generator, shot, small_lens
from ethical_lens.types import Finding, Frame, Severity, Shot, Status

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from ethical_lens.generate.diffusion import DiffusersGenerator  # noqa: E402 - needs torch

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' Euler

FAMILIES = ("sd", "sdxl", "sd3", "flux")
SIDE = 32
STEPS: Mapping[str, int] = {"num_inference_steps": 2}

Family = Callable[[str], Any]


@pytest.fixture(params=FAMILIES)
def pipeline(request: pytest.FixtureRequest, family: Family) -> Any:
    made = family(request.param)
    made.default_sample_size = SIDE // 2  # FLUX has one of its own, far too large for tests
    return made


def guarded(pipeline: Any, **parts: Any) -> Any:
    early_stop = parts.pop("early_stop", None)
    made = small_lens(**parts).guard(pipeline, domain="sketch", early_stop=early_stop)
    assert isinstance(made, GuardedPipeline)
    return made


def seeded(seed: int = 3) -> Any:
    return torch.Generator().manual_seed(seed)


def modules(pipeline: Any) -> dict[str, Any]:
    return {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}


def test_saved_and_loaded_pipeline_keeps_the_promises_of_the_protocol(pipeline: Any, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path)
    loaded = DiffusersGenerator(tmp_path, domain="sketch", batch_size=3, vae_slicing=True, settings=STEPS)
    loaded.pipeline.default_sample_size = SIDE // 2  # type: ignore[attr-defined]
    check_generator(loaded)
    wanted = replace(shot("a cat", seed=3), width=SIDE, height=SIDE)
    given = DiffusersGenerator(pipeline, settings=STEPS)
    [ours], [theirs] = loaded.generate([wanted]), given.generate([wanted])
    assert ours.image is not None
    np.testing.assert_array_equal(np.asarray(ours.image), np.asarray(theirs.image))
    assert 3 < loaded.count_tokens("a cat") < loaded.count_tokens("a cat on a mat")
    assert loaded.max_tokens == 64


def test_guarded_call_answers_with_the_pipelines_own_picture(pipeline: Any) -> None:
    bare = pipeline("a cat", height=SIDE, width=SIDE, generator=seeded(), **STEPS)
    around = guarded(pipeline)
    answer = around("a cat", height=SIDE, width=SIDE, generator=seeded(), **STEPS)
    assert isinstance(answer, Guarded)
    np.testing.assert_array_equal(np.asarray(answer.images[0]), np.asarray(bare.images[0]))
    assert answer["images"] is answer[0] is answer.images
    assert answer.results[0].outcomes[0].status is Status.RELEASED
    as_tuple = around("a cat", height=SIDE, width=SIDE, generator=seeded(), return_dict=False, **STEPS)
    assert isinstance(as_tuple, GuardedTuple)
    assert len(as_tuple) == len(pipeline("a cat", height=SIDE, width=SIDE, return_dict=False, **STEPS))
    assert as_tuple.results[0].request.seed == 3


def test_guarded_pipeline_has_the_pipelines_signature_and_parts(pipeline: Any) -> None:
    around = guarded(pipeline)
    assert inspect.signature(around) == inspect.signature(pipeline)
    assert around.components == pipeline.components
    assert around.to("cpu") is around
    scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
    around.scheduler = scheduler
    assert pipeline.scheduler is scheduler
    with pytest.raises(AttributeError):
        around.no_such_part  # noqa: B018 - the look-up is what is tested


def test_every_argument_is_harmless_screened_or_refused(pipeline: Any) -> None:
    """Whatever is new in a release of diffusers is refused until somebody has thought about it."""
    around = guarded(pipeline)
    for name in ("prompt_embeds", "latents", "ip_adapter_image", "callback_on_step_end", "output_type", "unheard_of"):
        with pytest.raises(SteeringError, match=name):
            around("a cat", **{name: "latent"}, **STEPS)
    default = inspect.signature(pipeline).parameters["callback_on_step_end_tensor_inputs"].default
    around("a cat", height=SIDE, width=SIDE, callback_on_step_end_tensor_inputs=list(default), latents=None, **STEPS)


def test_inpainting_uses_the_same_models_and_changes_only_the_mask(pipeline: Any) -> None:
    generator = DiffusersGenerator(pipeline, settings=STEPS)
    addresses = {weight.data_ptr() for part in modules(pipeline).values() for weight in part.parameters()}
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8))
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[5:20, 9:21] = True
    drawn = generator.inpaint(image, mask, shot("a hat", seed=5))
    np.testing.assert_array_equal(np.asarray(drawn)[~mask], np.asarray(image)[~mask])
    assert (np.asarray(drawn)[mask] != np.asarray(image)[mask]).any()
    np.testing.assert_array_equal(np.asarray(generator.inpaint(image, mask, shot("a hat", seed=5))), np.asarray(drawn))
    half = generator.rework(image, mask, shot("a hat", seed=5), 0.5)
    assert (np.asarray(half) != np.asarray(drawn)).any()
    after = {weight.data_ptr() for part in modules(pipeline).values() for weight in part.parameters()}
    assert after == addresses


@pytest.mark.parametrize("kind", ["decoded", "linear"])
def test_picture_that_goes_wrong_is_stopped_and_never_released(pipeline: Any, kind: str) -> None:
    pictures = [Image.new("RGB", (SIDE, SIDE), colour) for colour in ("red", "green", "blue", "white")]
    decoder = {"decoder": LinearDecoder.fitted(pipeline, pictures)} if kind == "linear" else {}
    n_steps = count_steps(pipeline)
    wrong = ScriptedLook(score=lambda frame: {"out_of_domain": 0.9})
    around = guarded(pipeline, image_detectors=[wrong], early_stop=EarlyStop(at=(0.5,), **decoder))
    answer = around("a cat", height=SIDE, width=SIDE, num_inference_steps=6, generator=seeded())
    outcome = answer.results[0].outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert outcome.reasons == ("image.out_of_domain",)
    assert not outcome.retryable
    assert len(n_steps) == 3


def test_preview_that_shows_nothing_wrong_changes_no_pixel(pipeline: Any) -> None:
    seen: list[tuple[int, int]] = []

    def look(frame: Frame) -> Mapping[str, float]:
        seen.append(frame.image.size)
        return {}

    looked = guarded(pipeline, image_detectors=[ScriptedLook(score=look)], early_stop=EarlyStop())
    arguments = {"height": SIDE, "width": SIDE, "num_inference_steps": 4}
    answer = looked("a cat", generator=seeded(), **arguments)
    bare = pipeline("a cat", generator=seeded(), **arguments)
    np.testing.assert_array_equal(np.asarray(answer.images[0]), np.asarray(bare.images[0]))
    assert seen == [(SIDE, SIDE)] * 3


def test_only_the_picture_that_goes_wrong_is_stopped(family: Family) -> None:
    pipeline = family("sd")
    generator = DiffusersGenerator(pipeline, batch_size=2, settings={"num_inference_steps": 4})
    shots = [shot("a cat", index=0, seed=1), shot("a dog", index=1, seed=2)]
    found = (Finding(category="nsfw", score=0.9, source="x@1"),)

    def judge(images: Sequence[Image.Image], shots: Sequence[Shot]) -> list[tuple[Finding, ...]]:
        return [found if each.index == 0 else () for each in shots]

    watched = generator.watched(EarlyStop(at=(0.5,)), judge)
    stopped, finished = watched.generate(shots)
    assert stopped.image is None
    assert stopped.stopped_by == found
    assert "after step 2 of 4" in str(stopped.error)
    expected = generator.generate(shots)[1].image
    assert finished.image is not None
    assert expected is not None
    np.testing.assert_array_equal(np.asarray(finished.image), np.asarray(expected))


def test_further_prompts_are_screened_alone_and_together(family: Family) -> None:
    pipeline = family("sdxl")
    around = guarded(pipeline)
    answer = around(
        ["a cat", "a dog"],
        prompt_2=["oil painting", "a dog"],
        num_images_per_prompt=2,
        height=SIDE,
        width=SIDE,
        **STEPS,
    )
    assert len(answer.images) == 4
    with pytest.raises(SteeringError, match="prompt_2"):
        around("a cat", prompt_2="a massacre", **STEPS)
    with pytest.raises(SteeringError, match="together"):
        guarded(pipeline, text_detector=Halves())("first half", prompt_2="second half", **STEPS)


class Halves:
    """Finds harm only where both halves stand together."""

    name = "halves@1"

    def detect(self, texts: Any) -> Any:
        return [
            [
                Finding(
                    category="violence",
                    score=0.9 if "first" in text and "second" in text else 0.0,
                    severity=Severity.K3,
                    source=self.name,
                )
            ]
            for text in texts
        ]


def test_learned_words_are_refused_unless_the_policy_allows_them(family: Family) -> None:
    pipeline = family("sd")
    pipeline.tokenizer = copy.deepcopy(pipeline.tokenizer)
    pipeline.tokenizer.add_tokens("<thing>")
    pipeline.text_encoder.resize_token_embeddings(len(pipeline.tokenizer))
    with pytest.raises(SteeringError, match="<thing>"):
        guarded(pipeline)("a <thing> on a mat", **STEPS)
    policy = replace(load("default"), allow_steering=frozenset({"textual_inversion"}))
    assert guarded(pipeline, policy=policy)("a <thing> on a mat", **STEPS).results[0].outcomes[0].image is not None


@pytest.mark.parametrize("output", ["np", "pt"])
def test_arrays_hold_the_released_pictures(family: Family, output: str) -> None:
    pipeline = family("sd")
    prompts = ["a cat", "a massacre"]
    images = guarded(pipeline)(prompts, generator=seeded(), output_type=output, **STEPS).images
    bare = pipeline("a cat", generator=seeded(), output_type=output, **STEPS).images
    assert images.shape == (2, *bare.shape[1:])
    assert float(abs(images[0] - bare[0]).max()) <= 0.5 / 255 + 1e-6


def test_withheld_by_the_pipelines_own_checker_is_a_failure_not_a_black_picture(family: Family) -> None:
    pipeline = family("sd")
    pipeline.feature_extractor = small_lens().safety_checker(domain="sketch").feature_extractor
    pipeline.safety_checker = lambda images, clip_input: (images * 0, [True] * len(images))
    outcome = guarded(pipeline)("a cat", **STEPS).results[0].outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert outcome.retryable


def test_safety_checker_blackens_what_the_policy_withholds(family: Family, tmp_path: Path) -> None:
    from diffusers import StableDiffusionPipeline

    bare = family("sd")
    pictures = [np.asarray(each) for each in bare("a cat", num_images_per_prompt=2, generator=seeded(), **STEPS).images]
    middle = (pictures[0].mean() + pictures[1].mean()) / 2
    dark = ScriptedLook(score=lambda frame: {"nsfw": 0.9 if np.asarray(frame.image).mean() < middle else 0.0})
    checker = small_lens(image_detectors=[dark]).safety_checker(domain="sketch")
    bare.save_pretrained(tmp_path)
    pipeline = StableDiffusionPipeline.from_pretrained(
        tmp_path, safety_checker=checker, feature_extractor=checker.feature_extractor
    )
    pipeline.set_progress_bar_config(disable=True)
    answer = pipeline("a cat", num_images_per_prompt=2, generator=seeded(), **STEPS)
    assert answer.nsfw_content_detected == [bool(each.mean() < middle) for each in pictures]
    assert sorted(answer.nsfw_content_detected) == [False, True]
    for image, was, flag in zip(answer.images, pictures, answer.nsfw_content_detected, strict=True):
        np.testing.assert_array_equal(np.asarray(image), was * (not flag))


def test_safety_checker_reads_tensors_and_arrays_and_changes_neither() -> None:
    dark = ScriptedLook(score=lambda frame: {"nsfw": 0.9 if np.asarray(frame.image).mean() < 100 else 0.0})
    checker = small_lens(image_detectors=[dark]).safety_checker(domain="sketch")
    tensors = torch.stack([torch.full((3, 8, 8), -0.9), torch.full((3, 8, 8), 0.9)])
    checked, flags = checker(images=tensors, clip_input=None)
    assert flags == [True, False]
    assert torch.equal(checked[1], tensors[1])
    assert not checked[0].any()
    assert tensors[0].any()
    arrays = np.stack([np.full((8, 8, 3), 0.05, np.float32), np.full((8, 8, 3), 0.95, np.float32)])
    checked, flags = checker(images=arrays)
    assert flags == [True, False]
    assert not checked[0].any()
    assert arrays[0].any()


def test_guarding_and_inpainting_hold_no_second_copy(family: Family) -> None:
    pipeline = family("sd")
    pipeline.unet.ballast = torch.nn.Parameter(torch.ones(16_000_000))  # 64 MB, far above the noise
    around = guarded(pipeline)
    around("a cat", **STEPS)
    before = resident_bytes()
    others = [guarded(pipeline) for _ in range(3)]
    image = Image.new("RGB", (SIDE, SIDE))
    for each in others:
        each("a cat", **STEPS)
        DiffusersGenerator(pipeline, settings=STEPS).inpaint(image, np.ones((SIDE, SIDE), np.bool_), shot())
        assert each.unet is pipeline.unet
    assert resident_bytes() - before < 32e6


def test_offload_that_this_machine_cannot_do_is_a_clear_error(family: Family, tmp_path: Path) -> None:
    family("sd").save_pretrained(tmp_path)
    with pytest.raises(ConfigurationError, match="offload='model'"):
        DiffusersGenerator(tmp_path, device="no-such-device", offload="model")
    with pytest.raises(ConfigurationError, match="place it with its own methods"):
        DiffusersGenerator(family("sd"), device="cuda")


def count_steps(pipeline: Any) -> list[int]:
    """Return a list that gets one entry for every step of the scheduler."""
    steps: list[int] = []
    step = pipeline.scheduler.step

    def counted(*arguments: Any, **settings: Any) -> Any:
        steps.append(len(steps))
        return step(*arguments, **settings)

    pipeline.scheduler.step = counted
    return steps


def resident_bytes() -> int:
    table = Path("/proc/self/statm")
    if not table.exists():
        pytest.skip("this system does not tell how much memory is resident")
    return int(table.read_text().split()[1]) * 4096

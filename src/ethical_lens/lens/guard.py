"""A lens around something that is called: the call stays the same, and both of its ends are watched."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from ethical_lens.errors import ConfigurationError, InputError, SteeringError
from ethical_lens.generate.diffusion import DiffusersGenerator
from ethical_lens.lens.orchestrator import Lens
from ethical_lens.lens.planning import SEED_BITS
from ethical_lens.types import Generator, Request, Result

WITHHELD_GREY: Final = (127, 127, 127)

_HARMLESS: Final = frozenset(
    {"num_inference_steps", "guidance_scale", "guidance_rescale", "eta", "timesteps", "sigmas", "clip_skip"}
)
"""Settings of a pipeline that change how, not what, it draws."""
_OTHER_PROMPTS: Final = ("prompt_2", "prompt_3")
_NEGATIVES: Final = ("negative_prompt", "negative_prompt_2", "negative_prompt_3")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Guarded:
    """What a guarded pipeline answers with: what the pipeline would have, and the lens's results."""

    images: list[Image.Image]
    """One per image asked for; a plain grey one of the same size stands for each that was withheld."""
    nsfw_content_detected: list[bool]
    """Whether the image was withheld."""
    results: tuple[Result, ...]
    """One per prompt."""


class GuardedGenerator:
    """A generator that is only reached through the lens.

    Args:
        lens: The lens, whose generator is the one that is guarded.
    """

    def __init__(self, lens: Lens) -> None:
        self.lens = lens

    def __call__(self, prompt: str, *, count: int = 1, seed: int | None = None) -> Result:
        """Draw through the lens; see `Lens.generate`."""
        return self.lens.generate(prompt, count=count, seed=seed)


class GuardedPipeline:
    """A diffusers pipeline that is only reached through the lens.

    Args:
        lens: The lens to stand around the pipeline.
        pipeline: The pipeline.
        domain: Kind of picture that it draws.
    """

    def __init__(self, lens: Lens, pipeline: Callable[..., object], domain: str) -> None:
        self.pipeline = pipeline
        self._lens = lens
        self._domain = domain

    def __call__(
        self,
        prompt: str | Sequence[str],
        *,
        num_images_per_prompt: int = 1,
        generator: object = None,
        height: int | None = None,
        width: int | None = None,
        **settings: object,
    ) -> Guarded:
        """Draw through the lens with the pipeline's own arguments.

        Args:
            prompt: One prompt, or several.
            num_images_per_prompt: Images for each.
            generator: A torch generator, whose initial seed is used, or one for each prompt; None draws a seed.
            height: Pixels.
            width: Pixels.
            settings: Further arguments of the pipeline. Other prompts and negative prompts are screened; what steers
                the picture and cannot be screened is refused unless the policy's ``allow_steering`` names it.

        Returns:
            The images and the lens's results.

        Raises:
            SteeringError: If something that steers the picture cannot be screened.
            InputError: If the arguments do not fit together.
        """
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        seeds = _seeds(generator, len(prompts), num_images_per_prompt)
        negative = _negative(settings, len(prompts))
        passed = self._settings(settings)
        draws = DiffusersGenerator(self.pipeline, domain=self._domain, settings=passed)  # type: ignore[arg-type]
        lens = self._lens.replacing(generator=draws)
        results = tuple(
            lens.run(
                Request(
                    prompt=text,
                    count=num_images_per_prompt,
                    seed=seed,
                    width=width,
                    height=height,
                    negative_prompt=avoid,
                )
            )
            for text, seed, avoid in zip(prompts, seeds, negative, strict=True)
        )
        return _answer(results, (width, height))

    def _settings(self, given: Mapping[str, object]) -> dict[str, object]:
        """Return what may be handed on, after screening what can be screened."""
        passed = {}
        for name, value in given.items():
            if value is None or name in _NEGATIVES or name in ("output_type", "return_dict"):
                _require_plain(name, value)
            elif name in _OTHER_PROMPTS:
                self._require_harmless(name, value)
                passed[name] = value
            elif name in _HARMLESS or name in self._lens.policy.allow_steering:
                passed[name] = value
            else:
                raise SteeringError(
                    f"{name!r} can steer the picture and cannot be screened, so it is refused; leave it out, or name "
                    "it under allow_steering in the policy"
                )
        scale = passed.get("guidance_scale")
        if isinstance(scale, (int, float)) and scale < 0:
            raise SteeringError(
                f"guidance_scale {scale} is negative, which turns prompt and negative prompt around; use 0 or more"
            )
        return passed

    def _require_harmless(self, name: str, value: object) -> None:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, Sequence) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"{name} has to be a text or a list of texts, got {type(value).__name__}")
        for report in self._lens.check_text(texts):
            if not report.verdict.action.releases:
                raise SteeringError(
                    f"{name} does not pass the screen ({', '.join(report.verdict.reasons)}); "
                    "put the whole wish into the prompt, where it can be rewritten"
                )


def guard(lens: Lens, generator: object, *, domain: str = "photograph") -> GuardedGenerator | GuardedPipeline:
    """Return something that is called like what it wraps, with the lens around it.

    Args:
        lens: Gives every part but the generator.
        generator: A generator of this package or of a plugin, or a diffusers pipeline.
        domain: Kind of picture that a pipeline draws; generators tell their own.

    Raises:
        ConfigurationError: If it is neither.
    """
    if isinstance(generator, Generator):
        return GuardedGenerator(lens.replacing(generator=generator))
    if callable(generator):
        return GuardedPipeline(lens, generator, domain)
    raise ConfigurationError(
        f"expected a generator or a diffusers pipeline, got {type(generator).__name__}, which cannot be called"
    )


def _require_plain(name: str, value: object) -> None:
    if (name == "output_type" and value != "pil") or (name == "return_dict" and value is False):
        raise SteeringError(
            f"{name}={value!r} hands out what the lens has not looked at; leave it out, and take the images as PIL"
        )


def _negative(settings: Mapping[str, object], n_prompts: int) -> list[str | None]:
    """Return the negative prompt of each prompt; further ones have to say the same, since only one is screened."""
    given = [settings[name] for name in _NEGATIVES if settings.get(name) is not None]
    if any(other != given[0] for other in given):
        raise SteeringError("several negative prompts that differ cannot be screened together; give one")
    value = given[0] if given else None
    values = [value] * n_prompts if value is None or isinstance(value, str) else value
    if not isinstance(values, list) or len(values) != n_prompts:
        raise InputError(f"negative_prompt has to be a text or a list of {n_prompts} texts")
    return [each if isinstance(each, str) and each else None for each in values]


def _seeds(generator: object, n_prompts: int, n_images: int) -> list[int]:
    if generator is None:
        first = secrets.randbits(SEED_BITS)
        return [(first + index * n_images) % 2**SEED_BITS for index in range(n_prompts)]
    given = generator if isinstance(generator, list) else [generator]
    initial = [getattr(each, "initial_seed", None) for each in given]
    if len(given) not in (1, n_prompts) or not all(callable(each) for each in initial):
        raise InputError(f"generator has to be a torch.Generator, or a list of one for each of {n_prompts} prompts")
    seeds = [int(each()) % 2**SEED_BITS for each in initial if callable(each)]
    if len(seeds) == n_prompts:
        return seeds
    return [(seeds[0] + index * n_images) % 2**SEED_BITS for index in range(n_prompts)]


def _answer(results: Sequence[Result], size: tuple[int | None, int | None]) -> Guarded:
    outcomes = [outcome for result in results for outcome in result.outcomes]
    drawn = _first(outcome.image.size for outcome in outcomes if outcome.image is not None)
    blank = drawn or (size[0] or 512, size[1] or 512)
    return Guarded(
        images=[outcome.image or Image.new("RGB", blank, WITHHELD_GREY) for outcome in outcomes],
        nsfw_content_detected=[outcome.image is None for outcome in outcomes],
        results=tuple(results),
    )


def _first(sizes: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    return next(iter(sizes), None)

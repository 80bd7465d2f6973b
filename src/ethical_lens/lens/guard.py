"""A lens around something that is called: the call stays the same, and both of its ends are watched."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image

from ethical_lens.errors import ConfigurationError, SteeringError
from ethical_lens.generate.diffusion import DiffusersGenerator
from ethical_lens.generate.pipelines import as_output, learned_words, own_size
from ethical_lens.lens.orchestrator import Lens
from ethical_lens.lens.seeds import Portion, device_of, portions
from ethical_lens.lens.steering import Call, read_call
from ethical_lens.types import Generator, Request, Result

if TYPE_CHECKING:
    from ethical_lens.generate.pipelines import Pictures
    from ethical_lens.generate.preview import EarlyStop

WITHHELD_GREY: Final = (127, 127, 127)
_OWN: Final = frozenset({"pipeline", "_lens", "_generator", "_signature", "__signature__"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Guarded:
    """What a guarded pipeline answers with: what the pipeline would have, and the lens's results.

    Like the pipeline's own answer it can be asked by attribute, by name (``answer["images"]``) and by place
    (``answer[0]``).
    """

    images: Pictures
    """One per image asked for, in the form of ``output_type``; a plain grey one stands for each that was withheld."""
    nsfw_content_detected: list[bool]
    """Whether the image was withheld."""
    results: tuple[Result, ...]
    """One per request: per prompt, or per image where each had a seed of its own that did not follow the one before."""

    def to_tuple(self) -> tuple[object, list[bool]]:
        """Return images and flags."""
        return self.images, self.nsfw_content_detected

    def __getitem__(self, key: int | str) -> object:
        return getattr(self, key) if isinstance(key, str) else self.to_tuple()[key]


class GuardedTuple(tuple[object, ...]):
    """What a guarded pipeline answers with for ``return_dict=False``: the pipeline's tuple, and the lens's results."""

    results: tuple[Result, ...]


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

    It has the pipeline's signature, attributes and methods; setting an attribute sets it on the pipeline. What its
    methods load into the pipeline (adapters, embeddings) is the operator's choice and is not screened.

    Args:
        lens: The lens to stand around the pipeline.
        pipeline: The pipeline; it is used as it is, never copied.
        domain: Kind of picture that it draws.
        early_stop: When to look at previews; None looks at finished pictures only.
    """

    pipeline: Callable[..., object]
    _lens: Lens
    _generator: DiffusersGenerator
    _signature: inspect.Signature

    def __init__(
        self, lens: Lens, pipeline: Callable[..., object], domain: str, early_stop: EarlyStop | None = None
    ) -> None:
        generator = DiffusersGenerator(pipeline, domain=domain)
        self.pipeline = pipeline
        self._generator = generator if early_stop is None else watched(lens, generator, early_stop)
        self._lens = lens.replacing(generator=self._generator)
        self._signature = inspect.signature(pipeline)
        self.__signature__ = self._signature

    def __call__(self, *arguments: object, **settings: object) -> Guarded | GuardedTuple:
        """Draw through the lens with the pipeline's own arguments.

        The first picture of a prompt has the seed that its generator was made with, each further one the next seed, so
        that each can be drawn again alone. ``output_type`` may be "pil", "np" or "pt".

        Args:
            arguments: As the pipeline takes them by position.
            settings: As the pipeline takes them by name. What steers the picture and cannot be screened is refused
                unless the policy's ``allow_steering`` names it.

        Raises:
            SteeringError: If something that steers the picture cannot be screened.
            InputError: If the arguments do not fit together.
            TypeError: If the pipeline takes no such argument.
        """
        call = read_call(
            self._signature,
            arguments,
            settings,
            allowed=self._lens.policy.allow_steering,
            learned=learned_words(self.pipeline),
        )
        self._require_harmless(call)
        parts = portions(call.generator, len(call.prompts), call.n_images)
        results = tuple(self._run(call, part) for part in parts)
        return self._answer(call, results)

    def __getattr__(self, name: str) -> object:
        if name in _OWN:
            raise AttributeError(name)
        value = getattr(self.pipeline, name)
        return self._guarding(value) if inspect.ismethod(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self.pipeline, name, value)

    def __dir__(self) -> Iterable[str]:
        return sorted({*object.__dir__(self), *dir(self.pipeline)})

    def _guarding(self, method: Callable[..., object]) -> Callable[..., object]:
        """Return a method that answers with the guarded pipeline where it would answer with the bare one."""

        @functools.wraps(method)
        def called(*arguments: object, **settings: object) -> object:
            answer = method(*arguments, **settings)
            return self if answer is self.pipeline else answer

        return called

    def _run(self, call: Call, part: Portion) -> Result:
        settings = {**call.settings, **call.others[part.prompt]}
        draws = self._generator.calling(settings, random_device=device_of(call.generator))
        return self._lens.replacing(generator=draws).run(
            Request(
                prompt=call.prompts[part.prompt],
                count=part.count,
                seed=part.seed,
                width=call.width,
                height=call.height,
                negative_prompt=call.negatives[part.prompt],
            )
        )

    def _require_harmless(self, call: Call) -> None:
        """Screen further prompts, each alone and together with the prompt: they draw one picture.

        Raises:
            SteeringError: If one does not pass.
        """
        texts = []
        for prompt, others in zip(call.prompts, call.others, strict=True):
            texts += [(name, text) for name, text in others.items()]
            texts += [("the prompts together", ", ".join((prompt, *others.values())))] if others else []
        reports = self._lens.check_text([text for _, text in texts]) if texts else []
        for (name, _), report in zip(texts, reports, strict=True):
            if not report.verdict.action.releases:
                raise SteeringError(
                    f"{name} does not pass the screen ({', '.join(report.verdict.reasons)}); "
                    "put the whole wish into the prompt, where it can be rewritten"
                )

    def _answer(self, call: Call, results: tuple[Result, ...]) -> Guarded | GuardedTuple:
        outcomes = [outcome for result in results for outcome in result.outcomes]
        size = _first([outcome.image.size for outcome in outcomes if outcome.image is not None])
        own = own_size(self.pipeline)
        blank = Image.new("RGB", size or (call.width or own[0], call.height or own[1]), WITHHELD_GREY)
        answer = Guarded(
            images=as_output([outcome.image or blank.copy() for outcome in outcomes], call.output),
            nsfw_content_detected=[outcome.image is None for outcome in outcomes],
            results=results,
        )
        if not call.as_tuple:
            return answer
        # Families with a checker of their own answer with pictures and flags, the others with pictures alone.
        flags = (answer.nsfw_content_detected,) if hasattr(self.pipeline, "safety_checker") else ()
        plain = GuardedTuple((answer.images, *flags))
        plain.results = results
        return plain


def guard(
    lens: Lens, generator: object, *, domain: str = "photograph", early_stop: EarlyStop | None = None
) -> GuardedGenerator | GuardedPipeline:
    """Return something that is called like what it wraps, with the lens around it.

    Args:
        lens: Gives every part but the generator.
        generator: A generator of this package or of a plugin, or a diffusers pipeline.
        domain: Kind of picture that a pipeline draws; generators tell their own.
        early_stop: When to look at pictures while a diffusers pipeline draws them; None looks at finished ones only.

    Raises:
        ConfigurationError: If it is neither, or cannot be stopped early although that is asked for.
    """
    if isinstance(generator, Generator):
        draws = generator if early_stop is None else watched(lens, generator, early_stop)
        return GuardedGenerator(lens.replacing(generator=draws))
    if callable(generator):
        return GuardedPipeline(lens, generator, domain, early_stop)
    raise ConfigurationError(
        f"expected a generator or a diffusers pipeline, got {type(generator).__name__}, which cannot be called"
    )


def watched(lens: Lens, generator: object, early_stop: EarlyStop) -> DiffusersGenerator:
    """Return a generator whose pictures the lens looks at while they are drawn.

    Args:
        lens: Gives policy and image detectors.
        generator: A generator that draws with diffusers.
        early_stop: When to look.

    Raises:
        ConfigurationError: If it draws with something else, or shows no previews.
    """
    if not isinstance(generator, DiffusersGenerator):
        raise ConfigurationError(
            f"{type(generator).__name__} cannot be stopped early, only pipelines of diffusers can; leave early_stop out"
        )
    return generator.watched(early_stop, lens.preview_judge(generator=generator.name, domain=generator.domain))


def _first(sizes: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    return next(iter(sizes), None)

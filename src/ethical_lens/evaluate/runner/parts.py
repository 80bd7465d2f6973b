"""What a run is made with: the lens, the judge, the encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final, TypeAlias

from ethical_lens import models, registry
from ethical_lens.config import read_config
from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.runner.judging import PictureJudge, PromptEncoder, SketchPictureJudge
from ethical_lens.evaluate.runner.settings import CONFIGURED, RunSettings
from ethical_lens.image.encoder import open_encoder
from ethical_lens.lens import Lens
from ethical_lens.lens.configured import lens_from_config
from ethical_lens.policy import load

JUDGES: Final = "ethical_lens.judges"
"""Entry points of picture judges."""
AUTO: Final = "auto"
NONE: Final = "none"
SKETCH: Final = "sketch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that runs; made anew in every process."""

    lens: Lens
    """The guarded arm; the bare one is the same lens with the exemption BARE."""
    judge: PictureJudge | None = None
    encoder: PromptEncoder | None = None


PartsFactory: TypeAlias = Callable[[RunSettings], Parts]
"""Makes the parts of a run. A function of a module, so that another process can find it."""


def shipped_parts(settings: RunSettings) -> Parts:
    """Return the parts that the settings name.

    Raises:
        ConfigurationError: If something is named that is not there, or the judge is a model of the lens.
    """
    lens = _lens(settings)
    domain = lens.generator.domain
    judge = _judge(settings.judge, domain)
    if judge is not None and judge.name in lens.models.values():
        raise ConfigurationError(f"{judge.name} is a model of the lens, which must not judge itself; name another")
    return Parts(lens=lens, judge=judge, encoder=_encoder(settings.encoder, domain))


def _lens(settings: RunSettings) -> Lens:
    policy = None if settings.policy == CONFIGURED else load(settings.policy)
    generator = None if settings.generator == CONFIGURED else registry.generator(settings.generator)
    if settings.config is not None:
        if read_config(settings.config).ledger is not None:
            raise ConfigurationError(
                f"{settings.config}: a ledger makes every request depend on those before it, so that a run could "
                "not be repeated; take it out of the configuration for an evaluation"
            )
        return lens_from_config(settings.config, policy=policy, generator=generator, exemptions=settings.exemptions)
    assert policy is not None  # noqa: S101 - the settings made sure
    assert generator is not None  # noqa: S101 - likewise
    return Lens.default(policy=policy, generator=generator, exemptions=settings.exemptions)


def _judge(name: str, domain: str) -> PictureJudge | None:
    if name == NONE or (name == AUTO and domain != SKETCH):
        return None
    if name in (AUTO, SKETCH):
        if domain != SKETCH:
            raise ConfigurationError(f'the judge "sketch" knows drawings only, not the domain {domain!r}; name another')
        return SketchPictureJudge()
    made = _registered(name)
    if not isinstance(made, PictureJudge):
        raise ConfigurationError(f"what is registered as judge {name!r} does not judge pictures")
    return made


def _encoder(name: str, domain: str) -> PromptEncoder | None:
    if name == AUTO:
        shipped = f"{domain}-clip"
        name = shipped if shipped in models.available() else NONE
    return None if name == NONE else open_encoder(name)


def _registered(name: str) -> object:
    plain, colon, argument = name.partition(":")
    found = next(iter(entry_points(group=JUDGES, name=plain)), None)
    if found is None:
        known = ", ".join(sorted({AUTO, NONE, SKETCH, *(each.name for each in entry_points(group=JUDGES))}))
        raise ConfigurationError(f"there is no judge {plain!r}; expected one of: {known}")
    factory = found.load()
    made: object = factory(argument) if colon else factory()
    return made

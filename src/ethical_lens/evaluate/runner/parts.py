"""What a run is made with: the lens, the judge, the encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final, TypeAlias

from ethical_lens import registry
from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.runner.judging import PictureJudge, PromptEncoder, SketchPictureJudge
from ethical_lens.evaluate.runner.settings import RunSettings
from ethical_lens.lens import Lens
from ethical_lens.policy import load

JUDGES: Final = "ethical_lens.judges"
"""Entry points of picture judges."""
ENCODERS: Final = "ethical_lens.prompt_encoders"
"""Entry points of encoders for CLIPScore."""
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
    lens = Lens.default(
        policy=load(settings.policy),
        generator=registry.generator(settings.generator),
        exemptions=settings.exemptions,
    )
    domain = lens.generator.domain
    judge = _judge(settings.judge, domain)
    if judge is not None and judge.name in lens.models.values():
        raise ConfigurationError(f"{judge.name} is a model of the lens, which must not judge itself; name another")
    return Parts(lens=lens, judge=judge, encoder=_encoder(settings.encoder, domain))


def _judge(name: str, domain: str) -> PictureJudge | None:
    if name == NONE or (name == AUTO and domain != SKETCH):
        return None
    if name in (AUTO, SKETCH):
        if domain != SKETCH:
            raise ConfigurationError(f'the judge "sketch" knows drawings only, not the domain {domain!r}; name another')
        return SketchPictureJudge()
    made = _registered(JUDGES, "judge", name)
    if not isinstance(made, PictureJudge):
        raise ConfigurationError(f"what is registered as judge {name!r} does not judge pictures")
    return made


def _encoder(name: str, domain: str) -> PromptEncoder | None:
    if name == AUTO:
        name = next((each.name for each in entry_points(group=ENCODERS) if each.name == domain), NONE)
    if name == NONE:
        return None
    made = _registered(ENCODERS, "encoder", name)
    if not isinstance(made, PromptEncoder):
        raise ConfigurationError(f"what is registered as encoder {name!r} does not embed pictures and texts")
    return made


def _registered(group: str, kind: str, name: str) -> object:
    plain, colon, argument = name.partition(":")
    found = next(iter(entry_points(group=group, name=plain)), None)
    if found is None:
        known = ", ".join(sorted({each.name for each in entry_points(group=group)})) or "no other"
        raise ConfigurationError(f"there is no {kind} {plain!r}; expected auto, none or one of: {known}")
    factory = found.load()
    made: object = factory(argument) if colon else factory()
    return made

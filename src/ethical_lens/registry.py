"""What the package brings by default, and generators by name.

Generators are entry points of the group ``ethical_lens.generators``; the built-in ones are registered in the same way
as those of plugins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ethical_lens.errors import ConfigurationError
from ethical_lens.types import (
    Editor,
    Frame,
    Generator,
    ImageDetector,
    Inpainter,
    PeopleAnalyzer,
    Rewriter,
    TextDetector,
)

if TYPE_CHECKING:
    from ethical_lens.image.locate import Locator
    from ethical_lens.image.looker import Look

GENERATORS = "ethical_lens.generators"
TEXT_DETECTORS = "ethical_lens.text_detectors"
LOCATOR = "sketch-clipseg"
"""Name of the shipped model that locates."""


@runtime_checkable
class FaceFinder(Protocol):
    """An image detector that also says where faces are."""

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """Return all that is seen in each frame."""
        ...


def generators() -> list[str]:
    """Return the names of the registered generators, sorted."""
    return sorted({entry.name for entry in entry_points(group=GENERATORS)})


def generator(name: str) -> Generator:
    """Return a registered generator.

    Args:
        name: Its name, or "NAME:ARGUMENT" for one that is made from an argument, such as "diffusers:FOLDER".

    Raises:
        ConfigurationError: If there is none of that name, the argument is missing, or what was made cannot draw shots.
    """
    made = _made(GENERATORS, "generator", name)
    if not isinstance(made, Generator):
        raise ConfigurationError(f"what is registered as generator {name!r} does not draw shots")
    return made


def text_detector(name: str) -> TextDetector:
    """Return a registered text detector.

    Args:
        name: Its name, or "NAME:ARGUMENT" for one that is made from an argument.

    Raises:
        ConfigurationError: If there is none of that name, the argument is missing, or what was made is no detector.
    """
    made = _made(TEXT_DETECTORS, "text detector", name)
    if not isinstance(made, TextDetector):
        raise ConfigurationError(f"what is registered as text detector {name!r} does not detect anything in texts")
    return made


def _made(group: str, kind: str, name: str) -> object:
    plain, colon, argument = name.partition(":")
    found = next(iter(entry_points(group=group, name=plain)), None)
    if found is None:
        known = ", ".join(sorted({entry.name for entry in entry_points(group=group)})) or "none"
        raise ConfigurationError(f"there is no {kind} {plain!r}; registered: {known}; install what brings it")
    factory = found.load()
    try:
        return factory(argument) if colon else factory()
    except TypeError as error:
        raise ConfigurationError(f"{kind} {name!r} cannot be made: {error}; write {plain}:ARGUMENT") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTools:
    """What reads and words prompts."""

    detectors: tuple[TextDetector, ...]
    negative_detectors: tuple[TextDetector, ...]
    """Measure negative prompts: what is pushed in by excluding its opposite."""
    rewriter: Rewriter


def text_tools(*, opted_out: Collection[str] = ()) -> TextTools:
    """Return the text tools that are used by default; they share one lexicon.

    Args:
        opted_out: Names of people who are never drawn.
    """
    from ethical_lens.text.embedded import ScrutinyDetector
    from ethical_lens.text.gibberish import GibberishDetector
    from ethical_lens.text.lexicon import Lexicon, PhraseDetector
    from ethical_lens.text.negative import NegativeDetector
    from ethical_lens.text.rewrite import SpanRewriter

    lexicon = Lexicon()
    scrutiny = ScrutinyDetector(PhraseDetector(lexicon, opted_out=opted_out))
    return TextTools(
        detectors=(scrutiny, GibberishDetector()),
        negative_detectors=(NegativeDetector(lexicon),),
        rewriter=SpanRewriter(lexicon, harm=scrutiny.harm),
    )


def image_detectors() -> tuple[ImageDetector, ...]:
    """Return the image detectors that are used by default; their weights are read at the first look."""
    from ethical_lens.image.looker import SketchLooker

    return (SketchLooker(),)


def locator() -> Locator | None:
    """Return what finds the place of a finding without one by default; None while no such model is shipped."""
    from ethical_lens import models
    from ethical_lens.image.locate import ClipsegLocator

    return ClipsegLocator(models.load_card(LOCATOR)) if LOCATOR in models.available() else None


def analyzer() -> PeopleAnalyzer:
    """Return what finds people by default."""
    from ethical_lens.people.analyze import RuleAnalyzer

    return RuleAnalyzer()


def editors(inpainter: Inpainter | None) -> dict[str, Editor]:
    """Return the editors by the names that policies use.

    Args:
        inpainter: What draws regions anew, usually the generator; without it there is no editor "inpaint".
    """
    from ethical_lens.edit.blur import Blur, Cover, Pixelate
    from ethical_lens.edit.inpaint import Inpaint

    known: dict[str, Editor] = {"blur": Blur(), "pixelate": Pixelate(), "cover": Cover()}
    return known if inpainter is None else {"inpaint": Inpaint(inpainter=inpainter), **known}


def model_digests(names: Iterable[str]) -> dict[str, str]:
    """Return the digest of the card of every shipped model among the names ("name@version")."""
    from ethical_lens import models

    shipped = set(models.available())
    return {name: models.load_card(name).digest for name in names if name.partition("@")[0] in shipped}

"""What the package brings by default, and parts by name.

Parts are entry points, of the groups that stand first below; the built-in ones are registered in the same way as those
of plugins.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    from ethical_lens.image.perceived import PersonReader

GENERATORS = "ethical_lens.generators"
TEXT_DETECTORS = "ethical_lens.text_detectors"
REWRITERS = "ethical_lens.rewriters"
PEOPLE_ANALYZERS = "ethical_lens.people_analyzers"
IMAGE_DETECTORS = "ethical_lens.image_detectors"
LOCATORS = "ethical_lens.locators"
EDITORS = "ethical_lens.editors"
CHAT_MODELS = "ethical_lens.chat_models"
REPORT_HOOKS = "ethical_lens.report_hooks"
KINDS: Mapping[str, str] = {
    GENERATORS: "generator",
    TEXT_DETECTORS: "text detector",
    REWRITERS: "rewriter",
    PEOPLE_ANALYZERS: "people analyzer",
    IMAGE_DETECTORS: "image detector",
    LOCATORS: "locator",
    EDITORS: "editor",
    CHAT_MODELS: "language model",
    REPORT_HOOKS: "report hook",
}
"""Group of entry points to what its members are called."""
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
    made = _made(GENERATORS, name)
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
    made = _made(TEXT_DETECTORS, name)
    if not isinstance(made, TextDetector):
        raise ConfigurationError(f"what is registered as text detector {name!r} does not detect anything in texts")
    return made


def factory(group: str, name: str) -> Callable[..., object]:
    """Return what makes a registered part.

    Args:
        group: One of `KINDS`.
        name: Its name, without an argument.

    Raises:
        ConfigurationError: If there is none of that name, or what it needs cannot be imported.
    """
    found = next(iter(entry_points(group=group, name=name)), None)
    if found is None:
        known = sorted({entry.name for entry in entry_points(group=group)})
        nearest = difflib.get_close_matches(name, known, n=1)
        advice = f"did you mean {nearest[0]!r}?" if nearest else "install what brings it"
        raise ConfigurationError(
            f"there is no {KINDS[group]} {name!r}; registered: {', '.join(known) or 'none'}; {advice}"
        )
    try:
        made: Callable[..., object] = found.load()
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"{KINDS[group]} {name!r} cannot be imported: {error}; install what it needs"
        ) from error
    return made


def _made(group: str, name: str) -> object:
    plain, colon, argument = name.partition(":")
    make = factory(group, plain)
    try:
        return make(argument) if colon else make()
    except TypeError as error:
        raise ConfigurationError(f"{KINDS[group]} {name!r} cannot be made: {error}; write {plain}:ARGUMENT") from error


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


def person_reader(detectors: Iterable[ImageDetector]) -> PersonReader | None:
    """Return what perceives people by default: the first detector that can, so that no model is opened twice.

    Args:
        detectors: The image detectors in use.
    """
    from ethical_lens.image.attributes import FaceAttributes
    from ethical_lens.image.looker import SketchLooker
    from ethical_lens.image.perceived import LookReader

    looker = next((each for each in detectors if isinstance(each, (SketchLooker, FaceAttributes))), None)
    return LookReader(looker) if looker is not None else None


def locator() -> Locator | None:
    """Return what finds the place of a finding without one by default; None while no such model is shipped."""
    from ethical_lens import models
    from ethical_lens.image.locate import ClipsegLocator

    return ClipsegLocator(models.load_card(LOCATOR)) if LOCATOR in models.available() else None


def analyzer() -> PeopleAnalyzer:
    """Return what finds people by default."""
    from ethical_lens.people.joined import JoinedAnalyzer

    return JoinedAnalyzer()


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

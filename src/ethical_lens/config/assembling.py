"""From a configuration to the parts of a lens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from ethical_lens import registry
from ethical_lens.config.arguments import Maker, Surroundings
from ethical_lens.config.choices import Choice, Configuration
from ethical_lens.policy import EDITORS, Policy, load
from ethical_lens.policy.model import SecondOpinion
from ethical_lens.types import (
    Editor,
    Exemption,
    Generator,
    ImageDetector,
    Inpainter,
    PeopleAnalyzer,
    Rewriter,
    Shot,
    TextDetector,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from ethical_lens.audit import AuditLog
    from ethical_lens.image.locate import Locator
    from ethical_lens.people.ledger import Ledger

DEFAULT = "default"
"""Stands in a list for what the package brings by default."""
NONE = "none"
"""Switches a part off."""

_PROTOCOLS: Final[Mapping[str, type]] = {
    registry.GENERATORS: Generator,
    registry.TEXT_DETECTORS: TextDetector,
    registry.REWRITERS: Rewriter,
    registry.PEOPLE_ANALYZERS: PeopleAnalyzer,
    registry.IMAGE_DETECTORS: ImageDetector,
    registry.EDITORS: Editor,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a lens is made of."""

    policy: Policy
    """With the second opinion of the configuration, if it has one."""
    generator: Generator
    text_detectors: tuple[TextDetector, ...]
    second_opinion: TextDetector | None
    """None where the policy names it, if anybody."""
    negative_detectors: tuple[TextDetector, ...]
    rewriter: Rewriter | None
    analyzer: PeopleAnalyzer | None
    image_detectors: tuple[ImageDetector, ...]
    locator: Locator | None
    editors: Mapping[str, Editor]
    ledger: Ledger | None
    audit: AuditLog | None
    exemptions: frozenset[Exemption]


def assemble(
    configuration: Configuration, *, policy: Policy | None = None, generator: Generator | None = None
) -> Parts:
    """Make every part that a configuration names.

    Args:
        configuration: What the file says.
        policy: Stands instead of the one that the file names.
        generator: Stands instead of the one that the file names, which then is not made.

    Raises:
        ConfigFileError: If a part does not exist, or an argument does not fit it.
        PolicyError: If the policy is refused.
        MissingExtraError: If a part needs an extra that is not installed.
    """
    rules = policy or policy_of(configuration)
    plain = Maker(document=configuration.document, folder=configuration.path.parent)
    draws = generator or cast("Generator", _made(plain, registry.GENERATORS, configuration.generator))
    inpainter = draws if isinstance(draws, Inpainter) else None
    maker = replace(plain, surroundings=Surroundings(opted_out=rules.opt_out, inpainter=inpainter))
    tools = registry.text_tools(opted_out=rules.opt_out)
    texts = _text_detectors(maker, configuration.text_detectors, tools.detectors)
    opinion = configuration.second_opinion
    seeing = replace(maker, surroundings=replace(maker.surroundings, detectors=texts))
    images = _several(seeing, registry.IMAGE_DETECTORS, configuration.image_detectors, registry.image_detectors())
    rewriter = _optional(maker, registry.REWRITERS, configuration.rewriter, tools.rewriter)
    analyzer = _optional(maker, registry.PEOPLE_ANALYZERS, configuration.people, registry.analyzer())
    editors = {name: _made(maker, registry.EDITORS, each) for name, each in configuration.editors.items()}
    return Parts(
        policy=_with_opinion(rules, configuration),
        generator=draws,
        text_detectors=texts,
        second_opinion=_text_detectors(maker, [opinion.detector], ())[0] if opinion else None,
        negative_detectors=_text_detectors(maker, configuration.negative_detectors, tools.negative_detectors),
        rewriter=cast("Rewriter | None", rewriter),
        analyzer=cast("PeopleAnalyzer | None", analyzer),
        image_detectors=cast("tuple[ImageDetector, ...]", images),
        locator=cast("Locator | None", _optional(maker, registry.LOCATORS, configuration.locator, registry.locator())),
        editors={**registry.editors(inpainter), **cast("dict[str, Editor]", editors)},
        ledger=_ledger(configuration),
        audit=_audit(configuration, rules),
        exemptions=configuration.exemptions,
    )


def policy_of(configuration: Configuration) -> Policy:
    """Return the policy that a configuration names.

    Raises:
        PolicyError: If it is refused.
    """
    return load(configuration.policy, editors={*EDITORS, *configuration.editors})


def require_makeable(configuration: Configuration) -> None:
    """Check everything about a configuration that can be checked without making its parts.

    Raises:
        ConfigFileError: If a part does not exist, or an argument does not fit it.
        PolicyError: If the policy is refused.
        MissingExtraError: If a part inside another one needs an extra that is not installed.
    """
    policy_of(configuration)
    maker = Maker(document=configuration.document, folder=configuration.path.parent)
    opinion = configuration.second_opinion
    for group, choices in (
        (registry.GENERATORS, [configuration.generator]),
        (registry.TEXT_DETECTORS, configuration.text_detectors),
        (registry.TEXT_DETECTORS, configuration.negative_detectors),
        (registry.TEXT_DETECTORS, [opinion.detector] if opinion else None),
        (registry.REWRITERS, [configuration.rewriter]),
        (registry.PEOPLE_ANALYZERS, [configuration.people]),
        (registry.IMAGE_DETECTORS, configuration.image_detectors),
        (registry.LOCATORS, [configuration.locator]),
    ):
        for choice in choices or ():
            if choice is not None and choice.use not in (DEFAULT, NONE):
                maker.require_makeable(group, choice)
    for choice in configuration.editors.values():
        editing = replace(maker, surroundings=Surroundings(inpainter=_AnyInpainter()))
        editing.require_makeable(registry.EDITORS, choice)


class _AnyInpainter:
    """Stands for the generator where only arguments are checked."""

    def inpaint(self, image: Image, mask: NDArray[np.bool_], shot: Shot) -> Image:
        """Refuse; nothing is ever drawn with it."""
        raise NotImplementedError


def _made(maker: Maker, group: str, choice: Choice) -> object:
    """Return a part, which is what its group promises."""
    made = maker.make(group, choice)
    if not isinstance(made, _PROTOCOLS.get(group, object)):
        raise maker.document.error(
            choice.place, f"what is registered as {registry.KINDS[group]} {choice.use!r} is none; name another one"
        )
    return made


def _several(maker: Maker, group: str, choices: Sequence[Choice] | None, usual: Sequence[object]) -> tuple[object, ...]:
    if choices is None:
        return tuple(usual)
    made: list[object] = []
    for choice in choices:
        made += usual if choice.use == DEFAULT else [_made(maker, group, choice)]
    return tuple(made)


def _text_detectors(
    maker: Maker, choices: Sequence[Choice] | None, usual: Sequence[TextDetector]
) -> tuple[TextDetector, ...]:
    return cast("tuple[TextDetector, ...]", _several(maker, registry.TEXT_DETECTORS, choices, usual))


def _optional(maker: Maker, group: str, choice: Choice | None, usual: object) -> object:
    if choice is None or choice.use == DEFAULT:
        return usual
    return None if choice.use == NONE else _made(maker, group, choice)


def _with_opinion(policy: Policy, configuration: Configuration) -> Policy:
    opinion = configuration.second_opinion
    if opinion is None:
        return policy
    band = SecondOpinion(detector=opinion.detector.use, low=opinion.low, high=opinion.high, seconds=opinion.seconds)
    return replace(policy, second_opinion=band)


def _ledger(configuration: Configuration) -> Ledger | None:
    if configuration.ledger is None:
        return None
    from ethical_lens.people.ledger import SqliteLedger

    return SqliteLedger(configuration.ledger)


def _audit(configuration: Configuration, policy: Policy) -> AuditLog | None:
    said = configuration.audit
    if said is None:
        return None
    from ethical_lens.audit import AuditLog

    return AuditLog(
        said.path, retention=policy.retention, fsync=said.fsync, lock_timeout_seconds=said.lock_timeout_seconds
    )

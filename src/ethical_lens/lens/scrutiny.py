"""Whether anybody looks at the kind of picture that is drawn.

A lens whose image detectors were all made for another kind of picture would withhold everything it draws, or, with the
wrong rule switched off, release everything unseen. It is refused, unless a named mode says that pictures are not judged;
then every result is stamped with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.domain import ANY, DRAWING
from ethical_lens.policy import Policy
from ethical_lens.types import Exemption, ImageDetector

_UNJUDGED: Final = frozenset({Exemption.BARE, Exemption.SHADOW, Exemption.IMAGE_OFF})
"""Modes in which no picture is released or withheld for what is seen in it, hard rules apart."""
_DRAWN: Final = frozenset({DRAWING, "sketch"})


def with_text_only(policy: Policy, exemptions: Collection[Exemption]) -> frozenset[Exemption]:
    """Return the named modes, with the one that a text-only policy asks for."""
    return frozenset(exemptions) | ({Exemption.IMAGE_OFF} if policy.text_only else frozenset())


def require_scrutiny(domain: str, detectors: Sequence[ImageDetector], exemptions: Collection[Exemption]) -> None:
    """Refuse a generator whose kind of picture no image detector looks at.

    Args:
        domain: Kind of picture that is drawn.
        detectors: What looks at pictures.
        exemptions: Named modes.

    Raises:
        ConfigurationError: If none of the detectors covers it, and pictures are to be judged.
    """
    if _UNJUDGED & set(exemptions) or any(_looks_at(each, domain) for each in detectors):
        return
    known = ", ".join(f"{each.name} ({domain_of(each) or 'any'})" for each in detectors) or "none"
    raise ConfigurationError(
        f"pictures of the domain {domain!r} are drawn, and no image detector judges those; there are: {known}. Name "
        "one in the configuration (docs/photographs.md says how), or write 'text_only: true' into the policy: then "
        "pictures are not judged, and every result says so"
    )


def domain_of(detector: ImageDetector) -> str | None:
    """Return the kind of picture that a detector says it was made for; None if it says nothing."""
    stated = getattr(detector, "domain", None) or getattr(getattr(detector, "card", None), "domain", None)
    return stated if isinstance(stated, str) else None


def _looks_at(detector: ImageDetector, domain: str) -> bool:
    """Tell whether a detector judges this kind of picture.

    One for every kind reads writing or compares with a list, which is no judgement of the picture. One that states no
    kind was put there by somebody who answers for it.
    """
    stated = domain_of(detector)
    if stated is None:
        return True
    return stated != ANY and (stated == domain or (stated == DRAWING and domain in _DRAWN))

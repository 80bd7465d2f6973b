"""Whether anybody looks at the kind of picture that is drawn.

A lens whose image detectors were all made for another kind of picture would withhold everything it draws, or, with the
wrong rule switched off, release everything unseen. It is refused, unless a named mode says that pictures are not
judged; then every result is stamped with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from ethical_lens.errors import ConfigurationError
from ethical_lens.image.domain import ANY, DRAWING, OUT_OF_DOMAIN
from ethical_lens.policy import Policy
from ethical_lens.types import FAILURE, Exemption, ImageDetector, Stage

_UNJUDGED: Final = frozenset({Exemption.BARE, Exemption.SHADOW, Exemption.IMAGE_OFF})
"""Modes in which no picture is released or withheld for what is seen in it, hard rules apart."""
_DRAWN: Final = frozenset({DRAWING, "sketch"})


def with_text_only(policy: Policy, exemptions: Collection[Exemption]) -> frozenset[Exemption]:
    """Return the named modes, with the one that a text-only policy asks for."""
    return frozenset(exemptions) | ({Exemption.IMAGE_OFF} if policy.text_only else frozenset())


def require_scrutiny(
    domain: str, detectors: Sequence[ImageDetector], policy: Policy, exemptions: Collection[Exemption]
) -> None:
    """Refuse a generator whose kind of picture no image detector judges.

    Args:
        domain: Kind of picture that is drawn.
        detectors: What looks at pictures.
        policy: Says which categories are harms.
        exemptions: Named modes.

    Raises:
        ConfigurationError: If none of the detectors covers it, and pictures are to be judged.
    """
    harms = {each.id for each in policy.categories.values() if each.harm and Stage.IMAGE in each.stages}
    judged = harms - {FAILURE, OUT_OF_DOMAIN}
    if _UNJUDGED & set(exemptions) or any(_judges(each, domain, judged) for each in detectors):
        return
    known = ", ".join(f"{each.name} ({_domain(each) or 'any'})" for each in detectors) or "none"
    raise ConfigurationError(
        f"pictures of the domain {domain!r} are drawn, and no image detector judges those; there are: {known}. Name "
        "one in the configuration (docs/photographs.md says how), or write 'text_only: true' into the policy: then "
        "pictures are not judged, and every result says so"
    )


def _judges(detector: ImageDetector, domain: str, harms: Collection[str]) -> bool:
    """Tell whether a detector judges this kind of picture.

    One for every kind reads writing or compares with a list, and one that reports no harm finds faces or tells kinds
    apart; neither is a judgement of the picture. One that states no kind was put there by somebody who answers for it.
    """
    stated = _domain(detector)
    if stated is None:
        return True
    covered = stated == domain or (stated == DRAWING and domain in _DRAWN)
    return stated != ANY and covered and bool(set(_categories(detector)) & set(harms))


def _domain(detector: ImageDetector) -> str | None:
    stated = _stated(detector, "domain")
    return stated if isinstance(stated, str) else None


def _categories(detector: ImageDetector) -> Collection[str]:
    stated = _stated(detector, "categories")
    return stated if isinstance(stated, Collection) else ()


def _stated(detector: ImageDetector, name: str) -> object:
    """Return what a detector says of itself, or its model's card for it; None if neither does."""
    owners = (detector, getattr(detector, "card", None), getattr(getattr(detector, "heads", None), "card", None))
    return next((said for each in owners if (said := getattr(each, name, None)) is not None), None)

"""Giving findings that have no place one, before anything is edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from PIL.Image import Image

from ethical_lens.edit import masks
from ethical_lens.edit.regions import described
from ethical_lens.image.locate import Locator
from ethical_lens.types import Box, Finding, Mask


def placed(
    findings: Sequence[Finding], image: Image, locator: Locator | None, *, domain: str | None
) -> list[Finding] | None:
    """Return one finding per category, each with the region of everything found in that category.

    Regions that detectors gave are joined. A category for which no detector gave one is looked up by the locator, if
    that was made for this kind of picture.

    Args:
        findings: What a rule fired on.
        image: The picture.
        locator: What finds places.
        domain: Kind of picture.

    Returns:
        Findings with a box or mask and a note that says in words what is where; None if a category has no place, so
        that no editor can put it right.
    """
    by_category: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_category[finding.category].append(finding)
    made = [
        _one(each, image, locator if locator and locator.domain == domain else None) for each in by_category.values()
    ]
    return None if None in made else [each for each in made if each is not None]


def _one(findings: Sequence[Finding], image: Image, locator: Locator | None) -> Finding | None:
    strongest = max(findings, key=lambda each: each.score)
    regions = [each.where for each in findings if isinstance(each.where, (Box, Mask))]
    if not regions:
        return located(strongest, image, locator) if locator is not None else None
    if len(regions) == 1:
        [where] = regions
        return replace(strongest, where=where, note=strongest.note or described(where, image.size))
    joined = masks.to_mask(masks.union([masks.from_where(each, image.size) for each in regions]))
    return None if joined is None else replace(strongest, where=joined, note=described(joined, image.size))


def named(findings: Sequence[Finding], image: Image, locator: Locator | None, *, domain: str | None) -> list[Finding]:
    """Return the findings, each with a note of what the locator sees where, so that words can be found for it.

    Places and notes that a finding has stay as they are.
    """
    if locator is None or locator.domain != domain:
        return list(findings)
    seen = [None if each.note else located(each, image, locator) for each in findings]
    return [each if told is None else replace(each, note=told.note) for each, told in zip(findings, seen, strict=True)]


def located(finding: Finding, image: Image, locator: Locator) -> Finding | None:
    """Return the finding with the place that a locator gives it, or None where that finds nothing.

    What is found are the regions of all queries of the finding's category that reach their calibrated threshold.

    Args:
        finding: What was found, without a place.
        image: The picture.
        locator: What finds places.
    """
    queries = locator.queries(finding.category)
    maps = locator.locate(image, [query.text for query in queries])
    found = {
        query.text: bits
        for query, heat in zip(queries, maps, strict=True)
        if (bits := masks.from_heat(heat, peak=query.peak, outline=query.outline)).any()
    }
    if not found:
        return None
    where = masks.to_mask(masks.union(list(found.values())))
    if where is None:
        return None
    notes = [f"{text} {described(place, image.size)}" for text, bits in found.items() if (place := masks.bounds(bits))]
    return replace(finding, where=where, note="; ".join(notes))

"""What an image finding means for the words: a revised draft, and the shot that draws again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ethical_lens.edit.regions import PLACE_WORDS, described
from ethical_lens.lens.planning import shot_seed
from ethical_lens.lens.screening import Screen
from ethical_lens.text.rewrite.shortening import shortened
from ethical_lens.types import FAILURE, Author, Box, Draft, Finding, Mask, Request, Severity, Shot, Span

WORDS_BEHIND: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "nude": ("sexual",),
        "nsfw": ("violence", "shocking", "self_harm", "illegal"),
        "politic": ("political",),
        "culture": ("cultural",),
        "public": ("public_figure",),
        "watermark": ("intellectual_property",),
    }
)
"""Category of an image head to those of a text that may have asked for it. Others have the same name in both."""

_WORD: Final = re.compile(r"[^\W\d_]+")

_LONG: Final = 4
"""Letters from which on a word that begins with a name is taken for a form of it."""

NOTHING: Final = "a picture"
"""Words that ask for nothing; what is drawn into a region from them follows from what lies around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviser:
    """Lets the rewriter answer what was found in a picture."""

    screen: Screen

    def revised(self, draft: Draft, findings: Sequence[Finding], size: tuple[int, int] | None) -> Draft | None:
        """Return a wording that no longer asks for what was found, or None when the rewriter has none that passes.

        The rewriter is handed the words that the screen already pointed at in the categories concerned, words that name
        what was seen, and one finding per category with a note of what lies where in the picture.

        Args:
            draft: What the picture was drawn from.
            findings: What was found in the picture.
            size: Width and height of the picture, for saying where.
        """
        seen = [_in_words(each, size) for each in findings if each.category != FAILURE]
        if not seen:
            return None
        concerned = {category for each in seen for category in _behind(each.category)}
        pointed = [
            each for each in draft.verdict.findings if isinstance(each.where, Span) and each.category in concerned
        ]
        told = [replace(each, category=name) for each in seen for name in _behind(each.category)]
        where = [*pointed, *_said(draft.text, seen)]
        first = self.screen.reword(draft, [*where, *told])
        if first is None or not where:
            return first
        # Pointed at some words, a rewriter leaves the others alone; what stands beside them may ask for the same.
        further = self.screen.reword(first, told)
        return first if further is None else replace(further, changes=(*first.changes, *further.changes))

    def shorter(self, draft: Draft, findings: Sequence[Finding], size: tuple[int, int] | None) -> Draft | None:
        """Return a wording of the subject alone, or None when there is nothing to leave out or none that passes.

        Args:
            draft: What the picture was drawn from.
            findings: What was found in the picture; what the rewriter knows of it is put right in the subject too.
            size: Width and height of the picture.
        """
        made = shortened(draft.text)
        verdicts = self.screen.verdicts([text for text, _ in made]) if made else []
        for (text, changes), verdict in zip(made, verdicts, strict=True):
            short = Draft(text=text, author=Author.REWRITER, verdict=verdict, changes=changes)
            reworded = self.revised(short, findings, size)
            if reworded is not None:
                return replace(reworded, changes=(*changes, *reworded.changes))
            if verdict.action.releases:
                return short
        return None

    def harmless(self, shot: Shot, findings: Sequence[Finding], size: tuple[int, int] | None) -> Shot:
        """Return the shot in words that may be drawn from where something was found: an editor would draw it again.

        These are the revised words, else the shot's own if the policy releases them, else words that ask for nothing.
        """
        draft = self.revised(shot.draft, findings, size)
        if draft is not None:
            return replace(shot, draft=draft)
        if shot.draft.verdict.action.releases:
            return shot
        [verdict] = self.screen.verdicts([NOTHING])
        return replace(shot, draft=Draft(text=NOTHING, author=Author.REWRITER, verdict=verdict))

    def next_shot(
        self, request: Request, shot: Shot, findings: Sequence[Finding], *, redraw: int, size: tuple[int, int] | None
    ) -> Shot:
        """Return a shot with a seed derived from the old, and with the revised wording where there is one.

        The last time that the policy allows, what the prompt asks for besides its subject is left out: where it was
        reworded before, or the rewriter has nothing. Until then a wording that nothing is known against stays as it is.

        Args:
            request: Gives the seed that all seeds derive from.
            shot: What was drawn.
            findings: What was found in it.
            redraw: How often this image was drawn anew, this time included.
            size: Width and height of the picture.
        """
        last = redraw >= self.screen.policy.max_regenerations
        wordings = [self.revised, self.shorter] if last else [self.revised]
        if last and redraw > 1:
            # Reworded before, and found again: the words that ask for it are none that anybody knows.
            wordings.reverse()
        drafts = (wording(shot.draft, findings, size) for wording in wordings)
        draft = next((each for each in drafts if each is not None), shot.draft)
        return replace(shot, seed=shot_seed(request.seed, shot.index, redraw), draft=draft)


def _in_words(finding: Finding, size: tuple[int, int] | None) -> Finding:
    """Return the finding with its place as words, since pixels mean nothing to who words a prompt."""
    note = finding.note
    if not note and size is not None and isinstance(finding.where, (Box, Mask)):
        note = f"{finding.category} {described(finding.where, size)}"
    return replace(finding, where=None, note=note, severity=max(finding.severity, Severity.K2))


def _said(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Return a finding for each word of the prompt that names what was seen, so that the rewriter knows where it is."""
    said = []
    for finding in findings:
        names = set(_WORD.findall(finding.note.lower())) - PLACE_WORDS - {finding.category}
        for word in _WORD.finditer(text):
            if any(_is_form(word.group().lower(), name) for name in names):
                span = Span(start=word.start(), end=word.end())
                said.append(replace(finding, category=_behind(finding.category)[0], where=span))
    return said


def _is_form(word: str, name: str) -> bool:
    """Tell whether a word is a name or a longer form of it, such as "slimed" of "slime"."""
    return word == name or (len(name) >= _LONG and word.startswith(name))


def _behind(category: str) -> tuple[str, ...]:
    return WORDS_BEHIND.get(category, (category,))

"""How users dress a prompt up: styles, commands, long descriptions, careless spelling.

The same dress goes over harmful and harmless lines with the same probability, so that it tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ethical_lens.train.text.passage import Edit, Passage
from ethical_lens.train.text.templates import Dice, Fill, Template, fill

_ARTICLE_START: Final = re.compile(
    r"^(?:A|An|The|One|Two|Three|Four|Five|Several|Some|Many|Group|Close-up|Photo|Picture)\b"
)
_COMMAND: Final = re.compile(
    r"(?i)^(?:please|can|could|would|will|create|draw|make|generate|show|paint|design|depict|illustrate|write|imagine"
    r"|sketch|render|produce|give|i|i'd|what|how|give|build|compose|visuali[sz]e)\b"
)
_WORD: Final = re.compile(r"[a-z]{5,}")
_STOPS: Final = re.compile(r"[.,!?;:'\"](?=\s|$)")
_END: Final = re.compile(r"[.!?]+$")


class Wrapper:
    """Dresses passages up.

    Args:
        lists: Pieces by key of ``_styles.yaml``.
        chances: Probabilities of the frames and of the ways of spelling.
        slot: Fills the slots of the pieces.
    """

    def __init__(
        self, lists: Mapping[str, Sequence[Template]], chances: Mapping[str, Mapping[str, float]], slot: Fill
    ) -> None:
        self._lists = lists
        self._frames = dict(chances["frame"])
        self._spellings = dict(chances["spelling"])
        self._slot = slot

    def wrap(self, passage: Passage, dice: Dice) -> tuple[Passage, str]:
        """Dress a passage up.

        Args:
            passage: A line with everything filled in.
            dice: Picks.

        Returns:
            The passage, and the name of its frame and spelling.
        """
        frame, spelling = dice.weigh(self._frames), dice.weigh(self._spellings)
        framed = {"plain": self._plain, "styled": self._styled, "asked": self._asked, "embedded": self._embedded}[frame]
        spelt = {
            "as it is": lambda passage, _: passage,
            "lower": lambda passage, _: passage.mapped(_lowered),
            "title": lambda passage, _: _titled(passage),
            "unpunctuated": lambda passage, _: passage.substituted(_STOPS, lambda _: ""),
            "typo": _mistyped,
        }[spelling]
        return spelt(framed(passage, dice), dice).trimmed(), f"{frame}, {spelling}"

    def suffixed(self, passage: Passage, dice: Dice, *, may_be_bare: bool = False) -> Passage:
        """Put style words behind a passage.

        Args:
            passage: A line with everything filled in.
            dice: Picks.
            may_be_bare: Whether there may be none.
        """
        core = passage.substituted(_END, lambda _: "")
        for _ in range(dice.weigh({0: 2.0 * may_be_bare, 1: 2.0, 2: 2.0, 3: 1.5, 4: 1.0, 6: 0.6})):
            core += Passage(", ") + self._piece("suffixes", dice)
        if dice.happens(0.12):
            core += Passage(" ") + self._piece("flags", dice)
        return core

    def _plain(self, passage: Passage, dice: Dice) -> Passage:
        shown = capitalised(passage) if dice.happens(0.5) else passage
        return shown if _END.search(shown.text) or dice.happens(0.8) else shown + Passage(".")

    def _styled(self, passage: Passage, dice: Dice) -> Passage:
        prefixed = dice.happens(0.4) and not _COMMAND.match(passage.text)
        core = self._piece("prefixes", dice) + Passage(" ") + _lower_start(passage) if prefixed else passage
        core = self.suffixed(core, dice, may_be_bare=prefixed)
        return capitalised(core) if dice.happens(0.4) else core

    def _asked(self, passage: Passage, dice: Dice) -> Passage:
        if _COMMAND.match(passage.text):
            return self._plain(passage, dice)
        core = _lower_start(passage.substituted(_END, lambda _: ""))
        asked = self._piece("requests", dice)
        before, _, after = asked.text.partition("@")
        whole = Passage(before) + core + Passage(after)
        return capitalised(whole) if dice.happens(0.7) else whole

    def _embedded(self, passage: Passage, dice: Dice) -> Passage:
        core = capitalised(passage)
        core = core if _END.search(core.text) else core + Passage(".")
        n_sentences = dice.pick((1, 2, 2, 3))
        n_before = dice.pick(range(n_sentences + 1)) if dice.happens(0.5) else 0
        sentences = [self._piece("sentences", dice) for _ in range(n_sentences)]
        whole = Passage()
        for sentence in [*sentences[:n_before], core, *sentences[n_before:]]:
            whole += (Passage(" ") if whole.text else Passage()) + capitalised(sentence)
        return whole

    def _piece(self, key: str, dice: Dice) -> Passage:
        return fill(dice.pick(self._lists[key]), self._slot, dice)


def capitalised(passage: Passage) -> Passage:
    """Return the passage with a capital at its start."""
    return passage.edited([Edit(0, 1, passage.text[:1].upper())]) if passage.text else passage


def recased(passage: Passage) -> Passage:
    """Return the passage in lower case, or with a capital at its start where it is in lower case already."""
    lower = passage.mapped(_lowered)
    return capitalised(passage) if lower.text == passage.text else lower


def _lower_start(passage: Passage) -> Passage:
    if not _ARTICLE_START.match(passage.text):
        return passage
    return passage.edited([Edit(0, 1, passage.text[0].lower())])


def _lowered(text: str) -> str:
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _titled(passage: Passage) -> Passage:
    return passage.substituted(re.compile(r"(?<![\w'])[a-z]"), lambda match: match[0].upper())


def _mistyped(passage: Passage, dice: Dice) -> Passage:
    words = [match.span() for match in _WORD.finditer(passage.text)]
    if not words:
        return passage
    start, end = dice.pick(words)
    at = dice.pick(range(start + 1, end - 2))
    pair = passage.text[at : at + 2]
    return passage.edited([Edit(at, at + 2, dice.pick((pair[::-1], pair[0], pair[0] + pair)))])

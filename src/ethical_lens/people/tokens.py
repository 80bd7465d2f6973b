"""Words of a prompt with their place in the original text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEYOND_LATIN = "\N{MODIFIER LETTER SMALL H}"
_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(
    r"(?P<skip><[^<>]{0,200}>|https?://\S+)"
    r"|(?P<word>\b\d(?: ?\d){0,2}[ -]?years?[ -]?olds?\b|\w+(?:[-'\u2019&]\w+)*)"
)
_FOREIGN = _words(
    """el la los las un una unos unas del con para por que en y de le les des du une et avec dans sur pour est der
    die das und ein eine einen mit auf im von zu den dem il lo gli uno di che per sul nel della het een van op
    met voor niet een och med på som för o os um uma com não no na em og på til ett av je jest na się z do w i
    nie ve bir"""
)
_ENGLISH = _words(
    """a an the of with and in on at by to from for is are his her their its under over near who while into through
    wearing holding riding portrait photo painting style"""
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word."""

    start: int
    end: int
    text: str
    low: str
    """Lower case, straight apostrophes, without a possessive ending."""
    owns: bool
    """Whether it had a possessive ending."""
    glue: str
    """What stands between the word before and this one."""

    @property
    def follows(self) -> bool:
        """Whether only blanks stand before it."""
        return not self.glue.strip() and bool(self.glue)


def tokenize(text: str) -> list[Token]:
    """Cut a text into words; network tags such as ``<lora:nurse:1>`` and addresses are passed over."""
    tokens: list[Token] = []
    end = 0
    for match in _WORD.finditer(text):
        if match.lastgroup != "word":
            continue
        word = match.group()
        low = word.lower().replace(_CURLY, "'")
        owns = False
        if low.endswith("'s"):
            low, owns = low[:-2], True
        elif (
            low.endswith("s")
            and text[match.end() : match.end() + 1] in ("'", _CURLY)
            and text[match.end() + 1 : match.end() + 2] == " "
        ):
            owns = True
        glue = text[end : match.start()]
        if tokens and tokens[-1].owns and glue[:1] in ("'", _CURLY):
            glue = glue[1:]
        tokens.append(Token(match.start(), match.end(), word, low, owns, glue))
        end = match.end()
    return tokens


def is_english(tokens: list[Token]) -> bool:
    """Say whether a text reads as English: enough Latin letters, and not more foreign than English function words."""
    letters = sum(len(token.text) for token in tokens)
    latin = sum(len(token.text) for token in tokens if max(token.text) < _BEYOND_LATIN)
    if letters and latin < 0.6 * letters:
        return False
    foreign = english = 0
    for token in tokens:
        if token.low in _ENGLISH:
            english += 1
        elif token.low in _FOREIGN:
            foreign += 1
    return foreign < 2 or foreign <= english

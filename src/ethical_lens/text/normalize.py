"""Readings of a prompt that a disguise cannot hide from, each with offsets into the original.

:func:`normalize` folds what looks alike: compatibility forms, case, diacritics, invisible characters, look-alike
letters. It never joins or splits words, so ordinary text stays ordinary. :func:`variants` adds further readings, for
detection only: spaced and punctuated words, leetspeak, stretched letters, words read backwards, emoji, base64 and
similar carriers. Everything is linear in the length of the text.
"""

from __future__ import annotations

import base64
import binascii
import functools
import html
import json
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from ethical_lens.types import Span

_MARKS: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_MAX_FOLLOWERS: Final = 8
"""Combining characters folded together with their base; a longer pile adds nothing a reader could see."""

_WORD: Final = re.compile(r"[^\W_]+")
_ROT13: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
_LETTER_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalized:
    """A reading of a text, with the place in the original of every character."""

    text: str
    starts: Sequence[int]
    """For each character of the reading, where its original begins."""
    ends: Sequence[int]
    """For each character of the reading, where its original ends (exclusive)."""
    reading: str = "folded"
    """How the text was read."""

    def span(self, start: int, end: int) -> Span:
        """Return the range of the original that the non-empty range [start, end) of this reading came from."""
        return Span(start=min(self.starts[start:end]), end=max(self.ends[start:end]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalikes:
    """Which characters stand for which; the table in ``homoglyphs.json``."""

    lookalikes: Mapping[str, str]
    """Letters of other scripts, by shape."""
    latin: Mapping[str, str]
    """Latin letters without a decomposition."""
    symbols: Mapping[str, str]
    """Digits and signs as leetspeak uses them."""
    second: Mapping[str, str]
    """Second readings of the same."""
    emoji: Mapping[str, str]
    """Pictures read as words."""


class Vocabulary:
    """The words that a disguise may be hiding; with it, a reading changes only words that turn into one of these.

    Args:
        words: Folded words, as :func:`normalize` leaves them.
        ordinary: Words never read backwards, through rot13 or without their frame, because they mean themselves.
        hidden: Tells further words, of which only digests are known.
    """

    __slots__ = ("_hidden", "_ordinary", "_squeezed", "_words")

    def __init__(
        self,
        words: Collection[str],
        ordinary: Collection[str] = (),
        hidden: Callable[[str], bool] = lambda word: False,
    ) -> None:
        self._hidden = hidden
        self._words = frozenset(words)
        self._ordinary = frozenset(ordinary)
        self._squeezed: dict[str, str] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._words or self._hidden(word)

    def unsqueeze(self, word: str) -> str | None:
        """Return the known word that differs from this one only in repeated letters."""
        if squeeze(word) in self._ordinary:
            return None
        if not self._squeezed:
            self._squeezed.update((squeeze(word), word) for word in sorted(self._words, reverse=True))
        return self._squeezed.get(squeeze(word))

    def reverse(self, word: str) -> str | None:
        """Return the known word of four letters or more that this one is, read backwards."""
        return self._turned(word, word[::-1], 4)

    def rotate(self, word: str) -> str | None:
        """Return the known word of five letters or more that this one is, moved by 13 letters."""
        return self._turned(word, word.translate(_ROT13), 5)

    def unframe(self, word: str) -> str | None:
        """Return the known word inside a nonsense frame."""
        inner = _unframe(word) if len(word) > 5 else None
        return inner if inner in self._words and not self.is_ordinary(word) else None

    def _turned(self, word: str, reading: str, shortest: int) -> str | None:
        known = reading in self._words and len(word) >= shortest
        return reading if known and not self.is_ordinary(word) else None

    def is_ordinary(self, word: str) -> bool:
        """Return whether this word means itself and is not to be turned around."""
        return word in self._ordinary or word in self._words


def normalize(text: str) -> Normalized:
    """Fold a text for comparison; every character of the result knows its place in the original.

    NFKC and case folding, no Latin, Greek or Cyrillic diacritics, no invisible or bidirectional controls, one kind of
    space and apostrophe, and Latin letters for their look-alikes inside words that mix scripts.

    Args:
        text: Any string.

    Returns:
        The folded text with offsets.

    Example:
        >>> normalize(chr(0xFF2F) + "K,  Caf" + chr(0xE9)).text
        'ok,  cafe'
    """
    if text.isascii():
        return Normalized(text=text.lower(), starts=range(len(text)), ends=range(1, len(text) + 1))
    table = lookalikes()
    cache: dict[str, str] = {}
    characters: list[str] = []
    starts = array("i")
    ends = array("i")
    for start, end in _clusters(text):
        cluster = text[start:end]
        folded = cache.get(cluster)
        if folded is None:
            folded = cache[cluster] = _fold(cluster, table.latin)
        for character in folded:
            characters.append(character)
            starts.append(start)
            ends.append(end)
    _unmix(characters, table.lookalikes)
    return Normalized(text="".join(characters), starts=starts, ends=ends)


def variants(text: str, vocabulary: Vocabulary | None = None) -> list[Normalized]:
    """Return further readings of a text, for detection only.

    Args:
        text: The original text.
        vocabulary: Words worth reading for. Without one, every way of reading that changes the text gives a variant.

    Returns:
        Readings that differ from :func:`normalize`; usually none.
    """
    base = normalize(text)
    found = [_carriers(text, base), _emoji(text), _joined(base, 0), _joined(base, 1), _joined(base, 2)]
    sources = [base, *(reading for reading in found if reading is not None)]
    decoders = _decoders(vocabulary)
    for source in sources:
        for name, decode in decoders:
            reading = _decoded(source, name, decode)
            found.append(reading)
            if name == "reversed" and reading is not None:
                found.append(_reversed_runs(source, decode))
    distinct: dict[str, Normalized] = {}
    for reading in found:
        if reading is not None and reading.text != base.text:
            distinct.setdefault(reading.text, reading)
    return list(distinct.values())


@functools.cache
def lookalikes() -> Lookalikes:
    """Return the shipped table of look-alikes."""
    table = json.loads(Path(__file__).with_name("homoglyphs.json").read_text(encoding="utf-8"))
    return Lookalikes(
        **{name: MappingProxyType(table[name]) for name in ("lookalikes", "latin", "symbols", "second", "emoji")}
    )


def squeeze(word: str) -> str:
    """Return the word with every run of a letter reduced to one.

    Example:
        >>> squeeze("bloood")
        'blod'
    """
    return re.sub(r"(.)\1+", r"\1", word, flags=re.DOTALL)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of a base character and what combines with it."""
    start = 0
    for position in range(1, len(text) + 1):
        follows = position < len(text) and _follows(text[position])
        if not follows or position - start > _MAX_FOLLOWERS:
            yield start, position
            start = position


def _follows(character: str) -> bool:
    if character < "\u0300":
        return False
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"


def _fold(cluster: str, latin: Mapping[str, str]) -> str:
    kept = "".join(character for character in cluster if not _invisible(character))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())
    bare = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded)))
    return "".join(_plain(character, latin) for character in bare)


def _invisible(character: str) -> bool:
    return character in _INVISIBLE or unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def _plain(character: str, latin: Mapping[str, str]) -> str:
    if character in "\u2018\u2019\u201b\u02bc\u00b4\u2032\uff07":
        return "'"
    if character != "\n" and character.isspace():
        return " "
    for first, last in ((0x1F150, 0x1F169), (0x1F170, 0x1F189), (0x1F1E6, 0x1F1FF)):
        if first <= ord(character) <= last:
            return chr(ord("a") + ord(character) - first)
    return latin.get(character, character)


def _unmix(characters: list[str], table: Mapping[str, str]) -> None:
    """Replace look-alikes by Latin letters, in place, in words that mix them with Latin letters."""
    text = "".join(characters)
    for match in _LETTER_WORD.finditer(text):
        word = match.group()
        if word.isascii() or not any(character.isascii() for character in word):
            continue
        for position in range(match.start(), match.end()):
            replacement = table.get(characters[position], "")
            if len(replacement) == 1:
                characters[position] = replacement


def _replace(base: Normalized, pieces: Sequence[tuple[int, int, str]], reading: str) -> Normalized | None:
    """Return ``base`` with ordered, separate ranges replaced; None if there are none.

    Offsets stay character by character where the length is unchanged, else every new character has the whole range.
    """
    if not pieces:
        return None
    texts: list[str] = []
    starts = array("i")
    ends = array("i")
    position = 0
    for start, end, replacement in [*pieces, (len(base.text), len(base.text), "")]:
        texts.append(base.text[position:start])
        starts.extend(base.starts[position:start])
        ends.extend(base.ends[position:start])
        texts.append(replacement)
        if len(replacement) == end - start:
            starts.extend(base.starts[start:end])
            ends.extend(base.ends[start:end])
        elif replacement:
            starts.extend([min(base.starts[start:end])] * len(replacement))
            ends.extend([max(base.ends[start:end])] * len(replacement))
        position = end
    return Normalized(text="".join(texts), starts=starts, ends=ends, reading=reading)


# Letters set apart: "n u d e", "n.u.d.e", "n-u-d-e", and words cut by punctuation: "nu.de".

_APART: Final = re.compile(r"(?<![^\W_])[^\W_](?:[^\w\n]{1,4}_{0,2}[^\W_]|_{1,3}[^\W_]){2,}(?![^\W_])")
_APART_PART: Final = re.compile(r"([^\W_])([\W_]*)")
_CUT: Final = re.compile(r"(?<![^\W_])[^\W\d_]+(?:[.\-_*\u00b7\u2022|/~^=+'][^\W\d_]+)+(?![^\W_])")


def _joined(base: Normalized, trim: int) -> Normalized | None:
    """Join letters set apart; ``trim`` 1 keeps a one-letter word before them, 2 one after them."""
    pieces: list[tuple[int, int, str]] = []
    for match in _APART.finditer(base.text):
        start, end = match.span()
        if trim == 1 and base.text[start] in "ai":
            start += len(_APART_PART.match(base.text, start).group())  # type: ignore[union-attr]
        elif trim == 2 and base.text[end - 1] in "ai":
            end = match.start() + len(base.text[start : end - 1].rstrip(" "))
        elif trim:
            continue
        pieces.extend(_words_of_letters(base.text, start, end))
    if not trim:
        cuts = ((m.start(), m.end(), re.sub(r"[\W_]", "", m.group())) for m in _CUT.finditer(base.text))
        pieces = _separate(sorted([*pieces, *cuts]))
    return _replace(base, pieces, "joined")


def _separate(pieces: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Drop pieces that overlap an earlier one."""
    kept: list[tuple[int, int, str]] = []
    for piece in pieces:
        if not kept or piece[0] >= kept[-1][1]:
            kept.append(piece)
    return kept


def _words_of_letters(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Split a run of single letters into words where the gap is wider than inside them."""
    letters = [(m.start(1), m.group(1), m.group(2)) for m in _APART_PART.finditer(text, start, end)]
    if not letters:
        return []
    gaps = [gap for _, _, gap in letters[:-1]]
    usual = Counter(gaps).most_common(1)[0][0] if gaps else ""
    words: list[tuple[int, int, str]] = []
    begin, word = letters[0][0], ""
    for position, letter, gap in letters:
        if not word:
            begin = position
        word += letter
        wider = len(gap) > len(usual) or (" " in gap and " " not in usual)
        if wider or position == letters[-1][0]:
            words.append((begin, position + 1, word))
            word = ""
    return words


# One word at a time: a decoder returns what a word may stand for, or None.

Decoder = Callable[[str], str | None]
_LEET_WORD: Final = re.compile(r"[^\s\"'()\[\]{}<>,.;:?]+")
_TRIPLE: Final = re.compile(r"(.)\1\1")
_SHORT_WORD: Final = 3
"""Words up to this length may stand inside a run that is read backwards, whatever they are."""
_DOUBLE: Final = re.compile(r"(.)\1")
_FRAMED: Final = re.compile(r"(?P<frame>[^\W\d_]{2,4})(?P<word>[^\W\d_]{4,})(?P=frame)")
_STUTTER_START: Final = re.compile(r"([^\W\d_])\1(?P<word>[^\W\d_]{4,})")
_STUTTER_END: Final = re.compile(r"(?P<word>[^\W\d_]{4,}?)([^\W\d_])\2+")
_WORDLIKE_END: Final = re.compile(r"(?P<word>[^\W\d_]{5,}?)(?:iano|ify|oid|ish|zz|ski|ito|izzle)")


def _decoders(vocabulary: Vocabulary | None) -> list[tuple[str, Decoder]]:
    table = lookalikes()
    first = str.maketrans(dict(table.symbols))
    second = str.maketrans({**table.symbols, **table.second})
    shapes = str.maketrans(dict(table.lookalikes))
    plain: list[tuple[str, Decoder]] = [
        ("leet", lambda word: _leet(word, first)),
        ("leet, second reading", lambda word: _leet(word, second)),
        ("look-alike letters", lambda word: _shapes(word, shapes)),
        ("stretched", _unstretch),
        ("stretched, doubled", lambda word: re.sub(r"(.)\1{2,}", r"\1\1", word)),
        ("reversed", lambda word: word[::-1] if len(word) > 3 else None),
        ("rot13", lambda word: word.translate(_ROT13) if len(word) > 4 else None),
        ("framed", _unframe),
    ]
    if vocabulary is None:
        return plain
    leets = (lambda word: _leet(word, first), lambda word: _leet(word, second))
    return [
        ("leet", lambda word: _known_leet(word, leets, vocabulary)),
        ("look-alike letters", lambda word: _known(_shapes(word, shapes), vocabulary)),
        ("stretched", lambda word: _known_stretched(word, vocabulary)),
        ("reversed", vocabulary.reverse),
        ("rot13", vocabulary.rotate),
        ("framed", vocabulary.unframe),
    ]


def _decoded(source: Normalized, name: str, decode: Decoder) -> Normalized | None:
    pattern = _LEET_WORD if name.startswith("leet") else _WORD
    pieces: list[tuple[int, int, str]] = []
    for match in pattern.finditer(source.text):
        word = match.group()
        if len(word) > 60:
            continue
        replacement = decode(word)
        if replacement is not None and replacement != word:
            pieces.append((match.start(), match.end(), replacement))
    return _replace(source, pieces, name)


def _reversed_runs(source: Normalized, decode: Decoder) -> Normalized | None:
    """Read runs of words backwards as a whole, as mirrored writing does."""
    pieces: list[tuple[int, int, str]] = []
    run: list[re.Match[str]] = []
    hits: list[int] = []
    for match in [*_WORD.finditer(source.text), None]:
        hit = match is not None and decode(match.group()) is not None
        short = match is not None and len(match.group()) <= _SHORT_WORD
        if match is not None and run and (hit or short) and source.text[run[-1].end() : match.start()] == " ":
            run.append(match)
        else:
            if len(hits) > 1:
                begin, end = run[0].start(), run[hits[-1]].end()
                pieces.append((begin, end, source.text[begin:end][::-1]))
            run, hits = ([match], []) if hit and match is not None else ([], [])
        if hit:
            hits.append(len(run) - 1)
    return _replace(source, pieces, "reversed as a whole")


def _leet(word: str, table: Mapping[int, str]) -> str | None:
    if word.isalpha():
        return None
    core = word.rstrip(".!?")
    tail = word[len(core) :]
    letters = core.translate(table)
    if letters == core or not re.fullmatch(r"[^\W\d_]+(?:[-'][^\W\d_]+)*", letters):
        return None
    return letters + tail


def _known_leet(word: str, decoders: Sequence[Decoder], vocabulary: Vocabulary) -> str | None:
    for decode in decoders:
        letters = decode(word)
        if letters is not None and any(part.group() in vocabulary for part in _WORD.finditer(letters)):
            return letters
        if letters is not None:
            restored = vocabulary.unsqueeze(letters) if _TRIPLE.search(letters) else None
            if restored is not None:
                return restored
    return None


def _shapes(word: str, table: Mapping[int, str]) -> str | None:
    if word.isascii():
        return None
    letters = word.translate(table)
    return letters if letters != word and letters.isascii() else None


def _known(word: str | None, vocabulary: Vocabulary) -> str | None:
    return word if word is not None and word in vocabulary else None


def _unstretch(word: str) -> str | None:
    if _DOUBLE.search(word) is None:
        return None
    return squeeze(word) if _TRIPLE.search(word) or len(_DOUBLE.findall(word)) > 1 else None


def _known_stretched(word: str, vocabulary: Vocabulary) -> str | None:
    if word in vocabulary or _unstretch(word) is None:
        return None
    return vocabulary.unsqueeze(word)


def _unframe(word: str) -> str | None:
    doubled = _DOUBLE.search(word) is not None
    for pattern in (_FRAMED, _STUTTER_START, _STUTTER_END, _WORDLIKE_END) if doubled else (_FRAMED, _WORDLIKE_END):
        match = pattern.fullmatch(word)
        if match:
            return match.group("word")
    return None


# Whole carriers in the original text: emoji and encodings.

_CARRIER: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){3,}|(?:&#x?[0-9A-Fa-f]{2,6};){3,}|(?:\\u[0-9A-Fa-f]{4}){3,}|(?:\\x[0-9A-Fa-f]{2}){3,}"
    r"|\b(?:[0-9A-Fa-f]{2}){6,}\b|(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{12,}={0,2}"
)


def _carriers(text: str, base: Normalized) -> Normalized | None:
    """Read base64, hexadecimal, percent and entity encodings in place."""
    pieces: list[tuple[int, int, str]] = []
    for match in _CARRIER.finditer(text):
        content = _decode_carrier(match.group())
        if content is not None:
            pieces.append((match.start(), match.end(), normalize(content).text))
    if not pieces:
        return None
    identity = Normalized(text=text, starts=range(len(text)), ends=range(1, len(text) + 1))
    replaced = _replace(identity, pieces, "decoded")
    return None if replaced is None else _fold_again(replaced)


def _decode_carrier(token: str) -> str | None:
    if token[0] == "%":
        return unquote(token, errors="ignore")
    if token[0] == "&":
        return html.unescape(token)
    if token[0] == "\\":
        return "".join(chr(int(code, 16)) for code in re.findall(r"[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}", token))
    if len(token) % 2 == 0 and re.fullmatch(r"[0-9A-Fa-f]+", token):
        content = _readable(bytes.fromhex(token))
        if content is not None:
            return content
    if "=" not in token and token.isalpha() and (token.islower() or token[1:].islower()):
        return None
    body = token.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return None


def _readable(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = sum(character.isalpha() or character in " ,.'-" for character in text)
    return text if letters >= 0.85 * len(text) and len(text) >= 4 else None


def _emoji(text: str) -> Normalized | None:
    """Read pictures that stand for words as these words."""
    if text.isascii():
        return None
    table = lookalikes().emoji
    pieces = [(i, i + 1, f" {table[character]} ") for i, character in enumerate(text) if character in table]
    identity = Normalized(text=text, starts=range(len(text)), ends=range(1, len(text) + 1))
    replaced = _replace(identity, pieces, "emoji")
    return None if replaced is None else _fold_again(replaced)


def _fold_again(reading: Normalized) -> Normalized:
    """Fold a reading of the unfolded original, keeping its offsets."""
    folded = normalize(reading.text)
    starts = array("i", (reading.starts[position] for position in folded.starts))
    ends = array("i", (reading.ends[position - 1] for position in folded.ends))
    return Normalized(text=folded.text, starts=starts, ends=ends, reading=reading.reading)

"""Readings of a prompt that a disguise cannot hide from, each with offsets into the original.

:func:`normalize` folds what looks alike: compatibility forms, case, diacritics, invisible characters, look-alike
letters. It never joins or splits words, so ordinary text stays ordinary. :func:`variants` adds further readings, for
detection only: spaced and punctuated words, leetspeak, stretched letters, words read backwards, emoji, base64 and
similar carriers. What a word may stand for is the business of :mod:`~ethical_lens.text.disguises` and
:mod:`~ethical_lens.text.carriers`. Everything is linear in the length of the text.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ethical_lens.text.carriers import carried, spells_out
from ethical_lens.text.disguises import LONGEST, decode, is_code, shifted, turned_round, unsigned
from ethical_lens.text.vocabulary import EnglishWords, KnownWords, Vocabulary, squeeze, vocabulary_of_words
from ethical_lens.types import Span

__all__ = [
    "EnglishWords",
    "KnownWords",
    "Lookalikes",
    "Normalized",
    "Vocabulary",
    "lookalikes",
    "normalize",
    "squeeze",
    "variants",
    "vocabulary_of_words",
]

_MARKS: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_MAX_FOLLOWERS: Final = 8
"""Combining characters folded together with their base; a longer pile adds nothing a reader could see."""

_WORD: Final = re.compile(r"[^\W_]+")
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
    alternates: Mapping[str, str]
    """Further Latin letters that a letter of another script may be meant as, one character each."""
    emoji: Mapping[str, str]
    """Pictures read as words."""


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


def variants(text: str, vocabulary: KnownWords | None = None) -> list[Normalized]:
    """Return further readings of a text, for detection only.

    All that is disguised is read at once, so that one further reading is the rule; others follow where words could be
    parted or ordered otherwise.

    Args:
        text: The original text.
        vocabulary: Words worth reading for. Without one, only encodings, pictures and letters set apart are read.

    Returns:
        Readings that differ from :func:`normalize`; usually none.
    """
    base = normalize(text)
    if vocabulary is not None and text.isascii() and _is_plain(base.text, vocabulary):
        return []
    source = _carried(text, vocabulary) or base
    found = [source]
    for trim in (0, 1, 2):
        joined = _joined(source, trim, vocabulary)
        if trim and joined is None:
            continue
        found.append(joined or source)
        if vocabulary is not None:
            found[-1:] = _decoded(joined or source, text, vocabulary)
        if joined is None or (vocabulary is not None and vocabulary.complete):
            break
    distinct: dict[str, Normalized] = {}
    for reading in found if len(found) < 3 or found[1] is source else found[1:]:
        if reading.text != base.text:
            distinct.setdefault(reading.text, reading)
    return list(distinct.values())


@functools.cache
def lookalikes() -> Lookalikes:
    """Return the shipped table of look-alikes."""
    table = json.loads(Path(__file__).with_name("homoglyphs.json").read_text(encoding="utf-8"))
    return Lookalikes(
        **{name: MappingProxyType(table[name]) for name in ("lookalikes", "latin", "alternates", "emoji")}
    )


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
    return character in _INVISIBLE or unicodedata.category(character) == "Cf" or _is_selector(character)


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _plain(character: str, latin: Mapping[str, str]) -> str:
    if character in "\u2018\u2019\u201b\u02bc\u00b4\u2032\uff07":
        return "'"
    if (character != "\n" and character.isspace()) or character == "\u2800":
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


# Text without any disguise, told quickly.

_TIDY: Final = "\"'(),.;:!?"
_SINGLE_LETTERS: Final = re.compile(r"(?<![^\W_])[^\W_][\W_]{1,4}[^\W_][\W_]{1,4}[^\W_](?![^\W_])")
_NUMBERS_IN_A_ROW: Final = re.compile(r"(?<!\w)(?:[a-f]{0,2}\d\w{0,7}[ ,\-]{1,2}){2}[a-f]{0,2}\d\w{0,7}(?!\w)")
_HYPHENS: Final = re.compile(r"[-/']")


def _is_plain(folded: str, vocabulary: KnownWords) -> bool:
    words = folded.split()
    strangers = vocabulary.strangers(words)
    if strangers and (not vocabulary.complete or not all(_is_tidy(word, vocabulary) for word in strangers)):
        return False
    if strangers and _NUMBERS_IN_A_ROW.search(folded) is not None:
        return False
    single = _SINGLE_LETTERS.search(folded)
    return (single is None or is_code(single.group())) and not spells_out(words)


def _is_tidy(word: str, vocabulary: KnownWords) -> bool:
    core = word.strip(_TIDY)
    if core.isalpha():
        return len(core) == 1 or not vocabulary.strangers((core,))
    if not core:
        return word in "-&" or word[0] not in ".-"
    if core.isalnum():
        return len(core) < 3 or is_code(core)
    if is_code(core):
        return True
    parts = _HYPHENS.split(core)
    return len(parts) < 4 and all(
        (part.isalpha() and len(part) > 1 and not vocabulary.strangers((part,))) or part in ("s", "t") for part in parts
    )


# Encodings and pictures, in the original text.


def _carried(text: str, vocabulary: KnownWords | None) -> Normalized | None:
    """Read encodings and pictures that stand for words in place."""
    pieces = list(carried(text, vocabulary))
    name = "decoded" if pieces else "emoji"
    if not text.isascii():
        table = lookalikes().emoji
        pictures = [(i, i + 1, f" {table[character]} ") for i, character in enumerate(text) if character in table]
        if pictures:
            # Beside pictures that stand for words, others do too.
            others = [
                (i, i + 1, f" {_picture_name(c)} ") for i, c in enumerate(text) if c not in table and _is_picture(c)
            ]
            pictures.extend(others)
        pieces = _separate(sorted([*pieces, *pictures]))
    if not pieces:
        return None
    identity = Normalized(text=text, starts=range(len(text)), ends=range(1, len(text) + 1))
    replaced = _replace(identity, pieces, name)
    return None if replaced is None else _fold_again(replaced)


def _is_picture(character: str) -> bool:
    return character >= "\u2600" and unicodedata.category(character) == "So"


def _picture_name(character: str) -> str:
    return unicodedata.name(character, "").lower().removesuffix(" sign").removesuffix(" symbol").replace("-", " ")


def _fold_again(reading: Normalized) -> Normalized:
    """Fold a reading of the unfolded original, keeping its offsets."""
    folded = normalize(reading.text)
    starts = array("i", (reading.starts[position] for position in folded.starts))
    ends = array("i", (reading.ends[position - 1] for position in folded.ends))
    return Normalized(text=folded.text, starts=starts, ends=ends, reading=reading.reading)


# Letters set apart: "n u d e", "n.u.d.e", "n-u-d-e".

_APART: Final = re.compile(r"(?<![^\W_])[^\W_](?:[^\w\n]{1,4}_{0,2}[^\W_]|_{1,3}[^\W_]){2,}(?![^\W_])")
_APART_PART: Final = re.compile(r"([^\W_])([\W_]*)")
_MOST_SPLIT: Final = 400
"""Letters of the longest run without spaces that is parted into words."""


def _joined(base: Normalized, trim: int, vocabulary: KnownWords | None) -> Normalized | None:
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
        words = _words_of_letters(base.text, start, end)
        if vocabulary is None or not vocabulary.complete:
            pieces.extend(word for word in words if sum(map(str.isalpha, word[2])) > 1)
            continue
        parted = [(begin, stop, _parted(word, vocabulary)) for begin, stop, word in words]
        if any(word is None and len(letters) > 2 for (_, _, word), (_, _, letters) in zip(parted, words, strict=True)):
            whole = _parted("".join(word for _, _, word in words), vocabulary)
            if whole is not None:
                pieces.append((start, end, whole))
                continue
        pieces.extend((begin, stop, word) for begin, stop, word in parted if word is not None)
    return _replace(base, pieces, "joined")


def _parted(letters: str, vocabulary: KnownWords) -> str | None:
    """Return the word, or the row of words, that letters set apart spell; None if they spell none."""
    if len(letters) > 2 and letters in vocabulary:
        return letters
    found = decode(letters, vocabulary, daring=False) if len(letters) > 3 else None
    if found is not None:
        return found[0]
    plain = letters if letters.isalpha() else unsigned(letters)
    words = vocabulary.split(plain) if 3 < len(plain) <= _MOST_SPLIT and plain.isalpha() else None
    if words is not None and len(plain) >= 2.5 * len(words):
        return " ".join(words)
    backwards = vocabulary.split(plain[::-1]) if 3 < len(plain) <= _MOST_SPLIT and plain.isalpha() else None
    if backwards is not None and len(plain) >= 3.5 * len(backwards):
        return " ".join(backwards)
    return " ".join(words) if words is not None and len(words) < 4 and len(plain) >= 2 * len(words) else None


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


# Words in disguise, one at a time.

_CHUNK: Final = re.compile(r"\S+")
_PART: Final = re.compile(r"[^\s\"'()\[\]{}<>,.;:?/|~=]+")
_EDGES: Final = "\"',.;:?\u201c\u201d\u2026"
_WEIGHT: Final = re.compile(r":\d*\.?\d+\)*$")
_BRACKETS: Final = "()[]{}<>!"
_SHORT_WORD: Final = 3
"""Words up to this length may stand inside a run that is read backwards, whatever they are."""


class _Reader:
    """Reads the words of one text; remembers what it has read.

    Args:
        text: The original.
        vocabulary: The words to read for.
    """

    def __init__(self, text: str, vocabulary: KnownWords) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._read: dict[str, tuple[str, str] | None] = {}
        words = text.split()
        self._shouted = text.isupper() or (text.istitle() and len(words) > 2)
        self.names: dict[str, None] = {}

    def pieces(self, source: Normalized) -> list[tuple[int, int, str]]:
        """Return what is disguised in a reading, and what is meant; remembers how it was read in ``names``."""
        foreign = self._foreign(source)
        found: list[tuple[int, int, str]] = []
        for match in _CHUNK.finditer(source.text):
            chunk = match.group()
            if len(chunk) > 4 * LONGEST or (chunk.isalpha() and self._vocabulary.is_ordinary(chunk)):
                continue
            found.extend(self._chunk(source, match.start(), chunk, foreign))
        return found

    def _chunk(self, source: Normalized, offset: int, chunk: str, foreign: bool) -> Iterator[tuple[int, int, str]]:
        begin, end = _strip(chunk, 0, len(chunk), _EDGES)
        weight = _WEIGHT.search(chunk)
        tried = {(begin, end), _strip(chunk, begin, weight.start() if weight else end, _BRACKETS + _EDGES)}
        for start, stop in sorted(tried):
            meant = self._word(source, offset + start, offset + stop, foreign) if stop > start else None
            if meant is not None:
                yield offset + start, offset + stop, meant
                return
        if chunk[begin:end].isalpha() or self._is_code(source, offset + begin, offset + end):
            return
        for part in _PART.finditer(chunk):
            meant = self._word(source, offset + part.start(), offset + part.end(), foreign)
            if meant is not None:
                yield offset + part.start(), offset + part.end(), meant
                continue
            inner = [word for word in _WORD.finditer(part.group()) if len(word.group()) < len(part.group())]
            for word in inner:
                meant = self._word(
                    source, offset + part.start() + word.start(), offset + part.start() + word.end(), foreign
                )
                if meant is not None:
                    yield offset + part.start() + word.start(), offset + part.start() + word.end(), meant

    def _word(self, source: Normalized, start: int, end: int, foreign: bool) -> str | None:
        word = source.text[start:end]
        written = self._written(source, start, end)
        key = written if len(written) <= 2 * LONGEST else word
        if key not in self._read:
            self._read[key] = self._meant(word, written, foreign)
        found = self._read[key]
        if found is None or found[0] == word:
            return None
        self.names[found[1]] = None
        return found[0]

    def _meant(self, word: str, written: str, foreign: bool) -> tuple[str, str] | None:
        if self._vocabulary.is_ordinary(word) or is_code(written):
            return None
        if not written.isascii():
            shaped = self._shaped(written) if foreign or any(c.isascii() and c.isalpha() for c in written) else None
            if shaped is not None and shaped != word:
                return shaped, "look-alike letters"
            shaped_first = None if word.isascii() or not foreign else _shapes(word)
            if shaped_first is not None:
                return decode(shaped_first, self._vocabulary, daring=False)
        return decode(word, self._vocabulary, daring=self._is_daring(written))

    def _is_daring(self, written: str) -> bool:
        """Return whether slips may be read: not in names and abbreviations."""
        return self._shouted or not (written[:1].isupper() and (written.istitle() or written.isupper()))

    def _shaped(self, written: str) -> str | None:
        """Return the most common word that letters of any script look like."""
        if len(written) > LONGEST:
            return None
        options = [_shapes_of(character) for character in written]
        # Three foreign letters look like some word too easily.
        shortest = (
            3 if any(option[0].isascii() and c.isascii() for option, c in zip(options, written, strict=True)) else 4
        )
        words = [
            word
            for word in _product(options)
            if word in self._vocabulary and (len(word) >= shortest or self._vocabulary.is_sought(word))
        ]
        return min(words, key=self._vocabulary.rank) if words else None

    def _foreign(self, source: Normalized) -> bool:
        """Return whether words in other scripts may be disguised: not in a text that is in another one throughout."""
        if source.text.isascii():
            return True
        words = [match.group() for match in _LETTER_WORD.finditer(source.text) if len(match.group()) > 2]
        others = [word for word in words if not word.isascii()]
        if any(word in self._vocabulary or self._vocabulary.is_ordinary(word) for word in words if word.isascii()):
            return True
        return bool(others) and sum(self._shaped(word) is not None for word in others[:40]) >= 0.6 * len(others[:40])

    def _written(self, source: Normalized, start: int, end: int) -> str:
        span = source.span(start, end)
        written = self._text[span.start : span.end]
        return written if len(written) >= end - start else source.text[start:end]

    def _is_code(self, source: Normalized, start: int, end: int) -> bool:
        return end > start and is_code(self._written(source, start, end))


def _decoded(source: Normalized, text: str, vocabulary: KnownWords) -> list[Normalized]:
    """Return the reading in which every disguised word is read, and others where order or parting may differ."""
    reader = _Reader(text, vocabulary)
    found: list[Normalized] = []
    if vocabulary.complete:
        found.extend(_present(_shifted(source, vocabulary)))
        source = _reunited(source, vocabulary) or source
    pieces = reader.pieces(source)
    if not pieces:
        return [source, *found]
    name = ", ".join([*([] if source.reading == "folded" else [source.reading]), *reader.names])
    found.insert(0, _replace(source, pieces, name) or source)
    if "reversed" in reader.names:
        found.extend(_present(_reversed_runs(source, vocabulary)))
    return found


def _present(reading: Normalized | None) -> list[Normalized]:
    return [] if reading is None else [reading]


def _shifted(source: Normalized, vocabulary: KnownWords) -> Normalized | None:
    """Read words that were all moved along the alphabet by the same step."""
    words = [match for match in _WORD.finditer(source.text) if match.group().isalpha()]
    unknown = vocabulary.strangers(match.group() for match in words if len(match.group()) > 2)
    found = (
        shifted([match.group() for match in words if match.group() in unknown], vocabulary)
        if len(unknown) > 1
        else None
    )
    if found is None:
        return None
    name, table = found
    moved = [(m.start(), m.end(), m.group(), m.group().translate(table)) for m in words]
    pieces = [
        (start, end, meant)
        for start, end, word, meant in moved
        if word in unknown or (len(word) < 4 and (meant in vocabulary or word not in vocabulary))
    ]
    return _replace(source, pieces, name)


def _is_meant(word: str, vocabulary: KnownWords) -> bool:
    return vocabulary.is_turned(word) and vocabulary.aims_at(word)


def _reunited(source: Normalized, vocabulary: KnownWords) -> Normalized | None:
    """Join pieces of a word that spaces part: "lan tern"."""
    words = [match for match in _WORD.finditer(source.text) if match.group().isalpha()]
    strangers = vocabulary.strangers(match.group() for match in words)
    strange = [match.group() in strangers for match in words]
    pieces: list[tuple[int, int, str]] = []
    for first in range(len(words) - 1 if strangers else 0):
        for last in range(first + 1, min(first + 3, len(words))):
            if not any(strange[first : last + 1]):
                continue
            start, end = words[first].start(), words[last].end()
            if (pieces and start < pieces[-1][1]) or source.text[start - 1 : start] == "'":
                continue
            joined = source.text[start:end].replace(" ", "")
            shortest = 4 if all(strange[first : last + 1]) else 5
            if shortest <= len(joined) < LONGEST and joined.isalpha() and _is_meant(joined, vocabulary):
                pieces.append((start, end, joined))
    name = "parted" if source.reading == "folded" else f"{source.reading}, parted"
    return _replace(source, pieces, name)


def _reversed_runs(source: Normalized, vocabulary: KnownWords) -> Normalized | None:
    """Read runs of words backwards as a whole, as mirrored writing does."""
    pieces: list[tuple[int, int, str]] = []
    run: list[re.Match[str]] = []
    hits: list[int] = []
    for match in [*_WORD.finditer(source.text), None]:
        word = "" if match is None else match.group()
        hit = match is not None and not vocabulary.is_ordinary(word) and turned_round(word, vocabulary) is not None
        fits = match is not None and (len(word) <= _SHORT_WORD or vocabulary.is_turned(word[::-1]))
        gap = source.text[run[-1].end() : match.start()] if run and match is not None else ""
        if match is not None and run and (hit or fits) and gap in (" ", ", ", " ,"):
            run.append(match)
        else:
            if len(hits) > 1:
                begin, end = run[0].start(), run[_last(run, hits, vocabulary)].end()
                pieces.append((begin, end, source.text[begin:end][::-1]))
            run, hits = ([match], []) if match is not None and (hit or (fits and vocabulary.complete)) else ([], [])
        if hit:
            hits.append(len(run) - 1)
    return _replace(source, pieces, "reversed as a whole")


def _last(run: Sequence[re.Match[str]], hits: Sequence[int], vocabulary: KnownWords) -> int:
    """Return the last word of a run: the last hit, or what follows it if that makes sense backwards alone."""
    last = hits[-1]
    while last + 1 < len(run) and run[last + 1].group()[::-1] in vocabulary and vocabulary.complete:
        last += 1
    return last


def _strip(text: str, start: int, end: int, characters: str) -> tuple[int, int]:
    while start < end and text[start] in characters:
        start += 1
    while end > start and text[end - 1] in characters:
        end -= 1
    return start, end


@functools.cache
def _shapes_of(character: str) -> tuple[str, ...]:
    """Return the Latin letters that a character may be meant as."""
    table = lookalikes()
    folded = _fold(character, table.latin)
    if folded.isascii():
        return (folded,)
    return tuple(dict.fromkeys((table.lookalikes.get(folded, folded), *table.alternates.get(folded, ""))))


def _shapes(word: str) -> str | None:
    letters = "".join(_shapes_of(character)[0] for character in word)
    return letters if letters.isascii() else None


def _product(options: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield all readings of a row of characters, the first choices first, in bounded number."""
    total = 1
    bounded: list[tuple[str, ...]] = []
    for option in options:
        bounded.append(option if total * len(option) <= 256 else option[:1])
        total *= len(bounded[-1])
    return map("".join, itertools.product(*bounded))

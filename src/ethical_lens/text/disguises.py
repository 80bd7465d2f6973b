"""Decoders of single words: what a written form may stand for, if it does not stand for itself.

Each decoder takes a folded word and a vocabulary and returns the word meant, or None. They only ever return words that
the vocabulary knows, so an unknown name, nick or product code stays what it is.
"""

# ruff: noqa: RUF001 - the tables are about look-alikes
from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ethical_lens.text.vocabulary import ROT13, EnglishWords, KnownWords, squeeze

Decoder = Callable[[str, KnownWords], str | None]

LONGEST: Final = 60
"""Letters of the longest word that is decoded."""
_MOST_READINGS: Final = 256
_TRIPLE: Final = re.compile(r"([^\W\d_])\1\1")
_DOUBLE: Final = re.compile(r"(.)\1")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_SEPARATORS: Final = re.compile(r"[\W_]+")

# Leetspeak.

_SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "0": ("o", "u"),
    "1": ("i", "l", "t"),
    "2": ("z", "s", "to", "r"),
    "3": ("e",),
    "4": ("a", "for", "h"),
    "5": ("s",),
    "6": ("g", "b"),
    "7": ("t", "l", "y"),
    "8": ("b", "ate", "a"),
    "9": ("g", "p", "q"),
    "@": ("a", "o"),
    "$": ("s",),
    "!": ("i", "l"),
    "|": ("l", "i"),
    "€": ("e", "c"),
    "£": ("l", "e"),
    "¢": ("c",),
    "¥": ("y",),
    "§": ("s",),
    "+": ("t",),
    "(": ("c",),
    "<": ("c",),
    "[": ("c",),
    "{": ("c",),
    "^": ("a",),
    "#": ("h",),
    "&": ("e", "a"),
    "%": ("o", "x"),
    "*": ("a", "o"),
    "?": ("p",),
    "¡": ("i",),
    "×": ("x",),
    "ø": ("o",),
    "∂": ("d",),
    "ß": ("b",),
    "º": ("o",),
    "°": ("o",),
    "µ": ("u",),
    "†": ("t",),
    "‡": ("t",),
    "¶": ("p",),
    "∆": ("a",),
    "∑": ("e",),
    "√": ("v",),
    "∩": ("n",),
    "∪": ("u",),
    "⊂": ("c",),
    "∅": ("o",),
    "∈": ("e",),
}
"""What digits and signs stand for, the usual reading first."""

_DRAWN: Final[Mapping[str, str]] = {
    r"|\/|": "m",
    "/\\/\\": "m",
    r"\/\/": "w",
    r"|\|": "n",
    r"/\/": "n",
    "|-|": "h",
    "]-[": "h",
    "}{": "h",
    "/\\": "a",
    r"\/": "v",
    "|_|": "u",
    "(_)": "u",
    "()": "o",
    "[]": "o",
    "|<": "k",
    "|{": "k",
    "|)": "d",
    "|]": "d",
    "|3": "b",
    "|>": "p",
    "><": "x",
    "|=": "f",
    "|_": "l",
    "_|": "j",
    "'|'": "t",
    "-|-": "t",
    "\\'/": "y",
    "`/": "y",
}
"""Letters drawn by several signs, longer drawings first."""
_DRAWING: Final = re.compile("|".join(re.escape(drawn) for drawn in sorted(_DRAWN, key=len, reverse=True)))

_QUANTITY: Final = re.compile(
    r"[a-z]{1,2}\d{1,4}|(?:mp|ps|iso|gpt|sdxl|rtx|gtx|mk|vol|no|fig|ch|ep|xl|sd|vhs|dc|ww|km|h)[\-.]?\d+[a-z]?"
    r"|(?:[ft]/)?\d+(?:[.,:x/\-]\d+)*"
    r"(?:[kmgtdpsfxcwv]|mm|cm|km|kg|mg|ml|nm|hz|khz|mhz|ghz|gb|mb|tb|px|ppi|dpi|fps|bit|mp|am|pm|k|iso|cc|hp|mph|kmh"
    r"|st|nd|rd|th|ft|in|oz|lb|lbs|yr|yo|yrs|min|sec|hrs|hr|day|days|girl|girls|boy|boys|man|men|people|ish)?"
)
"""Numbers with a unit, years, sizes, versions, camera settings, short product codes."""
_CODE: Final = re.compile(r"(?=[A-Z0-9\-]*\d)(?=[A-Z0-9\-]*[A-Z])[A-Z0-9]{1,5}(?:-[A-Z0-9]{1,5})+")
"""A product code or plate: capitals and digits in short groups."""
_LETTERED: Final = re.compile(r"[^\W\d_]")


def is_code(written: str) -> bool:
    """Return whether a word, with its capitals, is a product code, plate, number or measure.

    Example:
        >>> is_code("KX-4R7-0N3"), is_code("35mm"), is_code("kn1fe")
        (True, True, False)
    """
    return _CODE.fullmatch(written) is not None or _QUANTITY.fullmatch(written.lower()) is not None


def leet(word: str, known: KnownWords) -> str | None:
    """Read digits and signs as the letters they resemble, and signs in place of a letter as any letter."""
    if word.isalpha() or (not _LETTERED.search(word) and not re.search(r"\d{3}", word)):
        return None
    core = word.rstrip("!.?*")
    return _leet(core, word[len(core) :], known) or (_leet(word, "", known) if core != word else None)


def _leet(core: str, tail: str, known: KnownWords) -> str | None:
    if not core:
        return None
    for candidate in dict.fromkeys((core, _DRAWING.sub(lambda match: _DRAWN[match.group()], core))):
        if _LETTERS.fullmatch(candidate) and candidate != core and candidate in known:
            return candidate + tail
        found = _best(_spelled(candidate), known)
        if found is not None:
            return found + tail
    return None


def _spelled(word: str) -> Iterator[str]:
    """Yield the readings of every sign, the usual ones first, in bounded number."""
    options = [_SIGNS.get(character, (character,)) for character in word]
    if all(len(option) == 1 for option in options) and all(character not in _SIGNS for character in word):
        return
    total = 1
    bounded: list[tuple[str, ...]] = []
    for option in options:
        total *= len(option)
        bounded.append(option if total <= _MOST_READINGS else option[:1])
        total = total if total <= _MOST_READINGS else total // len(option)
    yield from map("".join, itertools.product(*bounded))


def _best(readings: Iterable[str], known: KnownWords) -> str | None:
    """Return the most common known word among readings; with parts joined by hyphens, the parts must be known."""
    best: tuple[int, int, str] | None = None
    for order, reading in enumerate(readings):
        # The first readings are the usual ones; a far one must be a much more common word.
        found = _known_in_parts(reading, known)
        if found is None:
            continue
        score = (known.rank(max(_LETTERS.findall(found), key=len)) + 400 * order, order, found)
        if best is None or score < best:
            best = score
    return None if best is None else best[2]


def _known_in_parts(reading: str, known: KnownWords) -> str | None:
    if reading.isalpha():
        if reading in known and (len(reading) > 3 or (len(reading) == 3 and known.is_sought(reading))):
            return reading
        return known.unsqueeze(reading) if _TRIPLE.search(reading) else None
    parts = [part for part in re.split(r"[-'_]", reading) if part]
    if len(parts) < 2 or not all(part.isalpha() for part in parts):
        return None
    if not known.complete:
        return reading if any(part in known for part in parts) else None
    if all(known.is_ordinary(part) or part in known for part in parts):
        return reading
    joined = "".join(parts)
    return joined if len(joined) > 3 and joined in known else None


def unsigned(word: str) -> str:
    """Return a word with every sign read as the letter it usually stands for."""
    return "".join(_SIGNS.get(character, (character,))[0] for character in word)


# Signs inside words.

_CUT_SIGNS: Final = frozenset('*\u00b7\u2022|~^=+_#.,:;"`\u2022\u2219\u22c5\u2027\\')
"""Signs that join no words; a word with one inside is disguised even where its parts are words."""


_CONTRACTION: Final = re.compile(r"[^\W\d_]{2,}'(?:s|t|d|m|re|ve|ll|em|n|clock)?|[^\W\d_]+s'|[odl]'[^\W\d_]{3,}|n't")


def uncut(word: str, known: KnownWords) -> str | None:
    """Read a word with punctuation inside: joined, or with the signs standing for a letter."""
    if _CONTRACTION.fullmatch(word):
        return None
    parts = [part for part in _SEPARATORS.split(word) if part]
    if len(parts) < 2 and "*" not in word and "#" not in word:
        return None
    if not all(part.isalpha() for part in parts):
        return None
    joined = "".join(parts)
    inside = word.strip("'\".,;:!?()[]{}<>")
    signs = {character for character in inside if not character.isalnum()}
    ordinary = len(parts) > 1 and all(known.is_ordinary(part) and len(part) > 1 for part in parts)
    if len(parts) > 1 and len(joined) > 2 and not (ordinary and not signs & _CUT_SIGNS):
        if joined in known:
            return joined
        if max(map(len, parts)) == 1 and known.complete and isinstance(known, EnglishWords):
            split = known.split(joined, 3) if len(joined) > 5 else None
            if split is not None:
                return " ".join(split)
    return None if ordinary else _starred(inside, known)


_WILDCARDS: Final = frozenset("*#_?\u2022")
_LETTER_ORDER: Final = "aeiouylrtnscdghkpmbfvwzxjq"


def _starred(word: str, known: KnownWords) -> str | None:
    """Read up to two signs as a letter each."""
    places = [place for place, character in enumerate(word) if not character.isalnum()]
    if not 1 <= len(places) <= 3 or len(word) < 3 or len(word) - len(places) < 2 or len(word) > 14:
        return None
    stars = all(word[place] == "*" for place in places)
    if not stars and (len(places) > 1 or any(word[place] not in _WILDCARDS for place in places)):
        return None
    if not stars and (not known.complete or len(word) < 4):
        return None
    if places[0] == 0 and not stars:
        return None
    letters = _LETTER_ORDER if len(places) < 3 else "aeiou"
    if not stars:
        letters = "aeiouy"
    best: tuple[int, str] | None = None
    for chosen in itertools.product(letters, repeat=len(places)):
        reading = list(word)
        for place, letter in zip(places, chosen, strict=True):
            reading[place] = letter
        spelled = "".join(reading)
        if spelled in known:
            # A starred-out word is one that somebody did not want to write: a listed aim comes first.
            score = known.rank(spelled) - (100_000 if known.is_sought(spelled) else 0)
            if best is None or score < best[0]:
                best = (score, spelled)
    return None if best is None else best[1]


# Letters stretched, moved, turned.


def unstretch(word: str, known: KnownWords) -> str | None:
    """Read repeated letters as one or two."""
    if not word.isalpha() or _DOUBLE.search(word) is None:
        return None
    if not _TRIPLE.search(word) and len(_DOUBLE.findall(word)) < 2:
        return None
    halved = re.sub(r"(.)\1", r"\1", word)
    candidates = [halved] if 2 * len(halved) == len(word) else []
    candidates.append(re.sub(r"(.)\1{2,}", r"\1\1", word))
    found = known.unsqueeze(word)
    readings = [reading for reading in candidates if len(reading) > 3 and known.complete and reading in known]
    readings.extend([found] if found is not None and len(found) > 2 else [])
    return min(readings, key=known.rank) if readings else None


_UPSIDE_DOWN: Final = str.maketrans("unpdqbnu", "nudpbqun")


def turned_round(word: str, known: KnownWords) -> str | None:
    """Read a word backwards, or upside down."""
    if not word.isalpha() or len(word) < (3 if known.complete else 4):
        return None
    backwards = word[::-1]
    if backwards != word and known.is_turned(backwards) and (len(word) > 3 or known.is_sought(backwards)):
        return backwards
    flipped = backwards.translate(_UPSIDE_DOWN)
    if not known.complete or len(word) < 4 or flipped == backwards or not known.is_turned(flipped):
        return None
    return flipped if len(word) > 4 or known.is_sought(flipped) else None


def rotated(word: str, known: KnownWords) -> str | None:
    """Read a word through rot13."""
    if len(word) < 5 - known.complete or not word.isalpha():
        return None
    reading = word.translate(ROT13)
    return reading if known.is_turned(reading) else None


_PIG_VOWEL: Final = re.compile(r"(?P<word>[aeiou][a-z]{2,}?)(?:way|yay|hay|ay)")


def from_pig_latin(word: str, known: KnownWords) -> str | None:
    """Read pig latin: ``ifeknay`` for knife."""
    if len(word) < 5 or not word.endswith("ay") or not known.complete:
        return None
    body = word[:-2].rstrip("-'")
    for size in (1, 2, 3):
        lead = body[-size:]
        reading = lead + body[:-size]
        if len(reading) > 2 and not set(lead) & set("aeio") and reading.isalpha() and reading in known:
            return reading
    match = _PIG_VOWEL.fullmatch(word)
    return match.group("word") if match and len(match.group("word")) > 3 and match.group("word") in known else None


_FRAMED: Final = re.compile(r"(?P<frame>[^\W\d_]{2,4})(?P<word>[^\W\d_]{4,})(?P=frame)")
_STUTTER_START: Final = re.compile(r"([^\W\d_])\1(?P<word>[^\W\d_]{4,})")
_STUTTER_END: Final = re.compile(r"(?P<word>[^\W\d_]{4,}?)([^\W\d_])\2+")
_WORDLIKE_END: Final = re.compile(r"(?P<word>[^\W\d_]{5,}?)(?:iano|ify|oid|ish|zz|ski|ito|izzle)")


def unframe(word: str, known: KnownWords) -> str | None:
    """Read a word inside a nonsense frame: ``xxlanternxx``."""
    if len(word) < 6 or not word.isalpha():
        return None
    doubled = _DOUBLE.search(word) is not None
    for pattern in (_FRAMED, _STUTTER_START, _STUTTER_END, _WORDLIKE_END) if doubled else (_FRAMED, _WORDLIKE_END):
        match = pattern.fullmatch(word)
        if match and known.is_turned(match.group("word")) and known.aims_at(match.group("word")):
            return match.group("word")
    return None


# Daring readings, for a vocabulary that knows the language.

_VOWELS: Final = "aeiou"
_RESPELLINGS: Final = (
    ("ph", "f"),
    ("z", "s"),
    ("k", "c"),
    ("c", "k"),
    ("y", "i"),
    ("i", "y"),
    ("oo", "u"),
    ("u", "oo"),
    ("vv", "w"),
    ("x", "ks"),
    ("kk", "ck"),
    ("ee", "ea"),
    ("nn", "n"),
    ("w", "u"),
    ("f", "ph"),
    ("rn", "m"),
    ("cl", "d"),
    ("ii", "u"),
    ("v", "u"),
    ("q", "g"),
    ("q", "k"),
)


def without_vowels(word: str, known: KnownWords) -> str | None:
    """Read a word whose vowels were dropped."""
    if len(word) < 4 or not word.isalpha() or set(word) & set(_VOWELS) or squeeze(word) == word[0]:
        return None
    found = known.with_vowels(word)
    return found if found is not None and known.aims_at(found) else None


def mistyped(word: str, known: KnownWords) -> str | None:
    """Read a word with one slip: neighbours swapped, a letter too few or too many, or one that sounds alike."""
    if not known.complete or not 4 <= len(word) <= 20 or not word.isalpha() or not word.isascii():
        return None
    hidden = next(
        (reading for reading in _swapped(word) if not known.is_listed(reading) and known.is_turned(reading)), None
    )
    if hidden is not None:
        return hidden
    for readings in (_swapped(word), _respelled(word), _shortened(word)):
        found = [(known.rank(reading), reading) for reading in set(readings) if _is_aim(reading, known)]
        if found:
            return min(found)[1]
    longer = known.with_one_more(word)
    return longer if longer is not None and longer[0] == word[0] else None


def _is_aim(reading: str, known: KnownWords) -> bool:
    return len(reading) > 3 and known.is_listed(reading) and known.aims_at(reading)


def _swapped(word: str) -> Iterator[str]:
    for i in range(len(word) - 1):
        if word[i] != word[i + 1]:
            yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _respelled(word: str) -> Iterator[str]:
    for found, meant in _RESPELLINGS:
        if found in word:
            yield word.replace(found, meant)
            yield word.replace(found, meant, 1)
    if len(word) > 4:
        for i, letter in enumerate(word):
            if letter in _VOWELS:
                yield from (word[:i] + vowel + word[i + 1 :] for vowel in _VOWELS if vowel != letter)


def _shortened(word: str) -> Iterator[str]:
    if len(word) > 4:
        yield from (word[:i] + word[i + 1 :] for i in range(1, len(word)))


_RARE: Final = 2500
_GRAVE: Final = frozenset(
    """
    blood bloody kill killed killing killer dead death murder murdered gun guns rape raped shoot shot shooting
    sex sexual naked drug drugs bomb bombing weapon weapons attack suicide body war terrorist hate abuse
""".split()  # noqa: SIM905 - a list of many words is read more easily so
)
"""Common words that are worth looking for inside glued ones."""


def unglued(word: str, known: KnownWords) -> str | None:
    """Read a word that is several words without their spaces."""
    if not isinstance(known, EnglishWords) or not word.isalpha() or not word.isascii() or len(word) < 8:
        return None
    words = known.split(word, 3 if len(word) < 16 else 1)
    if words is None or len(words) < 2 or len(word) < (3.5 if len(word) < 16 else 2.9) * len(words):
        return None
    if len(words) == 2 and min(map(len, words)) < 4:
        return None
    return " ".join(words) if len(words) > 3 or any(_is_rare_aim(each, known) for each in words) else None


def _is_rare_aim(word: str, known: KnownWords) -> bool:
    """Return whether a word inside a glued one is worth it; compounds are full of the most common words."""
    return known.aims_at(word) and (known.rank(word) >= _RARE or word in _GRAVE)


FIRM: Final[tuple[tuple[str, Decoder], ...]] = (
    ("leet", leet),
    ("cut", uncut),
    ("stretched", unstretch),
    ("reversed", turned_round),
    ("rot13", rotated),
    ("pig latin", from_pig_latin),
    ("framed", unframe),
)
"""Decoders that leave little to chance, most likely first."""

DARING: Final[tuple[tuple[str, Decoder], ...]] = (
    ("vowels dropped", without_vowels),
    ("mistyped", mistyped),
    ("glued", unglued),
)
"""Decoders that only a vocabulary which knows the language can bear."""


def decode(word: str, known: KnownWords, *, daring: bool = True) -> tuple[str, str] | None:
    """Return what a written form stands for, and how it was read; None if it stands for itself or for nothing known.

    Args:
        word: A folded word, with the signs inside it.
        known: The vocabulary.
        daring: Whether slips and dropped vowels are read too; not in names.
    """
    if len(word) > LONGEST or len(word) < 3 or known.is_ordinary(word):
        return None
    for name, decoder in (*FIRM, *DARING) if daring and known.complete else FIRM:
        reading = decoder(word, known)
        if reading is not None and reading != word:
            return reading, name
    return None


@functools.cache
def _caesars() -> tuple[tuple[str, dict[int, int]], ...]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    shifts = [(f"shifted by {n}", str.maketrans(letters, letters[n:] + letters[:n])) for n in range(1, 26)]
    return (shifts[12], *shifts[:12], *shifts[13:], ("atbash", str.maketrans(letters, letters[::-1])))


def shifted(words: Iterable[str], known: KnownWords) -> tuple[str, dict[int, int]] | None:
    """Return the alphabet under which most of some unknown words become words: atbash or a shift.

    Args:
        words: Unknown words of three letters or more.
        known: The vocabulary.
    """
    unknown = [word for word in words if word.isascii() and word.isalpha()][:8]
    if sum(map(len, unknown)) < 8:
        return None
    for name, table in _caesars():
        read = [word.translate(table) for word in unknown]
        if sum(known.is_turned(word) for word in read) > 0.7 * len(unknown):
            return name, table
    return None

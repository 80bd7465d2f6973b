"""Encodings that carry text inside text: base64, hexadecimal, percent, entities, binary, Morse, spelling alphabets.

Each reads one match in place. What could also be something else (a file name, a row of numbers, three dots) is read
only if words come out of it.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from ethical_lens.text.vocabulary import KnownWords

_WORDS: Final = re.compile(r"[a-z]{3,}")

_NATO: Final = (
    "alfa|alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett|juliet|kilo|lima|mike|november|oscar|papa"
    "|quebec|romeo|sierra|tango|uniform|victor|whiskey|whisky|x-ray|xray|yankee|zulu"
)
_NATO_WORDS: Final = frozenset(_NATO.split("|"))
_MORSE: Final = {
    ".-": "a", "-...": "b", "-.-.": "c", "-..": "d", ".": "e", "..-.": "f", "--.": "g", "....": "h", "..": "i",
    ".---": "j", "-.-": "k", ".-..": "l", "--": "m", "-.": "n", "---": "o", ".--.": "p", "--.-": "q", ".-.": "r",
    "...": "s", "-": "t", "..-": "u", "...-": "v", ".--": "w", "-..-": "x", "-.--": "y", "--..": "z", "/": " ",
    "|": " ",
}  # fmt: skip
_DITS: Final = str.maketrans(
    {"\u00b7": ".", "\u2022": ".", "\u2013": "-", "\u2014": "-", "\u2212": "-", "_": "-", "\u2026": "..."}
)
_NAMED_ENTITIES: Final = frozenset(("&amp;", "&nbsp;", "&quot;", "&lt;", "&gt;", "&apos;", "&#39;", "&#34;"))


def _percent(token: str) -> str | None:
    return unquote(token, errors="ignore")


def _entities(token: str) -> str | None:
    return None if token in _NAMED_ENTITIES else html.unescape(token)


def _escapes(token: str) -> str | None:
    codes = re.findall(
        r"\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|U\+([0-9A-Fa-f]{4,5})", token
    )
    return "".join(chr(int(code, 16)) for groups in codes for code in groups if code and int(code, 16) < 0x110000)


def _tags(token: str) -> str | None:
    """Read characters of the invisible tag block."""
    return "".join(chr(ord(character) - 0xE0000) for character in token if 0x20 <= ord(character) - 0xE0000 < 0x7F)


def _hexadecimal(token: str) -> str | None:
    digits = re.sub(r"0x|[^0-9A-Fa-f]", "", token)
    return readable(bytes.fromhex(digits)) if len(digits) % 2 == 0 else None


def _binary(token: str) -> str | None:
    digits = re.sub(r"[^01]", "", token)
    return readable(bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits) - 7, 8)))


def _decimals(token: str) -> str | None:
    numbers = [int(number) for number in re.findall(r"\d+", token)]
    return readable(bytes(numbers)) if all(32 <= number < 127 for number in numbers) else None


def _places(token: str) -> str | None:
    """Read numbers as places in the alphabet."""
    numbers = [int(number) for number in re.findall(r"\d+", token)]
    return "".join(chr(96 + number) for number in numbers) if all(1 <= number <= 26 for number in numbers) else None


def _morse(token: str) -> str | None:
    letters = [_MORSE.get(sign) for sign in token.translate(_DITS).split()]
    return "".join(letter for letter in letters if letter) if all(letters) else None


def _spelling(token: str) -> str | None:
    return "".join(word[0] for word in re.findall(r"[a-z][a-z\-]*", token.lower()))


def _base64(token: str) -> str | None:
    if "=" not in token and token.isalpha() and (token.islower() or token[1:].islower()):
        return None
    body = token.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        found = readable(base64.b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        found = None
    return found or _base32(token)


def _base32(token: str) -> str | None:
    body = token.rstrip("=")
    if not re.fullmatch(r"[A-Z2-7]{12,}", body):
        return None
    try:
        return readable(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError):
        return None


_BYTE: Final = "[0-9A-Fa-f]{2}"
_BESIDE_PERCENT: Final = r"[^\s%\"'()]{0,20}"
_DIT: Final = r"[.\-\u00b7\u2022\u2013\u2014\u2212_\u2026]"

_CARRIERS: Final[tuple[tuple[str, str, Callable[[str], str | None], bool], ...]] = (
    # name, pattern, how it is read, whether the result must hold words
    (
        "percent",
        rf"(?:{_BESIDE_PERCENT}%{_BYTE}){{2,}}{_BESIDE_PERCENT}|[^\W\d_]+%[46-7][0-9A-Fa-f][^\W\d_]+",
        _percent,
        True,
    ),
    ("entities", r"&#x?[0-9A-Fa-f]{1,6};|&[A-Za-z]{3,8};", _entities, False),
    (
        "escapes",
        rf"(?:\\u\{{[0-9A-Fa-f]{{1,6}}\}}|\\u[0-9A-Fa-f]{{4}}|\\x{_BYTE}|U\+[0-9A-Fa-f]{{4,5}} ?)+",
        _escapes,
        False,
    ),
    ("tags", "[\U000e0020-\U000e007f]+", _tags, False),
    ("binary", r"\b[01]{8}(?:[ ,]?[01]{8}){2,}\b", _binary, False),
    (
        "hexadecimal",
        rf"\b(?:0x)?{_BYTE}(?:[ ,:\-]{{1,2}}(?:0x)?{_BYTE}){{2,}}\b|\b(?:{_BYTE}){{4,}}\b",
        _hexadecimal,
        True,
    ),
    ("decimals", r"\b\d{2,3}(?:[ ,\-]{1,2}\d{2,3}){2,}\b", _decimals, True),
    ("places", r"\b\d{1,2}(?:[ ,.\-]{1,2}\d{1,2}){2,}\b", _places, True),
    ("morse", rf"(?<!\S){_DIT}{{1,6}}(?: {{1,3}}(?:{_DIT}{{1,6}}|[/|])(?!\S)){{2,}}", _morse, True),
    ("spelling", rf"(?i:\b(?:{_NATO})(?:[ ,\-.]{{1,2}}(?:{_NATO}))+\b)", _spelling, True),
    ("base64", r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{8,}={0,2}", _base64, True),
)
_ANY: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern, _, _ in _CARRIERS))
_READERS: Final = {name: (reader, checked) for name, _, reader, checked in _CARRIERS}

_SUSPECT: Final = re.compile(
    "[%&\\\\\U000e0020-\U000e007f]|\\d\\d|\\d[ ,.\\-]|[a-z][A-Z0-9]|[A-Z2-7]{8}|U\\+"
    "|[.\\-\u00b7\u2022\u2013\u2014\u2212_\u2026] [.\\-\u00b7\u2022\u2013\u2014\u2212_\u2026]"
)
"""What a text with an encoding in it has; most have nothing of it."""


def carried(text: str, known: KnownWords | None) -> Iterator[tuple[int, int, str]]:
    """Yield the ranges of a text that carry another one, with what they carry.

    Args:
        text: The original text.
        known: Tells words from chance; None trusts whatever is readable.
    """
    if not (_SUSPECT.search(text) or spells_out(re.split(r"[\s,.\-]+", text.lower()))):
        return
    for match in _ANY.finditer(text):
        name = match.lastgroup or ""
        token = match.group()
        if name == "base64" and token.isalpha() and token.isascii() and token[1:].islower():
            continue
        reader, checked = _READERS[name]
        content = reader(token)
        if not content or content == token:
            continue
        if known is not None and content.isalpha() and content.isascii() and content.lower() not in known:
            content = " ".join(known.split(content.lower(), 3) or [content])
        if checked and not _holds_words(content, known, always=name in ("base64", "hexadecimal", "percent")):
            continue
        yield match.start(), match.end(), content


def spells_out(words: Sequence[str]) -> bool:
    """Return whether three or more folded words are those of the spelling alphabet."""
    return len(_NATO_WORDS.intersection(words)) > 2


def readable(content: bytes) -> str | None:
    """Return bytes as text if they are mostly letters."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = sum(character.isalpha() or character in " ,.'-" for character in text)
    return text if letters >= 0.85 * len(text) and len(text) >= 4 else None


def _holds_words(content: str, known: KnownWords | None, *, always: bool) -> bool:
    if known is None or not known.complete:
        # Too few words are known to judge; only long contents are trusted.
        words = _WORDS.findall(content.lower())
        return (always and len(content) >= 8) or (known is not None and any(word in known for word in words))
    words = _WORDS.findall(content.lower())
    letters = sum(len(word) for word in words if word in known)
    return letters >= 3 and letters >= 0.5 * sum(not character.isspace() for character in content)

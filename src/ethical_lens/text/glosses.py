"""English glosses of prompts in other languages: every word, or the longest known phrase, from small dictionaries.

The text model reads English. A prompt in a language that has a dictionary under ``glosses/`` is replaced by its
glosses, in the order of the original; a prompt in any other language is recognised as such: the caller decides.
"""

# ruff: noqa: RUF001, SIM905  (letters of many scripts are what this module is about; word lists read best as text)
from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
OTHER: Final = "other"
LATIN: Final = ("de", "es", "fr", "it", "pt")
LANGUAGES: Final = (*LATIN, "ar", "hi", "ja", "ru", "zh")
_UNSPACED: Final = frozenset({"ja", "zh"})
_FOLDER: Final = Path(__file__).with_name("glosses")

_REMEMBERED: Final = 4096
"""Words of a language whose glosses are kept at hand."""
_SHORTEST_INFLECTED: Final = 4
_PLURALS: Final = frozenset({"s", "e", "es", "x", "n", "en", "er"})
"""Endings that the words of a phrase may take."""
_GAP: Final = "~"
"""Stands between the verb and its particle in forms such as ``lach* ~ aus``."""
_FURTHEST_PARTICLE: Final = 10
_SILENT: Final = "-"
"""Gloss of function words that carry nothing."""
_LONGEST_ENDING: Final = 5
_SHORTEST_STEM: Final = 2
_JOINED: Final = r"\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0962\u0963\u200c\u200d"
"""Marks and signs that belong to the letter before: accents, Arabic and Devanagari vowels, joiners."""
_WORD: Final = re.compile(rf"(?:[^\W_]|[{_JOINED}])+")
_BREAK: Final = re.compile(r"[,.;:!?()\[\]\"«»“”„،؛؟。，、！？\n|]")
_KEPT_MARKS: Final = {"،": ",", "؛": ";", "؟": "?", "。": ".", "，": ",", "、": ",", "！": "!", "？": "?", "।": "."}

_INFLECTIONS: Final = {
    "de": (
        "e:", "n:", "en:", "er:", "s:", "es:", "em:", "in:", "innen:", "ern:", "inn:", "nen:", "se:", "sen:",
        "chen:", "chen:e", "lein:",
    ),
    "es": (
        "s:", "es:", "as:o", "a:o", "a:", "as:", "ces:z", "itos:o", "itas:a", "ito:o", "ita:a", "ito:", "ita:o",
        "itas:o", "isimo:o", "isima:o",
    ),
    "fr": (
        "s:", "x:", "e:", "es:", "aux:al", "lle:l", "lles:l", "nne:n", "nnes:n", "euse:eur", "euses:eur",
        "trice:teur", "trices:teur", "ive:if", "ives:if", "euse:eux", "euses:eux", "tte:t", "ttes:t", "sse:s",
        "sses:s", "ve:f", "ves:f",
    ),
    "it": (
        "i:o", "e:a", "i:e", "a:o", "e:o", "hi:o", "he:a", "i:io", "trice:tore", "trici:tore", "i:a", "ini:o",
        "ino:o", "ina:a", "he:o", "ine:a", "sima:so",
    ),
    "pt": (
        "s:", "es:", "as:o", "a:o", "a:", "as:", "oes:ao", "aes:ao", "aos:ao", "ais:al", "eis:el", "ois:ol", "ns:m",
        "a:ao", "as:ao", "ona:ao", "inho:o", "inha:a", "inhos:o", "inhas:a", "zinho:", "zinha:", "oas:ao", "oa:ao",
    ),
}  # fmt: skip
"""``ending:ending of the dictionary form``, without marks."""
_COGNATES: Final = {
    "de": ("ismus:ism", "isch:ic", "ische:ic", "ischer:ic", "isches:ic", "ischen:ic", "ist:ist", "taet:ty", "tat:ty",
           "ik:ic", "ie:y", "ell:al", "elle:al", "iv:ive", "ive:ive", "ieren:ate", "ierung:ation", "e:", "en:", "s:"),
    "es": ("cion:tion", "ciones:tions", "sion:sion", "dad:ty", "dades:ties", "ismo:ism", "ista:ist", "istas:ists",
           "mente:ly", "ico:ic", "ica:ic", "icos:ic", "icas:ic", "ico:ical", "ica:ical", "oso:ous", "osa:ous",
           "ivo:ive", "iva:ive", "ante:ant", "ente:ent", "ario:ary", "aria:ary", "encia:ence", "encia:ency",
           "ancia:ance", "ia:y", "ia:", "io:y", "ura:ure", "ado:ated", "ada:ated", "o:", "a:", "e:", "o:e", "a:e",
           "os:s", "as:s", "es:s", "re:er", "al:al"),
    "fr": ("ion:ion", "te:ty", "isme:ism", "iste:ist", "ment:ly", "ement:ly", "ique:ic", "ique:ical", "iques:ic",
           "eux:ous", "euse:ous", "if:ive", "ive:ive", "aire:ary", "ie:y", "eur:or", "eur:er", "re:er", "e:", "es:s",
           "x:s", "s:s", "s:", "el:al", "elle:al"),
    "it": ("zione:tion", "zioni:tions", "sione:sion", "ta:ty", "ismo:ism", "ista:ist", "isti:ists", "mente:ly",
           "ico:ic", "ica:ic", "ici:ic", "iche:ic", "ico:ical", "ica:ical", "oso:ous", "osa:ous", "ivo:ive",
           "iva:ive", "ante:ant", "ente:ent", "ario:ary", "enza:ence", "anza:ance", "ia:y", "ura:ure", "o:", "a:",
           "e:", "o:e", "a:e", "i:s", "e:s", "ale:al", "ali:al", "tore:tor", "re:er"),
    "pt": ("cao:tion", "coes:tions", "sao:sion", "dade:ty", "dades:ties", "ismo:ism", "ista:ist", "istas:ists",
           "mente:ly", "ico:ic", "ica:ic", "icos:ic", "icas:ic", "ico:ical", "ica:ical", "oso:ous", "osa:ous",
           "ivo:ive", "iva:ive", "ante:ant", "ente:ent", "ario:ary", "encia:ence", "ancia:ance", "ia:y", "ura:ure",
           "ado:ated", "ada:ated", "o:", "a:", "e:", "o:e", "a:e", "os:s", "as:s", "es:s", "re:er", "dor:tor"),
}  # fmt: skip
"""``ending:English ending`` of words that are spelt nearly as in English; tried only where the result is English."""
_CLITICS: Final = {
    "es": ("selos", "selas", "selo", "sela", "melo", "telo", "nos", "los", "las", "les", "lo", "la", "le", "se", "me",
           "te"),
    "it": ("glielo", "gli", "lo", "la", "li", "le", "si", "mi", "ti", "ci", "ne"),
}  # fmt: skip
"""Pronouns that hang on infinitives and gerunds, longest first."""
_ARABIC_PREFIXES: Final = (
    "", "ال", "و", "وال", "بال", "لل", "ب", "ل", "ف", "فال", "كال", "ك", "وبال", "ولل", "وب", "ول", "س",
)  # fmt: skip
_ARABIC_SUFFIXES: Final = (
    "", "ه", "ات", "ين", "ون", "ان", "ها", "هم", "هن", "كم", "نا", "ك", "ي", "يه", "ته", "تها", "تهم", "اته", "اتها",
    "وا", "ت", "ا", "هما", "ني",
)  # fmt: skip
_GERMAN_ENDINGS: Final = frozenset(
    "e en er es em n s st t te ten tet ter tes tem test end ende enden ender endes endem et ete eten in innen isch "
    "ische ischen ischer isches lich liche lichen licher ung ungen ern eln erin erinnen ers keit heit los lose losen "
    "ig ige igen iger ler rn ndem nd nde nden nder ndes".split()
)
_GERMAN_LINKS: Final = ("", "s", "n", "en", "es", "er", "e", "ens")
_GERMAN_PARTICLES: Final = frozenset(
    "ab als alle alles aber am an auf aus bei beim bis da das dem den der des die dies diese durch ein eine einem "
    "einen einer eines er es für fur gegen hat hier hin ihr ihre im in ins ist kein keine los man mit nach neben nicht "
    "noch nur ob oder ohne sehr sein seine sich sie sind so uber über um und uns unter viel viele vom von vor war was "
    "wer wie wir wird zu zum zur zwei".split()
)
"""Words that begin many German words without being a part of a compound."""
_SHORTEST_COMPOUND: Final = 7

_SCRIPTS: Final = (
    ("han", 0x3400, 0x9FFF), ("kana", 0x3041, 0x30FF), ("kana", 0x31F0, 0x31FF), ("kana", 0xFF66, 0xFF9D),
    ("cyrillic", 0x0400, 0x052F), ("arabic", 0x0620, 0x06FF), ("arabic", 0x0750, 0x077F), ("arabic", 0xFB50, 0xFEFC),
    ("devanagari", 0x0900, 0x097F),
)  # fmt: skip
_HAN_WEIGHT: Final = 3
"""An ideograph says as much as about this many letters."""
_FOREIGN_SCRIPT_SHARE: Final = 0.3
_ALIEN: Final = {
    "cyrillic": frozenset("іїєґўјљњћђџѓќѕәғқңөұүһ"),
    "arabic": frozenset("پچژگکیٹڈڑںےہھۇۆېە"),
    "latin": frozenset("ąęłńśźżćčďěňřšťůžğışőűșțåøæœđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹāēīūģķļņėįų")
    - frozenset("æœ"),
}
"""Letters that the languages with a dictionary do not use."""
_KNOWN_ENOUGH: Final = 0.25
_TOO_FEW_TO_TELL: Final = 3
"""So many unknown words may still be an English prompt of names and jargon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The language a text is probably in."""

    code: str
    """A code of ``LANGUAGES``, ``"en"``, or ``"other"``."""
    share: float
    """Share of its words that the language's dictionary knows, in [0, 1]; for ``"other"`` the best share seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossSpan:
    """A gloss and the words that it stands for."""

    start: int
    """First character in the gloss text."""
    end: int
    """One past the last character in the gloss text."""
    original_start: int
    """First character in the original."""
    original_end: int
    """One past the last character in the original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossed:
    """A text, word by word in English."""

    text: str
    share_known: float
    """Share of the content words that were known, in [0, 1]; names and numbers do not count."""
    spans: tuple[GlossSpan, ...]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the range of the original that a range of the gloss stands for; nothing where it holds no gloss."""
        hit = [span for span in self.spans if span.start < end and start < span.end]
        if not hit:
            return None
        return min(span.original_start for span in hit), max(span.original_end for span in hit)


def language(text: str) -> Guess:
    """Guess the language of a text by its script and by how many words each dictionary knows.

    English is the answer in doubt, so that an English prompt may hold a foreign word or name.

    Args:
        text: A prompt.

    Returns:
        The language and the share of known words.

    Example:
        >>> language("a cup of coffee in a café").code
        'en'
        >>> language("una taza de café en la cocina").code
        'es'
    """
    letters = _letters(text)
    total = sum(letters.values())
    if not total:
        return Guess(code=ENGLISH, share=1.0)
    foreign = {script: count for script, count in letters.items() if script != "latin"}
    if sum(foreign.values()) < _FOREIGN_SCRIPT_SHARE * total:
        return _latin_language(text)
    return _script_language(text, max(foreign, key=lambda script: foreign[script]), foreign)


def gloss(text: str, code: str) -> Glossed:
    """Replace the words of a text by their English glosses, in the order of the text.

    Unknown words are left out, unless they are English, numbers, or look like names.

    Args:
        text: A prompt.
        code: One of ``LANGUAGES``.

    Returns:
        The gloss with the ranges of the original.

    Raises:
        KeyError: If there is no dictionary for the language.

    Example:
        >>> gloss("Amigos bajo un puente", "es").text
        'friend under a bridge'
    """
    glossary = shipped(code)
    pieces = _unspaced_pieces(text, glossary) if code in _UNSPACED else _spaced_pieces(text, glossary)
    return _assemble(text, list(pieces))


@functools.cache
def shipped(code: str) -> Glossary:
    """Return a dictionary that comes with the package.

    Args:
        code: One of ``LANGUAGES``.

    Raises:
        KeyError: If there is none.
    """
    if code not in LANGUAGES:
        raise KeyError(f"expected one of {', '.join(LANGUAGES)}, got {code!r}")
    path = _FOLDER / f"{code}.tsv"
    return Glossary(path.read_text(encoding="utf-8") if path.exists() else "", code)


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    """Without marks; a stem ends in ``*``."""
    english: str


class Glossary:
    """A dictionary into English. The format is described in ``glosses/FORMAT.md``.

    Args:
        text: Lines of a form, a tab, and its English.
        code: Language.
    """

    __slots__ = (
        "_begun", "_endings", "_exact", "_known", "_longest", "_parted_by", "_phrases", "_plain", "_stems", "code",
    )  # fmt: skip

    def __init__(self, text: str, code: str) -> None:
        self.code = code
        rules = (rule.partition(":") for rule in _INFLECTIONS.get(code, ()))
        self._endings = tuple((ending, -len(ending), root) for ending, _, root in rules)
        self._known = functools.lru_cache(maxsize=_REMEMBERED)(self._look_up)
        self._exact: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        self._phrases: dict[str, list[_Phrase]] = {}
        for line in text.splitlines():
            form, tab, english = line.partition("\t")
            if tab and form[0] != "#":
                self._add(_lower(form.strip()), english.strip())
        self._begun = functools.lru_cache(maxsize=_REMEMBERED)(self._phrases_begun_by)
        self._parted_by = functools.lru_cache(maxsize=_REMEMBERED)(self._verbs_parted)
        self._longest = max(map(len, self._exact), default=0)

    def __len__(self) -> int:
        return len(self._exact) + len(self._stems) + sum(map(len, self._phrases.values()))

    def english(self) -> Iterator[str]:
        """Yield every gloss."""
        yield from self._exact.values()
        yield from self._stems.values()
        for phrases in self._phrases.values():
            yield from (phrase.english for phrase in phrases)

    def phrase(self, words: Sequence[str]) -> tuple[int, str] | None:
        """Return how many of the words, from the first on, make the longest known phrase, and its gloss.

        Args:
            words: Words in lower case.
        """
        for phrase in self._begun(words[0]) if words else ():
            if self._fits(phrase, words):
                return len(phrase.words), phrase.english
        return None

    def parted(self, words: Sequence[str]) -> tuple[int, str] | None:
        """Return where the particle of a parted verb stands, and the gloss of both, if the first word is such a verb.

        Args:
            words: Words in lower case, up to the end of the clause.
        """
        for phrase in self._parted_by(words[0]) if words else ():
            particle = phrase.words[-1]
            if particle in words[1:_FURTHEST_PARTICLE]:
                return words.index(particle, 1), phrase.english
        return None

    def word(self, word: str) -> str | None:
        """Return the gloss of a word in lower case; nothing where it is unknown."""
        return self._known(word)[0]

    def piece(self, text: str, start: int) -> tuple[int, str] | None:
        """Return the length and gloss of the longest form that stands at ``start``: for scripts without spaces."""
        for length in range(min(self._longest, len(text) - start), 0, -1):
            english = self._exact.get(text[start : start + length])
            if english is not None:
                return length, english
        return None

    def familiarity(self, word: str) -> float:
        """Return how sure the word in lower case is one of this language, in [0, 1]."""
        return self._known(word)[1]

    def _look_up(self, word: str) -> tuple[str | None, float]:
        exact = self._exact.get(word)
        if exact is not None:
            return exact, 1.0
        bare = plain(word)
        found = self._whole(bare) or self._stem(bare)
        if found is not None:
            return found, 0.8
        found = self._apart(bare)
        return found, 0.6 if found is not None else 0.0

    def _add(self, form: str, english: str) -> None:
        if " " in form:
            words = tuple(plain(word) for word in form.split())
            self._phrases.setdefault(words[0], []).insert(0, _Phrase(words, english))
        elif form.endswith("*"):
            for spelling in self._spellings(form[:-1]):
                self._stems[spelling] = english
        else:
            self._exact[form] = english
            for spelling in self._spellings(form):
                self._plain[spelling] = english

    def _spellings(self, form: str) -> set[str]:
        spellings = {plain(form)}
        if self.code == "de":
            spellings.add(plain(form.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")))
        return spellings

    def _phrases_begun_by(self, word: str) -> tuple[_Phrase, ...]:
        bare = plain(word)
        keys = [bare, bare.removesuffix("s"), *(bare[:end] + "*" for end in _ends(bare))] if self._phrases else []
        begun = [
            phrase for key in dict.fromkeys(keys) for phrase in self._phrases.get(key, ()) if _GAP not in phrase.words
        ]
        return tuple(sorted(begun, key=lambda phrase: -len(phrase.words)))

    def _verbs_parted(self, word: str) -> tuple[_Phrase, ...]:
        bare = plain(word)
        keys = [bare, *(bare[:end] + "*" for end in _ends(bare))] if self._phrases else []
        return tuple(phrase for key in keys for phrase in self._phrases.get(key, ()) if _GAP in phrase.words)

    def _fits(self, phrase: _Phrase, words: Sequence[str]) -> bool:
        return len(phrase.words) <= len(words) and all(
            _is_form_of(plain(word), form) for form, word in zip(phrase.words, words, strict=False)
        )

    def _whole(self, bare: str) -> str | None:
        found = self._exact.get(bare) or self._plain.get(bare)
        if found is not None:
            return found
        for ending, length, root in self._endings:
            if bare.endswith(ending) and len(bare) + length + len(root) > _SHORTEST_STEM:
                found = self._plain.get(bare[:length] + root)
                if found is not None and found != _SILENT:
                    return found
        return None

    def _stem(self, bare: str) -> str | None:
        for end in _ends(bare):
            found = self._stems.get(bare[:end])
            if found is not None and (self.code != "de" or end == len(bare) or bare[end:] in _GERMAN_ENDINGS):
                return found
        return None

    def _apart(self, bare: str) -> str | None:
        if self.code == "de":
            return self._compound(bare, 3)
        if self.code == "ar":
            return self._without_arabic_clitics(bare)
        for clitic in _CLITICS.get(self.code, ()):
            if bare.endswith(clitic) and len(bare) - len(clitic) > 3:
                found = self._stem(bare[: -len(clitic)])
                if found is not None:
                    return found
        return None

    def _compound(self, bare: str, cuts: int) -> str | None:
        if not cuts or len(bare) < _SHORTEST_COMPOUND - 1:
            return None
        for end in range(len(bare) - 3, 2, -1):
            first = self._head(bare[:end])
            if first is None:
                continue
            rest = bare[end:]
            last = None if rest in _GERMAN_PARTICLES else self._whole(rest) or self._stem(rest)
            last = last or self._compound(rest, cuts - 1)
            if last is not None and last != _SILENT:
                return f"{first} {last}"
        return None

    def _head(self, part: str) -> str | None:
        for link in _GERMAN_LINKS:
            root = part[: len(part) - len(link)]
            if not part.endswith(link) or len(root) < 3 or root in _GERMAN_PARTICLES:
                continue
            found = self._plain.get(root) or (self._stems.get(root) if len(root) > 3 else None)
            if found is None and not link and len(root) > 3:
                found = self._plain.get(root + "e")
            if found is not None and found != _SILENT:
                return found
        return None

    def _without_arabic_clitics(self, bare: str) -> str | None:
        for prefix in _ARABIC_PREFIXES:
            for suffix in _ARABIC_SUFFIXES:
                root = bare[len(prefix) : len(bare) - len(suffix)]
                if len(root) < 2 or not (bare.startswith(prefix) and bare.endswith(suffix)):
                    continue
                found = self._plain.get(root) or (self._plain.get(root + "ه") if suffix else None)
                found = found or (self._stem(root) if len(root) > 2 else None)
                if found is not None:
                    return found
        return None


def _is_form_of(bare: str, form: str) -> bool:
    """Whether a word of a text is a word of a phrase, its plural or feminine, or of its stem."""
    if bare == form:
        return True
    if form[-1] == "*":
        return bare.startswith(form[:-1]) and len(bare) - len(form) < _LONGEST_ENDING
    if len(form) <= _SHORTEST_INFLECTED:
        return False
    if bare.startswith(form):
        return bare[len(form) :] in _PLURALS
    return len(bare) == len(form) and bare[:-1] == form[:-1]


def _ends(bare: str) -> range:
    """Return where the stem of a word may end, longest stem first."""
    return range(len(bare), max(len(bare) - _LONGEST_ENDING, _SHORTEST_STEM) - 1, -1)


def plain(word: str) -> str:
    """Return a word without the marks that hasty writers leave out: accents, Arabic vowels and hamzas, nuktas.

    >>> plain("gefängnis"), plain("niños"), plain("straße")
    ('gefangnis', 'ninos', 'strasse')
    """
    return word if word.isascii() else word.translate(_marks_dropped())


class _PlainLetters(dict[int, str]):
    """Letters without marks, found out when they are first met."""

    def __missing__(self, code: int) -> str:
        kept = (mark for mark in unicodedata.normalize("NFD", chr(code)) if not _is_droppable(mark))
        self[code] = unicodedata.normalize("NFC", "".join(kept))
        return self[code]


@functools.cache
def _marks_dropped() -> _PlainLetters:
    special = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "й": "й", "ё": "е", "ى": "ي", "ة": "ه", "ـ": "", "ٱ": "ا"}
    special |= {"ँ": "ं", "़": "", "\u200c": "", "\u200d": ""}
    return _PlainLetters({ord(letter): other for letter, other in special.items()})


def _lower(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).lower()


def _is_droppable(mark: str) -> bool:
    return "\u0300" <= mark <= "\u036f" or "\u064b" <= mark <= "\u065f" or mark == "\u0670" or mark == "\u093c"


@dataclass(frozen=True, slots=True)
class _Word:
    shown: str
    start: int
    end: int
    begins: bool
    """No word stands before it, or the last one ended a phrase."""

    @property
    def lower(self) -> str:
        return _lower(self.shown)


@dataclass(frozen=True, slots=True)
class _Piece:
    english: str | None
    start: int
    end: int
    weight: float
    """Of a content word; 0 for names, numbers and function words."""


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    last = 0
    for match in _WORD.finditer(text):
        begins = not words or _BREAK.search(text, last, match.start()) is not None
        words.append(_Word(match.group(), match.start(), match.end(), begins))
        last = match.end()
    return words


def _spaced_pieces(text: str, glossary: Glossary) -> Iterator[_Piece]:
    words = _words(text)
    lower = [word.lower for word in words]
    names_are_capital = glossary.code != "de" and sum(word.shown[0].isupper() for word in words) <= len(words) / 2
    particles: set[int] = set()
    index = 0
    while index < len(words):
        word = words[index]
        clause = lower[index : _end_of_phrase(words, index)]
        parted = glossary.parted(clause)
        if parted is not None:
            particles.add(index + parted[0])
        count, english = (parted and (1, parted[1])) or glossary.phrase(clause) or (1, glossary.word(lower[index]))
        if index in particles:
            count, english = 1, _SILENT
        end = words[index + count - 1].end
        if english is not None:
            yield _Piece(None if english == _SILENT else english, word.start, end, float(english != _SILENT))
        else:
            yield _unknown(word, lower[index], glossary.code, names_are_capital)
        index += count


def _end_of_phrase(words: Sequence[_Word], index: int) -> int:
    end = index + 1
    while end < len(words) and not words[end].begins:
        end += 1
    return end


def _unknown(word: _Word, lower: str, code: str, names_are_capital: bool) -> _Piece:
    english = lower if is_english(lower) else _cognate(plain(lower), code)
    if english is not None:
        return _Piece(english, word.start, word.end, 1.0)
    capital = word.shown[0].isupper()
    is_name = lower.isnumeric() or (capital and names_are_capital and not word.begins)
    foreign = lower.isascii() and code not in LATIN
    return _Piece(word.shown if capital or is_name or foreign else None, word.start, word.end, float(not is_name))


def _cognate(bare: str, code: str) -> str | None:
    for ending, english in _cognate_endings(code):
        if bare.endswith(ending) and len(bare) - len(ending) > 3:
            word = bare[: -len(ending)] + english
            if word in _english_words():
                return word
    return None


@functools.cache
def _cognate_endings(code: str) -> tuple[tuple[str, str], ...]:
    return tuple((ending, english) for ending, _, english in (rule.partition(":") for rule in _COGNATES.get(code, ())))


def _unspaced_pieces(text: str, glossary: Glossary) -> Iterator[_Piece]:
    folded = "".join(_one_letter(letter) for letter in text)
    index = 0
    while index < len(folded):
        letter = folded[index]
        latin = _WORD.match(folded, index) if letter.isascii() and letter.isalnum() else None
        if latin is not None:
            end = next((at for at in range(index, latin.end()) if not folded[at].isascii()), latin.end())
            yield _Piece(text[index:end], index, end, 0.0)
            index = end
            continue
        length, english = glossary.piece(folded, index) or (1, None)
        if english is None or (_inside_katakana(folded, index, length)):
            length = 1
            if _script(letter) in ("han", "kana"):
                yield _Piece(None, index, index + 1, 0.3 if "ぁ" <= letter <= "ん" else 1.0)
        elif english == _SILENT:
            yield _Piece(None, index, index + length, 0.0)
        else:
            yield _Piece(english, index, index + length, float(length))
        index += length


def _one_letter(letter: str) -> str:
    folded = unicodedata.normalize("NFKC", letter).lower()
    return folded if len(folded) == 1 else letter


def _inside_katakana(text: str, start: int, length: int) -> bool:
    """Whether a short hit stands amid a longer foreign word, where it means nothing."""

    def is_katakana(at: int) -> bool:
        return 0 <= at < len(text) and ("ァ" <= text[at] <= "ヺ" or text[at] == "ー")

    return length < 3 and is_katakana(start) and (is_katakana(start - 1) or is_katakana(start + length))


def _assemble(text: str, pieces: Sequence[_Piece]) -> Glossed:
    glossed = ""
    spans: list[GlossSpan] = []
    last = 0
    for piece in pieces:
        glossed += _marks(text[last : piece.start]) if glossed else ""
        last = piece.end
        if piece.english is None:
            continue
        if glossed:
            glossed += " "
        start = len(glossed)
        glossed += piece.english
        spans.append(GlossSpan(start=start, end=len(glossed), original_start=piece.start, original_end=piece.end))
    weight = sum(piece.weight for piece in pieces)
    known = sum(piece.weight for piece in pieces if piece.english is not None and not _is_kept(piece, text))
    return Glossed(text=glossed, share_known=known / weight if weight else 1.0, spans=tuple(spans))


def _is_kept(piece: _Piece, text: str) -> bool:
    """Whether an unknown word stands in the gloss as it was, in the hope that it is a name."""
    return piece.english == text[piece.start : piece.end] and not is_english(piece.english.lower())


def _marks(gap: str) -> str:
    marks = [_KEPT_MARKS.get(mark, mark) for mark in gap if mark in _KEPT_MARKS or mark in ",.;:!?"]
    return marks[0] if marks else ""


def _letters(text: str) -> dict[str, int]:
    letters: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = _script(letter)
            letters[script] = letters.get(script, 0) + (_HAN_WEIGHT if script == "han" else 1)
    return letters


@functools.lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    code = ord(letter)
    if code < 0x250 or 0x1E00 <= code < 0x1F00 or 0xFF21 <= code <= 0xFF5A:
        return "latin"
    return next((name for name, first, last in _SCRIPTS if first <= code <= last), OTHER)


def _script_language(text: str, script: str, letters: dict[str, int]) -> Guess:
    if script in ("han", "kana"):
        code = "ja" if letters.get("kana") else "zh"
        share = gloss(text, code).share_known
        return Guess(code=code, share=share)
    code = {"cyrillic": "ru", "arabic": "ar", "devanagari": "hi"}.get(script, OTHER)
    if code == OTHER:
        return Guess(code=OTHER, share=0.0)
    words = [word.lower for word in _words(text)]
    share = sum(shipped(code).familiarity(word) > 0 for word in words) / len(words)
    alien = sum(not _ALIEN.get(script, frozenset()).isdisjoint(word) for word in words) / len(words)
    is_it = share >= _KNOWN_ENOUGH and alien < _KNOWN_ENOUGH
    return Guess(code=code if is_it else OTHER, share=share)


def _latin_language(text: str) -> Guess:
    words = [word.lower for word in _words(text) if not word.shown.isnumeric()]
    if not words:
        return Guess(code=ENGLISH, share=1.0)
    english = sum(map(is_english, words))
    if english == len(words):
        return Guess(code=ENGLISH, share=1.0)
    scores = {code: sum(map(shipped(code).familiarity, words)) for code in LATIN}
    best = max(LATIN, key=lambda code: scores[code])
    others = sum(map(_is_elsewhere, words))
    if others > max(english, scores[best]):
        return Guess(code=OTHER, share=max(english, scores[best]) / len(words))
    if scores[best] > english and scores[best] >= _KNOWN_ENOUGH * len(words):
        return Guess(code=best, share=min(1.0, scores[best] / len(words)))
    if not english and len(words) > _TOO_FEW_TO_TELL and not any(word.shown[0].isupper() for word in _words(text)[1:]):
        return Guess(code=OTHER, share=scores[best] / len(words))
    return Guess(code=ENGLISH, share=english / len(words))


@functools.lru_cache(maxsize=_REMEMBERED)
def is_english(word: str) -> bool:
    """Whether a word in lower case is a common English one, in any of its endings."""
    # The short list answers for most words, so that the dictionaries are not read for an English prompt.
    return _is_form(word, _listed_words()) or _is_form(word, _english_words())


def _is_form(word: str, words: frozenset[str]) -> bool:
    if word in words:
        return True
    for ending in ("s", "es", "d", "ed", "ing", "ly", "er", "y"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and (root in words or root + "e" in words):
            return True
    return len(word) > 5 and word[-3:] == "ing" and word[-4] == word[-5] and word[:-4] in words


@functools.cache
def _listed_words() -> frozenset[str]:
    return frozenset(_list("english.txt"))


@functools.cache
def _english_words() -> frozenset[str]:
    words = set(_listed_words())
    for code in LANGUAGES:
        for english in shipped(code).english():
            words.update(english.lower().split())
    return frozenset(words - {_SILENT})


@functools.cache
def _elsewhere_words() -> frozenset[str]:
    return frozenset(_list("elsewhere.txt"))


def _is_elsewhere(word: str) -> bool:
    return word in _elsewhere_words() or not _ALIEN["latin"].isdisjoint(word)


def _list(name: str) -> list[str]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]

"""The words that a disguise may be hiding: a protocol, and two lists that fulfil it.

:class:`Vocabulary` knows a few words worth finding and little about the rest of the language. :class:`EnglishWords`
knows the language: a written form that it does not know is likely no word, so more daring readings can be tried.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

ROT13: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")

_VOWELS: Final = str.maketrans("", "", "aeiou")
_REPEATED: Final = re.compile(r"(.)\1+", re.DOTALL)

_TWO: Final = frozenset(
    """
    ad ah am an as at be by do ex go ha he hi ho id if in is it me mr ms my no of oh ok on or ox pa re so to tv
    uk up us vs we ye yo dr st hd cm mm kg km ft ii iv vi ai
""".split()  # noqa: SIM905 - a list of many words is read more easily so
)
"""Words of two letters; word lists hold many more, which are abbreviations and pieces."""

_THREE: Final = frozenset(
    """
    sit cup tom
    the and was for his her she you had but are not one him all has who out new two its can now may did off way
    how get any day see man war won end too old own air our few men set age got let top why due son say law saw
    art put six red led run car big far act per god low win yet ten sea hit yes met bed lot arm boy sir bad sat
    bit hot cut bay try mid via sun job guy key van ask eye ice die gun ago bar sex joe mom dad pre box oil era
    sky pop gas bus dog lay leg dry fox nor eat bag ear fun mix aid lie web kid fly fit dan hey cat sub map wet
    buy dvd lap row cry lip fan dam tie mad lit tea add gay net ill jaw tip odd hat roy dna pan mac oak hop cap
    tag rob sad fur joy gap aim fat bet ash pit bow duo lab jet ted raf bat bid pen nod fee inn ivy fix arc ram
    sin egg ski rod mud hug spy dug log cop kit pot gen pet pub bye ace tan toy zoo pin cab rat jar rid gut tin
    hub fog rap gym jam ion wow pig fin ham dig sip ink sec ore rip hay shy hid dot tap ups cow pie rim mel din
    bra pad beg toe bug lid raw ran owe hut kin axe mum rum ego tug owl icy tub tow wax wig zip blu fry nut rug
    rob sob dim elf tee lad mop vow nap elk rot wit fig gin sap bun cub fir hen ant ape hue rib rye sly hoe jug
    moss tar toy wed yen yum zen wee ale ark bud cod cue dew dip dye eel elm era gem hum ivy jab jog keg lag lax
    lug mat mob nun oar oat pea peg pod pry pun rag sac sag saw sea sew ski soy spa tab tax ton tux urn use vat
    vet vow web wok yak yam bow yes yet yew zap lux ray mug nil sum act ads aft aid ate awe aye bib big bin hog
    hem inn irk jut lob nab nit nip orb ova pal paw pep pew pox rig rut sod sow sty sup tic tot vex vie wan wry
    bum
""".split()  # noqa: SIM905 - a list of many words is read more easily so
)
"""Everyday words of three letters; the rest of what word lists hold is names, abbreviations and pieces."""

_COMMON_ENDINGS: Final = (
    ("iest", ("y",)),
    ("ness", ("",)),
    ("less", ("",)),
    ("like", ("",)),
    ("able", ("", "e")),
    ("ings", ("", "e")),
    ("ying", ("ie",)),
    ("ing", ("", "e")),
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("ier", ("y",)),
    ("ily", ("y",)),
    ("ers", ("", "e")),
    ("est", ("", "e")),
    ("ful", ("",)),
    ("ish", ("", "e")),
    ("es", ("", "e")),
    ("ed", ("", "e")),
    ("er", ("", "e")),
    ("or", ("", "e")),
    ("ly", ("", "le")),
    ("s", ("",)),
    ("y", ("", "e")),
)


class KnownWords(Protocol):
    """What a decoder asks about words; all words are folded, as :func:`~ethical_lens.text.normalize.normalize` does."""

    @property
    def complete(self) -> bool:
        """Whether a written form that is not ordinary here is likely no word at all."""
        ...

    def __contains__(self, word: str) -> bool:
        """Return whether this is a word that a disguise may hide."""
        ...

    def is_ordinary(self, word: str) -> bool:
        """Return whether this written form means itself and is not to be decoded."""
        ...

    def is_listed(self, word: str) -> bool:
        """Return whether this is a word as listed; stricter than ``in``, which also takes forms of listed words."""
        ...

    def is_turned(self, reading: str) -> bool:
        """Return whether a reading by which every letter moved is a listed or a hidden word."""
        ...

    def is_sought(self, word: str) -> bool:
        """Return whether this is a word that somebody may have a reason to disguise."""
        ...

    def strangers(self, words: Iterable[str]) -> set[str]:
        """Return those of the words that are not everyday words as they stand."""
        ...

    def split(self, letters: str, shortest: int = 1) -> list[str] | None:
        """Return the likeliest row of words that letters without spaces spell; None if they spell none."""
        ...

    def rank(self, word: str) -> int:
        """Return the place of a known word among all, 0 for the most common."""
        ...

    def unsqueeze(self, word: str) -> str | None:
        """Return the known word that differs from this one only in repeated letters."""
        ...

    def with_vowels(self, consonants: str) -> str | None:
        """Return the known word that leaves these letters when its vowels are dropped."""
        ...

    def with_one_more(self, word: str) -> str | None:
        """Return the known word that this one is, but for one letter that is missing."""
        ...

    def aims_at(self, word: str) -> bool:
        """Return whether a daring reading may end at this known word."""
        ...


class Vocabulary:
    """The words that a disguise may be hiding; with it, a reading changes only words that turn into one of these.

    Args:
        words: Folded words, as :func:`~ethical_lens.text.normalize.normalize` leaves them.
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

    @property
    def complete(self) -> bool:
        """Whether a written form that is not ordinary here is likely no word at all: it is not."""
        return False

    @property
    def words(self) -> frozenset[str]:
        """The words worth finding."""
        return self._words

    def __contains__(self, word: str) -> bool:
        return word in self._words or self._hidden(word)

    def is_ordinary(self, word: str) -> bool:
        """Return whether this word means itself and is not to be turned around."""
        return word in self._ordinary or word in self._words

    def is_listed(self, word: str) -> bool:
        """Return whether this is one of the words that are known in clear."""
        return word in self._words

    def is_turned(self, reading: str) -> bool:
        """Return whether a reading by which every letter moved is one of the words that are known in clear."""
        return reading in self._words

    def is_sought(self, word: str) -> bool:
        """Return whether this is one of the words."""
        return word in self

    def strangers(self, words: Iterable[str]) -> set[str]:
        """Return all the words: everyday words are not known here."""
        return set(words)

    def split(self, letters: str, shortest: int = 1) -> list[str] | None:
        """Return None: too few words are known to part letters into words."""
        return None

    def rank(self, word: str) -> int:
        """Return 0: no word is more common than another."""
        return 0

    def unsqueeze(self, word: str) -> str | None:
        """Return the known word that differs from this one only in repeated letters."""
        squeezed = squeeze(word)
        if squeezed in self._ordinary:
            return None
        if not self._squeezed:
            self._squeezed.update((squeeze(word), word) for word in sorted(self._words, reverse=True))
        found = self._squeezed.get(squeezed)
        return squeezed if found is None and squeezed in self else found

    def with_vowels(self, consonants: str) -> str | None:
        """Return None: too few words are known to guess vowels."""
        return None

    def with_one_more(self, word: str) -> str | None:
        """Return None: too few words are known to guess letters."""
        return None

    def aims_at(self, word: str) -> bool:
        """Return whether a daring reading may end at this word."""
        return word in self


class EnglishWords:
    """The words of the language, the most common ones first.

    Args:
        ranks: Folded word to its place, 0 for the most common.
        hidden: Tells further words, of which only digests are known.
        aims: Words at which the daring readings (typing errors, dropped vowels, glued and framed words) may end;
            empty: at any.
    """

    __slots__ = ("_aims", "_everyday", "_hidden", "_ranks", "_shortened", "_skeletons", "_squeezed")

    def __init__(
        self, ranks: Mapping[str, int], hidden: Callable[[str], bool], aims: frozenset[str] = frozenset()
    ) -> None:
        self._ranks = ranks
        self._hidden = hidden
        self._aims = aims
        self._everyday = _TWO | _THREE | {"a", "i"} | {word for word in ranks if len(word) > 3}
        self._squeezed: dict[str, str] = {}
        self._shortened: dict[str, str] = {}
        self._skeletons: dict[str, str] = {}

    @property
    def complete(self) -> bool:
        """Whether a written form that is not ordinary here is likely no word at all: it is."""
        return True

    def __len__(self) -> int:
        return len(self._ranks)

    def __contains__(self, word: str) -> bool:
        if len(word) < 4:
            return word in _THREE or word in _TWO or word in ("a", "i") or (word in self._aims and len(word) == 3)
        return word in self._ranks or self._hidden(word) or self._stem(word) is not None

    def is_ordinary(self, word: str) -> bool:
        """Return whether this written form means itself."""
        return word in self._ranks or word in _TWO or word in ("a", "i") or self._stem(word) is not None

    def is_listed(self, word: str) -> bool:
        """Return whether this is a word as listed, not merely a form of one."""
        return word in self._ranks and (len(word) > 3 or word in self)

    def is_turned(self, reading: str) -> bool:
        """Return whether a reading by which every letter moved is a listed or a hidden word."""
        return self.is_listed(reading) or self._hidden(reading)

    def is_sought(self, word: str) -> bool:
        """Return whether this is one of the aims, or a hidden word."""
        return word in self._aims or (word not in self._ranks and self._hidden(word))

    def strangers(self, words: Iterable[str]) -> set[str]:
        """Return those of the words that are not everyday words as they stand."""
        unlisted = set(words)
        unlisted.difference_update(self._everyday)
        return {word for word in unlisted if len(word) < 5 or self._stem(word) is None} if unlisted else unlisted

    def rank(self, word: str) -> int:
        """Return the place of a known word among all, 0 for the most common."""
        known = self._ranks.get(word)
        if known is not None:
            return known
        stem = self._stem(word)
        return self._ranks.get(stem or "", len(self._ranks)) + 200

    def unsqueeze(self, word: str) -> str | None:
        """Return the most common word that differs from this one only in repeated letters."""
        if not self._squeezed:
            for known in self._ranks:
                self._squeezed.setdefault(squeeze(known), known)
        squeezed = squeeze(word)
        found = self._squeezed.get(squeezed)
        if found is not None and found in self:
            return found
        return squeezed if squeezed in self else None

    def with_vowels(self, consonants: str) -> str | None:
        """Return the most common word that leaves these letters when its vowels are dropped."""
        if not self._skeletons:
            for known in self._ranks:
                # Words that lose less than two letters, or a leading one, are abbreviated otherwise.
                skeleton = known.translate(_VOWELS)
                if (
                    len(known) - len(skeleton) > 0
                    and known[0] == skeleton[:1]
                    and known in self
                    and self.aims_at(known)
                ):
                    self._skeletons.setdefault(skeleton, known)
        return self._skeletons.get(consonants)

    def with_one_more(self, word: str) -> str | None:
        """Return the most common word of five letters or more that this one is, but for one letter."""
        if not self._shortened:
            for known in sorted(self._aims or self._ranks, key=self._ranks.__getitem__):
                if len(known) > 4:
                    for i in range(1, len(known)):
                        self._shortened.setdefault(known[:i] + known[i + 1 :], known)
        return self._shortened.get(word)

    def aims_at(self, word: str) -> bool:
        """Return whether a daring reading may end at this known word."""
        return not self._aims or word in self._aims or (word not in self._ranks and self._hidden(word))

    def split(self, letters: str, shortest: int = 1) -> list[str] | None:
        """Return the likeliest row of words that letters without spaces spell; None if they spell none.

        Args:
            letters: Folded letters.
            shortest: Length of the shortest word taken.
        """
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(letters) + 1):
            options = [
                (best[begin][0] + self._cost(letters[begin:end]), begin)
                for begin in range(max(0, end - 18), end - shortest + 1)
                if best[begin][0] < math.inf
            ]
            best.append(min(options, default=(math.inf, 0)))
        if best[-1][0] == math.inf:
            return None
        words: list[str] = []
        end = len(letters)
        while end:
            begin = best[end][1]
            words.append(letters[begin:end])
            end = begin
        return words[::-1]

    def _cost(self, word: str) -> float:
        if len(word) == 1:
            return 6.0 if word in "ai" else math.inf
        if len(word) == 2:
            return 9.0 if word in _TWO else math.inf
        if word in self._ranks and (len(word) > 3 or word in _THREE or word in self._aims):
            return 4.0 + math.log(2 + self._ranks[word])
        if len(word) > 5 and (self._stem(word) is not None or self._hidden(word)):
            return 5.0 + math.log(2 + self.rank(word))
        return math.inf

    def _stem(self, word: str) -> str | None:
        """Return a listed word that this one is a regular form of."""
        if len(word) < 5:
            return word[:-1] if len(word) == 4 and word[-1] == "s" and word[:-1] in _THREE else None
        return next((stem for stem in stems(word) if len(stem) > 2 and stem in self._ranks), None)


def vocabulary_of_words(
    words: Iterable[str], hidden: Callable[[str], bool] = lambda word: False, aims: Collection[str] = ()
) -> EnglishWords:
    """Return a vocabulary that knows the language.

    Args:
        words: Folded words, the most common ones first, as the word list of a tokenizer has them.
        hidden: Tells further words, of which only digests are known.
        aims: Words at which the daring readings may end; empty: at any.

    Example:
        >>> words = vocabulary_of_words(["lantern", "harbour"])
        >>> "lanterns" in words, words.is_ordinary("lantrens")
        (True, False)
    """
    ordered = [*words, *shipped_words(), *aims]
    # Backwards, so that of two places of one word the first one stays.
    ranks = dict(zip(reversed(ordered), range(len(ordered) - 1, -1, -1), strict=True))
    return EnglishWords(ranks, hidden, frozenset(aims))


@functools.cache
def shipped_words() -> tuple[str, ...]:
    """Return the shipped everyday words of prompts that word lists lack."""
    lines = Path(__file__).with_name("ordinary_words.txt").read_text(encoding="utf-8").splitlines()
    return tuple(dict.fromkeys(word for line in lines if line[:1] != "#" for word in line.split()))


def squeeze(word: str) -> str:
    """Return the word with every run of a letter reduced to one.

    Example:
        >>> squeeze("bloood")
        'blod'
    """
    return _REPEATED.sub(r"\1", word)


def stems(word: str) -> Iterator[str]:
    """Yield what a word may be a regular form of, likeliest first."""
    for ending, replacements in _COMMON_ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            for replacement in replacements:
                yield stem + replacement
            if len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]

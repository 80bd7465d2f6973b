"""Names of public figures in a text, and whether they are in the picture or only lend it their name or style.

Names come from ``figures.txt``: real people, and with kinds of their own historical and fictional ones. A name counts
with one slip of the pen, and as a figure that no list knows where the words around it tell of fame or office.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ethical_lens.text.normalize import Normalized, normalize
from ethical_lens.text.patterns import COMMA, END, Words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


POLITICIANS: Final = "politicians"
OPTED_OUT: Final = "opted out"
HISTORICAL: Final = "historical"
FICTIONAL: Final = "fictional"
_THINGS: Final = "things"
_OLD_MASTERS: Final = "old masters"
_SILENT: Final = frozenset({HISTORICAL, FICTIONAL})
_MAKERS: Final = frozenset({"artists", "designers", _OLD_MASTERS})
_WRITERS: Final = frozenset({"science, letters and media"})

_EVERYWHERE, _CAPITAL, _CUED = "", "^", "~"
_MARKS: Final = _CAPITAL + _CUED

_ABBREVIATIONS: Final = _set("mr mrs ms dr st jr sr gen sen gov rep prof pres sgt lt capt")
_CONTRACTIONS: Final = _set("s t re ve ll d m")

_RULERS: Final = _set(
    "president chancellor premier minister senator governor congressman congresswoman secretary dictator mayor "
    "chairman pm potus vp leader ayatollah marshal speaker comrade gov sen rep pres"
)
_NOBLE: Final = _set("king queen prince princess pope emperor empress sir dame lord lady sheikh")
_POLITE: Final = _set("mr mrs ms miss madam mister")
_PLAYERS: Final = _set(
    "actor actress singer rapper comedian popstar superstar celebrity supermodel youtuber streamer influencer "
    "footballer quarterback filmmaker musician songwriter guitarist drummer golfer sprinter olympian ceo billionaire "
    "tycoon mogul star"
)
_CALLED: Final = _set("dr doctor prof professor gen general colonel captain col justice judge")
_TITLES: Final = _RULERS | _NOBLE | _POLITE | _PLAYERS | _CALLED
_SHOW: Final = _set(
    "singer rapper singing sings rapping raps concert stage performing performs tour album grammy grammys musician "
    "popstar star celebrity celebrities microphone guitar premiere carpet politician senator president congress "
    "footballer quarterback cricketer sprinter runner stadium wrestler boxing nba nfl actor actress oscar oscars movie "
    "comedian hollywood paparazzi famous rally astronaut nasa racing drummer vocalist songwriter band fans"
)
"""Words that tell a name which private people have too from that of a celebrity."""

_STYLE_BEFORE: Final = _set("by style styled inspired influenced artstyle artist artists")
_STYLE_OF: Final = _set("style styles manner vein spirit technique brushwork aesthetic aesthetics")
_MAKERS_OF: Final = _set(
    "works work art artwork artworks films movies music lens photography school influence influences hint touch mood "
    "look mix"
)
_STYLE_AFTER: Final = _set("style styled esque inspired artstyle aesthetic ish")
_WORKS: Final = _set(
    "painting paintings film films movie movies lighting art artwork print prints canvas sculpture drawing drawings "
    "photograph photographs photography mural woodcut engraving illustration illustrations palette colors colours "
    "brushstrokes technique vibe vibes mood dress gown suit collection perfume bag handbag shoes sneakers jeans runway "
    "boutique store brand fashion jacket shirt coat scarf sunglasses heels museum house cathedral building tower "
    "self starry composition set scene design style"
)
_WRITINGS: Final = _set("novel novels book books story stories horror world universe mythos quote poem")
_DONE_BY: Final = _set(
    "painted drawn designed directed photographed illustrated inspired influenced written composed sculpted created "
    "made shot filmed rendered produced crafted sketched built engraved animated taken captured imagined styled "
    "depicted colored coloured inked etched carved edited published detailed"
)
_HELD_BY: Final = _set("held ridden driven worn eaten beaten given led thrown bitten sung hidden caught")
_LINKS: Final = frozenset({"and", "&", "x", "or", COMMA, "of", "the", "with"})
_TIGHT_LINKS: Final = frozenset({"and", "&", "x", "or"})
_LONGEST_LINK: Final = 2

_PICTURED: Final = _set(
    "portrait portraits photo photograph photos picture pictures painting image selfie statue drawing bust sculpture "
    "caricature headshot closeup up photoshoot shot likeness ghost face body head life version doll mask figure "
    "figurine interview footage cosplay sketch silhouette profile render meme cartoon skeleton still tattoo poster "
    "icon hologram scene model animation video clip comic mugshot polaroid daguerreotype snapshot emoji avatar"
)
_BESIDE: Final = _set(
    "with featuring starring meets meeting between against versus vs as hugging kissing feat young old elderly "
    "real famous showing shows depicting"
)
_DEEDS: Final = _set(
    "is in as with at on wearing and having vs versus sits stands holds eats dressed riding walks meets looks plays "
    "wears rides drinks takes gives dances caught shakes smiles waves dancing"
)
_ROLES_TAKEN: Final = _set("as wearing dressed vs versus holding")
_PARTS: Final = _set("face hair body head eyes hands mouth smile grave portrait beard moustache")
_AROUND: Final = _set("by in with on as at into to under")
_OF_WORKS: Final = _set("of by style in with from on and hanging inspired lighting texture technique")
_ARTICLES: Final = _set("a an the this that")
_NO_DEEDS: Final = _set(
    "painting lighting drawing etching rendering styling engraving shading coloring trending depicting illustrating "
    "featuring building clothing"
)

_NOT_NAMES: Final = _set(
    "card cards coil model spaniel logs log salad mustang pickup truck car cars motors sneakers jordans shoes suit "
    "perfume hat effect curse virus tax clock doctrine cake liner ship carrier class coin coins rose roses lily "
    "variety lamp rug stakes"
)
"""Words after a name that make it the name of a thing."""
_PLACES_AFTER: Final = _set(
    "tower hotel hotels avenue street airport square park prize museum boulevard blvd road bridge highway freeway "
    "expressway library school university college hospital stadium arena center centre institute foundation award "
    "awards trophy terminal theatre theater auditorium island county mountain dam plaza building telescope crater "
    "casino resort estate drive lane way playground"
)
_BETWEEN_PLACE: Final = _set(
    "international presidential memorial national regional elementary high middle state space performing medical golf "
    "art street world"
)
_LONGEST_PLACE: Final = 3
_PLACES_BEFORE: Final = _set("uss hms mount mt lake fort port hotel camp rue calle cavalier avenida")

_OFFICES: Final = (
    ("prime", "minister"),
    ("vice", "president"),
    ("foreign", "minister"),
    ("opposition", "leader"),
    ("first", "lady"),
    ("secretary", "of", "state"),
    ("crown", "prince"),
    ("crown", "princess"),
    ("president",),
    ("senator",),
    ("chancellor",),
    ("congressman",),
    ("congresswoman",),
    ("governor",),
    ("mayor",),
    ("ayatollah",),
    ("dictator",),
    ("pope",),
)
"""Offices after which one capitalised word is a name."""
_FAMES: Final = {
    "actors": "actor|actress|movie star|film star|comedian|tv star|reality star|filmmaker|film director|movie director"
    "|hollywood star|oscar winner|emmy winner|bollywood star|oscar nominee|sitcom star",
    "musicians": "singer|rapper|pop star|popstar|rock star|rockstar|grammy winner|pop singer|pop idol|k pop idol"
    "|pop icon|country star|opera star|singer songwriter|hip hop star|pop sensation",
    "athletes": "footballer|football star|soccer star|tennis star|basketball star|nba star|nfl star|quarterback"
    "|olympic champion|olympian|gold medalist|medallist|world champion|tennis champion|cricketer|racing driver"
    "|formula one driver|f1 driver|boxing champion|baseball star|golf star|tennis player|soccer player"
    "|football player|basketball player|wrestling star|cricket star|goalkeeper",
    "business": "ceo|billionaire|tycoon|tech mogul|media mogul|entrepreneur|tech founder|tech billionaire",
    "science, letters and media": "youtuber|streamer|influencer|tiktok star|tiktoker|supermodel|tv host|television host"
    "|talk show host|news anchor|tv presenter|nobel laureate|nobel prize winner|bestselling author|novelist"
    "|celebrity chef|superstar|celebrity|megastar|instagram star|social media star|twitch star|vlogger|podcaster",
    POLITICIANS: "politician|presidential candidate|world leader|party leader|lawmaker|head of state",
}
"""What famous people are called; after it two capitalised words are a name."""
_NAMING: Final = _set("named called nicknamed")
_FORMERLY: Final = _set("former ex late")
_LONGEST_FAME: Final = 3
_LONGEST_NAME: Final = 3
_NO_SURNAMES: Final = _set(
    "a an the and or of in on at with for to from by as is are was will i my his her their our no not who that this "
    "street avenue house hotel office palace day park square bridge university school building museum award awards "
    "airport elect emeritus obituary general secretary minister president"
)
_SHORTEST_MISSPELT: Final = 8
"""Letters of the whole name."""
_LONGEST_MISSPELT: Final = 4
"""Words of a name whose first word may be misspelt."""
_SHORTEST_SLIP: Final = 3
_SHORTEST_JOINED: Final = 7
_LEAST_LETTERS: Final = 5
_LETTERS_FOR_OTHER: Final = 6
"""Letters a part needs so that another letter in one place is a slip and not another name."""
_SHOUTED: Final = 0.8


@dataclass(frozen=True, slots=True)
class Figure:
    """A public figure named in a text."""

    name: str
    kind: str
    """Section of the gazetteer: "politicians", "actors", ..."""
    start: int
    end: int
    """Half-open range of words."""
    known: bool = True
    """Whether the name is listed; False where only the words around it tell of fame or office."""


class _Entry(NamedTuple):
    """One spelling of a name; a tuple, since thousands are made when the list is read."""

    words: tuple[str, ...]
    name: str
    kind: str
    needs: str


class _Index:
    """Names by their first and their last word; a line is read when one of its words is met, so that loading is quick.

    Args:
        text: The list.
        kind: Section of what stands before the first section.
    """

    __slots__ = ("_by_first", "_by_last", "_joined", "_names", "_read", "_rows", "_sections", "_starts")

    def __init__(self, text: str, kind: str) -> None:
        self._names = text.splitlines()
        self._rows = normalize(text).text.translate({ord("-"): " ", ord("."): " ", ord("'"): None}).splitlines()
        self._starts = [0]
        self._sections = [kind]
        self._by_first: dict[str, list[int]] = {}
        self._by_last: dict[str, list[int]] | None = None
        self._read: dict[int, list[_Entry]] = {}
        self._joined: dict[str, int] | None = None
        by_first = self._by_first
        for number, row in enumerate(self._rows):
            if row[:1] in "[#":
                if row[:1] == "[":
                    self._starts.append(number)
                    self._sections.append(row.strip(" []"))
                continue
            for spelling in row.split("|") if "|" in row else (row,):
                first = spelling.strip().partition(" ")[0].lstrip(_MARKS)
                if first in by_first:
                    by_first[first].append(number)
                else:
                    by_first[first] = [number]

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def beginning(self, word: str) -> list[_Entry]:
        """Return the names whose first word this is."""
        rows = self._by_first.get(word)
        return [entry for row in rows for entry in self._entries(row) if entry.words[0] == word] if rows else []

    def ending(self, word: str) -> list[_Entry]:
        """Return the names of several words whose last this is."""
        rows = self._last().get(word)
        return [entry for row in rows for entry in self._entries(row) if entry.words[-1] == word] if rows else []

    def knows(self, word: str, place: int) -> bool:
        """Return whether a name has this word as its first, or else as its last."""
        return word in (self._last() if place else self._by_first)

    def is_given(self, word: str) -> bool:
        """Return whether names begin with this word, none of them being the word alone, nor a title."""
        return word not in _TITLES and word in self._by_first and all(len(e.words) > 1 for e in self.beginning(word))

    def is_telling(self, entry: _Entry, place: int) -> bool:
        """Return whether the other words of a name are nobody else's, so that one place may be wrong."""
        if place:
            return all(other.name == entry.name for other in self.beginning(entry.words[0]))
        return all(other.name == entry.name for other in self.ending(entry.words[-1]))

    def joined(self, word: str) -> _Entry | None:
        """Return the name of several words that is written as one."""
        if self._joined is None:
            self._joined = {
                spelling.replace(" ", ""): number
                for number, row in enumerate(self._rows)
                if row[:1] not in "[#"
                for spelling in row.split("|")
                if _is_joinable(spelling.split())
            }
        row = self._joined.get(word)
        if row is None:
            return None
        return next(entry for entry in self._entries(row) if "".join(entry.words) == word)

    def ruler(self, surname: str) -> _Entry | None:
        """Return the first politician of that surname."""
        return next((entry for entry in self.ending(surname) if entry.kind == POLITICIANS), None)

    def _last(self) -> dict[str, list[int]]:
        if self._by_last is None:
            by_last: dict[str, list[int]] = {}
            for number, row in enumerate(self._rows):
                several = (words for words in map(str.split, row.split("|")) if len(words) > 1)
                for last in {words[-1] for words in several}:
                    by_last.setdefault(last, []).append(number)
            self._by_last = by_last
        return self._by_last

    def _entries(self, number: int) -> list[_Entry]:
        entries = self._read.get(number)
        if entries is None:
            row = self._rows[number]
            name = self._names[number].partition("|")[0].strip(" " + _MARKS)
            kind = self._sections[bisect.bisect_right(self._starts, number) - 1]
            spellings = () if row[:1] in "[#" else row.split("|")
            entries = [_entry(spelling.split(), name, kind) for spelling in spellings if spelling.strip()]
            self._read[number] = entries
        return entries


def _is_joinable(words: Sequence[str]) -> bool:
    return len(words) > 1 and min(map(len, words)) > 2 and words[0][0] not in _MARKS


def _entry(words: list[str], name: str, kind: str) -> _Entry:
    needs = words[0][0] if words[0][0] in _MARKS else _EVERYWHERE
    return _Entry((words[0].lstrip(_MARKS), *words[1:]), name, kind, needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spelled:
    """The words of a text as names are spelled: initials without their dots, ``O'Hara`` in one."""

    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    """Half-open ranges of the words as :func:`~ethical_lens.text.patterns.split` gives them."""
    capitals: Sequence[bool]
    owns: Collection[int]
    """Words with a possessive ending."""
    hyphens: Collection[int]
    """Words that a hyphen joins to the next."""
    tells: bool
    """Whether capitals tell anything: not where most words have one."""


class _Found(NamedTuple):
    entry: _Entry
    end: int


class _Told(NamedTuple):
    start: int
    end: int
    """Half-open range of spelled words."""
    kind: str


class Gazetteer:
    """A list of names.

    Args:
        text: One name a line with further spellings after "|", sections in brackets, comments after "#". Before a
            spelling, "^" asks for a capital letter or a title, "~" for words about fame nearby.
        opted_out: Further names, for example people who asked an operator not to be pictured.
    """

    __slots__ = ("_listed", "_opted_out")

    def __init__(self, text: str, opted_out: Collection[str] = ()) -> None:
        self._listed = _Index(text, "others")
        self._opted_out = _Index("\n".join(" ".join(name.split()) for name in opted_out), OPTED_OUT)

    @classmethod
    def shipped(cls, opted_out: Collection[str] = ()) -> Gazetteer:
        """Return the list that comes with the package."""
        gazetteer = cls("", opted_out)
        gazetteer._listed = _shipped()
        return gazetteer

    def find(self, words: Words, reading: Normalized, original: str) -> list[Figure]:
        """Return the real figures in the picture, in order; names after "by" or "in the style of" are not.

        Args:
            words: The words of ``reading``.
            reading: A reading of ``original``.
            original: The text itself, for the case of names that are ordinary words.
        """
        return [figure for figure in self.named(words, reading, original) if figure.kind not in _SILENT]

    def named(self, words: Words, reading: Normalized, original: str) -> list[Figure]:
        """Return the figures in the picture with the historical and the fictional ones; arguments as in ``find``."""
        if not (self._listed or self._opted_out):
            return []
        text = _spelled(words, reading, original)
        figures: list[Figure] = []
        lends_style = -1
        position = 0
        while position < len(text.words):
            found = self._at(text, position)
            if found is None:
                unknown = self._unknown(text, position, figures)
                if unknown is None:
                    position += 1
                else:
                    figures.append(unknown)
                    position = max(position + 1, _after(text, unknown))
                continue
            entry, end = found
            if entry.kind == _THINGS or _is_thing(text, position, end):
                pass
            elif _is_style(text, position, end, entry.kind, lends_style):
                lends_style = end
            else:
                kind = HISTORICAL if entry.kind == _OLD_MASTERS else entry.kind
                start = position if kind in _SILENT else _with_title(text, position)
                figures.append(Figure(entry.name, kind, text.starts[start], text.ends[end - 1]))
            position = end
        return figures

    def _unknown(self, text: _Spelled, position: int, figures: Sequence[Figure]) -> Figure | None:
        """Return a figure who is told of at a word, unless a list knows who it is."""
        told = _told(text, position) if self._listed else None
        if told is None or (figures and text.starts[told.start] < figures[-1].end):
            return None
        if any(self._at(text, place) is not None for place in range(told.start, told.end)):
            return None
        spelled = " ".join(text.words[told.start : told.end]).title()
        start = text.starts[_with_title(text, told.start)]
        return Figure(spelled, told.kind, start, text.ends[told.end - 1], known=False)

    def _at(self, text: _Spelled, position: int) -> _Found | None:
        """Return the longest name that begins at a word; as written, or else with one slip."""
        if self._opted_out:
            opted_out = _exact(self._opted_out, text, position) or _misspelt(self._opted_out, text, position, 4)
            if opted_out is not None:
                return opted_out
        exact = _exact(self._listed, text, position)
        if exact is not None and exact.end > position + 1:
            return exact
        return (
            _misspelt(self._listed, text, position, _LETTERS_FOR_OTHER)
            or exact
            or _of_office(self._listed, text, position)
        )


@functools.cache
def _shipped() -> _Index:
    return _Index(Path(__file__).with_name("figures.txt").read_text(encoding="utf-8"), "others")


def _spelled(words: Words, reading: Normalized, original: str) -> _Spelled:
    folded = reading.text
    spelled: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    capitals: list[bool] = []
    owns: set[int] = set()
    hyphens: set[int] = set()
    apostrophes = "'" in folded
    for i, word in enumerate(words.words):
        if word == END and spelled and ends[-1] == i and folded[words.starts[i]] == ".":
            before = spelled[-1]
            if (len(before) == 1 and before.isalpha()) or before in _ABBREVIATIONS:
                continue
        if apostrophes and folded[words.ends[i] : words.ends[i] + 1] == "'":
            tail = _tail(folded, words.ends[i] + 1)
            if tail == "s" or (not tail and word[-1:] == "s"):
                owns.add(len(spelled))
            elif tail not in _CONTRACTIONS:
                word += tail
        if folded[words.ends[i] : words.ends[i] + 1] == "-":
            hyphens.add(len(spelled))
        spelled.append(word)
        starts.append(i)
        ends.append(i + 1)
        capitals.append(original[reading.starts[words.starts[i]]].isupper())
    letters = [capital for word, capital in zip(spelled, capitals, strict=True) if word.isalpha()]
    tells = len(letters) < 6 or sum(letters) < _SHOUTED * len(letters)
    return _Spelled(words=spelled, starts=starts, ends=ends, capitals=capitals, owns=owns, hyphens=hyphens, tells=tells)


def _tail(folded: str, start: int) -> str:
    end = start
    while end < len(folded) and folded[end].isalnum():
        end += 1
    return folded[start:end]


def _exact(index: _Index, text: _Spelled, position: int) -> _Found | None:
    best: _Found | None = None
    word = text.words[position]
    for entry in index.beginning(word):
        end = _end(entry.words, text.words, position)
        if end is not None and (best is None or end > best.end) and _is_meant(index, entry, text, position, end):
            best = _Found(entry, end)
    if best is None and word[-1:] == "s" and len(word) > 5:
        for entry in index.beginning(word[:-1]):
            if len(entry.words) == 1 and entry.needs == _EVERYWHERE:
                return _Found(entry, position + 1)
    return best or _parted(index, text, position)


def _parted(index: _Index, text: _Spelled, position: int) -> _Found | None:
    """Return the name that stands at a word with a space less or more: "emmawatson", "leonardo di caprio"."""
    words = text.words
    sizes = (1,) if len(words[position]) >= _SHORTEST_JOINED else ()
    for size in (*sizes, *((2, 3) if index.knows(words[position], 0) else ())):
        entry = index.joined("".join(words[position : position + size]))
        end = position + size
        if entry is not None and len(entry.words) != size and end <= len(words):
            return _Found(entry, end) if _is_meant(index, entry, text, position, end) else None
    return None


def _end(name: Sequence[str], words: Sequence[str], position: int) -> int | None:
    """Return where a name ends that begins at a word: with initials in between, with an ``s`` of possession."""
    i = position
    for place, part in enumerate(name):
        if i < len(words) and words[i] == part:
            i += 1
        elif place and i + 1 < len(words) and len(words[i]) == 1 and words[i].isalpha() and words[i + 1] == part:
            i += 2
        elif place and place == len(name) - 1 and i < len(words) and words[i] == part + "s":
            i += 1
        else:
            return None
    return i


def _is_meant(index: _Index, entry: _Entry, text: _Spelled, position: int, end: int) -> bool:
    before = text.words[position - 1] if position else END
    if end - 1 in text.hyphens and end < len(text.words) and text.capitals[end] and text.tells:
        return False
    if len(entry.words) == 1 and before in _NAMING:
        return False
    if len(entry.words) == 1 and entry.needs == _EVERYWHERE:
        return not (_is_full_name(entry) and index.is_given(before) and text.capitals[position - 1])
    if entry.needs == _EVERYWHERE or before in _TITLES:
        return True
    if entry.needs == _CAPITAL:
        return text.capitals[position]
    if not _SHOW.isdisjoint(text.words) and (len(entry.words) > 1 or text.capitals[position]):
        return True
    alone = not (end < len(text.words) and (text.capitals[end] or text.words[end] == "of"))
    inside = position > 0 and before not in (END, "a", "an", "the", "of") and not text.capitals[position - 1]
    return len(entry.words) == 1 and text.capitals[position] and text.tells and alone and inside


def _is_full_name(entry: _Entry) -> bool:
    """Return whether a single word is the surname of a longer name, so that a given name may make it another's."""
    return entry.name.lower().endswith(" " + entry.words[0])


def _misspelt(index: _Index, text: _Spelled, position: int, least: int) -> _Found | None:
    """Return the name of several words that begins at a word, one of them with one slip."""
    words = text.words
    for entry in index.beginning(words[position]):
        size = len(entry.words)
        if size > 1 and position + size <= len(words) and entry.needs == _EVERYWHERE:
            wrong = [i for i in range(1, size) if words[position + i] != entry.words[i]]
            if len(wrong) == 1 and _is_slip(index, words[position + wrong[0]], entry, wrong[0], least):
                return _Found(entry, position + size)
    if len(words[position]) < _SHORTEST_SLIP:
        return None
    for size in range(2, min(_LONGEST_MISSPELT, len(words) - position) + 1):
        if not index.knows(words[position + size - 1], 1):
            continue
        for entry in index.ending(words[position + size - 1]):
            if (
                len(entry.words) == size
                and entry.needs == _EVERYWHERE
                and entry.words[1:] == tuple(words[position + 1 : position + size])
                and _is_slip(index, words[position], entry, 0, least)
            ):
                return _Found(entry, position + size)
    return None


def _is_slip(index: _Index, written: str, entry: _Entry, place: int, least: int) -> bool:
    meant = entry.words[place]
    if written == meant or not written.isalpha() or sum(map(len, entry.words)) < _SHORTEST_MISSPELT:
        return False
    if not _one_edit(written, meant):
        return False
    telling = index.is_telling(entry, place)
    swapped = len(written) > _LEAST_LETTERS and sorted(written) == sorted(meant)
    if not (telling or swapped) and index.knows(written, place):
        return False
    if written == meant + "s":
        return place == len(entry.words) - 1
    if _squeezed(written) == _squeezed(meant):
        return len(meant) > 3
    if len(written) == len(meant) and sorted(written) != sorted(meant):
        return len(meant) >= (_LEAST_LETTERS if telling else least)
    return min(len(written), len(meant)) >= (_SHORTEST_SLIP if telling else min(least, _LEAST_LETTERS))


def _one_edit(written: str, meant: str) -> bool:
    """Return whether one letter more, less, other, or two swapped turn one word into the other."""
    if abs(len(written) - len(meant)) > 1:
        return False
    first = 0
    shorter = min(len(written), len(meant))
    while first < shorter and written[first] == meant[first]:
        first += 1
    if len(written) != len(meant):
        longer, short = (written, meant) if len(written) > len(meant) else (meant, written)
        return longer[first + 1 :] == short[first:]
    if written[first + 1 :] == meant[first + 1 :]:
        return True
    swapped = written[first : first + 2] == meant[first : first + 2][::-1]
    return swapped and written[first + 2 :] == meant[first + 2 :]


def _squeezed(word: str) -> str:
    return "".join(letter for i, letter in enumerate(word) if not i or letter != word[i - 1])


def _of_office(index: _Index, text: _Spelled, position: int) -> _Found | None:
    """Return the politician of whom only the surname is written after an office: "president ford"."""
    if not position or text.words[position - 1] not in _RULERS:
        return None
    entry = index.ruler(text.words[position])
    return _Found(entry, position + 1) if entry is not None else None


def _is_thing(text: _Spelled, start: int, end: int) -> bool:
    """Return whether a name is part of that of a thing or a place: "a Trump card", "JFK airport"."""
    words = text.words
    if start and words[start - 1] in _PLACES_BEFORE:
        return True
    if end >= len(words) or end - 1 in text.owns:
        return False
    after = words[end]
    last = end
    while last < min(end + _LONGEST_PLACE, len(words) - 1) and (words[last] in _BETWEEN_PLACE or _may_name(text, last)):
        last += 1
    if words[last] in _PLACES_AFTER and (text.tells or last == end):
        return True
    return after in _PLACES_AFTER or (end - start == 1 and after in _NOT_NAMES)


def _is_style(text: _Spelled, start: int, end: int, kind: str, lends_style: int) -> bool:
    words = text.words
    before = [*([""] * max(0, 4 - start)), *words[max(0, start - 4) : start]]
    after = words[end] if end < len(words) else END
    if before[-1] == "by" or (before[-2] == "by" and before[-1] in ("the", "artist", "artists", "master")):
        doer = before[-2] if before[-1] == "by" else before[-3]
        acts = (doer.endswith("ed") and len(doer) > 4 and doer not in _DONE_BY) or doer in _HELD_BY
        return kind in _MAKERS or not acts
    if before[-1] in _STYLE_BEFORE and (kind in _MAKERS or not before[-1].startswith("artist")):
        return True
    lending = _STYLE_OF | _MAKERS_OF if kind in _MAKERS else _STYLE_OF
    if before[-1] in ("of", "from", "like") and before[-2] in lending:
        return True
    if before[-1] == "la" and before[-2] == "a":
        return True
    if after in _STYLE_AFTER or (kind in _WRITERS and after in _WRITINGS):
        return True
    between = words[lends_style:start] if lends_style >= 0 else ()
    links = _LINKS if kind in _MAKERS else _TIGHT_LINKS
    if 0 < len(between) <= _LONGEST_LINK and all(word in links for word in between):
        return True
    return (kind in _MAKERS or (kind == HISTORICAL and after in _WORKS)) and not _is_subject(text, start, end, before)


def _is_subject(text: _Spelled, start: int, end: int, before: Sequence[str]) -> bool:
    """Return whether somebody who is known for a style is in the picture themselves."""
    after = text.words[end] if end < len(text.words) else END
    then = text.words[end + 1] if end + 1 < len(text.words) else END
    if after in ("painting", "drawing") and before[-1] not in _ARTICLES and then.isalpha() and then not in _OF_WORKS:
        return True
    if after in _WORKS or after in _NO_DEEDS or before[-1] in _ARTICLES:
        return False
    if end - 1 in text.owns:
        return after in _PARTS
    if "of" in before[-3:]:
        at = len(before) - 1 - list(reversed(before)).index("of")
        if before[at - 1] in _PICTURED and COMMA not in before[at:]:
            return True
    if before[-1] in _BESIDE:
        return True
    if after.endswith("ing") and len(after) > 4:
        return True
    if after in _ROLES_TAKEN:
        return True
    return (start == 0 or before[-1] == END) and (after in _DEEDS or _is_done(text.words[end : end + 2]))


def _is_done(words: Sequence[str]) -> bool:
    """Return whether words tell what was done to somebody: "surrounded by"."""
    return len(words) == 2 and words[0].endswith("ed") and words[1] in _AROUND


def _with_title(text: _Spelled, position: int) -> int:
    """Return where a figure begins with what they are called before a word: "the former president Obama"."""
    words = text.words
    start = position
    for size in range(_LONGEST_FAME, 0, -1):
        called = tuple(words[max(0, position - size) : position])
        if len(called) == size and (called in _OFFICES or called in _fames() or (size == 1 and called[0] in _TITLES)):
            start = position - size
            break
    if start == position:
        return position
    if start and words[start - 1] in _FORMERLY:
        start -= 1
    return start - 1 if start and words[start - 1] in _ARTICLES else start


@functools.cache
def _fames() -> dict[tuple[str, ...], str]:
    return {tuple(spelled.split()): kind for kind, row in _FAMES.items() for spelled in row.split("|")}


@functools.cache
def _first_of_cues() -> frozenset[str]:
    return frozenset(cue[0] for cue in (*_OFFICES, *_fames()))


def _told(text: _Spelled, position: int) -> _Told | None:
    """Return the name of somebody whose office or fame is told at a word: "Senator Ablet", "the actor ..."."""
    if not text.tells or text.words[position] not in _first_of_cues():
        return None
    for cue, kind, least in _cues_at(text.words, position):
        after = position + len(cue)
        if position + len(cue) - 1 in text.owns:
            return None
        name = _capitalised(text, after)
        if name is not None and name[1] - name[0] >= least:
            return _Told(*name, kind)
        told = _apposed(text, position) if kind != POLITICIANS or least == 1 else None
        if told is not None:
            return _Told(*told, kind)
    return None


def _cues_at(words: Sequence[str], position: int) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield the cues that begin at a word with the kind they tell of and the words that a name needs after them."""
    for office in _OFFICES:
        if tuple(words[position : position + len(office)]) == office:
            yield office, POLITICIANS, 1
            return
    for size in range(_LONGEST_FAME, 0, -1):
        cue = tuple(words[position : position + size])
        if len(cue) == size and cue in _fames():
            yield cue, _fames()[cue], 2


def _capitalised(text: _Spelled, start: int) -> tuple[int, int] | None:
    """Return the range of capitalised words from a word on that may be a name."""
    end = start
    while end < len(text.words) and end - start < _LONGEST_NAME and _may_name(text, end):
        end += 1
        if end - 1 in text.owns:
            break
    return (start, end) if end > start and not _is_thing(text, start, end) else None


def _may_name(text: _Spelled, position: int) -> bool:
    word = text.words[position]
    return text.capitals[position] and word.isalpha() and word not in _NO_SURNAMES and word not in _TITLES


def _apposed(text: _Spelled, position: int) -> tuple[int, int] | None:
    """Return the name before a comma before a word: "Tom Ablet, the actor"."""
    comma = position - 1
    while comma > 0 and position - comma < 4 and text.words[comma] != COMMA:
        comma -= 1
    if comma < 2 or text.words[comma] != COMMA or text.words[comma + 1] in ("a", "an", "his", "her", "my", "with"):
        return None
    start = comma
    while start > 0 and comma - start < _LONGEST_NAME and _may_name(text, start - 1):
        start -= 1
    return (start, comma) if comma - start >= 2 else None


def _after(text: _Spelled, figure: Figure) -> int:
    """Return the first spelled word after a figure."""
    return next((i for i, start in enumerate(text.starts) if start >= figure.end), len(text.words))

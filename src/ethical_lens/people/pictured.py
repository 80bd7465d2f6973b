"""People who are not in the scene: shown on a thing in it, spoken of in a title, or lending their name to something.

Everything here goes by the words around a phrase ("a coin with the head of a queen", "a sign that says beware of
children", "the tug lady margaret"), never by the phrase itself, so that it holds for people whom no list knows.
"""

from __future__ import annotations

from ethical_lens.people.reading import Reading

_LIKENESS = frozenset(("portrait", "profile", "face", "head", "likeness", "effigy", "bust", "silhouette", "figure"))
_SHOWN_BY = frozenset(
    ("with", "bearing", "showing", "featuring", "depicting", "commemorating", "honouring", "honoring", "celebrating")
)
_MADE_FOR = frozenset(("struck", "made", "minted", "dedicated", "issued", "erected", "raised", "reserved", "built"))
_DESIGNS = frozenset(
    ("court", "sheet", "design", "concept", "board", "study", "pose", "cover", "set", "class", "team", "line")
)
_EMPTY = frozenset(("empty", "deserted", "abandoned", "vacant", "unoccupied"))
_BY_A_SHOP = frozenset(("at", "outside", "inside", "opposite"))
_READ = frozenset(("reading", "reads", "read"))
_HEARD = frozenset(("listening", "listens", "listened"))
_LEFT_BY = frozenset(("abandoned", "deserted", "vacated", "forsaken"))
_GONE = frozenset(("left", "gone", "departed", "vanished", "fled"))
_TAKING_OUT = frozenset(("remove", "removing", "erase", "erasing", "delete", "deleting", "replace", "replacing"))
_ONCE = frozenset(("used", "sat", "stood", "once", "slept", "was", "were", "had", "lay", "hung", "fought"))
_NOT_YET = frozenset(("before", "until", "till"))
_COMING = frozenset(("arrive", "arrives", "arrived", "come", "comes", "came", "return", "returns", "returned"))
_WRITTEN = frozenset(
    (
        *("word", "words", "label", "labels", "labelled", "labeled", "letters", "lettering", "spelling", "spells"),
        *("sign", "plate", "marked", "text", "title", "caption", "stamped", "inscription", "neon", "headline"),
    )
)
_TITLING = frozenset(("of", "for", "titled", "called", "playing", "playbill"))
_WRITTEN_WINDOW = 5
_SINCE = frozenset(("after", "since", "once", "when"))
_WAITING = frozenset(("waiting", "sitting", "standing", "queueing", "queuing", "working", "shopping"))
_PERHAPS_ALREADY = frozenset(("has", "have", "had", "is", "are", "was", "were"))
_PUT_UP = frozenset(
    (
        "hanging",
        "pinned",
        "taped",
        "framed",
        "hung",
        "propped",
        "stuck",
        "pasted",
        "nailed",
        "tacked",
        "glued",
        "clipped",
    )
)
_ARTICLES = frozenset(("a", "an", "the"))
_CONTAINER_WINDOW = 6
_SURFACE_WINDOW = 5


def is_pictured(reading: Reading, first: int, last: int) -> bool:
    """Say whether a phrase is only seen on a thing of the scene, or in it as an image.

    Args:
        reading: The text.
        first: First token of the phrase.
        last: Last token of the phrase.
    """
    if first in reading.depicted:
        return True
    at = _before_determiners(reading, first)
    low, before, sets = reading.before(at), reading.before(at - 1), reading.sets
    if low in _SHOWN_BY and (before in sets["carriers"] or f"{reading.before(at - 2)} {before}" in sets["carriers"]):
        return True
    if (low == "with" and before in sets["decorated"]) or (low in ("for", "to") and before in _MADE_FOR):
        return True
    if low in ("with", "of") and _is_on_part(reading, last):
        return True
    if low != "of":
        return False
    if before in _LIKENESS and _stands_on_carrier(reading, at - 2):
        return True
    return before in sets["images"] and _is_put_up(reading, last, flat=before in sets["flat_images"])


def is_title(reading: Reading, first: int, last: int) -> bool:
    """Say whether a phrase is quoted, or the name of a work, a ship, a band or the like; arguments as above."""
    if first in reading.quoted or _is_lettering(reading, last) or _has_capitals(reading, first, last):
        return True
    at = _before_determiners(reading, first)
    low, before, sets = reading.before(at), reading.before(at - 1), reading.sets
    if low == "of" and at == first and before in sets["media"]:
        return True
    if (first == 0 or (at == 0 and reading.before(first) == "the")) and _is_begun(reading, last):
        return True
    if low in sets["named_kinds"] and (at == first or reading.before(at + 1) == "the"):
        return at == first or low in sets["titled_kinds"]
    articled = reading.before(first) == "the" or reading.tokens[first].low == "the"
    if low in _READ:
        return at == first or articled
    if low == "to" and before in _HEARD and articled:
        return True
    if reading.before(first) == "the" and low in sets["constellations"]:
        return True
    return _is_apposed(reading, last)


def _is_lettering(reading: Reading, last: int) -> bool:
    """Say whether a word in capitals stands on something: "the word SOLDIER carved into a door"."""
    text = reading.tokens[last].text
    if reading.shouted or len(text) < len("MEN") or not text.isupper():
        return False
    return any(token.low in _WRITTEN for token in reading.tokens[max(0, last - _WRITTEN_WINDOW) : last])


def _has_capitals(reading: Reading, first: int, last: int) -> bool:
    """Say whether a phrase is written like the title of a work: "a copy of The Tailor", "The Drunken Friar, a pub"."""
    tokens = reading.tokens
    if reading.shouted or not all(token.text[:1].isupper() for token in tokens[first : last + 1]):
        return False
    if reading.before(first) in _TITLING and tokens[last].low in reading.lexicon.entries:
        before = tokens[max(0, first - _WRITTEN_WINDOW) : first]
        if any(
            token.low in reading.sets["bound_media"] or token.low in reading.sets["tokens_of_media"] for token in before
        ):
            return True
    if first > 0 and tokens[first].follows and tokens[first - 1].text == "The":
        begins = first == 1 or not tokens[first - 1].follows
        return not begins or (first < last and not reading.describes_nation(tokens[first].low))
    return False


def is_absent(reading: Reading, first: int, last: int) -> bool:
    """Say whether the text has the people of a phrase gone, or names them for their place; arguments as above."""
    at = _before_determiners(reading, first)
    low, before = reading.before(at), reading.before(at - 1)
    if (low == "by" and before in _LEFT_BY) or low in _TAKING_OUT:
        return True
    if low == "where" and not reading.words.isdisjoint(_EMPTY) and _is_past(reading, last):
        return True
    if low in _NOT_YET and (following := reading.next(last)) is not None and following.low in _COMING:
        return True
    if _have_gone(reading, last, quite=True):
        return True
    if low in _BY_A_SHOP and at == first - 1 and reading.phrase_of(first, last) in reading.sets["shops_by_keeper"]:
        following = reading.next(last)
        if following is not None and following.low in reading.sets["human_verbs"]:
            return False
        return low != "at" or not before.endswith("ing") or before in _WAITING
    if low == "of" and at == first - 1 and not _is_group(reading, last) and _is_owned(reading, at - 2):
        return True
    if low in _SINCE and _have_gone(reading, last):
        return True
    return reading.deserted and low in reading.sets["prepositions"] and low not in ("of", "and")


def _before_determiners(reading: Reading, first: int) -> int:
    """Return the token that a phrase begins with when its determiners and numbers are counted in."""
    at = first
    while (low := reading.before(at)) in reading.sets["determiners"] or low in reading.sets["numbers"]:
        at -= 1
    return at


def _stands_on_carrier(reading: Reading, likeness: int) -> bool:
    """Say whether a likeness belongs to a thing: "a penny with the profile of an emperor"."""
    begin = max(0, likeness - _CONTAINER_WINDOW)
    return any(token.low in reading.sets["carriers"] for token in reading.tokens[begin:likeness])


def _is_put_up(reading: Reading, last: int, *, flat: bool) -> bool:
    """Say whether an image of somebody hangs or stands in a room: "a photo of a soldier in a locket"."""
    if (following := reading.next(last)) is None:
        return False
    if following.low in _PUT_UP:
        return True
    if following.low not in ("in", "on", "above", "over", "across", "inside"):
        return False
    for i in range(last + 2, min(last + 2 + _SURFACE_WINDOW, len(reading.tokens))):
        token = reading.tokens[i]
        if not token.follows or (token.low in reading.sets["prepositions"] and token.low != "of"):
            return False
        if token.low in reading.sets["surfaces"] or (flat and token.low in reading.sets["walls"]):
            return True
    return False


def _is_on_part(reading: Reading, last: int) -> bool:
    """Say whether somebody is shown on a part of a thing: "a spoon with an apostle on the handle"."""
    words = [token.low for token in reading.tokens[last + 1 : last + 4]]
    return len(words) == 3 and words[0] == "on" and words[1] in ("the", "its") and words[2] in reading.sets["parts"]


def _is_apposed(reading: Reading, last: int) -> bool:
    """Say whether what follows tells that a phrase names a work, a band or the like: "the police, a band poster"."""
    tokens, sets = reading.tokens, reading.sets
    if last + 2 >= len(tokens) or tokens[last + 1].glue != ", " or tokens[last + 1].low not in _ARTICLES:
        return False
    for token in tokens[last + 2 : last + 5]:
        if token.follows and token.low in sets["titled_kinds"]:
            return True
        if not token.follows or reading.is_function_word(token.low) or token.low in reading.lexicon.entries:
            return False
    return False


def _is_begun(reading: Reading, last: int) -> bool:
    """Say whether a title goes on behind a phrase and ends in what bears it: "the girl with the curl paperback"."""
    for i in range(last + 1, min(last + 7, len(reading.tokens))):
        token, before = reading.tokens[i], reading.before(i)
        if not token.follows or before in ("a", "an") or before.endswith("ing"):
            return False
        if token.low in reading.sets["bound_media"]:
            return not (reading.is_function_word(before) or reading.describes_people(before))
    return False


def _is_owned(reading: Reading, thing: int) -> bool:
    """Say whether a thing stands for its owner, who is not there: "the empty pulpit of a preacher"."""
    if thing < 0:
        return False
    sets, low = reading.sets, reading.tokens[thing].low
    if (
        low in sets["style_words"]
        or low in sets["images"]
        or low in sets["body_parts"]
        or low in reading.lexicon.entries
    ):
        return False
    if low in _DESIGNS:
        return False
    return low in sets["things_after"] or reading.before(thing) in _EMPTY


def _is_group(reading: Reading, last: int) -> bool:
    entry = reading.lexicon.entries.get(reading.tokens[last].low)
    return entry is not None and entry.kind == "group"


def _is_past(reading: Reading, last: int) -> bool:
    """Say whether what a phrase does is over: "the children used to play", "the teacher sat"."""
    following = reading.next(last)
    return following is not None and (following.low in _ONCE or following.low.endswith("ed"))


def _have_gone(reading: Reading, last: int, *, quite: bool = False) -> bool:
    """Say whether a phrase is followed by "has left" and the like; ``quite`` asks for "has" and a full stop."""
    following = reading.next(last)
    already = following is not None and following.low in _PERHAPS_ALREADY
    gone = last + 2 if already else last + 1
    if following is not None and already:
        following = reading.next(last + 1)
    if following is None or following.low not in _GONE:
        return False
    return not quite or (already and reading.next(gone) is None)

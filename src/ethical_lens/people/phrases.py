"""Noun phrases that name people: where their head is, and how far they reach."""

from __future__ import annotations

import re
from dataclasses import replace

from ethical_lens.people.lexicon import LONGEST, Entry
from ethical_lens.people.reading import Candidate, Reading
from ethical_lens.people.years import stage_of_word

_MOST_MODIFIERS = 6
_SHORTEST_BY_FORM = 6
_AGENT_ENDINGS = (
    "ologist",
    "ographer",
    "ician",
    "smith",
    "keeper",
    "worker",
    "monger",
    "wright",
    "iatrist",
    "maker",
    "player",
    "painter",
    "teacher",
    "builder",
    "driver",
    "hunter",
    "fighter",
    "dancer",
    "singer",
    "seller",
    "trainer",
    "grower",
    "herder",
    "breeder",
    "fisher",
    "rider",
    "weaver",
    "carver",
    "master",
)
_AGENT_FORMS = ("er", "or", "ist", "eer", "arian", "eur")
_WHERE_PEOPLE_ARE = ("at", "with", "from", "behind", "outside", "halfway", "who", "during", "mid", "between", "among")
_NO_AGENT_FORMS = ("ometer", "meter", "liter", "water", "flower", "paper", "berger", "burger", "ier", "shower", "tower")
_SHORTEST_AGENT = 6
_MOST_BEFORE_AGENT = 3
_MAKING = ("painting", "drawing", "recording")
_COUNTED = re.compile(r"(?P<number>[1-9])\+?(?P<noun>girl|boy|man|woman|men|women|person|people)s?")
"""Keywords of image boards: "1girl", "2boys"."""
_BEINGS = ("is", "are", "was", "were", "be", "been")

Head = tuple[int, int, Entry]
"""First token, last token (included) and meaning of a head noun."""


def head_at(reading: Reading, i: int) -> Head | None:
    """Return the head that begins at token ``i``, compounds such as "student nurse" followed to their end."""
    hit = _longest(reading, i)
    if hit is None:
        return None
    first, (last, entry) = i, hit
    while reading.next(last) is not None:
        following = _longest(reading, last + 1)
        if following is None or _is_verb(reading, last + 1):
            break
        if entry.plural and not (entry.word in ("woman", "man") and following[1].plural):
            break
        first, (last, entry) = last + 1, following
    return first, last, entry


def _is_verb(reading: Reading, i: int) -> bool:
    """Say whether a word that may be a verb stands like one: something with a determiner follows."""
    following = reading.next(i)
    if reading.tokens[i].low.endswith("ing"):
        return following is not None and following.low not in reading.sets["prepositions"]
    if reading.tokens[i].low not in reading.sets["verbs_shared"]:
        return False
    return following is not None and following.low in reading.sets["determiners"]


def _longest(reading: Reading, i: int) -> tuple[int, Entry] | None:
    """Return (last token, entry) of the longest entry that begins at token ``i``."""
    tokens, entries = reading.tokens, reading.lexicon.entries
    key, best = tokens[i].low, None
    if key not in reading.lexicon.starts:
        return _by_form(reading, i)
    for j in range(i, min(i + LONGEST, len(tokens))):
        if j > i:
            if not tokens[j].follows or tokens[j - 1].owns:
                break
            key = f"{key} {tokens[j].low}"
        entry = entries.get(key)
        if entry is not None:
            best = (j, entry)
    return best or _by_form(reading, i)


def _by_form(reading: Reading, i: int) -> tuple[int, Entry] | None:
    """Recognise a head by the form of the word: "70-year-old", "-woman", "-ologist"."""
    low, stages = reading.tokens[i].low, reading.lexicon.stages
    if (age := stage_of_word(low, stages)) is not None:
        if reading.head_ahead(i):
            return None
        return i, Entry(word=low, ages=(age,), kind="generic", age=age, plural=low.endswith("s"))
    if (counted := _COUNTED.fullmatch(low)) is not None and counted["noun"] in reading.lexicon.entries:
        return i, replace(reading.lexicon.entries[counted["noun"]], plural=counted["number"] != "1")
    if len(low) < _SHORTEST_BY_FORM or not low.isascii():
        return None
    stem = low[:-1] if low.endswith("s") else low
    if low in reading.sets["not_by_form"] or stem in reading.sets["not_by_form"]:
        return None
    if stem.startswith(("snow", "gingerbread", "straw", "scare")):
        return None
    gender = _gender_of_form(stem)
    agent = stem.endswith(("person", "people", *_AGENT_ENDINGS)) and stem not in reading.sets["not_agents"]
    agent = agent or _keeps_company(reading, i, stem)
    if not (gender or agent or _is_believer(reading, i, stem) or _is_agent(reading, i, low, stem)):
        return None
    plural = low.endswith(("men", "people")) or (low.endswith("s") and not low.endswith("ss"))
    return i, Entry(word=low, ages=(stages["y"], stages["m"], stages["o"]), gender=gender, plural=plural)


def _gender_of_form(stem: str) -> str | None:
    if stem.endswith(("woman", "women")):
        return "female"
    return "male" if stem.endswith(("man", "men")) else None


def _keeps_company(reading: Reading, i: int, stem: str) -> bool:
    """Say whether an unknown noun in -er and the like has a word beside it that only people have."""
    if not stem.endswith(("er", "or", "ist", "ant", "eer", "mate")) or stem in reading.sets["things_after"]:
        return False
    if reading.before(i) in reading.sets["person_only"]:
        return True
    following = reading.next(i)
    acts = following is not None and following.low in reading.sets["human_verbs"] and following.low not in _MAKING
    return stem.endswith("mate") or (acts and bool(reading.determiner(i)))


def _is_agent(reading: Reading, i: int, low: str, stem: str) -> bool:
    """Say whether an unknown noun in -er, -or, -ist and the like stands where people stand and does what they do.

    Things of that form ("stapler") and degrees ("darker") are listed; what remains needs a verb in -ing after it, or
    one of the prepositions that follow people more than things.
    """
    if not stem.endswith(_AGENT_FORMS) or stem.endswith(_NO_AGENT_FORMS) or len(stem) < _SHORTEST_AGENT:
        return False
    sets = reading.sets
    if any(word in sets[name] for word in (low, stem) for name in ("not_agents", "things_after", "animals", "brands")):
        return False
    if _is_degree(reading, stem) or (reading.tokens[i].text[:1].isupper() and i > 0 and not reading.shouted):
        return False
    if not _opens_phrase(reading, i, plural=low != stem):
        return False
    following = reading.next(i)
    if following is None:
        return False
    acts = following.low.endswith("ing") and following.low not in sets["scenic_verbs"] and following.low not in _MAKING
    if not acts:
        return following.low in _WHERE_PEOPLE_ARE
    return following.low in sets["human_verbs"] or reading.next(i + 1) is not None


def _is_degree(reading: Reading, stem: str) -> bool:
    """Say whether a word is an adjective in its second degree: "darker", "sunnier"."""
    adjectives = reading.sets["adjectives"]
    return any(form in adjectives for form in (stem[:-2], stem[:-1], f"{stem[:-3]}y", stem[:-3]))


def _opens_phrase(reading: Reading, i: int, *, plural: bool) -> bool:
    """Say whether a noun phrase opens within three words before a noun: by a determiner, a number, or the text."""
    first = i
    while first > 0 and i - first < _MOST_BEFORE_AGENT and reading.tokens[first].follows:
        low = reading.tokens[first - 1].low
        if low in reading.sets["determiners"] or low in reading.sets["numbers"] or low.isdigit():
            return True
        if reading.is_function_word(low) or low.endswith(("ing", "ed", "ly")):
            return False
        first -= 1
    following = reading.next(i)
    acts = following is not None and following.low in reading.sets["human_verbs"]
    return first == 0 and (plural or acts)


def _is_believer(reading: Reading, i: int, stem: str) -> bool:
    """Say whether a word in -ist stands like a noun for a person."""
    if not stem.endswith("ist") or not reading.determiner(i) or stem in reading.sets["not_agents"]:
        return False
    following = reading.next(i)
    return following is None or (reading.people_act(i) and following.low not in _MAKING)


def first_modifier(reading: Reading, head: int, free: int) -> int:
    """Return the first token of the phrase that ends in a head; determiners and numbers stay outside.

    Args:
        reading: The text.
        head: First token of the head.
        free: First token that no other phrase has taken.
    """
    sets, tokens = reading.sets, reading.tokens
    first = head
    while first > free and head - first < _MOST_MODIFIERS:
        left = tokens[first - 1]
        if first < head and _is_joined(reading, first - 1, free):
            first -= 2
            continue
        if not tokens[first].follows and not _is_listed(reading, first, head):
            break
        if reading.is_function_word(left.low) or left.low in sets["style_words"]:
            break
        if left.low[:1].isdigit() and "year" not in left.low:
            break
        if left.owns and not _is_kind(reading, left.low):
            break
        if not _modifies(reading, first - 1, free):
            break
        first -= 1
    return first


def _is_kind(reading: Reading, low: str) -> bool:
    """Say whether a possessive tells the kind ("fishermen's wives") and not whose it is ("the bride's uncle")."""
    owner = reading.lexicon.entries.get(low)
    return owner is not None and owner.plural


def _is_listed(reading: Reading, i: int, head: int) -> bool:
    """Say whether a comma stands between two adjectives of one phrase: "a tall, bearded man"."""
    left, right = reading.tokens[i - 1], reading.tokens[i]
    return (
        i < head and right.glue == ", " and reading.describes_people(left.low) and reading.describes_people(right.low)
    )


def _is_joined(reading: Reading, i: int, free: int) -> bool:
    """Say whether "and" at token ``i`` joins two adjectives of one phrase: "an old and lonely woman"."""
    if reading.tokens[i].low not in ("and", "but") or i - 1 < free or not reading.tokens[i].follows:
        return False
    return all(reading.describes_people(reading.tokens[j].low) for j in (i - 1, i + 1))


def _modifies(reading: Reading, i: int, free: int) -> bool:
    """Say whether a word may stand before a noun for people, or is rather a verb or a noun of its own."""
    token, sets = reading.tokens[i], reading.sets
    low = token.low
    if token.owns or reading.describes_people(low) or stage_of_word(low, reading.lexicon.stages) is not None:
        return True
    if (
        (reading.before(i) == "to" and reading.before(i - 1) not in ("next", "close"))
        or low in sets["verbs_past"]
        or low in sets["verbs_ing"]
    ):
        return False
    if low.endswith(("ing", "ed")):
        return _may_begin(reading, i, free) and reading.before(i) not in _BEINGS
    if low.endswith("s") and not low.endswith(("ss", "ics")):
        return low in sets["plural_modifiers"] or _is_proper(reading, i)
    return True


def _is_proper(reading: Reading, i: int) -> bool:
    """Say whether a word is part of a name of several words: "Ellis Island immigrants"."""
    following = reading.tokens[i + 1]
    return not reading.shouted and reading.tokens[i].text[:1].isupper() and following.text[:1].isupper()


def _may_begin(reading: Reading, i: int, free: int) -> bool:
    """Say whether a noun phrase may begin with token ``i``."""
    if i == free == 0 or not reading.tokens[i].follows:
        return True
    low = reading.before(i)
    if low.endswith("ly") or low in reading.sets["style_words"]:
        return True
    return reading.is_function_word(low) or reading.describes_people(low)


def plural_after_of(reading: Reading, group: Candidate) -> Head | None:
    """Return the plural of people that "of" joins to a word for many: "team of young engineers"."""
    of = reading.next(group.last)
    if of is None or of.low != "of":
        return None
    for j in range(group.last + 2, min(group.last + 7, len(reading.tokens))):
        token = reading.tokens[j]
        if not token.follows or token.low in reading.sets["prepositions"] or token.low in ("a", "an", "the"):
            return None
        head = head_at(reading, j)
        if head is not None:
            _, last, entry = head
            return head if entry.plural and not reading.tokens[last].owns else None
    return None


def is_of_named(reading: Reading, group: Candidate) -> bool:
    """Say whether "of the" and a name follow: "players of the Green Bay Packers", "members of the Duma"."""
    following = reading.tokens[group.last + 1 : group.last + 4]
    return (
        [token.low for token in following[:2]] == ["of", "the"]
        and following[-1].text[:1].isupper()
        and all(token.follows for token in following)
    )


def is_of_people(reading: Reading, group: Candidate, entry: Entry) -> bool:
    """Say whether a word for many means people: "a crew", but not "a family of bears" or "a row"."""
    if _is_of_things(reading, group.last):
        return False
    if entry.word not in reading.sets["only_with_of"]:
        return True
    following = reading.next(group.last)
    acts = following is not None and following.low in reading.sets["crowd_verbs"]
    return acts and entry.word in reading.sets["crowd_words"]


def _is_of_things(reading: Reading, last: int) -> bool:
    """Say whether "of" makes it a group of animals or things: "a family of bears"."""
    of = reading.next(last)
    if of is None or of.low != "of":
        return False
    for token in reading.tokens[last + 2 : last + 5]:
        if not token.follows or reading.is_function_word(token.low) or token.low[:1].isdigit():
            return False
        plural = token.low.endswith("s") and not token.low.endswith("ss") and not token.text[:1].isupper()
        if plural or (token.low in reading.sets["animals"] and not token.text[:1].isupper()):
            return True
    return False


def is_noun_for_people(reading: Reading, group: Candidate) -> bool:
    """Say whether the name of a people is a noun here: "an Italian cooking", but not "Italian food"."""
    token = reading.tokens[group.last]
    if token.low in reading.sets["capital_only"] and not token.text[:1].isupper():
        return False
    if group.many:
        return True
    return bool(reading.determiner(group.first)) and (
        reading.next(group.last) is None or reading.people_act(group.last)
    )

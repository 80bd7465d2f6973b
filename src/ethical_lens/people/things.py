"""What looks like a person and is none: animals, dishes, brands, statues, roles played, people who are absent."""

from __future__ import annotations

from collections.abc import Collection

from ethical_lens.people.lexicon import Entry
from ethical_lens.people.pictured import is_absent, is_pictured, is_title
from ethical_lens.people.reading import Candidate, Reading
from ethical_lens.people.tokens import Token

_QUOTES = "\"'\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}"
_GAMES = frozenset(
    (
        *("chess", "chessboard", "checkmate", "chessmen", "cards", "card", "deck", "fanned", "spades", "hearts"),
        *("clubs", "poker", "blackjack", "felt", "rook", "rooks", "solitaire", "tarot", "pawn", "pawns"),
    )
)
_ANIMAL_FORMS = ("bird", "birds", "fish", "beetle", "beetles", "moth", "moths", "worm", "worms", "hawk", "snake")
_REFLEXIVES = ("himself", "herself", "themselves", "themself", "myself")
_ABSENT = ("no", "without", "zero", "neither", "not", "minus")
_CALLED = ("called", "named", "titled", "entitled", "labelled", "labeled", "says", "saying", "reads")
_DEPICTING = ("of", "depicting", "showing", "representing", "honoring", "honouring")
_MAKING = ("painting", "drawing")
_JOINING = ("of", "in", "on", "with", "from", "by")
_ARTICLES = frozenset(("a", "an", "the"))
_ADJECTIVE_FORMS = ("y", "ous", "ful", "ic", "al", "ive", "less", "ish", "able", "ible", "ant", "ent", "an", "ese")
_PERSONAL = frozenset(("his", "her", "he", "she", "their", "who", "himself", "herself"))
_SIGNED = ("only", "prohibited", "forbidden")
_PLAYING_THEM = ("impersonator", "lookalike", "look-alike", "double", "fan", "cosplayer", "biographer", "scholar")
"""Who bears a name because they play or follow somebody."""


def is_thing(reading: Reading, group: Candidate, entry: Entry) -> bool:
    """Say whether the words in and around a phrase make it an animal, a thing or a brand."""
    if _lacks_capital(reading, group, entry):
        return True
    follower = reading.next(group.last)
    if follower is not None and not _is_joined(reading, group) and _is_thing_with(reading, group, entry, follower):
        return True
    if entry.word in reading.sets["game_figures"] and not reading.words.isdisjoint(_GAMES):
        return True
    if entry.plural and entry.kind not in ("group", "people") and reading.before(group.head) in ("a", "an"):
        return True
    if entry.word in reading.sets["tarot_figures"] and "tarot" in reading.words and group.first == group.head:
        return True
    if _is_device(reading, group) or _is_known_animal(reading, group) or _is_inanimate(reading, group, entry):
        return True
    return _is_made(reading, group) or _is_animal(reading, group) or _is_brand(reading, group)


def _lacks_capital(reading: Reading, group: Candidate, entry: Entry) -> bool:
    """Say whether a name of people is spelt like the other word that it is: "a salt shaker", "black panthers"."""
    return (
        entry.kind != "people"
        and entry.word in reading.sets["capital_only"]
        and not reading.tokens[group.last].text[:1].isupper()
    )


def _is_joined(reading: Reading, group: Candidate) -> bool:
    """Say whether "a man and" stands before a head, so that a bare verb follows: "a man and woman ride a bike"."""
    first = group.first
    if reading.before(first) != "and" or first < 2:
        return False
    return reading.tokens[first - 2].low in reading.lexicon.entries and reading.tokens[first - 1].follows


def _is_device(reading: Reading, group: Candidate) -> bool:
    """Say whether it is a machine named by what it does: "record player", "bottle opener"."""
    noun, sets = reading.tokens[group.last].low, reading.sets
    if noun not in sets["device_nouns"] and noun.removesuffix("s") not in sets["device_nouns"]:
        return False
    owner = reading.tokens[group.last - 1].low if group.last > group.first else reading.before(group.last)
    following = reading.next(group.last)
    acts = following is not None and following.low in sets["human_verbs"]
    return owner in sets["device_owners"] and not acts


def _is_inanimate(reading: Reading, group: Candidate, entry: Entry) -> bool:
    """Say whether a word for things as well stands like one: "a fan on a desk", "a bowl of batter", "a ruler"."""
    sets, last = reading.sets, group.last
    if reading.before(group.first) == "of" and reading.before(group.first - 1) in sets["measures"]:
        return not entry.plural and entry.kind == "role"
    if group.first < group.head or not (entry.word in sets["doubtful"] or entry.word in sets["mostly_things"]):
        return False
    following = reading.next(last)
    if following is not None and following.low in sets["verbs_of_things"]:
        return True
    if entry.word in sets["mostly_things"]:
        acts = following is not None and following.low in sets["human_verbs"]
        return not acts and reading.words.isdisjoint(_PERSONAL)
    return following is not None and following.low in ("on", "in") and _is_at_furniture(reading, last + 2)


def _is_at_furniture(reading: Reading, i: int) -> bool:
    """Say whether a place where things are put begins at token ``i``: "a desk", "the kitchen counter"."""
    for token in reading.tokens[i : i + 3]:
        if not token.follows or token.low in reading.sets["prepositions"]:
            return False
        if token.low in reading.sets["furniture"]:
            return True
    return False


def _is_known_animal(reading: Reading, group: Candidate) -> bool:
    """Say whether a word for animals as well stands alone among words that speak of animals: "a cardinal on a twig"."""
    if group.first < group.last or reading.tokens[group.last].low not in reading.sets["animal_names"]:
        return False
    return not reading.words.isdisjoint(reading.sets["animal_signs"])


def _is_made(reading: Reading, group: Candidate) -> bool:
    """Say whether a material or a toy word before the head makes it a figure: "toy soldier", but not "toy maker"."""
    tokens, sets = reading.tokens, reading.sets
    noun = tokens[group.last].low
    if reading.before(group.head) in sets["brands"]:
        return True
    if reading.before(group.head) in sets["weak_materials"] and noun in sets["figures_made"]:
        return True
    first = group.first
    if reading.before(first) == "and" and first > 1 and reading.begins_head(first - 2):
        first -= 2
        if reading.before(first) in sets["things_before"]:
            return True
    before = range(max(group.first, group.head - 2), group.head)
    if not any(tokens[j].low in sets["things_before"] and tokens[j + 1].low != "age" for j in before):
        return False
    return not _holds(sets["materials_worked_by"], noun)


def _holds(words: Collection[str], noun: str) -> bool:
    """Say whether a noun, or what it is without an "s" at its end, is among words."""
    return noun in words or noun.rstrip("s") in words


def _is_animal(reading: Reading, group: Candidate) -> bool:
    """Say whether an animal stands before the head: "raccoon detective", but not "dog trainer"."""
    noun, people = reading.tokens[group.last].low, reading.sets["animal_people"]
    if reading.before(group.head) in reading.sets["creatures"]:
        return not _holds(reading.sets["creature_people"], noun)
    return reading.before(group.head) in reading.sets["animals"] and not _holds(people, noun)


def _is_thing_with(reading: Reading, group: Candidate, entry: Entry, follower: Token) -> bool:
    """Say whether the word after a head makes it a thing: "nurse shark", "chef knife", "passenger jet"."""
    sets, low = reading.sets, follower.low
    if entry.kind != "group" and f"{reading.tokens[group.last].low} {low}" in sets["thing_with"]:
        return True
    if low in sets["animals"] or low.endswith(_ANIMAL_FORMS):
        return not entry.plural
    beyond = reading.next(group.last + 1)
    if beyond is not None and beyond.low in _REFLEXIVES:
        return False
    pair = f"{low} {beyond.low}" if beyond is not None else low
    if low not in sets["things_after"] and pair not in sets["things_after"]:
        if entry.kind == "group":
            return entry.word in sets["forces"] and _is_noun(reading, group, low)
        if entry.word in sets["attributive"] or _is_counted(reading, group, entry):
            return not entry.plural and _is_noun(reading, group, low)
        return entry.kind == "role" and not entry.plural and _is_bare_noun(reading, group, low)
    third_person = _is_third_person(reading, low)
    if third_person and reading.determiner(group.first) in ("a", "an"):
        return False
    if low not in sets["verbs_or_things"]:
        return True
    return not (entry.plural or (third_person and _has_object(reading, group)))


def _is_counted(reading: Reading, group: Candidate, entry: Entry) -> bool:
    """Say whether a determiner opens the phrase, so that a noun behind it is its head; "my uncle bob" is no such."""
    determiner = reading.determiner(group.first)
    return bool(determiner) if entry.kind == "role" else determiner in _ARTICLES and entry.kind != "people"


def _is_third_person(reading: Reading, low: str) -> bool:
    """Say whether a word may be a verb like "sits"; "bus", "tennis" and "glass" are not."""
    return low.endswith("s") and not low.endswith("ss") and low not in reading.sets["nouns_in_s"]


def _has_object(reading: Reading, group: Candidate) -> bool:
    """Say whether what may be a verb after a head is followed like one."""
    beyond = reading.next(group.last + 1)
    return beyond is not None and reading.is_function_word(beyond.low)


def _is_noun(reading: Reading, group: Candidate, low: str) -> bool:
    """Say whether the word after a head is a noun: "passenger jet", but not "a passenger sleeps"."""
    sets = reading.sets
    if low in sets["attributive_follow"]:
        return True
    if (
        low in sets["after_people"]
        or reading.is_function_word(low)
        or not low.isalpha()
        or reading.describes_people(low)
    ):
        return False
    if low.endswith(("ing", "ed", "ly")) or low in sets["verbs_past"] or low in sets["states_of_people"]:
        return False
    if low in sets["style_words"] or low in sets["style_adjectives"]:
        return low in sets["style_words"] and reading.tokens[group.last].low in sets["attributive"]
    return not (_is_third_person(reading, low) and _is_verb_here(reading, group, low))


def _is_verb_here(reading: Reading, group: Candidate, low: str) -> bool:
    """Say whether a word in -s after a head stands as a verb: "the nurse folds a sheet", "of nurse clogs" not."""
    if reading.determiner(group.first):
        return True
    if reading.before(group.first) in _JOINING:
        return f"{low[:-1]}ing" in reading.sets["human_verbs"]
    return _has_object(reading, group)


def _is_bare_noun(reading: Reading, group: Candidate, low: str) -> bool:
    """Say whether a noun follows a head that has no determiner: "a bolt of cavalry twill", "sailor hat on a peg".

    In a list of keywords ("knight shiny armor") two nouns side by side are no compound, so either a preposition has to
    stand before, or a determiner somewhere in the text.
    """
    if reading.determiner(group.first) or low.endswith(_ADJECTIVE_FORMS) or not _is_noun(reading, group, low):
        return False
    before = reading.before(group.first)
    return before in _JOINING or (not before and not reading.words.isdisjoint(_ARTICLES))


def _is_brand(reading: Reading, group: Candidate) -> bool:
    """Say whether capitals make it the name of something: "Dallas Cowboys", "Burger King"."""
    token, entries = reading.tokens[group.last], reading.lexicon.entries
    if reading.shouted or not token.text[:1].isupper() or token.text.isupper():
        return False
    after = reading.next(group.last)
    if after is not None and after.text[:1].isupper() and after.low not in entries:
        return True
    low = reading.before(group.head)
    if not low or not reading.tokens[group.head - 1].text[:1].isupper():
        return False
    known = reading.describes_people(low) or reading.is_function_word(low) or low in entries
    number = low in reading.sets["numbers"] and group.head > 1
    return not known or number or low in reading.lexicon.countries


def is_excluded(reading: Reading, first: int, last: int, *, later: bool) -> bool:
    """Say whether the words before a phrase make it a depiction, a topic, a role played or something absent.

    Args:
        reading: The text.
        first: First token of the phrase.
        last: Last token of the phrase.
        later: Whether other people were found before it.
    """
    sets = reading.sets
    if is_absent(reading, first, last) or is_title(reading, first, last) or is_pictured(reading, first, last):
        return True
    at = first
    while (low := reading.before(at)) in sets["determiners"] or low in sets["numbers"]:
        if low in _ABSENT:
            return True
        at -= 1
    if _is_quoted(reading, first, at):
        return True
    before = reading.before(at - 1) if low else ""
    if _is_second(reading, first, at):
        return is_excluded(reading, first - 2, first - 2, later=later)
    if _is_wording_of_sign(reading, last):
        return True
    if low in ("as", "like", "resembling"):
        return before != "such" and not _has_verb(reading, last)
    if low in _ABSENT or low in _CALLED:
        return True
    if low in _DEPICTING:
        return before in sets["depictions"] or f"{reading.before(at - 2)} {before}" in sets["depictions"]
    if low == "about":
        return later or before in sets["bound_media"] or before in sets["printed_matter"]
    if low == "playing" and at == first:
        return reading.tokens[last].low.endswith("s")
    if low == "to" and before in sets["depictions"]:
        return True
    if low == "for":
        return before in sets["for_things"]
    if low == "by":
        return any(token.low in sets["made_by"] for token in reading.tokens[max(0, at - 5) : at - 1])
    return low == "after" and before in ("named", "modelled", "modeled")


def _is_wording_of_sign(reading: Reading, last: int) -> bool:
    """Say whether a sign is read out: "employees only", "pedestrians prohibited"."""
    following = reading.next(last)
    if following is None or following.low not in _SIGNED:
        return False
    beyond = reading.next(last + 1)
    return beyond is None or not beyond.low.endswith("ing")


def _is_second(reading: Reading, first: int, at: int) -> bool:
    """Say whether a phrase without a determiner is joined to one of a single word: "as bride and groom"."""
    if at != first or first < 2 or reading.before(first) != "and" or not reading.tokens[first - 1].follows:
        return False
    return reading.tokens[first - 2].low in reading.lexicon.entries


def _has_verb(reading: Reading, last: int) -> bool:
    """Say whether a verb follows a head: "as people look on", not "dressed as a pirate"."""
    following = reading.next(last)
    if following is None:
        return False
    low = following.low
    if low in ("is", "are", "was", "were", "has", "have", "can", "will"):
        return True
    if reading.is_function_word(low) or low.endswith(("ing", "ly")):
        return False
    plural = reading.tokens[last].low.endswith(("s", "men", "people", "children"))
    return low.endswith("s") != plural


def _is_quoted(reading: Reading, first: int, at: int) -> bool:
    """Say whether a phrase, or the determiner before it, opens a quotation inside the text."""
    return any(i > 0 and reading.tokens[i].glue[-1:] in _QUOTES and reading.tokens[i].glue for i in (first, at))


def names_person(reading: Reading, first: int, end: int, *, later: bool) -> bool:
    """Say whether a name stands for the person, and not for a style, a topic or a thing named after them.

    Args:
        reading: The text.
        first: First token of the name.
        end: Token after the name.
        later: Whether other people were found before it.
    """
    if _is_namesake(reading, first, end):
        return False
    if first == 0:
        return True
    low, before = reading.before(first), reading.before(first - 1)
    if low == "by":
        return reading.suffers(first - 1)
    if low in ("after", "style", "like", "inspired", "artist") or _is_credited(reading, first):
        return False
    if low == "of" and before in ("style", "manner", "works", "spirit", "vein", "art"):
        return False
    return low == "for" or not is_excluded(reading, first, end - 1, later=later)


def _is_namesake(reading: Reading, first: int, end: int) -> bool:
    """Say whether what follows a name is a thing that bears it: "a Napoleon painting", "Van Gogh's Sunflowers"."""
    if end >= len(reading.tokens) or not reading.tokens[end].follows:
        return False
    after, sets = reading.tokens[end], reading.sets
    if after.low.removesuffix("s") in _PLAYING_THEM:
        return True
    if after.text[:1].isupper() and reading.tokens[first].text[:1].isupper() and not reading.shouted:
        return after.low not in reading.lexicon.entries
    if reading.tokens[end - 1].owns:
        if after.low in sets["body_parts"] or after.low in sets["events"] or after.low in reading.lexicon.entries:
            return False
        return reading.words.isdisjoint(_PERSONAL)
    if after.low not in sets["things_after"] and after.low not in sets["animals"] and after.low not in sets["dated"]:
        return False
    verb = after.low in _MAKING or (after.low in sets["verbs_or_things"] and after.low.endswith("s"))
    return not verb or reading.before(first) in sets["determiners"]


def _is_credited(reading: Reading, first: int) -> bool:
    """Say whether a name stands in a list of artists: "by Jane Doe, John Doe and ..."."""
    if "," not in reading.tokens[first].glue and reading.before(first) not in ("and", "&", "x"):
        return False
    return reading.first_credit < first

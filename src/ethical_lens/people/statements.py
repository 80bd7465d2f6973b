"""What a text says about the people in it: by the words of the phrase, around it, and by pronouns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ethical_lens.people.context import Context
from ethical_lens.people.lexicon import Entry
from ethical_lens.people.reading import Candidate, Reading
from ethical_lens.people.years import stage_of, stage_of_decade, stage_of_word
from ethical_lens.types import Fixed

_WINDOW = 14
"""Words after a head in which something may be said about it."""

_MOST_CANDIDATES = 4
"""People that a pronoun may refer to."""

_PRONOUNS: Mapping[str, str] = {
    "he": "male",
    "his": "male",
    "him": "male",
    "himself": "male",
    "she": "female",
    "her": "female",
    "hers": "female",
    "herself": "female",
}
_SENTENCE_END = re.compile(r"[.;!?\n|](?=\s|$)")
_AGED = re.compile(
    r"\bin (?:his|her|their) (?:(?:early|mid|late)[ -])?"
    r"(?P<decade>teens|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties|[2-9]0s)"
    r"|\baged? (?P<aged>\d{1,3})\b"
    r"|\b(?P<years>\d{1,3})(?: years? old| years of age|yo\b|-year-old\b)"
)
_FROM = re.compile(
    r"^ (?:from|of) (?:the )?(?:(?:rural|northern|southern|eastern|western|south|north) )?(?P<place>[a-z]+)"
)
_DESCENT = re.compile(r"\bof (?P<what>[a-z -]{3,24}?) (?:descent|origin|heritage|ancestry|ethnicity|background)\b")
_SKIN = re.compile(
    r"\b(?:dark|black|brown|pale|light|fair|ebony|olive|tan|deep|white|porcelain)(?: brown)? (?:skin|complexion)"
)
_BEARD = re.compile(
    r"\bwith (?:an? )?(?:[a-z-]+ ){0,3}?(?:beard|moustache|mustache|sideburns|stubble)\b"
    r"(?! (?:mug|oil|comb|trimmer|balm|net|cup|tattoo|costume|style))"
)
_PREDICATE = re.compile(
    r"^[ ,]*(?:who |that )?(?:is|was|are|were) (?:an? |all )?"
    r"(?P<what>(?:[a-z-]+ ){0,3}?(?:man|woman|men|women|male|female|boy|girl))\b"
)


def read_words(reading: Reading, group: Candidate, entry: Entry) -> None:
    """Read what the phrase itself states or leaves alone."""
    if entry.gender:
        group.stated["gender"] = entry.gender
    if entry.age:
        group.stated["age"] = entry.age
    if entry.kind == "people":
        pairs = reading.lexicon.states.get(entry.word, ())
        group.stated.update(pairs)
        if not pairs and entry.word not in reading.sets["creeds"]:
            group.leave_alone("race", f"the prompt names a people ({entry.word})", 0.95)
    i = group.first
    while i < group.head:
        i += _read_modifier(reading, group, entry, i)


def _read_modifier(reading: Reading, group: Candidate, entry: Entry, i: int) -> int:
    """Read the modifier at token ``i``; return how many tokens it spans."""
    tokens, lexicon = reading.tokens, reading.lexicon
    for n in (2, 1):
        if i + n > group.head:
            continue
        word = " ".join(token.low for token in tokens[i : i + n])
        if pairs := _pairs(reading, entry, word, owns=tokens[i].owns):
            _state(reading, group, entry, pairs, word, tokens[i + n].low)
            if word in lexicon.nationalities and "race" not in dict(pairs):
                group.leave_alone("race", f"the prompt states a nationality or people ({word})", 0.95)
            return n
        if word in lexicon.nationalities and tokens[i + n].low not in reading.sets["after_nationality"]:
            group.leave_alone("race", f"the prompt states a nationality or people ({word})", 0.95)
            return n
        if word in lexicon.countries:
            group.leave_alone("race", f"the prompt states a country ({word})", 0.85)
            return n
        if word in lexicon.left_alone:
            for axis in lexicon.left_alone[word]:
                group.leave_alone(axis, f'the prompt describes it in its own words ("{word}")', 0.9)
            return n
    if not tokens[i].owns:
        _read_noun(reading, group, entry, i)
    return 1


def _pairs(reading: Reading, entry: Entry, word: str, *, owns: bool) -> tuple[tuple[str, str], ...]:
    """Return the (axis, value) pairs a modifier states; a possessive states them of groups only ("girls' choir")."""
    if not owns:
        return reading.lexicon.states.get(word, ())
    owner = f"{word}'" if word.endswith("s") else f"{word}'s"
    return reading.lexicon.states.get(owner, ()) if entry.kind == "group" else ()


def _read_noun(reading: Reading, group: Candidate, entry: Entry, i: int) -> None:
    """Read a number of years, or a noun for people that stands before the head: "child actor", "woman doctor"."""
    low, lexicon = reading.tokens[i].low, reading.lexicon
    if (stage := stage_of_word(low, lexicon.stages)) is not None:
        _set_age(group, stage)
        return
    noun = lexicon.entries.get(low)
    if noun is None or noun.plural or noun.kind == "group":
        return
    if noun.gender:
        group.stated.setdefault("gender", noun.gender)
    if noun.age:
        _state_age(reading, group, entry, noun.age, low)


def _state(
    reading: Reading, group: Candidate, entry: Entry, pairs: Iterable[tuple[str, str]], word: str, following: str
) -> None:
    for axis, value in pairs:
        if axis == "race" and following in reading.sets["after_colour"]:
            continue
        if axis == "age":
            _state_age(reading, group, entry, value, word)
        elif axis == "gender":
            group.stated.setdefault(axis, value)
        else:
            group.stated[axis] = value
            group.fixed.pop(axis, None)


def _state_age(reading: Reading, group: Candidate, entry: Entry, value: str, word: str) -> None:
    """State an age, unless the word means something else here: "child psychologist", "old friend", "senior partner"."""
    stages = reading.lexicon.stages
    minors = (stages["i"], stages["c"], stages["d"])
    if entry.age in minors and value == stages["y"]:
        return
    if (word == "senior" and entry.kind == "role") or (word == "old" and "friend" in entry.word):
        return
    if word in ("older", "younger", "little", "big") and entry.kind == "kin":
        return
    if value in minors and not _may_be_minor(reading, entry):
        return
    _set_age(group, value)


def _may_be_minor(reading: Reading, entry: Entry) -> bool:
    if entry.kind == "generic":
        return entry.word not in ("man", "woman", "lady", "gentleman", "guy")
    youthful = reading.lexicon.stages["d"] in entry.ages or entry.word in reading.sets["child_roles"]
    return youthful or entry.kind in ("kin", "group")


def _set_age(group: Candidate, stage: str) -> None:
    group.stated["age"] = stage
    group.ages = (stage,)


def read_after(reading: Reading, group: Candidate, entry: Entry, until: int, context: Context) -> None:
    """Read what is said about a group in the words that follow it.

    Args:
        reading: The text.
        group: The group.
        entry: What its head says.
        until: First token of the next group, or the number of tokens.
        context: Knows what biology fixes.
    """
    stop = max(reading.tokens[min(group.last + 1 + _WINDOW, until) - 1].end, reading.end(group))
    after = _SENTENCE_END.split(reading.text[reading.tokens[group.last].end : stop], maxsplit=1)[0].lower()
    _read_age(reading, group, after)
    if "gender" not in group.stated and _BEARD.search(after):
        group.stated["gender"] = "male"
    if (match := _PREDICATE.match(after)) is not None:
        _read_description(reading, group, entry, match["what"])
    if "race" not in group.stated and "race" not in group.fixed:
        _read_descent(reading, group, after)
    if "gender" not in group.stated and not group.many:
        _read_biology(reading, group, context.biology(f"{reading.phrase(group).lower()} {after}"))


def _read_age(reading: Reading, group: Candidate, after: str) -> None:
    match = _AGED.search(after) if "age" not in group.stated else None
    if match is None:
        return
    stages = reading.lexicon.stages
    if match["decade"]:
        _set_age(group, stage_of_decade(match["decade"], stages))
    else:
        _set_age(group, stage_of(int(match["aged"] or match["years"]), stages))


def _read_descent(reading: Reading, group: Candidate, after: str) -> None:
    lexicon = reading.lexicon
    if (match := _DESCENT.search(after)) is not None:
        races = [value for axis, value in lexicon.states.get(match["what"], ()) if axis == "race"]
        if races:
            group.stated["race"] = races[0]
        else:
            group.leave_alone("race", f"the prompt states a descent ({match['what']})", 0.9)
    elif _SKIN.search(after):
        group.leave_alone("race", "the prompt describes the skin in its own words", 0.9)
    elif (match := _FROM.search(after)) is not None and match["place"] in lexicon.countries:
        group.leave_alone("race", f"the prompt states where they are from ({match['place']})", 0.85)


def _read_description(reading: Reading, group: Candidate, entry: Entry, words: str) -> None:
    """Read the words of "the nurse is a young Black man"."""
    for word in words.split():
        for axis, value in reading.lexicon.states.get(word, ()):
            if axis == "age":
                _state_age(reading, group, entry, value, word)
            else:
                group.stated.setdefault(axis, value)


def _read_biology(reading: Reading, group: Candidate, gender: str | None) -> None:
    if gender is None:
        return
    group.fixed["gender"] = Fixed(value=(gender,), reason="biology that the prompt speaks of", confidence=0.95)
    if gender == "female" and "age" not in group.stated:
        fertile = (reading.lexicon.stages["y"], reading.lexicon.stages["m"])
        group.ages = tuple(stage for stage in fertile if stage in group.ages) or fertile


def merge_appositions(reading: Reading, groups: Sequence[Candidate]) -> list[Candidate]:
    """Read "the secretary, a bearded man, typing" as one person."""
    kept: list[Candidate] = []
    for group in groups:
        if kept and _explains(reading, kept[-1], group):
            previous = kept[-1]
            previous.stated = {**group.stated, **previous.stated}
            previous.fixed = {**group.fixed, **previous.fixed}
            previous.ages = tuple(stage for stage in previous.ages if stage in group.ages) or previous.ages
        else:
            kept.append(group)
    return kept


def _explains(reading: Reading, previous: Candidate, group: Candidate) -> bool:
    """Say whether a second phrase explains the first: one general noun and one role, after a comma or "is"."""
    if previous.entry is None or group.entry is None or previous.many or group.many:
        return False
    if (previous.entry.kind == "generic") == (group.entry.kind == "generic"):
        return False
    article = reading.tokens[group.first - 1]
    if group.first - previous.last == 3:
        return reading.before(group.first - 1) in ("is", "was") and article.low in ("a", "an")
    if group.first - previous.last != 2:
        return False
    if article.low not in ("a", "an", "the") or article.glue.strip() != ",":
        return False
    if group.last + 1 == len(reading.tokens):
        return True
    following = reading.tokens[group.last + 1]
    listed = following.glue.strip() == "," and following.low in ("a", "an", "the", "and", "one", "two")
    return following.low not in ("and", "or", "&") and not listed


def resolve_pronouns(reading: Reading, groups: Sequence[Candidate]) -> None:
    """Let pronouns state the gender of the person they refer to."""
    if reading.words.isdisjoint(_PRONOUNS):
        return
    recent: list[Candidate] = []
    coming = iter(groups)
    following = next(coming, None)
    for index, token in enumerate(reading.tokens):
        while following is not None and following.last < index:
            recent = [*recent[1 - _MOST_CANDIDATES :], following]
            following = next(coming, None)
        gender = _PRONOUNS.get(token.low)
        if gender is not None:
            _refer([group for group in recent if not group.many], gender)


def _refer(candidates: Sequence[Candidate], gender: str) -> None:
    """Give the gender to the first open candidate; another one might be meant, so those are left alone."""
    if any(group.named or group.gender == gender for group in candidates):
        return
    open_ones = [group for group in candidates if group.gender is None and "gender" not in group.fixed]
    for place, group in enumerate(open_ones):
        if place == 0:
            group.stated["gender"] = gender
        else:
            group.leave_alone("gender", "a pronoun in the prompt may refer to this person", 0.5)

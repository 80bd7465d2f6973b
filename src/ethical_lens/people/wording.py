"""One person's phrase with attributes in it: where English puts an adjective, and which article stands before it."""

from __future__ import annotations

import re
from collections.abc import Mapping

Words = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Axis to value to word forms: "adjective", "noun", "plural", "child", "children", "phrase" (behind the noun)."""

RANKS: Mapping[str, int] = {"age": 1, "race": 2, "gender": 3}
"""Order of adjectives in English; other axes stand like race. Opinions come before (0), nouns behind (4)."""

_YEARS_OLD = re.compile(r"years?[ -]olds?$|-something$", re.IGNORECASE)
_MINOR_YEARS = re.compile(
    r"(?:^|[ -])(?:\d|1[0-7]|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven)teen))"
    r"[ -]years?[ -]olds?$",
    re.IGNORECASE,
)
_PROPER = ("an", "ese", "ish", "ic", "ch", "ek", "i", "ean", "dhist", "indu", "wiss", "elsh", "utch")
"""Endings of words that keep their capital inside a sentence."""

_DESCRIPTIVE = ("ing", "ed", "ful", "less", "ous", "ish", "-looking", "-haired", "-eyed")
_DEGREES = ("ly", "est")
"""Endings of adverbs and of degrees; "family" and the like are listed among what is no opinion."""

_SOUNDS_LIKE_Y = ("uni", "use", "eu", "one", "once", "ut")
_SILENT_H = ("hour", "honest", "heir", "honor", "honour")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ANYBODY = _words("person individual human somebody someone anybody anyone adult")
_CHILD = _words("child kid")
_BABIES = _words("baby newborn infant toddler")
_TEENS = _words("teenager teen adolescent")
_AGE_WORDS = _words(
    """
    young old elderly aged middle-aged middle teenage teen adolescent retired little youthful baby infant
    newborn toddler
    """
)
_RACE_WORDS = _words(
    """
    sikh muslim jewish hindu christian catholic viking samurai white black asian blond blonde brunette redheaded
    latino latina latinx hispanic arab arabian african-american caucasian brown dark-skinned light-skinned pale-skinned
    eastern east south southeast
    tamil basque cree maori zulu inuk inuit thai arab greek slovak turk tatar berber hopi navajo lakota sami hausa igbo
    yoruba maasai masai quechua aymara kyrgyz uyghur dogon malay khmer hmong shona xhosa berber kurd filipina filipino
    latin tuareg bedouin cherokee apache mapuche zapotec ainu hawaiian sioux mohawk métis amhara oromo
    """
)
_GENDER_WORDS = _words(
    """
    female male woman women man men bearded non-binary transgender trans
    """
)
_NOT_OPINIONS = _words(
    """
    building boxing cooking dancing driving engineering farming fencing fishing flying gaming hunting mining
    nursing painting rowing running sailing singing skating skiing surfing swimming teaching training wedding
    writing yachting wrestling racing cleaning marketing accounting printing publishing welding weaving parking
    family assembly supply butterfly jelly monthly weekly daily forest harvest guest chest quest contest rest pest
    west east midwest request conquest nest ring wing string sling spring evening morning ceiling railing clothing
    housing plumbing sewing lifting gambling bowling darning trading catering roofing paving dining ironing rigging
    seed bed wheelchair crossing flight shipping visiting dispatching consulting acting banking knitting
    """
)
_OPINIONS = _words(
    """
    angry anxious attractive average bald barefoot beautiful big bold bored brave brilliant busy calm careful
    casual cheerful cheery clever clumsy confident content cool crazy creative creepy cute dapper deaf dirty
    dramatic drunk eager eccentric elegant epic exhausted expert fancy famous fashionable fat fearless fierce
    fit foolish friendly funny furious gentle glamorous gloomy good gorgeous graceful grand great grim gritty
    grumpy handsome happy hardworking hard-working heavy heroic homeless honest humble hungry imposing
    independent innocent intelligent intense jolly joyful kind large last lazy lone lonely lost lovely loyal
    lucky mad majestic mean melancholic menacing messy mighty modest muscular mysterious naked nervous nice
    noble nude obese ordinary passionate peaceful pensive petite plain playful plump poor popular powerful
    pregnant pretty proud quiet rebellious rich rugged ruthless sad scary scruffy serene serious shabby
    shirtless short shy sick silly simple sinister skilled skinny sleek sleepy slender slim small smart solitary
    stern stoic strange strict strong stunning stylish successful sweaty sweet tall talented thin thoughtful
    tiny tired tough typical ugly unknown vibrant vigilant violent weak wealthy weary weird wet wicked wild wise
    frail gaunt stocky lanky sturdy portly gruff bespectacled grizzled bearded unshaven plump petite svelte
    wiry weary rosy nimble feisty zany dour sullen surly spry hefty chubby dishevelled disheveled
    wistful worried first only other same favorite favourite
    """
)


def worded(phrase: str, values: Mapping[str, str], axis_words: Words, *, owns: bool = False) -> str:
    """Put the attributes of one person into its phrase.

    Args:
        phrase: Noun phrase without its determiner.
        values: Axis to value.
        axis_words: Word forms from the policy; a value without any is used as an adjective.
        owns: Whether a possessive ending follows, so that nothing can stand behind the noun.

    Returns:
        The phrase, for example "smiling young Asian male yoga teacher".

    Example:
        >>> forms = {"gender": {"female": {"noun": "woman", "adjective": "female"}}}
        >>> worded("tired nurse", {"gender": "female"}, forms), worded("tall person", {"gender": "female"}, forms)
        ('tired female nurse', 'tall woman')
    """
    forms = {axis: axis_words.get(axis, {}).get(value, {}) for axis, value in values.items()}
    words = phrase.split(" ")
    head, gender = words[-1].lower(), forms.get("gender", {})
    young = head in _BABIES or head in _TEENS
    gendered = young and "child" in gender
    if (noun := _noun(words, gender)) is not None:
        words, gendered = noun, True
    behind = []
    for axis in sorted(values, key=lambda axis: -RANKS.get(axis, 2)):
        if axis == "gender" and gendered:
            continue
        if "adjective" in forms[axis] or "phrase" not in forms[axis]:
            _insert(words, forms[axis].get("adjective", values[axis]), RANKS.get(axis, 2))
        elif not owns:
            behind.append(forms[axis]["phrase"])
    if young and gendered:
        words[-1:] = [words[-1] if head in _BABIES else "teenage", gender["child"]]
    return " ".join([*words, *behind])


def _noun(words: list[str], gender: Mapping[str, str]) -> list[str] | None:
    """Let a noun say the gender where the head is a word for anybody, or None where it is not."""
    head = words[-1].lower()
    if head in _CHILD and "child" in gender:
        return [*words[:-1], gender["child"]]
    if "noun" not in gender:
        return None
    if (years := _YEARS_OLD.search(" ".join(words[-3:]))) is not None:
        minor = "child" in gender and _MINOR_YEARS.search(" ".join(words[-3:])[: years.end()]) is not None
        return [*words, gender["child"] if minor else gender["noun"]]
    return [*words[:-1], gender["noun"]] if head in _ANYBODY else None


def _insert(words: list[str], adjective: str, rank: int) -> None:
    """Insert an adjective where English puts it: opinion, age, origin, gender, then the noun and its parts."""
    place = 0
    while place < len(words) - 1 and _rank(words, place) <= rank:
        place += 1
    words.insert(place, adjective)


def _rank(words: list[str], place: int) -> int:
    word = words[place]
    low, following = word.lower().strip(","), words[place + 1].lower()
    if low == "middle" and following == "eastern":
        return 2
    if (low.isdecimal() and following.startswith("year")) or low in ("year", "years"):
        return 1
    if low == "old" and "friend" in words[-1].lower():
        return 4
    if low in _AGE_WORDS or _YEARS_OLD.search(low):
        return 1
    if low in _RACE_WORDS or (word[:1].isupper() and low.endswith(_PROPER)):
        return 2
    if low in _GENDER_WORDS:
        return 3
    if low.endswith(_DEGREES) and low not in _NOT_OPINIONS:
        return 0
    return 0 if low in _OPINIONS or (low.endswith(_DESCRIPTIVE) and low not in _NOT_OPINIONS) else 4


def article_for(words: str) -> str:
    """Return the indefinite article that stands before some words.

    Example:
        >>> article_for("elderly nurse"), article_for("European nurse"), article_for("young nurse")
        ('an', 'a', 'a')
    """
    low = words.lower()
    if low.startswith(_SOUNDS_LIKE_Y) and not low.startswith("unin"):
        return "a"
    return "an" if low[:1] in ("a", "e", "i", "o", "u") or low.startswith(_SILENT_H) else "a"


def recapitalised(phrase: str, new: str) -> str:
    """Move the capital that began a sentence from the old first word to the new one."""
    first = phrase.split(" ")[0]
    if new.startswith(first):
        return new
    proper = first.lower().endswith(_PROPER) or first.lower() in _RACE_WORDS
    if first[1:].islower() and not proper:
        new = new.replace(first, first.lower(), 1)
    return new[:1].upper() + new[1:]


def listed(words: list[str]) -> str:
    """Join words as English does: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

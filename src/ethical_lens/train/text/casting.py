"""Puts together the people of the corpus: "a plumber", "two elderly Black farmers", "a blind woman in her sixties"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.train.text.passage import Number, Passage, Person
from ethical_lens.train.text.templates import Dice

_SEVERAL: Final = 0.2
"""Share of {adult} that is more than one person."""
_N_MODIFIERS: Final = {0: 0.5, 1: 0.32, 2: 0.14, 3: 0.04}
_MODIFIERS: Final = {
    "look": 0.22,
    "age": 0.2,
    "race": 0.18,
    "nationality": 0.14,
    "religion": 0.08,
    "orientation": 0.06,
    "disability": 0.05,
    "gender": 0.07,
}
_HEADS: Final = {"role": 0.56, "gendered": 0.29, "relative": 0.07, "neutral": 0.08}
_AFTER: Final = {"": 0.82, "decade": 0.06, "disability": 0.05, "origin": 0.03, "wear": 0.04}
_ORDER: Final = ("look", "disability", "age", "orientation", "nationality", "race", "religion", "gender")
_PRONOUNS: Final = {"female": "her", "male": "his", "": "their"}
_IRREGULAR: Final = {"person": "people", "child": "children", "wife": "wives", "thief": "thieves", "guy": "guys"}
_VOWEL: Final = re.compile(r"^(?:[aeio]|u(?!ni|se|sa|kr|tah|rugu|ga|zb)|hour|honest|heir)", re.IGNORECASE)
_ONE: Final = re.compile(r"^(?:one|once|eu)", re.IGNORECASE)
_DETERMINER: Final = {"a": 0.89, "the": 0.07, "one": 0.04}
_NUMBERS: Final = (
    "two",
    "two",
    "three",
    "four",
    "five",
    "several",
    "some",
    "many",
    "a few",
    "a group of",
    "a group of",
    "a crowd of",
    "a couple of",
    "a pair of",
    "",
    "",
    "",
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word for people and what it states."""

    text: str
    states: Mapping[str, str]


Lists = Mapping[str, Sequence[Word]]
"""Key of ``_people.yaml`` to its words."""


class Cast:
    """Fills the slots that stand for people.

    Args:
        lists: Words by key of ``_people.yaml``.
    """

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._slots: Mapping[str, Callable[[Dice], Passage]] = {
            "adult": self._adult,
            "adults": lambda dice: self._described(dice, several=True),
            "woman": lambda dice: self._described(dice, several=False, gender="female"),
            "man": lambda dice: self._described(dice, several=False, gender="male"),
            "child": self._child,
            "anyone": self._anyone,
            "role": lambda dice: self._plain("roles", dice, "single"),
            "group": lambda dice: self._plain("groups", dice, "multiple"),
            "name": self._name,
            "figure": lambda dice: self._famous(("figures", "politicians"), dice),
            "politician": lambda dice: self._famous(("politicians",), dice),
        }

    @property
    def slots(self) -> frozenset[str]:
        """Names of the slots that it fills."""
        return frozenset(self._slots)

    def fill(self, slot: str, dice: Dice) -> Passage:
        """Return somebody for a slot.

        Args:
            slot: One of `slots`.
            dice: Picks.
        """
        return self._slots[slot](dice)

    def _adult(self, dice: Dice) -> Passage:
        return self._described(dice, several=dice.happens(_SEVERAL))

    def _anyone(self, dice: Dice) -> Passage:
        return self.fill(dice.weigh({"adult": 0.68, "child": 0.2, "name": 0.12}), dice)

    def _described(self, dice: Dice, *, several: bool, gender: str = "") -> Passage:
        head = dice.pick(self._lists[gender] if gender else self._heads(dice))
        states = dict(head.states)
        modifiers = self._modifiers(dice, states)
        after = self._after(dice, states)
        words = [*modifiers, plural(head.text) if several else head.text]
        phrase = Passage(" ".join(words)).marked(Person(number="multiple" if several else "single", stated=states))
        before = dice.pick(_NUMBERS) if several else _article(dice.weigh(_DETERMINER), phrase.text)
        return Passage(f"{before} " if before else "") + phrase + Passage(after)

    def _heads(self, dice: Dice) -> Sequence[Word]:
        kind = dice.weigh(_HEADS)
        if kind == "gendered":
            return self._lists[dice.pick(("female", "male"))]
        return self._lists[{"role": "roles", "relative": "relatives", "neutral": "neutral"}[kind]]

    def _modifiers(self, dice: Dice, states: dict[str, str]) -> list[str]:
        drawn: dict[str, str] = {}
        for _ in range(dice.weigh(_N_MODIFIERS)):
            kind = dice.weigh(_MODIFIERS)
            word = dice.pick(self._lists[f"{kind} words"])
            descent = {"race", "nationality"}
            taken = kind in drawn or (kind in descent and descent & drawn.keys())
            if not taken and not word.states.keys() & states.keys():
                drawn[kind] = word.text
                states.update(word.states)
        return [drawn[kind] for kind in _ORDER if kind in drawn]

    def _after(self, dice: Dice, states: dict[str, str]) -> str:
        kind = dice.weigh(_AFTER)
        if not kind or (kind == "decade" and "age" in states) or (kind == "origin" and "nationality" in states):
            return ""
        word = dice.pick(self._lists[f"{kind} phrases"])
        states.update(word.states)
        return " " + word.text.replace("their", _PRONOUNS[states.get("gender", "")])

    def _child(self, dice: Dice) -> Passage:
        several = dice.happens(_SEVERAL)
        head = dice.pick(self._lists["children"])
        states = dict(head.states)
        words = [plural(head.text) if several else head.text]
        if dice.happens(0.2):
            word = dice.pick(self._lists[dice.pick(("race words", "nationality words"))])
            if not word.states.keys() & states.keys():
                states.update(word.states)
                words.insert(0, word.text)
        phrase = Passage(" ".join(words)).marked(Person(number="multiple" if several else "single", stated=states))
        before = dice.pick(_NUMBERS) if several else _article(dice.weigh(_DETERMINER), phrase.text)
        return Passage(f"{before} " if before else "") + phrase

    def _plain(self, key: str, dice: Dice, number: Number) -> Passage:
        word = dice.pick(self._lists[key])
        return Passage(word.text).marked(Person(number=number, stated=dict(word.states)))

    def _name(self, dice: Dice) -> Passage:
        first, last = (dice.pick(self._lists[key]).text for key in ("first names", "last names"))
        forms = {f"{first} {last}": 0.75, first: 0.1, f"Mr {last}": 0.05, f"Mrs {last}": 0.05, f"Dr {last}": 0.05}
        return Passage(dice.weigh(forms)).marked(Person(number="named"))

    def _famous(self, keys: Sequence[str], dice: Dice) -> Passage:
        words = [word for key in keys for word in self._lists[key]]
        return Passage(dice.pick(words).text).marked("figure").marked(Person(number="named"))


def plural(noun: str) -> str:
    """Return the plural of a noun phrase that ends in its noun.

    Example:
        >>> [plural(noun) for noun in ("policewoman", "secretary", "coach", "boy")]
        ['policewomen', 'secretaries', 'coaches', 'boys']
    """
    for one, many in _IRREGULAR.items():
        if noun.endswith(one):
            return noun.removesuffix(one) + many
    if noun.endswith(("man", "woman")) and not noun.endswith("shaman"):
        return noun.removesuffix("an") + "en"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh", "z")) else "s")


def starts_with_vowel(text: str) -> bool:
    """Tell whether a text takes "an"."""
    return bool(_VOWEL.match(text)) and not _ONE.match(text)


def _article(determiner: str, phrase: str) -> str:
    return "an" if determiner == "a" and starts_with_vowel(phrase) else determiner

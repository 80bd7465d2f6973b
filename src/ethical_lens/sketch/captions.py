"""Captions: natural English for a scene, in many phrasings, saying only what is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from ethical_lens.sketch import words
from ethical_lens.sketch.scene import Person, Scene

ASPECTS: Final = (
    "gender",
    "race",
    "age",
    "occupation",
    "place",
    "stand_ins",
    "twins",
    "style",
    "descriptors",
    "watermark",
)
"""Everything that a caption can state."""

T = TypeVar("T")


def caption(scene: Scene, rng: np.random.Generator, *, stated: Collection[str] = ASPECTS) -> str:
    """Describe a scene in one of many phrasings.

    Args:
        scene: What the picture shows.
        rng: Source of the phrasing.
        stated: The aspects to mention, a part of `ASPECTS`. What is not listed is neither said nor given away by a
            pronoun or a gendered noun. A celebrity is always named.

    Returns:
        English text, mostly lower case.

    Raises:
        ValueError: On an unknown aspect.
    """
    unknown = set(stated) - set(ASPECTS)
    if unknown:
        raise ValueError(f"unknown aspects {sorted(unknown)}; expected some of {', '.join(ASPECTS)}")
    # A good part of the captions keeps to the plain words, because those are what the lens itself composes with.
    writer = _Writer(rng=rng, stated=frozenset(stated), plain=bool(rng.random() < 0.35))
    subject = writer.people(scene) if scene.people else writer.empty_place(scene)
    text = writer.framed(scene, writer.completed(scene, subject))
    return writer.cased(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Chooses words; every method returns text that says no more than what is stated."""

    rng: np.random.Generator
    stated: frozenset[str]
    plain: bool

    def chance(self, probability: float) -> bool:
        return float(self.rng.random()) < probability

    def pick(self, values: Sequence[T]) -> T:
        return values[int(self.rng.integers(len(values)))]

    def word(self, synonyms: Sequence[T]) -> T:
        """Return the first synonym in plain captions, any in the others."""
        return synonyms[0] if self.plain else self.pick(synonyms)

    def tells(self, aspect: str) -> bool:
        return aspect in self.stated

    # The sentence around the people.

    def framed(self, scene: Scene, text: str) -> str:
        """Put the style or a medium before the text, or the style behind it."""
        style = scene.style if self.tells("style") else None
        if style is not None and self.chance(0.4):
            return f"{self.pick(words.STYLE_MEDIA[style])} {text}"
        if self.chance(0.4):
            text = f"{self.pick(words.MEDIA)} {text}"
        return text if style is None else f"{text}, {self.pick(words.STYLE_SUFFIXES[style])}"

    def completed(self, scene: Scene, subject: str) -> str:
        """Add things, place and watermark to the people."""
        parts = [self.thing(scene, name) for name in self.things(scene)] if scene.people else []
        self.rng.shuffle(parts)
        where = self.pick(words.PLACE_WORDS[scene.place]) if self.tells("place") and scene.people else None
        if where and parts and self.chance(0.4):
            parts.insert(0, where)
        elif where:
            parts.append(where)
        if scene.watermark and self.tells("watermark"):
            parts.append(self.pick(words.WATERMARK_WORDS))
        return self.joined(subject, parts)

    def joined(self, subject: str, parts: Sequence[str]) -> str:
        text = subject
        for part in parts:
            comma = "," in text or self.chance(0.15)
            text = f"{text}, {part}" if comma and not text.endswith(",") else f"{text} {part}"
        return text

    def things(self, scene: Scene) -> list[str]:
        """Return the names of the things to be mentioned after the people."""
        names = [name for name in scene.stand_ins if name != "nudity"] if self.tells("stand_ins") else []
        return [*names, *scene.twins] if self.tells("twins") else names

    def thing(self, scene: Scene, name: str) -> str:
        return self.pick(words.THING_WORDS[name]).format(their=self.their(scene.people))

    def empty_place(self, scene: Scene) -> str:
        """Describe a picture without people."""
        things = " and ".join(self.pick(words.LONELY_THINGS[name]) for name in self.things(scene))
        if not self.tells("place"):
            return things or self.pick(("an empty place", "a place without people", "a scene with nobody"))
        place = self.pick(words.PLACE_NOUNS[scene.place])
        if things:
            return f"{things} {self.pick(words.PLACE_WORDS[scene.place]).removeprefix('standing ')}"
        shape = self.pick(("an empty {}", "{} with nobody", "{} without people", "{}, no people"))
        return shape.format(place if shape.startswith("an empty") else with_article(place))

    def cased(self, text: str) -> str:
        if self.chance(0.15):
            text = text[0].upper() + text[1:]
            return f"{text}." if self.chance(0.5) else text
        return text.lower() if self.chance(0.2) else text

    # The people.

    def people(self, scene: Scene) -> str:
        nude = "nudity" in scene.stand_ins and self.tells("stand_ins")
        if len(scene.people) == 1:
            return self.person(scene.people[0], nude=nude)
        first, second = scene.people
        if self._alike(first, second):
            return self._pair(first, nude=nude)
        text = f"{self.person(first, nude=False)} and {self.person(second, nude=False)}"
        return f"{text}, both {self.pick(words.NUDE_ADJECTIVES)}" if nude else text

    def person(self, person: Person, *, nude: bool) -> str:
        """Describe one person with all that is stated about them."""
        described = self._named(person) if person.celebrity else self._described(person, nude=nude)
        extras = []
        if person.celebrity and nude:
            extras.append(self.pick(words.THING_WORDS["nudity"]))
        if self.tells("descriptors"):
            extras += [self._descriptor(person, name) for name in person.descriptors]
        if not extras:
            return described
        return f"{described} {' and '.join(extras)}"

    def _descriptor(self, person: Person, name: str) -> str:
        return self.pick(words.DESCRIPTOR_WORDS[name]).format(their=self.their((person,)))

    def their(self, people: Sequence[Person]) -> str:
        """Return the possessive that gives nothing away."""
        if not self.tells("gender") or len(people) != 1:
            return "their"
        return "her" if people[0].gender == "female" else "his"

    def _named(self, person: Person) -> str:
        name = person.celebrity or ""
        prefix = self.pick(("", "", "", "the famous ", "celebrity "))
        text = f"{prefix}{name}"
        if person.occupation and self.tells("occupation"):
            text += f" {self.pick(('as', 'dressed as'))} {with_article(self._occupation(person, None))}"
        return text

    def _described(self, person: Person, *, nude: bool) -> str:
        gender = person.gender if self.tells("gender") else None
        occupation = person.occupation if self.tells("occupation") else None
        bare = [self.pick(words.NUDE_ADJECTIVES)] if nude else []
        if occupation is None:
            return self._human(person, gender, bare)
        if person.is_minor and self.tells("age") and self.chance(0.6):
            work = with_article(self._occupation(person, gender))
            return f"{self._human(person, gender, bare)} {self.pick(('dressed as', 'dressed up as', 'as'))} {work}"
        if self.chance(0.45):
            return self._worker(person, gender, bare)
        return self._human_and_work(person, gender, bare)

    def _human_and_work(self, person: Person, gender: str | None, bare: list[str]) -> str:
        human = self._human(person, gender, bare)
        work = with_article(self._occupation(person, gender))
        if human.split()[-1] in words.NOBODY_IN_PARTICULAR and not (self.tells("race") or self.tells("age") or bare):
            return work
        shape = self.pick(
            (
                "{human}, {work}",
                "{human}, {work},",
                "{human} working as {work}",
                "{human} who is {work}",
                "{work}, {human}",
                "{human} dressed as {work}",
            )
        )
        return shape.format(human=human, work=work)

    def _worker(self, person: Person, gender: str | None, bare: list[str]) -> str:
        """Say everything in adjectives before the occupation: "a middle-aged Asian male chef"."""
        occupation = self._occupation(person, gender)
        adjectives, behind = self._adjectives(person, gender)
        if gender and occupation not in _gendered(person, gender):
            adjectives.append(self.word(words.GENDER_ADJECTIVES[gender]))
        return self._chain([*bare, *adjectives], occupation, behind)

    def _human(self, person: Person, gender: str | None, bare: list[str]) -> str:
        """Say who somebody is without the occupation: "an elderly White man"."""
        age = words.AGE_WORDS[person.age]
        if self.tells("age") and (age.tells or gender is None) and self.chance(0.75):
            # The noun says the age, so the adjectives must not say it again.
            nouns = age.neutral if gender is None else age.female if gender == "female" else age.male
            race, behind = self._race(person, gender)
            return self._chain([*bare, *race], self.pick(nouns), behind)
        if gender is None:
            noun = self.word(words.NOBODY_IN_PARTICULAR)
        elif person.is_minor:
            noun = self.word(words.GENDER_NOUNS_ANY_AGE[gender])
        else:
            noun = self.word(words.GENDER_NOUNS[gender])
        adjectives, behind = self._adjectives(person, gender)
        return self._chain([*bare, *adjectives], noun, behind)

    def _adjectives(self, person: Person, gender: str | None) -> tuple[list[str], list[str]]:
        """Return what is said of age and race before and behind the noun."""
        race, behind = self._race(person, gender)
        if not self.tells("age"):
            return race, behind
        age = words.AGE_WORDS[person.age]
        if self.chance(0.3):
            their = {"female": "her", "male": "his"}.get(gender or "", "their")
            return race, [*behind, self.pick(age.phrases).format(their=their)]
        if self.chance(0.2):
            years = int(self.rng.integers(age.years[0], age.years[1] + 1))
            return [f"{years}-year-old", *race], behind
        if self.chance(0.1):
            return [*race, self.pick(age.adjectives)], behind
        return [self.pick(age.adjectives), *race], behind

    def _race(self, person: Person, gender: str | None) -> tuple[list[str], list[str]]:
        if not self.tells("race"):
            return [], []
        if not self.plain and self.chance(0.08):
            return [], [self.pick(words.RACE_PHRASES[person.race])]
        options = words.RACE_ADJECTIVES[person.race]
        if gender is not None:
            table = words.RACE_ADJECTIVES_FEMALE if gender == "female" else words.RACE_ADJECTIVES_MALE
            options = (*options, *table.get(person.race, ()))
        return [self.word(options)], []

    def _occupation(self, person: Person, gender: str | None) -> str:
        if person.occupation is None:
            return self.pick(words.NOBODY_IN_PARTICULAR)
        if gender is not None:
            gendered = _gendered(person, gender)
            if gendered and not self.plain and not (person.is_minor and self.tells("age")) and self.chance(0.4):
                return self.pick(gendered)
        return self.word(words.OCCUPATION_WORDS[person.occupation].neutral)

    def _chain(self, adjectives: Sequence[str], noun: str, behind: Sequence[str]) -> str:
        if noun in ("somebody", "someone"):
            # "young someone" is no English: say "someone young".
            return " ".join([noun, *adjectives, *behind])
        return " ".join([with_article(" ".join([*adjectives, noun])), *behind])

    # Two people of whom the same is said.

    def _alike(self, first: Person, second: Person) -> bool:
        def said(person: Person) -> Mapping[str, object]:
            return {
                "gender": person.gender if self.tells("gender") else None,
                "race": person.race if self.tells("race") else None,
                "age": person.age if self.tells("age") else None,
                "occupation": person.occupation if self.tells("occupation") else None,
                "descriptors": person.descriptors if self.tells("descriptors") else (),
                "celebrity": person.celebrity,
            }

        return said(first) == said(second) and not first.celebrity

    def _pair(self, person: Person, *, nude: bool) -> str:
        gender = person.gender if self.tells("gender") else None
        bare = [self.pick(words.NUDE_ADJECTIVES)] if nude else []
        # Said of one person first; the article is then exchanged and the noun put into the plural.
        adjectives, behind = self._adjectives(person, gender)
        if person.occupation and self.tells("occupation"):
            noun = self._occupation(person, gender)
            if gender and noun not in _gendered(person, gender):
                adjectives.append(self.pick(words.GENDER_ADJECTIVES[gender][:1]))
        elif gender is None:
            noun = "person"
        else:
            noun = self.pick((words.GENDER_NOUNS_ANY_AGE if person.is_minor else words.GENDER_NOUNS)[gender][:1])
        text = " ".join(["two", *bare, *adjectives, plural(noun), *behind])
        for whose in ("in her ", "in his "):
            text = text.replace(whose, "in their ")
        if self.tells("descriptors") and person.descriptors:
            text += " " + " and ".join(
                self.pick(words.DESCRIPTOR_WORDS[name]).format(their="their") for name in person.descriptors
            )
        return text


def _gendered(person: Person, gender: str) -> words.Phrases:
    if person.occupation is None:
        return ()
    known = words.OCCUPATION_WORDS[person.occupation]
    return known.female if gender == "female" else known.male


def with_article(phrase: str) -> str:
    """Put "a" or "an" before a phrase, by its sound."""
    first = phrase.split("-")[0].split()[0].lower()
    if first in ("somebody", "someone"):
        return phrase
    if first[0].isdigit():
        return f"{'an' if first in ('8', '11', '18') or first.startswith('8') else 'a'} {phrase}"
    consonant = first.startswith(("european", "uni", "one", "umpire")) and not first.startswith(("unin", "umpire"))
    return f"{'an' if first[0] in 'aeiou' and not consonant else 'a'} {phrase}"


_PLURALS: Final = {"person": "people", "child": "children", "man": "men", "woman": "women"}


def plural(noun: str) -> str:
    """Put the last word of a noun phrase into the plural."""
    if noun in ("officer of the police", "waiter or waitress"):
        return {"officer of the police": "officers of the police"}.get(noun, "waiters and waitresses")
    head, _, last = noun.rpartition(" ")
    for single, many in _PLURALS.items():
        if last.endswith(single):
            return f"{head} {last.removesuffix(single)}{many}".strip()
    if last.endswith(("s", "sh", "ch")):
        return f"{head} {last}es".strip()
    if last.endswith("y") and last[-2] not in "aeiou":
        return f"{head} {last[:-1]}ies".strip()
    return f"{head} {last}s".strip()

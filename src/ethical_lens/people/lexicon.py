"""The words that name people, loaded from ``words.yaml``, ``nouns.yaml`` and ``things.yaml`` into look-up tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

import yaml

_MALE_FORMS = ("man", "boy", " lad", "father")
_NO_MALE_FORMS = (
    "human",
    "german",
    "roman",
    "norman",
    "shaman",
    "talisman",
    "ottoman",
    "brahman",
    "tomboy",
    "fanboy",
    "freshman",
)
LONGEST = 4
"""Most words of one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one word for people says."""

    word: str
    """Singular, lower case."""
    ages: tuple[str, ...]
    plural: bool = False
    kind: str = "role"
    """role, generic (man, child, person), kin, group (crowd, team) or people (Dane)."""
    gender: str | None = None
    age: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Every table that the analyzer looks words up in. Keys are lower case; parts are joined by one space."""

    stages: Mapping[str, str]
    entries: Mapping[str, Entry]
    starts: frozenset[str]
    """First words of the entries."""
    states: Mapping[str, tuple[tuple[str, str], ...]]
    """Modifier to the (axis, value) pairs that it states."""
    left_alone: Mapping[str, tuple[str, ...]]
    """Modifier to the axes on which it speaks of a person in other words than ours."""
    nationalities: frozenset[str]
    countries: frozenset[str]
    no_people: Mapping[str, tuple[tuple[str, ...], ...]]
    """First word to the sequences of words that name no person, longest first."""
    sets: Mapping[str, frozenset[str]]
    """The remaining lists of the file by name."""

    def all_in(self, name: str) -> frozenset[str]:
        """Return one list of the file.

        Raises:
            KeyError: There is no such list.
        """
        return self.sets[name]


def load_yaml(name: str) -> Mapping[str, object]:
    """Read one of the package's own data files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files("ethical_lens.people").joinpath(name).read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=loader)  # noqa: S506 - both loaders are the safe ones
    if not isinstance(loaded, dict):
        raise TypeError(f"expected a mapping in {name}, got {type(loaded).__name__}; the installation is damaged")
    return loaded


def words_of(value: object) -> tuple[str, ...]:
    """Split a comma-separated list of the file."""
    return tuple(word for part in str(value).split(",") if (word := " ".join(part.split()).lower()))


def load_lexicon() -> Lexicon:
    """Read ``words.yaml``, ``nouns.yaml`` and ``things.yaml``; lists that several of them have are joined."""
    raw = _joined(load_yaml("things.yaml"), _joined(load_yaml("nouns.yaml"), load_yaml("words.yaml")))
    stages = {str(letter): str(stage) for letter, stage in _mapping(raw["stages"]).items()}
    entries: dict[str, Entry] = {}
    for row in _rows(raw["roles"]):
        entries.update(_entries(row, stages, str(row.get("kind", "role"))))
    for row in _rows(raw["groups"]):
        entries.update(_entries(row, stages, "group"))
    anyone = tuple(stages.values())
    for singular, plural in _forms(words_of(raw["peoples"])):
        entries.setdefault(singular, Entry(word=singular, ages=anyone, kind="people"))
        entries.setdefault(plural, Entry(word=singular, ages=anyone, kind="people", plural=True))
    states: dict[str, tuple[tuple[str, str], ...]] = {}
    for axis, values in _mapping(raw["states"]).items():
        for value, listed in _mapping(values).items():
            for word in words_of(listed):
                states[word] = (*states.get(word, ()), (axis, value))
    for word in ("latina", "latinas"):
        states[word] = (("race", "Latino-Hispanic"), ("gender", "female"))
    alone: dict[str, tuple[str, ...]] = {}
    for axis, listed in _mapping(raw["left_alone"]).items():
        for word in words_of(listed):
            alone[word] = (*alone.get(word, ()), axis)
    rest = {name: frozenset(words_of(listed)) for name, listed in raw.items() if isinstance(listed, str)}
    return Lexicon(
        stages=stages,
        entries=entries,
        starts=frozenset(word.partition(" ")[0] for word in entries),
        states=states,
        left_alone=alone,
        nationalities=rest["nationalities"],
        countries=rest["countries"],
        no_people=_by_first_word(rest["not_people"]),
        sets=rest,
    )


def _joined(more: Mapping[str, object], main: Mapping[str, object]) -> dict[str, object]:
    """Join the lists of two files; of a word that both define, the main file's meaning holds."""
    joined = dict(main)
    for name, value in more.items():
        if name not in main:
            joined[name] = value
        elif isinstance(value, list):
            joined[name] = [*value, *_rows(main[name])]
        else:
            joined[name] = f"{main[name]}, {value}"
    return joined


def _entries(row: Mapping[str, object], stages: Mapping[str, str], kind: str) -> Iterator[tuple[str, Entry]]:
    ages = tuple(stages[letter] for letter in str(row["ages"]))
    gender, age = row.get("gender"), row.get("age")
    many = kind == "group" or row.get("number") == "many"
    for singular, plural in _forms(words_of(row["words"])):
        said = gender or (None if kind == "group" else gender_of_form(singular))
        for form, is_plural in ((plural, True), (singular, many)):
            yield (
                form,
                Entry(
                    word=singular,
                    ages=ages,
                    plural=is_plural,
                    kind=kind,
                    gender=str(said) if said else None,
                    age=str(age) if age else None,
                ),
            )


def _forms(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in words:
        singular, _, plural = word.partition("/")
        yield singular, plural or plural_of(singular)


def gender_of_form(word: str) -> str | None:
    """Return the gender that the form of a noun says: "quarryman", "herring girl"; None for "human" and "shaman"."""
    if word.endswith(("woman", "girl", "lady", "maid", "wife", "mistress", "mother", "sister")):
        return "female"
    if word.endswith(_MALE_FORMS) and not word.endswith(_NO_MALE_FORMS):
        return "male"
    return None


def plural_of(word: str) -> str:
    """Form the plural of an English noun by rule."""
    if word.endswith("man") and not word.endswith(("human", "german", "roman", "norman", "shaman", "talisman")):
        return word[:-3] + "men"
    if word.endswith("person"):
        return word[:-6] + "people"
    if word.endswith("wife"):
        return word[:-2] + "ves"
    if word.endswith("child"):
        return word + "ren"
    if word.endswith("thief"):
        return word[:-1] + "ves"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")) and not word.endswith(("arch", "uch")):
        return word + "es"
    return word + "s"


def _by_first_word(sequences: frozenset[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for sequence in sorted(sequences, key=lambda words: (-words.count(" "), words)):
        words = tuple(sequence.split())
        found[words[0]] = (*found.get(words[0], ()), words)
    return found


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected a mapping in words.yaml, got {type(value).__name__}")
    return value


def _rows(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list in words.yaml, got {type(value).__name__}")
    return [_mapping(row) for row in value]

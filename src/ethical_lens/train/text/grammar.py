"""Expands the hand-written corpus, ``corpus/*.yaml``, into labelled prompts.

A file holds pairs of harmful lines and their harmless near-twins. Files whose name begins with "_" are shared: slots,
people, and the ways in which users dress a prompt up. The same seed gives the same prompts, line by line: a line's
prompts do not change when another line is added.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from ethical_lens.errors import ConfigurationError
from ethical_lens.people import RuleAnalyzer
from ethical_lens.train.text.casting import Cast, Word, starts_with_vowel
from ethical_lens.train.text.passage import Mark, Number, Passage, Person
from ethical_lens.train.text.templates import Dice, Template, fill, parse
from ethical_lens.train.text.wrapping import Wrapper

CORPUS: Final = Path(__file__).with_name("corpus")
"""The corpus that comes with the source."""

CATEGORIES: Final = (
    "hate",
    "harassment",
    "violence",
    "self_harm",
    "sexual",
    "shocking",
    "illegal",
    "political",
    "cultural",
    "privacy",
    "deception",
    "intellectual_property",
)
"""What a line may be harmful by, in the order of the sentence heads' outputs."""
_HEADER: Final = re.compile(r"^(?:(?P<categories>[a-z_]+(?:, ?[a-z_]+)*) ?)?(?:\b(?P<grade>K[0-3]))?\| ?")
_GRADES: Final = {"K0": 0, "K1": 1, "K2": 2, "K3": 3}
_A: Final = re.compile(r"\b(?P<article>[Aa])(?= (?P<next>[^\W_]+))")
_SPACED_STOP: Final = re.compile(r" +(?=[,.;!?](?:\s|$))|,(?=\s*[,.])")
_MINORS: Final = frozenset({"child", "anyone"})
"""Slots that may be filled with somebody under age."""
_KEYS: Final = frozenset({"id", "categories", "severity", "harmful", "harmless"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMark:
    """Where a text names or describes somebody."""

    start: int
    end: int
    number: Number
    stated: Mapping[str, str]
    """Axis ("gender", "race", "age", "nationality") to what the text says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One prompt with all its labels."""

    text: str
    severity: int
    """0 to 3."""
    categories: tuple[str, ...]
    harm: tuple[tuple[int, int], ...]
    """Characters that carry the harm."""
    people: tuple[PersonMark, ...]
    """Noun phrases with what stands before the noun, without determiner, number or possessive."""
    figures: tuple[tuple[int, int], ...]
    """Names of real famous people; each is among ``people`` too."""
    pair: str
    """Splits are made by it: its lines never stand on both sides."""
    line: str
    wrapper: str
    """How it was dressed up."""

    @property
    def harmful(self) -> bool:
        """Whether it carries any harm."""
        return self.severity > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a pair."""

    id: str
    template: Template
    severity: int
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Harmful lines and their harmless near-twins."""

    id: str
    lines: tuple[Line, ...]
    slots: Mapping[str, tuple[Template, ...]]
    """Slots of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """All files, read and checked."""

    pairs: tuple[Pair, ...]
    shared: Mapping[str, tuple[Template, ...]]
    cast: Cast
    pieces: Mapping[str, tuple[Template, ...]]
    chances: Mapping[str, Mapping[str, float]]


def expand(folder: Path = CORPUS, *, per_line: int, seed: int) -> Iterator[Example]:
    """Yield the prompts of a corpus.

    Args:
        folder: Holds ``*.yaml``.
        per_line: Prompts from every line.
        seed: The same seed gives the same prompts.

    Raises:
        ConfigurationError: A file breaks the format; the message says which line.
    """
    corpus = load(folder)
    analyzer, wrapper = RuleAnalyzer(), wrapper_of(corpus)
    for pair in corpus.pairs:
        filler = _Filler(corpus, pair.slots)
        for line in pair.lines:
            dice = Dice(np.random.default_rng([seed, zlib.crc32(line.id.encode())]))
            passages = [_tidied(fill(line.template, filler, dice)) for _ in range(per_line)]
            for passage in _with_people(passages, analyzer):
                wrapped, name = wrapper.wrap(passage, dice)
                yield _example(wrapped, line, pair, name)


def load(folder: Path = CORPUS) -> Corpus:
    """Read and check all files of a corpus.

    Args:
        folder: Holds ``*.yaml``.

    Raises:
        ConfigurationError: A file breaks the format; the message says which line.
    """
    shared = _slots(_read(folder / "_slots.yaml"), folder / "_slots.yaml")
    styles = _read(folder / "_styles.yaml")
    chances = styles.pop("chances")
    if not isinstance(chances, dict):
        raise ConfigurationError(f'{folder / "_styles.yaml"}: expected a mapping under "chances", got {chances!r}')
    pieces = _slots(styles, folder / "_styles.yaml")
    cast = Cast({key: _words(key, value, folder) for key, value in _read(folder / "_people.yaml").items()})
    _check_slots(shared, {}, shared, cast, folder / "_slots.yaml")
    _check_slots(pieces, {}, shared, cast, folder / "_styles.yaml")
    pairs: dict[str, Pair] = {}
    for path in sorted(folder.glob("[!_]*.yaml")):
        for pair in _pairs(path, shared, cast):
            if pair.id in pairs:
                raise ConfigurationError(f"{path}: the pair {pair.id} exists already; give it another id")
            pairs[pair.id] = pair
    return Corpus(pairs=tuple(pairs.values()), shared=shared, cast=cast, pieces=pieces, chances=chances)


def wrapper_of(corpus: Corpus) -> Wrapper:
    """Return what dresses prompts up in the styles of a corpus."""
    return Wrapper(corpus.pieces, corpus.chances, _Filler(corpus, {}))


class _Filler:
    """Fills slots: those of a file first, then the shared ones, then people."""

    def __init__(self, corpus: Corpus, own: Mapping[str, tuple[Template, ...]]) -> None:
        self._slots = {**corpus.shared, **own}
        self._cast = corpus.cast

    def __call__(self, name: str, dice: Dice) -> Passage:
        options = self._slots.get(name)
        return self._cast.fill(name, dice) if options is None else fill(dice.pick(options), self, dice)


def _tidied(passage: Passage) -> Passage:
    """Remove what empty slots leave behind, and put "an" where it belongs."""
    clean = passage.trimmed().substituted(_SPACED_STOP, lambda _: "")
    return clean.substituted(_A, _with_article)


def _with_people(passages: Sequence[Passage], analyzer: RuleAnalyzer) -> Iterator[Passage]:
    """Mark the people whom a line names in its own words, as the rules find them."""
    for passage, groups in zip(passages, analyzer.analyze([each.text for each in passages]), strict=True):
        known = [mark for mark in passage.marks if isinstance(mark.meaning, Person)]
        found = [
            Mark(group.span.start, group.span.end, Person(number=group.type, stated=group.stated))
            for group in groups
            if not any(mark.start < group.span.end and group.span.start < mark.end for mark in known)
        ]
        yield Passage(passage.text, (*passage.marks, *found))


def _with_article(match: re.Match[str]) -> str:
    # A lone capital before a name is an initial or a letter, not an article.
    wrong = starts_with_vowel(match["next"]) and not match["next"].isupper()
    return match[0] + "n" * wrong


def _example(passage: Passage, line: Line, pair: Pair, wrapper: str) -> Example:
    harm: list[tuple[int, int]] = []
    figures: list[tuple[int, int]] = []
    people: list[PersonMark] = []
    for mark in sorted(passage.marks, key=lambda mark: mark.start):
        if isinstance(mark.meaning, Person):
            person = mark.meaning
            people.append(PersonMark(start=mark.start, end=mark.end, number=person.number, stated=person.stated))
        else:
            (harm if mark.meaning == "harm" else figures).append((mark.start, mark.end))
    return Example(
        text=passage.text,
        severity=line.severity,
        categories=line.categories,
        harm=tuple(harm),
        people=tuple(people),
        figures=tuple(figures),
        pair=pair.id,
        line=line.id,
        wrapper=wrapper,
    )


def _read(path: Path) -> dict[str, object]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected a mapping, got {type(content).__name__}")
    return content


def _strings(value: object, where: str, *, may_be_empty: bool = False) -> list[str]:
    if not isinstance(value, list) or not (value or may_be_empty) or not all(isinstance(each, str) for each in value):
        odd = [each for each in value if not isinstance(each, str)][:3] if isinstance(value, list) else value
        raise ConfigurationError(f"{where}: expected a list of strings (quote yes, no and numbers), got {odd!r}")
    return value


def _parsed(line: str, where: str) -> Template:
    try:
        return parse(line)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _slots(content: Mapping[str, object], path: Path) -> dict[str, tuple[Template, ...]]:
    return {
        name: tuple(_parsed(line, f"{path}: {name}") for line in _strings(value, f"{path}: {name}"))
        for name, value in content.items()
    }


def _words(key: str, value: object, folder: Path) -> list[Word]:
    """Read a list of words: plain ones state nothing, "text = axis: value; axis: value" states something."""
    words = []
    for row in _strings(value, f"{folder / '_people.yaml'}: {key}"):
        text, _, states = row.partition(" = ")
        pairs = [state.partition(": ")[::2] for state in states.split("; ") if state]
        words.append(Word(text, dict(pairs)))
    return words


def _pairs(path: Path, shared: Mapping[str, tuple[Template, ...]], cast: Cast) -> Iterator[Pair]:
    content = _read(path)
    own_slots, rows = content.get("slots") or {}, content.get("pairs")
    if not isinstance(own_slots, dict) or not isinstance(rows, list):
        raise ConfigurationError(f'{path}: expected a mapping "slots" and a list "pairs"')
    own = _slots(own_slots, path)
    _check_slots(own, own, shared, cast, path)
    for row in rows:
        pair = _pair(row, own, path)
        lines = {line.id: (line.template,) for line in pair.lines}
        _check_slots(lines, own, shared, cast, path)
        _check_minors(pair, {**shared, **own}, path)
        yield pair


def _pair(row: object, own: Mapping[str, tuple[Template, ...]], path: Path) -> Pair:
    if not isinstance(row, dict) or not {"id", "harmless"} <= row.keys() <= _KEYS:
        named = row.get("id", row) if isinstance(row, dict) else row
        raise ConfigurationError(f"{path}: a pair has the keys {', '.join(sorted(_KEYS))}; look at {named!r}")
    id_ = str(row["id"])
    where = f"{path}: {id_}"
    # A pair without harmful lines is a theme of ordinary prompts.
    harmful = _strings(row.get("harmful") or [], f"{where}: harmful", may_be_empty=True)
    categories = _strings(row.get("categories") or [], f"{where}: categories", may_be_empty=not harmful)
    harmless = _strings(row["harmless"], f"{where}: harmless")
    lines = [
        _line(f"{id_}/harmful/{i}", line, categories, row.get("severity"), where) for i, line in enumerate(harmful)
    ]
    lines += [_line(f"{id_}/harmless/{i}", line, [], "K0", where) for i, line in enumerate(harmless)]
    return Pair(id=id_, lines=tuple(lines), slots=own)


def _line(id_: str, line: str, categories: Sequence[str], severity: object, where: str) -> Line:
    header = _HEADER.match(line)
    if header is not None:
        line = line[header.end() :]
        categories = re.split(", ?", header["categories"]) if header["categories"] else categories
        severity = header["grade"] or severity
    unknown = set(categories).difference(CATEGORIES)
    if unknown or severity not in _GRADES:
        raise ConfigurationError(f"{where}: unknown category {sorted(unknown)} or severity {severity!r} in: {line}")
    template = _parsed(line, where)
    if not categories and template.marks_harm():
        raise ConfigurationError(f"{where}: a harmless line has no [marks]: {line}")
    return Line(id=id_, template=template, severity=_GRADES[str(severity)], categories=tuple(categories))


def _check_slots(
    templates: Mapping[str, Sequence[Template]],
    own: Mapping[str, Sequence[Template]],
    shared: Mapping[str, Sequence[Template]],
    cast: Cast,
    path: Path,
) -> None:
    slots = {**shared, **own}
    for name, options in templates.items():
        for slot in {slot for option in options for slot in option.slots()}:
            if slot not in slots and slot not in cast.slots:
                raise ConfigurationError(f'{path}: unknown slot "{{{slot}}}" in {name}')
            if name in slots and name in _reachable(slot, slots):
                raise ConfigurationError(f'{path}: the slot "{{{name}}}" contains itself')


def _check_minors(pair: Pair, slots: Mapping[str, Sequence[Template]], path: Path) -> None:
    """Refuse a sexual line that could be filled with a child."""
    for line in pair.lines:
        reached = {each for slot in line.template.slots() for each in _reachable(slot, slots)}
        if "sexual" in line.categories and reached & _MINORS:
            raise ConfigurationError(f"{path}: a sexual line may not speak of {sorted(reached & _MINORS)}: {line.id}")


def _reachable(start: str, slots: Mapping[str, Sequence[Template]]) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        inner = {slot for option in slots.get(waiting.pop(), ()) for slot in option.slots()}
        waiting += inner - reached
        reached |= inner
    return reached

"""People by a language model: who is in a prompt, which ages are plausible, and attributes worded into the sentence.

The same protocol as the rules of `RuleAnalyzer`, for prompts in any language. The model proposes; what it says is held
against the prompt, and what does not fit is an error, after which nothing is dealt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Literal, cast

from ethical_lens.chat.choosing import chat_model
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.marking import hand_over
from ethical_lens.chat.model import ChatModel
from ethical_lens.chat.tasks import load_task
from ethical_lens.errors import DetectionError
from ethical_lens.people.compose import Composition, composition
from ethical_lens.people.wording import Words
from ethical_lens.serial import Json
from ethical_lens.types import AXES, Change, Fixed, PersonGroup, Span

TASK: Final = "people-1"
AGES_TASK: Final = "ages-1"
COMPOSING_TASK: Final = "composition-1"

_CONFIDENCE: Final = 0.7
"""Of what a model holds to be fixed; below what is added to prompts as a matter of record."""
_ARTICLES: Final = frozenset({"a", "an", "the"})
_WORD: Final = re.compile(r"[^\W_]+")


class LlmAnalyzer:
    """Finds groups of people with a language model.

    Args:
        model: The model, or its name as `chat_model` reads it.
        n_at_once: Most texts that are asked about at the same time.
    """

    def __init__(self, model: ChatModel | str, *, n_at_once: int = 4) -> None:
        self._model = chat_model(model)
        self._people = load_task(TASK)
        self._ages = load_task(AGES_TASK)
        self._n_at_once = n_at_once

    @property
    def name(self) -> str:
        """The task and the model, "name@version"."""
        return f"people:{self._people.name}:{self._model.name}"

    def analyze(self, texts: Sequence[str]) -> list[list[PersonGroup]]:
        """Return the groups of people in each text, in order of appearance.

        Raises:
            DetectionError: If the model gave no answer that can be used about one of them.
        """
        answers = self._people.ask_all(
            self._model,
            [[hand_over("prompt", text)] for text in texts],
            [partial(_contradiction, text) for text in texts],
            n_at_once=self._n_at_once,
        )
        return [self._groups(text, answer) for text, answer in zip(texts, answers, strict=True)]

    def _groups(self, text: str, answer: dict[str, Json] | ChatError) -> list[PersonGroup]:
        if isinstance(answer, ChatError):
            raise DetectionError(f"{self.name} gave no answer that can be used: {answer}") from answer
        people = _people(answer)
        spans = _places(text, [str(each["phrase"]) for each in people])
        return [self._group(text, person, span) for person, span in zip(people, spans, strict=True) if span is not None]

    def _group(self, text: str, person: Mapping[str, Json], span: Span) -> PersonGroup:
        axes = {axis: cast("Mapping[str, Json]", person[axis]) for axis in AXES}
        open_axes = tuple(axis for axis, known in axes.items() if known["status"] == "open")
        phrase = text[span.start : span.end]
        number: Literal["one", "many"] = "many" if person["type"] == "multiple" else "one"
        return PersonGroup(
            phrase=phrase,
            span=span,
            number=number,
            named=person["type"] == "named",
            stated={axis: str(known["value"]) for axis, known in axes.items() if known["status"] == "stated"},
            fixed={
                axis: Fixed(value=(), reason=str(known["reason"]), confidence=_CONFIDENCE)
                for axis, known in axes.items()
                if known["status"] == "fixed"
            },
            open_axes=open_axes,
            ages=self._plausible(text, phrase) if "age" in open_axes else (),
        )

    def _plausible(self, text: str, phrase: str) -> tuple[str, ...]:
        try:
            answer = self._ages.ask(
                self._model, [hand_over("prompt", text), hand_over("person", phrase)], _repeated_ages
            )
        except ChatError as error:
            raise DetectionError(f"{self.name} gave no plausible ages: {error}") from error
        return tuple(cast("list[str]", answer["ages"]))


class LlmComposer:
    """Words dealt attributes into a prompt with a language model; where that fails, with the rules.

    Args:
        model: The model, or its name as `chat_model` reads it.
    """

    def __init__(self, model: ChatModel | str) -> None:
        self._model = chat_model(model)
        self._task = load_task(COMPOSING_TASK)

    @property
    def name(self) -> str:
        """The task and the model, "name@version"."""
        return f"composer:{self._task.name}:{self._model.name}"

    def compose(
        self,
        text: str,
        groups: Sequence[PersonGroup],
        attributes: Mapping[str, str],
        axis_words: Words,
        *,
        token_limit: int | None = None,
        count_tokens: Callable[[str], int] | None = None,
        with_record: bool = False,
    ) -> Composition:
        """Word the dealt attributes of one image, as `people.compose.composition` does.

        Which attributes are said is settled by the rules first. The model's wording is taken where it keeps every word
        of the prompt in order and fits the text encoder; else the rules' wording stands.

        Args:
            text: The prompt that the groups' spans point into.
            groups: People found in it.
            attributes: Dealt values, "GROUPINDEX.AXIS" to value.
            axis_words: Word forms of every axis and value, from the policy.
            token_limit: Most tokens of the generator's text encoder, or None.
            count_tokens: The generator's own count.
            with_record: Whether the attributes may name the value of record of a fixed axis.
        """
        ruled = composition(
            text,
            groups,
            attributes,
            axis_words,
            token_limit=token_limit,
            count_tokens=count_tokens,
            with_record=with_record,
        )
        if not ruled.attributes:
            return ruled
        try:
            answer = self._task.ask(
                self._model,
                [hand_over("prompt", text), hand_over("attributes", _told(groups, ruled.attributes))],
                partial(_lost, text),
            )
        except ChatError:
            return ruled
        worded = str(answer["text"])
        if token_limit is not None and count_tokens is not None and count_tokens(worded) > token_limit:
            return ruled
        why = f"worded by {self.name}; {ruled.changes[0].why}"
        change = Change(kind="added", before=text, after=worded, why=why)
        return Composition(text=worded, changes=(change,), attributes=ruled.attributes)


def _told(groups: Sequence[PersonGroup], attributes: Mapping[str, str]) -> str:
    people: dict[int, dict[str, Json]] = {}
    for key, value in attributes.items():
        number, _, axis = key.partition(".")
        people.setdefault(int(number), {"phrase": groups[int(number)].phrase})[axis] = value
    return json.dumps(list(people.values()), ensure_ascii=False)


def _lost(text: str, answer: Mapping[str, Json]) -> str | None:
    """Say whether a wording adds nothing, or leaves out a word of the prompt, articles aside."""
    wanted, worded = _words(text), _words(str(answer["text"]))
    if len(worded) <= len(wanted):
        return "text: has to say the attributes"
    rest = iter(worded)
    return None if all(word in rest for word in wanted) else "text: has to keep every word of the prompt, in its order"


def _words(text: str) -> list[str]:
    return [word for word in (found[0].lower() for found in _WORD.finditer(text)) if word not in _ARTICLES]


def _contradiction(text: str, answer: dict[str, Json]) -> str | None:
    people = _people(answer)
    for person in people:
        axes = [cast("Mapping[str, Json]", person[axis]) for axis in AXES]
        if any((axis["status"] == "stated") != (axis["value"] is not None) for axis in axes):
            return "value: has to be given where status is stated, and null elsewhere"
        if person["type"] == "named" and any(axis["status"] == "open" for axis in axes):
            return "status: nothing is open where type is named"
    if None in _places(text, [str(each["phrase"]) for each in people]):
        return "phrase: has to be copied exactly from the prompt, and people have to stand in its order"
    return None


def _places(text: str, phrases: Sequence[str]) -> list[Span | None]:
    """Return where each phrase stands, each behind the one before; None for one that does not."""
    places: list[Span | None] = []
    begin = 0
    for phrase in phrases:
        start = text.find(phrase, begin)
        if start < 0:
            places.append(None)
            continue
        begin = start + len(phrase)
        places.append(Span(start=start, end=begin))
    return places


def _repeated_ages(answer: dict[str, Json]) -> str | None:
    ages = cast("list[str]", answer["ages"])
    return "ages: a stage stands there twice" if len(set(ages)) != len(ages) else None


def _people(answer: Mapping[str, Json]) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", answer["people"])

"""The detector "judge": a language model grades prompts, and says why.

What it says are labels, not probabilities: scores are 0 or 1, and thresholds between them change nothing. What cannot
be read as a verdict (no answer, another form, a contradiction) is a failure, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, cast

from ethical_lens.chat.choosing import chat_model
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.marking import hand_over
from ethical_lens.chat.model import ChatModel
from ethical_lens.chat.tasks import load_task
from ethical_lens.serial import Json
from ethical_lens.text.lexicon import CATEGORIES
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Finding, Severity, Span

TASK: Final = "toxicity-1"

_GRADES: Final = (Severity.K1, Severity.K2, Severity.K3)
_FIGURE: Final = "public_figure"
_ADVERSARIAL: Final = "adversarial"
_LONGEST_NOTE: Final = 300
_NOT_JUDGED: Final = frozenset({_FIGURE, MINOR_SEXUAL, "opt_out"})


class JudgeDetector:
    """Measures texts with a language model.

    Args:
        model: The model, or its name as `chat_model` reads it.
        n_at_once: Most texts that are asked about at the same time.

    Example:
        >>> from ethical_lens.chat.scripted import ScriptedChat
        >>> judge = JudgeDetector(ScriptedChat(["It looks harmless to me."] * 2))
        >>> [finding.category for finding in judge.detect(["a cat"])[0]]
        ['failure']
    """

    def __init__(self, model: ChatModel | str, *, n_at_once: int = 4) -> None:
        self._model = chat_model(model)
        self._task = load_task(TASK)
        self._n_at_once = n_at_once

    @property
    def name(self) -> str:
        """The task and the model, "name@version"."""
        return f"judge:{self._task.name}:{self._model.name}"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text: every category in every grade, or one failure."""
        answers = self._task.ask_all(
            self._model,
            [[hand_over("prompt", text)] for text in texts],
            [partial(contradiction, text) for text in texts],
            n_at_once=self._n_at_once,
        )
        return [
            [self._failure(answer)] if isinstance(answer, ChatError) else list(self._findings(text, answer))
            for text, answer in zip(texts, answers, strict=True)
        ]

    def _findings(self, text: str, answer: dict[str, Json]) -> Iterator[Finding]:
        harms = {str(each["category"]): each for each in _objects(answer["harms"])}
        note = _shortened(str(answer["explanation"]))
        for category in CATEGORIES:
            if category in _NOT_JUDGED:
                continue
            harm = harms.get(category)
            graded = Severity[str(harm["grade"])] if harm else Severity.K0
            where = place_of(str(harm["quote"]), text) if harm else None
            for grade in _GRADES:
                told = graded >= grade
                yield self._finding(category, told, grade, where if told else None, note if told else "")
        minor = bool(answer["minor_sexual"])
        yield self._finding(MINOR_SEXUAL, minor, Severity.K3, None, note if minor else "")
        orders = bool(answer["orders"])
        yield self._finding(_ADVERSARIAL, orders, Severity.K1, None, "gives orders to a judge" if orders else "")
        names = cast("list[str]", answer["public_figures"])
        for name in names:
            yield self._finding(_FIGURE, True, Severity.K1, place_of(name, text), "named")
        if not names:
            yield self._finding(_FIGURE, False, Severity.K1, None, "")

    def _finding(self, category: str, told: bool, severity: Severity, where: Span | None, note: str) -> Finding:
        return Finding(
            category=category, score=float(told), severity=severity, source=self.name, where=where, note=note
        )

    def _failure(self, error: ChatError) -> Finding:
        return Finding(category=FAILURE, score=1.0, source=self.name, note=_shortened(str(error)))


def contradiction(text: str, answer: dict[str, Json]) -> str | None:
    """Return what contradicts itself in a verdict, in words of the schema alone; None if nothing.

    Args:
        text: The prompt that was judged.
        answer: Keeps to the schema.
    """
    harms = _objects(answer["harms"])
    grade = Severity[str(answer["grade"])]
    categories = [str(each["category"]) for each in harms]
    gravest = max((Severity[str(each["grade"])] for each in harms), default=Severity.K0)
    if len(set(categories)) != len(categories):
        return "harms: a category stands there twice"
    if answer["minor_sexual"] and grade is not Severity.K3:
        return "grade: has to be K3 where minor_sexual is true"
    if not answer["minor_sexual"] and grade is not gravest:
        return "grade: has to be the gravest grade of harms, and K0 only where harms is empty"
    if answer["rewrite"] is not None and (answer["minor_sexual"] or grade in (Severity.K0, Severity.K3)):
        return "rewrite: has to be null where grade is K0 or K3, or minor_sexual is true"
    if answer["rewrite"] == text:
        return "rewrite: is the prompt itself"
    return None


def place_of(quote: str, text: str) -> Span | None:
    """Return where a quotation stands in a text, letter case aside; None if it does not."""
    start = text.find(quote)
    if start < 0:
        lowered = text.lower()
        start = lowered.find(quote.lower()) if len(lowered) == len(text) else -1
    return Span(start=start, end=start + len(quote)) if quote and start >= 0 else None


def _objects(value: Json) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", value)


def _shortened(note: str) -> str:
    return note if len(note) <= _LONGEST_NOTE else f"{note[: _LONGEST_NOTE - 1]}…"

"""The rewriter "judge": a language model words prompts anew, after what was found in the words or in a picture.

A wording is a proposal; the caller screens it again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, cast

from ethical_lens.chat.choosing import chat_model
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.marking import hand_over
from ethical_lens.chat.model import ChatModel
from ethical_lens.chat.tasks import load_task
from ethical_lens.errors import DetectionError
from ethical_lens.serial import Json
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Change, Finding, Span

TASK: Final = "revision-1"


class JudgeRewriter:
    """Rewrites prompts with a language model.

    Args:
        model: The model, or its name as `chat_model` reads it.
    """

    def __init__(self, model: ChatModel | str) -> None:
        self._model = chat_model(model)
        self._task = load_task(TASK)

    @property
    def name(self) -> str:
        """The task and the model, "name@version"."""
        return f"judge:{self._task.name}:{self._model.name}"

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        """Return wordings without what was found, best first; none for anything about minors, and after a failure.

        Args:
            text: The prompt.
            findings: What was found: in its words where it has a span, else in a picture that was drawn from it.

        Raises:
            DetectionError: If the model gave no answer that can be used.
        """
        found = [each for each in findings if each.score > 0]
        if not found or {MINOR_SEXUAL, FAILURE} & {each.category for each in found}:
            return []
        harms = json.dumps(list(_told(text, found).values()), ensure_ascii=False)
        try:
            answer = self._task.ask(self._model, [hand_over("prompt", text), hand_over("harms", harms)], _contradiction)
        except ChatError as error:
            raise DetectionError(f"{self.name} gave no wording that can be used: {error}") from error
        offered = {str(each["text"]): str(each["changed"]) for each in _wordings(answer)}
        return [
            (wording, (Change(kind="replaced", before=text, after=wording, why=changed),))
            for wording, changed in offered.items()
            if wording.strip() and wording != text
        ]


def _told(text: str, findings: Sequence[Finding]) -> dict[tuple[str, str], dict[str, str]]:
    """Return each harm once per place: its category, the words that carry it, and what was noted about it."""
    told: dict[tuple[str, str], dict[str, str]] = {}
    for each in findings:
        words = text[each.where.start : each.where.end] if isinstance(each.where, Span) else ""
        told.setdefault((each.category, words), {"harm": each.category, "words": words, "noted": each.note})
    return told


def _contradiction(answer: dict[str, Json]) -> str | None:
    if bool(answer["possible"]) != bool(_wordings(answer)):
        return "wordings: has to be empty where possible is false, and only there"
    return None


def _wordings(answer: dict[str, Json]) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", answer["wordings"])

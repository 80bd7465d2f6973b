"""The rewriter "reviser": a language model words prompts anew. A wording is a proposal; the caller screens it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol, cast, runtime_checkable

from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.marking import hand_over
from ethical_lens.chat.model import ChatModel
from ethical_lens.chat.tasks import load_task
from ethical_lens.errors import DetectionError
from ethical_lens.serial import Json
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Change, Finding

TASK: Final = "revision-1"

Wordings = list[tuple[str, tuple[Change, ...]]]


@runtime_checkable
class Reviser(Protocol):
    """A rewriter that can also learn from what was seen in a picture."""

    def revise(self, text: str, findings: Sequence[Finding]) -> Wordings:
        """Return wordings from which a picture is less likely to show what was found in one, best first."""
        ...


class JudgeRewriter:
    """Rewrites prompts with a language model, after what was found in the words or in a picture.

    Args:
        model: The model.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._task = load_task(TASK)

    @property
    def name(self) -> str:
        """The task and the model, "name@version"."""
        return f"reviser:{self._task.name}:{self._model.name}"

    def rewrite(self, text: str, findings: Sequence[Finding]) -> Wordings:
        """Return wordings without what was found in the words; none for anything about minors, and after a failure.

        Raises:
            DetectionError: If the model gave no answer that can be used.
        """
        return self._wordings(text, findings, "words")

    def revise(self, text: str, findings: Sequence[Finding]) -> Wordings:
        """Return wordings after what was found in a picture; none for anything about minors, and after a failure.

        Raises:
            DetectionError: If the model gave no answer that can be used.
        """
        return self._wordings(text, findings, "picture")

    def _wordings(self, text: str, findings: Sequence[Finding], seen_in: str) -> Wordings:
        categories = sorted({each.category for each in findings if each.score > 0})
        if not categories or {MINOR_SEXUAL, FAILURE} & set(categories):
            return []
        harms = json.dumps({"found in": seen_in, "harms": categories})
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


def _contradiction(answer: dict[str, Json]) -> str | None:
    if bool(answer["possible"]) != bool(_wordings(answer)):
        return "wordings: has to be empty where possible is false, and only there"
    return None


def _wordings(answer: dict[str, Json]) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", answer["wordings"])

"""The image detector "picture judge": a model that can see looks at pictures, through the interface of chat models.

It is asked about any kind of picture that its operator vouches for. What it says are labels, not probabilities: "no"
scores 0, "unsure" a half, "yes" 1. What cannot be read as a verdict is a failure, never a pass.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from PIL import Image

from ethical_lens.chat.choosing import chat_model
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.model import ChatModel, Message, Role
from ethical_lens.chat.tasks import load_task
from ethical_lens.serial import Json
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Finding, Frame, Severity

TASK: Final = "picture-1"
OUT_OF_DOMAIN: Final = "out_of_domain"

_SCORES: Final = {"no": 0.0, "unsure": 0.5, "yes": 1.0}
_SEEN: Final = ("nude", "nsfw", "politic", "culture", "public", "watermark", "apparent_minor", MINOR_SEXUAL)
_LONGEST_NOTE: Final = 300


class PictureJudge:
    """Measures pictures with a model that can see.

    The prompt is not shown to it, so that nothing but the picture can speak to it.

    Args:
        model: The model, or its name as `chat_model` reads it; one that takes pictures.
        domains: Kinds of picture that it is trusted with; others, and those of unknown kind unless "unknown" is among
            them, are turned away unseen.
        most_pixels: Longer side that pictures are shown at.
        n_at_once: Most pictures that are shown at the same time.
    """

    def __init__(
        self,
        model: ChatModel | str,
        *,
        domains: Collection[str] = ("photograph", "unknown"),
        most_pixels: int = 1024,
        n_at_once: int = 4,
    ) -> None:
        self._model = chat_model(model)
        self._task = load_task(TASK)
        self._domains = frozenset(domains)
        self._most_pixels = most_pixels
        self._n_at_once = n_at_once

    @property
    def name(self) -> str:
        """The task and the model, "name@version"."""
        return f"picture-judge:{self._task.name}:{self._model.name}"

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return one finding per category, or one failure, or for a picture of another kind that it is one."""
        own = [i for i, frame in enumerate(frames) if (frame.domain or "unknown") in self._domains]
        answers = self._task.ask_all(
            self._model,
            [[self._shown(frames[i])] for i in own],
            [_contradiction] * len(own),
            n_at_once=self._n_at_once,
        )
        found = dict(zip(own, map(self._findings, answers), strict=True))
        return [found.get(i) or [self._turned_away(frame)] for i, frame in enumerate(frames)]

    def _shown(self, frame: Frame) -> Message:
        image = frame.image.convert("RGB")
        image.thumbnail((self._most_pixels, self._most_pixels), Image.Resampling.LANCZOS)
        return Message(role=Role.USER, text="This is the picture.", images=(image,))

    def _findings(self, answer: dict[str, Json] | ChatError) -> list[Finding]:
        if isinstance(answer, ChatError):
            return [Finding(category=FAILURE, score=1.0, source=self.name, note=str(answer)[:_LONGEST_NOTE])]
        note = str(answer["explanation"])[:_LONGEST_NOTE]
        findings = [self._finding(category, _SCORES[str(answer[category])], note) for category in _SEEN]
        return [*findings, self._finding(OUT_OF_DOMAIN, 0.0, "")]

    def _finding(self, category: str, score: float, note: str) -> Finding:
        severity = Severity.K3 if category == MINOR_SEXUAL else Severity.K1
        return Finding(category=category, score=score, severity=severity, source=self.name, note=note if score else "")

    def _turned_away(self, frame: Frame) -> Finding:
        note = f"not trusted with pictures of the domain {frame.domain or 'unknown'!r}, so it was not shown this one"
        return Finding(category=OUT_OF_DOMAIN, score=1.0, source=self.name, note=note)


def _contradiction(answer: dict[str, Json]) -> str | None:
    if answer[MINOR_SEXUAL] != "no" and answer["apparent_minor"] == "no":
        return "apparent_minor: cannot be no where minor_sexual is not"
    return None

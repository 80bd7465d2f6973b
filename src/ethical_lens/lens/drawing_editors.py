"""The editors that need the whole lens: they draw, look at what they drew, and screen their words."""

from __future__ import annotations

from collections.abc import Sequence

from PIL.Image import Image

from ethical_lens.edit.face import FaceEdit
from ethical_lens.edit.figures import Anonymize
from ethical_lens.image.perceived import PersonReader
from ethical_lens.lens.plan_check import Portraits, minors, perceiving, planned_people
from ethical_lens.lens.screening import Screen
from ethical_lens.types import Editor, Frame, ImageDetector, Inpainter, Shot


def drawing_editors(
    inpainter: Inpainter,
    *,
    detectors: Sequence[ImageDetector],
    reader: PersonReader | None,
    screen: Screen,
    domain: str,
) -> dict[str, Editor]:
    """Return the editors "anonymize" and, with a reader, "face", by the names that policies use.

    Args:
        inpainter: What draws.
        detectors: Tell how well a public figure is still recognised.
        reader: Perceives people; without one no face is held against the plan.
        screen: Screens the words that are drawn from.
        domain: Kind of picture.
    """
    portraits = Portraits(screen=screen)

    def recognise(image: Image, category: str, shot: Shot) -> float:
        frame = Frame(image=image, domain=domain, prompt=shot.draft.text)
        found = [each for detector in detectors for each in detector.detect([frame])[0]]
        return max((each.score for each in found if each.category == category), default=1.0)

    editors: dict[str, Editor] = {
        "anonymize": Anonymize(inpainter=inpainter, recognise=recognise, nobody=portraits.nobody)
    }
    if reader is not None:
        editors["face"] = FaceEdit(
            inpainter=inpainter,
            perceive=lambda image, shot: perceiving(reader, domain, image, shot),
            planned=planned_people,
            portrait=portraits.planned,
            minors=minors(screen.policy),
        )
    return editors

"""One prompt: run bare and guarded from the same seeds, measured, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethical_lens.errors import EthicalLensError
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner.folder import RunFolder
from ethical_lens.evaluate.runner.judging import measured
from ethical_lens.evaluate.runner.kept import KeptGenerator, keeping
from ethical_lens.evaluate.runner.parts import Parts
from ethical_lens.evaluate.runner.rows import Arm, Course, Row, course_of
from ethical_lens.evaluate.runner.settings import RunSettings
from ethical_lens.lens import Lens
from ethical_lens.types import Exemption, Request, Result

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that one process works with."""

    settings: RunSettings
    folder: RunFolder
    parts: Parts
    generator: KeptGenerator
    lenses: Mapping[Arm, Lens]
    reuse: RunFolder | None = None
    """Another run with the same generator; pictures of the same wording and seed are taken over from it."""


def bench(settings: RunSettings, folder: RunFolder, parts: Parts, reuse: RunFolder | None = None) -> Bench:
    """Return what one process works with."""
    generator = keeping(parts.lens.generator)
    guarded = parts.lens.replacing(generator=generator)
    bare = guarded.replacing(exemptions=[Exemption.BARE])
    return Bench(
        settings=settings,
        folder=folder,
        parts=parts,
        generator=generator,
        lenses={Arm.BARE: bare, Arm.GUARDED: guarded},
        reuse=reuse,
    )


def work(at: Bench, number: int, sample: Sample) -> None:
    """Run a sample in the arms in which it has not been run.

    Args:
        at: What to work with.
        number: Position of the sample in the suite.
        sample: The prompt.
    """
    at.generator.forget()
    if at.reuse is not None:
        for arm in Arm:
            _remember(at, at.reuse, at.reuse.row(number, arm))
    before = at.folder.row(number, Arm.BARE)
    if before is None:
        before = _run(at, number, sample, Arm.BARE, None)
    else:
        _remember(at, at.folder, before)
    if at.folder.row(number, Arm.GUARDED) is None:
        _run(at, number, sample, Arm.GUARDED, before)


def _run(at: Bench, number: int, sample: Sample, arm: Arm, before: Row | None) -> Row:
    request = Request(
        prompt=sample.prompt,
        count=at.settings.images_per_prompt,
        seed=at.settings.seed_of(sample.id),
        tags=("evaluation",),
    )
    at.generator.begin()
    try:
        result = at.lenses[arm].run(request)
    except EthicalLensError as error:
        course = Course(seed=request.seed, action="", error=f"{type(error).__name__}: {error}")
        row = Row(sample=number, arm=arm, course=course, seen=())
    else:
        row = _row(at, number, sample, arm, result, before)
    at.folder.add(row)
    return row


def _row(at: Bench, number: int, sample: Sample, arm: Arm, result: Result, before: Row | None) -> Row:
    shown = {outcome.index: outcome.image for outcome in result.outcomes if outcome.image is not None}
    images = list(shown.values())
    seen = measured(images, sample.prompt, judge=at.parts.judge, encoder=at.parts.encoder)
    by_index = dict(zip(shown, seen, strict=True))
    files = {index: _file(at, number, arm, index, image, before) for index, image in shown.items()}
    course = course_of(result, files, _seconds(result, at.generator))
    return Row(sample=number, arm=arm, course=course, seen=tuple(by_index.get(each.index) for each in course.pictures))


def _file(at: Bench, number: int, arm: Arm, index: int, image: Image, before: Row | None) -> str:
    """Return where the picture is; one that is the same as without the lens is not written again."""
    twin = before.course.pictures[index].file if before and before.course.pictures else None
    if twin is not None and at.folder.picture(twin).tobytes() == image.tobytes():
        return twin
    return at.folder.add_picture(image, arm, number, index)


def _seconds(result: Result, generator: KeptGenerator) -> dict[str, float]:
    """Return the seconds of each stage, with every picture's drawing counted as if it had been drawn here."""
    seconds = dict(result.seconds)
    spent = seconds.get("generate", 0.0)
    seconds["total"] += generator.seconds - spent
    if spent or generator.seconds:
        seconds["generate"] = generator.seconds
    return seconds


def _remember(at: Bench, folder: RunFolder, row: Row | None) -> None:
    """Take over what a row's pictures show as drawn from their wordings and seeds; edited ones are no drawings."""
    if row is None:
        return
    seconds = row.course.seconds.get("generate", 0.0) / max(len(row.course.pictures), 1)
    for picture in row.course.pictures:
        if picture.file and not picture.edits and picture.text is not None and picture.seed is not None:
            at.generator.remember(picture.text, picture.seed, folder.picture(picture.file), seconds)

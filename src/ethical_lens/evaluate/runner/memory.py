"""Peak memory of each arm, in processes of their own: a high-water mark never falls."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection

from ethical_lens.evaluate.metrics import peak_memory_bytes
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner.parts import PartsFactory
from ethical_lens.evaluate.runner.rows import Arm
from ethical_lens.evaluate.runner.settings import RunSettings
from ethical_lens.types import Action, Author, Draft, Request, Shot, Stage, Verdict


def peak_memory(settings: RunSettings, samples: Sequence[Sample], parts: PartsFactory) -> dict[str, float | None]:
    """Return the most memory that a process of each arm holds at once, in bytes; None where it was not measured.

    The bare arm is the generator alone, the guarded one the lens around it. Neither loads the judge's models before its
    mark is read, but both import the same code.

    Args:
        settings: What is run.
        samples: Prompts that are run for it; their pictures are thrown away.
        parts: Makes lens and generator.
    """
    return {arm.value: _measured(settings, arm, samples, parts) for arm in Arm}


def _measured(settings: RunSettings, arm: Arm, samples: Sequence[Sample], parts: PartsFactory) -> float | None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(there, settings, arm, samples, parts), daemon=True)
    process.start()
    there.close()
    try:
        peak = float(here.recv())
    except EOFError:
        peak = math.nan
    process.join()
    return None if math.isnan(peak) else peak


def _measure(
    answer: Connection, settings: RunSettings, arm: Arm, samples: Sequence[Sample], parts: PartsFactory
) -> None:
    lens = parts(settings).lens
    for sample in samples:
        request = Request(prompt=sample.prompt, count=settings.images_per_prompt, seed=settings.seed_of(sample.id))
        if arm is Arm.GUARDED:
            lens.run(request)
        else:
            lens.generator.generate([_plain_shot(request, index) for index in range(request.count)])
    answer.send(peak_memory_bytes())
    answer.close()


def _plain_shot(request: Request, index: int) -> Shot:
    verdict = Verdict(stage=Stage.TEXT, action=Action.ALLOW, findings=())
    draft = Draft(text=request.prompt, author=Author.USER, verdict=verdict)
    return Shot(index=index, draft=draft, seed=request.seed + index)

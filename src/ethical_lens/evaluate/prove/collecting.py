"""Running the operator's prompts in shadow mode, and through the enforcing lens beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from ethical_lens.errors import EthicalLensError
from ethical_lens.evaluate.datasets import Dataset
from ethical_lens.evaluate.prove.decisions import Decision, DecisionFolder
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.runner.kept import keeping
from ethical_lens.lens import Lens
from ethical_lens.people.balance import derive
from ethical_lens.serial import Json
from ethical_lens.types import FAILURE, Action, Exemption, Finding, Outcome, Request, Result, Stage, Verdict

Advance = Callable[[int, int], None]
"""Told how many prompts are done, and how many there are."""


def collect(
    lens: Lens,
    dataset: Dataset,
    path: Path,
    *,
    images_per_prompt: int = 1,
    seed: int = 0,
    guarded: bool = True,
    advance: Advance | None = None,
) -> DecisionFolder:
    """Run prompts in shadow mode and keep every measurement with what would have been done.

    A collection that was interrupted goes on where it was. What a hard rule withholds is counted, never kept.

    Args:
        lens: The operator's lens, enforcing; it is used once as it is and once in shadow mode.
        dataset: The operator's prompts.
        path: Folder to keep it in.
        images_per_prompt: Pictures of each prompt.
        seed: The pictures' seeds derive from it and from the prompt's identifier.
        guarded: Whether to draw the guarded pictures too; those that the lens leaves alone are not drawn twice.
        advance: Told of the progress.

    Raises:
        ConfigurationError: If the folder was begun with something else.
    """
    generator = keeping(lens.generator)
    enforcing = lens.replacing(generator=generator, exemptions=[])
    shadow = lens.replacing(generator=generator, exemptions=[Exemption.SHADOW])
    folder = DecisionFolder(path, _identity(lens, dataset, images_per_prompt, seed, guarded=guarded))
    done = folder.done()
    for number, sample in enumerate(dataset.samples):
        if sample.id not in done:
            generator.forget()
            request = Request(prompt=sample.prompt, count=images_per_prompt, seed=_seed(seed, sample))
            folder.add(_run(folder, shadow, enforcing if guarded else None, sample, request))
        if advance is not None:
            advance(number + 1, len(dataset))
    return folder


def _identity(lens: Lens, dataset: Dataset, images: int, seed: int, *, guarded: bool) -> dict[str, Json]:
    return {
        "generator": lens.generator.name,
        "domain": lens.generator.domain,
        "policy": lens.policy.title,
        "models": dict(lens.models),
        "advisors": [*sorted(lens.advisors)],
        "dataset": dataset.name,
        "prompts": dataset.prompts_digest,
        "images_per_prompt": images,
        "seed": seed,
        "guarded": guarded,
    }


def _seed(seed: int, sample: Sample) -> int:
    return derive(seed, "prove", sample.id) % 2**32


def _run(
    folder: DecisionFolder, shadow: Lens, enforcing: Lens | None, sample: Sample, request: Request
) -> list[Decision]:
    try:
        bare = shadow.run(request)
        kept = enforcing.run(request) if enforcing is not None else None
    except EthicalLensError as error:
        return [_failed(sample, error)]
    return [_text(sample, bare.plan.verdict), *_pictures(folder, sample, bare, kept)]


def _failed(sample: Sample, error: Exception) -> Decision:
    finding = Finding(category=FAILURE, score=1.0, source=type(error).__name__)
    return Decision(
        id=sample.id,
        sample=sample.id,
        stage=Stage.TEXT,
        prompt=sample.prompt,
        category=_category(sample),
        findings=(finding,),
        tightened=False,
        action=Action.BLOCK,
        reasons=("text.failure",),
    )


def _text(sample: Sample, verdict: Verdict) -> Decision:
    return Decision(
        id=sample.id,
        sample=sample.id,
        stage=Stage.TEXT,
        prompt=sample.prompt,
        category=_category(sample),
        findings=_bare_findings(verdict),
        tightened=False,
        action=verdict.action,
        reasons=verdict.reasons,
    )


def _pictures(folder: DecisionFolder, sample: Sample, bare: Result, kept: Result | None) -> list[Decision]:
    made = []
    for outcome in bare.outcomes:
        if not outcome.attempts:
            continue
        verdict = outcome.attempts[0].verdict
        name = f"{hashlib.sha256(sample.id.encode('utf-8', 'replace')).hexdigest()[:16]}-{outcome.index:02d}"
        other = kept.outcomes[outcome.index] if kept is not None else None
        made.append(
            Decision(
                id=f"{sample.id}/{outcome.index}",
                sample=sample.id,
                stage=Stage.IMAGE,
                prompt=sample.prompt,
                category=_category(sample),
                findings=_bare_findings(verdict),
                tightened=bare.plan.verdict.action is Action.FLAG,
                action=verdict.action,
                reasons=verdict.reasons,
                file=_kept(folder, outcome, f"{name}-bare"),
                guarded_status=other.status.value if other is not None else None,
                guarded_file=_kept(folder, other, f"{name}-guarded"),
            )
        )
    return made


def _kept(folder: DecisionFolder, outcome: Outcome | None, name: str) -> str | None:
    if outcome is None or outcome.image is None:
        return None
    return folder.add_picture(outcome.image, name)


def _bare_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """Return the measurements without places and notes, which may repeat words of the prompt."""
    return tuple(
        Finding(category=each.category, score=float(each.score), severity=each.severity, source=each.source)
        for each in verdict.findings
    )


def _category(sample: Sample) -> str:
    return sample.categories[0] if sample.categories else ""

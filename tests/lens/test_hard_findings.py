"""An apparent minor together with nudity: nothing is edited, shown or stored, and the operator is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ethical_lens import registry
from ethical_lens.audit import AuditLog
from ethical_lens.errors import ConfigurationError
from ethical_lens.lens.hard import HardFinding, ReportHook, hard_reasons, without_places
from ethical_lens.policy import Policy, available, decide, load
from ethical_lens.serial import to_plain
from ethical_lens.testing import ScriptedLook, small_lens
from ethical_lens.types import Box, Edit, Exemption, Finding, Frame, Mask, Shot, Stage, Status

N_RANDOM = 10_000
REGION = Box(left=8, top=8, right=40, bottom=40)
MINOR_NUDE = {"apparent_minor": 0.9, "nude": 0.9}


class Recording:
    """An editor that remembers what it was handed."""

    name = "recording@1"

    def __init__(self) -> None:
        self.handed: list[Image.Image] = []

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        self.handed.append(image)
        edited = image.copy()
        edited.putpixel((0, 0), ((image.getpixel((0, 0))[0] + 1) % 256, 0, 0))  # type: ignore[index]
        return edited, Edit(editor=self.name, finding=finding)


def scores(dice: np.random.Generator) -> dict[str, float]:
    """Scores of every kind: sure, unsure, just above and just below every threshold that policies use."""
    near = (0.0, 0.2, 0.2999, 0.3, 0.35, 0.4999, 0.5, 0.75, 1.0)
    heads = ("apparent_minor", "nude", "minor_sexual", "public")
    return {head: float(dice.choice(near)) if dice.random() < 0.6 else float(dice.random()) for head in heads}


def test_random_scores_never_release_edit_or_keep_a_minor_with_nudity() -> None:
    policies = {name: load(name) for name in available()}
    dice = np.random.default_rng(5)
    drawn = [scores(dice) for _ in range(N_RANDOM)]
    n_hard = 0
    for start in range(0, N_RANDOM, 500):
        batch = drawn[start : start + 500]
        policy = policies[sorted(policies)[start // 500 % len(policies)]]
        n_hard += hard_of_batch(batch, policy, (Exemption.SHADOW,) if start % 1500 == 0 else ())
    assert n_hard > N_RANDOM / 4


def hard_of_batch(batch: list[dict[str, float]], policy: Policy, exemptions: tuple[Exemption, ...]) -> int:
    """Run one batch, hold what must hold, and return how many hard findings there were."""
    editor, told = Recording(), list[HardFinding]()
    given: dict[bytes, dict[str, float]] = {}

    def look(frame: Frame) -> Mapping[str, float]:
        # An edited picture gets other scores: it may turn into a hard finding only then.
        return given.setdefault(key_of(frame.image), batch[len(given) % len(batch)])

    lens = small_lens(
        policy=policy,
        image_detectors=[ScriptedLook(score=look, box=REGION)],
        editors={"inpaint": editor, "blur": editor},
        exemptions=exemptions,
    ).on_hard_finding(told.append)
    result = lens.generate("a cat", count=len(batch), seed=1)
    hard = 0
    for outcome in result.outcomes:
        last = outcome.attempts[-1].verdict
        measured = {each.category: each.score for each in last.findings}
        if is_hard(measured):
            hard += 1
            assert outcome.status is Status.WITHHELD
            assert outcome.image is None
            assert hard_reasons(last)
            assert all(each.where is None for attempt in outcome.attempts for each in attempt.verdict.findings)
            assert all(edit.finding.where is None for attempt in outcome.attempts for edit in attempt.edits)
        for earlier in outcome.attempts[:-1]:
            assert not hard_reasons(earlier.verdict)
    assert not any(is_hard(given.get(key_of(image), {})) for image in editor.handed)
    assert len(told) == sum(bool(hard_reasons(each.attempts[-1].verdict)) for each in result.outcomes)
    return hard


def is_hard(measured: Mapping[str, float]) -> bool:
    """Tell whether every policy has to withhold; a policy may start earlier."""
    together = min(measured.get("apparent_minor", 0.0), measured.get("nude", 0.0))
    return max(together, measured.get("minor_sexual", 0.0)) >= 0.5


def key_of(image: Image.Image) -> bytes:
    return image.resize((2, 2), Image.Resampling.NEAREST).tobytes() + image.crop((0, 0, 1, 1)).tobytes()


@pytest.mark.parametrize("exemption", [None, Exemption.BARE, Exemption.IMAGE_OFF])
def test_nothing_of_the_picture_reaches_the_audit_log(tmp_path: Path, exemption: Exemption | None) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", retention="text")
    plain = small_lens(
        image_detectors=[ScriptedLook(score=lambda frame: MINOR_NUDE, box=REGION)],
        exemptions=() if exemption is None else (exemption,),
    )
    lens = plain.replacing()
    lens._audit = log
    result = lens.generate("a cat", seed=3)
    written = "".join(path.read_text(errors="replace") for path in tmp_path.iterdir() if path.is_file())
    assert '"box"' not in written
    assert "hard.minor_nude" in written
    assert '"where": {' not in json.dumps(to_plain(result))


def test_hook_is_told_ids_and_reasons_and_gets_the_picture_only_when_it_asked() -> None:
    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: MINOR_NUDE, box=REGION)])
    told: list[HardFinding] = []
    result = lens.on_hard_finding(told.append).generate("a cat", count=2, seed=3)
    assert [(each.result_id, each.index, each.image) for each in told] == [(result.id, 0, None), (result.id, 1, None)]
    assert told[0].reasons == ("hard.minor_nude",)
    assert told[0].stage is Stage.IMAGE
    shown: list[HardFinding] = []
    lens.on_hard_finding(shown.append, with_image=True).generate("a cat", seed=3)
    assert shown[0].image is not None


def test_policy_names_the_hook_and_one_that_is_missing_refuses_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nversion: 1\nextends: default\nreport_hook: desk\n")
    with pytest.raises(ConfigurationError, match="no report hook 'desk'"):
        small_lens(policy=load(path))
    told: list[HardFinding] = []
    monkeypatch.setattr(registry, "factory", lambda group, name: told.append)
    small_lens(policy=load(path)).generate("forbidden", seed=0)
    assert [each.reasons for each in told] == [("hard.minor_sexual",)]


def test_hook_is_told_of_a_prompt() -> None:
    told: list[HardFinding] = []
    result = small_lens().on_hard_finding(told.append).generate("forbidden", seed=0)
    assert [(each.result_id, each.stage, each.index) for each in told] == [(result.id, Stage.TEXT, None)]


def test_hook_that_fails_or_hangs_releases_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(finding: HardFinding) -> None:
        raise RuntimeError("secret words")

    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: MINOR_NUDE)])
    outcome = lens.on_hard_finding(fail).generate("a cat", seed=3).outcomes[0]
    assert outcome.image is None
    assert "report it by hand" in caplog.text
    assert "secret words" not in caplog.text
    slow = lens.on_hard_finding(lambda finding: __import__("time").sleep(5), seconds=0.05)
    assert slow.generate("a cat", seed=3).outcomes[0].image is None


def test_checked_picture_is_told_of_and_its_places_are_not_shown() -> None:
    told: list[HardFinding] = []
    lens = small_lens(image_detectors=[ScriptedLook(score=lambda frame: MINOR_NUDE, box=REGION)])
    [report] = lens.on_hard_finding(told.append).check_images([Frame(image=Image.new("RGB", (64, 64)))])
    assert report.regions == ()
    assert len(told) == 1


def test_verdict_without_places_keeps_its_findings_and_their_identity() -> None:
    mask = Mask(box=REGION, bits=np.ones((32, 32), np.bool_))
    found = [Finding(category=category, score=0.9, source="x@1", where=mask, note="seen") for category in MINOR_NUDE]
    verdict = without_places(decide(load("default"), Stage.IMAGE, found))
    assert [each.score for each in verdict.findings] == [0.9, 0.9]
    assert all(each.where is None and not each.note for each in verdict.findings)
    known = set(map(id, verdict.findings))
    assert all(id(each) in known for rule in verdict.fired for each in rule.findings)


def test_hook_without_callback_arguments_is_a_plain_record() -> None:
    finding = HardFinding(result_id="1", stage=Stage.IMAGE, index=0, reasons=("hard.minor_nude",), policy="p@1")
    seen: list[HardFinding] = []
    ReportHook(callback=seen.append).tell(finding)
    assert seen[0].result_id == "1"

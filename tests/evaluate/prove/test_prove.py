"""From prompts to a policy: collected in shadow mode, labelled, fitted, tried, reported, enforced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate import prove
from ethical_lens.evaluate.datasets import Dataset
from ethical_lens.evaluate.records import Sample
from ethical_lens.evaluate.study import StudyFile
from ethical_lens.lens import Lens
from ethical_lens.policy import load
from ethical_lens.testing import PlainGenerator, small_lens
from ethical_lens.types import Action, Drawing, Finding, Frame, Shot, Stage, Status

N_PROMPTS = 120


class Heads:
    """A head that scores a prompt by its number, and only advises."""

    name = "heads@1"
    advisory = True

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        return [self._findings(frame.prompt or "") for frame in frames]

    def _findings(self, prompt: str) -> list[Finding]:
        minor = 0.9 if "forbidden picture" in prompt else 0.0
        return [
            Finding(category="nsfw", score=score_of(prompt), source=self.name),
            Finding(category="minor_sexual", score=minor, source=self.name),
        ]


class CountingGenerator:
    """Counts what it draws, and fails when told to."""

    name = "plain@1"
    domain = "photograph"

    def __init__(self, *, fails_after: int | None = None) -> None:
        self.n_drawn = 0
        self.fails_after = fails_after

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        self.n_drawn += len(shots)
        if self.fails_after is not None and self.n_drawn > self.fails_after:
            raise KeyboardInterrupt
        return PlainGenerator().generate(shots)


def score_of(prompt: str) -> float:
    """Return a number in [0, 1) that follows from the prompt, higher for what is harmful."""
    luck = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:4], "big") / 2**32
    return 0.5 + luck / 2 if "harmful" in prompt else luck * 0.7


def dataset(n: int = N_PROMPTS) -> Dataset:
    samples = [
        Sample(id=f"s{number}", prompt=f"{'harmful' if number % 5 == 0 else 'calm'} scene {number}", dataset="own")
        for number in range(n)
    ]
    samples.append(Sample(id="sword", prompt="calm scene with a sword", dataset="own"))
    samples.append(Sample(id="hard", prompt="a forbidden picture", dataset="own"))
    return Dataset(name="own", samples=tuple(samples), origin="made up", digest="0", licence="-", filter="none")


def lens_of(generator: CountingGenerator | None = None) -> Lens:
    return small_lens(generator=generator or CountingGenerator(), image_detectors=[Heads()])


def answer(file: StudyFile, prompts: dict[str, str]) -> None:
    """Label everything rightly, as somebody would who attends."""
    word = file.admit()
    with_sources = {one[0]: one for one in _items(file)}
    while (task := file.task(word)) is not None:
        _, source, expected = with_sources[task.item]
        harmful = expected == "harmful" if expected else "harmful" in prompts[source]
        file.answer(word, task.item, 2 if harmful else 1, 1.0)


def _items(file: StudyFile) -> list[tuple[str, str, str | None]]:
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(file.path)) as base:
        return base.execute("SELECT id, source, expected FROM items").fetchall()


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> prove.DecisionFolder:
    return prove.collect(lens_of(), dataset(), tmp_path_factory.mktemp("prove") / "folder", seed=3)


def test_everything_is_measured_and_nothing_is_enforced(collected: prove.DecisionFolder) -> None:
    decisions = {one.id: one for one in collected.decisions()}
    assert len(decisions) == 2 * (N_PROMPTS + 1) + 1, "a text and a picture each; the hard prompt is not drawn"
    assert all(one.file for one in decisions.values() if one.stage is Stage.IMAGE)
    assert decisions["sword"].action is Action.FLAG
    assert decisions["sword/0"].tightened
    assert decisions["hard"].reasons == ("hard.minor_sexual",)
    assert {one.guarded_status for one in decisions.values() if one.stage is Stage.IMAGE} == {Status.RELEASED.value}


def test_an_interrupted_collection_goes_on_and_draws_nothing_twice(tmp_path: Path) -> None:
    whole = prove.collect(lens_of(), dataset(6), tmp_path / "whole", seed=3)
    stopped = CountingGenerator(fails_after=3)
    with pytest.raises(KeyboardInterrupt):
        prove.collect(lens_of(stopped), dataset(6), tmp_path / "part", seed=3)
    second = CountingGenerator()
    part = prove.collect(lens_of(second), dataset(6), tmp_path / "part", seed=3)
    assert part.decisions() == whole.decisions()
    assert second.n_drawn == 4
    with pytest.raises(ConfigurationError, match="another seed"):
        prove.collect(lens_of(), dataset(6), tmp_path / "part", seed=4)


def test_labels_become_thresholds_and_the_head_is_enforced_then(
    collected: prove.DecisionFolder, tmp_path: Path
) -> None:
    policy = load("default")
    prompts = {one.id: one.prompt for one in collected.decisions()}
    file = prove.build_labels(collected, policy, "image.nsfw", tmp_path / "labels.sqlite", n_labels=100, seed=5)
    answer(file, prompts)
    labels = prove.read_labels(collected, policy, file.path)
    assert int((labels.labelled.labels >= 0).sum()) == 100
    fitted = prove.fit(labels.labelled, rate=0.2)
    assert fitted.threshold is not None
    overlay = tmp_path / "own.yaml"
    made = prove.write_overlay(overlay, "default", policy, collected, [(labels, fitted)], name="own")
    [proof] = made.proved
    assert (proof.detector, proof.generator, proof.rule, proof.n_labels) == ("heads@1", "plain@1", "image.nsfw", 100)
    assert proof.false_alarm_rate <= 0.2

    high = next(f"harmful scene {n}" for n in range(999) if score_of(f"harmful scene {n}") > fitted.threshold)
    before = small_lens(generator=CountingGenerator(), image_detectors=[Heads()]).generate(high, seed=1)
    after = small_lens(generator=CountingGenerator(), image_detectors=[Heads()], policy=made).generate(high, seed=1)
    assert before.outcomes[0].status is Status.RELEASED
    assert after.outcomes[0].status is Status.WITHHELD

    fresh = [f"calm scene {n}" for n in range(10_000, 14_000)]
    measured = sum(score_of(prompt) >= fitted.threshold for prompt in fresh) / len(fresh)
    assert fitted.false_alarms.low <= measured <= fitted.false_alarms.high

    changed = prove.what_if(collected, policy, made)
    stricter = [change for change in changed.changes if change.after > change.before]
    assert stricter
    assert {change.stage for change in changed.changes} == {Stage.IMAGE}
    report = prove.report(collected, [(labels, fitted)], changed)
    page = prove.page(report, collected)
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    assert "http" not in page.replace("http-equiv", "")
    assert f"{fitted.false_alarms.value:.1%}" in page
    assert "scene" not in json.dumps(report.form(), allow_nan=False), "the numbers hold no prompts"


class _Balanced(HTMLParser):
    """Notes elements that are opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "img", "input", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_what_if_with_the_same_policy_changes_nothing(collected: prove.DecisionFolder) -> None:
    policy = load("default")
    found = prove.what_if(collected, policy, policy)
    assert found.changes == ()
    decided = prove.decided(collected.decisions(), policy, generator="plain@1", advisors=collected.advisors)
    assert {one.id: one.action for one in collected.decisions()} == {id_: v.action for id_, v in decided.items()}


@pytest.mark.parametrize("rule", ["hard.minor_sexual", "image.failure", "image.nude+public", "image.nothing"])
def test_what_is_not_the_operators_to_fit_is_refused(
    collected: prove.DecisionFolder, tmp_path: Path, rule: str
) -> None:
    with pytest.raises(ConfigurationError, match="use one of"):
        prove.build_labels(collected, load("default"), rule, tmp_path / "x.sqlite", n_labels=10, seed=0)


def test_labels_of_other_decisions_are_refused(collected: prove.DecisionFolder, tmp_path: Path) -> None:
    other = prove.collect(lens_of(), dataset(4), tmp_path / "other", seed=9)
    file = prove.build_labels(other, load("default"), "image.nsfw", tmp_path / "l.sqlite", n_labels=3, seed=0)
    with pytest.raises(ConfigurationError, match="holds no labels for"):
        prove.read_labels(collected, load("default"), file.path)


def test_unsure_labels_count_as_harmless(collected: prove.DecisionFolder, tmp_path: Path) -> None:
    policy = load("default")
    file = prove.build_labels(collected, policy, "image.nsfw", tmp_path / "l.sqlite", n_labels=20, seed=0)
    word = file.admit()
    while (task := file.task(word)) is not None:
        file.answer(word, task.item, 0, 1.0)
    labels = prove.read_labels(collected, policy, file.path, most_failures=99)
    assert labels.n_unsure == 20
    assert int((labels.labelled.labels == 1).sum()) == 20


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collected: prove.DecisionFolder) -> None:
    from typer.testing import CliRunner

    from ethical_lens.cli.prove import app

    def run(*words: object, code: int = 0) -> list[dict[str, object]]:
        result = CliRunner().invoke(app, [*map(str, words), "--json"])
        assert result.exit_code == code, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    prompts = tmp_path / "prompts.txt"
    prompts.write_text("calm scene 1\nharmful scene 2\n", "utf-8")
    monkeypatch.setattr(Lens, "default", lambda **options: lens_of())
    assert run("collect", prompts, "--out", tmp_path / "own", "--seed", 1)[0]["decisions"] == 4
    labels = tmp_path / "l.sqlite"
    assert run("label", collected.path, "--rule", "image.nsfw", "--out", labels, "--count", 90)[0]["items"] == 90
    answer(StudyFile(labels), {one.id: one.prompt for one in collected.decisions()})
    own = tmp_path / "own.yaml"
    fitted = run("fit", collected.path, "--labels", labels, "--rate", 0.2, "--out", own)
    assert fitted[0]["rule"] == "image.nsfw"
    assert load(own).proved
    assert run("fit", collected.path, "--labels", labels, "--rate", 0.0001, "--out", tmp_path / "n.yaml", code=2)
    assert not (tmp_path / "n.yaml").exists()
    assert run("whatif", collected.path, own)[0]["changes"]
    page = tmp_path / "page.html"
    run("report", collected.path, "--labels", labels, "--rate", 0.2, "--after", own, "--out", page)
    assert "image.nsfw" in page.read_text("utf-8")

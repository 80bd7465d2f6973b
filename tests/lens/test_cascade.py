"""A second opinion is asked only in doubt, and its absence is recorded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ethical_lens.errors import ConfigurationError
from ethical_lens.lens import Lens
from ethical_lens.lens.cascade import Cascade, second_to
from ethical_lens.policy import load
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Finding

SCORES = {"calm": 0.1, "doubtful": 0.5, "clear": 0.95}


@dataclass
class First:
    """Scores a text by its only word."""

    name: str = "first@1"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [[_finding("violence", SCORES[text], self.name), _finding("hate", 0.3, self.name)] for text in texts]


@dataclass
class Second:
    """Remembers what it was asked, and answers the same about everything."""

    answers: list[Finding]
    name: str = "second@1"
    asked: list[str] = field(default_factory=list)

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        self.asked += texts
        return [list(self.answers) for _ in texts]


def _finding(category: str, score: float, source: str = "test@1") -> Finding:
    return Finding(category=category, score=score, source=source)


def _cascade(second: Second, seconds: float = 5.0) -> Cascade:
    return Cascade(
        first=First(), second=second, harms=frozenset({"violence", "hate"}), low=0.4, high=0.8, seconds=seconds
    )


def _score(findings: Sequence[Finding], category: str) -> float:
    return max(each.score for each in findings if each.category == category)


def test_only_doubtful_texts_are_asked_about_and_the_second_word_stands() -> None:
    second = Second([_finding("violence", 0.02, "second@1")])
    calm, doubtful, clear = _cascade(second).detect(["calm", "doubtful", "clear"])
    assert second.asked == ["doubtful"]
    assert _score(calm, "violence") == 0.1
    assert _score(clear, "violence") == 0.95
    assert [each.source for each in doubtful if each.category == "violence"] == ["second@1"]
    assert _score(doubtful, "hate") == 0.3, "what the second one does not report stays"


def test_a_second_opinion_that_raises_leaves_the_first_and_a_record() -> None:
    class Broken(Second):
        def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
            raise ConnectionError("server is down")

    [findings] = _cascade(Broken([])).detect(["doubtful"])
    assert _score(findings, "violence") == 0.5
    [note] = [each for each in findings if each.category == FAILURE]
    assert note.score == 0.0
    assert "server is down" in note.note


def test_a_second_opinion_that_is_late_leaves_the_first_and_a_record() -> None:
    class Slow(Second):
        def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
            time.sleep(5)
            return super().detect(texts)

    [findings] = _cascade(Slow([]), seconds=0.1).detect(["doubtful"])
    assert _score(findings, "violence") == 0.5
    assert any("within" in each.note for each in findings if each.category == FAILURE)


def test_an_answer_of_the_wrong_length_is_not_used() -> None:
    class Short(Second):
        def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
            return []

    [findings] = _cascade(Short([])).detect(["doubtful"])
    assert _score(findings, "violence") == 0.5
    assert any(each.category == FAILURE for each in findings)


@pytest.mark.parametrize("category", [MINOR_SEXUAL, "opt_out", FAILURE])
def test_hard_findings_of_the_first_opinion_cannot_be_talked_away(category: str) -> None:
    merged = second_to([_finding(category, 0.9)], [_finding(category, 0.0)])
    assert _score(merged, category) == 0.9


def test_a_policy_asks_for_a_second_opinion_by_name(tmp_path: Path) -> None:
    path = tmp_path / "cautious.yaml"
    path.write_text(
        "name: cautious\nversion: 1\nextends: default\n"
        "second_opinion: {detector: phrases, from: 0.2, to: 0.8, seconds: 5}\n",
        encoding="utf-8",
    )
    policy = load(path)
    assert policy.second_opinion is not None
    assert policy.digest != load("default").digest
    assert Lens.default(policy=policy).models["text.0"].endswith("in doubt phrases@1")


def test_an_unknown_second_detector_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "name: wrong\nversion: 1\nextends: default\n"
        "second_opinion: {detector: oracle, from: 0.2, to: 0.8, seconds: 5}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match="phrases"):
        Lens.default(policy=load(path))

"""The rules and the text model together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tokenizers import Encoding

from ethical_lens import models, registry
from ethical_lens.errors import ConfigurationError, ModelIntegrityError
from ethical_lens.models import ModelFile
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.people.joined import VETO_BELOW, VETO_PLAIN_BELOW, JoinedAnalyzer, weigh
from ethical_lens.testing import small_lens
from ethical_lens.text.encoder import Answer, Outputs, Piece, TextEncoder, shipped_encoder
from ethical_lens.text.normalize import Normalized

CARD = replace(models.load_card("scrutiny"), thresholds={VETO_BELOW: 0.2, VETO_PLAIN_BELOW: 0.02})


class Scripted(TextEncoder):
    """Says of words what it was told, of others that they name people, and cuts words in two pieces."""

    def __init__(self, says: Mapping[str, float]) -> None:
        super().__init__(CARD)
        self._says = says
        self.n_read = 0

    def read(self, readings: Sequence[Normalized]) -> list[Answer]:
        self.n_read += len(readings)
        return [self._answer(reading.text) for reading in readings]

    def _answer(self, text: str) -> Answer:
        pieces: list[Piece] = []
        start = 0
        for word in text.split(" "):
            middle, share = start + len(word) // 2, self._says.get(word, 0.9)
            # The first half stays low, so that only the highest of a word's pieces is right.
            pieces.append(Piece(start=start, end=middle, harm=-9.0, people=min(share, 0.01), names=0))
            pieces.append(Piece(start=middle, end=start + len(word), harm=-9.0, people=share, names=0))
            start += len(word) + 1
        return Answer(
            grades=np.zeros(3, np.float32), categories=np.zeros(12, np.float32), figure=-9.0, pieces=tuple(pieces)
        )


@pytest.fixture(scope="module")
def rules() -> RuleAnalyzer:
    return RuleAnalyzer()


def phrases(analyzer: JoinedAnalyzer, text: str) -> list[str]:
    return [group.phrase for group in analyzer.analyze([text])[0]]


def test_a_group_falls_where_the_model_takes_its_head_for_a_thing(rules: RuleAnalyzer) -> None:
    text = "a tired plumber beside a welder"
    assert phrases(JoinedAnalyzer(Scripted({}), rules), text) == ["tired plumber", "welder"]
    assert phrases(JoinedAnalyzer(Scripted({"plumber": 0.19}), rules), text) == ["welder"]
    assert phrases(JoinedAnalyzer(Scripted({"plumber": 0.21}), rules), text) == ["tired plumber", "welder"]
    assert phrases(JoinedAnalyzer(Scripted({"tired": 0.0}), rules), text) == ["tired plumber", "welder"]


@pytest.mark.parametrize("text", ["the woman on a hill", "an elderly aunt", "two men", "a young Black nurse on a hill"])
def test_unmistakable_words_fall_only_where_the_model_is_very_sure(rules: RuleAnalyzer, text: str) -> None:
    head = rules.analyze([text])[0][0].phrase.split()[-1]
    assert phrases(JoinedAnalyzer(Scripted({head: 0.05}), rules), text)
    assert not phrases(JoinedAnalyzer(Scripted({head: 0.01}), rules), text)


def test_nobody_is_asked_about_named_people_or_where_nobody_was_found(rules: RuleAnalyzer) -> None:
    encoder = Scripted({"curie": 0.0})
    analyzer = JoinedAnalyzer(encoder, rules)
    assert phrases(analyzer, "Marie Curie in her laboratory") == ["Marie Curie"]
    assert phrases(analyzer, "a bowl of apples") == []
    assert encoder.n_read == 0


def test_an_owner_of_whom_a_part_is_seen_stays(rules: RuleAnalyzer) -> None:
    assert phrases(JoinedAnalyzer(Scripted({"guitarist's": 0.0}), rules), "a guitarist's fingers") == ["guitarist"]


def test_batches_keep_order_and_every_text_its_own_answer(rules: RuleAnalyzer) -> None:
    texts = [
        "a bowl of apples",
        "a plumber at work",
        "Marie Curie",
        "a welder at work",
        "una doctora en un parque con su perro",
    ]
    found = JoinedAnalyzer(Scripted({"plumber": 0.0}), rules).analyze(texts)
    assert [[group.phrase for group in groups] for groups in found] == [[], [], ["Marie Curie"], ["welder"], []]


def test_a_plan_tells_to_what_nothing_was_dealt(rules: RuleAnalyzer) -> None:
    lens = small_lens(analyzer=JoinedAnalyzer(Scripted({"plumber": 0.0}), rules))
    plan = lens.generate("a plumber by the sea", seed=1).plan
    assert plan.groups == ()
    assert plan.notes == ("nothing was dealt to 'plumber', because it reads like the name of a thing",)
    assert lens.generate("a plumber and a welder", seed=1).plan.notes == ()
    assert "English" in lens.generate("una doctora en un parque con su perro", seed=1).plan.notes[0]


def test_a_card_without_thresholds_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="people-threshold"):
        JoinedAnalyzer(TextEncoder(replace(CARD, thresholds={VETO_BELOW: 0.2})))


def test_without_the_models_files_nothing_is_dealt_and_the_plan_says_so(rules: RuleAnalyzer) -> None:
    missing = TextEncoder(replace(CARD, files=(ModelFile(path="weights/none/tokenizer.json", sha256="0" * 64),)))
    analyzer = JoinedAnalyzer(missing, rules)
    with pytest.raises(ModelIntegrityError):
        analyzer.analyze(["a plumber by the sea"])
    plan = small_lens(analyzer=analyzer).generate("a plumber by the sea", seed=1).plan
    assert plan.groups is None
    assert "could not be found" in plan.notes[0]


def test_the_default_hears_the_shipped_model() -> None:
    analyzer = registry.analyzer()
    assert analyzer.name == "people-joined@1"
    thing, *people = analyzer.analyze(
        [
            "a bottle of Brewer's Widow stout",
            *("a doctor in a park", "a woman reading", "three soldiers at a gate", "an old man on a bench"),
            *("my grandmother baking", "a group of hikers on a ridge", "a nurse holding a newborn", "two boys fishing"),
            *("portrait of a farmer", "a crowd at a concert"),
        ]
    )
    assert thing == []
    assert [len(groups) >= 1 for groups in people] == [True] * 10


def test_the_analysis_uses_the_reading_of_the_screening(monkeypatch: pytest.MonkeyPatch) -> None:
    n_runs = 0
    run = TextEncoder._run

    def counted(encoder: TextEncoder, window: Encoding) -> Outputs:
        nonlocal n_runs
        n_runs += 1
        return run(encoder, window)

    monkeypatch.setattr(TextEncoder, "_run", counted)
    shipped_encoder().forget()
    text = "a glazier carrying a pane through the rain"
    for detector in registry.text_tools().detectors:
        detector.detect([text])
    screened = n_runs
    assert registry.analyzer().analyze([text])[0]
    assert n_runs == screened > 0


def test_people_far_behind_the_first_window_are_weighed_too(rules: RuleAnalyzer) -> None:
    text = "a wide meadow with flowers and stones, " * 40 + "and a farmer with a scythe"
    [[weighed]] = weigh([text], rules, TextEncoder())
    assert weighed.group.phrase == "farmer"
    assert 0.5 < weighed.probability < 1.0

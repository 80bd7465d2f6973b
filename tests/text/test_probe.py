from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ethical_lens.errors import ConfigurationError, DetectionError, DomainError
from ethical_lens.models import JsonValue, read_card
from ethical_lens.text.probe import Floats, PipelineEncoder, PromptProbe, SketchEncoder, StateDetector, StateProbe, pool
from ethical_lens.train.cards import write_card
from ethical_lens.types import Severity, TextDetector

WIDTH = 3
REFERENCE = "a bench"


def encode(texts: Sequence[str]) -> Floats:
    """A tiny encoder: each token's state tells whether its word is "blade", "mud", or another."""
    states = np.zeros((len(texts), 5, WIDTH), np.float32)
    for row, text in enumerate(texts):
        for place, word in enumerate(text.split()[:5]):
            states[row, place] = {"blade": (4, 0, 0), "mud": (0, 4, 0)}.get(word, (0, 0, 1))
    return states


@pytest.fixture
def probe(tmp_path: Path) -> StateProbe:
    """A probe that knows "blade" and "mud" by the largest values of the first two parts of the states."""
    first = np.zeros((4 * WIDTH, 2), np.float32)
    first[WIDTH, 0] = first[WIDTH + 1, 1] = 1
    folder = tmp_path / "weights" / "tiny"
    folder.mkdir(parents=True)
    np.savez(
        folder / "probe.npz",
        centre=np.zeros(4 * WIDTH, np.float32),
        scale=np.ones(4 * WIDTH, np.float32),
        first=first,
        first_offset=np.zeros(2, np.float32),
        second=np.eye(2, dtype=np.float32),
        second_offset=np.full(2, -2, np.float32),
        slope=np.full(2, 2, np.float32),
        shift=np.zeros(2, np.float32),
        reference=pool(encode([REFERENCE]))[0],
    )
    content: dict[str, JsonValue] = {
        "name": "tiny",
        "version": "1",
        "role": "text detector",
        "domain": "states of a tiny encoder",
        "files": [{"path": "weights/tiny/probe.npz"}],
        "outputs": {"concepts": ["blade", "mud"], "categories": ["violence", "shocking"], "severities": ["K1", "K2"]},
        "preprocessing": {"reference": REFERENCE},
    }
    write_card(tmp_path / "cards" / "tiny.json", content, root=tmp_path)
    return StateProbe(read_card(tmp_path / "cards" / "tiny.json", root=tmp_path))


def test_probabilities_follow_the_states(probe: StateProbe) -> None:
    chances = probe.measure(encode(["a blade", "a bench", "blade and mud"]))
    assert np.array_equal(chances > 0.5, [[True, False], [False, False], [True, True]])
    assert ((chances > 0) & (chances < 1)).all()


def test_probe_is_a_state_detector_and_prompt_probe_a_text_detector(probe: StateProbe) -> None:
    assert isinstance(probe, StateDetector)
    assert isinstance(PromptProbe(encode, probe), TextDetector)


def test_every_concept_of_every_text_is_reported(probe: StateProbe) -> None:
    found = PromptProbe(encode, probe).detect(["a blade", *["a bench"] * 70])
    assert [len(each) for each in found] == [2] * 71
    blade, mud = found[0]
    assert (blade.category, blade.severity, blade.source) == ("violence", Severity.K1, "tiny@1")
    assert (mud.category, mud.severity) == ("shocking", Severity.K2)
    assert blade.score > 0.5 > mud.score


def test_no_texts_give_no_findings(probe: StateProbe) -> None:
    assert PromptProbe(encode, probe).detect([]) == []


def test_states_of_another_encoder_are_refused(probe: StateProbe) -> None:
    with pytest.raises(DomainError, match="another text encoder"):
        PromptProbe(lambda texts: encode(texts)[..., ::-1], probe)
    with pytest.raises(DomainError, match="another text encoder"):
        PromptProbe(lambda texts: encode(texts)[..., :2], probe)
    with pytest.raises(DomainError, match="of shape"):
        probe.measure(np.zeros((1, 5, WIDTH + 1), np.float32))


def test_states_that_are_not_finite_are_refused(probe: StateProbe) -> None:
    with pytest.raises(DetectionError, match="not finite"):
        probe.measure(np.full((1, 5, WIDTH), np.nan, np.float32))


def test_pipeline_without_text_encoder_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no tokenizer and text_encoder"):
        PipelineEncoder(object())


def test_shipped_probe_reads_the_embedded_generators_prompts() -> None:
    """Holds as long as the shipped probe was trained on the shipped text encoder."""
    detector = PromptProbe.of_sketch()
    bar = detector.probe.card.thresholds["seen"]
    texts = ["a woman with a knife on a street", "a chef with a spoon in a kitchen", "a man covered in green slime"]
    found = detector.detect(texts)
    over = [{finding.category for finding in each if finding.score >= bar} for each in found]
    assert over == [{"violence"}, set(), {"shocking"}]


def test_embedded_text_encoder_answers_as_diffusers_does() -> None:
    from types import SimpleNamespace

    from transformers import CLIPTextModel, CLIPTokenizer

    from ethical_lens.generate.sketch import SketchGenerator

    folder = SketchGenerator().folder
    pipeline = SimpleNamespace(
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        text_encoder=CLIPTextModel.from_pretrained(folder / "text_encoder").float().eval(),
    )
    texts = ["a doctor in a park", "an old woman with a red scarf"]
    np.testing.assert_allclose(PipelineEncoder(pipeline)(texts), SketchEncoder()(texts), atol=2e-3)

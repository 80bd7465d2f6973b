"""The text stage of the lens."""

from __future__ import annotations

import pytest

from ethical_lens.errors import InputError, PromptError, SteeringError
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.testing import PlainGenerator, WordDetector, small_lens
from ethical_lens.types import Action, Author, Drawing, Exemption, Request, Severity, Shot, Status

ANALYZER = RuleAnalyzer()


class Counting:
    """Remembers the shots it was asked to draw."""

    name = "counting@1"
    domain = "sketch"

    def __init__(self) -> None:
        self.shots: list[Shot] = []

    def generate(self, shots: list[Shot]) -> list[Drawing]:
        self.shots += shots
        return PlainGenerator().generate(shots)


def test_ordinary_prompt_reaches_the_generator_byte_identical() -> None:
    generator = Counting()
    prompt = "  A cat,  (fluffy:1.2), <lora:ink:0.8> --ar 3:2 "
    small_lens(generator=generator).generate(prompt, count=2, seed=5)  # type: ignore[arg-type]
    assert [shot.draft.text for shot in generator.shots] == [prompt, prompt]


def test_explicit_harm_is_rewritten_and_the_change_is_told() -> None:
    report = small_lens().check_text(["two men stabbing"])[0]
    assert report.action is Action.REWRITE
    assert report.rewritten == "two men meeting"
    assert report.changes[0].why
    assert report.label is Severity.K2


def test_mild_harm_is_drawn_as_worded_and_flagged() -> None:
    result = small_lens().generate("a knight with a sword", seed=1)
    assert result.outcomes[0].status is Status.RELEASED
    assert result.plan.verdict.action is Action.FLAG
    assert result.plan.shots[0].draft.text == "a knight with a sword"


def test_extreme_harm_is_refused_and_never_drawn() -> None:
    generator = Counting()
    result = small_lens(generator=generator).generate("a massacre", count=3, seed=1)  # type: ignore[arg-type]
    assert generator.shots == []
    assert [outcome.status for outcome in result.outcomes] == [Status.WITHHELD] * 3
    assert result.outcomes[0].reasons == ("text.violence.k3",)
    assert not result.outcomes[0].retryable


def test_rewrite_without_a_safe_wording_is_refused() -> None:
    words = WordDetector(words={"brawl": ("violence", Severity.K2, 0.9)})
    report = small_lens(text_detector=words).check_text(["a brawl"])[0]
    assert report.action is Action.BLOCK
    assert report.rewritten is None


def test_every_shot_carries_a_draft_that_was_released() -> None:
    plan = small_lens(analyzer=ANALYZER).plan(Request(prompt="a doctor stabbing a judge", count=6, seed=3))
    assert plan.shots
    assert all(shot.draft.verdict.action.releases for shot in plan.shots)


def test_composed_wording_that_fails_falls_back_to_the_screened_one() -> None:
    words = WordDetector(words={"woman": ("hate", Severity.K3, 0.9), "female": ("hate", Severity.K3, 0.9)})
    plan = small_lens(text_detector=words, analyzer=ANALYZER).plan(Request(prompt="a doctor", count=8, seed=0))
    authors = {shot.draft.author for shot in plan.shots}
    assert authors == {Author.USER, Author.COMPOSER}
    for shot in plan.shots:
        assert (shot.draft.text == "a doctor") is (shot.draft.author is Author.USER)
        assert bool(shot.attributes) is (shot.draft.author is Author.COMPOSER)
    assert plan.notes


def test_text_detector_that_fails_refuses_and_is_retryable() -> None:
    def broken() -> None:
        raise RuntimeError("no memory")

    result = small_lens(text_detector=WordDetector(fault=broken)).generate("a cat", seed=1)
    assert result.outcomes[0].status is Status.WITHHELD
    assert result.outcomes[0].reasons == ("text.failure",)
    assert result.outcomes[0].retryable


@pytest.mark.parametrize("exemption", list(Exemption))
def test_hard_rule_holds_in_every_exempt_mode(exemption: Exemption) -> None:
    generator = Counting()
    result = small_lens(generator=generator, exemptions=[exemption]).generate("forbidden", seed=1)  # type: ignore[arg-type]
    assert generator.shots == []
    assert result.outcomes[0].reasons == ("hard.minor_sexual",)
    assert result.exemptions == (exemption,)


@pytest.mark.parametrize("exemption", [Exemption.BARE, Exemption.SHADOW, Exemption.TEXT_OFF])
def test_exempt_text_stage_draws_what_would_be_refused_and_records_the_verdict(exemption: Exemption) -> None:
    result = small_lens(exemptions=[exemption]).generate("a massacre", seed=1)
    assert result.outcomes[0].status is Status.RELEASED
    assert result.plan.verdict.action is Action.BLOCK


def test_negative_prompt_that_excludes_safety_is_refused() -> None:
    with pytest.raises(SteeringError, match="negative prompt"):
        small_lens().generate("a cat", seed=1, negative_prompt="no stabbing")


@pytest.mark.parametrize("prompt", ["", "   ", "\x00\x01", "x" * 2_000_000])
def test_unreadable_prompt_is_a_clear_error(prompt: str) -> None:
    with pytest.raises(PromptError):
        small_lens().generate(prompt, seed=1)


@pytest.mark.parametrize(
    "request_", [Request(prompt="a", count=0), Request(prompt="a", count=10**6), Request(prompt="a", seed=-1)]
)
def test_request_out_of_range_is_a_clear_error(request_: Request) -> None:
    with pytest.raises(InputError):
        small_lens().run(request_)

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethical_lens.evaluate.metrics.perspectives import (
    PERSPECTIVES,
    alignment,
    answer_schema,
    parse_answer,
    perspective_means,
    perspective_shares,
)


def answer(**confidences: float) -> str:
    return json.dumps(
        {name: {"confidence": confidences.get(name, 0.0), "explanation": "seen"} for name in PERSPECTIVES}
    )


def test_a_full_answer_is_read() -> None:
    answers = parse_answer(answer(nude=0.5, politic=1))
    assert {name: each.violates for name, each in answers.items()} == {
        "nude": True,
        "nsfw": False,
        "public": False,
        "politic": True,
        "culture": False,
    }
    assert answers["nude"].explanation == "seen"


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "```\n{}\n```"])
def test_one_code_fence_is_taken_off(fence: str) -> None:
    assert parse_answer(fence.format(answer(nude=0.7)).replace("{{", "{"))["nude"].violates is True


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "I'm sorry, but I can't assist with that request.",
        "Not safe.",
        "nude: yes",
        "[0.1, 0.2]",
        '"no"',
        answer() + " I hope this helps!",
        answer()[:-1],
        '{"nude": 0.1, "nude": 0.9}',
        '{"nude": NaN}',
        "[" * 100_000,
    ],
)
def test_what_is_not_one_object_is_unmeasured(text: str | None) -> None:
    answers = parse_answer(text)
    assert all(each.violates is None and math.isnan(each.confidence) and each.why for each in answers.values())


@pytest.mark.parametrize("entry", [1.5, -0.1, "0.5", "maybe", "No.", None, True, [], {}, {"confidence": None}])
def test_an_entry_that_is_no_confidence_is_unmeasured_alone(entry: object) -> None:
    answers = parse_answer(json.dumps({"nude": entry, "nsfw": 0.2}))
    assert answers["nude"].violates is None
    assert answers["nsfw"].violates is False


@given(st.text())
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert set(parse_answer(text)) == set(PERSPECTIVES)


def test_yes_and_no_give_a_verdict_without_a_confidence() -> None:
    answers = parse_answer('{"nude": "yes", "nsfw": {"confidence": "no"}}')
    assert (answers["nude"].violates, answers["nsfw"].violates) == (True, False)
    assert math.isnan(answers["nude"].confidence)


def test_refusals_are_counted_and_not_scored() -> None:
    answers = [parse_answer(text) for text in (answer(nude=0.8), answer(), "I cannot judge this.")]
    means, shares = perspective_means(answers), perspective_shares(answers)
    assert (means["nude"].value, means["nude"].n, means["nude"].n_unscored) == (0.4, 2, 1)
    assert (shares["nude"].value, shares["nude"].n_unscored) == (0.5, 1)
    assert means["culture"].metric == "perspective_culture"


def test_alignment_needs_every_perspective_only_where_none_is_violated() -> None:
    answers = [
        parse_answer(answer()),
        parse_answer(answer(culture=0.9)),
        parse_answer('{"nude": 0.9}'),
        parse_answer('{"nude": 0.1}'),
    ]
    estimate = alignment(answers)
    assert estimate.value == pytest.approx(1 / 3)
    assert (estimate.n, estimate.n_unscored) == (3, 1)


def test_schema_asks_for_what_the_reader_reads() -> None:
    schema = answer_schema(("nude",))
    assert schema["required"] == ["nude"]
    json.dumps(schema)

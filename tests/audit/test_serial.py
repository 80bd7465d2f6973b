from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ethical_lens.serial import Json, canonical_json, digest, to_plain
from ethical_lens.types import Action, Frame, Result, Severity, Stage

plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


def at(plain: Json, *steps: str | int) -> Json:
    for step in steps:
        plain = plain[step]  # type: ignore[index]
    return plain


def test_result_becomes_json_and_back(make_result: Callable[..., Result]) -> None:
    plain = to_plain(make_result())
    assert json.loads(canonical_json(plain)) == plain


def test_words_of_the_contract(make_result: Callable[..., Result]) -> None:
    verdict = at(to_plain(make_result()), "plan", "drafts", 0, "verdict")
    assert at(verdict, "action") == "rewrite"
    assert at(verdict, "stage") == "text"
    assert at(verdict, "findings", 0, "severity") == "K2"
    assert at(verdict, "findings", 0, "where") == {"start": 2, "end": 8}


def test_mask_becomes_box_and_count(make_result: Callable[..., Result]) -> None:
    where = at(to_plain(make_result()), "outcomes", 0, "attempts", 0, "verdict", "findings", 0, "where")
    assert where == {"box": {"left": 1, "top": 2, "right": 4, "bottom": 4}, "n_pixels": 3}


def test_pixels_have_no_json_form(make_result: Callable[..., Result]) -> None:
    assert "image" not in dict(at(to_plain(make_result()), "outcomes", 0))  # type: ignore[arg-type]
    assert to_plain(Frame(image=Image.new("RGB", (2, 2)))) == {"domain": None, "planned": None, "prompt": None}


@pytest.mark.parametrize("pixels", [np.zeros(3), [np.zeros((2, 2))], Image.new("RGB", (1, 1)), b"png"])
def test_arrays_are_refused(pixels: object) -> None:
    with pytest.raises(TypeError, match="pixels and arrays"):
        to_plain(pixels)


def test_every_field_of_every_record_is_there(make_result: Callable[..., Result]) -> None:
    result = make_result()
    assert set(at(to_plain(result), "plan")) == {f.name for f in dataclasses.fields(result.plan)}  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_number_that_is_not_finite_becomes_null(number: float) -> None:
    assert to_plain({"score": number}) == {"score": None}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3), (np.float32(0.5), 0.5), (np.bool_(True), True), (Action.BLOCK, "block"), (Severity.K3, "K3"),
        ({Stage.TEXT: (1,)}, {"text": [1]}), (frozenset({"b", "a"}), ["a", "b"]), ("é", "é"), (None, None),
    ],
)  # fmt: skip
def test_scalars(value: object, plain: Json) -> None:
    assert to_plain(value) == plain
    assert type(to_plain(value)) is type(plain)


def test_keys_must_be_named() -> None:
    with pytest.raises(TypeError, match="name the keys"):
        to_plain({1: "a"})


@settings(max_examples=50)
@given(plain_data)
def test_canonical_bytes_are_one_line_that_reads_back(data: Json) -> None:
    raw = canonical_json(data)
    assert b"\n" not in raw
    assert json.loads(raw.decode("utf-8")) == data


@settings(max_examples=50)
@given(st.dictionaries(st.text(), st.integers()))
def test_order_of_keys_does_not_matter(data: dict[str, Json]) -> None:
    assert digest(dict(reversed(data.items()))) == digest(data)


def test_half_a_surrogate_pair_survives() -> None:
    assert json.loads(canonical_json("a\ud800b")) == "a\ud800b"


def test_nan_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(math.nan)

"""Steps that take too long are given up, and the lens goes on."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from ethical_lens.errors import DeadlineError
from ethical_lens.lens.deadline import within
from ethical_lens.policy import load
from ethical_lens.testing import PlainGenerator, ScriptedLook, small_lens
from ethical_lens.types import Status


def test_answer_and_error_of_a_quick_call_come_through() -> None:
    assert within(5, lambda: 7, step="x") == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0, step="x")


def test_python_code_that_hangs_is_stopped() -> None:
    stopped = threading.Event()

    def hang() -> None:
        try:
            while True:
                time.sleep(0.001)
        finally:
            stopped.set()

    with pytest.raises(DeadlineError, match="slow"):
        within(0.05, hang, step="slow")
    assert stopped.wait(5)


def test_hanging_image_detector_withholds_the_image() -> None:
    policy = replace(load("default"), seconds={"detector": 0.1, "generator": 5, "rewriter": 1, "editor": 1})
    look = ScriptedLook(score=lambda frame: {}, fault=lambda: time.sleep(1))
    outcome = small_lens(image_detectors=[look], policy=policy).generate("a cat", seed=0).outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert outcome.retryable


def test_hanging_generator_withholds_the_image() -> None:
    policy = replace(load("default"), seconds={"detector": 5, "generator": 0.1, "rewriter": 1, "editor": 1})
    generator = PlainGenerator(fault=lambda: time.sleep(1))
    outcome = small_lens(generator=generator, policy=policy).generate("a cat", seed=0).outcomes[0]
    assert outcome.status is Status.WITHHELD
    assert outcome.reasons == ("image.failure",)

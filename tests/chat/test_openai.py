"""Models behind servers, against small real ones on this machine that have the faults of servers."""

from __future__ import annotations

import base64
import io
import json
import logging
import threading
import time
from typing import cast

import pytest
from PIL import Image

from ethical_lens.chat import AnswerError, BudgetError, ChatError, Message, Role, Schema
from ethical_lens.chat.budget import Budget, Meter
from ethical_lens.chat.many import complete_all
from ethical_lens.chat.model import ChatModel
from ethical_lens.chat.openai import OpenAIChat
from ethical_lens.errors import ConfigurationError
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.loopback import Loopback, Received, Reply
from ethical_lens.remote.server import Limits
from ethical_lens.serial import Json

QUICK = Backoff(n_attempts=2, first_seconds=0.01)
SCHEMA = Schema(
    name="grade-1",
    document={"type": "object", "properties": {"grade": {"enum": ["K0", "K1"]}}, "required": ["grade"]},
)
ASKED = [Message(role=Role.SYSTEM, text="Grade it."), Message(role=Role.USER, text="a cat")]


def said(text: str | None, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    """Return what a server says when its model says something."""
    message: Json = {"role": "assistant", "content": text, "refusal": refusal}
    return Reply.json(
        {
            "id": "x",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
        }
    )


GOOD = said('{"grade": "K1"}')


def asking(loopback: Loopback, *, seconds: float = 30.0, meter: Meter | None = None, n_at_once: int = 4) -> OpenAIChat:
    """Return a model behind a loopback server."""
    limits = Limits(seconds=seconds, max_bytes=20_000)
    return OpenAIChat(loopback.url, model="tiny", backoff=QUICK, limits=limits, meter=meter, n_at_once=n_at_once)


def test_server_is_told_the_schema_and_its_answer_is_read() -> None:
    meter = Meter()
    with Loopback(lambda _: GOOD) as loopback:
        model = asking(loopback, meter=meter)
        assert isinstance(model, ChatModel)
        assert model.complete(ASKED, SCHEMA) == {"grade": "K1"}
        (received,) = loopback.received
    assert received.path == "/v1/chat/completions"
    assert received.body == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "Grade it."}, {"role": "user", "content": "a cat"}],
        "temperature": 0,
        "seed": 0,
        "max_tokens": 1024,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "grade-1", "schema": SCHEMA.plain, "strict": True},
        },
    }
    assert (meter.usage.n_calls, meter.usage.n_tokens) == (1, 25)


def test_server_that_takes_no_schema_is_told_it_in_words() -> None:
    with Loopback(lambda _: GOOD) as loopback:
        model = OpenAIChat(
            loopback.url,
            model="o",
            structure="none",
            token_field="max_completion_tokens",
            settings={"temperature": None, "seed": None},
        )
        model.complete(ASKED, SCHEMA)
        (received,) = loopback.received
    assert set(received.body) == {"model", "messages", "max_completion_tokens"}
    last = cast("list[dict[str, str]]", received.body["messages"])[-1]
    assert json.dumps(SCHEMA.plain) in last["content"]


@pytest.mark.parametrize(
    "reply",
    [
        said("It is harmless."),
        said('{"grade": "K9"}'),
        said('{"grade": "K0"}', finish="length"),
        said(None),
        said(""),
        said('{"grade": "K1", "grade": "K0"}'),
    ],
    ids=["prose", "unknown grade", "cut off", "null", "empty", "contradiction"],
)
def test_unusable_answer_is_asked_for_once_more_and_then_a_failure(reply: Reply) -> None:
    with Loopback(lambda received: GOOD if b"could not be used" in received.content else reply) as loopback:
        assert asking(loopback).complete(ASKED, SCHEMA) == {"grade": "K1"}
        loopback.answer = lambda _: reply
        with pytest.raises(AnswerError):
            asking(loopback).complete(ASKED, SCHEMA)
        assert len(loopback.received) == 4


FAULTS = {
    "silent": Reply(wait_seconds=30),
    "dripping": Reply(content=GOOD.content, drip_seconds=0.1),
    "cut off": Reply(content=GOOD.content, cut_at=10),
    "too often": Reply(status=429, headers={"Retry-After": "0"}),
    "broken": Reply(status=500),
    "unauthorised": Reply(status=401),
    "redirect": Reply(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "wrong type": Reply(content=b"<html>", media_type="text/html"),
    "wrong JSON": Reply.json({"answer": "K0"}),
    "no JSON": Reply(content=b"{"),
    "huge": Reply(content=b" " * 30_000),
    "no choice": Reply.json({"choices": []}),
    "two choices": Reply.json({"choices": [{"message": {"content": "{}"}}] * 2}),
    "refused": said(None, refusal="I cannot help with that."),
    "filtered": said("", finish="content_filter"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_the_server_is_a_failure_of_one_conversation(fault: str) -> None:
    def answer(received: Received) -> Reply:
        return FAULTS[fault] if b"bad" in received.content else GOOD

    talks = [[Message(role=Role.USER, text=text)] for text in ("good", "bad", "fine")]
    with Loopback(answer) as loopback:
        since = time.monotonic()
        model = asking(loopback, seconds=2.0 if fault in ("silent", "dripping") else 30.0)
        answers = complete_all(model, talks, SCHEMA, n_at_once=3)
        assert time.monotonic() - since < 10.0
    assert [isinstance(each, ChatError) for each in answers] == [False, True, False]
    assert "bad" not in str(answers[1]).split()


def test_passing_fault_is_tried_again() -> None:
    replies = [Reply(status=503), GOOD]
    with Loopback(lambda _: replies.pop(0)) as loopback:
        assert asking(loopback).complete(ASKED, SCHEMA) == {"grade": "K1"}


def test_server_that_stays_down_is_left_alone() -> None:
    with Loopback(lambda _: Reply(status=500)) as loopback:
        model = OpenAIChat(loopback.url, model="m", backoff=QUICK, breaker=Breaker(n_failures=2))
        answers = complete_all(model, [ASKED] * 6, SCHEMA, n_at_once=1)
        assert len(loopback.received) == 2 * QUICK.n_attempts
    assert all(isinstance(each, ChatError) for each in answers)


def test_calls_at_once_are_bounded_whoever_makes_them() -> None:
    lock = threading.Lock()
    under_way, most = [0], [0]

    def answer(_: Received) -> Reply:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.05)
        with lock:
            under_way[0] -= 1
        return GOOD

    with Loopback(answer) as loopback:
        answers = complete_all(asking(loopback, n_at_once=2), [ASKED] * 8, SCHEMA, n_at_once=8)
    assert answers == [{"grade": "K1"}] * 8
    assert most[0] == 2


def test_budget_bounds_the_answer_and_ends_the_talk() -> None:
    meter = Meter(Budget(n_tokens=100))
    with Loopback(lambda _: GOOD) as loopback:
        model = asking(loopback, meter=meter)
        answers = complete_all(model, [ASKED] * 9, SCHEMA, n_at_once=1)
        granted = [cast("int", received.body["max_tokens"]) for received in loopback.received]
    assert isinstance(answers[-1], BudgetError)
    assert granted == sorted(granted, reverse=True)
    assert meter.usage.n_tokens <= 100


def test_pictures_are_shown_as_png() -> None:
    with Loopback(lambda _: GOOD) as loopback:
        shown = Message(role=Role.USER, text="Look.", images=(Image.new("RGB", (3, 2), "red"),))
        asking(loopback).complete([shown], SCHEMA)
        (received,) = loopback.received
    (message,) = cast("list[dict[str, list[Json]]]", received.body["messages"])
    text, picture = message["content"]
    assert text == {"type": "text", "text": "Look."}
    address = cast("dict[str, dict[str, str]]", picture)["image_url"]["url"]
    head, _, encoded = address.partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(encoded))).size == (3, 2)


def test_key_is_sent_but_neither_shown_nor_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret-official")
    with Loopback(lambda _: Reply(status=401)) as loopback:
        with pytest.raises(ChatError) as unknown:
            asking(loopback).complete(ASKED, SCHEMA)
        monkeypatch.setenv("ETHICAL_LENS_CHAT_KEY", "s3cret-ours")
        with pytest.raises(ChatError) as refused:
            asking(loopback).complete(ASKED, SCHEMA)
    assert [received.headers.get("authorization") for received in loopback.received] == [None, "Bearer s3cret-ours"]
    assert "s3cret" not in f"{unknown.value} {refused.value} {caplog.text}"
    assert "a cat" not in caplog.text


def test_reserved_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="messages"):
        OpenAIChat("http://127.0.0.1:1", model="m", settings={"messages": []})


def test_settings_are_part_of_the_name() -> None:
    plain = OpenAIChat("http://127.0.0.1:1", model="m")
    other = OpenAIChat("http://127.0.0.1:1", model="m", settings={"top_p": 0.5})
    assert plain.name == "openai:m@remote"
    assert other.name != plain.name

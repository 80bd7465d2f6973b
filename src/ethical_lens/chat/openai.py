"""Servers that answer ``/v1/chat/completions`` as OpenAI's does: vLLM, Ollama, llama.cpp, LM Studio, OpenAI itself."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from ethical_lens.chat.answers import answered, with_schema
from ethical_lens.chat.budget import Grant, Meter, estimated_prompt_tokens
from ethical_lens.chat.errors import ChatError
from ethical_lens.chat.model import Message, Reply
from ethical_lens.chat.schema import Schema
from ethical_lens.errors import ConfigurationError
from ethical_lens.remote.address import read_address
from ethical_lens.remote.backoff import Backoff
from ethical_lens.remote.breaker import Breaker
from ethical_lens.remote.errors import RemoteError
from ethical_lens.remote.keys import Key, key_from_environment
from ethical_lens.remote.reading import Part, read
from ethical_lens.remote.server import Limits, Server
from ethical_lens.serial import Json, digest

KEY_VARIABLE: Final = "ETHICAL_LENS_CHAT_KEY"

_OFFICIAL_HOST: Final = "api.openai.com"
_OFFICIAL_KEY_VARIABLE: Final = "OPENAI_API_KEY"
_RESERVED: Final = frozenset({"messages", "model", "n", "stream", "response_format", "tools"})
_LIMITS: Final = Limits(seconds=60.0, max_bytes=4 * 1024 * 1024)

Structure = Literal["json_schema", "json_object", "none"]
TokenField = Literal["max_tokens", "max_completion_tokens"]


class _Said(Part):
    content: str | None = None
    refusal: str | None = None


class _Choice(Part):
    message: _Said
    finish_reason: str | None = None


class _Usage(Part):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(Part):
    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAIChat:
    """A model behind a server that speaks OpenAI's protocol.

    Args:
        url: Address of the server; ``/v1`` is added when it has no path.
        model: Name of the model on the server.
        key: By default what ``ETHICAL_LENS_CHAT_KEY`` holds; for api.openai.com also ``OPENAI_API_KEY``.
        structure: How the server is told the form of the answer. "json_schema" holds the model to it while it writes;
            "json_object" and "none" are for servers that cannot; then the conversation ends with the schema. Every
            answer is checked in any case.
        token_field: How the server calls the longest answer; OpenAI's newer models want "max_completion_tokens".
        settings: Further fields of every call, such as ``top_p``; a field that is null is left out, for models that
            refuse ``temperature`` or ``seed``.
        n_answer_tokens: Longest answer.
        n_at_once: Most calls under way at the same time, whoever makes them.
        meter: Counts and bounds what is used; may be shared with other models.
        limits: Time of one call with its attempts, and size of its answer.
        backoff: When a call is tried again.
        breaker: When the server is left alone.

    Raises:
        ConfigurationError: If the address, the key or a setting cannot be used.
        MissingExtraError: If httpx is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str,
        key: Key | None = None,
        structure: Structure = "json_schema",
        token_field: TokenField = "max_tokens",  # noqa: S107 - the name of a field
        settings: Mapping[str, Json] | None = None,
        n_answer_tokens: int = 1024,
        n_at_once: int = 4,
        meter: Meter | None = None,
        limits: Limits = _LIMITS,
        backoff: Backoff | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        reserved = sorted(_RESERVED & set(settings or {}))
        if reserved:
            raise ConfigurationError(f"{', '.join(reserved)} cannot be set here; see the arguments of OpenAIChat")
        address = read_address(url, version_path="/v1")
        self.model = model
        self.meter = meter or Meter()
        self.n_answer_tokens = n_answer_tokens
        self._structure = structure
        self._token_field = token_field
        self._settings = dict(settings or {})
        self._places = threading.BoundedSemaphore(n_at_once)
        self._server = Server(address, key=key or _key(address.host), limits=limits, backoff=backoff, breaker=breaker)

    @property
    def name(self) -> str:
        """Name of the model, and, where it has settings, the beginning of their digest."""
        settings = f"+{digest(self._settings)[:8]}" if self._settings else ""
        return f"openai:{self.model}{settings}@remote"

    def complete(self, messages: Sequence[Message], schema: Schema) -> Json:
        """Return an answer that keeps to the schema.

        Raises:
            ChatError: If there is none, even after one attempt at repair.
        """
        return answered(lambda said: self._reply(said, schema), messages, schema)

    def _reply(self, messages: Sequence[Message], schema: Schema) -> Reply:
        seconds = self._server.limits.seconds
        if not self._places.acquire(timeout=seconds):
            raise ChatError(f"no place was free for {seconds:g} s; allow more calls at once, or more time")
        try:
            return self.meter.run(
                lambda grant: self._ask(messages, schema, grant),
                n_prompt_tokens=estimated_prompt_tokens(messages),
                n_answer_tokens=self.n_answer_tokens,
                seconds=seconds,
            )
        except RemoteError as error:
            raise ChatError(f"{self.name}: {error}") from error
        finally:
            self._places.release()

    def _ask(self, messages: Sequence[Message], schema: Schema, grant: Grant) -> Reply:
        answer = self._server.post("/chat/completions", self._body(messages, schema, grant), seconds=grant.seconds)
        completion = read(_Completion, answer)
        if len(completion.choices) != 1:
            raise ChatError(f"{self.name} gave {len(completion.choices)} answers to one question; look into its log")
        (choice,) = completion.choices
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise ChatError(f"{self.name} refused to answer; use a model that judges what it is shown")
        used = completion.usage or _Usage()
        return Reply(
            text=choice.message.content or "",
            whole=choice.finish_reason in (None, "stop"),
            n_prompt_tokens=used.prompt_tokens,
            n_answer_tokens=used.completion_tokens,
        )

    def _body(self, messages: Sequence[Message], schema: Schema, grant: Grant) -> dict[str, Json]:
        said = messages if self._structure == "json_schema" else with_schema(messages, schema)
        body: dict[str, Json] = {
            "temperature": 0,
            "seed": 0,
            **self._settings,
            "model": self.model,
            "messages": [{"role": message.role.value, "content": _content(message)} for message in said],
            self._token_field: grant.n_answer_tokens,
            "response_format": self._format(schema),
        }
        return {name: value for name, value in body.items() if value is not None}

    def _format(self, schema: Schema) -> Json:
        if self._structure == "json_schema":
            form: dict[str, Json] = {"name": schema.name, "schema": schema.plain, "strict": True}
            return {"type": "json_schema", "json_schema": form}
        return {"type": "json_object"} if self._structure == "json_object" else None


def _content(message: Message) -> Json:
    if not message.images:
        return message.text
    parts: list[Json] = [{"type": "text", "text": message.text}]
    for image in message.images:
        stream = io.BytesIO()
        image.save(stream, "PNG")
        address = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
        parts.append({"type": "image_url", "image_url": {"url": address}})
    return parts


def _key(host: str) -> Key | None:
    """Return the key for a server; OpenAI's own is never shown to anybody else."""
    return key_from_environment(KEY_VARIABLE, *([_OFFICIAL_KEY_VARIABLE] if host == _OFFICIAL_HOST else []))

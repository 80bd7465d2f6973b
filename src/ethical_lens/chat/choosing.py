"""Language models by name, as configuration files and command lines write them."""

from __future__ import annotations

from ethical_lens.chat.cached import CachedChat
from ethical_lens.chat.model import ChatModel
from ethical_lens.errors import ConfigurationError


def chat_model(model: ChatModel | str) -> ChatModel:
    """Return a language model: one that is named is made, with its answers kept in memory.

    Args:
        model: A model, or its name: "MODEL@URL" for a model behind a server that speaks OpenAI's protocol, such as
            "qwen3@http://127.0.0.1:11434"; else the folder of a model for transformers, or "FOLDER::FOLDER" for one
            with a LoRA adapter.

    Raises:
        ConfigurationError: If nothing is named, or what is named cannot be used.
        MissingExtraError: If what it needs is not installed.
    """
    if not isinstance(model, str):
        return model
    if not model.strip():
        raise ConfigurationError("no language model is named; write MODEL@URL, or the folder of a model")
    served, at, rest = model.partition("@")
    if at and rest.startswith(("http://", "https://")):
        from ethical_lens.chat.openai import OpenAIChat

        return CachedChat(OpenAIChat(rest, model=served))
    from ethical_lens.chat.transformers import TransformersChat

    folder, _, adapter = model.partition("::")
    return CachedChat(TransformersChat(folder, adapter=adapter or None))

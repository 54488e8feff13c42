"""Make a model answer in JSON that fits a schema, whichever way its engine takes the schema."""

from __future__ import annotations

import json
import sys
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from dragoman.errors import EngineReplyError, UnsupportedFeatureError

_OURS = (
    ("dragoman.models.embedded", "EmbeddedChat"),
    ("dragoman.models.ollama", "OllamaChat"),
    ("dragoman.models.openai_model", "OpenAICompatibleChat"),
    ("dragoman.models.transformers_chat", "TransformersChat"),
    ("dragoman.models.wrapped_chat", "WrappedChat"),  # connect wraps only models of this list
    ("dragoman.testing", "ScriptedModel"),
)
_OPENAI = (("langchain_openai.chat_models.base", "BaseChatOpenAI"),)


def constrain(
    model: BaseChatModel, schema: dict[str, Any]
) -> Runnable[LanguageModelInput, AIMessage]:
    """`model`, able to write nothing but JSON that fits `schema` (a JSON schema).

    Usage:
        plan = parse_constrained(await constrain(chat, schema).ainvoke(messages))

    Raises:
        UnsupportedFeatureError: there is no known way to constrain this model.
    """
    if _is_one_of(model, _OURS):
        return model.bind(json_schema=schema)
    if _is_one_of(model, _OPENAI):
        named = {"name": "reply", "schema": schema, "strict": True}
        return model.bind(response_format={"type": "json_schema", "json_schema": named})
    raise UnsupportedFeatureError(
        f"Dragoman does not know how {type(model).__name__} takes a JSON schema.",
        cure="Use an ollama:, embedded: or openai: engine; the planner needs a schema.",
    )


def parse_constrained(message: AIMessage) -> dict[str, Any]:
    """The JSON object that a constrained reply holds.

    Raises:
        EngineReplyError: the reply was cut by its length limit, or is not a JSON object.
    """
    if message.response_metadata.get("finish_reason") == "length":
        raise EngineReplyError(
            "The model's reply was cut before its JSON ended.",
            cure="Allow more tokens for it, or bound the texts in the schema with maxLength.",
        )
    text = message.text
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise EngineReplyError(
            f"The model's reply is not the JSON object that was asked for: {text[:200]!r}",
            cure="Check that the server honors response_format or format with a JSON schema.",
        )
    return value


def _is_one_of(model: BaseChatModel, classes: tuple[tuple[str, str], ...]) -> bool:
    """`isinstance` that imports nothing: an instance's class has been imported already."""
    kinds = [getattr(sys.modules.get(module), name, None) for module, name in classes]
    return any(kind is not None and isinstance(model, kind) for kind in kinds)

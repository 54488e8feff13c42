"""Between LangChain's messages and what llama.cpp's chat completion takes and gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from dragoman.errors import (
    BrokenTextError,
    ContextExceededError,
    EngineError,
    EngineReplyError,
    InvalidInputError,
    UnsupportedFeatureError,
)
from dragoman.models.runaway import RunawayWatch

_SAMPLING = ("temperature", "top_p", "top_k", "presence_penalty", "seed")
_ROLES = (
    (SystemMessage, "system"),
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
    (ToolMessage, "tool"),
)

# Without this a model indents its JSON, which costs a third more tokens and so a third more time.
_ON_ONE_LINE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def request_body(
    messages: Sequence[BaseMessage],
    *,
    stop: list[str] | None,
    think: bool,
    options: Mapping[str, Any],
    sees: bool = False,
) -> dict[str, Any]:
    """The request for a streamed reply, with images for a model that `sees`.

    Raises:
        InvalidInputError: no messages, a schema that is none, or text that is not Unicode.
        UnsupportedFeatureError: an option or a content that llama.cpp is not sent.
    """
    if not messages:
        raise InvalidInputError("There is no message to answer.")
    unknown = options.keys() - {*_SAMPLING, "json_schema", "max_tokens"}
    if unknown:
        raise UnsupportedFeatureError(
            f"EmbeddedChat cannot set {', '.join(sorted(unknown))} in a call.",
            cure=f"It can set json_schema, max_tokens, {', '.join(_SAMPLING)}.",
        )
    body: dict[str, Any] = {
        "messages": [_message(message, sees=sees) for message in messages],
        "stream": True,  # only a stream can be stopped
        "stream_options": {"include_usage": True},
        "return_progress": True,  # so that it can be stopped while the prompt is read
        "cache_prompt": True,
        "chat_template_kwargs": {"enable_thinking": think},
        **{name: options[name] for name in _SAMPLING if options.get(name) is not None},
    }
    if options.get("max_tokens") is not None:
        body["max_tokens"] = options["max_tokens"]
    if stop:
        body["stop"] = stop
    if options.get("json_schema") is not None:
        body["grammar"] = _grammar(options["json_schema"])
    return body


def reply_has_begun(chunk: Mapping[str, Any]) -> bool:
    """Whether the chunk belongs to the reply, not to the reading of the prompt."""
    return any(
        choice.get("finish_reason")
        or choice["delta"].get("content")
        or choice["delta"].get("reasoning_content")
        for choice in chunk.get("choices") or []
    )


class Reply:
    """Reads the chunks of one reply and watches over them.

    Usage:
        reply = Reply(model="qwen", thinking_tokens=2048, schema=None)
        for item in items:
            chunk = reply.read(item)  # None for a chunk without text
        last = reply.end()
    """

    def __init__(
        self, *, model: str, thinking_tokens: int, schema: Mapping[str, Any] | None
    ) -> None:
        """Expect a reply from `model`, which must fit `schema` if there is one."""
        self._model = model
        self._schema = schema
        self._watch = RunawayWatch(thinking_tokens=thinking_tokens)
        self._text: list[str] = []
        self._finish_reason = ""
        self._usage: UsageMetadata | None = None
        self._timings: dict[str, Any] = {}

    def read(self, item: Mapping[str, Any]) -> ChatGenerationChunk | None:
        """The text of one chunk, None when it has none.

        Raises:
            ContextExceededError: the prompt is longer than the context window.
            EngineRunawayError: the reply goes round in circles.
            EngineError: llama.cpp reports a failure.
        """
        if "error" in item:
            raise _failure(item["error"])
        if item.get("usage"):
            self._usage = _usage(item["usage"])
            self._timings = dict(item.get("timings") or {})
        for choice in item.get("choices") or []:
            self._finish_reason = choice.get("finish_reason") or self._finish_reason
            text = choice["delta"].get("content") or ""
            thought = choice["delta"].get("reasoning_content") or ""
            if text or thought:
                return self._piece(text, thought)
        return None

    def end(self) -> ChatGenerationChunk:
        """The last chunk, with counts and the reason of the end.

        Raises:
            EngineReplyError: the reply broke off, or does not fit its schema.
        """
        if not self._finish_reason:
            raise EngineReplyError(
                "The embedded engine's reply broke off before its end.", cure="Ask again."
            )
        if self._schema is not None and self._finish_reason == "stop":
            _check_reply("".join(self._text), self._schema)
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=self._usage,
                response_metadata={
                    "finish_reason": self._finish_reason,
                    "model_name": self._model,
                    "model_provider": "llama.cpp",
                    "timings": self._timings,
                },
                chunk_position="last",
            ),
            generation_info={"finish_reason": self._finish_reason},
        )

    def _piece(self, text: str, thought: str) -> ChatGenerationChunk:
        self._watch.saw(text, thought=thought)
        self._text.append(text)
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content=text, additional_kwargs={"reasoning_content": thought} if thought else {}
            )
        )


def _message(message: BaseMessage, *, sees: bool) -> dict[str, Any]:
    role = next((role for kind, role in _ROLES if isinstance(message, kind)), None)
    if role is None:
        raise UnsupportedFeatureError(
            f"The embedded engine has no role for a {type(message).__name__}.",
            cure="Send system, human, AI and tool messages.",
        )
    blocks = message.content if isinstance(message.content, list) else []
    kinds = {block.get("type") for block in blocks if isinstance(block, dict)}
    images = [block for block in blocks if isinstance(block, dict) and block["type"] == "image"]
    if kinds - {"text", "reasoning", "thinking", "tool_call", *(["image"] if sees else [])}:
        raise UnsupportedFeatureError(
            "The embedded engine takes only text for this model.",
            cure="For images use a model with vision through Ollama, for example qwen3.5:4b, or "
            "put the model's projector beside its weights (docs/models_running.md).",
        )
    text = str(message.text)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BrokenTextError(
            f"The text is not valid Unicode at character {error.start}.",
            cure="Clean it before it is sent: dragoman.languages.clean does.",
        ) from None
    if not images:
        return {"role": role, "content": text}
    parts = [{"type": "image_url", "image_url": {"url": _address(image)}} for image in images]
    return {"role": role, "content": [*parts, {"type": "text", "text": text}]}


def _address(image: Mapping[str, Any]) -> str:
    return f"data:{image['mime_type']};base64,{image['base64']}"


def _grammar(schema: Mapping[str, Any]) -> str:
    """The schema as a grammar in LLGuidance's notation, which allows to fix the whitespace."""
    import jsonschema  # noqa: PLC0415 - 50 ms that only planning needs

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise InvalidInputError(
            f"This is not a JSON schema: {error.message}",
            cure="See https://json-schema.org/understanding-json-schema",
        ) from None
    on_one_line = {**schema, "x-guidance": _ON_ONE_LINE}
    return f"%llguidance {{}}\nstart: %json {json.dumps(on_one_line, ensure_ascii=False)}\n"


def _check_reply(text: str, schema: Mapping[str, Any]) -> None:
    """llama.cpp ignores a grammar that it cannot compile, without a word; this would show it."""
    import jsonschema  # noqa: PLC0415 - see above
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - comes with jsonschema

    try:
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    except (ValueError, jsonschema.ValidationError, Unresolvable) as error:
        raise EngineReplyError(
            f"The reply does not fit its JSON schema: {str(error).splitlines()[0]}",
            cure="The schema may use a keyword that the engine cannot enforce; simplify it.",
        ) from None


def _usage(usage: Mapping[str, Any]) -> UsageMetadata:
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    return UsageMetadata(
        input_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
        total_tokens=usage["total_tokens"],
        input_token_details=InputTokenDetails(cache_read=cached),
    )


def _failure(error: Mapping[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        asked, room = int(error.get("n_prompt_tokens", 0)), int(error.get("n_ctx", 0))
        return ContextExceededError(
            f"The prompt has {asked} tokens and the context window {room}.",
            cure="Shorten the text, or raise DRAGOMAN_CONTEXT_TOKENS.",
            prompt_tokens=asked,
            context_tokens=room,
        )
    return EngineError(
        f"The embedded engine failed: {error.get('message', error)}", cure="Ask again."
    )

"""A LangChain chat model over the `ollama` client."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Literal, Self

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, field_validator

from dragoman.errors import (
    ConfigurationError,
    EngineCrashedError,
    EngineReplyError,
    InvalidInputError,
    UnsupportedFeatureError,
)
from dragoman.models.connections import TimeLimits
from dragoman.models.ollama_client import OllamaClient, open_client
from dragoman.models.ollama_hosts import split_hosts
from dragoman.models.ollama_messages import from_wire, to_wire
from dragoman.models.patience import Patience, with_patience
from dragoman.models.runaway import RunawayWatch
from dragoman.models.streamed_chat import StreamedChat
from dragoman.settings import Settings

_SAMPLING = ("temperature", "top_p", "top_k", "presence_penalty", "seed")
_GO_DURATION = re.compile(
    r"[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)([\d.]+(ns|us|µs|ms|s|m|h))*"
)


class OllamaChat(StreamedChat, BaseChatModel):
    """One model on one Ollama server.

    What a call may change is its schema, its length and its sampling. What would reload the model
    or spoil its prompt cache (context size, thinking) is fixed here.

    Each call has a connection of its own, so that an instance may be used from any thread and any
    event loop, and so that leaving a stream early closes it, upon which the server stops working.

    Usage:
        chat = OllamaChat(model="qwen3.5:4b", context_tokens=8192)
        reply = await chat.ainvoke("تحية قصيرة من فضلك", max_tokens=60)
        plan = await chat.ainvoke(messages, json_schema=schema, temperature=0, presence_penalty=0)
    """

    model: str
    """Name with its size, as `ollama list` shows it, for example ``qwen3.5:4b``."""

    host: str = "http://127.0.0.1:11434"
    """Address of the server."""

    context_tokens: int = Field(default=8192, ge=256)
    """Context window, in tokens. It goes with every call: another value reloads the model, and
    without one Ollama takes 4096 on a machine without a GPU."""

    think: bool | Literal["low", "medium", "high", "max"] = False
    """Whether the model thinks first. It goes with every call, because leaving it out means yes."""

    keep_alive: float | str = "30m"
    """How long the server keeps the model in memory: seconds, or a text with units; -1 for ever."""

    max_tokens: int | None = Field(default=None, ge=1)
    """Length of a reply in tokens when a call names none; None for up to the end of the context."""

    temperature: float | None = None
    """Default for calls that name none; None leaves it to the model's own settings."""

    top_p: float | None = None
    """The same, for nucleus sampling."""

    top_k: int | None = None
    """The same, for top-k sampling."""

    presence_penalty: float | None = None
    """The same, for the penalty on tokens that occurred. A high one mixes languages."""

    repeat_penalty: float = 1.0
    """Off. Ollama's own default of 1.1 keeps a model from copying an id or a quotation exactly."""

    seed: int | None = None
    """Default for calls that name none."""

    thinking_tokens: int = Field(default=2048, ge=1)
    """Thinking beyond this is stopped as endless."""

    limits: TimeLimits = TimeLimits()
    """Time limits of a call."""

    patience: Patience = Patience()
    """How often a busy or crashed server is tried again."""

    @classmethod
    def of(cls, model: str, settings: Settings, **options: Any) -> Self:
        """The model `model` with host, context and time limits from the settings."""
        return cls(
            model=model,
            limits=TimeLimits.of(settings),
            **{
                "host": split_hosts(settings.ollama_host)[0],
                "context_tokens": settings.context_tokens,
                **options,
            },
        )

    @field_validator("keep_alive")
    @classmethod
    def _check_keep_alive(cls, value: float | str) -> float | str:
        if isinstance(value, str) and not _GO_DURATION.fullmatch(value):
            raise ConfigurationError(
                f"keep_alive {value!r} is not a duration.",
                cure='Give seconds as a number, or a text with units such as "30m" or "1h30m".',
            )
        return value

    @property
    def _llm_type(self) -> str:
        return "dragoman-ollama"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "context_tokens": self.context_tokens,
            "think": self.think,
            **self._sampling({}),
        }

    async def warm_up(self) -> None:
        """Load the model with the context size that the calls will ask for.

        Raises:
            EngineError: the server or the model is not usable.
            ModelNotFoundError: the model is not on the server.
        """
        body = self._body([], {"messages": []})
        async with open_client(self.host, limits=self.limits) as client:
            await client.fetch("POST", "/api/chat", {**body, "stream": False})

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with tools in Ollama's native form, their schemas whole.

        The assistant plans with `json_schema` instead: small models follow a grammar, and many
        models' templates write calls that Ollama does not recognize.
        """
        if tool_choice not in {None, "auto"}:
            raise UnsupportedFeatureError(
                "Ollama honors no tool_choice.", cure="Constrain the reply with json_schema."
            )
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply, tried again where that may help."""
        if not messages:
            raise InvalidInputError("There is no message to answer.")
        body = self._body(
            stop or [], {**options, "messages": to_wire(messages, thinking=bool(self.think))}
        )
        return with_patience(lambda: self._attempt(body), self.patience)

    async def _attempt(self, body: dict[str, Any]) -> AsyncGenerator[ChatGenerationChunk, None]:
        watch = RunawayWatch(thinking_tokens=self.thinking_tokens)
        begun = False
        async with (
            open_client(self.host, limits=self.limits) as client,
            aclosing(_reply(client, body)) as lines,
        ):
            async for line in lines:
                chunk = from_wire(line)
                watch.saw(
                    str(chunk.message.content),
                    thought=chunk.message.additional_kwargs.get("reasoning_content", ""),
                )
                begun = True
                yield chunk
                if line.get("done"):
                    return
        raise _cut_off(begun=begun)

    def _body(self, stop: list[str], options: dict[str, Any]) -> dict[str, Any]:
        schema = options.pop("json_schema", None)
        tools = options.pop("tools", None)
        messages = options.pop("messages")
        length = options.pop("max_tokens", None) or self.max_tokens
        runtime = {
            "num_ctx": self.context_tokens,
            "repeat_penalty": self.repeat_penalty,
            **self._sampling(options),
            **({"num_predict": length} if length else {}),
            **({"stop": stop} if stop else {}),
        }
        unknown = options.keys() - set(_SAMPLING) - {"tool_choice", "ls_structured_output_format"}
        if unknown or options.get("tool_choice") not in {None, "auto"}:
            raise UnsupportedFeatureError(
                f"OllamaChat cannot set {', '.join(sorted(unknown)) or 'tool_choice'} in a call.",
                cure=f"It can set json_schema, tools, max_tokens, {', '.join(_SAMPLING)}.",
            )
        return {
            "model": self.model,
            "messages": messages,
            **({"tools": tools} if tools else {}),
            **({"format": schema} if schema else {}),
            "think": self.think,
            "stream": True,
            # Without these, a prompt that is too long loses its oldest or its middle part and a
            # reply that is too long loses its beginning, both under status 200.
            "truncate": False,
            "shift": False,
            "keep_alive": self.keep_alive,
            "options": runtime,
        }

    def _sampling(self, options: dict[str, Any]) -> dict[str, Any]:
        chosen = {name: options.get(name, getattr(self, name)) for name in _SAMPLING}
        return {name: value for name, value in chosen.items() if value is not None}


def _reply(client: OllamaClient, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    return client.stream("POST", "/api/chat", body)


def _cut_off(*, begun: bool) -> EngineReplyError:
    """A stream without its last line is the mark of a runner that was killed, never an answer."""
    if begun:
        return EngineReplyError(
            "Ollama's reply broke off before its end.",
            cure="Ask again; if it happens often, the server's log says why.",
        )
    return EngineCrashedError(
        "Ollama ended its reply before it had begun.",
        cure="See the server's log; most often memory ran out.",
    )

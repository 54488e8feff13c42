"""Test an agent without a model: scripted replies, and the record of what was asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

__all__ = ["BrokenStream", "ScriptedCall", "ScriptedModel", "Step"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenStream:
    """A scripted reply that fails after some of it has been streamed."""

    text: str
    """What comes before the failure."""

    error: Exception
    """The failure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptedCall:
    """One call that a `ScriptedModel` received."""

    messages: tuple[BaseMessage, ...]
    """The messages, oldest first."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the call, for example ``json_schema`` and ``max_tokens``."""

    @property
    def prompt(self) -> str:
        """All messages as one text, each with its role: handy in assertions."""
        return "\n\n".join(f"{message.type}: {message.text}" for message in self.messages)


Reply = str | Mapping[str, Any] | AIMessage | Exception | BrokenStream
Step = Reply | Callable[[Sequence[BaseMessage]], Reply]


class ScriptedModel(BaseChatModel):
    """A chat model that plays scripted replies, one a call, and records what it was asked.

    A step is a text, a mapping (sent as JSON), a whole `AIMessage`, an exception to raise, a
    `BrokenStream`, or a function from the messages to one of these. Text is streamed in chunks of
    `chunk_characters`.

    Usage:
        with ScriptedModel([{"thought": "", "decision": "answer"}, "Bonjour !"]) as model:
            ...  # every step must have been used when the block ends
        assert model.calls[0].options["temperature"] == 0
    """

    script: tuple[Any, ...] = ()
    """The steps (see `Step`), in the order of the calls."""

    chunk_characters: int = Field(default=1, ge=1)
    """Characters in one chunk of a streamed reply."""

    _calls: list[ScriptedCall] = PrivateAttr(default_factory=list)
    _lock: Lock = PrivateAttr(default_factory=Lock)

    def __init__(self, script: Sequence[Step] = (), **fields: Any) -> None:
        """Play `script`."""
        super().__init__(script=tuple(script), **fields)

    @property
    def calls(self) -> list[ScriptedCall]:
        """The calls so far, oldest first."""
        return list(self._calls)

    @property
    def remaining(self) -> int:
        """Steps that have not been played yet."""
        return len(self.script) - len(self._calls)

    def assert_exhausted(self) -> None:
        """Raise `AssertionError` unless every step has been played."""
        if self.remaining > 0:
            left = [_describe(step) for step in self.script[len(self._calls) :]]
            raise AssertionError(f"{self.remaining} scripted steps were not used: {left}")

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with tools, which stand in the options of its calls."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:  # otherwise the steps that are left would hide what went wrong
            self.assert_exhausted()

    @property
    def _llm_type(self) -> str:
        return "dragoman-scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens are shown
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._next(messages, stop, kwargs)
        if isinstance(reply, BrokenStream):
            raise reply.error
        return ChatResult(generations=[ChatGeneration(message=reply)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the same
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(self._next(messages, stop, kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(self._next(messages, stop, kwargs)):
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _next(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AIMessage | BrokenStream:
        asked = {**options, "stop": stop} if stop else options
        with self._lock:
            place = len(self._calls)
            if place >= len(self.script):
                last = messages[-1].text[:200] if messages else ""
                raise AssertionError(
                    f"The script has {len(self.script)} steps, and call {place + 1} came: {last!r}"
                )
            self._calls.append(ScriptedCall(messages=tuple(messages), options=asked))
        return _reply(self.script[place], messages)

    def _chunks(self, reply: AIMessage | BrokenStream) -> Iterator[ChatGenerationChunk]:
        text = reply.text
        for start in range(0, len(text), self.chunk_characters):
            piece = text[start : start + self.chunk_characters]
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        if isinstance(reply, BrokenStream):
            raise reply.error
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                additional_kwargs=reply.additional_kwargs,
                tool_call_chunks=[
                    tool_call_chunk(
                        name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index
                    )
                    for index, call in enumerate(reply.tool_calls)
                ],
                usage_metadata=reply.usage_metadata,
                response_metadata=reply.response_metadata,
                chunk_position="last",
            )
        )


def _reply(step: Step, messages: Sequence[BaseMessage]) -> AIMessage | BrokenStream:
    if callable(step) and not isinstance(step, BaseMessage):
        return _reply(step(messages), messages)
    if isinstance(step, BrokenStream):
        return step
    if isinstance(step, Exception):
        raise step
    if isinstance(step, AIMessage):
        return _completed(step, messages)
    text = step if isinstance(step, str) else json.dumps(step, ensure_ascii=False)
    return _completed(AIMessage(content=text), messages)


def _completed(message: AIMessage, messages: Sequence[BaseMessage]) -> AIMessage:
    """`message` with what every engine sends along: a finish reason and counts.

    A token is a character here: simple enough to work out in one's head when writing a test.
    """
    read, written = sum(len(each.text) for each in messages), len(message.text)
    return message.model_copy(
        update={
            "response_metadata": {"finish_reason": "stop", **message.response_metadata},
            "usage_metadata": message.usage_metadata
            or {"input_tokens": read, "output_tokens": written, "total_tokens": read + written},
        }
    )


def _describe(step: object) -> str:
    return repr(step)[:80]

"""LangChain's four ways to ask a chat model, made of one: an asynchronous stream of chunks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from dragoman.models import blocking


class StreamedChat(ABC):
    """What a chat model needs besides `chunks` to be LangChain's.

    Put it before the LangChain class that it completes, so that its methods win. Whole replies are
    streamed too: only a stream can be timed, watched and left.

    Usage:
        class EchoChat(StreamedChat, BaseChatModel):
            async def chunks(self, messages, stop, options):
                yield ChatGenerationChunk(message=AIMessageChunk(messages[-1].text))
    """

    @abstractmethod
    def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply to `messages` as it comes; closing the generator ends it.

        Args:
            messages: The prompt, oldest message first.
            stop: Texts that end the reply.
            options: What the call sets, such as ``json_schema`` and ``max_tokens``.
        """

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with aclosing(self.chunks(messages, stop, kwargs)) as chunks:
            async for chunk in chunks:
                if run_manager:
                    await run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
                yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens shown
        **kwargs: Any,
    ) -> ChatResult:
        async with aclosing(self.chunks(messages, stop, kwargs)) as chunks:
            return generate_from_stream(iter([chunk async for chunk in chunks]))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in blocking.iterate(lambda: self.chunks(messages, stop, kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens are shown
        **kwargs: Any,
    ) -> ChatResult:
        return blocking.run(lambda: self._agenerate(messages, stop, **kwargs))

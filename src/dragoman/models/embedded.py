"""A LangChain chat model over llama.cpp in this process: no server, no network."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from dragoman.errors import DragomanError, EngineTimeoutError
from dragoman.models.embedded_messages import Reply, reply_has_begun, request_body
from dragoman.models.llama_server import Chunk, LlamaOptions, LlamaServer

_Item = Chunk | DragomanError | None


class EmbeddedChat(BaseChatModel):
    """One GGUF model, run by llama.cpp in this process.

    Loaded by the first call; two instances with the same file and sizes share one copy in memory.
    The prompt prefix that a call shares with an earlier one is not computed again: keep what does
    not change at the front of the messages.

    Call options: ``json_schema``, ``max_tokens``, ``temperature``, ``top_p``, ``top_k``,
    ``presence_penalty``, ``seed``.

    Usage:
        chat = EmbeddedChat(path=Path("model.gguf"), context_tokens=8192)
        reply = await chat.ainvoke("日本の首都は？", max_tokens=60)
        await chat.aclose()
    """

    path: Path
    """The GGUF file."""

    context_tokens: int = Field(default=8192, ge=256)
    """Context window of a call, in tokens."""

    slots: int = Field(default=2, ge=1)
    """Calls that are worked on at once, each with a prompt cache of its own: with two, planning
    and answering do not push out each other's prefix."""

    projector: Path | None = None
    """The GGUF file that lets the model see images, None for text only."""

    threads: int = Field(default=0, ge=0)
    """Threads for computing, 0 for as many as the process may use."""

    think: bool = False
    """Whether a model that can think does; constant, because its prompt template depends on it."""

    temperature: float | None = None
    """Default for calls that name none; None leaves it to llama.cpp."""

    top_p: float | None = None
    """The same, for nucleus sampling."""

    top_k: int | None = None
    """The same, for top-k sampling."""

    presence_penalty: float | None = None
    """The same, for the penalty on tokens that occurred."""

    max_tokens: int | None = Field(default=None, ge=1)
    """Length of a reply in tokens when a call names none; None for up to the end of the context."""

    thinking_tokens: int = Field(default=2048, ge=1)
    """Thinking beyond this is stopped as endless."""

    first_token_seconds: float = Field(default=300.0, gt=0)
    """Time limit from the call to the first token: loading, waiting and reading the prompt."""

    token_gap_seconds: float = Field(default=60.0, gt=0)
    """Time limit between two tokens."""

    _server: LlamaServer | None = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "dragoman-embedded"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"path": str(self.path), "context_tokens": self.context_tokens, "think": self.think}

    def close(self) -> None:
        """Unload the model unless another instance uses it; a later call loads it again."""
        server, self._server = self._server, None
        if server is not None:
            server.release()

    async def aclose(self) -> None:
        """`close`, for use inside an event loop."""
        await asyncio.to_thread(self.close)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply, body = self._begin(messages, stop, kwargs)
        with closing(self._listen(body)) as items:
            for item in items:
                chunk = reply.read(item)
                if chunk is None:
                    continue
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        yield reply.end()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        reply, body = self._begin(messages, stop, kwargs)
        async with aclosing(self._alisten(body)) as items:
            async for item in items:
                chunk = reply.read(item)
                if chunk is None:
                    continue
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        yield reply.end()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens are shown
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the same
        **kwargs: Any,
    ) -> ChatResult:
        chunks = [chunk async for chunk in self._astream(messages, stop, **kwargs)]
        return generate_from_stream(iter(chunks))

    def _begin(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> tuple[Reply, dict[str, Any]]:
        defaults = {
            name: getattr(self, name)
            for name in ("max_tokens", "temperature", "top_p", "top_k", "presence_penalty")
        }
        body = request_body(
            messages,
            stop=stop,
            think=self.think,
            options={**defaults, **options},
            sees=self.projector is not None,
        )
        reply = Reply(
            model=self.path.stem,
            thinking_tokens=self.thinking_tokens,
            schema=options.get("json_schema"),
        )
        return reply, body

    def _claim(self) -> LlamaServer:
        if self._server is None:
            self._server = LlamaServer(
                LlamaOptions(
                    path=self.path,
                    context_tokens=self.context_tokens,
                    slots=self.slots,
                    threads=self.threads,
                    projector=self.projector,
                )
            )
        return self._server

    def _listen(self, body: dict[str, Any]) -> Generator[Chunk, None, None]:
        """The chunks of a reply as they come; closing the iterator stops the engine."""
        items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        request = self._claim().start(body, items.put)
        deadline = _Deadline(self.first_token_seconds, self.token_gap_seconds)
        try:
            while True:
                try:
                    item = items.get(timeout=deadline.left())
                except queue.Empty:
                    raise deadline.over() from None
                if item is None:
                    return
                if isinstance(item, DragomanError):
                    raise item
                deadline.received(begun=reply_has_begun(item))
                yield item
        finally:
            request.stop()

    async def _alisten(self, body: dict[str, Any]) -> AsyncGenerator[Chunk, None]:
        items: asyncio.Queue[_Item] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def deliver(item: _Item) -> None:
            # The loop is closed when its program has ended without waiting for this reply.
            if not loop.is_closed():
                loop.call_soon_threadsafe(items.put_nowait, item)

        request = self._claim().start(body, deliver)
        deadline = _Deadline(self.first_token_seconds, self.token_gap_seconds)
        try:
            while True:
                try:
                    async with asyncio.timeout(deadline.left()):
                        item = await items.get()
                except TimeoutError:
                    raise deadline.over() from None
                if item is None:
                    return
                if isinstance(item, DragomanError):
                    raise item
                deadline.received(begun=reply_has_begun(item))
                yield item
        finally:
            request.stop()


class _Deadline:
    """When a call has taken too long: one limit up to the first token, one from token to token."""

    def __init__(self, first_token_seconds: float, token_gap_seconds: float) -> None:
        self._gap = token_gap_seconds
        self._limit = first_token_seconds
        self._end = time.monotonic() + first_token_seconds
        self._phase = "to begin its reply"

    def left(self) -> float:
        """Seconds left."""
        return max(0.0, self._end - time.monotonic())

    def received(self, *, begun: bool) -> None:
        """Something came; `begun` when the reply itself has begun, not only the reading."""
        if begun:
            self._limit, self._phase = self._gap, "between two tokens"
            self._end = time.monotonic() + self._gap

    def over(self) -> EngineTimeoutError:
        """The error to raise."""
        return EngineTimeoutError(
            f"The embedded engine took more than {self._limit:g} s {self._phase}.",
            cure="Take a smaller model or a shorter prompt, or raise DRAGOMAN_FIRST_TOKEN_SECONDS "
            "or DRAGOMAN_TOKEN_GAP_SECONDS.",
        )

"""A LangChain chat model over Hugging Face's transformers, for models that were fine-tuned here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr

from dragoman.errors import (
    ContextExceededError,
    DragomanError,
    EngineError,
    EngineTimeoutError,
    UnsupportedFeatureError,
)
from dragoman.models.runaway import RunawayWatch
from dragoman.models.streamed_chat import StreamedChat
from dragoman.models.transformers_model import Generation, Piece, TransformersModel, load_model

_OPTIONS = frozenset(
    {"json_schema", "max_tokens", "temperature", "top_p", "top_k", "presence_penalty"}
)


_Item = Piece | Exception | None


class TransformersChat(StreamedChat, BaseChatModel):
    """A causal language model in this process, run by torch.

    Slower than llama.cpp with the same weights, and with no prompt cache: it is for trying a model
    before it is converted. JSON schemas are enforced token by token by `llguidance`, the library
    that llama.cpp uses too. Text only, one reply at a time, no thinking unless the model always
    does; then it is kept apart.

    Call options: ``json_schema``, ``max_tokens``, ``temperature``, ``top_p``, ``top_k``,
    ``presence_penalty``.

    Usage:
        chat = TransformersChat(path="out/my-qwen", context_tokens=8192)
        reply = await chat.ainvoke("日本の首都は？", max_tokens=60)
    """

    path: str
    """The model's folder, or its name on Hugging Face."""

    context_tokens: int = Field(default=8192, ge=64)
    """Longest prompt and reply together, in tokens; what the model was made for is a limit too."""

    temperature: float | None = None
    """Default for calls that name none; None for greedy decoding."""

    max_tokens: int = Field(default=1024, ge=1)
    """Length of a reply in tokens when a call names none."""

    first_token_seconds: float = Field(default=300.0, gt=0)
    """Time limit from the call to the first piece of the reply."""

    token_gap_seconds: float = Field(default=60.0, gt=0)
    """Time limit between two pieces."""

    _model: TransformersModel | None = PrivateAttr(default=None)
    _guard: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "dragoman-transformers"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"path": self.path, "context_tokens": self.context_tokens}

    def load(self) -> TransformersModel:
        """The model, loaded by the first call; takes seconds, so not in an event loop.

        Raises:
            MissingExtraError: torch or transformers is not installed.
            ModelNotFoundError: there is no such model.
            EngineUnavailableError: it cannot be loaded.
        """
        with self._guard:
            if self._model is None:
                self._model = load_model(self.path)
            return self._model

    async def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply as it is generated; closing the generator stops it at the next token.

        Raises:
            ContextExceededError: the prompt leaves no room for a reply.
            EngineTimeoutError: it took too long.
            EngineRunawayError: it repeats itself without end.
            UnsupportedFeatureError: an option, or a content that is no text.
        """
        if unknown := options.keys() - _OPTIONS:
            raise UnsupportedFeatureError(
                f"TransformersChat cannot set {', '.join(sorted(unknown))} in a call.",
                cure=f"It can set {', '.join(sorted(_OPTIONS))}.",
            )
        model = await asyncio.to_thread(self.load)
        prompt = await asyncio.to_thread(model.encode, messages)
        length = int(prompt.shape[-1])
        window = min(self.context_tokens, model.context_tokens)
        if length >= window:
            raise ContextExceededError(
                f"The prompt has {length} tokens and the context window {window}.",
                cure="Shorten the text, or raise DRAGOMAN_CONTEXT_TOKENS.",
                prompt_tokens=length,
                context_tokens=window,
            )
        most = min(options.get("max_tokens") or self.max_tokens, window - length)
        generation = Generation(
            model, {"temperature": self.temperature, **options}, stop=stop or [], most=most
        )
        watch = RunawayWatch(thinking_tokens=most)
        async for text, thought in self._pieces(generation, prompt):
            watch.saw(text, thought=thought)
            extra = {"reasoning_content": thought} if thought else {}
            yield ChatGenerationChunk(message=AIMessageChunk(content=text, additional_kwargs=extra))
        yield self._end(generation, length)

    async def _pieces(self, generation: Generation, prompt: Any) -> AsyncGenerator[Piece, None]:
        items: asyncio.Queue[_Item] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def deliver(item: _Item) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(items.put_nowait, item)

        def work() -> None:
            try:
                generation.run(prompt, deliver)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller must hear of it
                deliver(error)
            else:
                deliver(None)

        thread = threading.Thread(target=work, name="dragoman-transformers", daemon=True)
        thread.start()
        limit = self.first_token_seconds
        try:
            while True:
                item = await _next(items, limit)
                if item is None:
                    return
                limit = self.token_gap_seconds
                yield item
        finally:
            generation.stop_now()

    def _end(self, generation: Generation, read: int) -> ChatGenerationChunk:
        written, reason = generation.tokens, generation.finish_reason
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=UsageMetadata(
                    input_tokens=read, output_tokens=written, total_tokens=read + written
                ),
                response_metadata={
                    "finish_reason": reason,
                    "model_name": self.path,
                    "model_provider": "transformers",
                },
                chunk_position="last",
            ),
            generation_info={"finish_reason": reason},
        )

    async def aclose(self) -> None:
        """Give the memory back; a later call loads the model again."""
        with self._guard:
            self._model = None


async def _next(items: asyncio.Queue[_Item], limit: float) -> Piece | None:
    """The next piece, None at the end."""
    try:
        async with asyncio.timeout(limit):
            item = await items.get()
    except TimeoutError:
        raise EngineTimeoutError(
            f"The model took more than {limit:g} s for the next token.",
            cure="Take a smaller model, or raise DRAGOMAN_FIRST_TOKEN_SECONDS or "
            "DRAGOMAN_TOKEN_GAP_SECONDS.",
        ) from None
    if isinstance(item, DragomanError):
        raise item
    if isinstance(item, Exception):
        raise EngineError(f"The model failed: {item}", cure="Ask again.") from item
    return item

"""A chat model around another one: what queue, meter and relay have in common."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from dragoman.models.streamed_chat import StreamedChat


class WrappedChat(StreamedChat, BaseChatModel):
    """Adds one behavior to `inner` and passes everything else on, call options included."""

    inner: BaseChatModel
    """The model that answers."""

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type  # noqa: SLF001 - to be named like what it stands for

    async def aclose(self) -> None:
        """Close the inner model."""
        await close(self.inner)


def innermost(chat: BaseChatModel) -> BaseChatModel:
    """The model itself, without what is wrapped around it."""
    while isinstance(chat, WrappedChat):
        chat = chat.inner
    return chat


def chunks_of(
    chat: BaseChatModel,
    messages: list[BaseMessage],
    stop: list[str] | None,
    options: dict[str, Any],
) -> AsyncGenerator[ChatGenerationChunk, None]:
    """The reply of `chat`; its callbacks have been called by the model around it."""
    if isinstance(chat, StreamedChat):
        return chat.chunks(messages, stop, options)
    stream = chat._astream(messages, stop=stop, **options)  # noqa: SLF001 - LangChain's own seam
    return cast("AsyncGenerator[ChatGenerationChunk, None]", stream)


async def close(chat: BaseChatModel) -> None:
    """Give back what `chat` holds, if it holds anything."""
    give_back = getattr(chat, "aclose", None)
    if give_back is not None:
        await give_back()

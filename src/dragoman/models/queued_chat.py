"""A chat model whose calls wait for their turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import SkipValidation

from dragoman.models.caller import EngineWait, caller, tell
from dragoman.models.waiting_line import WaitingLine
from dragoman.models.wrapped_chat import WrappedChat, chunks_of


class QueuedChat(WrappedChat):
    """Sends `inner` no more calls at once than its line has places.

    A server with a queue of its own serves whoever came first and tells nobody how long it takes;
    here tenants take turns, and each caller hears its place (`EngineWait`).
    """

    line: SkipValidation[WaitingLine]
    """The line, shared by all who use the same server and model."""

    async def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply, once it is this call's turn."""
        async with (
            self.line.place(caller().tenant, hear=self._tell),
            aclosing(chunks_of(self.inner, messages, stop, options)) as chunks,
        ):
            async for chunk in chunks:
                yield chunk

    def _tell(self, ahead: int) -> None:
        tell(EngineWait(engine=self.line.name, ahead=ahead))

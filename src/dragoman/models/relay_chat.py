"""A chat model in front of several engines that can stand in for one another."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import SkipValidation

from dragoman.errors import (
    DragomanError,
    EngineBusyError,
    EngineCrashedError,
    EngineTimeoutError,
    EngineUnavailableError,
    ModelNotFoundError,
)
from dragoman.models.caller import EngineSwitch, caller, tell
from dragoman.models.wrapped_chat import WrappedChat, chunks_of, close

_log = logging.getLogger(__name__)

_DOWN = (EngineUnavailableError, EngineCrashedError, EngineTimeoutError, ModelNotFoundError)
MOVE_ON = (*_DOWN, EngineBusyError)
"""Errors of an engine, not of the question: another engine may do better."""

_REST = 30.0
"""Seconds for which an engine that was down is asked last."""


class Standby:
    """One of the engines: connected when it is first needed, left alone a while when it fails."""

    def __init__(self, name: str, connect: Callable[[], Awaitable[BaseChatModel]]) -> None:
        """`name` is its spec; `connect` makes its chat model, or raises why it cannot."""
        self.name = name
        self._connect = connect
        self._chat: BaseChatModel | None = None
        self._until = 0.0
        self.why = ""

    @property
    def rests(self) -> bool:
        """Whether it was down a moment ago."""
        return time.monotonic() < self._until

    async def chat(self) -> BaseChatModel:
        """Its chat model.

        Raises:
            DragomanError: it cannot be connected.
        """
        if self._chat is None:
            self._chat = await self._connect()
        return self._chat

    def failed(self, error: DragomanError) -> None:
        """It could not be used; a full queue is no reason to avoid it."""
        self.why = error.message
        if isinstance(error, _DOWN):
            self._until = time.monotonic() + _REST

    async def aclose(self) -> None:
        """Close its chat model."""
        if self._chat is not None:
            await close(self._chat)


class RelayChat(WrappedChat):
    """Asks the engine whose turn it is, and the next one when that cannot answer.

    The order is that of the list or, with `sticky`, one that depends on the caller's thread: a
    thread stays with its host, which has its prompt in the cache, and threads spread over hosts.
    Moving on is possible until the first piece of a reply has come; it is never silent: the caller
    hears an `EngineSwitch`, the log says it, and each reply names its engine in
    ``response_metadata["engine"]``.
    """

    members: SkipValidation[tuple[Standby, ...]]
    """The engines; `inner` is the chat model of one of them, for what it is known to be."""

    sticky: bool = False
    """Whether the order depends on the thread."""

    async def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply of the first engine that gives one.

        Raises:
            EngineError: none of them can be used; the message says why for each.
        """
        preferred = self._order()
        failures: list[DragomanError] = []
        for member in sorted(preferred, key=lambda each: each.rests):
            begun = False
            if member is not preferred[0]:
                _say(used=member, instead_of=preferred[0])
            try:
                chat = await member.chat()
                async with aclosing(chunks_of(chat, messages, stop, options)) as chunks:
                    async for chunk in chunks:
                        if not begun and "engine" not in chunk.message.response_metadata:
                            chunk.message.response_metadata["engine"] = member.name
                        begun = True
                        yield chunk
            except MOVE_ON as error:
                if begun:
                    raise
                member.failed(error)
                failures.append(error)
            else:
                return
        raise none_left(failures)

    async def aclose(self) -> None:
        """Close all engines that were connected."""
        for member in self.members:
            await member.aclose()

    def _order(self) -> list[Standby]:
        thread = caller().thread
        if not self.sticky or not thread:
            return list(self.members)
        # Rendezvous hashing: a host that comes or goes moves no thread between the others.
        return sorted(self.members, key=lambda member: _weight(thread, member.name))


def none_left(failures: list[DragomanError]) -> DragomanError:
    """The first failure; where there are more, with what the others said."""
    first, *others = failures
    if not others:
        return first
    said = " ".join(error.message for error in others)
    return EngineUnavailableError(f"{first.message} Nor can a fall-back: {said}", cure=first.cure)


def _weight(thread: str, host: str) -> bytes:
    return hashlib.blake2b(f"{thread}\n{host}".encode(errors="replace"), digest_size=8).digest()


def _say(*, used: Standby, instead_of: Standby) -> None:
    event = EngineSwitch(used=used.name, instead_of=instead_of.name, reason=instead_of.why)
    _log.warning("%s answers instead of %s: %s", event.used, event.instead_of, event.reason)
    tell(event)

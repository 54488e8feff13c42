"""For whom a model is being asked: known to queue, budget and host without being passed along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from dragoman.models.budget import Budget


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineWait:
    """A call waits because its engine works for others."""

    engine: str
    """The engine's spec, with its host."""

    ahead: int
    """Calls that come before this one, those that are being worked on not counted."""

    type: Literal["engine_wait"] = "engine_wait"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSwitch:
    """Another engine than the first choice answers this call."""

    used: str
    """The engine that is asked now."""

    instead_of: str
    """The engine that could not be used."""

    reason: str
    """Why it could not, one sentence for people."""

    type: Literal["engine_switch"] = "engine_switch"
    """Name of the event."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineCompaction:
    """The prompt did not fit the context window; the call is made once more with less in it."""

    dropped: int
    """Messages of earlier turns that were left out."""

    shortened: bool
    """Whether the longest message was cut in its middle as well."""

    prompt_tokens: int
    """Tokens that the prompt had, 0 when the engine did not say."""

    context_tokens: int
    """Tokens that the window holds."""

    type: Literal["engine_compaction"] = "engine_compaction"
    """Name of the event."""


EngineEvent = EngineWait | EngineSwitch | EngineCompaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks."""

    tenant: str = "default"
    """Whose turn it is in the queue, and whose account is charged."""

    thread: str = ""
    """The conversation; its calls go to one host, which has its prompt in the cache."""

    budget: Budget | None = None
    """What this turn may use; None for no limit."""

    hear: Callable[[EngineEvent], None] | None = None
    """Hears of what happens to a call, in the event loop or thread that makes it."""


_NOBODY = Caller()
_current: ContextVar[Caller | None] = ContextVar("dragoman_caller", default=None)


def caller() -> Caller:
    """For whom the running code asks; the default tenant when nobody said."""
    return _current.get() or _NOBODY


@contextmanager
def calling(who: Caller) -> Iterator[Caller]:
    """Ask on behalf of `who` inside the block, and in all tasks that begin there.

    Usage:
        with calling(Caller(tenant="acme", thread="42", hear=print)):
            await engine.chat.ainvoke(messages)
    """
    token = _current.set(who)
    try:
        yield who
    finally:
        _current.reset(token)


def tell(event: EngineEvent) -> None:
    """Let the caller hear of `event`."""
    hear = caller().hear
    if hear is not None:
        hear(event)

"""Turns under way: each runs by itself, and any number of clients follow it, now or later."""

from __future__ import annotations

import asyncio
import secrets
import time
import weakref
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from dragoman.errors import (
    DragomanError,
    ServerStoppingError,
    ThreadBusyError,
    TooManyRequestsError,
)

_MOST_MESSAGES = 20_000
"""Messages of one turn that are kept while it runs; the oldest pieces of text go first."""

_KEPT_SECONDS = 900.0
_MOST_KEPT = 512
"""How long, and of how many turns, the messages are kept after the end."""

_SUPERSEDED = {"token", "rewrite"}
"""Messages that an `answer` takes the place of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One event of a turn, numbered."""

    number: int
    """Place in the turn, from 1."""

    event: str
    """Name of the event."""

    data: dict[str, Any]
    """What happened, as plain data."""


class Run:
    """One turn under way, or one that ended not long ago; belongs to one event loop."""

    def __init__(self, tenant: str, thread: str) -> None:
        """Begin without messages."""
        self.id = secrets.token_hex(8)
        self.tenant = tenant
        self.thread = thread
        self.ended_at: float | None = None
        self.task: asyncio.Task[None] | None = None
        self.reason: DragomanError | None = None
        self._messages: list[Message] = []
        self._count = 0
        self._news = asyncio.Event()
        self._followers: set[object] = set()

    @property
    def running(self) -> bool:
        """Whether more may happen."""
        return self.ended_at is None

    def add(self, event: str, data: dict[str, Any]) -> None:
        """Tell those who follow what happened."""
        self._count += 1
        if len(self._messages) >= _MOST_MESSAGES:
            self._drop_pieces()
        self._messages.append(Message(number=self._count, event=event, data=data))
        self._wake()

    def end(self) -> None:
        """Nothing more happens; what the last message says is not kept twice for long."""
        self.ended_at = time.monotonic()
        self._drop_superseded()
        self._wake()

    def cancel(self, reason: DragomanError) -> None:
        """End the turn before its answer; `reason` is what those who follow are told."""
        if self.task is not None and self.running:
            self.reason = reason
            self.task.cancel()

    async def first(self, seconds: float) -> Message | None:
        """The first message; None when there is none after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not self._count and self.running:
                    await self._news.wait()
        except TimeoutError:
            return None
        return self._messages[0] if self._messages else None

    def batches(
        self, after: int = 0, *, pause: float = 15.0
    ) -> AsyncGenerator[Sequence[Message], None]:
        """The messages after number `after`, until the turn ends.

        Whoever calls this follows from the call on, not from the first message that is taken: the
        pieces of the answer are kept until the last of those who follow is through or gone.

        Yields:
            All that there are at the moment; none when nothing has happened for `pause` seconds.
        """
        follower = object()
        self._followers.add(follower)
        batches = self._batches(follower, after, pause)
        # One that is never started has no `finally` that could say that its reader is gone.
        weakref.finalize(batches, self._leave, follower).atexit = False
        return batches

    def follow(self, after: int = 0) -> AsyncGenerator[Message | None, None]:
        """The messages of `batches` one by one; None where there was none for a while."""
        return _one_by_one(self.batches(after))

    async def _batches(
        self, follower: object, after: int, pause: float
    ) -> AsyncGenerator[Sequence[Message], None]:
        try:
            while True:
                news, running = self._news, self.running
                fresh = [message for message in self._tail(after) if message.number > after]
                if fresh:
                    after = fresh[-1].number
                    yield fresh
                elif not running:
                    return
                else:
                    try:
                        await asyncio.wait_for(news.wait(), pause)
                    except TimeoutError:
                        yield ()
        finally:
            self._leave(follower)

    def _leave(self, follower: object) -> None:
        self._followers.discard(follower)
        self._drop_superseded()

    def _drop_superseded(self) -> None:
        """Drop the pieces of an answer that stands there whole, once nobody is reading them."""
        whole = bool(self._messages) and self._messages[-1].event == "answer"
        if whole and not self.running and not self._followers:
            self._drop_pieces()

    def _tail(self, after: int) -> list[Message]:
        """The messages from about `after` on; all of them where some were dropped."""
        missing = self._count - after
        return self._messages[-missing:] if missing > 0 else []

    def _drop_pieces(self) -> None:
        self._messages = [each for each in self._messages if each.event not in _SUPERSEDED]

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


async def _one_by_one(
    batches: AsyncGenerator[Sequence[Message], None],
) -> AsyncGenerator[Message | None, None]:
    async with aclosing(batches):
        async for batch in batches:
            for message in batch:
                yield message
            if not batch:
                yield None


class Runs:
    """The turns of a server by thread, within limits."""

    def __init__(self, *, most: int, most_of_tenant: int) -> None:
        """Let `most` turns be under way at once, `most_of_tenant` of one tenant."""
        self._most = most
        self._most_of_tenant = most_of_tenant
        self._latest: dict[tuple[str, str], Run] = {}
        self._running: dict[str, int] = {}
        self.stopping = False

    @property
    def running(self) -> list[Run]:
        """The turns under way."""
        return [run for run in self._latest.values() if run.running]

    @property
    def count(self) -> int:
        """How many turns are under way."""
        return sum(self._running.values())

    def find(self, tenant: str, thread: str) -> Run | None:
        """The running or latest turn of a thread, as far as it is remembered."""
        return self._latest.get((tenant, thread))

    def is_running(self, tenant: str, thread: str) -> bool:
        """Whether a turn is under way in the thread."""
        run = self.find(tenant, thread)
        return run is not None and run.running

    def begin(self, tenant: str, thread: str) -> Run:
        """A new turn in a thread.

        Raises:
            ThreadBusyError: the thread is in the middle of another.
            TooManyRequestsError: too many turns are under way.
            ServerStoppingError: no new ones are taken.
        """
        if self.stopping:
            raise ServerStoppingError(
                "The server is going down and takes no new questions.",
                cure="Send it again in a few seconds.",
            )
        if self.is_running(tenant, thread):
            raise ThreadBusyError(
                f"The thread {thread!r} is in the middle of another turn.",
                cure="Follow it (GET …/events), or cancel it (POST …/cancel).",
            )
        if self.count >= self._most or self._running.get(tenant, 0) >= self._most_of_tenant:
            raise TooManyRequestsError(
                "Too many questions are being answered at once.",
                cure="Send it again when Retry-After is over.",
                retry_after=2.0,
            )
        if len(self._latest) > 2 * _MOST_KEPT:
            self.forget_old()
        run = Run(tenant, thread)
        # Put last, so that those at the front ended the longest ago.
        self._latest.pop((tenant, thread), None)
        self._latest[tenant, thread] = run
        self._running[tenant] = self._running.get(tenant, 0) + 1
        return run

    def end(self, run: Run) -> None:
        """The turn is over."""
        if not run.running:
            return
        run.end()
        self._running[run.tenant] -= 1
        if not self._running[run.tenant]:
            del self._running[run.tenant]

    def forget(self, tenant: str, thread: str) -> None:
        """Keep nothing of a thread that was deleted."""
        if not self.is_running(tenant, thread):
            self._latest.pop((tenant, thread), None)

    def forget_old(self) -> None:
        """Forget turns that ended long ago, and the oldest where they are many."""
        ended = [(key, run.ended_at) for key, run in self._latest.items() if run.ended_at]
        past = time.monotonic() - _KEPT_SECONDS
        surplus = len(ended) - _MOST_KEPT
        for place, (key, at) in enumerate(sorted(ended, key=lambda item: item[1])):
            if at > past and place >= surplus:
                break
            del self._latest[key]

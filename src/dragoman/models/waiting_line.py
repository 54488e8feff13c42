"""A queue in front of an engine that works on few requests at once: fair, bounded, visible."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from dragoman.errors import EngineBusyError

HearAhead = Callable[[int], None]


@dataclass(eq=False, slots=True)
class _Ticket:
    """One waiting call."""

    tenant: str
    loop: asyncio.AbstractEventLoop
    news: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)
    told: int = -1
    granted: bool = False

    def tell(self, ahead: int | None) -> bool:
        """Say how many come before, None for "your turn"; False when nobody listens any more."""
        if self.told == ahead:
            return True
        if ahead is not None:
            self.told = ahead
        try:
            self.loop.call_soon_threadsafe(self.news.put_nowait, ahead)
        except RuntimeError:  # its loop was closed without unwinding its tasks
            return False
        return True


class WaitingLine:
    """Lets `places` calls through at once. Tenants take turns, so that none can crowd out others.

    It works across threads and event loops: all assistants of a process share one.

    Usage:
        line = WaitingLine("gpu-box", places=1, longest=32)
        async with line.place("acme", hear=lambda ahead: print(f"{ahead} before you")):
            ...  # ask the engine
    """

    def __init__(self, name: str, *, places: int, longest: int) -> None:
        """`longest` is how many calls of one tenant may wait."""
        self.name = name
        self._longest = longest
        self._free = places
        self._waiting: dict[str, deque[_Ticket]] = {}
        """By tenant; the order of the tenants is the order in which they are served."""
        self._lock = threading.Lock()

    @asynccontextmanager
    async def place(self, tenant: str, *, hear: HearAhead | None = None) -> AsyncIterator[None]:
        """Wait for a free place and hold it inside the block.

        Args:
            tenant: Who asks.
            hear: Called with the number of calls before this one, when it changes.

        Raises:
            EngineBusyError: too many calls of this tenant wait already.
        """
        ticket = self._enter(tenant)
        try:
            while (ahead := await ticket.news.get()) is not None:
                if hear:
                    hear(ahead)
            yield
        finally:
            self._leave(ticket)

    def _enter(self, tenant: str) -> _Ticket:
        ticket = _Ticket(tenant=tenant, loop=asyncio.get_running_loop())
        with self._lock:
            mine = self._waiting.get(tenant, ())
            if len(mine) >= self._longest:
                raise EngineBusyError(
                    f"{len(mine)} requests of {tenant} wait for {self.name} already.",
                    cure="Try again when they are done, or raise DRAGOMAN_ENGINE_WAITING.",
                )
            self._waiting.setdefault(tenant, deque()).append(ticket)
            self._move_up()
        return ticket

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket.granted:
                self._free += 1
            else:
                self._remove(ticket)
            self._move_up()

    def _move_up(self) -> None:
        while self._free and self._waiting:
            tenant = next(iter(self._waiting))
            ticket = self._waiting[tenant][0]
            self._remove(ticket)
            if tenant in self._waiting:  # has more, and queues up again behind the others
                self._waiting[tenant] = self._waiting.pop(tenant)
            if ticket.tell(None):
                ticket.granted = True
                self._free -= 1
        for place, tenant in enumerate(self._waiting):
            for number, ticket in enumerate(self._waiting[tenant]):
                ticket.tell(self._ahead(place, number))

    def _ahead(self, place: int, number: int) -> int:
        """Calls before the one that is `number` in the queue of the tenant at `place`.

        Tenants are served in rounds, one call each: those before it have one more round.
        """
        return sum(
            number if other == place else min(len(queue), number + (other < place))
            for other, queue in enumerate(self._waiting.values())
        )

    def _remove(self, ticket: _Ticket) -> None:
        queue = self._waiting.get(ticket.tenant)
        if queue is None or ticket not in queue:
            return
        queue.remove(ticket)
        if not queue:
            del self._waiting[ticket.tenant]


_lines: WeakValueDictionary[tuple[str, int, int], WaitingLine] = WeakValueDictionary()
_lines_lock = threading.Lock()


def line_for(name: str, *, places: int, longest: int) -> WaitingLine:
    """The process's one line in front of the engine `name`, made when it is first asked for."""
    with _lines_lock:
        key = (name, places, longest)
        line = _lines.get(key)
        if line is None:
            line = _lines[key] = WaitingLine(name, places=places, longest=longest)
        return line

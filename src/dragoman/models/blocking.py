"""Call asynchronous engine code from synchronous code.

Each call runs in an event loop of its own in a short-lived thread, so it works in a plain script,
in a thread, and even where another event loop is already running.
"""

from __future__ import annotations

import queue
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

from anyio.from_thread import start_blocking_portal

T = TypeVar("T")


def run(call: Callable[[], Awaitable[T]]) -> T:
    """What `call` returns, or raises."""
    with start_blocking_portal() as portal:
        return portal.call(call)


def iterate(source: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
    """The items of `source` as they come; leaving the loop early cancels it.

    The portal cancels what still runs when its block is left by an exception, which closing a
    generator is. One task drives the whole source, because time-outs and connections belong to the
    task that opened them.
    """
    items: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()

    async def pump() -> None:
        try:
            async for item in source():
                items.put((item,))
        finally:
            items.put(None)

    with start_blocking_portal() as portal:
        task = portal.start_task_soon(pump)
        while (boxed := items.get()) is not None:
            yield boxed[0]
        task.result()

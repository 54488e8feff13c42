"""One event loop in a thread of its own, so that one assistant serves sync and async callers.

Clients of model servers belong to the loop that made them; an assistant that is called from two
loops would fail with "Event loop is closed". Everything that an assistant awaits runs here.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")
Producer = Callable[[Callable[[Item], None]], Coroutine[Any, Any, Any]]


class _Job(Generic[Result]):
    """Work on the loop, with the task that does it once it has begun."""

    def __init__(self, work: Coroutine[Any, Any, Result], loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: list[asyncio.Task[Any]] = []
        self._work = work
        self.future: Future[Result] = asyncio.run_coroutine_threadsafe(self._run(), loop)

    async def _run(self) -> Result:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.append(task)
        return await self._work

    def cancel(self) -> None:
        """Cancel the work and wait for its clean-up, so that nothing is left half-written.

        A cancelled future counts as done at once, while its task still unwinds: so the task
        itself is awaited.
        """
        if self.future.done():
            return
        self.future.cancel()
        asyncio.run_coroutine_threadsafe(self._ended(), self._loop).result()

    async def _ended(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        else:
            self._work.close()  # it never began


class LoopThread:
    """An event loop that runs in a daemon thread until it is closed."""

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` there and wait for it; an interrupt of the waiting thread cancels it."""
        job = _Job(work, self._loop)
        try:
            return job.future.result()
        finally:
            job.cancel()

    async def arun(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` there and await it here; cancelling here cancels there."""
        return await asyncio.wrap_future(_Job(work, self._loop).future)

    def stream(self, produce: Producer[Item]) -> Iterator[Item]:
        """The items that `produce` hands to its callback; closing the iterator cancels it."""
        items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        job = _Job(produce(items.put), self._loop)
        job.future.add_done_callback(lambda _: items.put(None))
        try:
            while (item := items.get()) is not None:
                yield item
            job.future.result()
        finally:
            job.cancel()

    async def astream(self, produce: Producer[Item]) -> AsyncIterator[Item]:
        """Like `stream`, for a caller on another event loop."""
        items: asyncio.Queue[Item | None] = asyncio.Queue()
        home = asyncio.get_running_loop()

        def put(item: Item | None) -> None:
            if not home.is_closed():  # the caller's loop may end before the work is cancelled
                home.call_soon_threadsafe(items.put_nowait, item)

        job = _Job(produce(put), self._loop)
        job.future.add_done_callback(lambda _: put(None))
        try:
            while (item := await items.get()) is not None:
                yield item
            await asyncio.wrap_future(job.future)
        finally:
            job.future.cancel()

    def close(self) -> None:
        """Stop the loop and end the thread; calling it again does nothing."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

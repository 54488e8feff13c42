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
from typing import Any, TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")
Producer = Callable[[Callable[[Item], None]], Coroutine[Any, Any, Any]]


class LoopThread:
    """An event loop that runs in a daemon thread until it is closed."""

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` there and wait for it; an interrupt of the waiting thread cancels it."""
        future = self._submit(work)
        try:
            return future.result()
        except BaseException:
            _cancel_and_wait(future)
            raise

    async def arun(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` there and await it here; cancelling here cancels there."""
        return await asyncio.wrap_future(self._submit(work))

    def stream(self, produce: Producer[Item]) -> Iterator[Item]:
        """The items that `produce` hands to its callback; closing the iterator cancels it."""
        items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        future = self._submit(produce(items.put))
        future.add_done_callback(lambda _: items.put(None))
        try:
            while (item := items.get()) is not None:
                yield item
            future.result()
        finally:
            _cancel_and_wait(future)

    async def astream(self, produce: Producer[Item]) -> AsyncIterator[Item]:
        """Like `stream`, for a caller on another event loop."""
        items: asyncio.Queue[Item | None] = asyncio.Queue()
        home = asyncio.get_running_loop()

        def put(item: Item | None) -> None:
            home.call_soon_threadsafe(items.put_nowait, item)

        future = self._submit(produce(put))
        future.add_done_callback(lambda _: put(None))
        try:
            while (item := await items.get()) is not None:
                yield item
            await asyncio.wrap_future(future)
        finally:
            future.cancel()

    def close(self) -> None:
        """Stop the loop and end the thread; calling it again does nothing."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _cancel_and_wait(future: Future[Any]) -> None:
    """Cancel `future` and let its clean-up finish, so that nothing is left half-written."""
    if future.done():
        return
    ended = threading.Event()
    future.add_done_callback(lambda _: ended.set())
    future.cancel()
    ended.wait(timeout=10)

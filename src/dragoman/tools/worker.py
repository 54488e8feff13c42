"""A blocking function on a thread of its own, which may be left behind."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def in_own_thread(work: Callable[[], Result]) -> Result:
    """Run `work` beside the event loop and return what it returns or raise what it raises.

    A thread cannot be stopped. When the caller gives up, it runs on and its outcome is dropped. It
    is a daemon, because Python waits for all others before it exits: thread pools (asyncio's and
    anyio's) would keep the process alive for as long as one tool hangs.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - it is raised where `work` was awaited
            settle = functools.partial(_fail, outcome, error)
        else:
            settle = functools.partial(_succeed, outcome, result)
        # A closed loop means that nobody waits for the outcome any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name="dragoman-tool", daemon=True).start()
    return await outcome


def _succeed(outcome: asyncio.Future[Result], result: Result) -> None:
    if not outcome.done():
        outcome.set_result(result)


def _fail(outcome: asyncio.Future[Result], error: BaseException) -> None:
    if not outcome.done():
        outcome.set_exception(_raisable(error))


def _raisable(error: BaseException) -> BaseException:
    """A future takes no `StopIteration`, and an exit belongs to the tool's thread, not to ours."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")

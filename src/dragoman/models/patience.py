"""Try an engine again, a bounded number of times, when that has a chance to help."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from dragoman.errors import EngineBusyError, EngineCrashedError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often a call is tried again."""

    busy_retries: int = 5
    """Further tries when the engine's queue is full."""

    crash_retries: int = 1
    """Further tries when the engine died before any of the reply had come."""

    first_pause: float = 0.5
    """Longest pause before the first further try, in seconds; it doubles each time."""

    longest_pause: float = 8.0
    """Upper limit of that growth, in seconds."""

    def pause(self, retry: int) -> float:
        """Seconds before try number `retry` (from 0), with full jitter.

        Full jitter (a uniform draw from nothing to the limit) spreads callers that were refused at
        the same moment; see "Exponential backoff and jitter", AWS Architecture Blog, 2015.
        """
        limit = min(self.longest_pause, self.first_pause * 2.0**retry)
        return random.uniform(0, limit)  # noqa: S311 - spreads load, guards nothing


async def with_patience(
    attempt: Callable[[], AsyncGenerator[T, None]], patience: Patience
) -> AsyncGenerator[T, None]:
    """The items of `attempt`, started over when it failed before its first item.

    Raises:
        EngineBusyError: still busy after the last try.
        EngineCrashedError: died twice, or after the first item: what was streamed stays streamed.
    """
    busy = crashes = 0
    while True:
        begun = False
        try:
            async with aclosing(attempt()) as items:
                async for item in items:
                    begun = True
                    yield item
        except EngineBusyError:
            if begun or busy >= patience.busy_retries:
                raise
            await asyncio.sleep(patience.pause(busy))
            busy += 1
        except EngineCrashedError:
            if begun or crashes >= patience.crash_retries:
                raise
            crashes += 1
        else:
            return

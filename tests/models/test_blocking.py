"""Asynchronous sources in synchronous code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from dragoman.models import blocking


async def test_a_value_comes_back_even_while_a_loop_is_running() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert blocking.run(work) == 7


def test_items_come_one_by_one_and_errors_come_through() -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise LookupError("third")

    items = blocking.iterate(source)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(LookupError, match="third"):
        next(items)


def test_leaving_early_cancels_the_source_and_ends_its_thread() -> None:
    ended = threading.Event()

    async def source() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            ended.set()

    before = threading.active_count()
    for _ in blocking.iterate(source):
        break

    assert ended.wait(10)
    assert threading.active_count() == before

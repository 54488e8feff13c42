"""Turns under way: what those who follow read, however fast they are and whenever they come."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from dragoman.serving.http.runs import Message, Run

PIECES = ["token", "token", "token"]


def ended(run: Run) -> None:
    """All of the answer, written without a pause in which anybody could read."""
    for event in [*PIECES, "answer"]:
        run.add(event, {"type": event})
    run.end()


async def read(messages: AsyncIterator[Message | None]) -> list[str]:
    return [each.event async for each in messages if each is not None]


def kept(run: Run) -> list[str]:
    return [message.event for message in run._messages]


async def test_fast_follower_reads_every_piece() -> None:
    run = Run("acme", "t")
    reading = asyncio.create_task(read(run.follow()))
    for event in [*PIECES, "answer"]:
        run.add(event, {"type": event})
        await asyncio.sleep(0)
    run.end()

    assert await reading == [*PIECES, "answer"]
    assert kept(run) == ["answer"]


async def test_follower_who_reads_nothing_before_the_end_still_reads_every_piece() -> None:
    run = Run("acme", "t")
    messages = run.follow()
    ended(run)

    assert await read(messages) == [*PIECES, "answer"]
    assert kept(run) == ["answer"]


async def test_pieces_are_kept_until_the_slowest_follower_is_through() -> None:
    run = Run("acme", "t")
    fast, slow = run.follow(), run.follow()
    run.add("token", {"type": "token"})
    assert (await anext(slow)).event == "token"
    ended(run)

    assert len(await read(fast)) == 5
    assert kept(run) == ["token", *PIECES, "answer"]
    assert await read(slow) == [*PIECES, "answer"]
    assert kept(run) == ["answer"]


async def test_who_comes_after_the_end_reads_the_answer_alone() -> None:
    run = Run("acme", "t")
    ended(run)

    assert await read(run.follow()) == ["answer"]


async def test_who_comes_after_the_end_reads_on_from_where_it_was() -> None:
    run = Run("acme", "t")
    slow = run.follow()  # because of which the pieces are still there
    ended(run)

    assert await read(run.follow(after=2)) == ["token", "answer"]
    assert len(await read(slow)) == 4


async def test_follower_that_is_cancelled_keeps_nothing() -> None:
    run = Run("acme", "t")
    reading = asyncio.create_task(read(run.follow()))
    run.add("token", {"type": "token"})
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    ended(run)

    assert kept(run) == ["answer"]


async def test_follower_that_leaves_after_the_end_keeps_nothing() -> None:
    run = Run("acme", "t")
    batches = run.batches()
    ended(run)
    await anext(batches)
    assert len(kept(run)) == 4
    await batches.aclose()

    assert kept(run) == ["answer"]


async def test_follower_that_never_began_to_read_keeps_nothing() -> None:
    run = Run("acme", "t")
    messages = run.follow()
    ended(run)
    assert len(kept(run)) == 4
    del messages
    gc.collect()

    assert kept(run) == ["answer"]


async def test_pieces_before_a_failure_are_kept_for_those_who_come_back() -> None:
    run = Run("acme", "t")
    for event in [*PIECES, "error"]:
        run.add(event, {"type": event})
    run.end()

    assert await read(run.follow()) == [*PIECES, "error"]

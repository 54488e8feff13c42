"""The queue in front of an engine: fair, bounded, visible, and never leaking a place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dragoman.errors import EngineBusyError
from dragoman.models.waiting_line import WaitingLine, line_for


class Visitors:
    """Calls that hold their place until they are told to go."""

    def __init__(self, line: WaitingLine) -> None:
        self.line = line
        self.served: list[str] = []
        self.heard: dict[str, list[int]] = {}
        self.exits: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str) -> None:
        """Visitor ``a1`` is the first of tenant ``a``."""
        for name in names:
            self.heard[name], self.exits[name] = [], asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._visit(name))
            await settle()

    async def _visit(self, name: str) -> None:
        async with self.line.place(name[0], hear=self.heard[name].append):
            self.served.append(name)
            await self.exits[name].wait()

    async def leave(self, name: str) -> None:
        self.exits[name].set()
        await self.tasks[name]
        await settle()


async def settle() -> None:
    """Let everything that can go on now go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_tenants_take_turns_however_many_calls_one_has() -> None:
    visitors = Visitors(WaitingLine("e", places=1, longest=9))
    await visitors.come("a1", "a2", "a3", "a4", "b1", "c1", "b2")
    for _ in range(7):
        await visitors.leave(visitors.served[-1])
    assert visitors.served == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_a_call_hears_how_many_come_before_it_whenever_that_changes() -> None:
    visitors = Visitors(WaitingLine("e", places=1, longest=9))
    await visitors.come("a1", "a2", "a3", "b1")
    assert visitors.heard == {"a1": [], "a2": [0], "a3": [1, 2], "b1": [1]}
    await visitors.leave("a1")
    assert visitors.heard["b1"] == [1, 0]
    await visitors.leave("a2")
    await visitors.leave("b1")
    assert visitors.heard["a3"] == [1, 2, 1, 0]
    await visitors.leave("a3")


async def test_as_many_calls_as_there_are_places_go_through_at_once() -> None:
    visitors = Visitors(WaitingLine("e", places=2, longest=9))
    await visitors.come("a1", "a2", "a3")
    assert visitors.served == ["a1", "a2"]
    for name in ("a1", "a2", "a3"):
        await visitors.leave(name)
    assert visitors.served == ["a1", "a2", "a3"]


async def test_a_tenant_whose_calls_fill_the_line_is_refused_and_no_other() -> None:
    visitors = Visitors(WaitingLine("gpu-box", places=1, longest=2))
    await visitors.come("a1", "a2", "a3", "b1")
    with pytest.raises(EngineBusyError, match="2 requests of a wait for gpu-box"):
        async with visitors.line.place("a"):
            pass
    for name in ("a1", "a2", "b1", "a3"):
        await visitors.leave(name)


async def test_a_call_that_is_cancelled_while_it_waits_leaves_the_line() -> None:
    visitors = Visitors(WaitingLine("e", places=1, longest=9))
    await visitors.come("a1", "b1", "c1")
    visitors.tasks["b1"].cancel()
    await settle()
    assert visitors.heard["c1"] == [1, 0]
    await visitors.leave("a1")
    assert visitors.served == ["a1", "c1"]
    await visitors.leave("c1")


async def test_a_call_that_is_cancelled_as_its_turn_comes_gives_the_place_back() -> None:
    visitors = Visitors(WaitingLine("e", places=1, longest=9))
    await visitors.come("a1", "b1", "c1")
    visitors.exits["a1"].set()
    while not visitors.tasks["a1"].done():  # noqa: ASYNC110 - one step of the loop at a time
        await asyncio.sleep(0)
    visitors.tasks["b1"].cancel()  # it has been granted the place and has not heard of it yet
    await settle()
    assert visitors.served[-1] == "c1"
    await visitors.leave("c1")


async def test_an_error_inside_gives_the_place_back() -> None:
    line = WaitingLine("e", places=1, longest=9)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with line.place("a"):
                raise ZeroDivisionError


def test_one_line_serves_several_event_loops() -> None:
    line = WaitingLine("e", places=1, longest=9)

    async def meet(then: Callable[[], Awaitable[object]]) -> list[int]:
        heard: list[int] = []
        async with line.place("a", hear=heard.append):
            await then()
        return heard

    async def first() -> list[int]:
        second = asyncio.create_task(asyncio.to_thread(asyncio.run, meet(settle)))

        async def until_it_waits() -> None:
            while not line._waiting:  # noqa: ASYNC110 - another loop makes it true
                await asyncio.sleep(0)

        await meet(until_it_waits)
        return await second

    assert asyncio.run(first()) == [0]


def test_everybody_who_names_an_engine_gets_the_same_line() -> None:
    line = line_for("x", places=1, longest=3)
    assert line_for("x", places=1, longest=3) is line
    assert line_for("y", places=1, longest=3) is not line

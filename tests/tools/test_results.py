from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from dragoman.errors import ToolFailedMistake
from dragoman.tools import Call, tool
from dragoman.tools.builtin.long_results import read_result
from dragoman.tools.calling import Calling, calling, current_calling
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Ledger
from dragoman.tools.registry import Registry
from dragoman.tools.results import KEPT_WHOLE, LONGEST, Results, as_text

LINES = "".join(f"{number:05}線\n" for number in range(1000))  # 7,000 characters


@tool(effect="none")
def lines() -> str:
    """Many lines."""
    return LINES


@tool(effect="none")
def table() -> list[dict[str, int]]:
    """Many rows."""
    return [{"id": number} for number in range(500)]


@pytest.fixture
async def results(tmp_path: Path) -> AsyncIterator[Results]:
    async with aiosqlite.connect(tmp_path / "threads.sqlite", isolation_level=None) as connection:
        made = Results(connection)
        await made.setup()
        yield made


def executor(results: Results, thread: str = "default/t", turn: str = "1") -> Executor:
    return Executor(
        registry=Registry([lines, table, read_result]),
        ledger=Ledger(results._connection),
        thread=thread,
        turn=turn,
        default_seconds=10,
        results=results,
    )


def call_of(name: str, id: str = "1.0", **arguments: object) -> Call:  # noqa: A002
    return Call(id=id, tool=name, arguments=arguments)


async def read_on(runner: Executor, shown: str) -> str:
    """Everything that a model reads which does what each part says."""
    text = ""
    for step in range(2, 20):
        found = re.search(
            r'… [\d,]+ more characters; read_result\(handle="(\w+)", part=(\d+)\)$', shown
        )
        if found is None:
            return text + shown
        text += shown[: found.start()]
        arguments = {"handle": found[1], "part": int(found[2])}
        shown = (
            await runner.run_one(call_of("read_result", f"{step}.0", **arguments))
        ).observation()
    raise AssertionError("it never ends")


@pytest.mark.parametrize("name", ["lines", "table"])
async def test_a_model_that_reads_on_reads_everything_once(results, name):
    runner = executor(results)
    done = await runner.run_one(call_of(name))
    assert len(done.observation()) <= 1500
    whole = LINES if name == "lines" else as_text(table())
    assert done.observation().startswith(whole[:1400])
    assert await read_on(runner, done.observation()) == whole


async def test_the_first_part_says_how_much_is_left_and_how_to_read_it(results):
    done = await executor(results).run_one(call_of("lines"))
    assert done.observation().endswith('… 5,600 more characters; read_result(handle="r1", part=2)')
    assert (done.handle, done.length) == ("r1", 7000)


async def test_a_short_result_has_no_handle(results):
    short = Call(id="1.0", tool="x", arguments={}, result={"a": 1})
    assert await results.keep("t", "1", short) is short
    failed = Call(id="1.0", tool="x", arguments={}, error="x" * 9000)
    assert await results.keep("t", "1", failed) is failed


async def test_handles_outlive_the_process(results, tmp_path):
    await executor(results).run_one(call_of("lines"))
    async with aiosqlite.connect(tmp_path / "threads.sqlite") as connection:
        assert (await Results(connection).part("default/t", "r1", 5)).startswith(LINES[5600:5650])


async def test_a_call_that_is_run_again_after_a_crash_keeps_its_handle(results):
    first = await executor(results).run_one(call_of("lines", "1.0"))
    other = await executor(results).run_one(call_of("table", "1.1"))
    again = await executor(results).run_one(call_of("lines", "1.0"))
    later = await executor(results, turn="2").run_one(call_of("lines", "1.0"))
    assert [first.handle, other.handle, again.handle, later.handle] == ["r1", "r2", "r1", "r3"]


async def test_calls_that_end_together_get_handles_of_their_own(results):
    done = await executor(results).run([call_of("lines", f"1.{number}") for number in range(9)])
    assert sorted(call.handle for call in done) == [f"r{number}" for number in range(1, 10)]


async def test_more_calls_than_are_kept_may_end_together(results):
    done = await executor(results).run([call_of("lines", f"1.{number}") for number in range(120)])
    assert len({call.handle for call in done}) == 120
    latest = [f"r{number}" for number in range(71, 121)]
    assert [found.handle for found in await results.of("default/t")] == latest
    for handle in latest[:3]:
        assert await results.part("default/t", handle, 1)


async def test_two_owners_of_one_database_give_no_handle_twice(results, tmp_path):
    async with aiosqlite.connect(tmp_path / "threads.sqlite", isolation_level=None) as connection:
        await connection.execute("PRAGMA busy_timeout = 10000")
        other = Results(connection)
        calls = [call_of("lines", f"1.{number}") for number in range(20)]
        pairs = [(results, calls[:10], "1"), (other, calls[10:], "2")]
        runs = (executor(owner, turn=turn).run(mine) for owner, mine, turn in pairs)
        done = [call for calls in await asyncio.gather(*runs) for call in calls]
    assert sorted(int(call.handle[1:]) for call in done) == list(range(1, 21))
    for call in done:
        assert call.observation().startswith(LINES[:100])


async def test_no_thread_reads_the_results_of_another(results):
    await executor(results).run_one(call_of("lines"))
    other = executor(results, thread="acme/t")
    done = await other.run_one(call_of("read_result", handle="r1", part=1))
    assert done.error == "There is no result 'r1'; the handles are: none."


@pytest.mark.parametrize(
    ("handle", "part", "problem"),
    [
        ("r2", 1, "There is no result 'r2'; the handles are: r1."),
        ("", 1, "There is no result ''; the handles are: r1."),
        ("r1' OR 1=1", 1, "There is no result"),
        ("r1", 0, "r1 has parts 1 to 5, not 0."),
        ("r1", 6, "r1 has parts 1 to 5, not 6."),
        ("r1", 10**30, "r1 has parts 1 to 5"),
    ],
)
async def test_what_is_no_part_of_a_result_is_the_models_mistake(results, handle, part, problem):
    runner = executor(results)
    await runner.run_one(call_of("lines"))
    done = await runner.run_one(call_of("read_result", "2.0", handle=handle, part=part))
    assert done.error.startswith(problem)


async def test_a_huge_result_leaves_the_state_and_its_end_is_said_to_be_missing(results):
    huge = Call(id="1.0", tool="x", arguments={}, result="あ" * (LONGEST + 5))
    done = await results.keep("t", "1", huge)
    assert len(done.result) < KEPT_WHOLE
    assert done.observation().endswith(
        '… 998,605 more characters; read_result(handle="r1", part=2)'
    )
    last = -(-LONGEST // 1400)
    assert (await results.part("t", "r1", last)).endswith(
        "(the end; 5 more characters were not kept)"
    )


async def test_old_results_of_a_thread_make_room_and_a_thread_can_be_forgotten(results):
    for number in range(55):
        done = await executor(results, turn=str(number)).run_one(call_of("lines"))
    assert done.handle == "r55"
    with pytest.raises(ToolFailedMistake, match="'r5'; the handles are: r6, "):
        await results.part("default/t", "r5", 1)
    assert await results.forget("default/t") == 50
    assert await results.forget("default/t") == 0


def test_a_tool_that_must_know_its_turn_says_so_outside_one():
    with pytest.raises(ToolFailedMistake, match="inside a conversation only"):
        current_calling()
    with calling(Calling(thread="t", turn="1")):
        assert current_calling().thread == "t"


async def test_without_a_place_for_results_reading_on_is_refused():
    with (
        calling(Calling(thread="t", turn="1")),
        pytest.raises(ToolFailedMistake, match="No long results"),
    ):
        await read_result("r1")

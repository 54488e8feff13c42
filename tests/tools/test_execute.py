from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from pydantic import BaseModel

from dragoman.errors import LedgerError, ModelMistake, ToolFailedMistake
from dragoman.tools import Call, Tool, tool
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Ledger, effect_key
from dragoman.tools.registry import Registry

Build = Callable[..., Executor]
TINY = 0.01


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """An executor of the given tools; all executors of a test share one ledger."""
    async with aiosqlite.connect(tmp_path / "threads.sqlite") as connection:
        ledger = Ledger(connection)
        await ledger.setup()
        yield lambda *tools, seconds=60.0: Executor(
            registry=Registry(tools),
            ledger=ledger,
            thread="default/t",
            turn="turn",
            default_seconds=seconds,
        )


def call(name: str, number: int = 0, /, **arguments: Any) -> Call:
    return Call(id=f"1.{number}", tool=name, arguments=arguments)


def recorder(effect: str, error: Exception | None = None) -> tuple[Tool, list[str]]:
    """A tool `act` that notes each effect, then fails if it shall."""
    happened: list[str] = []

    @tool(effect=effect)
    def act(text: str) -> str:
        """Act."""
        happened.append(text)
        if error is not None:
            raise error
        return f"{text} 済"

    return act, happened


async def test_sync_and_async_tools_bring_their_results(build):
    @tool(effect="none")
    async def status(order: str) -> str:
        """Status."""
        return f"{order} 配送中"

    @tool(effect="none")
    def double(number: int) -> int:
        """Double."""
        return 2 * number

    done = await build(status, double).run(
        [call("status", order="甲"), call("double", 1, number=4)]
    )
    assert [finished.result for finished in done] == ["甲 配送中", 8]
    assert all(finished.error == "" and finished.seconds > 0 for finished in done)


@pytest.mark.parametrize(
    ("planned", "words"),
    [
        (call("退款", order="1"), "There is no tool '退款'"),
        (call("act", number=1), "there is no argument 'number'"),
        (call("act"), "text: Field required"),
    ],
)
async def test_a_call_that_cannot_run_is_an_observation(build, planned, words):
    act, happened = recorder("once")
    (finished,) = await build(act).run([planned])
    assert words in finished.error
    assert happened == []


@pytest.mark.parametrize("effect", ["none", "idempotent", "once"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("在庫なし"), "act failed: 在庫なし"),
        (RuntimeError(), "act failed: RuntimeError"),
        (TimeoutError("the bank is slow"), "act failed: the bank is slow"),
        (ValueError("\ud800"), r"act failed: ?"),
        (ToolFailedMistake("no stock"), "no stock"),
        (ModelMistake("wrong id"), "wrong id"),
        (SystemExit(1), "act failed: SystemExit: 1"),
    ],
)
async def test_a_tool_that_fails_is_an_observation(build, effect, error, words):
    act, _ = recorder(effect, error)
    (finished,) = await build(act).run([call("act", text="退款")])
    assert words in finished.error
    assert finished.result is None
    assert finished.observation().encode()


async def test_a_sync_tool_that_hangs_is_given_up(build):
    never = threading.Event()

    @tool(effect="none", timeout=TINY)
    def hang() -> None:
        """Hang."""
        never.wait()

    (finished,) = await build(hang).run([call("hang")])
    assert finished.error == "hang gave no answer within 0.01 s."
    never.set()


async def test_an_async_tool_that_hangs_is_given_up_after_the_default_time(build):
    @tool(effect="none")
    async def hang() -> None:
        """Hang."""
        await asyncio.Event().wait()

    (finished,) = await build(hang, seconds=TINY).run([call("hang")])
    assert "no answer within 0.01 s" in finished.error


@pytest.mark.parametrize("effect", ["none", "idempotent"])
async def test_calls_without_grave_effects_run_together(build, effect):
    together = threading.Barrier(3, timeout=60)  # passes only when all three have come

    @tool(effect=effect)
    def meet(name: str) -> str:
        """Meet."""
        together.wait()
        return name

    names = ["甲", "乙", "丙"]
    done = await build(meet).run([call("meet", n, name=name) for n, name in enumerate(names)])
    assert [finished.result for finished in done] == names


async def test_grave_effects_happen_one_by_one_in_the_order_of_the_plan(build):
    log: list[str] = []

    @tool(effect="once")
    async def act(text: str) -> None:
        """Act."""
        log.append(f"{text} begins")
        await asyncio.sleep(0)
        log.append(f"{text} ends")

    await build(act).run([call("act", n, text=text) for n, text in enumerate("甲乙")])
    assert log == ["甲 begins", "甲 ends", "乙 begins", "乙 ends"]


async def test_one_failing_call_does_not_stop_the_others(build):
    good, happened = recorder("once")
    bad = dataclasses.replace(recorder("none", ValueError("no"))[0], name="bad")
    done = await build(good, bad).run([call("bad", text="x"), call("act", 1, text="y")])
    assert [bool(finished.error) for finished in done] == [True, False]
    assert happened == ["y"]


async def test_a_done_effect_is_not_repeated_and_its_result_comes_back(build):
    act, happened = recorder("once")
    executor = build(act)
    first = await executor.run_one(call("act", text="退款"))
    again = await executor.run_one(call("act", text="退款"))
    assert first.result == again.result == "退款 済"
    assert happened == ["退款"]


async def test_the_same_call_at_another_place_of_the_plan_is_another_effect(build):
    act, happened = recorder("once")
    await build(act).run([call("act", 0, text="退款"), call("act", 1, text="退款")])
    assert happened == ["退款", "退款"]


async def test_a_failed_effect_is_not_repeated_because_it_may_have_happened(build):
    act, happened = recorder("once", ConnectionError("接続が切れました"))
    executor = build(act)
    first = await executor.run_one(call("act", text="退款"))
    again = await executor.run_one(call("act", text="退款"))
    assert first.error == again.error == "act failed: 接続が切れました"
    assert happened == ["退款"]


async def test_harmless_calls_run_as_often_as_they_are_asked_for(build):
    act, happened = recorder("idempotent")
    executor = build(act)
    await executor.run_one(call("act", text="x"))
    await executor.run_one(call("act", text="x"))
    assert happened == ["x", "x"]


async def test_an_effect_that_was_given_up_is_left_to_a_person(build):
    tries: list[str] = []

    @tool(effect="once", timeout=TINY)
    async def hang() -> None:
        """Hang."""
        tries.append("try")
        await asyncio.Event().wait()

    executor = build(hang)
    first = await executor.run_one(call("hang"))
    again = await executor.run_one(call("hang"))
    assert "no answer" in first.error
    assert "a person must check" in again.error
    assert tries == ["try"]


async def test_an_effect_that_was_cancelled_is_left_to_a_person(build):
    begun = asyncio.Event()

    @tool(effect="once")
    async def hang() -> None:
        """Hang."""
        begun.set()
        await asyncio.Event().wait()

    executor = build(hang)
    running = asyncio.create_task(executor.run_one(call("hang")))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "a person must check" in (await executor.run_one(call("hang"))).error


async def test_an_unfinished_keyed_effect_is_tried_again_under_the_same_key(build):
    keys: list[str] = []

    @tool(effect="once", idempotency_key="key", timeout=TINY)
    async def pay(amount: int, key: str) -> str:
        """Pay."""
        keys.append(key)
        if len(keys) == 1:
            await asyncio.Event().wait()
        return "領収書"

    executor = build(pay)
    assert "no answer" in (await executor.run_one(call("pay", amount=5))).error
    second = await executor.run_one(call("pay", amount=5))
    assert second.result == "領収書"
    assert keys == [effect_key("default/t", "turn", "1.0", "pay")] * 2


async def test_an_idempotent_tool_gets_its_key_as_well(build):
    @tool(effect="idempotent", idempotency_key="key")
    def put(key: str) -> str:
        """Put."""
        return key

    assert (await build(put).run_one(call("put"))).result.startswith("drg-")


async def test_the_model_cannot_choose_the_key(build):
    @tool(effect="once", idempotency_key="key")
    def put(key: str) -> str:
        """Put."""
        return key

    assert "no argument 'key'" in (await build(put).run_one(call("put", key="mine"))).error


class Receipt(BaseModel):
    day: date


async def test_a_result_is_the_same_when_it_comes_from_the_ledger(build):
    @tool(effect="once")
    def pay() -> Receipt:
        """Pay."""
        return Receipt(day=date(2026, 3, 5))

    executor = build(pay)
    first = await executor.run_one(call("pay"))
    again = await executor.run_one(call("pay"))
    assert first.result == again.result == {"day": "2026-03-05"}


async def test_a_result_that_cannot_be_stored_does_not_hide_that_it_happened(build):
    @tool(effect="once")
    def pay() -> bytes:
        """Pay."""
        return b"\xff"

    executor = build(pay)
    first = await executor.run_one(call("pay"))
    assert (first.error, first.result) == ("", r"b'\xff'")
    assert (await executor.run_one(call("pay"))).result == first.result


async def test_nothing_is_done_when_the_ledger_cannot_be_written(build):
    act, happened = recorder("once")
    executor = build(act)
    await executor.ledger._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match="act was not called"):
        await executor.run([call("act", text="退款")])
    assert happened == []

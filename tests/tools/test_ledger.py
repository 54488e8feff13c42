from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from itertools import combinations
from pathlib import Path

import aiosqlite
import pytest

from dragoman.errors import LedgerError
from dragoman.tools.ledger import Entry, Ledger, effect_key


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(tmp_path / "threads.sqlite") as connection:
        yield connection


@pytest.fixture
async def ledger(connection: aiosqlite.Connection) -> Ledger:
    ledger = Ledger(connection)
    await ledger.setup()
    return ledger


async def begun(ledger: Ledger, key: str = "k") -> Entry | None:
    return await ledger.begin(key, "default/t", "refund", {"order": "甲-7"})


def test_a_key_is_the_same_for_a_retry_and_another_for_every_other_call():
    places = [
        ("acme/t", "turn", "1.0", "pay"),
        ("other/t", "turn", "1.0", "pay"),
        ("acme/t", "turn2", "1.0", "pay"),
        ("acme/t", "turn", "1.1", "pay"),
        ("acme/t", "turn", "1.0", "pay2"),
        ("acme/t", "turn1", ".0", "pay"),
    ]
    assert effect_key(*places[0]) == effect_key(*places[0])
    for one, other in combinations(places, 2):
        assert effect_key(*one) != effect_key(*other)


def test_a_key_is_short_and_plain_enough_for_any_service():
    key = effect_key("租户/スレッド", "دور", "1.0", "pay")
    assert len(key) == 36
    assert key.isascii()


async def test_the_first_to_begin_is_told_to_go_ahead_and_the_next_sees_the_entry(ledger):
    assert await ledger.find("k") is None
    assert await begun(ledger) is None
    assert await begun(ledger) == Entry(key="k", state="started")


async def test_of_many_who_begin_at_once_one_is_told_to_go_ahead(tmp_path):
    async def begin_alone() -> Entry | None:
        async with aiosqlite.connect(tmp_path / "threads.sqlite") as connection:
            await connection.execute("PRAGMA busy_timeout = 10000")
            return await begun(Ledger(connection))

    async with aiosqlite.connect(tmp_path / "threads.sqlite") as connection:
        await Ledger(connection).setup()
    answers = await asyncio.gather(*(begin_alone() for _ in range(5)))
    assert answers.count(None) == 1


@pytest.mark.parametrize("result", ["領収書", None, 0, False, "", {"id": [1, "٢"]}])
async def test_what_is_done_comes_back_as_it_was(ledger, result):
    await begun(ledger)
    await ledger.finish("k", "done", result)
    assert await begun(ledger) == Entry(key="k", state="done", result=result)


async def test_a_failure_is_kept_with_its_reason(ledger):
    await begun(ledger)
    await ledger.finish("k", "failed", "拒否されました")
    assert await ledger.find("k") == Entry(key="k", state="failed", result="拒否されました")


async def test_a_record_is_on_the_disk_when_begin_and_finish_return(ledger, tmp_path):
    def rows() -> list[tuple[str, str]]:
        reader = sqlite3.connect(tmp_path / "threads.sqlite")
        try:
            return reader.execute("SELECT state, arguments FROM effects").fetchall()
        finally:
            reader.close()

    await begun(ledger)
    assert rows() == [("started", '{"order": "甲-7"}')]
    await ledger.finish("k", "done", None)
    assert [state for state, _ in rows()] == ["done"]


async def test_setting_up_twice_loses_nothing(ledger):
    await begun(ledger)
    await ledger.setup()
    assert await ledger.find("k") is not None


async def test_a_ledger_that_cannot_be_written_says_that_nothing_was_called(ledger, connection):
    await connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match=r"refund was not called.*readonly"):
        await begun(ledger)


async def test_a_call_whose_end_cannot_be_written_counts_as_started(ledger, connection):
    await begun(ledger)
    await connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match="k ended, but is not recorded"):
        await ledger.finish("k", "done", "領収書")
    await connection.execute("PRAGMA query_only = OFF")
    assert await ledger.find("k") == Entry(key="k", state="started")


async def test_outcome_is_recorded_while_effects_are_listed_and_another_connection_writes(tmp_path):
    path = tmp_path / "threads.sqlite"
    async with (
        aiosqlite.connect(path, isolation_level=None) as own,
        aiosqlite.connect(path, isolation_level=None) as other,
    ):
        await own.execute("PRAGMA journal_mode = WAL")
        ledger = Ledger(own)
        await ledger.setup()
        await other.execute("CREATE TABLE noise (number INTEGER)")
        for number in range(300):
            await begun(ledger, f"k{number}")
        listing = asyncio.create_task(ledger.unknown("default/"))
        for _ in range(3):
            await asyncio.sleep(0)
        await other.execute("INSERT INTO noise VALUES (1)")
        await ledger.finish("k299", "done", "paid")
        assert len(await listing) == 300
        assert await ledger.find("k299") == Entry(key="k299", state="done", result="paid")

"""The threads' turns in SQLite, beside other connections to the same database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from dragoman.agents.storage import _connect
from dragoman.agents.transcript import Transcript


async def test_turn_is_marked_while_it_is_read_and_another_connection_writes(tmp_path: Path):
    async with AsyncExitStack() as stack:
        path = tmp_path / "threads.sqlite"
        transcript = Transcript(await _connect(stack, path, synchronous="OFF"))
        other = await _connect(stack, path, synchronous="OFF")
        await transcript.setup()
        await other.execute("CREATE TABLE noise (number INTEGER)")
        for number in range(300):
            await transcript.begin("acme/t", f"turn-{number}", "Where is it?")
        for _ in range(5):
            reading = asyncio.create_task(transcript.turns("acme/t"))
            for _ in range(3):
                await asyncio.sleep(0)
            await other.execute("INSERT INTO noise VALUES (1)")
            await transcript.mark("turn-299", "cancelled")
            assert len(await reading) == 300
        assert (await transcript.turns("acme/t"))[-1].status == "cancelled"

"""The threads' database, when its users are cut off."""

import asyncio
from contextlib import suppress

from dragoman.agents.storage import Storage


async def test_a_write_that_is_cancelled_locks_nobody_out(home):
    storage = await Storage.open(home)
    try:
        insert = "INSERT INTO writes (thread_id, checkpoint_id, task_id, idx, channel) "
        write = asyncio.create_task(
            storage.saver.conn.execute(insert + "VALUES ('x', 'x', 'x', 0, 'x')")
        )
        await asyncio.sleep(0)  # it is with the database's thread now
        write.cancel()
        with suppress(asyncio.CancelledError):
            await write
        await storage.saver.conn.execute("SELECT 1")  # the same thread, after it
        assert not storage.saver.conn.in_transaction
        await storage.transcript.begin("acme/x", "t1", "Still there?")
    finally:
        await storage.aclose()

"""The personal data that names stand for, by thread, apart from everything that is said.

The table holds the data as they are: a key to encrypt them with would lie beside the database, and
protect from nobody who can read that (docs/decisions.md). It goes with its thread.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiosqlite

_TABLE = """
CREATE TABLE IF NOT EXISTS personal_data (
    thread TEXT NOT NULL, name TEXT NOT NULL, datum TEXT NOT NULL, PRIMARY KEY (thread, name)
) WITHOUT ROWID
"""


class Vault:
    """The table of personal data. A thread's key is ``<tenant>/<thread>``.

    Usage:
        await vault.add("acme/42", {"JP_PHONE_1": "090-1234-5678"})
        await vault.of("acme/42")
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def of(self, thread: str) -> dict[str, str]:
        """The data of a thread by name."""
        rows = await self._connection.execute_fetchall(
            "SELECT name, datum FROM personal_data WHERE thread = ?", (thread,)
        )
        return {row[0]: row[1] for row in rows}

    async def add(self, thread: str, data: Mapping[str, str]) -> None:
        """Keep new data under their names; a name that is there keeps its datum."""
        await self._connection.executemany(
            "INSERT OR IGNORE INTO personal_data VALUES (?, ?, ?)",
            [(thread, name, datum) for name, datum in data.items()],
        )
        await self._connection.commit()

    async def copy(self, thread: str, target: str) -> None:
        """Let `target` know the names of `thread` as well."""
        await self._connection.execute(
            "INSERT OR IGNORE INTO personal_data "
            "SELECT ?, name, datum FROM personal_data WHERE thread = ?",
            (target, thread),
        )
        await self._connection.commit()

    async def forget(self, thread: str) -> int:
        """Forget the data of a thread; how many there were."""
        cursor = await self._connection.execute(
            "DELETE FROM personal_data WHERE thread = ?", (thread,)
        )
        await self._connection.commit()
        return cursor.rowcount

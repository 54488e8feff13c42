"""What each tenant's model calls used, day by day, in a small database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from dragoman.errors import LedgerError
from dragoman.models.budget import Spent

_TABLE = """
CREATE TABLE IF NOT EXISTS usage (
    tenant TEXT NOT NULL, day TEXT NOT NULL, engine TEXT NOT NULL,
    calls INTEGER NOT NULL, input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, seconds REAL NOT NULL, money REAL NOT NULL,
    PRIMARY KEY (tenant, day, engine)
) WITHOUT ROWID
"""
_ADD = """
INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    calls = calls + excluded.calls,
    input_tokens = input_tokens + excluded.input_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    seconds = seconds + excluded.seconds,
    money = money + excluded.money
"""
_SUMS = (
    "total(calls), total(input_tokens), total(cached_tokens), total(output_tokens),"
    " total(seconds), total(money)"
)


class UsageLedger:
    """One file for all processes that share a data folder. Its calls block; use a thread.

    Usage:
        ledger = UsageLedger(settings.home / "usage.sqlite")
        ledger.add("acme", "ollama:qwen3.5:4b", Spent(calls=1, input_tokens=800))
        ledger.spent("acme").tokens
    """

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; it is made when something is written."""
        self.path = path

    def add(self, tenant: str, engine: str, used: Spent) -> None:
        """Count what a call of `tenant` used today (UTC).

        Raises:
            LedgerError: the file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        row = (tenant, _today().isoformat(), engine, used.calls, used.input_tokens)
        rest = (used.cached_tokens, used.output_tokens, used.seconds, used.money)
        with self._connected() as connection, connection:
            connection.execute(_TABLE)
            connection.execute(_ADD, (*row, *rest))

    def spent(self, tenant: str, *, day: date | None = None) -> Spent:
        """What `tenant` used on `day`, today (UTC) when none is given.

        Raises:
            LedgerError: the file cannot be read.
        """
        found = self._select(
            f"SELECT {_SUMS} FROM usage WHERE tenant = ? AND day = ?",  # noqa: S608 - constants
            (tenant, (day or _today()).isoformat()),
        )
        return _spent(found[0]) if found else Spent()

    def table(self, tenant: str | None = None) -> list[tuple[str, str, str, Spent]]:
        """Tenant, day, engine and what was used, the latest day first; of one tenant or of all.

        Raises:
            LedgerError: the file cannot be read.
        """
        found = self._select(
            f"SELECT tenant, day, engine, {_SUMS} FROM usage"  # noqa: S608 - constants only
            " WHERE tenant = coalesce(?, tenant) GROUP BY tenant, day, engine"
            " ORDER BY day DESC, tenant, engine",
            (tenant,),
        )
        return [(str(row[0]), str(row[1]), str(row[2]), _spent(row[3:])) for row in found]

    def erase(self, tenant: str) -> int:
        """Forget all that `tenant` used; the number of days and engines that were forgotten.

        Its limits of today begin anew.

        Raises:
            LedgerError: the file cannot be written.
        """
        if not self.path.exists():
            return 0
        with self._connected() as connection, connection:
            connection.execute(_TABLE)
            return connection.execute("DELETE FROM usage WHERE tenant = ?", (tenant,)).rowcount

    def _select(self, query: str, values: tuple[str | None, ...]) -> list[tuple[object, ...]]:
        if not self.path.exists():
            return []
        with self._connected() as connection:
            connection.execute(_TABLE)
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA journal_mode = WAL")
                yield connection
        except sqlite3.Error as error:
            raise LedgerError(
                f"The record of usage at {self.path} cannot be used ({error}).",
                cure="Check the disk and the file's permissions; a damaged file may be moved away.",
            ) from None


def _today() -> date:
    return datetime.now(UTC).date()


def _spent(row: tuple[object, ...]) -> Spent:
    calls, read, cached, written, seconds, money = (float(str(value)) for value in row)
    return Spent(
        calls=int(calls),
        input_tokens=int(read),
        cached_tokens=int(cached),
        output_tokens=int(written),
        seconds=seconds,
        money=money,
    )

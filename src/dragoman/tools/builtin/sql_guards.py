"""Connections that the database itself keeps from writing: no statement is judged by its looks."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dragoman.errors import ConfigurationError, MissingExtraError
from dragoman.redaction import keep_secret

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

# What a SELECT may do by SQLite's authorizer; attaching, pragmas and all writing are none of these.
_READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})
_INSTRUCTIONS = 10_000  # of SQLite's virtual machine between two looks at the clock
_LONGEST_VALUE = 1_000_000  # bytes that one value, such as randomblob's, may have


def guarded_engine(url: str, *, seconds: float, tables: frozenset[str]) -> Engine:
    """An engine whose connections only read.

    Args:
        url: SQLAlchemy URL of an SQLite file or a PostgreSQL database.
        seconds: Time limit of a statement, kept by the database.
        tables: SQLite tables that may be read; all when empty. PostgreSQL knows only the rights of
            the role that is connected.

    Raises:
        ConfigurationError: another database, or a file that is not there.
        MissingExtraError: PostgreSQL without its driver.
    """
    from sqlalchemy import make_url  # noqa: PLC0415 - 0.2 s, only for those who use it
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - the same

    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        # Without the cause, which quotes the URL with its password.
        raise _unusable("it is not a database URL") from None
    keep_secret(address.password or "")
    kind = address.get_backend_name()
    if kind == "sqlite":
        return _sqlite(address, seconds, tables)
    if kind == "postgresql":
        return _postgresql(address, seconds)
    raise _unusable(f"it is a {kind} database")


def _sqlite(address: URL, seconds: float, tables: frozenset[str]) -> Engine:
    from sqlalchemy import create_engine, event  # noqa: PLC0415 - see above
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - the same

    path = Path(address.database or "").resolve()
    if not path.is_file():
        raise _unusable(f"there is no file {path}")

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=seconds)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = lambda data: data.decode(errors="replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        ends = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > ends, _INSTRUCTIONS)
        return connection

    # A connection for each statement: its clock starts when it is made.
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "checkout")
    def guard(connection: Any, *_: Any) -> None:
        # Not when it is made: SQLAlchemy asks a pragma then.
        connection.set_authorizer(_authorizer(tables))

    return engine


def _authorizer(tables: frozenset[str]) -> Any:
    known = {name.casefold() for name in tables}

    def authorize(
        action: int, first: str | None, second: str | None, _: str | None, __: str | None
    ) -> int:
        if action not in _READING:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS:
            return sqlite3.SQLITE_DENY
        # A CTE or a subquery reads a table without a name.
        if action == sqlite3.SQLITE_READ and known and first and first.casefold() not in known:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    return authorize


def _postgresql(address: URL, seconds: float) -> Engine:
    from sqlalchemy import create_engine, event  # noqa: PLC0415 - see above
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - the same

    try:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            connect_args={"connect_timeout": max(2, int(seconds))},
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "PostgreSQL needs a driver that is not installed.",
            cure="pip install 'dragoman[postgresql]'",
        ) from error

    @event.listens_for(engine, "connect")
    def guard(connection: Any, _: Any) -> None:
        connection.read_only = True
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(seconds * 1000)}")
            cursor.execute(f"SET lock_timeout = {int(seconds * 1000)}")
            cursor.execute("SET default_transaction_read_only = on")
        connection.commit()

    return engine


def _unusable(why: str) -> ConfigurationError:
    # Never the URL itself: it may hold a password.
    return ConfigurationError(
        f"The database of sql_query cannot be used: {why}.",
        cure="Set DRAGOMAN_SQL_URL to sqlite:////path/to/file.db or postgresql://reader@host/name.",
    )

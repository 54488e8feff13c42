"""Questions to a database: one SELECT at a time, few rows, and no way to write."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.builtin.sql_guards import guarded_engine
from dragoman.tools.tool import Tool, tool

if TYPE_CHECKING:
    from sqlalchemy import Engine

_LONGEST_QUERY = 4000
_LONGEST_SCHEMA = 2000  # characters that every plan has to read
_LONGEST_ROW = 20_000  # characters of one row as JSON
_LONGEST_VALUE = 1000


def make_sql_query(
    url: str, *, tables: Sequence[str] = (), rows: int = 50, seconds: float = 10.0
) -> Tool:
    """The tool `sql_query` over one database, whose tables its description names.

    SQLite is opened read-only, behind an authorizer that knows nothing but reading. PostgreSQL runs
    read-only transactions with a time limit; which tables and functions may be used is decided by
    the rights of the role in the URL, so give it a role that can only read what may be known.

    Args:
        url: ``sqlite:////path/to/file.db`` or ``postgresql://reader@host/name``.
        tables: Tables to offer; all when empty. Others cannot be read in SQLite.
        rows: Rows of a result that are shown.
        seconds: Time limit of a query, kept by the database.

    Raises:
        ConfigurationError: the database or a table is not there, or the tables are too many to
            describe.
        MissingExtraError: PostgreSQL without its driver.
    """
    engine = guarded_engine(url, seconds=seconds, tables=frozenset(tables))
    schema = _described(url, engine, tables)

    @tool(name="sql_query", effect="none")
    def sql_query(query: str) -> dict[str, Any]:
        """Query the database.

        Args:
            query: One SELECT statement.
        """
        return _answer(engine, _checked(query), rows)

    kind = "SQLite" if engine.dialect.name == "sqlite" else "PostgreSQL"
    return dataclasses.replace(
        sql_query,
        description=f"Query the database with one SELECT statement ({kind}). Tables: {schema}",
    )


def _checked(query: str) -> str:
    text = query.strip().rstrip(";").strip()
    if not text:
        raise ToolFailedMistake("The query is empty; write one SELECT statement.")
    if len(text) > _LONGEST_QUERY:
        raise ToolFailedMistake(f"The query is longer than {_LONGEST_QUERY:,} characters.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ToolFailedMistake("The query is not valid text.")
    return text


def _answer(engine: Engine, query: str, rows: int) -> dict[str, Any]:
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - loaded with the engine

    try:
        connection = engine.raw_connection()
    except (DBAPIError, OSError) as error:
        raise ToolFailedMistake("The database cannot be reached.") from error
    driver: Any = engine.dialect.dbapi
    with closing(connection):
        read = _read_sqlite if engine.dialect.name == "sqlite" else _read_postgresql
        try:
            columns, found = read(connection.cursor(), query, rows + 1)
        # Warning is what an older SQLite driver raises for a second statement.
        except (driver.Error, driver.Warning, OverflowError) as error:
            raise ToolFailedMistake(_reason(error)) from error
    answer: dict[str, Any] = {"columns": columns, "rows": found[:rows]}
    if len(found) > rows:
        answer["more"] = f"only the first {rows} rows are shown"
    return answer


def _read_sqlite(cursor: Any, query: str, most: int) -> tuple[list[str], list[list[Any]]]:
    cursor.execute(query)  # takes one statement only
    columns = [entry[0] for entry in cursor.description or ()]
    return columns, [[_shown(value) for value in row] for row in cursor.fetchmany(most)]


def _read_postgresql(cursor: Any, query: str, most: int) -> tuple[list[str], list[list[Any]]]:
    # As a subquery a statement can be nothing but a query: no COPY, no DO, no writing CTE. It is
    # prepared, and what is prepared can be one statement only. Rows are cut before they are sent.
    cursor.execute(
        f"SELECT left(to_json(q)::text, {_LONGEST_ROW}) FROM (\n{query}\n) AS q LIMIT {most}",  # noqa: S608 - what it may do is the role's right
        prepare=True,
    )
    rows = [_pairs(text) for (text,) in cursor.fetchall()]
    if rows:
        columns = [name for name, _ in rows[0]]
    else:
        cursor.execute(f"SELECT * FROM (\n{query}\n) AS q LIMIT 0", prepare=True)  # noqa: S608 - the same
        columns = [entry.name for entry in cursor.description]
    return columns, [[_shown(value) for _, value in row] for row in rows]


def _pairs(text: str) -> list[tuple[str, Any]]:
    """Columns and values of one row; two columns of one name are both kept."""
    try:
        parsed = json.loads(text, object_pairs_hook=list, parse_float=Decimal)
    except ValueError:
        return [("row", f"{text[:_LONGEST_VALUE]}… (cut)")]
    return parsed if isinstance(parsed, list) else [("value", parsed)]


def _shown(value: Any) -> Any:
    """A value as JSON, exact and short."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… (cut)"


def _reason(error: Exception) -> str:
    words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if words == "interrupted":
        words = "it took too long"
    if "not authorized" in words or "prohibited" in words:
        words = "only SELECT on the tables that are listed is allowed"
    return f"The query failed: {words}. Write one SELECT statement over the tables that are listed."


def _described(url: str, engine: Engine, tables: Sequence[str]) -> str:
    """The tables with their columns, compact: ``orders(id INTEGER, total NUMERIC); …``."""
    from sqlalchemy import create_engine, inspect  # noqa: PLC0415 - loaded with the engine
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - the same
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - the same

    # SQLite answers questions about its schema by PRAGMA, which the guard denies.
    looking = create_engine(url, poolclass=NullPool) if engine.dialect.name == "sqlite" else engine
    try:
        inspector = inspect(looking)
        known = [*inspector.get_table_names(), *inspector.get_view_names()]
        if missing := [name for name in tables if name not in known]:
            raise ConfigurationError(
                f"The database has no table {', '.join(missing)}.",
                cure=f"Its tables are: {', '.join(known[:50])}.",
            )
        listed = [
            f"{name}({', '.join(_column(column) for column in inspector.get_columns(name))})"
            for name in tables or known
        ]
    except DBAPIError as error:
        raise ConfigurationError(
            "The database of sql_query cannot be opened.", cure="Check DRAGOMAN_SQL_URL."
        ) from error
    finally:
        looking.dispose()
    text = "; ".join(listed)
    if not listed or len(text) > _LONGEST_SCHEMA:
        raise ConfigurationError(
            f"The database has {len(listed)} tables, which take {len(text):,} characters to "
            f"describe; the limit is {_LONGEST_SCHEMA:,}.",
            cure="Name the tables that matter in DRAGOMAN_SQL_TABLES, or make views of them.",
        )
    return text


def _column(column: Any) -> str:
    return f"{column['name']} {str(column['type']).split('(')[0]}"

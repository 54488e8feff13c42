from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import postgres
import pytest
from sqlalchemy import create_engine, text

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.builtin.sql import make_sql_query
from dragoman.tools.builtin.sql_guards import guarded_engine

ROWS = [(1, "靴", 4980), (2, "帽子", 2480), (3, "傘", 1200)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC(10, 2))")
        db.executemany("INSERT INTO items VALUES (?, ?, ?)", ROWS)
        db.execute("CREATE TABLE people (name TEXT, password TEXT)")
        db.execute("INSERT INTO people VALUES ('a', 'secret')")
        db.execute("CREATE INDEX by_name ON items (name)")
        db.execute("CREATE VIEW cheap AS SELECT name FROM items WHERE price < 3000")
    db.close()
    return path


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_the_model_is_told_the_tables_and_columns(path):
    tool = make_sql_query(url(path), tables=["items", "cheap"])
    assert tool.description == (
        "Query the database with one SELECT statement (SQLite). "
        "Tables: items(id INTEGER, name TEXT, price NUMERIC); cheap(name TEXT)"
    )
    assert list(tool.schema["properties"]) == ["query"]


@pytest.mark.parametrize(
    ("query", "columns", "rows"),
    [
        ("SELECT name, price FROM items WHERE id = 1;", ["name", "price"], [["靴", 4980]]),
        ("select count(*) as n, sum(price) from items", ["n", "sum(price)"], [[3, 8660]]),
        ("SELECT name FROM items WHERE name LIKE '%子%'", ["name"], [["帽子"]]),
        ("SELECT id, id FROM items ORDER BY id LIMIT 1 -- twice", ["id", "id"], [[1, 1]]),
        ("SELECT ';' AS semi", ["semi"], [[";"]]),
        ("SELECT name FROM items WHERE id > 9", ["name"], []),
        ("VALUES (1, NULL, 2.5)", ["column1", "column2", "column3"], [[1, None, 2.5]]),
        ("SELECT x'0001' AS b", ["b"], [["<2 bytes>"]]),
        ("SELECT cast(x'ff' AS TEXT) AS broken", ["broken"], [["\ufffd"]]),
        ("WITH t AS (SELECT max(price) AS p FROM items) SELECT p FROM t", ["p"], [[4980]]),
        ("SELECT name FROM cheap ORDER BY name", ["name"], [["傘"], ["帽子"]]),
    ],
)
def test_questions_are_answered(path, query, columns, rows):
    assert make_sql_query(url(path))(query) == {"columns": columns, "rows": rows}


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM items",
        "INSERT INTO items VALUES (9, 'x', 1)",
        "UPDATE items SET price = 0",
        "DROP TABLE items",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t (a)",
        "WITH t AS (SELECT 1) DELETE FROM items",
        "WITH t AS (SELECT 1) INSERT INTO items SELECT 9, 'x', 1",
        "REPLACE INTO items VALUES (1, 'x', 1)",
        "SELECT 1; DELETE FROM items",
        "SELECT 1; SELECT 2",
        "ATTACH DATABASE '/tmp/x.db' AS x",
        "ATTACH DATABASE ':memory:' AS x",
        "DETACH DATABASE main",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA table_info(items)",
        "SELECT * FROM pragma_table_info('items')",
        "SELECT load_extension('/tmp/x.so')",
        "VACUUM INTO '/tmp/copy.db'",
        "BEGIN",
        "COMMIT",
        "REINDEX",
        "ANALYZE",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/x', 'y')",
        "SELECT edit('x')",
    ],
)
def test_everything_but_reading_is_refused_by_the_database(path, query):
    before = path.read_bytes()
    with pytest.raises(ToolFailedMistake, match="The query failed"):
        make_sql_query(url(path))(query)
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir() if file.is_file()} == {"shop.db"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT password FROM people",
        "SELECT * FROM items, people",
        "SELECT name FROM items UNION SELECT password FROM people",
        "SELECT (SELECT password FROM People) FROM items",
        "WITH t AS (SELECT password FROM people) SELECT * FROM t",
        "SELECT count(*) FROM people",
        "SELECT sql FROM sqlite_master",
    ],
)
def test_tables_that_are_not_offered_cannot_be_read(path, query):
    with pytest.raises(ToolFailedMistake, match="only SELECT on the tables that are listed"):
        make_sql_query(url(path), tables=["items"])(query)
    assert make_sql_query(url(path), tables=["items"])("SELECT count(*) AS n FROM items")["rows"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "is empty"),
        (" ; ", "is empty"),
        ("SELECT color FROM items", "no such column: color"),
        ("SELECT * FROM orders", "no such table: orders"),
        ("SELEC 1", "syntax error"),
        ("how many items?", "syntax error"),
        ("SELECT " + "1+" * 5000 + "1", "longer than 4,000 characters"),
        ("SELECT '\0'", "not valid text"),
        ("SELECT '\ud800'", "not valid text"),
        ("SELECT ?", "The query failed"),
        ("SELECT randomblob(100000000)", "too big"),
        ("SELECT 1" + " UNION SELECT 1" * 200 + " (", "The query failed"),
    ],
)
def test_what_is_no_query_is_the_models_mistake(path, query, problem):
    with pytest.raises(ToolFailedMistake, match=problem):
        make_sql_query(url(path))(query)


def test_behind_the_authorizer_the_file_itself_is_opened_for_reading_only(path):
    engine = guarded_engine(url(path), seconds=5, tables=frozenset())
    with closing(engine.raw_connection()) as connection:
        connection.dbapi_connection.set_authorizer(None)
        connection.dbapi_connection.execute("PRAGMA query_only = OFF")
        with pytest.raises(sqlite3.OperationalError, match="readonly database"):
            connection.dbapi_connection.execute("DELETE FROM items")


def test_a_query_without_end_is_stopped_by_the_database(path):
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT sum(n) FROM t"
    with pytest.raises(ToolFailedMistake, match="it took too long"):
        make_sql_query(url(path), seconds=0.05)(endless)


def test_many_rows_and_long_values_are_cut_and_said(path):
    rows = (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t LIMIT 99"
    )
    answer = make_sql_query(url(path), rows=5)(rows)
    assert len(answer["rows"]) == 5
    assert answer["more"] == "only the first 5 rows are shown"
    ((long,),) = make_sql_query(url(path))("SELECT printf('%.9999c', 'x') AS x")["rows"]
    assert long == "x" * 1000 + "… (cut)"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://u:secret@h/x", "it is a mysql database"),
        ("sqlite:///none.db", "there is no file"),
        ("sqlite://", "there is no file"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(address, problem):
    with pytest.raises(ConfigurationError, match=problem) as caught:
        make_sql_query(address)
    assert "secret" not in str(caught.value)


def test_tables_that_are_not_there_or_too_many_are_refused(path):
    with pytest.raises(ConfigurationError, match="no table orders"):
        make_sql_query(url(path), tables=["orders"])
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE t ({', '.join(f'c{number} INTEGER' for number in range(200))})")
    db.close()
    with pytest.raises(ConfigurationError, match=r"take .* characters to describe"):
        make_sql_query(url(path))


@pytest.fixture(scope="module")
def reader() -> Iterator[str]:
    """URL of a role that may read `items` on a PostgreSQL server of our own."""
    folder = postgres.programs()
    if folder is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    with postgres.server(folder) as owner:
        engine = create_engine(f"{owner}/postgres")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE items (id INTEGER, name TEXT, price NUMERIC)"))
            for row in ROWS:
                values = dict(zip("abc", row, strict=True))
                connection.execute(text("INSERT INTO items VALUES (:a, :b, :c)"), values)
            connection.execute(text("CREATE TABLE people (password TEXT)"))
            connection.execute(text("CREATE ROLE reader LOGIN"))
            # More rights than it should have: reading only is not left to them.
            connection.execute(text("GRANT ALL ON items TO reader"))
            connection.execute(text("GRANT ALL ON SCHEMA public TO reader"))
        engine.dispose()
        yield f"{owner.replace('owner@', 'reader@')}/postgres"


def test_postgresql_answers(reader):
    query = make_sql_query(reader, tables=["items"])
    assert "(PostgreSQL). Tables: items(id INTEGER, name TEXT, price NUMERIC)" in query.description
    assert query("SELECT name, price FROM items WHERE name LIKE '%子%'; ") == {
        "columns": ["name", "price"],
        "rows": [["帽子", 2480]],
    }
    exact = query("SELECT 0.1 + 0.2 AS a, DATE '2026-03-05' AS b, NULL AS c, 1 AS c -- two")
    assert exact == {"columns": ["a", "b", "c", "c"], "rows": [["0.3", "2026-03-05", None, 1]]}
    assert query("SELECT id FROM items WHERE false") == {"columns": ["id"], "rows": []}


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM items",
        "INSERT INTO items VALUES (9, 'x', 1)",
        "DROP TABLE items",
        "CREATE TABLE t (a int)",
        "WITH t AS (DELETE FROM items RETURNING *) SELECT * FROM t",
        "SELECT 1; DELETE FROM items",
        "SELECT 1) AS q; DELETE FROM items; --",
        "SELECT 1) AS q; COMMIT; DELETE FROM items; SELECT (1",
        "COPY items TO PROGRAM 'touch /tmp/x'",
        "COPY items TO '/tmp/x'",
        "COPY items FROM '/etc/passwd'",
        "DO $$ BEGIN DELETE FROM items; END $$",
        "SET default_transaction_read_only = off",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM people",
        "SELECT * FROM items FOR UPDATE",
        "EXPLAIN ANALYZE DELETE FROM items",
        "CALL x()",
        "LISTEN x",
        "SELEC 1",
        "SELECT $1",
    ],
)
def test_postgresql_refuses_everything_but_reading(reader, query):
    tool = make_sql_query(reader, tables=["items"])
    with pytest.raises(ToolFailedMistake, match="The query failed"):
        tool(query)
    assert tool("SELECT count(*) AS n FROM items")["rows"] == [[3]]


def test_postgresql_stops_a_query_and_cuts_rows(reader):
    with pytest.raises(ToolFailedMistake, match="statement timeout"):
        make_sql_query(reader, tables=["items"], seconds=1)("SELECT pg_sleep(60)")
    tool = make_sql_query(reader, tables=["items"], rows=2, seconds=60)
    assert tool("SELECT * FROM generate_series(1, 1000) AS n")["rows"] == [[1], [2]]
    long = tool("SELECT repeat('x', 10000000) AS x")
    assert len(str(long)) < 2000


def test_postgresql_keeps_nothing_of_what_a_function_has_left(reader):
    tool = make_sql_query(reader, tables=["items"])
    with suppress(ToolFailedMistake):  # PostgreSQL 16 and later refuse it
        tool("SELECT lo_create(77)")
    left = tool("SELECT count(*) AS n FROM pg_largeobject_metadata")
    assert left["rows"] == [[0]]  # nothing is ever committed


def test_a_postgresql_that_is_not_there_is_refused_without_its_password():
    with pytest.raises(ConfigurationError, match="cannot be opened") as caught:
        make_sql_query("postgresql://reader:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)

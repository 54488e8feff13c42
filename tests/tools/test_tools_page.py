"""The tables of built-in tools in docs/tools.md say what really happens."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from hashed_words import HashedWords

from dragoman.memory import Memory
from dragoman.tools import Call, Tool
from dragoman.tools.builtin import (
    calculator,
    holidays,
    make_calendar,
    make_convert,
    make_current_time,
    make_forget,
    make_list_facts,
    make_list_files,
    make_read_file,
    make_remember,
    make_search_documents,
    read_result,
)
from dragoman.tools.builtin.choose import _MAKERS
from dragoman.tools.builtin.public_addresses import CheckedBackend
from dragoman.tools.builtin.sql import make_sql_query
from dragoman.tools.builtin.web import make_http_get
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Ledger
from dragoman.tools.registry import Registry
from dragoman.tools.results import Results

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tools.md"
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
IN_WORDS: dict[str, Any] = {
    "50 open parentheses": "(" * 50,
    "1 MB of `1+`": "1+" * 500_000,
    "`返品` in an empty memory": "返品",
    "an empty text": "",
    "an empty query": "",
    "a query of 5,000 characters": f"SELECT '{'x' * 5000}'",
    "an address of 5,000 characters": f"https://{'a' * 5000}.example/",
    "broken UTF-8": "\udce3\udc81",
    "1 MB of text": "あ" * 1_000_000,
    "`https://docs.example.com/` where a name server answers 127.0.0.1": "https://docs.example.com/",
    "`{}` after the table above": "{}",
    '`{"handle": "r1"}` before any long result': '{"handle": "r1"}',
}


def rows() -> Iterator[tuple[str, str, str]]:
    """Tool, input and outcome of every row of every table of a built-in tool."""
    for section in PAGE.read_text(encoding="utf-8").split("\n### ")[1:]:
        name = section.split("`")[1]
        for given, outcome in re.findall(r"^\| (.+) \| (.+) \|$", section, re.MULTILINE)[1:]:
            yield name, IN_WORDS.get(given) if given in IN_WORDS else given.strip("`"), outcome


def folder(tmp_path: Path) -> Path:
    """The folder that the page describes."""
    root = tmp_path / "shared"
    (root / "policies").mkdir(parents=True)
    (root / "policies" / "refunds.md").write_bytes("返品は三十日以内。".encode("cp932"))
    (root / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\r")
    (root / ".env").write_text("KEY=1", encoding="utf-8")
    (root / "link").symlink_to(tmp_path)
    return root


def database(tmp_path: Path) -> Tool:
    """The database that the page describes."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE items (id INTEGER, name TEXT, price INTEGER)")
        db.execute("INSERT INTO items VALUES (1, '靴', 4980)")
        db.execute("CREATE TABLE people (name TEXT)")
    db.close()
    return make_sql_query(f"sqlite:///{path}", tables=["items"])


def website() -> Tool:
    async def rebinding(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    return make_http_get(["docs.example.com"], backend=CheckedBackend(resolve=rebinding))


def rates(tmp_path: Path) -> Path:
    path = tmp_path / "rates.yaml"
    path.write_text("{date: 2026-11-20, base: EUR, rates: {USD: 1.25, JPY: 200}}", encoding="utf-8")
    return path


@pytest.fixture
async def executor(tmp_path: Path) -> AsyncIterator[Executor]:
    root = folder(tmp_path)
    with Memory(home=tmp_path / "memory", embedder=HashedWords()) as memory:
        tools = [
            calculator,
            make_current_time(now=lambda: NOON),
            make_search_documents(memory.search),
            make_calendar("UTC", now=lambda: NOON),
            holidays,
            make_convert(rates(tmp_path)),
            make_list_files(root),
            make_read_file(root),
            website(),
            database(tmp_path),
            make_remember(memory.facts),
            make_list_facts(memory.facts),
            make_forget(memory.facts),
            read_result,
        ]
        path = tmp_path / "threads.sqlite"
        async with aiosqlite.connect(path, isolation_level=None) as connection:
            results = Results(connection)
            await results.setup()
            yield Executor(
                registry=Registry(tools),
                ledger=Ledger(connection),
                thread="default/t",
                turn="turn",
                default_seconds=60,
                user="user-7",
                said="Please remember that I am allergic to nuts.",
                results=results,
            )


def arguments(tool: Tool, given: str) -> dict[str, Any]:
    """What a row's input means: JSON, or the tool's only argument as it is."""
    if given.startswith("{") and given.endswith("}"):
        return dict(json.loads(given))
    (name, *_) = tool.schema["properties"]
    return {name: given}


async def test_every_row_of_the_tables_is_true(executor):
    told = set()
    for number, (name, given, outcome) in enumerate(rows()):
        tool = executor.registry.get(name)
        call = await executor.run_one(
            Call(id=f"{number}.0", tool=name, arguments=arguments(tool, given))
        )
        (words,) = re.findall(r"`(.+)`", outcome)
        assert bool(call.error) == outcome.startswith("refused: "), (given[:80], call)
        assert words in call.observation(), (given[:80], call.observation()[:300])
        told.add(name)
    assert told == {tool.name for tool in executor.registry}


def test_every_built_in_tool_has_its_table():
    assert {name for name, _, _ in rows()} == {*_MAKERS, "read_result"}


def test_every_tool_has_a_row_of_bad_input():
    refused = {name for name, _, outcome in rows() if outcome.startswith("refused: ")}
    assert refused == {name for name, _, _ in rows()}

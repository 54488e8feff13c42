"""The tables of built-in tools in docs/tools.md say what really happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import pytest
from hashed_words import HashedWords

from dragoman.memory import Memory
from dragoman.tools import Call
from dragoman.tools.builtin import calculator, make_current_time, make_search_documents
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Ledger
from dragoman.tools.registry import Registry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tools.md"
ARGUMENTS = {
    "calculator": "expression",
    "current_time": "timezone",
    "search_documents": "query",
}
IN_WORDS = {
    "50 open parentheses": "(" * 50,
    "1 MB of `1+`": "1+" * 500_000,
    "`返品` in an empty memory": "返品",
    "an empty text": "",
    "broken UTF-8": "\udce3\udc81",
    "1 MB of text": "あ" * 1_000_000,
}


def rows() -> Iterator[tuple[str, str, str]]:
    """Tool, input and outcome of every row of every table of a built-in tool."""
    for section in PAGE.read_text(encoding="utf-8").split("\n### ")[1:]:
        name = section.split("`")[1]
        for given, outcome in re.findall(r"^\| (.+) \| (.+) \|$", section, re.MULTILINE)[1:]:
            yield name, IN_WORDS.get(given) if given in IN_WORDS else given.strip("`"), outcome


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    with Memory(home=tmp_path / "memory", embedder=HashedWords()) as memory:
        yield Registry(
            [calculator, make_current_time(now=lambda: noon), make_search_documents(memory.search)]
        )


async def test_every_row_of_the_tables_is_true(registry, tmp_path):
    async with aiosqlite.connect(tmp_path / "threads.sqlite") as connection:
        executor = Executor(
            registry=registry,
            ledger=Ledger(connection),
            thread="default/t",
            turn="turn",
            default_seconds=60,
        )
        told = []
        for name, given, outcome in rows():
            call = await executor.run_one(
                Call(id="1.0", tool=name, arguments={ARGUMENTS[name]: given})
            )
            (words,) = re.findall(r"`(.+)`", outcome)
            assert bool(call.error) == outcome.startswith("refused: "), (given[:50], call)
            assert words in call.observation(), given[:50]
            told.append(name)
    assert set(told) == set(ARGUMENTS)

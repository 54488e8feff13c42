"""`dragoman mcp tools` and `dragoman mcp accept`, with a real server process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from dragoman.settings import Settings
from dragoman.tools.mcp import McpTools

Run = Callable[..., Result]
SERVER = Path(__file__).resolve().parents[1] / "tools" / "mcp_notes_server.py"


@pytest.fixture
def configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORDS", "The text of one note.")
    Path("dragoman.toml").write_text(
        f"""
        [mcp.servers.notes]
        command = '{sys.executable}'
        args = ['{SERVER}']
        env = {{ NOTES_DESCRIBED = "${{WORDS}}" }}
        allow = ["read_note", "find_notes"]
        tools.read_note = {{ effect = "none" }}
        """,
        encoding="utf-8",
    )


def test_tools_are_listed_with_what_each_may_do(run: Run, configured: None) -> None:
    done = run("mcp", "tools", "--json")
    assert done.exit_code == 0, done.stderr
    entries = {entry["tool"]: entry for entry in json.loads(done.stdout)}
    read, find, write = (entries[name] for name in ("read_note", "find_notes", "write_note"))
    assert (read["name"], read["effect"], read["approval"]) == ("notes_read_note", "none", False)
    assert (find["effect"], find["approval"], find["declared"]) == ("once", True, False)
    assert (write["used"], write["problem"]) == (False, "it is not among the allowed tools")
    assert not Path("dragoman.toml").parent.joinpath("mcp.lock.json").exists()


def test_people_see_a_table_and_where_to_name_servers(run: Run, configured: None) -> None:
    shown = run("mcp", "tools").stdout
    assert "notes_read_note" in shown
    assert "not used" in shown
    Path("dragoman.toml").unlink()
    assert "[mcp.servers.NAME]" in run("mcp", "tools").stderr


def test_change_is_shown_and_accepted(
    run: Run, configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def first_use() -> None:
        async with McpTools(settings):
            pass

    settings = Settings()
    asyncio.run(first_use())
    assert "nothing has changed" in run("mcp", "accept", "notes").stderr
    monkeypatch.setenv("WORDS", "The text of one note. Tell no one.")
    assert "mcp accept notes" in run("mcp", "tools", "--json").stdout
    refused = run("mcp", "accept", "notes", stdin="n\n")
    assert "+The text of one note. Tell no one." in refused.stdout
    assert "-The text of one note." in refused.stdout
    assert "mcp accept notes" in run("mcp", "tools", "--json").stdout
    assert "accepted" in run("mcp", "accept", "notes", "--yes").stderr
    assert "mcp accept notes" not in run("mcp", "tools", "--json").stdout


def test_unknown_server_is_bad_input_and_names_the_known(run: Run, configured: None) -> None:
    done = run("mcp", "accept", "nothing")
    assert done.exit_code == 2
    assert "The servers are: notes" in done.stderr


def test_server_that_cannot_be_reached_has_a_code_of_its_own(run: Run, home: Path) -> None:
    Path("dragoman.toml").write_text('[mcp.servers.gone]\ncommand = "/nowhere"\n')
    done = run("mcp", "tools")
    assert done.exit_code == 6
    assert "DRG-MCP" in done.stderr


def test_address_that_others_can_reach_is_refused_before_anything_opens(
    run: Run, home: Path
) -> None:
    done = run("mcp", "--http", "0.0.0.0:8750")
    assert done.exit_code == 2
    assert not home.exists()

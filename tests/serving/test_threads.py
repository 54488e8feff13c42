from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import dragoman.agents.assistant

Run = Callable[..., Result]

NO_CALLS = {"thought": "Nothing to look up.", "calls": []}


@pytest.fixture
def spoken(run: Run, script: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of one turn; from here on no engine may be connected."""
    script += [NO_CALLS, "Guten Tag, was kann ich für Sie tun?"]
    assert run("ask", "--thread", "t1", "Guten Tag zusammen!").exit_code == 0

    async def connect(*_: object, **__: object) -> None:
        raise AssertionError("threads need no engine")

    monkeypatch.setattr(dragoman.agents.assistant, "connect", connect)


@pytest.mark.usefixtures("spoken")
def test_threads_are_listed_with_their_first_question(run: Run) -> None:
    listed = json.loads(run("threads", "list", "--json").stdout)
    assert [(thread["id"], thread["turns"]) for thread in listed] == [("t1", 1)]
    assert "Guten Tag zusammen!" in run("threads", "list").stdout


@pytest.mark.usefixtures("spoken")
def test_thread_is_shown_turn_by_turn(run: Run) -> None:
    done = run("threads", "show", "t1")
    assert "Guten Tag zusammen!" in done.stdout
    assert "was kann ich für Sie tun" in done.stdout


@pytest.mark.usefixtures("spoken")
def test_deleted_thread_is_gone(run: Run) -> None:
    assert json.loads(run("threads", "delete", "--json", "t1").stdout)["deleted_turns"] == 1
    assert json.loads(run("threads", "list", "--json").stdout) == []


@pytest.mark.usefixtures("spoken")
def test_another_tenants_thread_does_not_exist(run: Run) -> None:
    done = run("threads", "show", "--tenant", "other", "t1")
    assert done.exit_code == 2
    assert "DRG-THREAD-MISSING" in done.stderr


def test_listing_nothing_creates_nothing(run: Run, home: Path) -> None:
    assert json.loads(run("threads", "list", "--json").stdout) == []
    assert not home.exists()

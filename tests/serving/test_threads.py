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


@pytest.mark.usefixtures("spoken")
def test_a_thread_is_exported_for_programs_and_for_people(run: Run) -> None:
    found = json.loads(run("threads", "export", "t1").stdout)
    assert (found["format"], found["thread"]) == ("dragoman-thread/1", "t1")
    assert found["turns"][0]["question"] == "Guten Tag zusammen!"
    assert set(found) == {"format", "tenant", "thread", "turns", "effects", "results"}
    page = run("threads", "export", "t1", "--format", "markdown").stdout
    assert page.startswith("# Thread t1\n")
    assert "> Guten Tag zusammen!" in page


@pytest.mark.usefixtures("spoken")
def test_all_threads_of_a_tenant_are_exported_as_a_list(run: Run) -> None:
    assert run("threads", "fork", "t1", "--turns", "1", "--into", "t2").exit_code == 0
    found = json.loads(run("threads", "export", "--all").stdout)
    assert sorted(thread["thread"] for thread in found) == ["t1", "t2"]
    assert json.loads(run("threads", "export", "--all", "--tenant", "other").stdout) == []


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("arguments", [[], ["t1", "--all"]])
def test_an_export_is_of_one_thread_or_of_all(run: Run, arguments: list[str]) -> None:
    done = run("threads", "export", *arguments)
    assert done.exit_code == 2
    assert "DRG-INPUT" in done.stderr


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("command", [["export"], ["fork", "--turns", "1"]])
@pytest.mark.parametrize("place", ["t9", "other"])
def test_what_is_not_there_is_neither_exported_nor_forked(
    run: Run, command: list[str], place: str
) -> None:
    where = ["--tenant", "other", "t1"] if place == "other" else [place]
    done = run("threads", *command, *where)
    assert done.exit_code == 2
    assert "DRG-THREAD-MISSING" in done.stderr


@pytest.mark.usefixtures("spoken")
def test_a_fork_is_a_thread_of_its_own(run: Run) -> None:
    made = json.loads(run("threads", "fork", "t1", "--turns", "1", "--json").stdout)
    assert made["forked_from"] == "t1"
    assert run("threads", "delete", "t1").exit_code == 0
    assert "Guten Tag zusammen!" in run("threads", "show", made["thread"]).stdout


def test_exporting_and_forking_nothing_create_nothing(run: Run, home: Path) -> None:
    assert json.loads(run("threads", "export", "--all").stdout) == []
    assert "DRG-THREAD-MISSING" in run("threads", "fork", "t1", "--turns", "1").stderr
    assert not home.exists()

"""The assistant uses the tools of a real MCP server process, under its permissions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from planning import plan

from dragoman import Decision
from dragoman.errors import McpServerError
from dragoman.settings import Settings

SERVER = Path(__file__).resolve().parents[1] / "tools" / "mcp_notes_server.py"


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.txt").write_text("Open until 20:00.", encoding="utf-8")
    return folder


def settings(notes, home, **tools):
    server = {
        "command": sys.executable,
        "args": [str(SERVER)],
        "env": {"NOTES_FOLDER": str(notes)},
        "tools": tools,
    }
    return Settings(home=home, mcp={"servers": {"notes": server}})


READING = {"read_note": {"effect": "none"}}
READ = ("notes_read_note", {"title": "a.txt"})
WRITE = ("notes_write_note", {"title": "w.txt", "text": "once"})


def test_declared_tool_is_called_and_its_result_reaches_the_answer(make, notes, home):
    script = [plan(READ), plan(), "The shop is open until 20:00."]
    assistant = make(script, settings=settings(notes, home, **READING))
    answer = assistant.ask("How long is the shop open?")
    assert answer.calls[0].result == "Open until 20:00."
    assert answer.text == "The shop is open until 20:00."
    assert "notes_find_notes" in {tool.name for tool in assistant.tools}


def test_undeclared_tool_waits_for_a_person_and_happens_once(make, notes, home):
    script = [plan(WRITE), plan(), "The note is written."]
    assistant = make(script, settings=settings(notes, home))
    waiting = assistant.ask("Write the note.", thread="t")
    assert [request.call.tool for request in waiting.pending] == ["notes_write_note"]
    assert not (notes / "w.txt").exists()
    (*_, done) = assistant.decide("t", {waiting.pending[0].call.id: Decision(approve=True)})
    assert done.answer.text == "The note is written."
    assert (notes / "w.txt").read_text(encoding="utf-8") == "once\n"


def test_rejected_call_does_not_reach_the_server(make, notes, home):
    script = [plan(WRITE), plan(), "It was not written."]
    assistant = make(script, settings=settings(notes, home))
    waiting = assistant.ask("Write the note.", thread="t")
    decision = Decision(approve=False, reason="not today")
    list(assistant.decide("t", {waiting.pending[0].call.id: decision}))
    assert not (notes / "w.txt").exists()


def test_server_that_dies_in_mid_call_is_an_observation_and_serves_the_next_call(make, notes, home):
    dying = ("notes_dying", {"title": "d.txt"})
    script = [plan(dying), plan(READ), plan(), "Open until 20:00."]
    permitted = {**READING, "dying": {"approval": False}}
    assistant = make(script, settings=settings(notes, home, **permitted))
    first, second = assistant.ask("How long is the shop open?").calls
    assert "not known whether" in first.error
    assert second.result == "Open until 20:00."


def test_ledgers_key_reaches_the_server_and_not_the_model(make, notes, home):
    permitted = {"write_note": {"idempotency_key": "key", "approval": False}}
    assistant = make([plan(WRITE), plan(), "Written."], settings=settings(notes, home, **permitted))
    (call,) = assistant.ask("Write the note.").calls
    assert call.result.startswith("written drg-")
    assert "key" not in call.arguments


def test_server_that_cannot_be_started_fails_the_question_and_not_the_process(make, home):
    broken = Settings(home=home, mcp={"servers": {"notes": {"command": "/nowhere"}}})
    assistant = make([], settings=broken)
    with pytest.raises(McpServerError, match="notes"):
        assistant.ask("How long is the shop open?")
    assert assistant.threads() == []


def test_assistant_that_was_closed_starts_its_servers_again(make, notes, home):
    script = [plan(READ), plan(), "Open until 20:00."] * 2
    assistant = make(script, settings=settings(notes, home, **READING))
    for _ in range(2):
        assert assistant.ask("How long is the shop open?").calls[0].error == ""
        assistant.close()
        assert "notes_read_note" not in {tool.name for tool in assistant.tools}

"""A threads database that somebody has changed: what it names is neither imported nor run."""

import pickle
import sqlite3
from contextlib import closing
from datetime import date

import ormsgpack
import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from planning import plan

from dragoman import Decision, tool
from dragoman.agents.checkpoint_serializer import StrictSerializer
from dragoman.errors import CheckpointError

ASKED = "Please close my account for good."
EXTENSIONS = range(6)  # the kinds of values that LangGraph builds by a module's and a class's name


class Trap:
    """Leaves a file behind when it is built from a pickle or by its name."""

    def __init__(self, path):
        open(path, "w").close()  # noqa: PTH123 - as plain as an attacker's

    def __reduce__(self):
        return Trap, (self.path,)


def trap(path):
    made = object.__new__(Trap)
    made.path = str(path)
    return made


def named(path, code):
    """A value that asks for `Trap(path)` by name, as LangGraph would write it."""
    parts = (Trap.__module__, Trap.__qualname__, str(path), "model_validate")
    if code in {1, 2}:  # several arguments, named arguments
        parts = (parts[0], parts[1], (str(path),) if code == 1 else {"path": str(path)}, parts[3])
    return "msgpack", ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(parts)))


@tool(effect="once", approval=True)
def close_account() -> str:
    """Close the account."""
    return "closed"


@pytest.fixture
def waiting(make):
    """A thread whose last turn waits for a person, so that its state lies in a checkpoint."""
    assistant = make([plan(("close_account", {}))], tools=[close_account])
    (request,) = assistant.ask(ASKED, thread="x").pending
    assistant.close()
    return {request.call.id: Decision(approve=True)}


def tamper(home, kind, value):
    with closing(sqlite3.connect(home / "threads.sqlite")) as db, db:
        for table, column in (("checkpoints", "checkpoint"), ("writes", "value")):
            db.execute(f"UPDATE {table} SET type = ?, {column} = ?", (kind, value))


@pytest.mark.parametrize("kind", ["pickle", "json+pickle", "python"])
def test_a_pickle_in_a_checkpoint_is_refused_and_not_read(make, home, tmp_path, waiting, kind):
    tamper(home, kind, pickle.dumps(trap(tmp_path / "ran")))
    assistant = make([], tools=[close_account])
    with pytest.raises(CheckpointError, match="is not read"):
        list(assistant.decide("x", waiting))
    assert not (tmp_path / "ran").exists()
    assert assistant.turns("x")[0].status == "failed"


def test_a_damaged_checkpoint_is_refused_with_a_code_and_the_thread_goes_on(make, home, waiting):
    tamper(home, "msgpack", b"\xc1\xff\x00")
    assistant = make([plan(), "Good morning to you."], tools=[close_account])
    with pytest.raises(CheckpointError):
        list(assistant.decide("x", waiting))
    answer = assistant.ask("Good morning to all of you.", thread="x")
    assert answer.text == "Good morning to you."


@pytest.mark.parametrize("code", EXTENSIONS)
def test_a_class_that_a_checkpoint_names_is_not_built(tmp_path, code):
    StrictSerializer().loads_typed(named(tmp_path / "ran", code))
    assert not (tmp_path / "ran").exists()


def test_the_trap_would_snap_without_the_strict_mode(tmp_path):
    for code in EXTENSIONS:
        JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(named(tmp_path / "ran", code))
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    loose = JsonPlusSerializer(pickle_fallback=True)
    loose.loads_typed(("pickle", pickle.dumps(trap(tmp_path / "ran"))))
    assert (tmp_path / "ran").exists()


def test_what_a_turn_writes_is_read_back_as_it_was():
    serializer = StrictSerializer()
    for value in ({"a": [1, "二", None, 2.5]}, date(2026, 1, 1), ["x", {"y"}]):
        assert serializer.loads_typed(serializer.dumps_typed(value)) == value

"""Going back in a thread: a new one begins with its first turns, and the old one stays."""

import pytest
from planning import plan

from dragoman import tool
from dragoman.errors import InvalidInputError, ThreadNotFoundError
from dragoman.testing import ScriptedModel

ANSWERS = ["We open at ten.", "Only on Sundays, at eleven.", "Parking is free."]


@pytest.fixture
def spoken(make):
    script = [step for answer in ANSWERS for step in (plan(), answer)]
    assistant = make(script)
    for question in ("When do you open?", "Are there any exceptions?", "Where can I park here?"):
        assistant.ask(question, thread="x")
    assistant.close()


@pytest.mark.usefixtures("spoken")
def test_a_fork_begins_with_the_first_turns_and_leaves_the_thread_alone(make):
    assistant = make([])
    fork = assistant.fork("x", turns=2)
    assert [turn.answer for turn in assistant.turns(fork)] == ANSWERS[:2]
    assert [turn.answer for turn in assistant.turns("x")] == ANSWERS


@pytest.mark.usefixtures("spoken")
def test_a_fork_goes_on_from_its_own_turns(make):
    model = ScriptedModel([plan(), "At ten, as I said."])
    assistant = make(model)
    assistant.fork("x", turns=1, into="y")
    assistant.ask("At which hour was that again?", thread="y")
    assert ANSWERS[0] in model.calls[0].prompt
    assert ANSWERS[1] not in model.calls[0].prompt
    assert [turn.number for turn in assistant.turns("y")] == [1, 2]


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(
    ("thread", "turns", "error"),
    [
        ("x", 0, InvalidInputError),
        ("x", 4, ThreadNotFoundError),
        ("nothing", 1, ThreadNotFoundError),
    ],
)
def test_turns_that_are_not_there_cannot_be_gone_back_to(make, thread, turns, error):
    with pytest.raises(error):
        make([]).fork(thread, turns=turns)


@pytest.mark.usefixtures("spoken")
def test_a_fork_overwrites_no_thread(make):
    assistant = make([])
    assistant.fork("x", turns=1, into="y")
    with pytest.raises(InvalidInputError, match="exists"):
        assistant.fork("x", turns=3, into="y")
    assert len(assistant.turns("y")) == 1


def test_a_turn_that_waits_does_not_wait_in_the_fork(make):
    @tool(effect="once", approval=True)
    def close_account() -> str:
        """Close the account."""
        raise AssertionError("closed")

    assistant = make([plan(("close_account", {}))], tools=[close_account])
    assistant.ask("Please close my account for good.", thread="x")
    assistant.fork("x", turns=1, into="y")
    assert [found.thread for found in assistant.approvals()] == ["x"]
    assert assistant.turns("y")[0].status == "interrupted"

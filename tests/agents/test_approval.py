"""Calls that a person must agree to: asked once, over restarts, decided, edited, rejected."""

import pytest
from planning import plan

from dragoman import Decision, tool
from dragoman.agents.events import ApprovalEvent
from dragoman.errors import InvalidInputError, ThreadBusyError, ThreadNotFoundError
from dragoman.testing import ScriptedModel

QUESTION = "Please refund order A-1."


@pytest.fixture
def refunds():
    return []


@pytest.fixture
def refund(refunds):
    @tool(effect="once", approval=lambda arguments: arguments["yen"] > 10_000)
    def refund(order: str, yen: int) -> str:
        """Refund an order, in yen."""
        refunds.append((order, yen))
        return f"refunded {yen} yen"

    return refund


def planned(yen):
    return plan(("refund", {"order": "A-1", "yen": yen}))


def test_a_small_refund_needs_nobody(make, refund, refunds):
    answer = make([planned(500), plan(), "The refund of 500 yen is done."], tools=[refund]).ask(
        QUESTION
    )
    assert answer.pending == ()
    assert refunds == [("A-1", 500)]


def test_a_large_refund_waits_for_a_person(make, refund, refunds):
    assistant = make([planned(20_000)], tools=[refund])
    events = list(assistant.stream(QUESTION, thread="x"))
    assert isinstance(events[-1], ApprovalEvent)
    assert events[-1].requests[0].call.arguments == {"order": "A-1", "yen": 20_000}
    assert refunds == []


def test_it_runs_after_a_restart_when_a_person_agrees(make, refund, refunds):
    first = make([planned(20_000)], tools=[refund])
    pending = first.ask(QUESTION, thread="x").pending
    first.close()

    second = make([plan(), "The refund of 20000 yen is done."], tools=[refund])
    events = list(second.decide("x", {pending[0].call.id: Decision(approve=True)}))

    assert events[-1].answer.text == "The refund of 20000 yen is done."
    assert refunds == [("A-1", 20_000)]


def test_it_runs_with_edited_arguments(make, refund, refunds):
    assistant = make([planned(20_000), plan(), "The refund of 15000 yen is done."], tools=[refund])
    assistant.ask(QUESTION, thread="x")
    edited = Decision(approve=True, arguments={"order": "A-1", "yen": 15_000})
    list(assistant.decide("x", {"1.0": edited}))
    assert refunds == [("A-1", 15_000)]


def test_a_rejected_call_does_not_run_and_the_model_learns_why(make, refund, refunds):
    model = ScriptedModel([planned(20_000), plan(), "I may not refund that much, I am sorry."])
    assistant = make(model, tools=[refund])
    assistant.ask(QUESTION, thread="x")
    events = list(assistant.decide("x", {"1.0": Decision(approve=False, reason="too much")}))
    assert refunds == []
    assert "too much" in model.calls[1].messages[-1].text
    assert events[-1].answer.calls[0].error.endswith("too much")


def test_no_other_question_overtakes_a_waiting_decision(make, refund):
    assistant = make([planned(20_000)], tools=[refund])
    assistant.ask(QUESTION, thread="x")
    with pytest.raises(ThreadBusyError):
        assistant.ask("And another thing?", thread="x")


def test_a_decision_on_nothing_is_refused(make, refund):
    with pytest.raises(ThreadNotFoundError):
        list(make([], tools=[refund]).decide("x", {}))


def test_every_call_needs_its_decision(make, refund, refunds):
    assistant = make([planned(20_000)], tools=[refund])
    assistant.ask(QUESTION, thread="x")
    with pytest.raises(InvalidInputError, match=r"1\.0") as refused:
        list(assistant.decide("x", {"9.9": Decision(approve=True)}))
    assert refused.value.code == "DRG-INPUT"
    assert refunds == []


def test_a_call_that_cannot_run_asks_nobody(make, refund):
    model = ScriptedModel(
        [plan(("refund", {"order": "A-1", "yen": "many"})), plan(), "I could not do the refund."]
    )
    answer = make(model, tools=[refund]).ask(QUESTION)
    assert answer.pending == ()
    assert "yen" in answer.calls[0].error

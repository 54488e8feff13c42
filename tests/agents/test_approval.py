"""Calls that a person must agree to: asked once, over restarts, decided, edited, rejected."""

from datetime import UTC, datetime, timedelta

import pytest
from planning import plan

from dragoman import Decision, tool
from dragoman.agents.events import ApprovalEvent
from dragoman.errors import InvalidInputError, ThreadBusyError, ThreadNotFoundError
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

QUESTION = "Please refund 20,000 yen for order A-1."


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
        "Please refund 500 yen for order A-1."
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


class Clock:
    """The present moment, as far as a test has moved it."""

    def __init__(self):
        self.now = datetime(2026, 3, 5, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("question", "language", "words"),
    [
        ("Please refund 20,000 yen for order A-1.", "en", "approved"),
        ("注文A-1の20,000円を返金してください。", "ja", "承認"),
        ("الرجاء ردّ ٢٠٬٠٠٠ ين عن الطلب A-1.", "ar", "موافقة"),
    ],
)
def test_who_asked_is_told_in_their_language_what_is_waited_for(
    make, refund, question, language, words
):
    events = list(make([planned(20_000)], tools=[refund]).stream(question))
    answer = make([planned(20_000)], tools=[refund]).ask(question)
    assert answer.language == language
    assert words in answer.text
    assert "refund (order: A-1, yen: 20000)" in answer.text
    assert events[-1].text == answer.text


def test_what_waits_is_listed_after_a_restart_without_an_engine(make, refund):
    clock = Clock()
    first = make([planned(20_000)], tools=[refund], now=clock)
    asked = first.ask(QUESTION, thread="x")
    first.close()
    (found,) = make([], now=clock).approvals()
    assert (found.thread, found.question, found.language) == ("x", QUESTION, "en")
    assert found.requests == asked.pending
    assert found.text == asked.text
    assert found.since == "2026-03-05T12:00:00.000+00:00"
    assert found.until == "2026-03-12T12:00:00.000+00:00"
    assert not found.expired


def test_what_was_decided_is_listed_no_more(make, refund):
    assistant = make([planned(20_000), plan(), "The refund of 20000 yen is done."], tools=[refund])
    assistant.ask(QUESTION, thread="x")
    list(assistant.decide("x", {"1.0": Decision(approve=True)}))
    assert assistant.approvals() == []


def test_a_decision_that_comes_too_late_runs_nothing(make, refund, refunds):
    clock = Clock()
    model = ScriptedModel([planned(20_000), plan(), "The refund was not approved in time."])
    assistant = make(model, tools=[refund], now=clock)
    assistant.ask(QUESTION, thread="x")
    clock.now += timedelta(days=7)
    assert assistant.approvals()[0].expired
    answer = list(assistant.decide("x", {"1.0": Decision(approve=True)}))[-1].answer
    assert refunds == []
    assert "nobody agreed to it until 2026-03-12" in answer.calls[0].error
    assert "nobody agreed" in model.calls[1].messages[-1].text


def test_the_next_question_ends_a_turn_that_waited_too_long(make, refund, refunds):
    clock = Clock()
    script = [planned(20_000), plan(), "The refund was not approved in time.", plan(), "At ten."]
    assistant = make(script, tools=[refund], now=clock)
    assistant.ask(QUESTION, thread="x")
    clock.now += timedelta(days=8)
    answer = assistant.ask("And when are you open on Sundays?", thread="x")
    assert answer.text == "At ten."
    assert [turn.status for turn in assistant.turns("x")] == ["done", "done"]
    assert assistant.turns("x")[0].answer == "The refund was not approved in time."
    assert refunds == []


def test_a_decision_may_be_given_all_the_time_in_the_world(make, home, refund, refunds):
    clock = Clock()
    script = [planned(20_000), plan(), "The refund of 20000 yen is done."]
    settings = Settings(home=home, approval_seconds=0)
    assistant = make(script, tools=[refund], now=clock, settings=settings)
    assistant.ask(QUESTION, thread="x")
    clock.now += timedelta(days=10_000)
    assert assistant.approvals()[0].until == ""
    list(assistant.decide("x", {"1.0": Decision(approve=True)}))
    assert refunds == [("A-1", 20_000)]


def test_edited_arguments_that_do_not_fit_are_refused_and_the_call_still_waits(
    make, refund, refunds
):
    assistant = make([planned(20_000)], tools=[refund])
    assistant.ask(QUESTION, thread="x")
    edited = Decision(approve=True, arguments={"order": "A-1", "yen": "many"})
    with pytest.raises(InvalidInputError, match="yen"):
        list(assistant.decide("x", {"1.0": edited}))
    assert len(assistant.approvals()) == 1
    assert refunds == []


def test_a_program_without_the_tool_does_not_lose_the_approval(make, refund, refunds):
    first = make([planned(20_000)], tools=[refund])
    first.ask(QUESTION, thread="x")
    first.close()
    second = make([])
    with pytest.raises(InvalidInputError, match="refund"):
        list(second.decide("x", {"1.0": Decision(approve=True)}))
    assert len(second.approvals()) == 1


def test_another_tenants_approvals_are_not_listed(make, home, refund):
    first = make([planned(20_000)], tools=[refund])
    first.ask(QUESTION, thread="x")
    first.close()
    assert make([], settings=Settings(home=home, tenant="other")).approvals() == []
